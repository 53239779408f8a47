import { describe, expect } from 'vitest'
import { option, readAzCommands } from '../../support/az.js'
import { disarm, everything, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import { letImport } from '../../support/image-world.js'
import { advisedCommands, errorsOf, unwrapped } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, onceIt, type Scenario } from '../../support/scenario.js'

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
    expect(end.log).toContain(`following scope(s) are locked: '${group.id}'`)
    expect(advisedCommands(end)).toEqual([expect.stringContaining(`az lock list --resource ${registry.id} `)])
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(grants()).toEqual([])
  })

  onceIt.for([
    [
      'RequestDisallowedByAzure',
      "Resource 'x' was disallowed by Azure: This policy maintains a set of best available regions where your subscription can deploy resources.",
    ],
    ['ReadOnlyDisabledSubscription', "The subscription 'x' is disabled and therefore marked as read only."],
  ] as const)('%s, with its own message and without advice to assign a role', async ([code, message], { begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ method: 'PUT', status: 403, body: { error: { code, message } }, times: Infinity })
    const end = await attach()
    expectFailure(end, 'AZURE_REFUSED')
    expect(end.log).toContain(message)
    expect(end.log).toContain(`[Azure: ${code}]`)
    expect(end.log).not.toContain('az role assignment create')
    expect(armRequests(end, 'PUT')).toHaveLength(1)
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
    const { attach, world, group, deployer, grants } = await begin()
    world.addDenyAssignment({
      name: 'stack-protection',
      scope: group.id,
      actions: ['Microsoft.Authorization/roleAssignments/*'],
      notActions: ['*/read'],
    })
    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toMatch(
      new RegExp(`gh-deployer \\(object ID ${deployer.objectId}\\) .*Microsoft.Authorization/roleAssignments/write`),
    )
    expect(end.log).toContain("deny assignment with name 'stack-protection'")
    expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az rest --method get .*\/denyAssignments\?/)])
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(grants()).toEqual([])
  })

  it("an Azure Policy, with Azure's message and without advice to assign a role", async ({ begin }) => {
    const { attach, world, group, grants } = await begin()
    const type = 'Microsoft.Authorization/roleAssignments'
    world.addPolicy({ id: 'no-grants', name: 'Nobody grants roles', scope: group.id, type })
    const end = await attach()
    expectFailure(end, 'POLICY_DENIED')
    expect(end.log).toContain("was disallowed by policy. Policy identifiers: '[{")
    expect(errorsOf(end)[0]?.fix.text).toContain('Nobody grants roles')
    expect(end.annotations.map(({ message }) => message).join('\n')).toContain('was disallowed by policy')
    expect(end.log).not.toContain('az role assignment create')
    expect(unwrapped(end.log)).toContain(`az policy assignment show --name no-grants --scope ${group.id}`)
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(grants()).toEqual([])
  })

  onceIt('an Azure Policy, whose message stands once for all that it refuses', async ({ begin }) => {
    const { attach, world, group } = await begin()
    group.addCluster('aks-2')
    const type = 'Microsoft.Authorization/roleAssignments'
    world.addPolicy({ id: 'no-grants', name: 'Nobody grants roles', scope: group.id, type })
    const end = await attach({ cluster: 'aks-prod-1\naks-2' })
    expect(pairEnds(end)).toEqual(['POLICY_DENIED', 'POLICY_DENIED'])
    const failed = end.log.split('\n').filter(line => line.startsWith('✗ POLICY_DENIED'))
    expect(failed).toHaveLength(2)
    expect(failed[0]).toContain('was disallowed by policy. Policy identifiers:')
    expect(failed[1]).toMatch(/aks-2 could not be created$/)
  })

  onceIt('an Azure Policy that forbids imports', async ({ begin }) => {
    const { attach, world, group } = letImport(await begin())
    const type = 'Microsoft.ContainerRegistry/registries/importImage/action'
    world.addPolicy({ id: 'no-imports', name: 'Nobody imports', scope: group.id, type })
    const end = await attach({ images: 'nginx:1.27' })
    expectFailure(end, 'POLICY_DENIED')
    expect(errorsOf(end)[0]?.fix.text).toContain('Nobody imports')
    expect(end.log).not.toContain('az role assignment create')
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

  it('that lacks a custom role is reported with the GUID of that role', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, subscription } = scenario
    const custom = world.addCustomRole({
      roleName: 'Image puller',
      actions: ['Microsoft.ContainerRegistry/registries/pull/read'],
      assignableScopes: [subscription.id],
    })
    limitDeployer(scenario, roleIs(roleIds.acrPull, roleIds.repositoryReader))
    const end = await attach({ role: 'Image puller' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toMatch(new RegExp(`Image puller \\(${custom.name}\\).*\\bServicePrincipal\\b`))
    expectShown(scenario, end.log)
  })

  it('that lacks groups is reported with the principal type', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer } = scenario
    const pullers = world.addGroup('acr-pullers', { owners: [deployer.objectId] })
    limitDeployer(scenario, `${roleIs(roleIds.acrPull)} AND ${typeIs('ServicePrincipal')}`)
    const inputs = { group: pullers.objectId }
    const end = await attach(inputs)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toMatch(new RegExp(`AcrPull \\(${roleIds.acrPull}\\).*\\bGroup\\b`))
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
