import { expect, it } from 'vitest'
import { describeDriftInFull, mergeDrifts, toGrid, toReport, toReportJson, type ReportJson } from 'report-document'
import { conclude, type JobRow } from 'run-report'
import { jobsToMarkdown } from 'run-report/src/summary.js'
import { listFleetSubscriptions, toJobRows, toSpots } from '../src/fleet.js'
import { readDrift } from '../src/read-drift.js'
import { readReports } from '../src/read-reports.js'
import { catalogueOf, forEach } from '../../../__tests__/support/concluding.js'
import { lay } from '../../../__tests__/support/merging.js'
import { acr, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import { sampleRun } from '../../../__tests__/support/sample.js'

// What a summary shows of a fleet at a glance: its jobs, its grid, its subscriptions. It is in glance.txt, beside this file: `npx vitest run -u` writes it, and
// its diff is what a review reads.

const guid = (end: number | string): string => `00000000-0000-0000-0000-${String(end).padStart(12, '0')}`
type Spot = ReturnType<typeof toSpots>[number]
type Legs = ReturnType<typeof readReports>

const nothing = toReportJson(toReport(conclude(sampleRun())))

/** The legs of a fleet whose entries left these reports; undefined for a job that left none. */
function legsOf(fleet: readonly unknown[], ...reports: (Partial<ReportJson> | undefined)[]): Legs {
  const files = reports.flatMap((report, index) => {
    const content = { ...nothing, mode: 'check', requests: index, entry: { entry: fleet[index] }, ...report }
    return report ? [[`r-${index}/report.json`, JSON.stringify(content)]] : []
  })
  return readReports(lay(Object.fromEntries(files) as Record<string, string>), fleet)
}

const lost = (name: string, more: Partial<Pair> = {}) => reportedPair(name, { principalId: null, ...more })
const good = (name: string, more: Partial<Pair> = {}) =>
  lost(name, { status: 'attached', grantedBy: 'direct', lacks: [], ...more })
const unknown = { status: 'unknown' as const, error: refusal('AUTHORIZATION_FAILED') }
const failed = { status: 'failed' as const, error: refusal() }
const notFound = lost('aks-5', { target: 'aks-5', ...failed })

/** A report of all clusters of a subscription. */
const listed = (subscription: string, ...pairs: Pair[]): Partial<ReportJson> => ({
  searched: [`/subscriptions/${subscription}`],
  pairs: pairs.map(pair => ({ ...pair, target: pair.target.replace(guid('abcd'), subscription) })),
})
const short = (text: string): string => text.replaceAll(/0{8}-(?:0{4}-){3}0*/g, '…')

const rows = (legs: Legs): string[] =>
  toJobRows(
    legs,
    legs.map(({ report, name }) => (report ? readDrift(report, name) : mergeDrifts([]))),
  ).map(({ name, state, clusters, drifted, unchecked, gap, hasReport }) =>
    short(
      `${name.replaceAll('\n', ' ')}: ${state}, clusters ${clusters}, drifted ${drifted}, unchecked ${unchecked}` +
        `${gap && `, ${gap.replace(/read: .*/, 'read')}`}${hasReport ? '' : ', no report'}`,
    ),
  )
const grid = (legs: Legs): string[] => {
  const { columns, rows: all } = toGrid(toSpots(legs, new Map()), 'subscription')
  return [
    ['columns', ...columns].join(' | '),
    ...all.map(({ key, name, cells }) => short([`${name} (${key})`, ...cells.map(({ text }) => text)].join(' | '))),
  ]
}

const entry = (subscription: string, more: object = {}) => ({
  'subscription-id': subscription,
  cluster: '*',
  registry: 'contosoacr',
  ...more,
})
const legs = legsOf(
  ['a1', 'a2', 'a3', 'a4', 'a5'].map(end => entry(guid(end))),
  listed(guid('a1'), good('aks-1'), good('aks-2')),
  listed(guid('a2'), lost('aks-3'), good('aks-4')),
  undefined,
  listed(guid('a4'), notFound),
  listed(guid('a5'), good('aks-6', unknown), good('aks-7')),
)
const manifests = ['contosoacr.azurecr.io/a:1', 'contosoacr.azurecr.io/b:1'].map(image => ({
  image,
  registry: acr,
  file: 'a.yaml',
  document: 1,
  resource: 'Pod a',
  field: 'spec',
  status: 'missing' as const,
  error: null,
}))
const elsewhere = { registry: `${acr}2`, loginServer: 'contosoacr2.azurecr.io' }
const broken = readReports(lay({ 'r-0/report.json': '{' }), [])

const jobs = (): Record<string, string[]> => ({
  'jobs stand worst first, also one without a report': rows(legs),
  'a job counts a cluster at two registries once, and * as none': rows(
    legsOf(['rg-eu'], {
      pairs: [
        good('aks-1'),
        lost('aks-1', { ...failed, target: sampleId('AKS-1'), registry: `${acr}2` }),
        good('*', { target: '*', ...unknown }),
      ],
    }),
  ),
  'a job counts images that drift, and a cluster once': rows(
    legsOf(['rg-eu'], { pairs: [lost('aks-1'), lost('aks-1', elsewhere)], manifests }),
  ),
  'a job without report and entry is unknown': rows(broken),
  'a job whose check ended with an error is unknown, with the reason': rows(
    legsOf(['rg-eu'], { pairs: [], error: refusal('AUTHORIZATION_FAILED') }),
  ),
  'a grid has each subscription, the worst first': grid(legs),
  'a grid has a job without report and entry as unknown': grid(broken),
  'a grid without a fleet has a lost cluster in the subscription of the others': grid(
    legsOf([], { pairs: [notFound, good('aks-6')] }),
  ),
})

const ids = `${sampleId('aks-1')}\n${sampleId('aks-2', 'rg', undefined, guid(2))}`
const two = [entry(guid('a1')), { team: 'b', acr: 'contosoacr' }]
const without = () =>
  forEach<[string, unknown]>(
    [
      ['two registries, and not a third', entry(guid(1), { registry: 'one\ntwo\n!three' })],
      ['clusters by their IDs', entry(guid(1), { cluster: ids })],
      ['clusters by their IDs, and one by its name', entry(guid(1), { cluster: `${ids}\naks-3` })],
      ['a subscription and a registry', { 'subscription-id': guid(1), registry: 'one' }],
      ['a subscription and clusters', { 'subscription-id': guid(1), cluster: '*' }],
      ['registries, without a subscription', { name: 'lab', registry: 'one\ntwo' }],
      ['a cluster alone', { cluster: 'aks-1' }],
      ['a word', 'rg-eu'],
      ['a subscription by another key', { name: 'lab', sub: guid(1), registry: ['one', 'two'] }],
      [
        'a scope, and an ID that is no subscription',
        { scope: `/subscriptions/${guid(1)}`, 'client-id': guid(2), registry: 'one' },
      ],
      ['a text that ends with an ID', { name: 'lab', note: `x-${guid(1)}`, registry: 'one' }],
      ['a text that begins with an ID', { name: 'lab', note: `${guid(1)}-x`, registry: 'one' }],
    ],
    ([what]) => `a job without a report stands by what its entry has: ${what}`,
    ([, value]) => grid(legsOf([value], undefined)).join(' / '),
  )
const beside = (): Record<string, string[]> => ({
  'a job without a report stands beside one of the same registry': grid(
    legsOf(two, listed(guid('a1'), good('aks-1')), undefined),
  ),
  ...Object.fromEntries(
    ['a1', 'a2'].map(end => [
      `a job without a report stands once, beside a job of …a1, in …${end}`,
      toSpots(
        legsOf([two[0], entry(guid(end), { team: 'b' })], listed(guid('a1'), good('aks-1')), undefined),
        new Map(),
      ).flatMap(({ job, subscription }) => (job ? short(`${job} in ${subscription}`) : [])),
    ]),
  ),
})

const named = (end: string, name: string | null) => ({ id: guid(end), name })
const subscriptions = (fleet: object[], ...of: ReportJson['subscriptions']): string =>
  short(
    listFleetSubscriptions(legsOf(fleet, { pairs: [good('aks-1')], subscriptions: of }))
      .map(({ id, name }) => `${id} ${name ?? 'without a name'}`)
      .join(', '),
  )
const azure = [named('a1', 'Contoso-1'), named('A2', 'Contoso-2'), named('a3', null)]
const inLab = { name: 'lab', 'subscription-id': guid('A1') }
const rivals = [inLab, { ...inLab, name: 'shop' }, { ...inLab, name: 'lab', 'subscription-id': guid('a2') }]
const names = (): Record<string, string> => ({
  'a subscription is called by its entry, or else by Azure': subscriptions([inLab], ...azure),
  'a subscription whose entry has no name is called by Azure': subscriptions(
    [{ 'subscription-id': guid('a1') }],
    ...azure,
  ),
  'a subscription that two entries call differently is called by Azure': subscriptions(
    rivals,
    named('a1', 'Contoso-1'),
  ),
  'a subscription that two entries call differently has no name without Azure': subscriptions(rivals.slice(0, 2)),
  'no subscription is named by nothing': subscriptions([{ cluster: 'aks-1' }]),
})

const job = (name: string, more: Partial<JobRow> = {}): JobRow => ({
  name,
  state: 'fine',
  clusters: 3,
  drifted: 0,
  unchecked: 0,
  gap: '',
  lack: '',
  hasReport: true,
  ...more,
})
const spot = (subscription: number, target: string, state: Spot['state'], registry = 'acr'): Spot => ({
  subscription: guid(subscription),
  registry,
  target,
  state,
  text: state,
})
const many = (count: number, subscription: number, state: Spot['state']) =>
  Array.from({ length: count }, (_, at) => spot(subscription, `aks-${subscription}-${at}`, state))
const summaryOf = (spots: readonly Spot[]): string => describeDriftInFull({ ...mergeDrifts([]), spots }, 250_000)
/** The lines of a summary, without most of the rows of clusters. */
const linesOf = (text: string): string[] => text.split('\n').filter(line => !/aks-\d+-[1-9]/.test(line))
const summaries = (): Record<string, string[]> => ({
  'a summary of jobs has drift': linesOf(
    jobsToMarkdown([job('rg-eu', { state: 'drifted', drifted: 1 }), job('rg-us')]),
  ),
  'a summary of jobs has gaps, and what was not checked': linesOf(
    jobsToMarkdown([job('rg-eu', { gap: 'No report.' }), job('rg-us', { unchecked: 2 })]),
  ),
  'a summary of one job has no table of jobs': linesOf(jobsToMarkdown([job('rg-eu')])),
  'a summary of two clusters has a map': linesOf(summaryOf([spot(1, 'a', 'fine'), spot(2, 'b', 'drifted')])),
  'a summary of one cluster has no map': linesOf(summaryOf([spot(2, 'b', 'drifted')])),
  'a summary of many clusters has a map of subscriptions': linesOf(
    summaryOf([...many(25, 1, 'fine'), ...many(2, 2, 'drifted')]),
  ),
  'a summary of many clusters of one subscription has a map of clusters': linesOf(summaryOf(many(26, 1, 'fine'))),
  'a summary has the names of subscriptions': linesOf(
    summaryOf([...many(30, 1, 'fine'), { ...spot(3, 'a', 'fine'), place: 'Contoso lab' }]),
  ),
})

it('what a summary shows of a fleet at a glance is in glance.txt', async () => {
  const cases = { ...jobs(), ...without(), ...beside(), ...names(), ...summaries() }
  await expect(catalogueOf(cases)).toMatchFileSnapshot('glance.txt')
})
