import { describe, expect } from 'vitest'
import { option, readAzCommands } from '../../support/az.js'
import { disarm } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import { expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

/** The scopes of all roles that a log advises to assign. */
const scopes = ({ log }: StepEnd): string[] =>
  readAzCommands(log).flatMap(command =>
    command.slice(0, 3).join(' ') === 'role assignment create' ? option(command, '--scope').toLowerCase() : [],
  )

/** Lets the deployer see the subscription, but neither the cluster nor the registry. */
function lose(scenario: Scenario): void {
  disarm(scenario)
  const { world, deployer, subscription } = scenario
  const elsewhere = subscription.addResourceGroup('rg-else')
  elsewhere.addCluster('aks-else')
  elsewhere.addRegistry('elseacr')
  world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: elsewhere.id })
}

const modes = ['attach', 'check', 'detach'] as const

describe('a refused look-up by name', () => {
  it.for(modes.flatMap(mode => ['rg-shop', ''].map(group => [mode, group] as const)))(
    'advises no role above the resource (%s, resource-group "%s")',
    async ([mode, group], { begin }) => {
      const scenario = await begin()
      lose(scenario)
      const end = await scenario.attach({ mode, 'resource-group': group })
      expect(end.exitCode).toBe(1)
      const resources = [scenario.cluster.id, scenario.registry.id].map(id => id.toLowerCase())
      for (const scope of scopes(end)) expect(resources).toContain(scope)
    },
  )

  it.for(modes)(
    'of which the identity can list nothing finds it when the commands run (%s)',
    async (mode, { begin }) => {
      const scenario = await begin()
      disarm(scenario)
      const { world, deployer, subscription, attach } = scenario
      const elsewhere = subscription.addResourceGroup('rg-else')
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: elsewhere.id })
      const end = await attach({ mode, 'resource-group': '' })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      for (const { fix } of errorsOf(end))
        expect(fix.commands).toEqual([
          ...(mode === 'check' ? [] : [expect.stringMatching(/^bash docs\/set-up\.sh --repo contoso\/shop /)]),
          expect.stringMatching(/^az aks list .* \| xargs -r -n 1 az role assignment create .* --scope$/s),
          expect.stringMatching(/^az acr show .* \| xargs -r -n 1 az role assignment create .* --scope$/s),
        ])
    },
  )

  it('of * is advised the resource group that * stands for, and says what that opens', async ({ begin }) => {
    const scenario = await begin()
    disarm(scenario)
    const { world, deployer, subscription, group, registry, attach } = scenario
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: registry.id })
    for (const [mode, scope, inputs] of [
      ['attach', group.id, { 'resource-group': 'rg-shop' }],
      ['check', subscription.id, { 'resource-group': '' }],
    ] as const) {
      const end = await attach({ mode, cluster: '*', ...inputs })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(scopes(end)).toEqual([scope.toLowerCase()])
      const [error] = errorsOf(end)
      expect(error?.fix.text).toContain('lets the signed-in identity read everything in it')
    }
  })
})
