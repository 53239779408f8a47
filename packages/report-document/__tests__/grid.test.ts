import { expect, it } from 'vitest'
import { toGrid, toSpot } from '../src/grid.js'
import { states } from '../src/drift.js'
import { catalogueOf, forEach } from '../../../__tests__/support/concluding.js'
import { acr, refusalInParts, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { roleLack, sampleId } from '../../../__tests__/support/drift.js'

// The cells and grids of a fleet. They are in grid.txt, beside this file: `npx vitest run -u` writes it, and its diff is what a review reads.

type Spot = ReturnType<typeof toSpot>

const spot = (subscription: string, registry: string, target: string, state: Spot['state']): Spot => ({
  subscription,
  registry,
  target,
  state,
  text: `${states[state].mark} ${states[state].word}`,
})
const blind = (subscription: string, registry: string, more: Partial<Spot> = {}): Spot => ({
  subscription,
  registry,
  state: 'unknown',
  text: '? not checked',
  ...more,
})
/** The grid with a line per row: the columns, the rows, and what the marks mean. */
const show = ({ columns, rows, legend }: ReturnType<typeof toGrid>): string[] => [
  ['columns', ...columns].join(' | '),
  ...rows.map(({ name, cells }) => [name, ...cells.map(({ text }) => text)].join(' | ')),
  ...(legend ? [`legend: ${legend}`] : []),
]
const clusters = (spots: readonly Spot[], maxColumns?: number) => show(toGrid(spots, 'cluster', maxColumns))
const counted = (spots: readonly Spot[], maxColumns?: number) => show(toGrid(spots, 'subscription', maxColumns))

const good = { status: 'attached' as const, grantedBy: 'direct' as const, lacks: [] }
const error = refusalInParts()
const not = (code: 'CLUSTER_NOT_FOUND' | 'REGISTRY_NOT_FOUND' | 'DRIFT') => ({ error: { ...refusalInParts(), code } })
const lacks = (...more: Parameters<typeof roleLack>): Partial<Pair> => ({ lacks: [roleLack(...more)] })
const cell = (more: Partial<Pair>): string => {
  const { text, state } = toSpot(reportedPair('aks-1', more))
  return `${text} (${state})`
}

const cells = (): Record<string, string> => ({
  'cell: the role is missing': cell({}),
  'cell: the role of the group is missing': cell(lacks({ group: 'g' })),
  'cell: the registry is missing': cell(lacks({ kind: 'registry', role: null })),
  'cell: the membership is missing': cell(lacks({ kind: 'member', role: null, group: 'g' })),
  'cell: the registry and the role are missing': cell({
    lacks: [roleLack({ kind: 'registry', role: null }), roleLack()],
  }),
  'cell: some repositories': cell({ limitedTo: ['team/app'] }),
  'cell: a broader role': cell({ grantedBy: 'broader-role', status: 'attached' }),
  'cell: a direct role instead of that of the group': cell({ grantedBy: 'direct', ...lacks({ group: 'g' }) }),
  'cell: another role': cell({ grantedBy: 'direct' }),
  'cell: another role, which differs': cell({ grantedBy: 'direct', ...not('DRIFT') }),
  'cell: attached, but the role is missing': cell({ status: 'attached' }),
  'cell: as expected': cell({ status: 'attached', lacks: [] }),
  'cell: the cluster was not found': cell(not('CLUSTER_NOT_FOUND')),
  'cell: the registry was not found, so nobody pulls': cell(not('REGISTRY_NOT_FOUND')),
  'cell: the registry was perhaps not found': cell({ status: 'unknown', ...not('REGISTRY_NOT_FOUND') }),
  'cell: refused': cell({ error }),
  'cell: failed': cell({ status: 'failed', lacks: [] }),
  'cell: failed, refused': cell({ status: 'failed', error }),
  'cell: removed': cell({ status: 'detached', lacks: [], changed: true }),
  'cell: nothing to remove': cell({ status: 'detached', lacks: [] }),
  'cell: removed, a broader role is left': cell({
    status: 'detached',
    lacks: [],
    changed: true,
    grantedBy: 'broader-role',
  }),
})

const base = { loginServer: 'base.azurecr.io' }
const pairs = [
  reportedPair('aks-10', { ...good, verified: 'pull' }),
  reportedPair('aks-2', { ...good, verified: 'assignment' }),
  reportedPair('aks-2', { ...good, ...base, verified: 'pull', propagationSeconds: 5 }),
  reportedPair('aks-3', { ...good, changed: true, propagationSeconds: 5 }),
  reportedPair('aks-3', { ...good, ...base, verified: 'pull', changed: true }),
  reportedPair('aks-4'),
  reportedPair('aks-4', { ...base, status: 'unknown', lacks: [], error }),
]
const two = ['rg-a', 'rg-b'].map(group => spot('s', 'acr', sampleId('aks', group), 'fine'))
const named = two.map(each => ({
  ...each,
  subscription: '00000000-0000-0000-0000-00000000abcd',
  place: 'Contoso prod',
}))
const part = blind('s', 'acr')
const wide = Array.from({ length: 30 }, (_, at) =>
  spot('s', `acr${at}`, 'a', at === 17 ? 'drifted' : at === 29 ? 'unknown' : 'fine'),
)

const grids = (): Record<string, string[]> => ({
  'clusters: the worst first, with how each is known': clusters(pairs.map(pair => toSpot(pair))),
  'clusters: at a registry that does not exist yet': clusters(
    ['aks-1', 'aks-2'].map(name => toSpot(reportedPair(name, { loginServer: '' }))),
  ),
  'clusters: two of one name, and what a job has not checked': clusters([
    ...two,
    ...['acr', 'base'].map(registry => blind('', registry, { job: 'Contoso lab' })),
    part,
  ]),
  'clusters: two of one name in a subscription with a name': clusters(named),
  'clusters: more registries than columns': clusters(wide, 4),
  'subscriptions: by its name': counted(named),
  'subscriptions: clusters by state, the worst first': counted([
    spot('s1', 'acr10.azurecr.io', 'a', 'fine'),
    spot('s1', 'acr2.azurecr.io', 'a', 'fine'),
    spot('S2', 'acr2.azurecr.io', 'a', 'fine'),
    spot('s2', 'acr2.azurecr.io', 'b', 'drifted'),
    spot('s2', 'acr2.azurecr.io', 'c', 'failed'),
    spot('s2', 'acr2.azurecr.io', 'd', 'unknown'),
    spot('s2', 'acr2.azurecr.io', 'e', 'gone'),
  ]),
  'subscriptions: a cluster of three jobs counts once, in its worst state': counted([
    spot('s', 'acr', 'AKS-1', 'fine'),
    spot('s', 'acr', 'aks-1', 'drifted'),
    spot('s', 'acr', 'aks-1', 'fine'),
  ]),
  'subscriptions: a part that nobody has checked': counted([part]),
  'subscriptions: such a part beside a good cluster': counted([part, spot('s', 'acr', 'a', 'fine')]),
  'subscriptions: such a part beside a good subscription': counted([part, spot('t', 'acr', 'a', 'fine')]),
  'subscriptions: a part without subscription and registry': counted([blind('', '')]),
  'subscriptions: a registry by its login server, its name and its ID': counted([
    spot('s', 'contosoacr-h4sh.azurecr.io', 'a', 'fine'),
    spot('s', 'ContosoAcr', 'b', 'drifted'),
    spot('s', acr, 'c', 'failed'),
  ]),
  'subscriptions: 30 registries in 4 columns': counted(wide, 4),
  'subscriptions: 30 registries in 29 columns': counted(wide, 29).slice(0, 1),
  'subscriptions: 30 registries in 30 columns': counted(wide, 30).slice(0, 1),
})

const many = (count: number, subscriptionOf: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => spot(subscriptionOf(at), 'acr', `aks-${at}`, 'fine'))
const lost = (count: number) => Array.from({ length: count }, (_, at) => blind('', 'acr', { job: `job ${at}` }))
const inOne = many(26, at => (at % 2 === 0 ? 's1' : 'S1'))
const inTwo = (count: number) => many(count, at => `s${at % 2}`)
const upper = inTwo(25).map(each => ({ ...each, target: each.target?.toUpperCase() ?? '' }))
const rowsOf = () =>
  forEach<[string, Spot[]]>(
    [
      ['25 clusters of two subscriptions', inTwo(25)],
      ['26 clusters of two subscriptions', inTwo(26)],
      ['25 clusters of two subscriptions, each in two letter cases', [...inTwo(25), ...upper]],
      ['26 clusters of one subscription, in two letter cases', inOne],
      ['26 clusters of one subscription, and a job that checked nothing', [...inOne, blind('', 'acr', { job: 'lab' })]],
      ['25 jobs that checked nothing', lost(25)],
      ['26 jobs that checked nothing', lost(26)],
    ],
    ([what]) => `rows: ${what}`,
    ([, spots]) => `one per ${toGrid(spots).rowsOf}`,
  )

it('the cells and grids of a fleet are in grid.txt', async () => {
  await expect(catalogueOf({ ...cells(), ...grids(), ...rowsOf() })).toMatchFileSnapshot('grid.txt')
})

it('a spot has the subscription of the ID of its cluster, and otherwise of its job', () => {
  const pair = reportedPair('aks-1')
  expect(toSpot(pair, 's')).toMatchObject({ subscription: '00000000-0000-0000-0000-00000000abcd', target: pair.target })
  expect(toSpot({ ...pair, target: 'aks-1' }, 's')).toMatchObject({ subscription: 's' })
  expect(toSpot({ ...pair, target: '*', status: 'unknown' }, 's').target).toBeUndefined()
})

it('a row of a subscription has its ID as key, in small letters', () => {
  expect(toGrid([spot('S2', 'acr', 'a', 'fine')], 'subscription').rows.map(({ key }) => key)).toEqual(['s2'])
})
