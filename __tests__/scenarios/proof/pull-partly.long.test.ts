import { describe, expect } from 'vitest'
import { apiFaults } from 'azure-simulator'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { armRequests, expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const
const host = /azmk8s/
const credentials = (end: StepEnd) => armRequests(end, 'POST', '/listClusterUserCredential')

describe("pods that can't all be created at once", () => {
  const agentPools = [{ name: 'system', count: 6 }]

  onceIt.for(ways)('are created one after another if every third creation fails (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const creation = { host, method: 'POST', path: /\/pods$/ }
    scenario.simulator.faults.add({ ...creation, every: 3, times: Infinity, ...apiFaults.unavailable() })
    const end = await scenario.pull({ 'probe-with': way, 'probe-nodes': 'all', timeout: '60s' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(6)
  })

  onceIt.for(ways)('are created two by two if a quota has room for two (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    scenario.cluster.kubernetes.addQuota('default', { pods: '2' })
    const end = await scenario.pull({ 'probe-with': way, 'probe-nodes': 'all', timeout: '60s' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(6)
  })
})

describe("a container that a webhook injects despite the pod's labels", () => {
  onceIt.for(ways)("does not count if it can't be pulled (%s)", async (way, { begin }) => {
    const scenario = letPull(await begin())
    scenario.cluster.kubernetes.webhooks.push({
      name: 'inject.example',
      mutate: pod => pod.spec.containers.push({ name: 'agent', image: 'nowhere.example/agent:v1' }),
    })
    const startedAt = Date.now()
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
    // A command inside the cluster continues for minutes while one of its pods is refused.
    expect(Date.now() - startedAt).toBeLessThan(60_000)
  })

  onceIt('is named if it runs first and the pull never begins', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    kubernetes.webhooks.push({
      name: 'inject.example',
      mutate: pod => {
        pod.spec.initContainers = [{ name: 'agent-init', image: 'contosoacr.azurecr.io/team/app:v1' }]
      },
    })
    const end = await scenario.pull({ timeout: '4s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('the cluster runs agent-init before the pull')
  })

  onceIt.for(ways)(
    'ends the wait after a minute in which its own image can not be pulled (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
      const { kubernetes } = scenario.cluster
      kubernetes.webhooks.push({
        name: 'inject.example',
        mutate: pod => {
          pod.spec.initContainers = [{ name: 'istio-init', image: 'nowhere.example/proxy:v1' }]
        },
      })
      const lapse = createTimeLapse(way, onTestFinished)
      kubernetes.runCommand.programs = lapse.programs
      const passing = setInterval(() => {
        lapse.pass(2000)
      }, 200)
      onTestFinished(() => {
        clearInterval(passing)
      })
      const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
      clearInterval(passing)
      expectFailure(end, 'PROBE_FAILED')
      expect(pulls(end)).toMatchObject([{ verdict: 'changed' }])
      expect(end.report.pairs[0]?.error?.message).toMatch(
        /the cluster runs istio-init before the pull: .*nowhere\.example.*no such host/,
      )
      expect(lapse.now()).toBeLessThan(600_000)
    },
  )

  onceIt("is what to change if it runs first and can't be pulled", async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.cluster.kubernetes.webhooks.push({
      name: 'inject.example',
      mutate: pod => {
        pod.spec.initContainers = [{ name: 'agent-init', image: 'nowhere.example/agent:v1' }]
      },
    })
    const end = await scenario.pull({ timeout: '10s' })
    expectFailure(end, 'PROBE_FAILED')
    const { fix } = end.report.pairs[0]?.error ?? {}
    expect(fix?.commands).toEqual(['kubectl get mutatingwebhookconfigurations'])
    expect(fix?.text).not.toContain('timeout')
  })
})

describe('pods that can only be deleted one by one', () => {
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'events'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'create', 'delete'] },
  ]

  onceIt.for(ways)('are deleted one by one (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: false })
    scenario.cluster.kubernetes.bind({ principalId: scenario.deployer.objectId, role: rules })
    scenario.cluster.kubernetes.podFaults.push({ kind: 'evicted', times: 1 })
    const end = await scenario.pull({ 'probe-with': way, 'probe-nodes': 'all' })
    expectProven(end, scenario)
    expect(end.log).not.toContain('could not be deleted')
  })
})

describe('an incomplete kubeconfig', () => {
  const answer = (text: string) => ({
    method: 'POST',
    path: '/listClusterUserCredential',
    status: 200,
    body: { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(text).toString('base64') }] },
  })

  onceIt.for(['', 'apiVersion: v1\nclusters: [', '{}'])('is requested again: %j', async (text, { begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add(answer(text))
    expectProven(await scenario.pull({ 'probe-with': 'kubectl' }), scenario)
  })

  onceIt('is not requested by each process of kubectl', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add({ ...answer('clusters: ['), times: Infinity })
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '8s' })
    expectFailure(end, 'CLUSTER_UNREACHABLE')
    // About one per second.
    expect(credentials(end).length).toBeGreaterThan(1)
    expect(credentials(end).length).toBeLessThan(15)
  })

  onceIt('makes auto use Run Command', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add({ ...answer('clusters: ['), times: Infinity })
    const end = await scenario.pull({ 'probe-with': 'auto' })
    expectProven(end, scenario)
    expect(end.log).toMatch(/\bwith AKS Run Command\b/)
  })
})

describe('a kubeconfig that Azure refuses', () => {
  onceIt.for([
    [403, 'AuthorizationFailed', 'AUTHORIZATION_FAILED'],
    [400, 'BadRequest', 'AZURE_REFUSED'],
  ] as const)('is requested once, also for the workloads: HTTP %d', async ([status, code, expected], { begin }) => {
    const scenario = letPull(await begin())
    const body = { error: { code, message: 'No.' } }
    scenario.simulator.faults.add({ method: 'POST', path: '/listClusterUserCredential', status, body, times: Infinity })
    const end = await scenario.pull({ 'probe-with': 'kubectl', workloads: 'default' })
    expectFailure(end, expected)
    expect(credentials(end)).toHaveLength(1)
  })
})
