import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { disarm, findingCodes, letDeploy } from '../../support/estate.js'
import { advisedCommands } from '../../support/reading.js'
import { expectAttached, onceIt, type StepEnd } from '../../support/scenario.js'

// Every scenario fails if a command of its report takes access away (support/advised.ts). These are the situations in which one did.

const check = { mode: 'check', 'fail-on-drift': 'false' }

const adviceOf = ({ report }: StepEnd, code: string) => report.findings.filter(each => each.code === code)

/** The commands of the findings with a code that delete something. */
const deletionsOf = (end: StepEnd, code: string): string[] =>
  adviceOf(end, code).flatMap(({ fix }) => fix.commands.filter(command => /\b(?:delete|remove)\b/.test(command)))

describe('advice about a role in excess', () => {
  onceIt('deletes it only after the pull role is there', async ({ begin }) => {
    const { attach, world, cluster, registry } = await begin()
    const excess = world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'AcrPush',
      scope: registry.id,
    })
    const night = await attach(check)
    expect(findingCodes(night)).toEqual(['EXCESS_ROLE'])
    expect(deletionsOf(night, 'EXCESS_ROLE')).toEqual([])
    expect(adviceOf(night, 'EXCESS_ROLE')[0]?.fix.text).toContain('attach')
    const given = await attach()
    expectAttached(given, { changed: true })
    expect(deletionsOf(given, 'EXCESS_ROLE')).toEqual([expect.stringContaining(excess.id)])
    expect(deletionsOf(await attach(check), 'EXCESS_ROLE')).toEqual([expect.stringContaining(excess.id)])
  })

  onceIt('does not delete it if the pull role could not be assigned', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, registry } = scenario
    disarm(scenario, registry.id)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPush', scope: registry.id })
    const end = await attach()
    expect(end.outputs['error-code']).toBe('AUTHORIZATION_FAILED')
    expect(findingCodes(end)).toContain('EXCESS_ROLE')
    expect(deletionsOf(end, 'EXCESS_ROLE')).toEqual([])
  })

  onceIt('deletes neither of two if only both together leave the pull role', async ({ begin }) => {
    const { attach, world, cluster, registry } = await begin()
    for (const role of ['AcrPush', 'Contributor'])
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role, scope: registry.id })
    const end = await attach(check)
    expect(findingCodes(end)).toEqual(['EXCESS_ROLE', 'EXCESS_ROLE'])
    expect(deletionsOf(end, 'EXCESS_ROLE')).toEqual([])
  })

  onceIt('leaves what is inherited, because other registries may be pulled from by it', async ({ begin }) => {
    const { attach, world, cluster, group } = await begin()
    group.addRegistry('otheracr')
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'Contributor', scope: group.id })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(findingCodes(end)).toEqual(['EXCESS_ROLE'])
    expect(deletionsOf(end, 'EXCESS_ROLE')).toEqual([])
  })

  onceIt('leaves the role of a group to its other members', async ({ begin }) => {
    const { attach, world, cluster, group, registry } = await begin()
    const other = group.addCluster('aks-prod-2').kubeletIdentity
    const { objectId } = world.addGroup('pushers', { members: [cluster.kubeletIdentity.objectId, other.objectId] })
    world.assignRole({ principalId: objectId, role: 'AcrPush', scope: registry.id })
    const end = await attach()
    expect(findingCodes(end)).toContain('EXCESS_ROLE')
    expect(deletionsOf(end, 'EXCESS_ROLE')).toEqual([])
    expect(adviceOf(end, 'EXCESS_ROLE')[0]?.fix.commands).toEqual([
      expect.stringContaining(`az ad group member list --group ${objectId}`),
    ])
  })

  onceIt.for(['Owner', 'AcrPush'])('is given from the first run on for role: %s', async (role, { begin }) => {
    const scenario = await begin()
    const { attach } = scenario
    letDeploy(scenario, scenario.registry.id)
    const first = await attach({ role })
    expectAttached(first, { changed: true })
    expect(findingCodes(first)).toEqual(['EXCESS_ROLE'])
    expect(adviceOf(first, 'EXCESS_ROLE')[0]).toMatchObject({ subject: scenario.cluster.id, severity: 'warning' })
    expect(advisedCommands(first)).toEqual([])
    const again = await attach({ role })
    expect(findingCodes(again)).toEqual(['EXCESS_ROLE'])
    expect(advisedCommands(again)).toEqual([])
  })
})

describe('advice about a role that a registry in ABAC mode ignores', () => {
  onceIt('leaves it if another registry of the run is pulled from by it', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, group } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    letDeploy(scenario, abac.id)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: group.id })
    const end = await attach({ registry: 'contosoacr\nabacacr' })
    expectAttached(end, { changed: true })
    expect(findingCodes(end)).toEqual(['ROLE_IGNORED_BY_ABAC'])
    expect(deletionsOf(end, 'ROLE_IGNORED_BY_ABAC')).toEqual([])
  })

  onceIt('deletes it at the registry itself', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, group } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    const ignored = world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: abac.id,
    })
    const end = await attach({ ...check, registry: 'abacacr' })
    expect(deletionsOf(end, 'ROLE_IGNORED_BY_ABAC')).toEqual([expect.stringContaining(ignored.id)])
  })
})

describe('advice about the role of the wrong identity', () => {
  onceIt.for(['aks-prod-1', 'aks-prod-1\naks-other'])(
    'leaves it if another cluster pulls with that identity (cluster: %s)',
    async (cluster, { begin }) => {
      const { attach, world, group, registry, cluster: own } = await begin()
      const objectId = own.controlPlanePrincipalId ?? ''
      const shared = group.addUserAssignedIdentity('shared')
      group.addCluster('aks-other', { kubeletIdentity: { ...shared, objectId } })
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      const end = await attach({ ...check, cluster })
      expect(findingCodes(end)).toEqual(['WRONG_IDENTITY_GRANTED'])
      expect(deletionsOf(end, 'WRONG_IDENTITY_GRANTED')).toEqual([])
    },
  )
})

describe('advice about an orphaned assignment', () => {
  onceIt('is not given for a group of another tenant', async ({ begin }) => {
    const { attach, world, registry, deployer } = await begin()
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const [foreign, gone] = (['ForeignGroup', 'ServicePrincipal'] as const).map(principalType =>
      world.assignRole({
        principalId: randomUUID(),
        role: 'AcrPull',
        scope: registry.id,
        // The simulator's directory has no such objects.
        principalType: principalType as 'Group',
      }),
    )
    const end = await attach(check)
    expect(deletionsOf(end, 'ORPHANED_ASSIGNMENT')).toEqual([expect.stringContaining(gone?.id ?? '')])
    expect(JSON.stringify(end.report)).not.toContain(foreign?.principalId)
  })

  onceIt('is not given for an identity of another tenant that a cluster pulls with', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, registry, deployer } = scenario
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const foreign = group.addUserAssignedIdentity('foreign', { tenantId: world.addTenant('fabrikam') })
    group.addCluster('aks-fabrikam', { kubeletIdentity: foreign })
    world.assignRole({ principalId: foreign.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach(check)
    expect(findingCodes(end)).not.toContain('ORPHANED_ASSIGNMENT')
  })

  onceIt('is not given for an assignment that Azure marks as another tenant’s', async ({ begin }) => {
    const { attach, world, registry, deployer } = await begin()
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const assignment = world.assignRole({
      principalId: randomUUID(),
      role: 'AcrPull',
      scope: registry.id,
      principalType: 'ServicePrincipal',
    })
    const delegatedManagedIdentityResourceId = `${registry.id.replace(/\/providers\/.*/, '')}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/theirs`
    Object.assign(assignment, { delegatedManagedIdentityResourceId })
    const end = await attach(check)
    expect(findingCodes(end)).not.toContain('ORPHANED_ASSIGNMENT')
  })
})
