import { describe, expect } from 'vitest'
import { addImagePuller, letDeploy } from '../../support/estate.js'
import { armRequests, expectAttached, it, type Scenario } from '../../support/scenario.js'

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
  it('hold the role that is wanted by name, which is read once and then by its ID', async ({ begin }) => {
    const scenario = await begin({ variations: 'none' })
    const { attach } = scenario
    const name = addRoles(scenario)
    const inputs = { role: 'image PULLER' }
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(lists(end)).toEqual([1.6])
    const byId = await attach({ role: name })
    expectAttached(byId, { changed: false })
    expect(lists(byId)).toEqual([])
  })
})
