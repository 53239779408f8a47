import fc from 'fast-check'
import { repositoryRights } from 'azure-simulator'
import { createContoso, type Contoso } from 'azure-simulator/contoso'
import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { describeLoss, findLosses, readAccess } from '../../support/access-model.js'
import { readTargets, watchAccess } from '../../support/nobody-else.js'

const reader = 'Container Registry Repository Reader'

/** Contoso with a registry in ABAC mode, and a function that lists who loses access by a change. */
function start() {
  const contoso = createContoso()
  const { world, group, cluster } = contoso
  const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
  const losersOf = (change: () => void): string[] => {
    const before = readAccess(world)
    change()
    return findLosses(before, readAccess(world)).map(describeLoss)
  }
  const assign = (principalId: string, scope: string, role = 'AcrPull', condition?: string) =>
    world.assignRole({ principalId, role, scope, ...(condition !== undefined && { condition }) })
  return { ...contoso, abac, losersOf, assign, pullsAs: cluster.kubeletIdentity.objectId }
}

describe('the model of who can pull what', () => {
  it('sees every cluster that pulls with an identity, also as an application', () => {
    const { assign, losersOf, world, registry, group, cluster, pullsAs } = start()
    group.addCluster('aks-twin', { kubeletIdentity: cluster.kubeletIdentity })
    const { clientId, objectId } = world.directory.addServicePrincipal('old', 'Application')
    group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId: clientId })
    const both = [assign(pullsAs, registry.id), assign(objectId, registry.id)]
    const losers = losersOf(() => {
      for (const each of both) world.assignments.remove(each)
    })
    expect(losers).toEqual(['aks-old on contosoacr', 'aks-prod-1 on contosoacr', 'aks-twin on contosoacr'])
  })

  it('sees what a membership carried at every registry, through nested groups too', () => {
    const { assign, losersOf, world, registry, abac, pullsAs } = start()
    const inner = world.addGroup('inner', { members: [pullsAs] })
    const outer = world.addGroup('outer', { members: [inner.objectId] })
    assign(outer.objectId, registry.id)
    assign(outer.objectId, abac.id, reader)
    const losers = losersOf(() => {
      world.directory.removeMember(outer, inner.objectId)
    })
    expect(losers).toEqual(['aks-prod-1 on abacacr', 'aks-prod-1 on contosoacr'])
  })

  it('sees the loss of everybody when a registry changes its mode or goes', () => {
    const { assign, losersOf, world, registry, pullsAs } = start()
    assign(pullsAs, registry.id)
    const byMode = losersOf(() => {
      Object.assign(registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
    })
    // Roles that can read everything pull in RBAC mode: those of the deployer, too.
    expect(byMode).toEqual(['aks-prod-1 on contosoacr', 'identity gh-deployer on contosoacr'])
    Object.assign(registry.body.properties, { roleAssignmentMode: 'LegacyRegistryPermissions' })
    expect(losersOf(() => world.resources.splice(world.resources.indexOf(registry), 1))).toEqual(byMode)
  })

  it('agrees with the permission checks of the simulated registries', () => {
    const roles = ['AcrPull', 'AcrPush', 'AcrDelete', 'Reader', 'Contributor', reader, 'Owner']
    // The last one is in no limit: a limit to all others still takes it away.
    const names = ['team/app', 'team/web', 'shop/app', 'other', 'elsewhere']
    const grants = fc.array(
      fc.record({
        holder: fc.nat(3),
        role: fc.constantFrom(...roles),
        scope: fc.nat(3),
        limit: fc.option(fc.subarray(['team/*', 'shop/app', 'other'], { minLength: 1 })),
      }),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(grants, fc.nat(), (given, pick) => {
        const { world, assign, abac, registry, group, subscription, pullsAs, losersOf } = start()
        for (const name of names) for (const { images } of [abac, registry]) images.repositories.set(name, {} as never)
        const inner = world.addGroup('inner', { members: [pullsAs] })
        const outer = world.addGroup('outer', { members: [inner.objectId] })
        const holders = [pullsAs, inner.objectId, outer.objectId, world.addUser('somebody').objectId]
        const scopes = [registry.id, abac.id, group.id, subscription.id]
        const made = given.map(({ holder, role, scope, limit }) =>
          assign(holders[holder] ?? '', scopes[scope] ?? '', role, limit ? repositoryCondition(limit) : undefined),
        )
        const pullable = () =>
          [registry, abac].flatMap(at =>
            names
              .filter(name => repositoryRights(world, at, pullsAs, name, 0).includes('pull'))
              .map(name => [at, name]),
          )
        const before = pullable()
        const removed = made[pick % Math.max(made.length, 1)]
        const losers = losersOf(() => {
          if (removed) world.assignments.remove(removed)
        })
        const hasLost = pullable().length < before.length
        expect(losers.some(loser => loser.startsWith('aks-prod-1 '))).toBe(hasLost)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a watched step', () => {
  const detach = { mode: 'detach', cluster: 'aks-prod-1', registry: 'contosoacr' }
  const scenario = (inputs: Record<string, string>, more: (contoso: Contoso) => void = () => undefined) => {
    const { world, registry, pullsAs, assign, ...contoso } = start()
    const grant = assign(pullsAs, registry.id)
    more({ ...contoso, world, registry })
    const expectNobodyElseHarmed = watchAccess(world, readTargets(world, inputs))
    world.assignments.remove(grant)
    return expectNobodyElseHarmed
  }

  it('may take the access of the targets of a detach at its registries', () => {
    expect(scenario(detach)).not.toThrow()
    expect(scenario({ ...detach, registry: 'CONTOSOACR.azurecr.io' })).not.toThrow()
  })

  it.each([
    ['is no detach', { ...detach, mode: 'attach' }],
    ['names another registry', { ...detach, registry: 'abacacr' }],
    ['names another cluster', { ...detach, cluster: 'aks-2' }],
    ['names only some repositories', { ...detach, repositories: 'team/*' }],
  ])('fails with the name of the loser if it %s', (_, inputs) => {
    expect(scenario(inputs)).toThrow(/aks-prod-1 on contosoacr/)
  })

  it('fails if a cluster with the same identity loses, unless the scenario says so', () => {
    const twin = ({ group, cluster }: Contoso): void => {
      group.addCluster('aks-twin', { kubeletIdentity: cluster.kubeletIdentity })
    }
    expect(scenario(detach, twin)).toThrow(/aks-twin on contosoacr/)
    expect(() => {
      scenario(detach, twin)(['aks-twin on contosoacr'])
    }).not.toThrow()
    // Who is said to lose must lose, or the word would hide the next harm.
    expect(() => {
      scenario(detach)(['aks-twin on contosoacr'])
    }).toThrow()
  })
})
