import { describe, expect } from 'vitest'
import { beginWithAbac, disarm, held, roleIds } from '../../support/estate.js'
import { expectAttached, expectFailure, it, whenRequested } from '../../support/scenario.js'

const check = { mode: 'check' }

describe('the verdict on a pair', () => {
  it.for(['aks-prod-1', 'aks-prod-1\naks-prod-2'])(
    'is the same alone and among two: %j',
    async (clusters, { begin }) => {
      const { attach, cluster, group, world, registry } = await begin()
      const second = group.addCluster('aks-prod-2')
      const identities = [cluster, second].map(({ kubeletIdentity: { objectId } }) => objectId)
      for (const principalId of identities) world.assignRole({ principalId, role: 'AcrPush', scope: registry.id })
      const pullers = world.addGroup('pullers', { members: identities })
      world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: group.id })
      const end = await attach({ ...check, cluster: clusters })
      expectAttached(end, { changed: false })
      expect(end.report.pairs[0]).toMatchObject({ status: 'attached', grantedBy: 'group' })
    },
  )
})

describe('a registry given by name', () => {
  it('is unknown, not drift, after losing read access', async ({ begin }) => {
    const { attach, cluster, deployer, world, registry } = await begin()
    expectAttached(await attach(), { changed: true })
    disarm({ world, deployer })
    const { name } = world.addCustomRole({
      roleName: 'Cluster reader',
      actions: ['Microsoft.ContainerService/managedClusters/read', 'Microsoft.Authorization/roleAssignments/read'],
      assignableScopes: [registry.id.split('/').slice(0, 3).join('/')],
    })
    world.assignRole({ principalId: deployer.objectId, role: name, scope: cluster.id.split('/').slice(0, 5).join('/') })
    const end = await attach(check)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.outputs.drift).toBe('false')
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    // Where the registry is can't be known, so the command finds it.
    expect(end.report.pairs[0]?.error?.fix.commands).toEqual([
      expect.stringMatching(/^az acr show --name contosoacr .* \| xargs .* --role Reader .* --scope$/s),
    ])
  })
})

describe('a condition', () => {
  it.for(['', 'other'])(
    'of two jobs at once ends with the access that both want, plus the existing access: %s',
    async (there, { begin }) => {
      const { attach, abac, objectId, inputs, world, simulator, limit } = await beginWithAbac(begin)
      if (there) limit(objectId, abac.id, there)
      // Each has checked before the other writes.
      const isWrite = ({ method }: { method: string }): boolean => method === 'PUT'
      simulator.faults.add({ method: 'PUT', times: 2, until: () => whenRequested(simulator, isWrite, 2) })
      const ends = await Promise.all(['team/app', 'tools/*'].map(repositories => attach({ ...inputs, repositories })))
      for (const end of ends) expectAttached(end, { changed: true })
      expect(held({ world }, objectId)).toEqual([[roleIds.repositoryReader, abac.id]])
      const after = await attach({ ...inputs, ...check, repositories: ['team/app', 'tools/*', there].join('\n') })
      expectAttached(after, { changed: false })
    },
  )
})
