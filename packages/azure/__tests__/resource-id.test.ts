import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatResourceId, isAtOrAbove, isIdOf, lastSegment } from '../src/resource-id.js'
import { normalizeId, parseResourceId, sameId, subscriptionsOf } from '../src/resource-id.js'

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
    const hybrid = id.replace('ContainerService', 'HybridContainerService')
    const others = [`${id}/agentPools/system`, hybrid, 'aks-prod-1', '']
    expect(others.map(each => isIdOf('cluster', each))).toEqual(Array(4).fill(false))
    expect([isIdOf('registry', id), isIdOf('kubelet-identity', id)]).toEqual([false, false])
  })

  it('are parsed in any letter case, and with a slash at the end', () => {
    expect(parseResourceId(id.toUpperCase())?.name).toBe('AKS-PROD-1')
    expect(parseResourceId(id.replace('resourceGroups', 'resourcegroups'))?.resourceGroup).toBe('rg-shop')
    expect(parseResourceId(`${id}/`)?.name).toBe('aks-prod-1')
  })

  const whole = `/subscriptions/${subscriptionId}`
  it.each([
    ...['', '/', 'aks-prod-1', whole, `${whole}/resourceGroups/rg-shop`, id.replace(subscriptionId, 'production')],
    ...[id.slice(1), `${id}/agentPools/system`, `${id}\n${id}`],
  ])('do not look like %j', text => {
    expect(parseResourceId(text)).toBeUndefined()
  })

  it('are the same after formatting and parsing', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_.()-]{1,20}$/)
    const type = fc.tuple(segment, segment).map(parts => parts.join('/'))
    fc.assert(
      fc.property(fc.record({ subscriptionId: fc.uuid(), resourceGroup: segment, type, name: segment }), parts => {
        expect(parseResourceId(formatResourceId(parts))).toEqual(parts)
      }),
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

  it('are at or below their own scope, and those of their group, subscription, management groups and tenant', () => {
    const group = '/providers/Microsoft.Management/managementGroups/contoso'
    const above = [id, `${id.toUpperCase()}/`, `${whole}/resourceGroups/RG-shop`, whole, group, '/']
    const others = [`${whole}/resourceGroups/rg`, `${whole}/resourceGroups/rg-other`, `${id}/agentPools/system`]
    const elsewhere = id.replace(subscriptionId, subscriptionId.replace('1111', '2222'))
    expect([...above, ...others, elsewhere].filter(scope => isAtOrAbove(scope, id))).toEqual(above)
  })
})
