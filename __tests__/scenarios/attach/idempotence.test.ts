import { describe, expect } from 'vitest'
import { hour } from '../../support/hour.js'
import {
  whenRequested,
  catchUpAfter,
  expectAttached,
  expectFailure,
  it,
  onceIt,
  writes,
} from '../../support/scenario.js'

const putAssignment = { method: 'PUT', path: '/roleAssignments/' }

describe('a second run', () => {
  it('writes nothing and reports that', async ({ begin }) => {
    const { attach, grants } = await begin()
    await attach()
    const [granted] = grants()
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(writes(end)).toEqual([])
    expect(grants()).toEqual([granted])
    expect(end.outputs).toMatchObject({
      verified: 'assignment',
      'role-assignment-id': granted?.id,
      'propagation-seconds': '',
    })
    expect(end.report.pairs).toMatchObject([{ status: 'attached', grantedBy: 'direct', changed: false }])
    expect(end.log.split('\n').at(-2) ?? '').toMatch(
      /^✓ AcrPull is assigned to aks-prod-1 on contosoacr\.azurecr\.io; pulls not proven \([^)]+\)$/,
    )
    expect(end.report.plan).toEqual([])
  })

  onceIt('needs no right to assign roles', async ({ begin }) => {
    const { attach, world, registry, deployer } = await begin()
    await attach()
    for (const assignment of world.roleAssignments.filter(({ principalId }) => principalId === deployer.objectId))
      if (assignment.scope === registry.id) world.assignments.remove(assignment)
    expectAttached(await attach(), { changed: false })
  })
})

describe('two runs at once', () => {
  it('create one assignment, and both succeed', async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    // Both have checked before either writes.
    const until = () => whenRequested(simulator, ({ method }) => method === 'PUT', 2)
    simulator.faults.add({ ...putAssignment, until, times: 2 })
    const [one, other] = await Promise.all([attach(), attach()])
    for (const end of [one, other]) {
      expect(end.outputs, end.log).toMatchObject({ attached: 'true', 'error-code': '', verified: 'assignment' })
      expect(end.exitCode).toBe(0)
    }
    expect(grants()).toHaveLength(1)
    expect(simulator.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2)
    expect(one.outputs['role-assignment-id']).toBe(other.outputs['role-assignment-id'])
  })

  onceIt('give the same name to the same grant, whatever the letter case of the IDs', async ({ begin }) => {
    const { attach, grants, world, cluster, registry } = await begin()
    await attach()
    const [first] = grants()
    if (first) world.assignments.remove(first)
    await attach({ cluster: cluster.id.toUpperCase(), registry: registry.id.toUpperCase() })
    expect(grants().map(({ name }) => name)).toEqual([first?.name])
  })
})

describe('an existing assignment', () => {
  it('is recognised under a name given by another tool', async ({ begin }) => {
    const { attach, world, cluster, registry } = await begin()
    const { id } = world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: registry.id,
    })
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(end.outputs['role-assignment-id']).toBe(id)
    expect(writes(end)).toEqual([])
  })

  it.for(['resource group', 'subscription', 'management group', 'root'] as const)(
    'is recognised if it is inherited from the %s',
    async (level, { begin }) => {
      const { attach, grants, world, cluster, group, subscription } = await begin()
      const scope = {
        'resource group': group.id,
        subscription: subscription.id,
        'management group': '/providers/Microsoft.Management/managementGroups/contoso-platform',
        root: '/',
      }[level]
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope })
      const end = await attach()
      expectAttached(end, { changed: false })
      expect(writes(end)).toEqual([])
      expect(grants()).toHaveLength(1)
      expect(end.report.pairs).toMatchObject([{ grantedBy: 'inherited', scope, role: 'AcrPull', status: 'attached' }])
    },
  )

  it('is recognised if it comes through nested groups', async ({ begin }) => {
    const { attach, world, cluster, registry } = await begin()
    const inner = world.addGroup('inner', { members: [cluster.kubeletIdentity.objectId] })
    const outer = world.addGroup('outer', { members: [inner.objectId] })
    world.assignRole({ principalId: outer.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'group' }])
    expect(writes(end)).toEqual([])
  })

  onceIt('is not access if it belongs to another identity of the cluster', async ({ begin }) => {
    const { attach, grants, world, cluster, registry } = await begin()
    world.assignRole({ principalId: cluster.controlPlanePrincipalId ?? '', role: 'AcrPull', scope: registry.id })
    expectAttached(await attach(), { changed: true })
    expect(grants()).toHaveLength(1)
  })

  onceIt('is not access if it is below or next to the registry', async ({ begin }) => {
    const { attach, grants, world, cluster, group, registry } = await begin()
    const principalId = cluster.kubeletIdentity.objectId
    world.assignRole({ principalId, role: 'AcrPull', scope: group.addRegistry('otheracr').id })
    expectAttached(await attach(), { changed: true })
    expect(grants().map(({ scope }) => scope)).toContain(registry.id)
  })

  onceIt('is not access if a condition limits it', async ({ begin }) => {
    const { attach, world, cluster, group } = await begin()
    const condition =
      "((!(ActionMatches{'Microsoft.ContainerRegistry/registries/pull/read'})) OR (@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase 'team/app'))"
    world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: group.id,
      condition,
    })
    expectAttached(await attach(), { changed: true })
  })

  onceIt('counts as access, with a warning, if its role allows more; the pull role is added', async ({ begin }) => {
    const { attach, grants, world, cluster, group } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPush', scope: group.id })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(2)
    expect(end.report.findings).toMatchObject([{ code: 'EXCESS_ROLE', severity: 'warning' }])
    expect(end.annotations).toMatchObject([{ level: 'warning' }])
    expect(writes(await attach())).toEqual([])
  })

  onceIt('is not access if the registry ignores its role', async ({ begin }) => {
    const { attach, grants, world, cluster, registry } = await begin()
    Object.assign(registry.body.properties as object, { roleAssignmentMode: 'AbacRepositoryPermissions' })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(2)
    expect(end.report.findings).toMatchObject([{ code: 'ROLE_IGNORED_BY_ABAC' }])
  })

  onceIt('is judged by its permissions when its role is a custom one', async ({ begin }) => {
    const { attach, world, cluster, registry, subscription } = await begin()
    const role = world.addCustomRole({
      roleName: 'Image puller',
      actions: ['Microsoft.ContainerRegistry/registries/pull/*'],
      assignableScopes: [subscription.id],
    })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: role.name, scope: registry.id })
    const end = await attach()
    expect(end.report.pairs).toMatchObject([{ status: 'attached' }])
    expect(end.outputs['error-code']).toBe('')
  })
})

describe('RoleAssignmentExists', () => {
  // The wording of older services: without the ID.
  const error = { code: 'RoleAssignmentExists', message: 'The role assignment already exists.' }

  it('is success, with the ID of the existing assignment', async ({ begin }) => {
    const { attach, grants, world, simulator, cluster, registry } = await begin()
    const { id, name } = world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: registry.id,
    })
    // As if it had been created between the check and the write.
    simulator.faults.add({ method: 'GET', path: '/roleAssignments', status: 200, body: { value: [] } })
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(writes(end)).toMatchObject([{ status: 409 }])
    expect(end.outputs['role-assignment-id']?.toLowerCase()).toBe(id.toLowerCase())
    expect(end.outputs['role-assignment-id']).toContain(name)
    expect(grants()).toHaveLength(1)
  })

  onceIt.for([error.code, error.code.toLowerCase()])(
    'is success without an ID in the message, as in answers of older services (%s)',
    async (code, { begin }) => {
      const { attach, world, simulator, cluster, registry } = await begin()
      const { id } = world.assignRole({
        principalId: cluster.kubeletIdentity.objectId,
        role: 'AcrPull',
        scope: registry.id,
      })
      simulator.faults.add({ method: 'GET', path: '/roleAssignments', status: 200, body: { value: [] } })
      simulator.faults.add({ ...putAssignment, times: Infinity, status: 409, body: { error: { ...error, code } } })
      const end = await attach({ timeout: '5s' })
      expectAttached(end, { changed: false })
      expect(end.outputs['role-assignment-id']).toBe(id)
    },
  )

  onceIt('is waited for while the existing assignment is not listed yet', async ({ begin }) => {
    const scenario = await begin({ timing: { readAfterWriteMs: hour } })
    const { attach, grants, simulator } = scenario
    catchUpAfter(scenario, 2)
    // The write is carried out, but reported as if another run had done it.
    simulator.faults.add({ ...putAssignment, after: true, status: 409, body: { error } })
    simulator.faults.add({ ...putAssignment, times: Infinity, status: 409, body: { error } })
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(end.outputs['role-assignment-id']).toBe(grants()[0]?.id)
  })

  onceIt('is a timeout if no such assignment is ever listed', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ ...putAssignment, times: Infinity, status: 409, body: { error } })
    expectFailure(await attach({ timeout: '1s' }), 'PROPAGATION_TIMEOUT')
  })
})
