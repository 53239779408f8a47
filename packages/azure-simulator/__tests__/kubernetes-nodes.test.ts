import { describe, expect } from 'vitest'
import { accessOf } from '../src/world/cluster-access.js'
import { createContoso } from '../src/contoso.js'
import { apiFaults, pullMessages, type ClusterOptions, type Kubernetes, type Pod, type Timing } from '../src/index.js'
import { arm } from '../src/client.js'
import { start } from './support/fixture.js'
import { pod, probe, systemNode } from './support/kubernetes-objects.js'
import { eventually, kubectlIt as it, startKubectl, type Kubectl } from './support/kubectl.js'

const image = 'contosoacr.azurecr.io/team/app:v1'

interface Started {
  kubectl: Kubectl
  kubernetes: Kubernetes
}

async function startCluster(options: ClusterOptions = {}, timing: Partial<Timing> = {}) {
  const contoso = createContoso()
  const cluster = contoso.group.addCluster('aks-own', options)
  const fixture = await start({ contoso, timing: { kubeletBackoffMs: 100, ...timing } })
  const { world, registry } = fixture
  registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64', 'windows/amd64:10.0.20348.4171'] })
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  return { ...fixture, cluster, kubernetes: cluster.kubernetes, kubectl: await startKubectl(fixture, cluster) }
}

const podOf = ({ pods }: Kubernetes, name: string): Pod | undefined =>
  pods.find(({ metadata }) => metadata.name === name)

/** Creates a pod and waits for a status that satisfies the test. */
async function until(
  { kubectl, kubernetes }: Started,
  manifest: { metadata: { name: string } },
  holds: (pod: Pod) => boolean,
): Promise<Pod> {
  const { stderr } = await kubectl.send(manifest, 'create', '-f', '-')
  expect(stderr).toBe('')
  const found = await eventually(
    () => podOf(kubernetes, manifest.metadata.name),
    current => current !== undefined && holds(current),
  )
  if (found === undefined) throw new Error('no pod')
  return found
}

const isOver = ({ status }: Pod): boolean => status.phase === 'Failed'
const waitsFor = ({ status }: Pod): string => status.containerStatuses?.[0]?.state.waiting?.message ?? ''

describe('a pod that its kubelet ends', () => {
  it.each([
    ['evicted', 'Evicted', /low on resource: ephemeral-storage/],
    ['shut-down', 'Terminated', /imminent node shutdown/],
    ['deadline', 'DeadlineExceeded', /longer than the specified deadline/],
  ] as const)('has pulled nothing if %s', async (kind, reason, message) => {
    const started = await startCluster()
    started.kubernetes.podFaults.push({ kind, times: 1 })
    const ended = await until(started, probe('first', image, systemNode()), isOver)
    expect(ended.status).toMatchObject({
      phase: 'Failed',
      reason,
      message: expect.stringMatching(message) as string,
      containerStatuses: [
        {
          imageID: '',
          state: { terminated: { reason: 'ContainerStatusUnknown', exitCode: 137, startedAt: null, finishedAt: null } },
        },
      ],
    })
    expect(started.kubernetes.pulls).toEqual([])
    const next = await until(started, probe('second', image, systemNode()), isOver)
    expect(next.status.containerStatuses?.[0]?.imageID).toContain('team/app@sha256:')
  })

  it('stays in creation without an address, and pending with a silent kubelet', async () => {
    const started = await startCluster()
    started.kubernetes.podFaults.push({ kind: 'no-address', image: 'team/app', times: 1 })
    await until(
      started,
      probe('first', image, systemNode()),
      ({ status }) => status.containerStatuses?.[0]?.state.waiting?.reason === 'ContainerCreating',
    )
    const event = await eventually(
      () => started.kubernetes.events.find(({ reason }) => reason === 'FailedCreatePodSandBox'),
      found => found !== undefined,
    )
    expect(event?.message).toContain('not enough IPs available')
    started.kubernetes.podFaults.push({ kind: 'silent' })
    await until(started, probe('second', image, systemNode()), () => true)
    await until(started, probe('third', image, systemNode(1)), ({ status }) => status.phase === 'Pending')
    expect(podOf(started.kubernetes, 'second')?.status).not.toHaveProperty('containerStatuses')
  })
})

describe('the first sync of a pod', () => {
  const isPulling = ({ kubernetes }: Awaited<ReturnType<typeof startCluster>>): boolean =>
    kubernetes.events.some(({ reason }) => reason === 'Pulling')
  const sandboxOf = ({ status }: Pod): string | undefined =>
    status.conditions?.find(({ type }) => type === 'PodReadyToStartContainers')?.status

  it('only shows a pull in its event', async () => {
    const started = await startCluster({}, { pullMs: 1500 })
    const pulling = await until(started, probe('first', image, systemNode()), () => isPulling(started))
    expect(sandboxOf(pulling)).toBe('False')
    expect(pulling.status.containerStatuses?.[0]?.state.waiting?.reason).toBe('ContainerCreating')
    const pulled = await eventually(
      () => podOf(started.kubernetes, 'first'),
      found => found?.status.containerStatuses?.[0]?.imageID !== '',
    )
    expect(pulled?.status).toHaveProperty('podIP')
  })

  it('shows what came of it in its event first', async () => {
    const started = await startCluster({}, { relistMs: 1500 })
    const { kubernetes } = started
    const hasPulled = (): boolean => kubernetes.events.some(({ reason }) => reason === 'Pulled')
    const first = await until(started, probe('first', image, systemNode()), hasPulled)
    expect(first.status.containerStatuses?.[0]).toMatchObject({ imageID: '', state: { waiting: {} } })
    const pulled = await eventually(
      () => podOf(kubernetes, 'first'),
      found => found?.status.containerStatuses?.[0]?.imageID !== '',
    )
    expect(pulled?.status).toHaveProperty('podIP')
  })

  it('takes longer with a smaller CPU limit', async () => {
    const started = await startCluster({}, { startCpuMs: 5 })
    const began = Date.now()
    // Its limit is 10m, so the sandbox and the container take half a second each.
    await until(started, probe('first', image, systemNode()), isOver)
    expect(Date.now() - began).toBeGreaterThan(900)
  })
})

describe('nodes', () => {
  it('are removed, and their pods some time later', async () => {
    const started = await startCluster({}, { podCollectionMs: 200 })
    started.kubernetes.podFaults.push({ kind: 'silent' })
    await until(started, probe('first', image, systemNode()), () => true)
    started.kubernetes.removeNode(systemNode())
    expect(podOf(started.kubernetes, 'first')).toBeDefined()
    await eventually(
      () => podOf(started.kubernetes, 'first'),
      found => found === undefined,
    )
  })

  it('join with unique names', async () => {
    const { kubernetes } = await startCluster()
    kubernetes.removeNode(systemNode(1))
    expect(kubernetes.addPool({ name: 'system' }).map(({ metadata }) => metadata.name)).toEqual([systemNode(2)])
  })

  it.each(['pods', 'cpu', 'memory'] as const)('can be full: %s', async resource => {
    const started = await startCluster()
    started.kubernetes.fillNode(systemNode(), resource)
    const refused = await until(started, probe('first', image, systemNode()), isOver)
    expect(refused.status).toMatchObject({ reason: `OutOf${resource}` })
    expect(refused.status.message).toMatch(/^Pod was rejected: Node didn't have enough resource: /)
    expect(refused.status).not.toHaveProperty('containerStatuses')
  })

  it('of Windows only accept images of their own build', async () => {
    const started = await startCluster({
      agentPools: [
        { name: 'win22', osType: 'Windows', count: 1 },
        { name: 'win25', osType: 'Windows', count: 1, windows: 'Windows2025' },
      ],
    })
    const on = (name: string, nodeName: string) => pod(name, image, { nodeName, os: { name: 'windows' } })
    const pulled = await until(
      started,
      on('first', 'akswin22000000'),
      ({ status }) => (status.containerStatuses?.[0]?.imageID ?? '') !== '',
    )
    expect(pulled.status.containerStatuses?.[0]?.imageID).toContain('team/app@sha256:')
    const refused = await until(started, on('second', 'akswin25000000'), current => waitsFor(current) !== '')
    expect(waitsFor(refused)).toContain('no match for platform in manifest: not found')
  })
})

describe('pull secrets', () => {
  it('of the default service account go to pods without any, and replace the identity', async () => {
    const started = await startCluster()
    const { world, kubernetes, registry } = started
    const robot = world.addApplication('robot', { secrets: ['s3cret'] })
    world.assignRole({ principalId: robot.objectId, role: 'AcrPull', scope: registry.id })
    kubernetes.addPullSecret('default', 'acr', {
      server: registry.loginServer,
      username: robot.clientId,
      password: 's3cret',
    })
    kubernetes.setPullSecrets('default', ['acr'])
    const first = await until(started, probe('first', image, systemNode()), isOver)
    expect(first.spec.imagePullSecrets).toEqual([{ name: 'acr' }])
    expect(kubernetes.pulls.at(-1)).toMatchObject({ credential: { secret: 'acr' } })

    const own = probe('second', image, systemNode())
    Object.assign(own.spec, { imagePullSecrets: [{ name: 'not-there' }] })
    const second = await until(started, own, isOver)
    expect(second.spec.imagePullSecrets).toEqual([{ name: 'not-there' }])
    expect(kubernetes.pulls.at(-1)).toMatchObject({ credential: 'identity' })
    expect(kubernetes.events.map(({ message }) => message)).toContain(
      'Unable to retrieve some image pull secrets (not-there); attempting to pull the image may not succeed.',
    )
  })

  it("that the registry refuses are reported in addition to the identity's refusal", async () => {
    const started = await startCluster()
    const { world, kubernetes, registry, cluster } = started
    for (const assignment of world.roleAssignments.filter(
      ({ principalId }) => principalId === cluster.kubeletIdentity.objectId,
    )) {
      world.assignments.remove(assignment)
    }
    kubernetes.addPullSecret('default', 'acr', { server: registry.loginServer, username: 'nobody', password: 'x' })
    kubernetes.setPullSecrets('default', ['acr'])
    const refused = await until(started, probe('first', image, systemNode()), current => waitsFor(current) !== '')
    expect(waitsFor(refused)).toContain(`[${pullMessages.wrongSecret(image)}, ${pullMessages.denied(image)}]`)
  })
})

describe('AKS', () => {
  it('Automatic has no user pools, but hosted nodes', async () => {
    const { client, deployer, cluster, kubernetes } = await startCluster({ automatic: true })
    const { json } = await client.get(arm(cluster.id, '2024-09-01'), await client.signIn(deployer))
    expect(json).toMatchObject({
      sku: { name: 'Automatic' },
      properties: { agentPoolProfiles: null, hostedSystemProfile: { enabled: true } },
    })
    expect(kubernetes.nodes.map(({ metadata, spec }) => [metadata.name, spec.taints?.map(({ key }) => key)])).toEqual([
      ['aks-hostedpool-12345678-vmss000000', ['CriticalAddonsOnly', 'kubernetes.azure.com/hostedvm']],
      ['aks-hostedpool-12345678-vmss000001', ['CriticalAddonsOnly', 'kubernetes.azure.com/hostedvm']],
    ])
  })

  it('pulls with the default identity if service accounts pull', async () => {
    const contoso = createContoso()
    const identity = contoso.group.addUserAssignedIdentity('puller')
    const cluster = contoso.group.addCluster('aks-own', { serviceAccountPull: { defaultIdentity: identity } })
    const fixture = await start({ contoso, timing: { kubeletBackoffMs: 100 } })
    const { world, registry } = fixture
    registry.images.push('team/app', 'v1')
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const started = { ...fixture, kubernetes: cluster.kubernetes, kubectl: await startKubectl(fixture, cluster) }
    const refused = await until(started, probe('first', image, systemNode()), current => waitsFor(current) !== '')
    expect(waitsFor(refused)).toContain(pullMessages.denied(image))
    world.assignRole({ principalId: identity.objectId, role: 'AcrPull', scope: registry.id })
    await eventually(
      () => podOf(cluster.kubernetes, 'first'),
      found => found !== undefined && isOver(found),
    )
  })
})

describe('layers', () => {
  it('that are on the node are not downloaded again', async () => {
    const started = await startCluster()
    const { kubernetes, registry } = started
    await until(started, probe('first', image, systemNode()), isOver)
    kubernetes.blockedDataEndpoints.set(registry.loginServer, 'forbidden')
    await until(started, probe('second', image, systemNode()), isOver)
    expect(kubernetes.pulls.map(({ blobs }) => blobs)).toEqual([3, 0])
    const elsewhere = await until(started, probe('third', image, systemNode(1)), current => waitsFor(current) !== '')
    expect(waitsFor(elsewhere)).toMatch(
      /failed to copy: httpReadSeeker: failed open: unexpected status code https:\S+\/blobs\/sha256:\w+: 403 Forbidden/,
    )
    kubernetes.blockedDataEndpoints.set(registry.loginServer, 'timeout')
    await eventually(
      () => waitsFor(podOf(kubernetes, 'third') ?? elsewhere),
      message => /failed to do request: Get "https:\S+[?&]sig=\S+": dial tcp \S+: i\/o timeout/.test(message),
    )
  })

  it('are listed in the status of the node, by digest and tag, the 50 largest images', async () => {
    const started = await startCluster()
    const { kubernetes, registry } = started
    const node = systemNode()
    const listed = () => kubernetes.nodes.find(({ metadata }) => metadata.name === node)?.status.images ?? []
    const named = (part: string) => listed().filter(({ names }) => names.some(name => name.includes(part)))
    await until(started, probe('first', image, node), isOver)
    const digest = registry.images.push('team/app', 'v1', { content: 'rebuilt' })
    await until(started, probe('second', image, node), isOver)
    registry.images.push('team/copy', 'v9', { content: 'rebuilt' })
    await until(started, probe('third', 'contosoacr.azurecr.io/team/copy:v9', node), isOver)
    const app = 'contosoacr.azurecr.io/team/app'
    const copy = 'contosoacr.azurecr.io/team/copy'
    expect(named('/team/').map(({ names }) => names)).toEqual(
      expect.arrayContaining([
        [expect.stringMatching(`^${app}@sha256:`)],
        [`${app}@${digest}`, `${copy}@${digest}`, image, `${copy}:v9`],
      ]),
    )
    const many = Array.from({ length: 60 }, (_, index) => ({ names: [`x/y:${String(index)}`], sizeBytes: 1_000_000 }))
    kubernetes.updateNode(node, draft => {
      draft.status.images = many
    })
    registry.images.push('team/app', 'v2', { sizeBytes: 2_000_000 })
    await until(started, probe('large', `${app}:v2`, node), isOver)
    expect(listed()).toHaveLength(50)
    expect(listed()[0]?.names).toContain(`${app}:v2`)
    await until(started, probe('small', image, node), isOver)
    expect(named(image)).toEqual([])
  })

  it('are pulled from a regional endpoint', async () => {
    const contoso = createContoso()
    const premium = contoso.group.addRegistry('contosogeo', { sku: 'Premium', regionalEndpoints: ['westeurope'] })
    const fixture = await start({ contoso, timing: { kubeletBackoffMs: 100 } })
    const { world, cluster } = fixture
    premium.images.push('team/app', 'v1')
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: premium.id })
    const started = { ...fixture, kubernetes: cluster.kubernetes, kubectl: await startKubectl(fixture) }
    const regional = 'contosogeo.westeurope.geo.azurecr.io/team/app:v1'
    await until(started, probe('first', regional, systemNode()), isOver)
  })
})

describe('the API server', () => {
  it.each([
    ['tooManyRequests', /too many requests/],
    ['leaderChanged', /etcdserver: leader changed/],
    ['badGateway', /502 Bad Gateway|an error on the server/],
    ['unavailable', /currently unable to handle the request/],
    ['timeout', /request did not complete within requested timeout/],
    ['quotaConflict', /the object has been modified/],
    ['dropped', /EOF|connection reset|unexpected/],
  ] as const)('has temporary failures: %s', async (kind, text) => {
    const { simulator, cluster, kubectl } = await startCluster()
    simulator.faults.add({
      host: accessOf(cluster).fqdn,
      method: 'POST',
      path: '/pods',
      times: kind === 'tooManyRequests' ? 20 : 1,
      ...(kind === 'tooManyRequests' ? apiFaults.tooManyRequests(0) : apiFaults[kind]()),
    })
    const { code, stderr } = await kubectl.send(probe('first', image, systemNode()), 'create', '-f', '-')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(text) as string })
  })
})
