import { expect, it } from 'vitest'
import { scopeOfEntries, scopeOfFleet } from 'drift-issue'
import { scopeOf } from '../src/scope.js'
import { fine, reportOf } from '../../../__tests__/support/merging.js'

const report = (searched: string[], ...names: string[]) => {
  const whole = reportOf(names.map(fine), { searched })
  for (const [index, { asked }] of whole.pairs.entries())
    Object.assign(asked, { target: names[index] ?? '', registry: 'contosoacr' })
  return { report: whole }
}

it('a merge is about its fleet, whatever its reports have', () => {
  const fleet = [{ cluster: 'aks-1' }, { cluster: 'aks-2' }]
  expect(scopeOf(fleet, [report([], 'aks-9')])).toEqual(scopeOfFleet(fleet))
})

it('a merge without a fleet is about the clusters and registries that its jobs named', () => {
  const legs = [report([], 'aks-1', 'aks-2'), {}, report([], 'aks-3')]
  expect(scopeOf([], legs)).toEqual(
    scopeOfEntries([
      ['contosoacr', 'aks-1', 'aks-2'],
      ['contosoacr', 'aks-3'],
    ]),
  )
  expect(scopeOf([], [...legs].reverse())).toEqual(scopeOf([], legs))
})

it('a merge without a fleet is about the scopes that its jobs listed, whichever clusters are in them today', () => {
  const group = '/subscriptions/a/resourceGroups/rg-eu'
  const today = scopeOf([], [report([group], 'aks-1')])
  expect(today).toEqual(scopeOfEntries([['a', 'rg-eu', 'contosoacr']]))
  expect(scopeOf([], [report([group], 'aks-1', 'aks-2')])).toEqual(today)
})
