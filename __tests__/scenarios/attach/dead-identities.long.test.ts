import { describe, expect } from 'vitest'
import { graphRequests, grantAccess, letDeploy } from '../../support/estate.js'
import { adviceIn, commandsIn } from '../../support/good-advice.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  writes,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

type Identity = Scenario['cluster']['kubeletIdentity']

function remove({ world }: Scenario, identity: Identity): void {
  world.resources.splice(world.resources.indexOf(identity), 1)
}

/** Creates an identity with the same resource ID again, in the resource group of the nodes. */
function recreate(scenario: Scenario, identity: Identity): void {
  remove(scenario, identity)
  const group = scenario.subscription.groups.find(({ name }) => name === identity.resourceGroup)
  group?.addUserAssignedIdentity(identity.name)
}

const identityRequests = (end: StepEnd) =>
  armRequests(end, 'GET', '/userAssignedIdentities').map(({ path }) => path.toLowerCase())

/** All commands that a step prints: those of its errors and findings, and those of the drift. */
const printed = ({ report, summary }: StepEnd): string[] => [
  ...adviceIn(report).flatMap(({ commands }) => commands),
  ...commandsIn(summary),
]

describe('a kubelet identity that AKS created', () => {
  it.for(['was deleted', 'was recreated'] as const)(
    'and that %s is never attached, although its grant stands',
    async (how, { begin }) => {
      const scenario = await begin()
      const { attach, cluster, subscription } = scenario
      letDeploy(scenario, subscription.id)
      grantAccess(scenario)
      const identity = cluster.kubeletIdentity
      if (how === 'was deleted') remove(scenario, identity)
      else recreate(scenario, identity)
      for (const mode of ['attach', 'check']) {
        const end = await attach({ mode })
        expectFailure(end, mode === 'check' ? 'DRIFT' : 'PRINCIPAL_NOT_FOUND')
        expect(end.report.pairs).toMatchObject([{ error: { code: 'PRINCIPAL_NOT_FOUND' }, verified: 'none' }])
        expect(writes(end)).toEqual([])
        // AKS made it, so AKS repairs it.
        expect(printed(end)).toContainEqual(expect.stringMatching(/^az aks update .*--yes$/))
        expect(printed(end).filter(command => /assignment create|--assign-kubelet/.test(command))).toEqual([])
      }
    },
  )

  it('costs one list, one request more if that comes late, and no sign-in to Microsoft Graph', async ({ begin }) => {
    const scenario = await begin()
    const { attach, cluster, registry, subscription } = scenario
    letDeploy(scenario, subscription.id)
    grantAccess(scenario)
    const end = await attach({ cluster: cluster.id, registry: registry.id }, { environment: unhurried })
    expectAttached(end, { changed: false })
    const list = `${subscription.id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`.toLowerCase()
    const identities = identityRequests(end)
    expect([[list], [list, cluster.kubeletIdentity.resourceId.toLowerCase()]]).toContainEqual(identities)
    expect(end.report.requests).toBe(5 + identities.length)
    expect(graphRequests(end)).toEqual([])
    expect(end.report.notes).toEqual([])
  })
})

describe('an own kubelet identity', () => {
  it('that was deleted or recreated is given to the cluster again, and its new object ID', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, world, registry } = scenario
    const identity = group.addUserAssignedIdentity('own-kubelet')
    group.addCluster('aks-own', { kubeletIdentity: identity })
    world.assignRole({ principalId: identity.objectId, role: 'AcrPull', scope: registry.id })
    remove(scenario, identity)
    const deleted = await attach({ cluster: 'aks-own' })
    expectFailure(deleted, 'PRINCIPAL_NOT_FOUND')
    expect(printed(deleted)).toContainEqual(expect.stringMatching(/^az identity create .*--name own-kubelet$/))
    expect(printed(deleted)).toContainEqual(expect.stringContaining('--assign-kubelet-identity'))

    const now = group.addUserAssignedIdentity('own-kubelet')
    const recreated = await attach({ cluster: 'aks-own' })
    expectFailure(recreated, 'PRINCIPAL_NOT_FOUND')
    expect(printed(recreated)).toContainEqual(expect.stringContaining(`--assign-kubelet-identity ${now.resourceId}`))
  })
})

describe("a role of the kubelet identity's client ID", () => {
  it.for([
    ['AcrPull', 'registry', 'without'],
    ['Contributor', 'registry', 'with'],
    ['AcrPull', 'group', 'without'],
  ] as const)('is shown, for no request: %s at the %s, %s access', async ([role, place, access], { begin }) => {
    const scenario = await begin()
    const { attach, world, cluster } = scenario
    const principalId = cluster.kubeletIdentity.clientId.toUpperCase()
    const given = world.assignRole({ principalId, role, scope: scenario[place].id, principalType: 'ServicePrincipal' })
    if (access === 'with') grantAccess(scenario)
    const end = await attach({ mode: 'check' })
    expect(end.outputs.drift).toBe(String(access === 'without'))
    expect(end.report.findings).toMatchObject([{ code: 'WRONG_IDENTITY_GRANTED', subject: cluster.id }])
    expect(printed(end)).toContainEqual(expect.stringMatching(`^az rest --method get --url '${given.id}\\?`))
    expect(armRequests(end, 'GET', '/roleAssignments')).toHaveLength(1)
  })
})
