import { describe, expect } from 'vitest'
import { option, readAzCommands } from '../../support/az.js'
import { advisedCommands, errorsOf, headlineOf, lacksPermission } from '../../support/reading.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  onceIt,
  writes,
  type Scenario,
} from '../../support/scenario.js'

/** Removes all roles of the deployer. */
function disarm({ world, deployer }: Scenario): void {
  for (const assignment of [...world.roleAssignments])
    if (assignment.principalId === deployer.objectId) world.assignments.remove(assignment)
}

/** Has the same effect as a printed `az role assignment create`. */
function follow({ world }: Scenario, command: string[] | undefined): void {
  expect(command?.slice(0, 3)).toEqual(['role', 'assignment', 'create'])
  const condition = command?.includes('--condition') ? option(command, '--condition') : undefined
  world.assignRole({
    principalId: option(command, '--assignee-object-id'),
    principalType: option(command, '--assignee-principal-type') as 'ServicePrincipal',
    role: option(command, '--role'),
    scope: option(command, '--scope'),
    ...(condition && { condition }),
  })
}

const resources = {
  cluster: 'Microsoft.ContainerService/managedClusters',
  registry: 'Microsoft.ContainerRegistry/registries',
}

describe('a caller that has no permission to', () => {
  it.for(['cluster', 'registry'] as const)(
    'read the %s gets an error with the action, the scope and the command',
    async (which, { begin }) => {
      const scenario = await begin()
      const { attach, world, deployer, cluster, registry } = scenario
      const ids = { cluster: cluster.id, registry: registry.id }
      disarm(scenario)
      const other = which === 'cluster' ? 'registry' : 'cluster'
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: ids[other] })
      const end = await attach({ ...ids, 'resource-group': '' })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(end.log).toMatch(lacksPermission(`${resources[which]}/read`))
      const [command] = readAzCommands(end.log)
      // At the registry, the role that assigns roles includes reading.
      const administrator = 'Role Based Access Control Administrator'
      expect(option(command, '--role')).toBe(which === 'cluster' ? 'Reader' : administrator)
      expect(option(command, '--scope').toLowerCase()).toBe(ids[which].toLowerCase())
      expect(writes(end)).toEqual([])

      follow(scenario, command)
      if (which === 'cluster')
        world.assignRole({ principalId: deployer.objectId, role: administrator, scope: registry.id })
      expectAttached(await attach({ ...ids, 'resource-group': '' }), { changed: true })
    },
  )

  it('read the role assignments gets an error with the action and the scope', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, cluster, registry, subscription } = scenario
    disarm(scenario)
    const readers = world.addCustomRole({
      roleName: 'Cluster and registry reader',
      actions: Object.values(resources).map(type => `${type}/read`),
      assignableScopes: [subscription.id],
    })
    for (const scope of [cluster.id, registry.id])
      world.assignRole({ principalId: deployer.objectId, role: readers.name, scope })
    const end = await attach({ registry: registry.id })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toMatch(lacksPermission('Microsoft.Authorization/roleAssignments/read', registry.id))
    expect(option(readAzCommands(end.log)[0], '--scope')).toBe(registry.id)
    expect(writes(end)).toEqual([])
  })

  it('assign roles fails immediately, and the printed command fixes it', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, group, registry, grants } = scenario
    disarm(scenario)
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(writes(end)).toMatchObject([{ method: 'PUT', status: 403 }])
    expect(end.log).toMatch(lacksPermission('Microsoft.Authorization/roleAssignments/write', registry.id))
    expect(end.log).toContain(deployer.objectId)
    expect(headlineOf(end)).toBe(
      "✗ AcrPull on contosoacr for aks-prod-1 could not be created: gh-deployer can't assign roles on contosoacr",
    )
    expect(end.log).toMatch(/\[Azure: AuthorizationFailed, correlation [0-9a-f-]{36}\]/)

    const [command] = readAzCommands(end.log)
    expect(option(command, '--role')).toBe('Role Based Access Control Administrator')
    expect(option(command, '--scope')).toBe(registry.id)
    expect(option(command, '--condition-version')).toBe('2.0')
    follow(scenario, command)
    expectAttached(await attach(), { changed: true })
    expect(grants()).toHaveLength(1)
  })

  it('assign this role, because of a condition, gets an error about the condition', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, group, registry } = scenario
    disarm(scenario)
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: registry.id,
      condition:
        "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {8311e382-0749-4cb8-b61a-304f252e45ec}))",
    })
    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(errorsOf(end)[0]?.message).toMatch(/\bcondition\b/)
    expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az role assignment list [^|]*$/)])
    expect(writes(end)).toHaveLength(1)
  })

  it('do anything in the subscription gets AUTHORIZATION_FAILED, with all roles that it lacks', async ({ begin }) => {
    const scenario = await begin()
    disarm(scenario)
    const end = await scenario.attach({ timeout: '1s' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    const granted = readAzCommands(end.log).filter(([, , verb]) => verb === 'create')
    expect(granted.map(command => option(command, '--role'))).toContain('Reader')
  })
})

describe('Azure refuses the write', () => {
  onceIt.for([
    [
      'DenyAssignmentAuthorizationFailed',
      403,
      "The client 'x' with object id 'y' has permission to perform action 'Microsoft.Authorization/roleAssignments/write' on scope '/s'; however, the access is denied because of the deny assignment with name 'lock' and Id '1' at scope '/s'.",
      'AUTHORIZATION_FAILED',
      'az rest --method get --url ',
    ],
    [
      'ScopeLocked',
      409,
      "The scope '/s' cannot perform write operation because following scope(s) are locked: '/s'. Please remove the lock and try again.",
      'SCOPE_LOCKED',
      'az lock list --resource',
    ],
    [
      'RoleAssignmentLimitExceeded',
      400,
      'The number of role assignments has exceeded the limit of 4000.',
      'ASSIGNMENT_LIMIT',
      'az role assignment list --all',
    ],
    [
      'UnmatchedPrincipalType',
      400,
      "The PrincipalId 'x' has type 'Group' , which is different from specified PrinciaplType 'ServicePrincipal'.",
      'PRINCIPAL_NOT_FOUND',
      'az ad sp list --filter ',
    ],
  ] as const)('with %s', async ([azureCode, status, message, code, fix], { begin }) => {
    const { attach, simulator, grants } = await begin()
    simulator.faults.add({ method: 'PUT', times: Infinity, status, body: { error: { code: azureCode, message } } })
    const end = await attach()
    expectFailure(end, code)
    expect(advisedCommands(end)).toEqual([expect.stringContaining(fix)])
    expect(end.log).toContain(`[Azure: ${azureCode}`)
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(grants()).toEqual([])
  })
})
