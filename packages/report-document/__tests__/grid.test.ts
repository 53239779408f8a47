import { expect, it } from 'vitest'
import { toGrid, toSpot } from '../src/grid.js'
import { states } from 'run-model'
import { catalogueOf, forEach } from '../../../__tests__/support/concluding.js'
import { acr, judgedPair, refusal, type Pair } from '../../../__tests__/support/drift-report.js'
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
const error = refusal()
const not = (code: 'CLUSTER_NOT_FOUND' | 'REGISTRY_NOT_FOUND' | 'DRIFT') => ({ error: { ...refusal(), code } })
const lacks = (...more: Parameters<typeof roleLack>): Partial<Pair> => ({ lacks: [roleLack(...more)] })
const cell = (more: Partial<Pair>): string => {
  const { text, state } = toSpot(judgedPair('aks-1', more))
  return `${text} (${state})`
}

const cells = (): Record<string, string> => ({
  'a cell without the role: role missing': cell({}),
  'a cell without the role of the group: role missing': cell(lacks({ group: 'g' })),
  'a cell without the registry: no access': cell(lacks({ kind: 'registry', role: null })),
  'a cell without the membership: no access': cell(lacks({ kind: 'member', role: null, group: 'g' })),
  'a cell without registry and role: role missing': cell({
    lacks: [roleLack({ kind: 'registry', role: null }), roleLack()],
  }),
  'a cell with some repositories says only those': cell({ limitedTo: ['team/app'] }),
  'a cell with a broader role is drift that pulls': cell({ grantedBy: 'broader-role', status: 'attached' }),
  'a cell with a direct role is not through the group': cell({ grantedBy: 'direct', ...lacks({ group: 'g' }) }),
  'a cell with another role is drift that pulls': cell({ grantedBy: 'direct' }),
  'a cell with another role that differs is drift that pulls': cell({ grantedBy: 'direct', ...not('DRIFT') }),
  'a cell that lacks the next role loses access later': cell({ status: 'attached' }),
  'a cell as expected is fine': cell({ status: 'attached', lacks: [] }),
  'a cell whose cluster was not found is gone': cell(not('CLUSTER_NOT_FOUND')),
  'a cell whose registry was not found pulls nothing': cell(not('REGISTRY_NOT_FOUND')),
  'a cell whose registry may be there is unknown': cell({ status: 'unknown', ...not('REGISTRY_NOT_FOUND') }),
  'a cell that was refused is refused': cell({ error }),
  'a cell that failed is failed': cell({ status: 'failed', lacks: [] }),
  'a cell that failed by a refusal says the refusal': cell({ status: 'failed', error }),
  'a cell that was removed is fine': cell({ status: 'detached', lacks: [], changed: true }),
  'a cell with nothing to remove is fine': cell({ status: 'detached', lacks: [] }),
})

const base = { loginServer: 'base.azurecr.io' }
const pairs = [
  judgedPair('aks-10', { ...good, verified: 'pull' }),
  judgedPair('aks-2', { ...good, verified: 'assignment' }),
  judgedPair('aks-2', { ...good, ...base, verified: 'pull', propagationSeconds: 5 }),
  judgedPair('aks-3', { ...good, changed: true, propagationSeconds: 5 }),
  judgedPair('aks-3', { ...good, ...base, verified: 'pull', changed: true }),
  judgedPair('aks-4'),
  judgedPair('aks-4', { ...base, status: 'unknown', lacks: [], error }),
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
  'clusters stand worst first, with how each is known': clusters(pairs.map(pair => toSpot(pair))),
  'clusters stand at a registry that does not exist yet': clusters(
    ['aks-1', 'aks-2'].map(name => toSpot(judgedPair(name, { loginServer: '' }))),
  ),
  'clusters of one name have their places, below what a job has not checked': clusters([
    ...two,
    ...['acr', 'base'].map(registry => blind('', registry, { job: 'Contoso lab' })),
    part,
  ]),
  'clusters of one name have the name of their subscription': clusters(named),
  'clusters have the worst registries as columns, and count the others': clusters(wide, 4),
  'a subscription stands by its name': counted(named),
  'a subscription counts its clusters by state, and the worst is first': counted([
    spot('s1', 'acr10.azurecr.io', 'a', 'fine'),
    spot('s1', 'acr2.azurecr.io', 'a', 'fine'),
    spot('S2', 'acr2.azurecr.io', 'a', 'fine'),
    spot('s2', 'acr2.azurecr.io', 'b', 'drifted'),
    spot('s2', 'acr2.azurecr.io', 'c', 'failed'),
    spot('s2', 'acr2.azurecr.io', 'd', 'unknown'),
    spot('s2', 'acr2.azurecr.io', 'e', 'gone'),
  ]),
  'a subscription counts a cluster of three jobs once, in its worst state': counted([
    spot('s', 'acr', 'AKS-1', 'fine'),
    spot('s', 'acr', 'aks-1', 'drifted'),
    spot('s', 'acr', 'aks-1', 'fine'),
  ]),
  'a subscription has a mark for a part that nobody has checked': counted([part]),
  'a subscription has that mark beside a good cluster': counted([part, spot('s', 'acr', 'a', 'fine')]),
  'a subscription has that mark above a good subscription': counted([part, spot('t', 'acr', 'a', 'fine')]),
  'a part without subscription and registry is not known': counted([blind('', '')]),
  'a registry by its login server, its name and its ID is one column': counted([
    spot('s', 'contosoacr-h4sh.azurecr.io', 'a', 'fine'),
    spot('s', 'ContosoAcr', 'b', 'drifted'),
    spot('s', acr, 'c', 'failed'),
  ]),
  '30 registries in 4 columns: the worst, and how many more': counted(wide, 4),
  '30 registries in 29 columns: two are counted': counted(wide, 29).slice(0, 1),
  '30 registries in 30 columns: all': counted(wide, 30).slice(0, 1),
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
      ['25 clusters of two subscriptions: a row each', inTwo(25)],
      ['26 clusters of two subscriptions: a row each subscription', inTwo(26)],
      ['25 clusters of two subscriptions, in two letter cases: a row each', [...inTwo(25), ...upper]],
      ['26 clusters of one subscription, in two letter cases: a row each', inOne],
      [
        '26 clusters of one subscription, and an unchecked job: a row each subscription',
        [...inOne, blind('', 'acr', { job: 'lab' })],
      ],
      ['25 jobs that checked nothing: a row each', lost(25)],
      ['26 jobs that checked nothing: a row each subscription', lost(26)],
    ],
    ([what]) => what,
    ([, spots]) => `one per ${toGrid(spots).rowsOf}`,
  )

it('the cells and grids of a fleet are in grid.txt', async () => {
  await expect(catalogueOf({ ...cells(), ...grids(), ...rowsOf() })).toMatchFileSnapshot('grid.txt')
})

it('a spot has the subscription of the ID of its cluster, and otherwise of its job', () => {
  const pair = judgedPair('aks-1')
  expect(toSpot(pair, 's')).toMatchObject({ subscription: '00000000-0000-0000-0000-00000000abcd', target: pair.target })
  expect(toSpot({ ...pair, target: 'aks-1' }, 's')).toMatchObject({ subscription: 's' })
  expect(toSpot({ ...pair, target: '*' }, 's').target).toBeUndefined()
})

it('a row of a subscription has its ID as key, in small letters', () => {
  expect(toGrid([spot('S2', 'acr', 'a', 'fine')], 'subscription').rows.map(({ key }) => key)).toEqual(['s2'])
})
