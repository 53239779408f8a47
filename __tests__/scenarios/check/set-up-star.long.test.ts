// A nightly check of everything whose identity has no roles yet.
import { describe, expect } from 'vitest'
import { disarm } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import { expectFailure, it, type Scenario } from '../../support/scenario.js'

/** Leaves the deployer no role but one elsewhere, if it is to see the subscription. */
function leave(scenario: Scenario, seesSubscription: boolean): void {
  disarm(scenario)
  const { world, deployer, subscription } = scenario
  const { id: scope } = subscription.addResourceGroup('rg-else')
  if (seesSubscription) world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope })
}

const star = { mode: 'check', cluster: '*', 'resource-group': '', registry: 'contosoacr' }

describe('a check of all clusters that may read none', () => {
  it('has the set-up first, if that has made its identity', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, subscription } = scenario
    leave(scenario, true)
    const own = world.addApplication('gh-attach-acr-check', {
      federatedCredentials: [{ subject: 'repo:contoso/shop:ref:refs/heads/main' }],
    })
    const scope = subscription.addResourceGroup('rg-other').id
    world.assignRole({ principalId: own.objectId, role: 'Reader', scope })
    const end = await attach({ ...star, 'client-id': own.clientId })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    const [setUp = '', ...others] = errorsOf(end)[0]?.fix.commands ?? []
    expect(setUp.replaceAll(/\s*\\\n\s*/g, ' ')).toBe(
      "bash docs/set-up.sh --repo contoso/shop --branch main --clusters '*' --registries contosoacr --check",
    )
    expect(others).toHaveLength(2)
    // Where * stands for less than the set-up would give, it is not advised.
    const narrow = await attach({ ...star, 'client-id': own.clientId, 'resource-group': 'rg-shop' })
    expectFailure(narrow, 'AUTHORIZATION_FAILED')
    expect(errorsOf(narrow)[0]?.fix.commands[0]).toMatch(/^az role assignment create /)
    world.assignRole({ principalId: own.objectId, role: 'Reader', scope: subscription.id })
    const { outputs } = await attach({ ...star, 'client-id': own.clientId, 'fail-on-drift': 'false' })
    expect(outputs).toMatchObject({ drift: 'true', 'error-code': '' })
  })
})
