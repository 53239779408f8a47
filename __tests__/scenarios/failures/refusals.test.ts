import { describe, expect } from 'vitest'
import { option, readAzCommands } from '../../support/az.js'
import { disarm, everything, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import { advisedCommands, unwrapped } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

const detach = { mode: 'detach' }

/** Expects that the deployer's assignments are shown, and none is advised to be created, changed or deleted. */
function expectShown({ deployer }: Scenario, log: string): void {
  const commands = readAzCommands(log).filter(([noun]) => noun === 'role')
  expect(commands.map(words => words.slice(0, 3))).toEqual([['role', 'assignment', 'list']])
  expect(option(commands[0], '--assignee')).toBe(deployer.objectId)
}

/** Leaves the deployer, at the registry, a permission to assign roles that is limited by a condition. */
function limitDeployer(scenario: Scenario, test: string): void {
  const { world, deployer, registry } = scenario
  disarm(scenario, registry.id)
  const tests = (['write', 'delete'] as const).map(
    action =>
      `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR (${test.replaceAll('@', action === 'write' ? '@Request' : '@Resource')}))`,
  )
  world.assignRole({
    principalId: deployer.objectId,
    role: 'Role Based Access Control Administrator',
    scope: registry.id,
    condition: tests.join(' AND '),
  })
}

const roleIs = (...ids: string[]) =>
  `@[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${ids.join(', ')}}`
const typeIs = (type: string) =>
  `@[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'${type}'}`

describe('a refusal by Azure is reported immediately:', () => {
  it('a read-only lock of the registry or above it', async ({ begin }) => {
    const { attach, world, group, registry, grants } = await begin()
    world.addLock({ scope: group.id, level: 'ReadOnly' })
    const end = await attach()
    expectFailure(end, 'SCOPE_LOCKED')
    expect(advisedCommands(end)).toEqual([expect.stringContaining(`az lock list --resource ${registry.id} `)])
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(grants()).toEqual([])
  })

  it('a lock that forbids deleting does not forbid attaching', async ({ begin }) => {
    const { attach, world, registry } = await begin()
    world.addLock({ scope: registry.id, level: 'CanNotDelete' })
    expectAttached(await attach(), { changed: true })
  })

  it('the limit of role assignments of the subscription', async ({ begin }) => {
    const { attach, world, grants } = await begin()
    world.roleAssignmentLimit = world.roleAssignments.length
    const end = await attach()
    expectFailure(end, 'ASSIGNMENT_LIMIT')
    expect(advisedCommands(end)).toEqual([expect.stringContaining('az role assignment list --all ')])
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(grants()).toEqual([])
  })

  it('a deny assignment, which no role overrides', async ({ begin }) => {
    const { attach, world, group, grants } = await begin()
    world.addDenyAssignment({
      name: 'stack-protection',
      scope: group.id,
      actions: ['Microsoft.Authorization/roleAssignments/*'],
      notActions: ['*/read'],
    })
    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az rest --method get .*\/denyAssignments\?/)])
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(grants()).toEqual([])
  })

  it('an Azure Policy, without advice to assign a role', async ({ begin }) => {
    const { attach, world, group, grants } = await begin()
    const type = 'Microsoft.Authorization/roleAssignments'
    world.addPolicy({ id: 'no-grants', name: 'Nobody grants roles', scope: group.id, type })
    const end = await attach()
    expectFailure(end, 'POLICY_DENIED')
    expect(end.log).not.toContain('az role assignment create')
    expect(unwrapped(end.log)).toContain(`az policy assignment show --name no-grants --scope ${group.id}`)
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(grants()).toEqual([])
  })

  it('at one registry only, while the others continue', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, registry } = scenario
    const locked = group.addRegistry('lockedacr')
    letDeploy(scenario, locked.id)
    world.addLock({ scope: locked.id, level: 'ReadOnly' })
    const end = await attach({ registry: 'lockedacr\ncontosoacr' })
    expectFailure(end, 'SCOPE_LOCKED')
    expect(pairEnds(end)).toEqual(['SCOPE_LOCKED', 'attached'])
    expect(end.report.pairs[1]).toMatchObject({ registry: registry.id, changed: true })
  })
})

describe("the caller's own condition", () => {
  it('that lacks the role is reported with its GUID, and shown', async ({ begin }) => {
    const scenario = await begin()
    const { attach } = scenario
    limitDeployer(scenario, roleIs(roleIds.acrPush))
    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toMatch(new RegExp(`AcrPull \\(${roleIds.acrPull}\\).*\\bServicePrincipal\\b`))
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expectShown(scenario, end.log)
  })

  it('that allows service principals is satisfied, because the type is always sent', async ({ begin }) => {
    const scenario = await begin()
    limitDeployer(scenario, `${roleIs(roleIds.acrPull)} AND ${typeIs('ServicePrincipal')}`)
    expectAttached(await scenario.attach(), { changed: true })
  })

  it('that forbids deleting is reported by detach', async ({ begin }) => {
    const scenario = await begin()
    const { attach } = scenario
    await attach()
    limitDeployer(scenario, roleIs(roleIds.acrPush))
    const before = everything(scenario)
    const end = await attach(detach)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toContain('Microsoft.Authorization/roleAssignments/delete')
    expect(end.log).toMatch(new RegExp(`AcrPull \\(${roleIds.acrPull}\\).*\\bServicePrincipal\\b`))
    expect(armRequests(end, 'DELETE')).toHaveLength(1)
    expect(scenario.world.roleAssignments).toEqual(before)
    expectShown(scenario, end.log)
  })
})
