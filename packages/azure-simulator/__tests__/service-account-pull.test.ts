import { describe, expect, it } from 'vitest'
import { arm } from '../src/client.js'
import { createCredentials } from '../src/services/kubernetes/nodes/credentials.js'
import { createContoso } from '../src/contoso.js'
import type { Pod } from '../src/world/kubernetes-objects.js'
import { start } from './support/fixture.js'

const type = 'Microsoft.ContainerService/managedClusters'

describe('a cluster that pulls as service accounts', () => {
  it('shows it in preview versions since 2026-01-02-preview, and hides it in stable ones', async () => {
    const contoso = createContoso()
    const identity = contoso.group.addUserAssignedIdentity('puller')
    contoso.group.addCluster('aks-own', { serviceAccountPull: { defaultIdentity: identity } })
    const { client, deployer, group } = await start({ contoso })
    const token = await client.signIn(deployer)
    const profile = { enabled: true, defaultManagedIdentityId: identity.resourceId }
    for (const [version, shown] of [
      ['2024-09-01', undefined],
      ['2026-04-01', undefined],
      ['2026-01-02-preview', profile],
      ['2026-08-02-preview', profile],
    ] as const) {
      const one = await client.get(arm(`${group.id}/providers/${type}/aks-own`, version), token)
      const all = await client.get(arm(`${group.id}/providers/${type}`, version), token)
      const listed = (all.json.value as unknown as { name: string }[]).find(({ name }) => name === 'aks-own')
      for (const cluster of [one.json, listed]) {
        const { securityProfile } = (cluster as { properties: { securityProfile: Record<string, unknown> } }).properties
        expect(securityProfile.serviceAccountImagePullProfile).toEqual(shown)
      }
    }
  })

  it('pulls with the identity that the account names, or else the default one, or else anonymously', () => {
    const { world, group, registry } = createContoso()
    const identity = group.addUserAssignedIdentity('puller')
    world.assignRole({ principalId: identity.objectId, role: 'AcrPull', scope: registry.id })
    const cluster = group.addCluster('aks-own', { serviceAccountPull: {} })
    const { kubernetes } = cluster
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const annotations = { 'kubernetes.azure.com/acr-client-id': identity.clientId }
    kubernetes.addServiceAccount('default', 'web', { annotations })
    kubernetes.addServiceAccount('default', 'api')
    const [node] = kubernetes.nodes
    if (!node) throw new Error('there is no node')
    const waysOf = (serviceAccountName: string): number => {
      const pod = { metadata: { namespace: 'default' }, spec: { serviceAccountName } } as Pod
      const image = `${registry.loginServer}/team/app:v1`
      return createCredentials(world, cluster).waysIn(node, pod, image, registry, 'team/app').length
    }
    // The last way is anonymous.
    expect([waysOf('web'), waysOf('api')]).toEqual([2, 1])
  })
})
