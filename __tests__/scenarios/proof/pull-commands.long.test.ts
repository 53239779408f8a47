import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { accessOf, pullMessages, type Pod, apiFaults } from 'azure-simulator'
import { expectProven, letPull, pulls, ways } from '../../support/pull-scenario.js'
import { hour } from '../../support/hour.js'
import { armRequests, expectFailure, it, type StepEnd } from '../../support/scenario.js'

const image = 'contosoacr.azurecr.io/team/app:v1'

const host = /azmk8s/

const credentials = (end: StepEnd) => armRequests(end, 'POST', '/listClusterUserCredential')

describe.concurrent('Run Command whose pod is removed', () => {
  it('is restarted, after its leftovers are deleted', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    const { kubernetes } = scenario.cluster
    kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 1 })
    // The first command checks, the second creates pods.
    scenario.whenAnswered(
      ({ method, path }) => method === 'POST' && /\/runCommand$/i.test(path),
      () => {
        kubernetes.runCommand.evictions = { times: 1, afterPods: 1 }
      },
      1,
    )
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(armRequests(end, 'POST', '/runCommand').length).toBeGreaterThanOrEqual(3)
  })
})

describe.concurrent('a probe pod to which the cluster gives another image', () => {
  it('is created only once, although it could not pull', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: hour } }))
    const { kubernetes } = scenario.cluster
    const mutate = ({ spec }: Pod): void => {
      for (const container of spec.containers) container.image = 'mirror.example/team/app:v1'
    }
    kubernetes.webhooks.push({ name: 'mirror.example', mutate })
    const end = await scenario.pull({ 'probe-with': 'run-command', timeout: '1m' })
    expectFailure(end, 'PROBE_FAILED')
    expect(pulls(end)).toMatchObject([{ verdict: 'changed', attempts: 1 }])
    expect(kubernetes.podsCreated).toHaveLength(1)
  })
})

describe.concurrent('a probe pod to which the cluster gives another command', () => {
  it('proves nothing, although it pulled, and is created only once', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    const mutate = ({ spec }: Pod): void => {
      for (const container of spec.containers) container.args = ['--config', '/etc/agent']
    }
    kubernetes.webhooks.push({ name: 'agent.example', mutate })
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '1m' })
    expectFailure(end, 'PROBE_FAILED')
    expect(pulls(end)).toMatchObject([{ verdict: 'changed', attempts: 1 }])
    expect(pulls(end)[0]?.message).toContain('/etc/agent')
    expect(kubernetes.podsCreated).toHaveLength(1)
  })
})

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

describe.concurrent('an API server with authorized addresses', () => {
  it('that accept the runner is accessed by kubectl', async ({ begin }) => {
    const scenario = letPull(await begin(), { authorizedIpRanges: ['192.0.2.0/24', '203.0.113.0/24'] })
    scenario.world.callerAddress = '203.0.113.7'
    const end = await scenario.pull()
    expectProven(end, scenario)
    // Only kubectl needs the kubeconfig. If a busy machine gets no answer within five seconds, Run Command follows.
    const [way] = end.requests.flatMap(({ path }) =>
      /\/listClusterUserCredential$/i.test(path) ? 'kubectl' : /\/runCommand$/i.test(path) ? 'run-command' : [],
    )
    expect(way).toBe('kubectl')
  })
})

describe('the message of a node', () => {
  it.for(ways)('is shown without the signatures of its URLs (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    const url =
      'https://weusmanaged1.blob.core.windows.net/0a-b/docker/registry/v2/blobs/sha256/0a/0a1b/data?se=2026-11-24T10%3A00%3A00Z&sig=TOPSECRET%2Fx%3D&sp=r&sr=b&sv=2018-03-28&regid=1'
    const cause = `failed to copy: httpReadSeeker: failed open: failed to do request: Get "${url}": dial tcp: lookup weusmanaged1.blob.core.windows.net on 168.63.129.16:53: no such host`
    scenario.cluster.kubernetes.pullFaults.push({ message: `failed to pull and unpack image "${image}": ${cause}` })
    const end = await scenario.pull({ 'probe-with': way, timeout: '4s' }, { environment: { RUNNER_DEBUG: '1' } })
    expect(end.exitCode).toBe(1)
    const everything = end.stdout + end.stderr + end.summary + JSON.stringify(end.outputs)
    expect(everything).not.toContain('TOPSECRET')
    expect(everything).not.toContain('2026-11-24T10')
    expect(end.log).toContain('weusmanaged1.blob.core.windows.net')
  })

  it.for(ways)("that could not be requested isn't a failure (%s)", async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 1500 } }))
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 1 })
    const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'events is forbidden', code: 403 }
    scenario.simulator.faults.add({ host: /azmk8s/, path: '/events', status: 403, body, times: Infinity })
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
  })
})

describe("pods that can't all be created at once", () => {
  const agentPools = [{ name: 'system', count: 6 }]

  it.for(ways)('are created one after another if every third creation fails (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const creation = { host, method: 'POST', path: /\/pods$/ }
    scenario.simulator.faults.add({ ...creation, every: 3, times: Infinity, ...apiFaults.unavailable() })
    const end = await scenario.pull({ 'probe-with': way, 'probe-nodes': 'all', timeout: '60s' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(6)
  })

  it.for(ways)('are created two by two if a quota has room for two (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    scenario.cluster.kubernetes.addQuota('default', { pods: '2' })
    const end = await scenario.pull({ 'probe-with': way, 'probe-nodes': 'all', timeout: '60s' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(6)
  })
})

describe("a container that a webhook injects despite the pod's labels", () => {
  it.for(ways)("does not count if it can't be pulled (%s)", async (way, { begin }) => {
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
})

describe('pods that can only be deleted one by one', () => {
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'events'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'create', 'delete'] },
  ]

  it.for(ways)('are deleted one by one (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: false })
    scenario.cluster.kubernetes.bind({ principalId: scenario.deployer.objectId, role: rules })
    scenario.cluster.kubernetes.podFaults.push({ kind: 'evicted', times: 1 })
    expectProven(await scenario.pull({ 'probe-with': way, 'probe-nodes': 'all' }), scenario)
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

  it('makes auto use Run Command', async ({ begin }) => {
    const scenario = letPull(await begin())
    scenario.simulator.faults.add({ ...answer('clusters: ['), times: Infinity })
    const end = await scenario.pull({ 'probe-with': 'auto' })
    expectProven(end, scenario)
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
