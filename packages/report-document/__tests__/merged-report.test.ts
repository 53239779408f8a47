import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fix } from 'kernel'
import type { Report } from '../src/report-json.js'
import { roleLack } from '../../../__tests__/support/drift.js'
import { acr, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { fine, lacking, merge, reportOf } from '../../../__tests__/support/merging.js'

const pairOf = (name: string, more: Partial<Pair>): Pair => reportedPair(name, { principalId: null, ...more })
const unknownPair = (name: string, message: string, more: Partial<NonNullable<Pair['error']>> = {}): Pair =>
  pairOf(name, { status: 'unknown', error: { ...refusal('AUTHORIZATION_FAILED'), message, ...more } })
const note = (text: string) => `${text}\nThe commands are in the log of that job.`

describe('a merged report', () => {
  type Row = NonNullable<Report['workloads']>[number]
  const row: Row = {
    ...{ cluster: 'aks-1', namespace: 'shop', kind: 'Deployment', name: 'api', container: 'api', pods: 1 },
    ...{ image: 'contosoacr.azurecr.io/api:2', runningDigest: null, registryDigest: null, status: 'present' },
  }

  it('has the lists of all reports, and the scopes that they listed once', async () => {
    const manifest = (image: string): Report['manifests'][number] => ({
      ...{ image, registry: '/r', file: 'a.yaml', document: 1, resource: 'Pod a', field: 'spec' },
      ...{ status: 'present', error: null },
    })
    const { report } = await merge([
      reportOf([fine('aks-1')], { searched: ['/subscriptions/a'], manifests: [manifest('x.azurecr.io/a:1')] }),
      reportOf([fine('aks-2')], { searched: ['/subscriptions/a', '/subscriptions/b'], manifests: [manifest('y:1')] }),
    ])
    expect(report.searched).toEqual(['/subscriptions/a', '/subscriptions/b'])
    expect(report.manifests.map(({ image }) => image)).toEqual(['x.azurecr.io/a:1', 'y:1'])
  })

  it.each<[string, Report['workloads'][], number | undefined]>([
    ['is null if no job has checked any', [null, null], undefined],
    ['has those of the jobs that have', [[row], null, [row, row]], 3],
    ['is empty if nothing runs', [[], null], 0],
  ])('has a list of workloads, which %s', async (_, lists, length) => {
    const { report } = await merge(lists.map((workloads, index) => reportOf([fine(`aks-${index}`)], { workloads })))
    expect(report.workloads?.length).toBe(length)
  })

  it('is ready if every job is, and left its report', async () => {
    const readyOf = async (...args: Parameters<typeof merge>) => {
      const { report, outputs } = await merge(...args)
      expect(outputs.ready).toBe(String(report.ready))
      return report.ready
    }
    const [one, two] = [reportOf([fine('aks-1')]), reportOf([fine('aks-2')])]
    expect(await readyOf([one, two])).toBe(true)
    expect(await readyOf([one, undefined])).toBe(false)
    expect(await readyOf([one, { ...two, ready: false }])).toBe(false)
    expect(await readyOf([one, reportOf([lacking('aks-2')])])).toBe(false)
    const image: Report['images'][number] = {
      ...{ source: 'nginx:1', name: 'nginx:1', image: '', digest: null, status: 'failed', registry: '/r' },
      ...{ sizeInBytes: null, durationSeconds: null, importable: null, error: refusal('AUTHORIZATION_FAILED') },
    }
    expect(await readyOf([one, { ...two, images: [image] }])).toBe(false)
    // Drift that lets everything pull is a failure only if it fails a step.
    const pairs = reportOf([fine('aks-3')]).pairs.map(pair => ({ ...pair, lacks: [roleLack()] }))
    const drifted = { ...reportOf([fine('aks-3')]), pairs, drift: true }
    expect(await readyOf([one, drifted])).toBe(false)
    expect(await readyOf([one, drifted], { failOnDrift: false })).toBe(true)
    expect(await readyOf([(await merge([one, two])).report])).toBe(true)
  })

  it('has none of the commands of its jobs', async () => {
    const error = { ...refusal(), fix: fix('Look at it:', 'rm -rf /') }
    const failed = { ...reportOf([]), error: { ...error, code: 'SIGN_IN_FAILED' as const } }
    const { report } = await merge([reportOf([], { pairs: [pairOf('aks-1', { error })] }), failed])
    expect(report.pairs).toMatchObject([{ target: reportedPair('aks-1').target, error: { message: 'It is refused.' } }])
    expect(report.pairs[0]?.error?.fix).toEqual(fix(note('Look at it:')))
    expect(report.jobs?.[1]?.error).toMatchObject({ code: 'SIGN_IN_FAILED', fix: fix(note('Look at it:')) })
    expect(JSON.stringify(report)).not.toContain('rm -rf')
  })

  it('is merged once more with the jobs that did not check everything', async () => {
    const { report } = await merge([reportOf([fine('aks-1')]), undefined])
    const { errors, verdict } = await merge([report])
    expect(verdict).toBe('? job 1 was not checked')
    // It may have been a job of another run.
    const advice = 'Run that job again; its clusters stay in the issue until it has reported.'
    expect(errors).toMatchObject([{ code: 'REPORT_MISSING', fix: fix(advice) }])
  })
})

describe('a headline', () => {
  it('is about several clusters if the entry of a lost job names them', async () => {
    const { verdict } = await merge([reportOf([fine('aks-9')]), undefined], {
      fleet: ['rg-eu', { cluster: 'aks-1\naks-2' }],
    })
    expect(verdict).toBe('? aks-1 and aks-2 were not checked')
  })
})

describe('a run in which only some jobs were run again', () => {
  const runId = '1658821493'
  const now = createFakeClock().now()

  /** A report of this run about a cluster. */
  const madeBy = (run: Partial<NonNullable<Report['run']>>, name = 'aks-1'): Report =>
    reportOf([fine(name)], {
      run: { id: runId, number: 42, attempt: 1, startedAt: '2026-11-28T03:17:04.000Z', ...run },
    })

  const minutesAgo = (minutes: number): string => new Date(now - minutes * 60_000).toISOString()

  beforeEach(() => {
    vi.stubEnv('GITHUB_RUN_ID', runId)
    vi.stubEnv('GITHUB_RUN_ATTEMPT', '2')
  })

  const headline = async (reports: readonly (Report | undefined)[]) => {
    const { verdict } = await merge([...reports], { fleet: reports.map((_, at) => ({ cluster: `aks-${at}` })) })
    return verdict
  }
  const again = 're-run all jobs to check again'

  it('says in its headline which part is older, and how old that is', async () => {
    const reports = [
      madeBy({ attempt: 2, startedAt: minutesAgo(0) }, 'aks-0'),
      madeBy({ startedAt: minutesAgo(170) }, 'aks-1'),
      madeBy({ startedAt: minutesAgo(180) }, 'aks-2'),
    ]
    const checked = '✓ no drift: 3 clusters and images checked'
    expect(await headline(reports)).toBe(`${checked} · 2 of 3 jobs checked 3 h ago, in attempt 1: ${again}`)
    expect(await headline([...reports.slice(0, 1), madeBy({ attempt: 2 }), madeBy({ attempt: 3 }, 'aks-2')])).toBe(
      checked,
    )
  })

  it('counts from the oldest attempt, if all of its jobs are older', async () => {
    vi.stubEnv('GITHUB_RUN_ATTEMPT', '3')
    const reports = [
      madeBy({ attempt: 2, startedAt: minutesAgo(300) }, 'aks-0'),
      madeBy({ attempt: 1, startedAt: minutesAgo(240) }, 'aks-1'),
    ]
    expect(await headline(reports)).toBe(
      `✓ no drift: 2 clusters and images checked · 2 jobs checked 4 h ago, in attempt 1: ${again}`,
    )
  })

  it.each([
    // The clocks of two runners differ.
    [-2, '0 min'],
    [119, '119 min'],
    [120, '2 h'],
    [47 * 60, '47 h'],
    [48 * 60, '2 days'],
    [30 * 24 * 60, '30 days'],
  ])('has an age of %d minutes in a unit of which there are at least two: %s', async (minutes, age) => {
    const reports = [madeBy({ startedAt: minutesAgo(minutes) }, 'aks-0'), madeBy({ attempt: 2 }, 'aks-1')]
    expect(await headline(reports)).toContain(` · 1 of 2 jobs checked ${age} ago, in attempt 1: `)
  })

  it('names no attempt outside of GitHub', async () => {
    for (const name of ['GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT']) vi.stubEnv(name, '')
    expect(await headline([madeBy({}, 'aks-0')])).toBe('✓ no drift: 1 cluster or image checked')
  })
})

describe('annotations', () => {
  it('are never more than GitHub shows, with those of lost jobs first', async () => {
    const pairs = Array.from({ length: 12 }, (_, at) =>
      pairOf(`aks-${at}`, { registry: `${acr}${at}`, loginServer: `contosoacr${at}.azurecr.io` }),
    )
    const { annotations } = await merge([reportOf([], { pairs }), undefined])
    const errors = annotations.filter(line => line.startsWith('::error '))
    expect(errors).toHaveLength(10)
    expect(errors[0]).toContain('REPORT_MISSING')
    expect(errors.at(-1)).toContain('4 more that summary and report list')
  })
})

describe('items that could not be checked', () => {
  it('repeat the same words of nodes once', async () => {
    const quote = { statement: 'It is unreadable.', intro: 'Azure said:', text: 'HTTP 503' }
    const message = 'It is unreadable. Azure said: HTTP 503.'
    const pairs = ['aks-1', 'aks-2'].map(name => unknownPair(name, message, { quote }))
    const { errors } = await merge([reportOf([], { pairs: [...pairs, unknownPair('aks-3', 'It is locked.')] })])
    expect(errors[0]?.fix.text.split('\n').map(line => line.replace(/^.*?: /, ''))).toEqual([
      message,
      'It is unreadable.',
      'It is locked.',
      // The advice that all of them have.
      ...note('Look at it:').split('\n'),
    ])
  })

  it('are counted in the summary if they are many, with as many rows as have room', async () => {
    const few = await merge([reportOf([], { pairs: [unknownPair('aks-1', 'It is locked.')] })])
    expect(few.summary).not.toContain('**Could not be checked**')
    const pairs = Array.from({ length: 400 }, (_, index) => unknownPair(`aks-${index}`, `It is ${'x'.repeat(600)}`))
    const { summary } = await merge([reportOf([], { pairs })])
    expect(summary).toContain('\n\n**Could not be checked** (not counted as drift):\n\n')
    expect(summary).toContain('<summary>400 rows</summary>')
    expect(summary).toMatch(/\| why \|\n/)
    expect(summary.length).toBeLessThan(100_000)
  })
})

describe('the files and the issue of a merge', () => {
  it('are a summary and a page only if the inputs ask for them', async () => {
    const reports = [reportOf([fine('aks-1')])]
    const without = await merge(reports, { jobSummary: false })
    expect(without.summary).toBe('')
    expect(without.outputs).not.toHaveProperty('report-html-file')
    const { outputs, summary, verdict } = await merge(reports, { reportHtml: true })
    expect(summary).not.toBe('')
    const page = readFileSync(outputs['report-html-file'] ?? '', 'utf8')
    for (const text of [verdict, 'job 0', 'aks-1']) expect(page).toContain(text)
  })

  it('can fail only the issue, if GitHub is nowhere to be found', async () => {
    vi.stubEnv('GITHUB_API_URL', 'nowhere')
    const reports = [reportOf([fine('aks-1')])]
    expect((await merge(reports)).warnings).toEqual([])
    const { warnings, errors, report } = await merge(reports, { driftIssue: 'true' })
    expect(warnings).toEqual([expect.stringContaining('drift issue')])
    expect([errors, report.attached]).toEqual([[], true])
  })
})
