import { describe, expect } from 'vitest'
import { findingCodes, graphRequests, grantAccess, letDeploy, pairEnds } from '../../support/estate.js'
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
function recreate(scenario: Scenario, identity: Identity): Identity {
  remove(scenario, identity)
  const group = scenario.subscription.groups.find(({ name }) => name === identity.resourceGroup)
  const created = group?.addUserAssignedIdentity(identity.name)
  if (!created) throw new Error('there is no such group')
  return created
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
      const now = how === 'was recreated' ? recreate(scenario, identity) : undefined
      for (const mode of ['attach', 'check']) {
        const end = await attach({ mode })
        expectFailure(end, mode === 'check' ? 'DRIFT' : 'PRINCIPAL_NOT_FOUND')
        expect(end.report.pairs).toMatchObject([{ error: { code: 'PRINCIPAL_NOT_FOUND' }, verified: 'none' }])
        expect(writes(end)).toEqual([])
        if (now) expect(end.report.pairs[0]?.error?.message).toContain(now.objectId)
        // AKS made it, so AKS repairs it.
        expect(printed(end)).toContainEqual(expect.stringMatching(/^az aks update .*--yes$/))
        expect(printed(end).filter(command => /assignment create|--assign-kubelet/.test(command))).toEqual([])
      }
    },
  )

  it('costs one list, one request more if that comes late, and no sign-in to Microsoft Graph', async ({ begin }) => {
    const scenario = await begin()
    const { attach, cluster, registry, subscription, simulator } = scenario
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
    expect(simulator.problems).toEqual([])
  })

  it('is noted if the right to read it is missing, which fails nothing', async ({ begin }) => {
    const scenario = await begin()
    const { attach } = scenario
    grantAccess(scenario)
    const end = await attach({}, { environment: unhurried })
    expectAttached(end, { changed: false })
    expect(end.report.requests).toBe(7)
    expect(end.report.notes).toEqual([expect.stringMatching(/aks-prod-1 .*userAssignedIdentities\/read/)])
    expect(end.summary).toContain(end.report.notes[0])
    expect(end.annotations).toEqual([])
  })

  it('is read with those of other clusters in one list, and by itself if it is not in it', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, subscription, registry, deployer } = scenario
    const clusters = [scenario.cluster, ...['b', 'c', 'd', 'e', 'f'].map(name => group.addCluster(`aks-${name}`))]
    for (const { kubeletIdentity } of clusters)
      world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const inputs = { cluster: clusters.map(({ id }) => id).join('\n'), registry: registry.id }
    const list = `${subscription.id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`.toLowerCase()

    // Without the right, one of them is tried.
    const blind = await attach(inputs)
    expectAttached(blind, { changed: false })
    expect(identityRequests(blind)).toEqual([list, scenario.cluster.kubeletIdentity.resourceId.toLowerCase()])
    expect(blind.report.notes).toEqual([expect.stringContaining('each of 6 clusters')])

    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const all = await attach(inputs)
    expectAttached(all, { changed: false })
    expect(identityRequests(all)).toEqual([list])

    const gone = clusters[2]?.kubeletIdentity ?? scenario.cluster.kubeletIdentity
    remove(scenario, gone)
    const end = await attach(inputs)
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(identityRequests(end)).toEqual([list, gone.resourceId.toLowerCase()])
    expect(pairEnds(end)).toEqual(clusters.map((_, index) => (index === 2 ? 'PRINCIPAL_NOT_FOUND' : 'attached')))
  })

  it('that is no longer in the directory gets no grant printed', async ({ begin }) => {
    const { attach, world, deployer, cluster } = await begin()
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    world.hidePrincipal(cluster.kubeletIdentity.objectId)
    const end = await attach({ mode: 'check' })
    expectFailure(end, 'DRIFT')
    expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'PRINCIPAL_NOT_FOUND' } }])
    expect(end.report.plan).toEqual([])
    expect(printed(end).filter(command => command.includes('role assignment create'))).toEqual([])
  })
})

describe('an own kubelet identity', () => {
  it('that was deleted or recreated is given to the cluster again, and has its new object ID as a target', async ({
    begin,
  }) => {
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
    for (const id of [identity.objectId, now.objectId, now.clientId])
      expect(recreated.report.pairs[0]?.error?.message).toContain(id)
    expect(printed(recreated).filter(command => command.includes('identity create'))).toEqual([])
    expect(printed(recreated)).toContainEqual(expect.stringContaining(`--assign-kubelet-identity ${now.resourceId}`))

    const end = await attach({ cluster: '', 'kubelet-identity': now.id })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toMatchObject([{ principalId: now.objectId }])
  })
})

describe("a pull role of the kubelet identity's client ID", () => {
  const begin = async (start: () => Promise<Scenario>) => {
    const scenario = await start()
    const { world, cluster, registry, deployer } = scenario
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const { clientId: principalId } = cluster.kubeletIdentity
    const given = world.assignRole({
      ...{ principalId, role: 'AcrPull', scope: registry.id },
      principalType: 'ServicePrincipal',
    })
    return { ...scenario, given }
  }

  it('is found without a request, with and without access, and shown', async ({ begin: start }) => {
    const scenario = await begin(start)
    const { attach, given, cluster } = scenario
    const check = { mode: 'check', 'fail-on-drift': 'false' }
    const missing = await attach(check)
    expect(missing.report.pairs).toMatchObject([{ status: 'missing' }])
    for (const end of [missing, (grantAccess(scenario), await attach(check))]) {
      expect(findingCodes(end)).toEqual(['WRONG_IDENTITY_GRANTED'])
      const [finding] = end.report.findings
      expect(finding).toMatchObject({ severity: 'warning', subject: cluster.id })
      expect(finding?.message).toContain(cluster.kubeletIdentity.objectId)
      expect(finding?.fix.commands).toEqual([expect.stringMatching(`^az rest --method get --url '${given.id}\\?`)])
      expect(armRequests(end, 'GET', '/roleAssignments')).toHaveLength(1)
    }
  })

  it('is found by detach, and not after an attach that ended well', async ({ begin: start }) => {
    const { attach } = await begin(start)
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(findingCodes(end)).toEqual([])
    expect(findingCodes(await attach({ mode: 'detach' }))).toEqual(['WRONG_IDENTITY_GRANTED'])
  })
})
