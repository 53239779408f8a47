import { describe, expect } from 'vitest'
import { retrying, type RealPod } from '../../scripts/kubernetes/real-cluster.js'
import { allDocumentedRules, readerRules } from '../support/documented-roles.js'
import { findingCodes } from '../support/estate.js'
import { readQuickStart } from '../support/quick-start.js'
import { expectProvenOn, expectPulls, it, type RealScenario } from '../support/real-cluster.js'
import { expectFailure, type StepEnd } from '../support/scenario.js'

// A program for images that real nodes start, without any tool chain.

/**
 * An ELF program without libraries (man 5 elf) that waits forever, or ends at once with 0 if it has an argument.
 * @param platform `linux/amd64` or `linux/arm64`
 */
function idleProgram(platform: string): Buffer {
  const found = programs[platform]
  if (found === undefined) throw new Error(`there is no program for ${platform}`)
  const { machine, code } = found
  const address = 0x400000
  const start = 64 + 56
  const elf = Buffer.alloc(start + code.length)
  // Magic, 64 bits, little endian, version 1.
  elf.write('7f454c46020101', 'hex')
  elf.writeUInt16LE(2, 16) // executable
  elf.writeUInt16LE(machine, 18)
  elf.writeUInt32LE(1, 20)
  elf.writeUInt32LE(address + start, 24) // entry point
  elf.writeUInt32LE(64, 32) // offset of the program headers
  elf.writeUInt16LE(64, 52) // sizes of this header and of a program header, and the number of these
  elf.writeUInt16LE(56, 54)
  elf.writeUInt16LE(1, 56)
  // The only segment: the whole file, readable and executable.
  elf.writeUInt32LE(1, 64)
  elf.writeUInt32LE(5, 68)
  elf.writeUInt32LE(address, 80)
  elf.writeUInt32LE(address, 88)
  elf.writeUInt32LE(elf.length, 96)
  elf.writeUInt32LE(elf.length, 104)
  elf.writeUInt32LE(0x10000, 112)
  code.copy(elf, start)
  return elf
}

/** At the start, the stack begins with the number of arguments, the program's name included. */
const programs: Readonly<Record<string, { machine: number; code: Buffer }>> = {
  'linux/amd64': {
    machine: 62,
    code: Buffer.from(
      '833c2401' + // cmp dword [rsp], 1
        '7f09' + // jg to the exit
        'b822000000' +
        '0f05' +
        'ebf7' + // pause, again and again
        'b83c000000' +
        '31ff' +
        '0f05', // exit(0)
      'hex',
    ),
  },
  'linux/arm64': {
    machine: 183,
    code: words(
      0xf94003e0, // ldr x0, [sp]
      0xf100041f, // cmp x0, #1
      0x5400010c, // b.gt to the exit
      0xd2800000,
      0xd2800001,
      0xd2800002,
      0xd2800003,
      0xd2800928,
      0xd4000001, // ppoll(0, 0, 0, 0)
      0x17fffffa, // again
      0xd2800000,
      0xd2800ba8,
      0xd4000001, // exit(0)
    ),
  },
}

function words(...instructions: number[]): Buffer {
  const code = Buffer.alloc(instructions.length * 4)
  for (const [index, instruction] of instructions.entries()) code.writeUInt32LE(instruction, index * 4)
  return code
}

/** A workload of one container, `main`. */
interface RealWorkload {
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob' | 'Job' | 'Pod'
  name: string
  image: string
  /** The image of an init container, `init`. */
  init?: string
  /** Of a Deployment; 1 by default. */
  replicas?: number
  /** Whether a Job is suspended. */
  suspend?: boolean
  /** Whether its program ends at once. */
  ends?: boolean
  /** Whether its pods can't start. */
  waits?: boolean
}

/** Creates workloads in the scenario's namespace, and waits until their pods run, have ended, or wait for their image. */
async function startWorkloads(scenario: RealScenario, workloads: readonly RealWorkload[]): Promise<void> {
  const { cluster, namespace } = scenario
  await cluster.apply(...workloads.map(each => objectOf(each, namespace)))
  await retrying(async () => {
    const { items } = await cluster.read<{ items: StartedPod[] }>('get', 'pods', '--namespace', namespace)
    for (const { name, kind, waits = false, ends = false, suspend = false, replicas = 1 } of workloads) {
      const own = items.filter(({ metadata }) => metadata.labels.app === name)
      const isIdle = kind === 'CronJob' || suspend || replicas === 0
      if (!isIdle) expect(own, name).not.toEqual([])
      const phase = waits ? 'Pending' : ends ? 'Succeeded' : 'Running'
      for (const { status } of own) expect(status.phase, name).toBe(phase)
    }
  }, 120_000)
}

interface StartedPod {
  metadata: { labels: Record<string, string> }
  status: { phase: string }
}

function objectOf({ kind, name, ...more }: RealWorkload, namespace: string): object {
  const { image, init, replicas = 1, suspend = false, ends = false } = more
  const labels = { app: name }
  const isFinite = kind === 'Job' || kind === 'CronJob' || ends
  const spec = {
    ...(isFinite && { restartPolicy: 'Never' }),
    terminationGracePeriodSeconds: 0,
    ...(init && { initContainers: [{ name: 'init', image: init, args: ['end'] }] }),
    containers: [{ name: 'main', image, ...(ends && { args: ['end'] }) }],
  }
  const template = { metadata: { labels }, spec }
  const metadata = { name, namespace, labels }
  const selector = { matchLabels: labels }
  switch (kind) {
    case 'Pod':
      return { apiVersion: 'v1', kind, metadata, spec }
    case 'Job':
      return { apiVersion: 'batch/v1', kind, metadata, spec: { suspend, template } }
    case 'CronJob': {
      const yearly = '0 0 1 1 *'
      return { apiVersion: 'batch/v1', kind, metadata, spec: { schedule: yearly, jobTemplate: { spec: { template } } } }
    }
    case 'DaemonSet':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { selector, template } }
    case 'Deployment':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { replicas, selector, template } }
    case 'StatefulSet':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { serviceName: name, selector, template } }
  }
}

/** The report's rows about workloads, by name: workload, container, image, the digest that runs, the number of pods, and the status. */
function lookedAt({ report }: StepEnd): (string | number | null)[][] {
  const rows = report.workloads ?? []
  return rows
    .map(({ kind, name, container, ...more }) => ({ ...more, container, workload: `${kind}/${name}` }))
    .sort((a, b) => (`${a.workload} ${a.container}` < `${b.workload} ${b.container}` ? -1 : 1))
    .map(({ workload, container, image, runningDigest, pods, status }) => [
      workload,
      container,
      image,
      runningDigest,
      pods,
      status,
    ])
}

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
