import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatResourceId,
  isAtOrAbove,
  isIdOf,
  lastSegment,
  normalizeId,
  parseResourceId,
  sameId,
  subscriptionsOf,
} from '../src/resource-id.js'

const subscriptionId = '11111111-2222-4333-8444-555555555555'
const id = `/subscriptions/${subscriptionId}/resourceGroups/rg-shop/providers/Microsoft.ContainerService/managedClusters/aks-prod-1`

describe('resource IDs', () => {
  it('are parsed', () => {
    expect(parseResourceId(id)).toEqual({
      subscriptionId,
      resourceGroup: 'rg-shop',
      type: 'Microsoft.ContainerService/managedClusters',
      name: 'aks-prod-1',
    })
  })

  it('are of a kind by their end, in any letter case, whatever comes before it', () => {
    const damaged = id.replace(subscriptionId, 'production')
    expect([id, `${id}/`, id.toUpperCase(), damaged].map(each => isIdOf('cluster', each))).toEqual(Array(4).fill(true))
    const others = [
      `${id}/agentPools/system`,
      id.replace('ContainerService', 'HybridContainerService'),
      'aks-prod-1',
      '',
    ]
    expect(others.map(each => isIdOf('cluster', each))).toEqual(Array(4).fill(false))
    expect([isIdOf('registry', id), isIdOf('kubelet-identity', id)]).toEqual([false, false])
  })

  it('are parsed in any letter case, and with a slash at the end', () => {
    expect(parseResourceId(id.toUpperCase())?.name).toBe('AKS-PROD-1')
    expect(parseResourceId(id.replace('resourceGroups', 'resourcegroups'))?.resourceGroup).toBe('rg-shop')
    expect(parseResourceId(`${id}/`)?.name).toBe('aks-prod-1')
  })

  it.each([
    '',
    '/',
    'aks-prod-1',
    `/subscriptions/${subscriptionId}`,
    `/subscriptions/${subscriptionId}/resourceGroups/rg-shop`,
    id.replace(subscriptionId, 'production'),
    id.slice(1),
    `${id}/agentPools/system`,
    `${id}\n${id}`,
  ])('do not look like %j', text => {
    expect(parseResourceId(text)).toBeUndefined()
  })

  it('are the same after formatting and parsing', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_.()-]{1,20}$/)
    fc.assert(
      fc.property(
        fc.uuid(),
        segment,
        segment,
        segment,
        segment,
        (subscription, resourceGroup, namespace, type, name) => {
          const parts = { subscriptionId: subscription, resourceGroup, type: `${namespace}/${type}`, name }
          expect(parseResourceId(formatResourceId(parts))).toEqual(parts)
        },
      ),
    )
  })

  it('are compared without letter case and the last slash', () => {
    expect(sameId(id, `${id.toUpperCase()}/`)).toBe(true)
    expect(sameId(id, id.replace('aks-prod-1', 'aks-prod-2'))).toBe(false)
    expect(sameId('/', '')).toBe(true)
    expect(normalizeId(normalizeId(id))).toBe(normalizeId(id))
  })

  it.each([
    [id, 'aks-prod-1'],
    [`${id}/`, 'aks-prod-1'],
    ['aks-prod-1', 'aks-prod-1'],
    ['/', ''],
  ])('end in a name: %s', (text, name) => {
    expect(lastSegment(text)).toBe(name)
  })

  it('name their subscriptions, each once', () => {
    const other = id.replace(subscriptionId, subscriptionId.replace('1111', 'abcd'))
    expect(subscriptionsOf([id, other.toUpperCase(), id.toUpperCase(), 'aks-prod-1', other])).toEqual([
      subscriptionId,
      subscriptionId.replace('1111', 'abcd'),
    ])
    expect(subscriptionsOf([])).toEqual([])
  })

  it.each([
    [id, true],
    [`${id.toUpperCase()}/`, true],
    [`/subscriptions/${subscriptionId}/resourceGroups/RG-shop`, true],
    [`/subscriptions/${subscriptionId}`, true],
    ['/providers/Microsoft.Management/managementGroups/contoso', true],
    ['/', true],
    [`/subscriptions/${subscriptionId}/resourceGroups/rg`, false],
    [`/subscriptions/${subscriptionId}/resourceGroups/rg-other`, false],
    [`${id}/agentPools/system`, false],
    [id.replace(subscriptionId, subscriptionId.replace('1111', '2222')), false],
  ])('are at or below the scope %s: %s', (scope, expected) => {
    expect(isAtOrAbove(scope, id)).toBe(expected)
  })
})
