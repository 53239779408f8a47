// What an identity can do with exactly what docs/set-up.sh grants, and what a run says that wants more.
import { describe, expect } from 'vitest'
import type { RoleAssignment } from 'azure-simulator'
import { disarm, findingCodes } from '../../support/estate.js'
import { expectProven, letPull, type PullScenario } from '../../support/pull-scenario.js'
import { errorsOf } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'
import { giveSetUp } from '../../support/set-up-roles.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const entra = { aad: true, azureRbac: true }
const administrator = 'Role Based Access Control Administrator'

/** A cluster that pulls, the pause image that the set-up imports, and an identity with exactly these options. */
function begun(
  scenario: Scenario,
  options: readonly string[],
  { cluster = entra, ageMs }: { cluster?: Parameters<typeof letPull>[1] & object; ageMs?: number } = {},
): PullScenario & { assigned: Map<string, RoleAssignment> } {
  const pulling = letPull(scenario, cluster)
  pulling.registry.images.push('attach-acr/pause', '3.10.2', { platforms: ['linux/amd64', 'linux/arm64'] })
  const source = pulling.world.addSourceRegistry('mcr.microsoft.com')
  source.push('oss/v2/kubernetes/pause', '3.10.2')
  disarm(pulling)
  const assigned = giveSetUp(pulling, options, { clusters: [pulling.cluster], ...(ageMs !== undefined && { ageMs }) })
  for (const each of assigned.values()) each.description = 'attach-acr for contoso/shop'
  return { ...pulling, assigned }
}

/** Creates the cluster's identity anew. */
function recreate({ world, subscription, cluster }: PullScenario): void {
  const { kubeletIdentity: identity } = cluster
  world.resources.splice(world.resources.indexOf(identity), 1)
  const group = subscription.groups.find(({ name }) => name === identity.resourceGroup)
  const { objectId, clientId } = group?.addUserAssignedIdentity(identity.name) ?? identity
  Object.assign(identity, { objectId, clientId })
  const { identityProfile } = cluster.body.properties as { identityProfile: { kubeletidentity: object } }
  Object.assign(identityProfile.kubeletidentity, { objectId, clientId })
}

/** The run of the set-up that an error advises first, without the place of the repository. */
const setUpOf = (end: StepEnd): string[] => {
  const first = errorsOf(end).map(({ fix }) => (fix.commands[0] ?? '').replaceAll(/\s*\\\n\s*/g, ' '))
  return [...new Set(first)].map(command =>
    command.replace('bash docs/set-up.sh --repo contoso/shop --branch main ', ''),
  )
}

/** Expects that this run of the set-up is the first advice of each error. */
function expectSetUp(end: StepEnd, options: string): void {
  expect(setUpOf(end).map(each => each.toLowerCase().replace(/ --client-id \S+$/, ''))).toEqual([options.toLowerCase()])
}

describe('with exactly what the set-up grants by default', () => {
  it.for(Object.entries({ 'Azure RBAC': entra, 'local accounts': {} }))(
    'a step attaches, proves and checks, and says nothing about a right that it does not have: %s',
    async ([, cluster], { begin }) => {
      const scenario = begun(await begin(), ['attach', 'verify'], { cluster })
      const end = await scenario.pull({ 'probe-image': '' })
      expectProven(end, scenario)
      expect(armRequests(end, 'POST', '/importImage')).toEqual([])
      expect([end.report.notes, findingCodes(end), end.annotations]).toEqual([[], [], []])
      disarm(scenario)
      giveSetUp(scenario, ['check'], { clusters: [scenario.cluster] })
      const check = await scenario.attach({ mode: 'check', cluster: scenario.cluster.name })
      expectAttached(check, { changed: false })
      expect([check.report.notes, findingCodes(check), check.annotations]).toEqual([[], [], []])
    },
  )
})

describe('a write that the condition of the set-up refuses', () => {
  it('to a cluster that was created anew is told at once; other clusters are attached', async ({
    begin,
    onTestFinished,
  }) => {
    const scenario = begun(await begin(), ['attach', 'verify'], { ageMs: 12_000 })
    const { attach, cluster, registry, group, assigned, deployer } = scenario
    recreate(scenario)
    const [limiting] = [assigned.get(administrator)]
    const other = group.addCluster('aks-zz')
    const { objectId } = cluster.kubeletIdentity
    if (limiting)
      limiting.condition =
        limiting.condition?.replace(/GuidEquals \{(\S+)\}/, `GuidEquals {$1, ${other.kubeletIdentity.objectId}}`) ??
        null
    scenario.world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: other.id })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const end = await attach({ cluster: `${cluster.name}\naks-zz` }, { environment: lapse.environment })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(lapse.now()).toBeLessThan(60_000)
    expect(end.report.pairs.map(({ status }) => status)).toEqual(['failed', 'attached'])
    const [error] = errorsOf(end)
    const day = limiting?.updatedOn.slice(0, 10)
    expect(error?.message.match(/\d{4}-\d\d-\d\d|[0-9a-f-]{36}/g)).toEqual(expect.arrayContaining([day, objectId]))
    expectSetUp(end, `--clusters ${cluster.id},${other.id} --registries ${registry.id} --no-verify`)
  })
})
