import { expect, it } from 'vitest'
import { scopeOfFleet } from 'drift-issue'
import { scopeOfEntries } from 'drift-issue/src/identity.js'
import { fine, reportOf } from '../../../__tests__/support/merging.js'

const report = (searched: string[], ...names: string[]) => {
  const whole = reportOf(names.map(fine), { searched })
  for (const [index, { asked }] of whole.pairs.entries())
    Object.assign(asked, { target: names[index] ?? '', registry: 'contosoacr' })
  return whole
}

it('a merge is about its fleet, whatever its reports have', () => {
  const fleet = [{ cluster: 'aks-1' }, { cluster: 'aks-2' }]
  expect(scopeOfFleet(fleet, [report([], 'aks-9')])).toEqual(scopeOfFleet(fleet))
})

it('a merge without a fleet is about the clusters and registries that its jobs named', () => {
  const reports = [report([], 'aks-1', 'aks-2'), report([], 'aks-3')]
  expect(scopeOfFleet([], reports)).toEqual(
    scopeOfEntries([
      ['contosoacr', 'aks-1', 'aks-2'],
      ['contosoacr', 'aks-3'],
    ]),
  )
  expect(scopeOfFleet([], [...reports].reverse())).toEqual(scopeOfFleet([], reports))
})

it('a merge without a fleet is about the scopes that its jobs listed, whichever clusters are in them today', () => {
  const group = '/subscriptions/a/resourceGroups/rg-eu'
  const today = scopeOfFleet([], [report([group], 'aks-1')])
  expect(today).toEqual(scopeOfEntries([['a', 'rg-eu', 'contosoacr']]))
  expect(scopeOfFleet([], [report([group], 'aks-1', 'aks-2')])).toEqual(today)
})
