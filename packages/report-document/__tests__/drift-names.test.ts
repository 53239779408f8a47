import { describe, expect, it } from 'vitest'
import { namePlaces } from 'azure'
import { countTargets } from '../src/drift.js'
import { sampleId } from '../../../__tests__/support/drift.js'

describe('targets', () => {
  it('are clusters, unless one of them is an identity', () => {
    const identity = sampleId('next', 'rg-shop', 'microsoft.managedidentity/UserAssignedIdentities')
    expect(countTargets([sampleId('aks-1')])).toBe('1 cluster')
    expect(countTargets(['aks-1', 'userAssignedIdentities'])).toBe('2 clusters')
    expect(countTargets(['aks-1', identity])).toBe('2 targets')
  })
})

describe('the registries of a headline', () => {
  const at = (target: string, ...registries: string[]) => registries.map(registry => ({ target, registry }))

  it('are named or counted if they are the same for each target', () => {
    expect(namePlaces(at('aks-1', 'one'))).toBe(' from one')
    expect(namePlaces([...at('aks-1', 'two', 'one'), ...at('AKS-1', 'one'), ...at('aks-2', 'one', 'two')])).toBe(
      ' from one and two',
    )
    expect(namePlaces(at('aks-1', 'a-10', 'a-2', 'a-1'))).toBe(' from 3 registries')
  })

  it('have their numbers if they differ, in natural order', () => {
    expect(namePlaces([...at('aks-1', 'acr10', 'acr2'), ...at('aks-2', 'acr2')])).toBe(': 2 from acr2, 1 from acr10')
    expect(namePlaces([...at('aks-1', 'a', 'b', 'c'), ...at('aks-2', 'a')])).toBe(': 2 from a, 1 from b, 1 from c')
    expect(namePlaces([...at('aks-1', 'a', 'b', 'c', 'd'), ...at('aks-2', 'a')])).toBe(
      ' from one or more of 4 registries',
    )
  })
})
