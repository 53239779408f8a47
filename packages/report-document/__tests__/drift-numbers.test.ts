import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countDrift, countWorst } from '../src/drift-text.js'
import { toGrid } from '../src/grid.js'
import { toDrift } from '../src/find-drift.js'
import { states } from '../src/drift.js'
import { findCauses } from '../src/causes.js'
import { acr, refusalInParts, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'

describe('the numbers of a drift', () => {
  const clusters = ['aks-eus-01', 'aks-eus-02', 'aks-sea-10', 'aks-weu-7']
  const kinds: Partial<Pair>[] = [
    {},
    { status: 'attached', grantedBy: 'direct', lacks: [], verified: 'pull' },
    { status: 'attached', grantedBy: 'broader-role' },
    { limitedTo: ['team/app'] },
    { error: { ...refusalInParts(), code: 'CLUSTER_NOT_FOUND' } },
    { error: { ...refusalInParts(), code: 'REGISTRY_NOT_FOUND' } },
    { error: refusalInParts() },
    { status: 'unknown', lacks: [], error: { ...refusalInParts(), code: 'AUTHORIZATION_FAILED' } },
    { status: 'failed', lacks: [], error: { ...refusalInParts(), code: 'CLUSTER_STOPPED' } },
  ]
  const anyPair = fc.tuple(fc.constantFrom(...clusters), fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...kinds))

  it('are equal in title, headline, grid, causes and rows', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyPair, { selector: ([name, at]) => `${name} ${at}`, maxLength: 12 }), all => {
        const pairs = all.map(([name, at, more]) =>
          reportedPair(name, { registry: `${acr}${at}`, loginServer: `contosoacr${at}.azurecr.io`, ...more }),
        )
        const nothing = { images: [], manifests: [], plan: [], unknown: [], error: null }
        const drift = toDrift({ ...nothing, pairs }, '', () => undefined)
        const { rows } = toGrid(drift.spots, 'cluster')
        const isDrifted = ({ cells }: (typeof rows)[number]): boolean =>
          cells.some(({ spots }) => spots.some(({ state }) => ['refused', 'drifted', 'gone'].includes(state)))
        const drifted = rows.filter(isDrifted).length
        const causes = findCauses(drift)
        expect(new Set(causes.flatMap(({ names }) => names)).size).toBe(drifted)
        expect(causes.flatMap(({ items }) => items)).toHaveLength(drift.items.length)
        for (const { text, names } of causes) {
          const [, count = String(names.length)] = / for (\d+)(?:,|$)/.exec(text) ?? []
          expect(Number(count), text).toBe(names.length)
        }
        // The headline has each cluster in one of its kinds, the worst of which is the title.
        const headline = countDrift(drift)
        expect(headline.startsWith(countWorst(drift))).toBe(true)
        expect(headline === '').toBe(drifted === 0)
        const [, worst, total = '', others = ''] = /^(\d+) of (\d+) clusters (.*)$/.exec(headline) ?? []
        if (worst !== undefined) {
          expect(Number(total)).toBe(rows.length)
          const counts = [...others.replace(/: \d+ from .*$/, '').matchAll(/(?:, | and )(\d+) /g)].map(([, count]) =>
            Number(count),
          )
          expect(counts.reduce((sum, count) => sum + count, Number(worst))).toBe(drifted)
        }
        // The subscriptions count what the clusters have.
        const cells = toGrid(drift.spots, 'subscription').rows.flatMap(row => row.cells)
        for (const [column, { text }] of cells.entries()) {
          const own = rows.flatMap(row => row.cells[column]?.spots ?? [])
          const count = [...text.matchAll(/(\d+)/g)].reduce((total, [, each]) => total + Number(each), 0)
          expect(count).toBe(own.length)
          const [, bad = '0'] = /✗ (\d+)/.exec(text) ?? []
          expect(Number(bad)).toBe(own.filter(({ state }) => states[state].mark === '✗').length)
          expect(text.match(/✗/g) ?? []).toHaveLength(bad === '0' ? 0 : 1)
        }
      }),
    )
  })
})
