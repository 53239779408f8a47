import { describe, expect } from 'vitest'
import { addImagePuller, disarm, findingCodes, letDeploy, pairEnds } from '../../support/estate.js'
import { lacksPermission } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, onceIt, writes, type Scenario } from '../../support/scenario.js'

// All role definitions come in one page of 1,636,025 bytes, and only two filters of that list are documented (azure-api.md, section 12).

/** A subscription with hundreds of built-in roles, whose list has all of them whatever name is asked for. */
function addRoles(scenario: Scenario): string {
  const { world, cluster, deployer, subscription } = scenario
  letDeploy(scenario, subscription.id)
  world.addNoiseRoles()
  world.filtersRoleNames = false
  const long = world.roles.reduce((a, b) => (JSON.stringify(a.permissions) > JSON.stringify(b.permissions) ? a : b))
  for (const { objectId } of [cluster.kubeletIdentity, deployer])
    world.assignRole({ principalId: objectId, role: long.name, scope: subscription.id })
  return addImagePuller(scenario)
}

/** The lists of role definitions, each with its size in MB. */
const lists = (end: Parameters<typeof armRequests>[0]): number[] =>
  armRequests(end, 'GET', '/roleDefinitions')
    .filter(({ path }) => path.endsWith('/roleDefinitions'))
    .map(({ responseBytes }) => Math.round(responseBytes / 1e5) / 10)

describe('hundreds of role definitions in one page', () => {
  onceIt('hold the role that is wanted by name, which is read once and then by its ID', async ({ begin }) => {
    const scenario = await begin({ variations: 'none' })
    const { attach, cluster, world } = scenario
    const name = addRoles(scenario)
    const inputs = { role: 'image PULLER' }
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toMatchObject([{ role: 'Image puller', grantedBy: 'direct' }])
    expect(lists(end)).toEqual([1.6])
    const night = await attach({ ...inputs, mode: 'check' })
    expectAttached(night, { changed: false })
    expect(night.outputs.drift).toBe('false')
    expect([findingCodes(night), night.report.unknown]).toEqual([[], []])
    expect(lists(night)).toEqual([1.6])

    for (const each of [...world.roleAssignments])
      if (each.principalId === cluster.kubeletIdentity.objectId) world.assignments.remove(each)
    expectFailure(await attach({ ...inputs, mode: 'check' }), 'DRIFT')
    const byId = await attach({ role: name })
    expectAttached(byId, { changed: true })
    expect(lists(byId)).toEqual([])
  })

  onceIt('do not hold a name that no role has, and nothing is written', async ({ begin }) => {
    const scenario = await begin()
    addRoles(scenario)
    const end = await scenario.attach({ role: 'Puller' })
    expectFailure(end, 'INVALID_INPUT')
    expect(writes(end)).toEqual([])
  })

  onceIt('do not hide that the caller may not assign roles', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, group, registry } = scenario
    addRoles(scenario)
    disarm(scenario)
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
    const end = await attach({ role: 'Image puller' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(pairEnds(end)).toEqual(['AUTHORIZATION_FAILED'])
    expect(end.log).toMatch(lacksPermission('Microsoft.Authorization/roleAssignments/write', registry.id))
  })
})
