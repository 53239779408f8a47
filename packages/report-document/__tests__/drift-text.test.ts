import { describe, expect, it } from 'vitest'
import { fix } from 'kernel'
import type { DriftItem } from '../src/drift.js'
import { countDrift, countUnchecked, describeDrift } from '../src/drift-text.js'
import { sampleDrift, sampleId, sampleItem } from '../../../__tests__/support/drift.js'

const gone = (target: string) =>
  sampleItem(target, { code: 'CLUSTER_NOT_FOUND', message: 'The cluster was not found.' })
const at = (target: string, registry: string, more: Partial<DriftItem> = {}) =>
  sampleItem(target, { registry: `${registry}.azurecr.io`, ...more })
const image = (name: string, code = 'IMAGE_NOT_FOUND') => sampleItem(name, { kind: 'input', code })
const identity = sampleId('next', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities')
const count = (...items: DriftItem[]): string => countDrift(sampleDrift(items))

describe('the amount of drift', () => {
  it('is nothing, one cluster by name, or a number out of the checked ones', () => {
    expect(count()).toBe('')
    expect(count(sampleItem(sampleId('AKS-1')))).toBe("AKS-1 can't pull from contosoacr")
    const others = { fine: [sampleItem('aks-2')], unknown: [sampleItem('aks-3')] }
    expect(countDrift(sampleDrift([sampleItem('aks-1')], others))).toBe("1 of 3 clusters can't pull from contosoacr")
    expect(count(sampleItem('aks-1'), sampleItem('AKS-1'), sampleItem('aks-2'))).toBe(
      "2 of 2 clusters can't pull from contosoacr",
    )
  })

  it('does not count the clusters that an incomplete list may omit', () => {
    const unknown = [sampleItem('*', { code: 'AUTHORIZATION_FAILED' })]
    expect(countDrift(sampleDrift([sampleItem('aks-1')], { unknown }))).toBe("aks-1 can't pull from contosoacr")
  })

  it('counts targets if one of the checked ones is an identity', () => {
    expect(countDrift(sampleDrift([sampleItem('aks-1')], { fine: [sampleItem(identity)] }))).toBe(
      "1 of 2 targets can't pull from contosoacr",
    )
  })

  it('names two registries in their order, and counts more', () => {
    expect(count(at('aks-1', 'two'), at('aks-1', 'one'))).toBe("aks-1 can't pull from one and two")
    expect(count(at('aks-1', 'two'), at('aks-1', 'one'), at('aks-1', 'three'), at('aks-1', 'one'))).toBe(
      "aks-1 can't pull from 3 registries",
    )
  })

  it('counts the clusters of each registry if these differ', () => {
    const limited = { access: { onlyTo: ['team/app'] } }
    expect(count(at('aks-1', 'two'), at('aks-1', 'one'), at('aks-2', 'one'))).toBe(
      "2 of 2 clusters can't pull: 2 from one, 1 from two",
    )
    expect(count(at('aks-1', 'two', limited), at('aks-1', 'one', limited), at('aks-2', 'one', limited))).toBe(
      '2 of 2 clusters are only allowed to pull team/app: 2 from one, 1 from two',
    )
  })

  it('shows what can still be pulled, worst first, and each cluster once', () => {
    const items = [
      at('aks-4', 'one', { access: 'otherwise' }),
      at('aks-3', 'one', { access: 'by-broader-role' }),
      at('aks-2', 'one', { access: { onlyTo: ['team/app'] } }),
      at('aks-1', 'one'),
      // If a cluster can pull from one registry but not from another, the worse result counts.
      at('aks-1', 'two', { access: 'otherwise' }),
    ]
    expect(count(...items)).toBe(
      "4 of 4 clusters drifted: 1 can't pull, 1 is only allowed to pull team/app, 1 pulls only through a broader role, " +
        '1 is allowed to pull, but not through the group',
    )
    expect(count(...items.slice(0, 2))).toBe(
      '2 of 2 clusters drifted: 1 pulls only through a broader role, 1 is allowed to pull, but not through the group',
    )
  })

  it('agrees with the number of clusters', () => {
    const two = (access: DriftItem['access']) => count(...['aks-1', 'aks-2'].map(name => sampleItem(name, { access })))
    expect(two('by-broader-role')).toBe('2 of 2 clusters pull only through a broader role')
    expect(two('otherwise')).toBe('2 of 2 clusters are allowed to pull, but not through the group')
  })

  it('says who loses access when a registry moves to the other mode, and how many at each', () => {
    const soon = { access: 'until-ABAC' } as const
    expect(count(at('aks-1', 'one', soon))).toBe('aks-1 pulls today; loses access when one moves to ABAC')
    expect(count(at('aks-1', 'one', soon), at('aks-2', 'one', soon))).toBe(
      '2 of 2 clusters pull today and lose access when one moves to ABAC',
    )
    expect(count(at('aks-1', 'one', soon), at('aks-1', 'two', soon))).toBe(
      'aks-1 pulls today; loses access when one and two move to ABAC',
    )
    expect(count(at('aks-1', 'one', soon), at('aks-1', 'two', soon), at('aks-2', 'two', soon))).toBe(
      '2 of 2 clusters pull today and lose access when registries move to ABAC: 1 from one, 2 from two',
    )
    expect(count(at('aks-1', 'one'), at('aks-2', 'one', soon))).toBe(
      "2 of 2 clusters drifted: 1 can't pull, 1 pulls today; loses access when one moves to ABAC",
    )
    expect(describeDrift(at('aks-1', 'one', { ...soon, message: 'R is missing' }))).toBe(
      'aks-1 pulls today; loses access when one moves to ABAC: R is missing',
    )
  })

  it('names the images that can be pulled if they are the same for all', () => {
    const limited = (name: string, ...onlyTo: string[]) => sampleItem(name, { access: { onlyTo } })
    expect(count(limited('a', 'team/app', 'shop/*'), limited('b', 'team/app', 'shop/*'))).toBe(
      '2 of 2 clusters are only allowed to pull team/app and shop/* from contosoacr',
    )
    expect(count(limited('a', 'team/app'), limited('b', 'shop/*'))).toBe(
      '2 of 2 clusters are only allowed to pull some repositories from contosoacr',
    )
    expect(count(limited('a'))).toBe('a is only allowed to pull what a condition allows from contosoacr')
  })

  it('distinguishes missing images from different ones', () => {
    expect(count(image('nginx:1'))).toBe('1 image is missing')
    const conflict = (name: string) => ({ ...image(name, 'IMAGE_CONFLICT'), fix: fix('Give another tag.') })
    expect(count(conflict('nginx:1'))).toBe('1 image is a different one')
    const conflicts = ['a:1', 'b:1'].map(conflict)
    // With force-import, attach repairs it.
    expect(count(image('nginx:1', 'IMAGE_CONFLICT'))).toBe('1 image would be replaced')
    expect(count(image('c:1'), image('d:1', 'IMAGE_CONFLICT'), image('e:1', 'IMAGE_CONFLICT'))).toBe(
      '1 image is missing and 2 images would be replaced',
    )
    expect(count(image('c:1'), image('d:1'), ...conflicts)).toBe('2 images are missing and 2 images are different ones')
    expect(count(image('c:1'), sampleItem('aks-1'))).toBe("aks-1 can't pull from contosoacr and 1 image is missing")
    expect(count(sampleItem('aks-1'), image('c:1'))).toBe("aks-1 can't pull from contosoacr and 1 image is missing")
    // A pair can have the code of an image that its nodes should have pulled.
    expect(count(sampleItem('aks-1', { code: 'IMAGE_CONFLICT' }))).toBe("aks-1 can't pull from contosoacr")
  })

  it('distinguishes missing resources from missing roles', () => {
    expect(countDrift(sampleDrift([gone('aks-1')], { fine: [sampleItem('aks-2')] }))).toBe('aks-1 was not found')
    expect(count(gone('aks-1'), gone('aks-2'), sampleItem('aks-3'))).toBe(
      "3 of 3 clusters drifted: 2 were not found, 1 can't pull",
    )
    // A cluster without an identity still exists.
    expect(count(sampleItem('aks-1', { code: 'NO_KUBELET_IDENTITY' }))).toBe("aks-1 can't pull from contosoacr")
    expect(count(sampleItem('x', { kind: 'input', code: 'CLUSTER_NOT_FOUND' }))).toBe('1 image is missing')
  })

  it('counts missing resources by kind', () => {
    const lost = (name: string) => at('aks-1', name, { code: 'REGISTRY_NOT_FOUND', message: 'It was not found.' })
    expect(count(lost('contosoacr'), { ...lost('contosoacr'), target: 'aks-2' })).toBe('contosoacr was not found')
    expect(count(lost('one'), lost('two'))).toBe('2 registries were not found')
    expect(count(gone('aks-1'), { ...lost('one'), target: 'aks-2' })).toBe(
      "2 of 2 clusters drifted: 1 was not found, 1 can't pull",
    )
    expect(count(gone('aks-1'), gone('AKS-1'))).toBe('aks-1 was not found')
    expect(count(gone(sampleId('aks', 'rg-a')), gone(sampleId('aks', 'rg-b')))).toBe('2 of 2 clusters were not found')
    expect(count(gone('aks-1'), sampleItem(identity, { code: 'IDENTITY_NOT_FOUND' }))).toBe(
      '2 of 2 targets were not found',
    )
  })
})

describe('an unchecked item', () => {
  it('is named, or counted', () => {
    const unread = sampleItem('nginx:1.27', { kind: 'input' })
    expect(countUnchecked([sampleItem(sampleId('aks-1'))])).toBe('aks-1 on contosoacr could not be checked')
    expect(countUnchecked([sampleItem('team/app:v1', { kind: 'input' })])).toBe(
      'team/app:v1 on contosoacr could not be checked',
    )
    expect(countUnchecked([sampleItem('aks-1'), sampleItem('aks-2'), unread])).toBe(
      '2 clusters and 1 image could not be checked',
    )
    const workloads = (name: string) => sampleItem(`the workloads of ${name}`, { kind: 'workload', registry: '' })
    expect(countUnchecked([workloads('aks-1'), workloads('aks-2')])).toBe(
      'the workloads of 2 clusters could not be checked',
    )
    expect(countUnchecked([unread, unread])).toBe('2 images could not be checked')
    expect(countUnchecked([sampleItem('aks-1'), sampleItem(identity)])).toBe('2 targets could not be checked')
    expect(countUnchecked([at('aks-1', 'one'), at('aks-1', 'two')])).toBe('1 cluster could not be checked')
  })
})

describe('the state of one item', () => {
  it("is what it can or can't pull, and what is missing", () => {
    const lines: [Partial<DriftItem>, string][] = [
      [{}, "can't pull from contosoacr: AcrPull is missing"],
      [
        { code: 'PULL_DENIED', message: 'The probed node is refused.' },
        "can't pull from contosoacr (PULL_DENIED): The probed node is refused.",
      ],
      [{ access: 'by-broader-role' }, 'pulls from contosoacr only through a broader role: AcrPull is missing'],
      [{ access: 'otherwise' }, 'is allowed to pull from contosoacr, but not through the group: AcrPull is missing'],
      [{ access: { onlyTo: ['team/app'] } }, 'is only allowed to pull team/app from contosoacr: AcrPull is missing'],
    ]
    for (const [more, text] of lines) expect(describeDrift(sampleItem(sampleId('aks-1'), more))).toBe(`aks-1 ${text}`)
    expect(describeDrift(sampleItem('aks-1', { name: 'aks-1 (rg-a)' }))).toBe(
      "aks-1 (rg-a) can't pull from contosoacr: AcrPull is missing",
    )
  })

  it('is a missing resource, or the problem with an image', () => {
    expect(describeDrift(gone('aks-1'))).toBe('CLUSTER_NOT_FOUND: The cluster was not found.')
    const unnamed = { kind: 'input' as const, message: '' }
    expect(describeDrift(sampleItem('team/app:v1', unnamed))).toBe('team/app:v1 is missing')
    expect(describeDrift(sampleItem('team/app:v1', { ...unnamed, message: 'It does not exist.' }))).toBe(
      'It does not exist.',
    )
    expect(describeDrift(sampleItem('x', { ...unnamed, code: 'REGISTRY_NOT_FOUND' }))).toBe('x is missing')
  })
})
