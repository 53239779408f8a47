import { describe, expect } from 'vitest'
import { retrying, type RealPod } from '../../scripts/kubernetes/real-cluster.js'
import { allDocumentedRules, readerRules } from '../support/documented-roles.js'
import { findingCodes } from '../support/estate.js'
import { idleProgram } from '../support/idle-program.js'
import { readQuickStart } from '../support/quick-start.js'
import { expectProvenOn, expectPulls, it, type RealScenario } from '../support/real-cluster.js'
import { lookedAt, startWorkloads } from '../support/real-workloads.js'
import { expectFailure, type StepEnd } from '../support/scenario.js'

const ways = ['kubectl', 'run-command']

/** What the simulated Azure got from kubectl or Run Command. */
const commandsInside = ({ requests }: StepEnd): number =>
  requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/runCommand')).length

const check = (scenario: RealScenario, inputs: Record<string, string> = {}): Promise<StepEnd> =>
  scenario.run({ mode: 'check', workloads: scenario.namespace, 'fail-on-drift': 'false', ...inputs })

/** A deployment of `shop/api:1`, on whose pods the scenario waits. */
async function runApi(scenario: RealScenario, image = `${scenario.registry.loginServer}/shop/api:1`): Promise<string> {
  const digest = push(scenario, 'shop/api', '1')
  await scenario.run({ verify: 'none' })
  await startWorkloads(scenario, [{ kind: 'Deployment', name: 'api', image: image.replace('DIGEST', digest) }])
  return digest
}

/** Pushes an image that nodes can start. */
function push({ registry }: RealScenario, repository: string, tag: string, content = ''): string {
  return registry.images.push(repository, tag, {
    platforms: ['linux/amd64', 'linux/arm64'],
    content: `${registry.name} ${repository} ${content}`,
    program: idleProgram,
  })
}

it('the quick start imports, proves and deploys: two pods run the digest that the nodes have pulled', async ({
  begin,
}) => {
  const scenario = await begin({ timing: { propagationMs: 10_000 } })
  const { world, deployer, registry, cluster, namespace } = scenario
  const { inputs, source, manifest } = readQuickStart()
  world.assignRole({
    principalId: deployer.objectId,
    role: 'Container Registry Data Importer and Data Reader',
    scope: registry.id,
  })
  world
    .addSourceRegistry('mcr.microsoft.com')
    .push(source.repository, source.tag, {
      platforms: ['linux/amd64', 'linux/arm64'],
      content: registry.name,
      program: idleProgram,
    })
  const { images = '', verify = '' } = inputs
  const end = await scenario.run({ images, verify, 'probe-namespace': namespace, timeout: '2m' })
  await expectProvenOn(end, scenario)
  expect(end.outputs.ready).toBe('true')

  await cluster.kubectl(['apply', '--namespace', namespace, '--filename', '-'], manifest(end.outputs.image ?? ''))
  const rollOut = ['rollout', 'status', 'deployment/web', '--namespace', namespace, '--timeout=50s']
  await retrying(() => cluster.kubectl(rollOut), 120_000)
  const running = await cluster.read<{ items: RealPod[] }>(
    'get',
    'pods',
    '--namespace',
    namespace,
    '--selector',
    'app=web',
    '--field-selector',
    'status.phase=Running',
  )
  const digest = registry.images.find('nginx', 'v1')?.digest
  expect(running.items.map(({ status }) => status.containerStatuses?.[0]?.imageID.split('@')[1])).toEqual([
    digest,
    digest,
  ])
})

describe('a look at workloads', () => {
  it('sees every kind of workload, with the ClusterRole of docs/workload-reader.yaml', async ({ begin }) => {
    const scenario = await begin({ rules: readerRules() })
    const { registry, namespace, cluster } = scenario
    const digests = new Map(['app', 'init', 'debug'].map(name => [name, push(scenario, `shop/${name}`, '1')]))
    await scenario.run({ verify: 'none' })
    const image = (name: string): string => `${registry.loginServer}/shop/${name}:1`
    await startWorkloads(scenario, [
      { kind: 'Deployment', name: 'deployment', image: image('app'), init: image('init') },
      { kind: 'Deployment', name: 'off', image: image('app'), replicas: 0 },
      { kind: 'Deployment', name: 'waits', image: image('missing'), waits: true },
      { kind: 'StatefulSet', name: 'stateful', image: image('app') },
      { kind: 'DaemonSet', name: 'daemon', image: image('app') },
      { kind: 'CronJob', name: 'cron', image: image('app') },
      { kind: 'Job', name: 'suspended', image: image('app'), suspend: true },
      { kind: 'Job', name: 'active', image: image('app') },
      { kind: 'Job', name: 'finished', image: image('app'), ends: true },
      { kind: 'Pod', name: 'bare', image: image('app') },
      { kind: 'Pod', name: 'ended', image: image('app'), ends: true },
    ])
    const debug = ['--image', image('debug'), '--container', 'debug', '--profile', 'general', '--attach=false']
    await cluster.kubectl(['debug', 'bare', '--namespace', namespace, ...debug])
    await retrying(async () => {
      const path = '{.status.ephemeralContainerStatuses[0].imageID}'
      const args = ['get', 'pod', 'bare', '--namespace', namespace, '--output', `jsonpath=${path}`]
      expect(await cluster.kubectl(args)).not.toBe('')
    })
    const daemons = (await scenario.pods()).filter(({ metadata }) => metadata.name.startsWith('daemon-')).length
    const app = (workload: string, container: string, pods = 1, name = 'app') => [
      workload,
      container,
      image(name),
      pods > 0 ? digests.get(name) : null,
      pods,
      'present',
    ]
    const expected = [
      app('CronJob/cron', 'main', 0),
      app('DaemonSet/daemon', 'main', daemons),
      app('Deployment/deployment', 'init', 1, 'init'),
      app('Deployment/deployment', 'main'),
      ['Deployment/waits', 'main', image('missing'), null, 1, 'missing'],
      app('Job/active', 'main'),
      app('Job/suspended', 'main', 0),
      app('Pod/bare', 'debug', 1, 'debug'),
      app('Pod/bare', 'main'),
      app('StatefulSet/stateful', 'main'),
    ]
    for (const way of ways) {
      const end = await check(scenario, { 'probe-with': way, workloads: `${namespace}\n${namespace}-none` })
      expect(lookedAt(end), end.log).toEqual(expected)
      expect(end.log).toContain(`${namespace}-none`)
      expect(end.outputs.drift).toBe('true')
      expect(commandsInside(end)).toBe(way === 'kubectl' ? 0 : 1)
    }
  })

  it.for(ways)('sees all namespaces, and without those that are left out (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: readerRules() })
    const { namespace } = scenario
    await runApi(scenario)
    const all = await check(scenario, { 'probe-with': way, workloads: '*' })
    expect(lookedAt(all).map(([workload]) => workload)).toEqual(['Deployment/api'])
    const without = await check(scenario, { 'probe-with': way, workloads: `*\n!${namespace}` })
    expect(lookedAt(without)).toEqual([])
    expect(without.outputs['error-code']).toBe('')
  })

  it.for(ways)('needs a RoleBinding only in the namespaces that are named (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: readerRules(), inNamespace: true })
    await runApi(scenario)
    const named = await check(scenario, { 'probe-with': way })
    expect(lookedAt(named).map(([workload]) => workload)).toEqual(['Deployment/api'])
    expectFailure(await check(scenario, { 'probe-with': way, workloads: '*' }), 'AUTHORIZATION_FAILED')
  })

  it.for(ways)('reports a missing right at once (%s)', async (way, { begin }) => {
    const rules = [{ apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'list'] }]
    const scenario = await begin({ rules })
    await scenario.run({ verify: 'none' })
    const end = await check(scenario, { 'probe-with': way })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(commandsInside(end)).toBe(way === 'kubectl' ? 0 : 1)
    expect(end.report.workloads).toMatchObject([{ name: null, status: 'unknown', pods: null }])
  })
})

describe('an image that runs', () => {
  it.for(ways)('is gone if its tag is, and there again with its digest (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: readerRules() })
    const { registry } = scenario
    const digest = await runApi(scenario)
    registry.images.removeTag('shop/api', '1')
    const gone = await check(scenario, { 'probe-with': way })
    expect(lookedAt(gone)).toMatchObject([['Deployment/api', 'main', expect.anything(), digest, 1, 'gone']])
    expect(gone.outputs.drift).toBe('true')
    registry.images.moveTag('shop/api', '1', digest)
    const back = await check(scenario, { 'probe-with': way })
    expect(lookedAt(back).at(0)?.at(-1)).toBe('present')
    expect(back.outputs.drift).toBe('false')
  })

  it('is gone if it is named by a digest that was deleted', async ({ begin }) => {
    const scenario = await begin({ rules: readerRules() })
    const { registry } = scenario
    const digest = await runApi(scenario, `${registry.loginServer}/shop/api@DIGEST`)
    expect(
      lookedAt(await check(scenario))
        .at(0)
        ?.slice(3),
    ).toEqual([digest, 1, 'present'])
    registry.images.delete('shop/api', digest)
    expect(
      lookedAt(await check(scenario))
        .at(0)
        ?.slice(3),
    ).toEqual([digest, 1, 'gone'])
  })

  it.for(ways)('has moved if its tag has another digest now (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: readerRules() })
    const digest = await runApi(scenario)
    const newer = push(scenario, 'shop/api', '1', 'newer')
    const end = await check(scenario, { 'probe-with': way })
    expect(findingCodes(end)).toEqual(['RUNNING_IMAGE_MOVED'])
    expect(end.outputs.drift).toBe('false')
    expect(end.report.workloads).toMatchObject([{ status: 'moved', runningDigest: digest, registryDigest: newer }])
  })

  it('has not moved if its tag has become an index with its manifest', async ({ begin }) => {
    const scenario = await begin({ rules: readerRules() })
    const { registry, cluster } = scenario
    const [node] = await cluster.readyNodes()
    const platform = `linux/${node?.status.nodeInfo.architecture ?? ''}`
    const content = `${registry.name} single`
    const digest = registry.images.push('shop/api', '1', { platform, content, program: idleProgram })
    await scenario.run({ verify: 'none' })
    await startWorkloads(scenario, [{ kind: 'Pod', name: 'api', image: `${registry.loginServer}/shop/api:1` }])
    const index = registry.images.push('shop/api', '1', { platforms: [platform], content, program: idleProgram })
    expect(index).not.toBe(digest)
    const end = await check(scenario)
    expect(end.report.workloads).toMatchObject([{ status: 'present', runningDigest: digest, registryDigest: index }])
    expect(findingCodes(end)).toEqual([])
  })
})

describe('probe-image: workloads', () => {
  it.for(ways)('lets nodes pull what runs, as both documented ClusterRoles allow (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: [...allDocumentedRules(), ...readerRules()] })
    const { registry, namespace } = scenario
    await runApi(scenario)
    const end = await scenario.pull({ 'probe-with': way, 'probe-image': 'workloads', workloads: namespace })
    expectPulls(end, { image: `${registry.loginServer}/shop/api:1` })
    expectPulls(end, { verdict: 'pulled' })
    expect(end.outputs).toMatchObject({ 'error-code': '', verified: 'pull' })
  })
})

describe('probe-service-account', () => {
  it.for(ways)('must exist (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: allDocumentedRules() })
    const end = await scenario.pull({ 'probe-with': way, 'probe-service-account': 'nobody' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.report.pairs[0]?.error?.fix.commands).toContain(
      `kubectl create serviceaccount nobody --namespace ${scenario.namespace}`,
    )
  })

  it.for(ways)('is who probe pods run as (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: allDocumentedRules() })
    const { cluster, namespace } = scenario
    await cluster.kubectl(['create', 'serviceaccount', 'web', '--namespace', namespace])
    const end = await scenario.pull({ 'probe-with': way, 'probe-service-account': 'web' })
    await expectProvenOn(end, scenario)
    expectPulls(end, { serviceAccount: 'web' })
  })

  it.for(ways)('brings its pull secrets, which prove no identity (%s)', async (way, { begin }) => {
    const scenario = await begin({ rules: allDocumentedRules(), timing: { propagationMs: 3_600_000 } })
    const { world, registry, cluster, namespace } = scenario
    const { clientId, objectId } = world.directory.addServicePrincipal('puller', 'Application', { secrets: ['secret'] })
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    world.passTime(3_600_000)
    const login = ['--docker-username', clientId, '--docker-password', 'secret']
    const inNamespace = ['--namespace', namespace]
    const server = ['--docker-server', registry.loginServer]
    await cluster.kubectl(['create', 'secret', 'docker-registry', 'acr', ...server, ...login, ...inNamespace])
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'web', namespace },
      imagePullSecrets: [{ name: 'acr' }],
    })
    const end = await scenario.pull({ 'probe-with': way, 'probe-service-account': 'web' })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment' })
    expectPulls(end, { verdict: 'pulled', serviceAccount: 'web' })
  })
})
