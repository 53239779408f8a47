import { describe, expect } from 'vitest'
import { createContoso } from '../src/contoso.js'
import {
  joinMessages,
  pullMessages,
  type ContainerStatus,
  type Kubernetes,
  type Registry,
  type Timing,
} from '../src/index.js'
import { start, type Fixture } from './support/fixture.js'
import { eventually, kubectlIt as it, startKubectl, type Kubectl } from './support/kubectl.js'
import { pod, probe, systemNode } from './support/kubernetes-objects.js'

const image = 'contosoacr.azurecr.io/team/app:v1'

async function startCluster(timing: Partial<Timing> = {}, contoso = createContoso()) {
  const fixture = await start({ contoso, timing: { kubeletBackoffMs: 100, ...timing } })
  fixture.registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
  return { ...fixture, kubectl: await startKubectl(fixture) }
}

const letPull = ({ world, cluster }: Fixture, scope: string, role = 'AcrPull') =>
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role, scope })

/** The messages of a kubelet with a credential: the first for the attempt with it, the second for the anonymous one. */
const thenAnonymous = (message: (what: string) => string) => (what: string) =>
  joinMessages([message(what), pullMessages.denied(what)])

/** Creates a probe and waits until its first container's state is neither the initial one nor a back-off. */
async function pull(
  { kubectl, cluster }: { kubectl: Kubectl; cluster: { kubernetes: Kubernetes } },
  name: string,
  what = image,
  node = systemNode(),
): Promise<ContainerStatus> {
  const created = await kubectl.send(probe(name, what, node), 'create', '-f', '-')
  expect(created.stderr).toBe('')
  const [status] = await eventually(
    () => statusesOf(cluster.kubernetes, name),
    ([first]) => first !== undefined && first.state.waiting?.reason !== 'ContainerCreating',
  )
  if (status === undefined) throw new Error('no status')
  return status
}

const statusesOf = ({ pods }: Kubernetes, name: string): ContainerStatus[] =>
  pods.find(({ metadata }) => metadata.name === name)?.status.containerStatuses ?? []

/** Why a container isn't running; both phases of a retried pull have the same reason. */
const reasonOf = ({ state: { terminated, waiting } }: ContainerStatus): string | undefined =>
  terminated?.reason ?? (waiting?.reason === 'ImagePullBackOff' ? 'ErrImagePull' : waiting?.reason)

/** Why a pull failed, in either phase. */
const messageOf = ({ state }: ContainerStatus): string | undefined =>
  state.waiting?.message?.replace(/^Back-off pulling image "[^"]*": ErrImagePull: /, '')

const eventsOf = ({ events }: Kubernetes, name: string): string[] =>
  events
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`)

describe('a kubelet', () => {
  it('pulls as soon as the role has taken effect, and reports the failure before', async () => {
    const fixture = await startCluster()
    const { kubectl, cluster, registry } = fixture
    const denied = await pull(fixture, 'first')
    expect(denied).toMatchObject({ imageID: '', ready: false })
    expect(messageOf(denied)).toBe(pullMessages.denied(image))
    await eventually(
      () => statusesOf(cluster.kubernetes, 'first')[0]?.state.waiting?.reason,
      reason => reason === 'ImagePullBackOff',
    )

    const assignment = letPull(fixture, registry.id)
    assignment.effectiveAt = Infinity
    expect(reasonOf(await pull(fixture, 'second'))).toBe('ErrImagePull')
    assignment.effectiveAt = 0
    const pulled = await pull(fixture, 'third')
    expect(pulled).toMatchObject({
      imageID: `contosoacr.azurecr.io/team/app@${registry.images.find('team/app', 'v1')?.digest ?? ''}`,
      state: { terminated: { reason: 'StartError', exitCode: 128, startedAt: '1970-01-01T00:00:00Z' } },
    })
    expect(pulled.state.terminated?.message).toContain(
      'exec: "/probe-does-not-exist": stat /probe-does-not-exist: no such file or directory',
    )
    expect(eventsOf(cluster.kubernetes, 'third').map(text => text.split(':')[0])).toEqual([
      'Pulling',
      'Pulled',
      'Created',
      'Failed',
    ])
    await eventually(
      () => kubectl.json<{ status: { phase: string } }>('get', 'pod', 'third'),
      ({ status }) => status.phase === 'Failed',
    )

    // The waiting one succeeds too, after its pause.
    await eventually(
      () => statusesOf(cluster.kubernetes, 'first').map(reasonOf),
      ([reason]) => reason === 'StartError',
    )
    expect(eventsOf(cluster.kubernetes, 'first')).toEqual(
      expect.arrayContaining([
        `Failed: Failed to pull image "${image}": ${pullMessages.denied(image)}`,
        'Failed: Error: ErrImagePull',
        `BackOff: Back-off pulling image "${image}"`,
        'Failed: Error: ImagePullBackOff',
      ]),
    )
  })

  it('pauses longer after each failure', async () => {
    const fixture = await startCluster({ kubeletBackoffMs: 150 })
    const began = performance.now()
    await pull(fixture, 'p')
    const pullings = () => fixture.cluster.kubernetes.events.find(({ reason }) => reason === 'Pulling')?.count ?? 0
    await eventually(pullings, count => count >= 4)
    expect(performance.now() - began).toBeGreaterThan(150 + 300 + 600)
  })

  it('sees grants to a group later, at a different time on each node', async () => {
    const contoso = createContoso()
    const nodes = contoso.group.addCluster('aks-skewed', { agentPools: [{ name: 'system', count: 2, skewMs: 60_000 }] })
    const fixture = await startCluster({ groupPropagationMs: 60_000 }, contoso)
    const { world, registry } = fixture
    const group = world.addGroup('acr-pullers')
    world.assignRole({ principalId: group.objectId, role: 'AcrPull', scope: registry.id })
    world.directory.addMember(group, nodes.kubeletIdentity.objectId)
    const skewed = { cluster: nodes, kubectl: await startKubectl(fixture, nodes) }
    expect(reasonOf(await pull(skewed, 'early'))).toBe('ErrImagePull')
    world.timing.groupPropagationMs = 0
    expect(reasonOf(await pull(skewed, 'one'))).toBe('StartError')
    expect(reasonOf(await pull(skewed, 'two', image, systemNode(1)))).toBe('ErrImagePull')
    nodes.kubernetes.skew.set(systemNode(1), 0)
    expect(reasonOf(await pull(skewed, 'three', image, systemNode(1)))).toBe('StartError')
  })

  it('reuses a cached credential on the same node, also while the registry refuses it', async () => {
    const fixture = await startCluster()
    const { world, registry } = fixture
    world.timing.credentialCacheMs = 0
    const first = letPull(fixture, registry.id)
    expect(reasonOf(await pull(fixture, 'one'))).toBe('StartError')
    world.assignments.remove(first)
    expect(reasonOf(await pull(fixture, 'two'))).toBe('ErrImagePull')

    world.timing.credentialCacheMs = 300_000
    const second = letPull(fixture, registry.id)
    expect(reasonOf(await pull(fixture, 'three'))).toBe('StartError')
    world.assignments.remove(second)
    expect(messageOf(await pull(fixture, 'four'))).toBe(thenAnonymous(pullMessages.staleCredential)(image))
    expect(messageOf(await pull(fixture, 'elsewhere', image, systemNode(1)))).toBe(pullMessages.denied(image))
    letPull(fixture, registry.id)
    expect(reasonOf(await pull(fixture, 'five'))).toBe('StartError')
  })

  it('respects the registry’s mode and conditions on repositories', async () => {
    const fixture = await startCluster()
    const { world, group, cluster } = fixture
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('team/app', 'v1')
    abac.images.push('other/app', 'v1')
    letPull(fixture, abac.id)
    const mine = 'abacacr.azurecr.io/team/app:v1'
    expect(messageOf(await pull(fixture, 'a', mine))).toBe(thenAnonymous(pullMessages.insufficientScope)(mine))
    world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'Container Registry Repository Reader',
      scope: abac.id,
      condition:
        "((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'})) OR (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWithIgnoreCase 'team/'))",
    })
    expect(reasonOf(await pull(fixture, 'b', mine))).toBe('StartError')
    const other = 'abacacr.azurecr.io/other/app:v1'
    expect(messageOf(await pull(fixture, 'c', other))).toBe(thenAnonymous(pullMessages.insufficientScope)(other))
  })

  it('refuses a credential from before a switch of the registry’s mode, until the node has a new one', async () => {
    const fixture = await startCluster()
    const { world, registry } = fixture
    letPull(fixture, registry.id)
    expect(reasonOf(await pull(fixture, 'before'))).toBe('StartError')
    const { properties } = registry.body as { properties: { roleAssignmentMode?: string } }
    properties.roleAssignmentMode = 'AbacRepositoryPermissions'
    letPull(fixture, registry.id, 'Container Registry Repository Reader')
    expect(messageOf(await pull(fixture, 'stale'))).toBe(thenAnonymous(pullMessages.staleCredential)(image))
    // Another node has no credential yet.
    expect(reasonOf(await pull(fixture, 'elsewhere', image, systemNode(1)))).toBe('StartError')
    world.timing.credentialCacheMs = 0
    expect(reasonOf(await pull(fixture, 'renewed'))).toBe('StartError')
  })

  it('distinguishes missing, unreachable and refused images', async () => {
    const fixture = await startCluster()
    const { world, group, registry, cluster } = fixture
    letPull(fixture, group.id)
    const walled = group.addRegistry('walledacr', { sku: 'Premium', publicNetworkAccess: 'Disabled' })
    walled.images.push('team/app', 'v1')
    world.addSourceRegistry('docker.io', { rateLimited: { afterRequests: 1 } }).push('library/nginx', '1.27')
    registry.images.push('team/windows', 'v1', { platforms: ['windows/amd64'] })
    registry.images.push('team/arm', 'v1', { platforms: ['linux/arm64'] })
    cluster.kubernetes.pullFaults.push({
      image: 'team/tls',
      message: pullMessages.tls('contosoacr.azurecr.io/team/tls:v1'),
    })
    const cases = {
      'contosoacr.azurecr.io/team/app:v2': thenAnonymous(pullMessages.notFound),
      [`contosoacr.azurecr.io/team/app@sha256:${'0'.repeat(64)}`]: thenAnonymous(pullMessages.notFound),
      'contosoacr.azurecr.io/team/none': thenAnonymous(pullMessages.notFound),
      'contosoacr.azurecr.io/team/windows:v1': thenAnonymous(pullMessages.wrongPlatform),
      'contosoacr.azurecr.io/team/arm:v1': thenAnonymous(pullMessages.wrongPlatform),
      'walledacr.azurecr.io/team/app:v1': pullMessages.forbidden,
      'nosuchacr.azurecr.io/team/app:v1': pullMessages.noSuchHost,
      'contoso/private:1': pullMessages.insufficientScope,
      'nginx:1.27': pullMessages.rateLimited,
      'contosoacr.azurecr.io/team/tls:v1': pullMessages.tls,
    }
    for (const [index, [what, message]] of Object.entries(cases).entries()) {
      expect(messageOf(await pull(fixture, `p${String(index)}`, what)), what).toBe(message(what))
    }
    expect(pullMessages.notFound('contosoacr.azurecr.io/team/none')).toBe(
      'rpc error: code = NotFound desc = failed to pull and unpack image "contosoacr.azurecr.io/team/none:latest": failed to resolve reference "contosoacr.azurecr.io/team/none:latest": contosoacr.azurecr.io/team/none:latest: not found',
    )
    cluster.kubernetes.privateEndpoints.add(walled.loginServer)
    expect(reasonOf(await pull(fixture, 'inside', 'walledacr.azurecr.io/team/app:v1'))).toBe('StartError')
    const { state } = await pull(fixture, 'bad', 'Contoso/App')
    expect(state.waiting).toMatchObject({ reason: 'InvalidImageName' })
  })

  it('pulls the images of a pod one after the other, and continues after a failure', async () => {
    const fixture = await startCluster()
    const { registry, kubectl, cluster } = fixture
    letPull(fixture, registry.id)
    registry.images.push('team/other', 'v1')
    const images = ['app:v2', 'app:v1', 'other:v1'].map(name => `contosoacr.azurecr.io/team/${name}`)
    await kubectl.send(probe('many', images[0] ?? '', systemNode(), ...images.slice(1)), 'create', '-f', '-')
    await eventually(
      () => statusesOf(cluster.kubernetes, 'many').map(reasonOf),
      reasons => reasons.join() === 'ErrImagePull,StartError,StartError',
    )
    const pulls = eventsOf(cluster.kubernetes, 'many').filter(text => text.startsWith('Pull'))
    expect(pulls.map(text => text.split(' in ')[0])).toEqual([
      `Pulling: Pulling image "${images[0] ?? ''}"`,
      `Pulling: Pulling image "${images[1] ?? ''}"`,
      `Pulled: Successfully pulled image "${images[1] ?? ''}"`,
      `Pulling: Pulling image "${images[2] ?? ''}"`,
      `Pulled: Successfully pulled image "${images[2] ?? ''}"`,
    ])
  })

  it('checks the user of a container after the pull', async () => {
    const fixture = await startCluster()
    const { registry, kubectl, cluster } = fixture
    letPull(fixture, registry.id)
    registry.images.push('team/named', 'v1', { user: 'nginx' })
    registry.images.push('team/user', 'v1', { user: '1000:1000' })
    for (const name of ['app', 'named', 'user']) {
      const spec = { securityContext: { runAsNonRoot: true }, nodeName: systemNode() }
      await kubectl.send(pod(name, `contosoacr.azurecr.io/team/${name}:v1`, spec), 'create', '-f', '-')
    }
    expect((await kubectl('wait', '--for=condition=Ready', 'pod/user', '--timeout=10s')).code).toBe(0)
    const messages = await eventually(
      () => ['app', 'named'].map(name => statusesOf(cluster.kubernetes, name)[0]?.state.waiting?.message ?? ''),
      texts => texts.every(text => text !== ''),
    )
    expect(messages[0]).toContain('container has runAsNonRoot and image will run as root (pod: "app_default(')
    expect(messages[1]).toContain(
      'container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root',
    )
    expect(eventsOf(cluster.kubernetes, 'app').join('\n')).toContain('Successfully pulled image')
  })

  it('enforces deadlines, restarts containers, and runs init containers first', async () => {
    const fixture = await startCluster()
    const { registry, kubectl, cluster } = fixture
    letPull(fixture, registry.id)
    const main = (command: string[]) => [{ name: 'main', image, command }]
    const create = (name: string, spec: object) => kubectl.send({ ...pod(name, image), spec }, 'create', '-f', '-')
    await create('late', { activeDeadlineSeconds: 1, containers: main(['sleep', '60']) })
    await create('crash', { containers: main(['sh', '-c', 'exit 3']) })
    await create('inits', {
      restartPolicy: 'Never',
      initContainers: [{ name: 'init', image, command: ['sh', '-c', 'echo hello'] }],
      containers: main(['sh', '-c', 'exit 7']),
    })
    const statusOf = (name: string) => cluster.kubernetes.pods.find(({ metadata }) => metadata.name === name)?.status
    const late = await eventually(
      () => statusOf('late'),
      status => status?.phase === 'Failed',
    )
    expect(late).toMatchObject({
      reason: 'DeadlineExceeded',
      containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
    })
    await eventually(
      () => statusesOf(cluster.kubernetes, 'crash')[0]?.restartCount ?? 0,
      count => count >= 2,
    )
    const inits = await eventually(
      () => statusOf('inits'),
      status => status?.phase === 'Failed',
    )
    expect(inits).toMatchObject({
      initContainerStatuses: [{ state: { terminated: { reason: 'Completed', exitCode: 0 } } }],
      containerStatuses: [{ state: { terminated: { reason: 'Error', exitCode: 7 } } }],
    })
    expect((await kubectl('logs', 'inits', '-c', 'init')).stdout).toBe('hello\n')
  })
})

describe('nodes', () => {
  it('are chosen by platform, selectors, taints, and room', async () => {
    const contoso = createContoso()
    const mixed = contoso.group.addCluster('aks-mixed', {
      agentPools: [
        { name: 'system', count: 1, taints: ['CriticalAddonsOnly=true:NoSchedule'] },
        { name: 'arm', count: 1, mode: 'User', arch: 'arm64' },
        { name: 'win', count: 1, mode: 'User', osType: 'Windows' },
        { name: 'none', count: 0, mode: 'User' },
      ],
    })
    const fixture = await startCluster({}, contoso)
    const { world, registry } = fixture
    world.assignRole({ principalId: mixed.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const kubectl = await startKubectl(fixture, mixed)
    const { kubernetes } = mixed
    expect(
      (await kubectl('get', 'nodes', '-L', 'kubernetes.azure.com/agentpool,kubernetes.io/arch,kubernetes.io/os')).stdout
        .split('\n')
        .slice(1, -1)
        .map(line => line.split(/\s+/).slice(-3)),
    ).toEqual([
      ['arm', 'arm64', 'linux'],
      ['system', 'amd64', 'linux'],
      ['win', 'amd64', 'windows'],
    ])
    const create = (name: string, spec: object) => kubectl.send(pod(name, image, spec), 'create', '-f', '-')
    const find = (name: string) => kubernetes.pods.find(({ metadata }) => metadata.name === name)
    await create('arm', { nodeSelector: { 'kubernetes.io/arch': 'arm64' } })
    expect((await kubectl('wait', '--for=condition=Ready', 'pod/arm', '--timeout=10s')).code).toBe(0)
    await create('amd', { nodeSelector: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' } })
    const waiting = await eventually(
      () => find('amd'),
      pending => pending?.status.conditions?.[0]?.reason === 'Unschedulable',
    )
    expect(waiting?.status.conditions?.[0]?.message).toBe(
      "0/3 nodes are available: 1 node(s) had untolerated taint {CriticalAddonsOnly: true}, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
    )
    expect((await kubectl('describe', 'pod', 'amd')).stdout).toMatch(/Warning +FailedScheduling .*untolerated taint/)
    kubernetes.updateNode(systemNode(), ({ spec }) => {
      spec.taints = []
    })
    expect((await kubectl('wait', '--for=condition=Ready', 'pod/amd', '--timeout=10s')).code).toBe(0)

    // Bound by name, the pod bypasses the scheduler but not the node's kubelet.
    await create('wrong', { nodeName: 'akswin000000' })
    await eventually(
      () => find('wrong')?.status.containerStatuses?.map(reasonOf),
      reasons => reasons?.[0] === 'ErrImagePull',
    )
    expect(find('wrong')?.status.containerStatuses?.map(messageOf)).toContain(
      thenAnonymous(pullMessages.wrongPlatform)(image),
    )
    registry.images.push('team/plain', 'v1')
    const plain = await pull(
      { kubectl, cluster: mixed },
      'plain',
      'contosoacr.azurecr.io/team/plain:v1',
      'akswin000000',
    )
    expect(messageOf(plain)).toBe(thenAnonymous(pullMessages.wrongPlatform)('contosoacr.azurecr.io/team/plain:v1'))
    await create('selecting', { nodeName: systemNode(), nodeSelector: { 'kubernetes.io/arch': 'arm64' } })
    await eventually(
      () => find('selecting')?.status,
      status => status?.reason === 'NodeAffinity',
    )
    kubernetes.updateNode(systemNode(), ({ status }) => {
      status.allocatable.pods = '1'
    })
    await create('full', { nodeName: systemNode() })
    await eventually(
      () => find('full')?.status,
      status => status?.reason === 'OutOfpods' && status.phase === 'Failed',
    )
  })

  it('run nothing while they are not ready, and evict pods that do not tolerate that', async () => {
    const fixture = await startCluster()
    const { cluster, registry, kubectl } = fixture
    letPull(fixture, registry.id)
    const { kubernetes } = cluster
    kubernetes.setReady(systemNode(), false)
    await kubectl.send(probe('waits', image, systemNode()), 'create', '-f', '-')
    await new Promise(resolve => setTimeout(resolve, 150))
    expect(statusesOf(kubernetes, 'waits')).toEqual([])
    kubernetes.setReady(systemNode(), true)
    await eventually(
      () => statusesOf(kubernetes, 'waits').map(reasonOf),
      ([reason]) => reason === 'StartError',
    )

    await kubectl.send(
      pod('stays', image, { nodeName: systemNode(1), tolerations: [{ operator: 'Exists' }] }),
      'create',
      '-f',
      '-',
    )
    await kubectl.send(pod('goes', image, { nodeName: systemNode(1) }), 'create', '-f', '-')
    await kubectl('wait', '--for=condition=Ready', 'pod/goes', 'pod/stays', '--timeout=10s')
    kubernetes.updateNode(systemNode(1), ({ spec }) => {
      spec.taints = [{ key: 'maintenance', effect: 'NoExecute' }]
    })
    await eventually(
      () => kubernetes.pods.map(({ metadata }) => metadata.name),
      names => !names.includes('goes'),
    )
    expect(kubernetes.pods.map(({ metadata }) => metadata.name)).toContain('stays')
    await kubectl.send(pod('late', image, { nodeName: systemNode(1) }), 'create', '-f', '-')
    await eventually(
      () => kubernetes.pods.map(({ metadata }) => metadata.name),
      names => !names.includes('late'),
    )
    const told = kubernetes.events.filter(({ involvedObject }) => involvedObject.name === 'late')
    expect(told.map(({ reason }) => reason)).toContain('TaintManagerEviction')
  })

  it('stop deleted pods, unless their kubelet is silent', async () => {
    const fixture = await startCluster()
    const { cluster, registry, kubectl } = fixture
    letPull(fixture, registry.id)
    const names = () => cluster.kubernetes.pods.map(({ metadata }) => metadata.name)
    for (const name of ['soft', 'hard']) {
      await kubectl.send(pod(name, image, { nodeName: systemNode() }), 'create', '-f', '-')
    }
    await kubectl('wait', '--for=condition=Ready', 'pod/soft', 'pod/hard', '--timeout=10s')
    cluster.kubernetes.setReady(systemNode(), false)
    await kubectl('delete', 'pod', 'soft', '--wait=false')
    await kubectl('delete', 'pod', 'hard', '--force', '--grace-period=0')
    expect(names()).toEqual(['soft'])
    cluster.kubernetes.setReady(systemNode(), true)
    await eventually(names, left => left.length === 0)
    expect(eventsOf(cluster.kubernetes, 'soft')).toContain('Killing: Stopping container main')
  })

  it('pull in parallel on fifty nodes', async () => {
    const contoso = createContoso()
    const big = contoso.group.addCluster('aks-big', { agentPools: [{ name: 'system', count: 50 }] })
    const fixture = await startCluster({}, contoso)
    const { world, registry } = fixture
    world.assignRole({ principalId: big.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const kubectl = await startKubectl(fixture, big)
    const names = big.kubernetes.nodes.map(({ metadata }) => metadata.name)
    expect(new Set(names).size).toBe(50)
    const items = names.map((name, index) => probe(`probe-${String(index)}`, image, name))
    await kubectl.send({ apiVersion: 'v1', kind: 'List', items }, 'create', '-f', '-')
    await eventually(
      () => big.kubernetes.pods.filter(({ status }) => status.phase === 'Failed').length,
      count => count === 50,
    )
  })
})

describe('a cluster with a service principal', () => {
  it('pulls with the service principal', async () => {
    const contoso = createContoso()
    const old = contoso.group.addCluster('aks-old', { identity: 'ServicePrincipal' })
    const fixture = await startCluster({}, contoso)
    const { world, registry } = fixture
    const kubectl = await startKubectl(fixture, old)
    const { clientId = '' } = old.body.properties.servicePrincipalProfile as { clientId?: string }
    expect(reasonOf(await pull({ kubectl, cluster: old }, 'one'))).toBe('ErrImagePull')
    world.assignRole({
      principalId: world.directory.findClient(clientId)?.objectId ?? '',
      role: 'AcrPull',
      scope: registry.id,
    })
    expect(reasonOf(await pull({ kubectl, cluster: old }, 'two'))).toBe('StartError')
  })

  it('can pull anonymously without a role', async () => {
    const fixture = await startCluster()
    const open: Registry = fixture.group.addRegistry('openacr', { anonymousPullEnabled: true })
    open.images.push('team/app', 'v1')
    expect(reasonOf(await pull(fixture, 'one', 'openacr.azurecr.io/team/app:v1'))).toBe('StartError')
  })
})

describe('the program of az aks check-acr', () => {
  it('only reports whether the registry accepts the token', async () => {
    const fixture = await startCluster()
    const { world, registry, kubectl } = fixture
    world.addSourceRegistry('mcr.microsoft.com').push('aks/canipull', 'v0.1.0')
    const check = async (name: string, host: string) => {
      const image = 'mcr.microsoft.com/aks/canipull:v0.1.0'
      const containers = [{ name: 'main', image, args: ['-v6', host] }]
      await kubectl.send(pod(name, image, { restartPolicy: 'Never', containers }), 'create', '-f', '-')
      const ended = () => fixture.cluster.kubernetes.pods.find(({ metadata }) => metadata.name === name)?.status
      const status = await eventually(ended, found => found?.phase === 'Succeeded' || found?.phase === 'Failed')
      return {
        exitCode: status?.containerStatuses?.[0]?.state.terminated?.exitCode,
        log: (await kubectl('logs', name)).stdout,
      }
    }
    const refused = await check('refused', registry.loginServer)
    expect(refused.exitCode).toBe(60)
    expect(refused.log).toContain('rejected token exchange: ACR token exchange endpoint returned error status: 401')
    expect((await check('unknown', 'nosuchacr.azurecr.io')).exitCode).toBe(52)
    letPull(fixture, registry.id)
    const accepted = await check('accepted', registry.loginServer)
    expect(accepted.exitCode).toBe(0)
    expect(accepted.log).toContain('Your cluster can pull images from contosoacr.azurecr.io!')
    const strict = fixture.group.addRegistry('strictacr', { armAudienceEnabled: false })
    letPull(fixture, strict.id)
    expect((await check('strict', strict.loginServer)).exitCode).toBe(60)
  })
})
