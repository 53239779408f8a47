import { describe, expect, it, vi } from 'vitest'
import { ActionError, type Finding } from 'kernel'
import type { Report } from '../src/report-json.js'
import { fine, lacking, layReports, merge, reportOf } from '../../../__tests__/support/merging.js'
import { nothingOmitted } from '../../../__tests__/support/sample.js'

const unseen = (name: string, code: ActionError['code'] = 'AUTHORIZATION_FAILED') => ({
  ...fine(name),
  unknown: new ActionError(code, `${name} is not readable`),
})

describe('a fleet without drift', () => {
  it('is green, and its reports are merged into one', async () => {
    const first = reportOf([fine('aks-1')], { requests: 3, durationSeconds: 9 })
    const second = reportOf([fine('aks-2'), fine('aks-3')], { requests: 4, durationSeconds: 5, notes: ['a note'] })
    const { errors, verdict, outputs, report, summary, lines, annotations } = await merge([first, second])
    expect(errors).toEqual([])
    expect(annotations).toEqual([])
    expect(verdict).toEqual('✓ no drift: 3 clusters and images checked')
    expect(lines[0]).toMatch(/^attach-acr \S+ · merge · 2 jobs$/)
    expect(outputs).toMatchObject({
      attached: 'true',
      drift: 'false',
      verified: 'assignment',
      'error-code': '',
    })
    expect(report).toMatchObject({
      schemaVersion: 1,
      mode: 'merge',
      requests: 7,
      durationSeconds: 9,
      notes: ['a note'],
      unknown: [],
      jobs: [
        { name: 'job 0', error: null, problem: null },
        { name: 'job 1', error: null, problem: null },
      ],
    })
    expect(report.pairs.map(({ target }) => target.split('/').at(-1))).toEqual(['aks-1', 'aks-2', 'aks-3'])
    expect(summary.split('\n\n')).toEqual([
      '### ✓ no drift: 3 clusters and images checked',
      '| cluster | contosoacr |\n| - | - |\n| aks-1 | ✓ assigned |\n| aks-2 | ✓ assigned |\n| aks-3 | ✓ assigned |',
      '**Jobs**',
      '|  | job | clusters |\n| - | - | - |\n| ✓ | job 0 | 1 |\n| ✓ | job 1 | 2 |',
      'From the reports of 2 of 2 jobs.\n',
    ])
  })

  it('counts an item checked by several jobs once', async () => {
    const reports = [3, 4].map(requests => reportOf([fine('aks-1')], { requests }))
    for (const { target, asked } of reports.flatMap(({ pairs }) => pairs)) asked.target = target
    expect(await merge(reports)).toMatchObject({
      verdict: '✓ no drift: 1 cluster or image checked',
      report: { requests: 7, pairs: [{ status: 'attached' }, { status: 'attached' }] },
    })
  })

  it('is attached to the level of the weakest pair, and not at all without pairs', async () => {
    const [proven] = reportOf([fine('aks-1')]).pairs
    const pulled = reportOf([], { pairs: proven ? [{ ...proven, verified: 'pull' }] : [] })
    expect((await merge([pulled, reportOf([fine('aks-2')])])).outputs).toMatchObject({ verified: 'assignment' })
  })

  it('without pairs is not attached', async () => {
    expect((await merge([reportOf([])])).outputs).toMatchObject({ attached: 'false', verified: 'none', drift: 'false' })
  })

  it('repeats advice of its jobs without their commands, and links to those', async () => {
    const finding = (text: string, commands: string[]): Finding => ({
      code: 'EXCESS_ROLE',
      severity: 'warning',
      subject: 'x',
      message: text,
      fix: { text, commands },
    })
    const findings = [finding('Do it: so:', ['rm -rf /']), finding('Do it:', [])]
    const { report, lines } = await merge([reportOf([fine('aks-1')], { findings })])
    expect(report.findings.map(({ fix }) => fix)).toEqual([
      { text: 'Do it: so:\nThe commands are in the log of that job.', commands: [] },
      { text: 'Do it:', commands: [] },
    ])
    expect(lines.join('\n')).not.toContain('rm -rf')
  })

  it('is marked doubtful for warnings and unchecked items, but not for notices alone', async () => {
    const finding = (code: Finding['code'], severity: Finding['severity']): Finding => ({
      code,
      severity,
      subject: 'x',
      message: `${code} of x`,
      fix: { text: 'Do it.', commands: ['rm -rf /'] },
    })
    const notice = finding('NODE_SKIPPED', 'notice')
    const warning = finding('EXCESS_ROLE', 'warning')
    expect((await merge([reportOf([fine('aks-1')], { findings: [notice] })])).verdict).toEqual(
      '✓ no drift: 1 cluster or image checked · 1 notice',
    )
    const both = await merge([
      reportOf([fine('aks-1')], { findings: [notice, warning] }),
      reportOf([fine('aks-2')], { findings: [warning] }),
    ])
    expect(both.verdict).toEqual('⚠ no drift: 2 clusters and images checked · 1 warning · 1 notice')
    const text = 'Do it.\nThe commands are in the log of that job.'
    // Commands from a report of another job are not repeated.
    expect(both.report.findings.map(({ code, fix }) => [code, fix])).toEqual([
      ['NODE_SKIPPED', { text, commands: [] }],
      ['EXCESS_ROLE', { text, commands: [] }],
    ])
    expect(both.summary).not.toContain('rm -rf')
    expect(both.lines.join('\n')).not.toContain('rm -rf')
    const unknown = [{ subject: 'role', message: 'The role is not readable', about: null }]
    const blind = await merge([reportOf([fine('aks-1')], { unknown }), reportOf([fine('aks-2')], { unknown })])
    expect(blind.lines).toContain('? The role is not readable')
    expect(blind.verdict).toEqual('⚠ no drift: 2 clusters and images checked · 1 item not checked')
  })
})

describe('a fleet with drift', () => {
  it('fails, unless fail-on-drift is false', async () => {
    const reports = [reportOf([fine('aks-1')]), reportOf([lacking('aks-2')])]
    const failed = await merge(reports)
    expect(failed.errors).toMatchObject([{ code: 'DRIFT' }])
    expect(failed.verdict).toEqual("⟳ 1 of 2 clusters can't pull from contosoacr")
    expect(failed.outputs).toMatchObject({ drift: 'true', attached: 'false', 'error-code': 'DRIFT' })
    expect(failed.annotations).toEqual([expect.stringMatching(/^::error .*aks-2/)])
    expect(failed.summary).toContain('aks-2')
    expect(failed.report.plan).toHaveLength(1)
    expect(failed.report.changed).toBe(false)
    const merged = await merge(reports, { failOnDrift: false })
    expect(merged.errors).toEqual([])
    expect(merged.outputs).toMatchObject({ drift: 'true', 'error-code': '' })
    expect(merged.annotations).toEqual([expect.stringMatching(/^::warning .*aks-2/)])
  })
})

describe('a job that did not check everything', () => {
  it('without a report fails the fleet, whatever the others found', async () => {
    for (const [name, value] of Object.entries({
      REPOSITORY: 'contoso/shop',
      RUN_ID: '7',
      SERVER_URL: 'https://github.com',
    }))
      vi.stubEnv(`GITHUB_${name}`, value)
    const { errors, verdict, outputs, report, summary } = await merge([reportOf([fine('aks-1')]), undefined])
    const problem = report.jobs?.[1]?.problem ?? ''
    expect(problem).toMatch(/\breport\b/)
    const link = 'https://github.com/contoso/shop/actions/runs/7'
    const advice = `Its log in this run shows why: ${link}\nRun that job again; its clusters stay in the issue until it has reported.`
    expect(errors).toEqual([
      {
        code: 'REPORT_MISSING',
        message: `job 1 was not checked: ${problem}.`,
        fix: { text: advice, commands: [] },
      },
    ])
    expect(verdict).toEqual('? job 1 was not checked')
    expect(outputs).toMatchObject({
      attached: 'false',
      verified: 'none',
      drift: 'false',
      'error-code': 'REPORT_MISSING',
    })
    expect(report.unknown).toEqual([{ subject: 'job 1', message: `job 1: ${problem}`, about: null }])
    expect(report.jobs?.[1]).toEqual({ name: 'job 1', error: null, problem })
    expect(summary).toContain('From the reports of 1 of 2 jobs.')
    expect(summary).toContain(`Its log in this run shows why: <${link}>`)
  })

  it('whose check ended early fails the fleet with its code and advice, without its commands', async () => {
    const fix = { text: 'Sign in.', commands: ['az login'] }
    const error = {
      code: 'SIGN_IN_FAILED' as const,
      message: 'No sign-in',
      reason: null,
      cause: null,
      quote: null,
      fix,
      azure: null,
    }
    const { errors, verdict } = await merge([reportOf([], { error })])
    expect(errors).toEqual([
      {
        code: 'SIGN_IN_FAILED',
        message: 'job 0 was not checked: No sign-in.',
        fix: { text: 'Sign in.\nThe commands are in the log of that job.', commands: [] },
      },
    ])
    expect(verdict).toEqual('? job 0 was not checked')
  })

  it("whose file can't be used is an input problem", async () => {
    const { errors } = await merge([{ schemaVersion: 1 } as Report])
    expect(errors).toMatchObject([
      { code: 'INVALID_INPUT', fix: { text: expect.stringContaining('report-file') as string } },
      // Nobody knows whose it is.
      { code: 'REPORT_MISSING' },
    ])
  })

  it('whose report does not say which entry it is of is an input problem, with the line to add', async () => {
    const { errors } = await merge([], {
      reports: layReports([reportOf([fine('aks-1')])]),
      fleet: [{ cluster: 'aks-1' }],
    })
    expect(errors).toMatchObject([
      { code: 'INVALID_INPUT', fix: { text: expect.stringContaining('fleet-entry: ${{ toJSON(matrix) }}') as string } },
      { code: 'REPORT_MISSING' },
    ])
  })

  it('whose report is incomplete counts as not having checked everything', async () => {
    const { errors, verdict, outputs } = await merge([
      reportOf([fine('aks-1')], { omitted: { ...nothingOmitted, pairs: 7 } }),
    ])
    expect(errors).toMatchObject([
      {
        code: 'INVALID_INPUT',
        message: 'job 0 was not completely checked: its file report.json leaves out 7 pairs.',
      },
    ])
    expect(verdict).toEqual('? job 0 was not completely checked')
    expect(outputs).toMatchObject({ attached: 'false', verified: 'none' })
  })

  it('comes before the drift of others in the verdict, where several are counted', async () => {
    const drifted = reportOf([lacking('aks-1')])
    expect((await merge([drifted, undefined])).verdict).toEqual(
      "? job 1 was not checked; aks-1 can't pull from contosoacr",
    )
    const many = await merge([drifted, undefined, undefined])
    expect(many.verdict).toEqual(
      "? 2 of 3 jobs did not complete their check: job 1, job 2; aks-1 can't pull from contosoacr",
    )
    expect(many.errors.map(({ code }) => code)).toEqual(['REPORT_MISSING', 'REPORT_MISSING', 'DRIFT'])
  })

  it('is named, as are the first two of many', async () => {
    const { verdict } = await merge([undefined, undefined, undefined, undefined, reportOf([fine('aks-1')])])
    expect(verdict).toBe('? 4 of 5 jobs did not complete their check: job 0, job 1 and 2 more')
  })

  it('is needed: a merge without jobs is an input problem', async () => {
    await expect(merge([])).rejects.toMatchObject({ code: 'INVALID_INPUT', subject: 'reports' })
  })
})

describe('an unchecked item', () => {
  it('is a failure per code, the most frequent first, and not drift', async () => {
    const report = reportOf([unseen('aks-1', 'THROTTLED'), unseen('aks-2'), unseen('aks-3'), fine('aks-4')])
    const { errors, verdict, outputs, summary } = await merge([report])
    expect(errors).toMatchObject([
      { code: 'AUTHORIZATION_FAILED', message: '2 clusters could not be checked.' },
      { code: 'THROTTLED' },
    ])
    expect(errors[0]?.fix.text.split('\n')).toEqual([
      expect.stringMatching(/aks-2 on contosoacr.azurecr.io: aks-2 is not readable$/),
      expect.stringMatching(/aks-3 on contosoacr.azurecr.io: aks-3 is not readable$/),
    ])
    expect(verdict).toEqual('? 3 clusters could not be checked')
    expect(outputs).toMatchObject({ drift: 'false', attached: 'false', 'error-code': 'AUTHORIZATION_FAILED' })
    expect(summary).toContain('**✗ AUTHORIZATION_FAILED** 2 clusters could not be checked.')
  })

  it('is reported without a reason if it has none, next to drift', async () => {
    const report = reportOf([unseen('aks-1'), lacking('aks-2')])
    const [pair, other] = report.pairs
    const mute = { ...report, unknown: [], pairs: pair && other ? [{ ...pair, error: null }, other] : [] }
    const { errors, verdict } = await merge([mute])
    expect(errors[0]).toMatchObject({ code: 'INVALID_INPUT' })
    expect(errors[0]?.fix.text).toMatch(/: its job gave no reason$/)
    expect(errors[1]).toMatchObject({ code: 'DRIFT' })
    expect(verdict).toEqual("⟳ 1 of 2 clusters can't pull from contosoacr; aks-1 on contosoacr could not be checked")
  })

  it('can be an existing image that was not compared, which fails nothing', async () => {
    const image = {
      ...{ source: 'nginx:1', name: 'nginx:1', image: 'contosoacr.azurecr.io/nginx:1', digest: null, error: null },
      ...{ status: 'present' as const, registry: '/r', sizeInBytes: null, durationSeconds: null, importable: null },
    }
    const unknown = [{ subject: image.image, message: 'The digest could not be read', about: 'image' as const }]
    const { errors, verdict } = await merge([reportOf([fine('aks-1')], { images: [image], unknown })])
    expect(errors).toEqual([])
    expect(verdict).toEqual('⚠ no drift: 1 cluster or image checked · 1 image not compared')
  })
})
