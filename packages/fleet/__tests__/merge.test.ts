import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { fix, type ActionError, type Finding, toFixJson } from 'kernel'
import type { ReportJson } from 'report-document'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'
import { roleLack } from '../../../__tests__/support/drift.js'
import { acr, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { fine, lacking, layReports, merge, reportOf } from '../../../__tests__/support/merging.js'
import { nothingOmitted } from '../../../__tests__/support/sample.js'
// Loaded while the address of GitHub is a right one: a module that fails once fails for all files of a process.
import 'drift-issue'

// What a merge makes of reports: its last line, outputs, failures, annotations and jobs. All of it is in merge.txt, beside this file: `npx vitest run -u` writes
// it, and its diff is what a review reads.

type Merging = Parameters<typeof merge>
const runId = '7'
const minutesAgo = (minutes: number): string => new Date(createFakeClock().now() - minutes * 60_000).toISOString()

/** A merge in attempt 2 of a run of contoso/shop. */
async function mergeIn(reports: Merging[0], more: Merging[1] = {}, attempt = '2') {
  const run = { REPOSITORY: 'contoso/shop', RUN_ID: runId, SERVER_URL: 'https://github.com', RUN_ATTEMPT: attempt }
  for (const [name, value] of Object.entries(run)) vi.stubEnv(`GITHUB_${name}`, value)
  return merge(reports, more)
}

/** What it says, a line each. */
async function told(...args: Parameters<typeof mergeIn>): Promise<string> {
  const { verdict, outputs, errors, annotations, report } = await mergeIn(...args)
  const jobs = report.jobs ?? []
  const isUnknown = (name: string): boolean => report.unknown.some(({ subject }) => subject === name)
  const indented = (text: string): string => text.replaceAll('\n', '\n    ')
  return [
    verdict,
    ['attached', 'ready', 'drift', 'verified', 'error-code'].map(name => `${name}=${outputs[name] ?? ''}`).join(' '),
    ...errors.map(
      ({ code, message, fix: { text, commands } }) =>
        `error ${code}: ${message}\n    ${indented([text, ...commands].join('\n'))}`,
    ),
    ...annotations.map(line =>
      errors.reduce((text, { message }) => text.replace(message.replace(/\.$/, ''), '…'), line),
    ),
    jobs
      .map(
        ({ name, problem, error }) =>
          `${name}: ${problem ?? error?.code ?? 'fine'}${isUnknown(name) ? ', unknown' : ''}`,
      )
      .join(' | '),
    ...report.unknown
      .filter(({ subject }) => !jobs.some(({ name }) => name === subject))
      .map(({ subject, message }) => `unknown ${subject}: ${message}`),
    ...report.findings.map(
      ({ code, fix: { text, commands } }) => `${code}: ${indented([text, ...commands].join('\n'))}`,
    ),
  ].join('\n')
}

const finding = (code: Finding['code'], severity: Finding['severity'], commands = ['rm -rf /']) => ({
  code,
  severity,
  subject: 'x',
  message: `${code} of x`,
  fix: toFixJson(fix('Do it: so:', ...commands)),
})
const pairOf = (name: string, more: Partial<Pair>): Pair => reportedPair(name, { principalId: null, ...more })
const unseen = (name: string, code: ActionError['code'] = 'AUTHORIZATION_FAILED') =>
  pairOf(name, { status: 'unknown', lacks: [], error: { ...refusal(), code, message: `${name} is not readable` } })
const pairsOf = (...pairs: Pair[]) => reportOf([], { pairs })
const [one, two] = [reportOf([fine('aks-1')]), reportOf([fine('aks-2')])]
const drifted = reportOf([lacking('aks-3')])
const found = (name: string, ...findings: ReportJson['findings']) => reportOf([fine(name)], { findings })
const notRead = { unknown: [{ subject: 'role', message: 'The role is not readable', about: null }] }
const uncompared = {
  source: 'nginx:1',
  name: 'nginx:1',
  image: 'contosoacr.azurecr.io/nginx:1',
  digest: null,
  error: null,
  status: 'present' as const,
  registry: '/r',
  sizeInBytes: null,
  durationSeconds: null,
  importable: null,
}
const ended = reportOf([], {
  error: { ...refusal(), code: 'SIGN_IN_FAILED', message: 'No sign-in', fix: toFixJson(fix('Sign in.', 'az login')) },
})
const quote = { statement: 'It is unreadable.', intro: 'Azure said:', text: 'HTTP 503' }
const quoted = (name: string): Pair => {
  const error = { ...refusal('AUTHORIZATION_FAILED'), message: 'It is unreadable. Azure said: HTTP 503.', quote }
  return pairOf(name, { status: 'unknown', error })
}
const harmless = { ...two, drift: true, pairs: two.pairs.map(pair => ({ ...pair, lacks: [roleLack()] })) }
/** A report of this run about a cluster. */
const madeBy = (name: string, attempt: number, minutes = 0): ReportJson =>
  reportOf([fine(name)], { run: { id: runId, number: 42, attempt, startedAt: minutesAgo(minutes) } })
const older = (minutes: number) => told([madeBy('aks-0', 1, minutes), madeBy('aks-1', 2)])
const scattered = Array.from({ length: 12 }, (_, at) =>
  pairOf(`aks-${at}`, { registry: `${acr}${at}`, loginServer: `contosoacr${at}.azurecr.io` }),
)
const everyone = { ...one, pairs: one.pairs.map(pair => ({ ...pair, asked: { ...pair.asked, target: pair.target } })) }

const cases: Record<string, () => Promise<string>> = {
  'no drift in any job is said with the number of what was checked': () =>
    told([one, reportOf([fine('aks-2'), fine('aks-3')])]),
  'no drift of a cluster that two jobs have checked counts it once': () =>
    told([everyone, { ...everyone, requests: 8 }]),
  'no drift with two proofs is as well proven as the weaker one': () =>
    told([{ ...one, pairs: one.pairs.map(pair => ({ ...pair, verified: 'pull' })) }, two]),
  'a job without pairs was not checked': () => told([reportOf([])]),
  'a job that is not ready makes the merge not ready': () => told([one, { ...two, ready: false }]),
  'notices alone are no warning': () => told([found('aks-1', finding('NODE_SKIPPED', 'notice'))]),
  'a warning has no commands: those are in the log of its job': () =>
    told([
      found('aks-1', finding('NODE_SKIPPED', 'notice'), finding('EXCESS_ROLE', 'warning')),
      found('aks-2', finding('EXCESS_ROLE', 'warning', [])),
    ]),
  'what two jobs could not check is said once': () =>
    told([reportOf([fine('aks-1')], notRead), reportOf([fine('aks-2')], notRead)]),
  'an image that was not compared is a warning': () =>
    told([
      reportOf([fine('aks-1')], {
        images: [uncompared],
        unknown: [{ subject: uncompared.image, message: 'The digest could not be read', about: 'image' }],
      }),
    ]),
  'drift of one job fails the merge': () => told([one, drifted]),
  'drift with fail-on-drift: false fails nothing': () => told([one, drifted], { failOnDrift: false }),
  'drift that lets everything pull stays attached': () => told([one, harmless]),
  'drift that lets everything pull, with fail-on-drift: false, is ready': () =>
    told([one, harmless], { failOnDrift: false }),
  'a job without a report is unknown': () => told([one, undefined]),
  'a job without a report is named by its clusters': () =>
    told([one, undefined], { fleet: ['rg-eu', { cluster: 'aks-1\naks-2' }] }),
  'a job without a report comes after drift': () => told([drifted, undefined]),
  'jobs without a report come after drift, by number': () => told([drifted, undefined, undefined]),
  'jobs without a report are one failure': () => told([undefined, undefined, undefined, undefined, one]),
  'a job without a report stays unknown when it is merged once more': async () =>
    told([(await mergeIn([one, undefined])).report]),
  'a check that ended early is unknown': () => told([ended]),
  'a file that is no report is a job without one': () => told([{ schemaVersion: 1 } as ReportJson]),
  'a report that does not say its entry is of no job': () =>
    told([], { reports: layReports([one]), fleet: [{ cluster: 'aks-1' }] }),
  'a report that is not complete is unknown': () => told([{ ...one, omitted: { ...nothingOmitted, pairs: 7 } }]),
  'unchecked clusters are a failure for each code': () =>
    told([pairsOf(unseen('aks-1', 'THROTTLED'), unseen('aks-2'), unseen('aks-3'), ...one.pairs)]),
  'unchecked clusters have the same words of nodes once': () =>
    told([pairsOf(quoted('aks-1'), quoted('aks-2'), unseen('aks-3'))]),
  'an unchecked cluster without a reason comes after drift': () =>
    told([pairsOf(pairOf('aks-1', { status: 'unknown', lacks: [] }), ...drifted.pairs)]),
  'jobs of an earlier attempt have their age': () =>
    told([madeBy('aks-0', 2), madeBy('aks-1', 1, 170), madeBy('aks-2', 1, 180)]),
  'jobs of earlier attempts alone have their age': () =>
    told([madeBy('aks-0', 2, 300), madeBy('aks-1', 1, 240)], {}, '3'),
  'jobs of a later attempt alone have none': () => told([madeBy('aks-0', 2), madeBy('aks-1', 3)]),
  // The clocks of two runners differ.
  'older jobs have minutes up to two hours, and none below zero': async () =>
    [await older(-2), await older(119)].map(text => text.split('\n')[0]).join('\n'),
  'older jobs have hours up to two days': async () =>
    [await older(120), await older(47 * 60)].map(text => text.split('\n')[0]).join('\n'),
  'older jobs have days from two on': async () =>
    [await older(48 * 60), await older(30 * 24 * 60)].map(text => text.split('\n')[0]).join('\n'),
  'annotations are at most ten, those of lost jobs among them': async () =>
    (await mergeIn([pairsOf(...scattered), undefined])).annotations.map(line => line.split('::')[1]).join('\n'),
  'the summary has drift, lost jobs and the repair': async () => (await mergeIn([one, undefined, drifted])).summary,
}

it('what a merge says is in merge.txt', async () => {
  const told: Record<string, string> = {}
  for (const [when, tell] of Object.entries(cases)) told[when] = await tell()
  await expect(printCatalogue(told, sayScopes)).toMatchFileSnapshot('merge.txt')
})

describe('a merged report', () => {
  it('adds up what its jobs have, and has their lists and the scopes that they listed once', async () => {
    const row = { cluster: 'aks-1', namespace: 'n', kind: 'Pod', name: 'p', container: 'c', pods: 1, image: 'x/y:1' }
    const workloads = [{ ...row, runningDigest: null, registryDigest: null, status: 'present' as const }]
    const manifest = { image: 'x.azurecr.io/a:1', registry: '/r', file: 'a.yaml', document: 1, resource: '', field: '' }
    const first = { ...one, requests: 3, durationSeconds: 9, searched: ['/subscriptions/a'], workloads }
    const second = {
      ...two,
      changed: true,
      requests: 4,
      durationSeconds: 5,
      notes: ['a note'],
      searched: ['/subscriptions/a', '/b'],
    }
    const { report } = await merge([first, { ...second, manifests: [{ ...manifest, status: 'present', error: null }] }])
    expect(report).toMatchObject({
      mode: 'merge',
      requests: 7,
      durationSeconds: 9,
      notes: [expect.stringContaining('a note')],
      changed: false,
    })
    expect(report).toMatchObject({ workloads, searched: ['/subscriptions/a', '/b'], manifests: [manifest] })
    expect(report.pairs.map(({ target }) => target.split('/').at(-1))).toEqual(['aks-1', 'aks-2'])
    expect((await merge([one, two])).report.workloads).toBeNull()
    expect((await merge([{ ...one, workloads: [] }, two])).report.workloads).toEqual([])
  })

  it('has none of the commands of its jobs', async () => {
    const { report, lines, summary } = await merge([
      pairsOf(pairOf('aks-1', { error: { ...refusal(), fix: toFixJson(fix('Look:', 'rm -rf /')) } })),
      found('aks-2', finding('EXCESS_ROLE', 'warning')),
      ended,
    ])
    for (const text of [JSON.stringify(report), lines.join('\n'), summary]) expect(text).not.toMatch(/rm -rf|az login/)
  })

  it('names no attempt outside of GitHub', async () => {
    for (const name of ['GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT']) vi.stubEnv(name, '')
    expect((await merge([madeBy('aks-0', 1)])).verdict).not.toContain('attempt')
  })

  it('needs a job', async () => {
    await expect(merge([])).rejects.toMatchObject({ code: 'INVALID_INPUT', subject: 'reports' })
  })
})

describe('the files and the issue of a merge', () => {
  it('are a summary and a page only if the inputs ask for them', async () => {
    const without = await merge([one], { jobSummary: false })
    expect(without.summary).toBe('')
    expect(without.outputs).not.toHaveProperty('report-html-file')
    const { outputs, summary, verdict } = await merge([one], { reportHtml: true })
    expect(summary).not.toBe('')
    const page = readFileSync(outputs['report-html-file'] ?? '', 'utf8')
    for (const text of [verdict, 'job 0', 'aks-1']) expect(page).toContain(text)
  })

  it('have as many rows of what could not be checked as have room', async () => {
    const pairs = Array.from({ length: 400 }, (_, at) =>
      pairOf(`aks-${at}`, {
        status: 'unknown',
        error: { ...refusal('AUTHORIZATION_FAILED'), message: `It is ${'x'.repeat(600)}` },
      }),
    )
    const { summary } = await merge([pairsOf(...pairs)])
    expect(summary).toContain('<summary>400 rows</summary>')
    expect(summary.length).toBeLessThan(100_000)
  })

  it('can fail only the issue, if GitHub is nowhere to be found', async () => {
    vi.stubEnv('GITHUB_API_URL', 'nowhere')
    expect((await merge([one])).warnings).toEqual([])
    const { warnings, errors, report } = await merge([one], { driftIssue: 'true' })
    expect(warnings).toHaveLength(1)
    expect([errors, report.attached]).toEqual([[], true])
  })
})
