import { describe, expect, it } from 'vitest'
import { toGrid, toSpot } from '../src/grid.js'
import { states } from '../src/drift.js'
import { acr, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { roleLack, sampleId } from '../../../__tests__/support/drift.js'

type Spot = ReturnType<typeof toSpot>

const spot = (subscription: string, registry: string, target: string, state: Spot['state']): Spot => ({
  ...{ subscription, registry, target, state },
  text: `${states[state].mark} ${states[state].word}`,
})
const blind = (subscription: string, registry: string, more: Partial<Spot> = {}): Spot => ({
  ...{ subscription, registry, state: 'unknown', text: '? not checked' },
  ...more,
})
const textOf = ({ rows }: ReturnType<typeof toGrid>) =>
  rows.map(({ name, cells }) => [name, ...cells.map(({ text }) => text)].join(' | '))
const keyed = ({ rows }: ReturnType<typeof toGrid>) =>
  rows.map(({ key, cells }) => [key, ...cells.map(({ text }) => text)].join(' | '))
const counted = (spots: readonly Spot[], maxColumns?: number) => toGrid(spots, 'subscription', maxColumns)

describe('a grid of clusters', () => {
  const good = { status: 'attached' as const, grantedBy: 'direct' as const, lacks: [] }

  it('has a row for each cluster, the worst first, and says of each cell how it is known', () => {
    const pairs: Pair[] = [
      reportedPair('aks-10', { ...good, verified: 'pull' }),
      reportedPair('aks-2', { ...good, verified: 'assignment' }),
      reportedPair('aks-2', { ...good, loginServer: 'base.azurecr.io', verified: 'pull', propagationSeconds: 5 }),
      reportedPair('aks-3', { ...good, changed: true, propagationSeconds: 5 }),
      reportedPair('aks-3', { ...good, loginServer: 'base.azurecr.io', verified: 'pull', changed: true }),
      reportedPair('aks-4'),
      reportedPair('aks-4', { status: 'unknown', lacks: [], loginServer: 'base.azurecr.io', error: refusal() }),
    ]
    const grid = toGrid(
      pairs.map(pair => toSpot(pair)),
      'cluster',
    )
    expect(grid.columns).toEqual(['base', 'contosoacr'])
    expect(textOf(grid)).toEqual([
      'aks-4 | ? not checked | ✗ role missing',
      'aks-2 | ✓ pulled · 5.0 s | ✓ assigned',
      'aks-3 | ✓ new, pulled | ✓ new · 5.0 s',
      'aks-10 |  | ✓ pulled',
    ])
  })

  it('names a registry that does not exist yet, and so has no login server', () => {
    const pairs = ['aks-1', 'aks-2'].map(name => reportedPair(name, { loginServer: '' }))
    expect(toGrid(pairs.map(pair => toSpot(pair))).columns).toEqual(['contosoacr'])
  })

  it('says what drifts, and that a cluster can pull nevertheless', () => {
    const texts: [Partial<Pair>, string][] = [
      [{}, '✗ role missing'],
      [{ lacks: [roleLack({ group: 'g' })] }, '✗ role missing'],
      [{ lacks: [roleLack({ kind: 'registry', role: null })] }, '✗ no access'],
      [{ lacks: [roleLack({ kind: 'member', role: null, group: 'g' })] }, '✗ no access'],
      [{ limitedTo: ['team/app'] }, '✗ some repositories only'],
      [{ grantedBy: 'broader-role', status: 'attached' }, '⟳ broader role only'],
      [{ grantedBy: 'direct', lacks: [roleLack({ group: 'g' })] }, '⟳ not through the group'],
      [{ grantedBy: 'direct' }, '⟳ not with the desired role'],
      [{ error: { ...refusal(), code: 'CLUSTER_NOT_FOUND' } }, '⟳ does not exist'],
      [{ error: { ...refusal(), code: 'REGISTRY_NOT_FOUND' } }, '✗ registry not found'],
      [{ error: refusal() }, '✗ pull denied'],
      [{ grantedBy: 'direct', error: { ...refusal(), code: 'DRIFT' } }, '⟳ not with the desired role'],
      [{ lacks: [roleLack({ kind: 'registry', role: null }), roleLack()] }, '✗ role missing'],
      [{ status: 'failed', lacks: [] }, '✗ failed'],
      [{ status: 'failed', error: refusal() }, '✗ pull denied'],
      [{ status: 'detached', lacks: [], changed: true }, '✓ removed'],
      [{ status: 'detached', lacks: [] }, '✓ nothing to remove'],
      [{ status: 'detached', lacks: [], changed: true, grantedBy: 'broader-role' }, '⚠ can still pull'],
    ]
    for (const [more, text] of texts) expect(toSpot(reportedPair('aks-1', more)).text, text).toBe(text)
  })

  it('tells clusters with one name apart, and has the parts that a job has not checked', () => {
    const two = ['rg-a', 'rg-b'].map(group => spot('s', 'acr', sampleId('aks', group), 'fine'))
    const lost = ['acr', 'base'].map(registry => blind('', registry, { job: 'Contoso lab' }))
    expect(textOf(toGrid([...two, ...lost, blind('s', 'acr')], 'cluster'))).toEqual([
      'Contoso lab | ? not checked | ? not checked',
      'other clusters of …s | ? not checked | ',
      'aks (rg-a, subscription …abcd) | ✓ as expected | ',
      'aks (rg-b, subscription …abcd) | ✓ as expected | ',
    ])
    const named = two.map(each => ({
      ...each,
      subscription: '00000000-0000-0000-0000-00000000abcd',
      place: 'Contoso prod',
    }))
    expect(textOf(toGrid(named, 'cluster'))[0]).toBe('aks (rg-a, subscription Contoso prod) | ✓ as expected')
    expect(textOf(counted(named))).toEqual(['Contoso prod | ✓ 2'])
  })
})

describe('a grid without a choice of rows', () => {
  const many = (count: number, subscriptionOf: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => spot(subscriptionOf(at), 'acr', `aks-${at}`, 'fine'))
  const bySubscription = (at: number): string => (at % 2 === 0 ? 's1' : 'S1')

  it('has a row for each of a few clusters, and for each subscription of many', () => {
    expect(toGrid(many(25, at => `s${at % 2}`)).rowsOf).toBe('cluster')
    expect(toGrid(many(26, at => `s${at % 2}`)).rowsOf).toBe('subscription')
    // In any letter case.
    const twice = many(25, at => `s${at % 2}`).flatMap(each => [
      each,
      { ...each, target: each.target?.toUpperCase() ?? '' },
    ])
    expect(toGrid(twice).rowsOf).toBe('cluster')
    // One subscription has nothing to be counted by.
    expect(toGrid(many(26, bySubscription)).rowsOf).toBe('cluster')
    expect(toGrid([...many(26, bySubscription), blind('', 'acr', { job: 'lab' })]).rowsOf).toBe('subscription')
    const lost = Array.from({ length: 26 }, (_, at) => blind('', 'acr', { job: `job ${at}` }))
    expect(toGrid(lost).rowsOf).toBe('subscription')
    expect(toGrid(lost.slice(1)).rowsOf).toBe('cluster')
  })
})

describe('a grid of subscriptions', () => {
  it('counts the clusters of each subscription at each registry by state, the worst subscription first', () => {
    const map = counted([
      spot('s1', 'acr10.azurecr.io', 'a', 'fine'),
      spot('s1', 'acr2.azurecr.io', 'a', 'fine'),
      spot('S2', 'acr2.azurecr.io', 'a', 'fine'),
      spot('s2', 'acr2.azurecr.io', 'b', 'drifted'),
      spot('s2', 'acr2.azurecr.io', 'c', 'failed'),
      spot('s2', 'acr2.azurecr.io', 'd', 'unknown'),
      spot('s2', 'acr2.azurecr.io', 'e', 'gone'),
    ])
    expect(map.columns).toEqual(['acr2', 'acr10'])
    expect(map.legend).toBe('✗ failed, ⟳ pulls, not as wanted, or does not exist, ? not checked, ✓ as expected')
    expect(keyed(map)).toEqual(['s2 | ✗ 1 ⟳ 2 ? 1 ✓ 1 | ', 's1 | ✓ 1 | ✓ 1'])
  })

  it('counts a cluster that several jobs have checked once, in its worst state', () => {
    const map = counted([
      spot('s', 'acr', 'AKS-1', 'fine'),
      spot('s', 'acr', 'aks-1', 'drifted'),
      spot('s', 'acr', 'aks-1', 'fine'),
    ])
    expect(keyed(map)).toEqual(['s | ⟳ 1'])
  })

  it('shows a part that nobody has checked, and never as good', () => {
    const part = blind('s', 'acr')
    expect(keyed(counted([part]))).toEqual(['s | ?'])
    expect(keyed(counted([part, spot('s', 'acr', 'a', 'fine')]))).toEqual(['s | ? ✓ 1'])
    expect(keyed(counted([part, spot('t', 'acr', 'a', 'fine')]))).toEqual(['s | ?', 't | ✓ 1'])
    // Neither its subscription nor its registry is known.
    expect(counted([blind('', '')]).rows).toEqual([])
  })

  it('knows a registry by its name, its ID and its login server', () => {
    const map = counted([
      spot('s', 'contosoacr-h4sh.azurecr.io', 'a', 'fine'),
      spot('s', 'ContosoAcr', 'b', 'drifted'),
      spot('s', acr, 'c', 'failed'),
    ])
    expect(map.columns).toEqual(['contosoacr-h4sh'])
    expect(keyed(map)).toEqual(['s | ✗ 1 ⟳ 1 ✓ 1'])
  })

  it('takes the subscription from the ID of a cluster, and otherwise from its job', () => {
    const pair = reportedPair('aks-1')
    expect(toSpot(pair)).toMatchObject({
      subscription: '00000000-0000-0000-0000-00000000abcd',
      state: 'refused',
      target: pair.target,
    })
    expect(toSpot({ ...pair, target: 'aks-1', status: 'failed' }, 's')).toMatchObject({
      subscription: 's',
      state: 'failed',
    })
    expect(toSpot({ ...pair, target: '*', status: 'unknown' }, 's').target).toBeUndefined()
    expect(toSpot({ ...pair, status: 'attached' }).state).toBe('drifted')
    // From a registry that does not exist nobody pulls, but only if that is certain.
    const error = { ...refusal(), code: 'REGISTRY_NOT_FOUND' as const }
    expect(toSpot({ ...pair, error })).toMatchObject({ state: 'refused', text: '✗ registry not found' })
    expect(toSpot({ ...pair, status: 'unknown', error })).toMatchObject({ state: 'unknown', text: '? not checked' })
    expect(toSpot({ ...pair, status: 'attached', lacks: [] }).state).toBe('fine')
  })

  it('has a limited number of columns, in which the best registries are added up', () => {
    const spots = Array.from({ length: 30 }, (_, index) =>
      spot('s', `acr${index}`, 'a', index === 17 ? 'drifted' : index === 29 ? 'unknown' : 'fine'),
    )
    const few = counted(spots, 4)
    expect(few).toMatchObject({ columns: ['acr0', 'acr17', 'acr29', '27 more registries'] })
    expect(keyed(few)).toEqual(['s | ✓ 1 | ⟳ 1 | ? 1 | ✓ 27'])
    expect(few.legend).toBe('⟳ pulls, not as wanted, ? not checked, ✓ as expected')
    expect(counted(spots, 30).columns).toHaveLength(30)
    expect(counted(spots, 29).columns).toHaveLength(29)
    expect(counted(spots, 29).columns.at(-1)).toBe('2 more registries')
    // In rows of clusters, the last column counts, too.
    expect(textOf(toGrid(spots, 'cluster', 4))).toEqual([
      'a | ✓ as expected | ⟳ pulls, not as wanted | ? not checked | ✓ 27',
    ])
  })
})
