import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { hour } from '../../support/hour.js'
import { armRequests, expectFailure, onceIt } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'

describe('a direct grant', () => {
  onceIt("that is refused on several clusters shows the nodes' message once", async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: hour } }))
    const { world, group, deployer } = scenario
    for (const name of ['aks-prod-2', 'aks-prod-3']) {
      const { id } = group.addCluster(name)
      world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: id })
    }
    const cluster = 'aks-prod-1\naks-prod-2\naks-prod-3'
    const said = (text: string): number => text.match(/401 Unauthorized/g)?.length ?? 0
    const refused = await scenario.pull({ cluster, timeout: '3s' })
    expectFailure(refused, 'PULL_DENIED')
    const [, ofAttach = ''] = /^(✗ PULL_DENIED [^]*)^✗ 3 of 3 /m.exec(refused.log) ?? []
    expect(said(ofAttach), ofAttach).toBe(1)
    expect(said(refused.summary), refused.summary).toBe(1)
    expect(refused.summary).toMatch(/The node said: `failed to authorize: .*: 401 Unauthorized`$/m)
    expect(ofAttach.match(/^ {4}az .*/gm)).toEqual(Array(3).fill(expect.stringContaining('az role assignment list')))

    const drift = await scenario.pull({ cluster, timeout: '3s', mode: 'check' })
    expectFailure(drift, 'DRIFT')
    const [, ofCheck = ''] = /^(✗ DRIFT [^]*)^⟳ 3 of 3 /m.exec(drift.log) ?? []
    expect(said(ofCheck), ofCheck).toBe(1)
    expect(said(drift.summary), drift.summary).toBe(1)
    // Each of them is checked, as after attach.
    expect(ofCheck.match(/^ {4}az role assignment/gm)).toHaveLength(3)
  })

  onceIt('is reported for the probed nodes, and other nodes of their pool as not probed', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: hour } }), {
      agentPools: [{ name: 'apps', count: 3 }],
    })
    const end = await scenario.pull({ 'probe-nodes': 'all', timeout: '3s' })
    expectFailure(end, 'PULL_DENIED')
    expect(end.log).toMatch(/^✗ PULL_DENIED .*\bnode of aks-pull .*contosoacr\.azurecr\.io/m)
    const rows = end.summary.match(/^\| . \| aks-apps-.*$/gm)?.map(row => row.split(' | ')[4])
    expect(rows).toEqual(['denied', 'not asked', 'not asked'])
    // Nor is it a bar in the picture, if there is one.
    expect(end.summary).not.toMatch(/^ {2}aks-apps-\S+ slow/m)
  })
})

describe('the probe pod', () => {
  onceIt('ignores taints and cordons', async ({ begin }) => {
    const agentPools = [{ name: 'gpu', count: 1, taints: ['sku=gpu:NoSchedule', 'x=y:NoExecute'] }]
    const scenario = letPull(await begin(), { agentPools })
    scenario.cluster.kubernetes.cordon('aks-gpu-12345678-vmss000000')
    expectProven(await scenario.pull(), scenario)
  })

  onceIt('is created on another node of the pool if the first accepts no pods', async ({ begin }) => {
    const scenario = letPull(await begin())
    const [first = ''] = scenario.cluster.kubernetes.nodes.map(({ metadata }) => metadata.name)
    scenario.cluster.kubernetes.updateNode(first, node => {
      node.status.allocatable.pods = '0'
    })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(pulls(end)[0]?.node).not.toBe(first)
  })
})

describe('several images and registries', () => {
  onceIt('are pulled by one pod per node', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { world, deployer, group, registry, cluster } = scenario
    const other = group.addRegistry('otheracr')
    for (const acr of [registry, other]) {
      acr.images.push('a', 'v1')
      acr.images.push('b', 'v1')
    }
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: other.id,
    })
    const end = await scenario.pull({ registry: 'contosoacr\notheracr', 'probe-image': 'a:v1\nb:v1' })
    expectProven(end, scenario)
    expect(end.report.pairs.map(pair => pair.pulls.map(({ image }) => image))).toEqual([
      ['contosoacr.azurecr.io/a:v1', 'contosoacr.azurecr.io/b:v1'],
      ['otheracr.azurecr.io/a:v1', 'otheracr.azurecr.io/b:v1'],
    ])
    expect(cluster.kubernetes.podsCreated.map(({ spec }) => spec.containers.length)).toEqual([4])
  })

  onceIt('fail one by one', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { world, deployer, group } = scenario
    const other = group.addRegistry('otheracr')
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: other.id,
    })
    const source = world.addSourceRegistry('mcr.microsoft.com')
    source.push('oss/v2/kubernetes/pause', '3.10.2', { platforms: ['linux/amd64', 'linux/arm64'] })
    const end = await scenario.pull({ registry: 'contosoacr\notheracr' })
    // Without another image, a pause image would be imported, which is not allowed here.
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.report.pairs.map(({ status, verified }) => [status, verified])).toEqual([
      ['attached', 'pull'],
      // The role is there.
      ['attached', 'assignment'],
    ])
    expect(end.report.notes).toContain('not proven: the probe image of aks-prod-1 on otheracr could not be imported')
  })
})

describe('a pull that fails', () => {
  const { noSuchHost, lookupTimeout, tls, forbidden, rateLimited, kubeletLimit } = pullMessages
  onceIt.for([
    ['REGISTRY_UNREACHABLE', 'unreachable', 'az acr private-endpoint-connection list', noSuchHost],
    ['REGISTRY_UNREACHABLE', 'unreachable', 'its name does not resolve', lookupTimeout],
    ['REGISTRY_UNREACHABLE', 'unreachable', '{proxy: httpProxyConfig', tls],
    ['REGISTRY_UNREACHABLE', 'unreachable', 'rules: networkRuleSet', forbidden],
    ['THROTTLED', 'rate-limited', 'az acr show-usage', rateLimited],
    ['PROBE_FAILED', 'failed', 'registryPullQPS', kubeletLimit],
  ] as const)('as %s (%s) has its own fix: %s', async ([code, verdict, fix, message], { begin }) => {
    const scenario = letPull(await begin())
    scenario.cluster.kubernetes.pullFaults.push({ message: message('contosoacr.azurecr.io/team/app:v1') })
    const end = await scenario.pull({ timeout: '2s' })
    expectFailure(end, code)
    expect(pulls(end)).toMatchObject([{ verdict }])
    expect(end.log).toContain(fix)
  })

  onceIt('because a layer is gone names it, not repository and tag', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { images } = scenario.registry
    const [layer = ''] =
      images
        .read('team/app', 'v1')
        ?.content.manifests?.flatMap(({ digest }) => images.find('team/app', digest)?.content.layers ?? [])
        .map(({ digest }) => digest) ?? []
    for (const blobs of [images.repositories.get('team/app')?.blobs]) blobs?.delete(layer)
    const end = await scenario.pull({ timeout: '2s' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(pulls(end)).toMatchObject([{ verdict: 'not-found', cause: 'part' }])
    expect(end.log).toContain(`but a part of it (${layer.slice(0, 19)}…) is not`)
  })

  onceIt('because an index lacks the platform names it', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.registry.images.push('team/arm', 'v1', { platforms: ['linux/arm64', 'linux/arm'] })
    const end = await scenario.pull({ timeout: '2s', 'probe-image': 'team/arm:v1' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(pulls(end)).toMatchObject([{ verdict: 'not-found', cause: 'platform' }])
    expect(end.log).toContain("can't pull contosoacr.azurecr.io/team/arm:v1: it has no linux/amd64")
  })

  onceIt('that does not end is slow, not denied', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 3_600_000 } }))
    const end = await scenario.pull({ timeout: '1s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(pulls(end)).toMatchObject([{ verdict: 'slow' }])
    expect(end.log).toMatch(/pulling contosoacr\.azurecr\.io\/team\/app:v1/)
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  onceIt('for a while recovers', async ({ begin }) => {
    const scenario = letPull(await begin())
    const message = pullMessages.timeout('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ message, times: 1 })
    const end = await scenario.pull()
    expectProven(end, scenario)
    // A starved kubelet is tried more often.
    expect(pulls(end)[0]?.attempts).toBeGreaterThanOrEqual(2)
  })

  onceIt(
    "because of the kubelet's own limit is retried soon, and doesn't count as throttling by the registry",
    async ({ begin }) => {
      const scenario = letPull(await begin())
      scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.kubeletLimit(), times: 2 })
      const end = await scenario.pull()
      expectProven(end, scenario)
      expect(pulls(end)[0]?.attempts).toBeGreaterThanOrEqual(3)
      expect(end.log).not.toContain('rate-limited')
    },
  )

  onceIt('by a registry that throttles is tried again by another command, not within seconds', async ({ begin }) => {
    const scenario = letPull(await begin())
    const image = 'contosoacr.azurecr.io/team/app:v1'
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.rateLimited(image), times: 2 })
    const end = await scenario.pull({ 'probe-with': 'run-command', timeout: '2m' })
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([{ attempts: 3 }])
    // The first command lists the nodes.
    expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(4)
  })

  onceIt('at the registry’s firewall is distinguished from a refusal', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { registry } = scenario
    const properties = (registry.body as { properties: Record<string, unknown> }).properties
    properties.networkRuleSet = { defaultAction: 'Deny', ipRules: [] }
    const end = await scenario.pull({ timeout: '2s' })
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    expect(end.log).toMatch(/rules: networkRuleSet/)
  })
})

describe('an ABAC registry', () => {
  onceIt('is pulled from by its own role, limited to the repository', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 1500 } }))
    const { group, world, deployer } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('team/app', 'v1')
    abac.images.push('other/app', 'v1')
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: abac.id,
    })
    const inputs = { registry: 'abacacr', repositories: 'team/*' }
    const end = await scenario.pull(inputs)
    expectProven(end, scenario)
    expect(end.report.pairs[0]?.role).toBe('Container Registry Repository Reader')
    const outside = await scenario.pull({ ...inputs, 'probe-image': 'other/app:v1' })
    expectFailure(outside, 'INVALID_INPUT')
    expect(outside.requests).toEqual([])
  })
})
