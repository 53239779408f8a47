import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { accessOf, pullMessages, apiFaults } from 'azure-simulator'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { hour } from '../../support/hour.js'
import { armRequests, expectFailure, it, type StepEnd } from '../../support/scenario.js'

const image = 'contosoacr.azurecr.io/team/app:v1'

const host = /azmk8s/

const credentials = (end: StepEnd) => armRequests(end, 'POST', '/listClusterUserCredential')

describe.concurrent('many clusters', () => {
  it('of which eight are refused do not keep the ninth waiting', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: hour } }), {})
    const { world, group, registry, deployer } = scenario
    const others = Array.from({ length: 8 }, (_, index) => group.addCluster(`aks-refused-${index}`))
    for (const { id } of others) world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: id })
    const ninth = group.addCluster('aks-ninth')
    world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: ninth.id })
    const grant = world.assignRole({ principalId: ninth.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    grant.updatedOn = new Date(Date.now() - hour).toISOString()
    const countTries = (): number => others.reduce((sum, { kubernetes }) => sum + kubernetes.podsCreated.length, 0)
    let triesBefore = Infinity
    ninth.kubernetes.store.onChange(({ type, resource }) => {
      if (type === 'ADDED' && resource === 'pods') triesBefore = countTries()
    })
    const cluster = [...others.map(({ name }) => name), 'aks-ninth'].join('\n')
    const end = await scenario.pull(
      { cluster, concurrency: '8', 'probe-with': 'kubectl', timeout: '15m' },
      { cancel: { whenLogged: 'aks-ninth: the node pulled' } },
    )
    expectFailure(end, 'CANCELLED')
    expect(end.report.pairs.at(-1)).toMatchObject({ status: 'attached', verified: 'pull', pulls: [{ attempts: 1 }] })
    expect(end.report.pairs.filter(({ error }) => error?.code === 'CANCELLED')).toHaveLength(8)
    // The others continue, and have had one or two turns each by then.
    expect(triesBefore).toBeLessThanOrEqual(3 * others.length)
  })
})

describe('the message of a node', () => {
  it("that could not be requested isn't a failure", async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 1500 } }))
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 1 })
    const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'events is forbidden', code: 403 }
    scenario.simulator.faults.add({ host: /azmk8s/, path: '/events', status: 403, body, times: Infinity })
    expectProven(await scenario.pull(), scenario)
  })
})

describe("pods that can't all be created at once", () => {
  const agentPools = [{ name: 'system', count: 6 }]

  it('are created one after another if every third creation fails', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const creation = { host, method: 'POST', path: /\/pods$/ }
    scenario.simulator.faults.add({ ...creation, every: 3, times: Infinity, ...apiFaults.unavailable() })
    const end = await scenario.pull({ 'probe-with': 'run-command', 'probe-nodes': 'all', timeout: '60s' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(6)
  })

  it('are created two by two if a quota has room for two', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    scenario.cluster.kubernetes.addQuota('default', { pods: '2' })
    const end = await scenario.pull({ 'probe-nodes': 'all', timeout: '60s' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(6)
  })
})

describe('pods that can only be deleted one by one', () => {
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'events'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'create', 'delete'] },
  ]

  it('are deleted one by one', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: false })
    scenario.cluster.kubernetes.bind({ principalId: scenario.deployer.objectId, role: rules })
    scenario.cluster.kubernetes.podFaults.push({ kind: 'evicted', times: 1 })
    expectProven(await scenario.pull({ 'probe-nodes': 'all' }), scenario)
  })
})

describe('an incomplete kubeconfig', () => {
  const answer = (text: string) => ({
    method: 'POST',
    path: '/listClusterUserCredential',
    status: 200,
    body: { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(text).toString('base64') }] },
  })

  it.for(['', 'apiVersion: v1\nclusters: [', '{}'])('is requested again: %j', async (text, { begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add(answer(text))
    expectProven(await scenario.pull({ 'probe-with': 'kubectl' }), scenario)
  })

  it('is not requested by each process of kubectl', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add({ ...answer('clusters: ['), times: Infinity })
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '8s' })
    expectFailure(end, 'CLUSTER_UNREACHABLE')
    // About one per second.
    expect(credentials(end).length).toBeGreaterThan(1)
    expect(credentials(end).length).toBeLessThan(15)
  })
})

describe("a kubeconfig that can't be used", () => {
  const answer = (server: string, user: string) => ({
    method: 'POST',
    path: '/listClusterUserCredential',
    times: Infinity,
    status: 200,
    body: {
      kubeconfigs: [
        {
          name: 'clusterUser',
          value: Buffer.from(
            `{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], clusters: [{name: a, cluster: {server: "${server}"}}], users: [{name: a, user: ${user}}]}`,
          ).toString('base64'),
        },
      ],
    },
  })

  it.for([
    ['http://aks.example', '{token: secret}'],
    ['https://aks.example', '{tokenFile: /etc/hostname}'],
  ] as const)('is requested once, and reported: %j', async ([server, user], { begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add(answer(server, user))
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '1m' })
    expectFailure(end, 'CLUSTER_UNREACHABLE')
    expect(credentials(end)).toHaveLength(1)
  })

  it('starts no program behind a merge key, and gets a token in its place', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: true })
    const started = join(mkdtempSync(join(tmpdir(), 'started-')), 'started')
    const exec = `{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: touch, args: ["${started}"]}`
    scenario.simulator.faults.add(answer(`https://${accessOf(scenario.cluster).fqdn}`, `{<<: {exec: ${exec}}}`))
    expectProven(await scenario.pull({ 'probe-with': 'kubectl', timeout: '1m' }), scenario)
    expect(existsSync(started)).toBe(false)
  })
})

describe('a kubeconfig that Azure refuses', () => {
  it.for([
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
