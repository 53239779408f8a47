import { describe, expect } from 'vitest'
import { apiFaults } from 'azure-simulator'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const
const host = /azmk8s/

describe('pods of which not all can be made at once', () => {
  const agentPools = [{ name: 'system', count: 6 }]

  onceIt.for(ways)('because every third creation fails are made by and by (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const creation = { host, method: 'POST', path: /\/pods$/ }
    scenario.simulator.faults.add({ ...creation, every: 3, times: Infinity, ...apiFaults.unavailable() })
    const end = await scenario.pull({ 'probe-with': way, 'probe-nodes': 'all', timeout: '60s' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(6)
  })

  onceIt.for(ways)('because a quota has room for two go two by two (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    scenario.cluster.kubernetes.addQuota('default', { pods: '2' })
    const end = await scenario.pull({ 'probe-with': way, 'probe-nodes': 'all', timeout: '60s' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(6)
  })
})

describe('a container that a webhook puts into the pod against its labels', () => {
  onceIt.for(ways)("and that can't be pulled does not count (%s)", async (way, { begin }) => {
    const scenario = letPull(await begin())
    scenario.cluster.kubernetes.webhooks.push({
      name: 'inject.example',
      mutate: pod => pod.spec.containers.push({ name: 'agent', image: 'nowhere.example/agent:v1' }),
    })
    const startedAt = Date.now()
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
    // A command inside the cluster goes on for minutes while one of its pods is refused.
    expect(Date.now() - startedAt).toBeLessThan(60_000)
  })

  onceIt('and that goes first is named where the pull never begins', async ({ begin }) => {
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
})

describe('pods that may be deleted one by one only', () => {
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

describe('a kubeconfig that is not whole', () => {
  const answer = (text: string) => ({
    method: 'POST',
    path: '/listClusterUserCredential',
    status: 200,
    body: { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(text).toString('base64') }] },
  })

  onceIt.for(['', 'apiVersion: v1\nclusters: [', '{}'])('is asked for again: %j', async (text, { begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add(answer(text))
    expectProven(await scenario.pull({ 'probe-with': 'kubectl' }), scenario)
  })

  onceIt('sends auto through Run Command', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add({ ...answer('clusters: ['), times: Infinity })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(end.log).toMatch(/\bwith AKS Run Command\b/)
  })
})
