import { describe, expect } from 'vitest'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const
const codes = ({ report }: StepEnd) => report.findings.map(({ code, message }) => `${code}: ${message}`)

describe('AKS Automatic', () => {
  onceIt.for(ways)("without a node for workloads is verified by Azure's report (%s)", async (way, { begin }) => {
    const scenario = letPull(await begin(), { automatic: true })
    const end = await scenario.pull({ 'probe-with': way })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment', 'error-code': '' })
    expect(codes(end)).toContainEqual(expect.stringMatching(/^POOL_SKIPPED: .*Azure hosts/))
    expect(scenario.cluster.kubernetes.podsCreated).toEqual([])
  })

  onceIt('is probed on auto-provisioned nodes, each of their pools separately', async ({ begin }) => {
    const scenario = letPull(await begin(), { automatic: true })
    const { kubernetes } = scenario.cluster
    kubernetes.addAutoProvisionedNode()
    kubernetes.addAutoProvisionedNode({ nodePool: 'arm', arch: 'arm64' })
    const end = await scenario.pull()
    expectProven(end, scenario)
    const pools = pulls(end).map(({ pool, arch }) => `${pool} ${arch}`)
    expect(pools.sort()).toEqual(['arm arm64', 'default amd64'])
  })
})

describe('a pod for the probe', () => {
  onceIt('is accepted by nodes with taints, with minimal tolerations', async ({ begin }) => {
    const agentPools = [
      { name: 'gpu', count: 1, taints: ['sku=gpu:NoSchedule', 'CriticalAddonsOnly=true:NoSchedule', 'x=y:NoExecute'] },
    ]
    const scenario = letPull(await begin(), { agentPools })
    scenario.cluster.kubernetes.refusesReservedTolerations = true
    expectProven(await scenario.pull(), scenario)
  })

  onceIt('is outside the mesh: no container is injected', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    kubernetes.webhooks.push({
      name: 'sidecar-injector.istio.io',
      mutate: pod => {
        if (pod.metadata.labels?.['sidecar.istio.io/inject'] === 'false') return
        pod.spec.initContainers = [{ name: 'istio-init', image: 'docker.io/istio/proxyv2:1.27' }]
      },
    })
    expectProven(await scenario.pull(), scenario)
  })

  onceIt('for Windows pulls an image built for Windows', async ({ begin }) => {
    const agentPools = [
      { name: 'system', count: 1 },
      { name: 'win', count: 1, osType: 'Windows' as const },
    ]
    const scenario = letPull(await begin(), { agentPools })
    const { kubernetes } = scenario.cluster
    kubernetes.addNamespace('probes', { 'pod-security.kubernetes.io/enforce': 'restricted' })
    kubernetes.safeguards = 'Enforcement'
    scenario.registry.images.push('team/both', 'v1', { platforms: ['linux/amd64', 'windows/amd64'] })
    const end = await scenario.pull({ 'probe-image': 'team/both:v1', 'probe-namespace': 'probes' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ pool }) => pool)).toEqual(['system', 'win'])
  })
})

describe('a pull secret', () => {
  onceIt.for(ways)('of the service account does not pull instead of the identity (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }))
    const { world, cluster, registry } = scenario
    const application = world.directory.addServicePrincipal('puller', 'Application', { secrets: ['s3cret'] })
    world.assignRole({ principalId: application.objectId, role: 'AcrPull', scope: registry.id })
    const credential = { server: registry.loginServer, username: application.clientId, password: 's3cret' }
    cluster.kubernetes.addPullSecret('default', 'acr', credential)
    cluster.kubernetes.setPullSecrets('default', ['acr'])
    const end = await scenario.pull({ 'probe-with': way, timeout: '4s' })
    expectFailure(end, 'PULL_DENIED')
    expect(cluster.kubernetes.pulls).toEqual([])
  })
})
