import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countDrift, countWorst, splitByAccess } from '../src/drift-text.js'
import { toGrid } from '../src/grid.js'
import { findCauses } from '../src/causes.js'
import { acr, driftOf, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'

describe('the numbers of a drift', () => {
  const clusters = ['aks-eus-01', 'aks-eus-02', 'aks-sea-10', 'aks-weu-7']
  const kinds: Partial<Pair>[] = [
    {},
    { status: 'attached', grantedBy: 'direct', lacks: [], verified: 'pull' },
    { status: 'attached', grantedBy: 'broader-role' },
    { limitedTo: ['team/app'] },
    { error: { ...refusal(), code: 'CLUSTER_NOT_FOUND' } },
    { error: { ...refusal(), code: 'REGISTRY_NOT_FOUND' } },
    { error: refusal() },
    { status: 'unknown', lacks: [], error: refusal('AUTHORIZATION_FAILED') },
    { status: 'failed', lacks: [], error: { ...refusal(), code: 'CLUSTER_STOPPED' } },
  ]
  const anyPair = fc.tuple(fc.constantFrom(...clusters), fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...kinds))

  it('are equal in title, headline, grid, causes and rows', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyPair, { selector: ([name, at]) => `${name} ${at}`, maxLength: 12 }), all => {
        const pairs = all.map(([name, at, more]) =>
          reportedPair(name, { registry: `${acr}${at}`, loginServer: `contosoacr${at}.azurecr.io`, ...more }),
        )
        const drift = driftOf({ pairs })
        const { rows } = toGrid(drift.spots, 'cluster')
        const isDrifted = ({ cells }: (typeof rows)[number]): boolean =>
          cells.some(({ spots }) => spots.some(({ state }) => ['refused', 'drifted', 'gone'].includes(state)))
        const drifted = rows.filter(isDrifted).length
        const causes = findCauses(drift)
        expect(new Set(causes.flatMap(({ names }) => names)).size).toBe(drifted)
        expect(causes.flatMap(({ items }) => items)).toHaveLength(drift.items.length)
        for (const { items, names } of causes)
          expect(new Set(items.map(({ target }) => target)).size).toBe(names.length)
        // The headline has each cluster in one of its kinds, the worst of which is the title.
        const headline = countDrift(drift)
        expect(headline.startsWith(countWorst(drift))).toBe(true)
        expect(headline === '').toBe(drifted === 0)
        expect(splitByAccess(drift.items).reduce((sum, { count }) => sum + count, 0)).toBe(drifted)
        // The subscriptions have what the clusters have.
        const cells = toGrid(drift.spots, 'subscription').rows.flatMap(row => row.cells)
        for (const [column, cell] of cells.entries()) {
          const own = rows.flatMap(row => row.cells[column]?.spots ?? [])
          expect(cell.spots.map(({ state }) => state).sort()).toEqual(own.map(({ state }) => state).sort())
        }
      }),
    )
  })
})
