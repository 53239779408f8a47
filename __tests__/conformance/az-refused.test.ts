import { describe, expect } from 'vitest'
import { expectFailure } from '../support/scenario.js'
import { it } from '../support/conformance.js'

describe('a caller without permission', () => {
  it.concurrent('gets the error from az after ten attempts, and from the action after one', async ({ begin }) => {
    const { az, azFails, attach, grants, simulator, world, deployer, registry } = await begin({
      clients: ['az'],
      role: 'none',
    })
    const [right] = world.roleAssignments.filter(
      ({ principalId, scope }) => principalId === deployer.objectId && scope === registry.id,
    )
    if (right === undefined) throw new Error('contoso has changed')
    world.assignments.remove(right)

    const end = await attach()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    // The caller can't read the kubelet identity either, which is only a note.
    expect(
      end.requests.filter(({ status, path }) => status === 403 && !/userAssignedIdentities/i.test(path)),
    ).toHaveLength(1)

    const before = simulator.requests.length
    const { stderr } = await azFails(
      'aks update --resource-group rg-shop --name aks-prod-1 --attach-acr contosoacr --only-show-errors',
    )
    expect(stderr).toContain('Could not create a role assignment for ACR. Are you an Owner on this subscription?')
    const refused = simulator.requests.slice(before).filter(({ status }) => status === 403)
    expect(refused).toHaveLength(10)
    expect(grants()).toEqual([])

    // The message of az for the same refusal, on a direct request.
    const { stderr: direct } = await azFails(
      `role assignment create --assignee-object-id ${deployer.objectId} --assignee-principal-type ServicePrincipal --role AcrPull --scope ${registry.id}`,
    )
    expect(direct).toContain('(AuthorizationFailed) The client')
    expect(direct).toContain(
      "does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write'",
    )
    expect(await az('account show')).toMatchObject({ user: { type: 'servicePrincipal' } })
  })

  it.concurrent('sees no resources, which az reports as not found', async ({ begin }) => {
    const { azFails, world, deployer, subscription } = await begin({ clients: ['az'], role: 'none' })
    for (const assignment of [...world.roleAssignments])
      if (assignment.principalId === deployer.objectId) world.assignments.remove(assignment)
    world.assignRole({ principalId: deployer.objectId, role: 'AcrPull', scope: subscription.id })
    expect((await azFails('acr show --name contosoacr')).stderr).toContain('could not be found in subscription')
    expect((await azFails('aks show --resource-group rg-shop --name aks-prod-1')).stderr).toContain(
      '(AuthorizationFailed) The client',
    )
  })
})
