import { describe, expect } from 'vitest'
import type { KubernetesObject, Pod } from '../src/index.js'
import { start, takeProblems } from './support/fixture.js'
import { eventually, kubectlIt as it, startKubectl } from './support/kubectl.js'
import { deployment, pod } from './support/kubernetes-objects.js'

async function startWithImage() {
  const fixture = await start()
  const { world, registry, cluster } = fixture
  registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  return { ...fixture, kubectl: await startKubectl(fixture) }
}

describe("a cluster's API server", () => {
  it('works with kubectl', async () => {
    const { kubectl, simulator } = await startWithImage()
    expect((await kubectl('version')).stdout).toContain('Server Version: v1.33.5')
    expect((await kubectl('get', '--raw', '/readyz')).stdout).toBe('ok')
    expect((await kubectl('api-resources')).stdout).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m)
    expect((await kubectl('get', 'ns', '-o', 'name')).stdout).toContain('namespace/kube-system\n')
    expect((await kubectl('auth', 'whoami')).stdout).toContain('masterclient')
    expect((await kubectl('auth', 'can-i', 'create', 'pods')).stdout).toBe('yes\n')
    expect(simulator.requests.at(-1)).toMatchObject({
      caller: 'masterclient',
      path: expect.stringContaining('reviews') as string,
    })
  })

  it('runs a pod from beginning to end', async () => {
    const { kubectl } = await startWithImage()
    const run = await kubectl('run', 'web', '--image', 'contosoacr.azurecr.io/team/app:v1')
    expect(run.stdout).toBe('pod/web created\n')
    expect(await kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=10s')).toMatchObject({ code: 0 })
    const { stdout } = await kubectl('describe', 'pod', 'web')
    const reasons = [...stdout.matchAll(/^ {2}(?:Normal|Warning) +(\w+)/gm)].map(([, reason]) => reason)
    expect(reasons).toEqual(['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started'])
    expect(stdout).toContain('Successfully assigned default/web to aks-system-12345678-vmss00000')
    expect(stdout).toMatch(/Image ID: +contosoacr\.azurecr\.io\/team\/app@sha256:[0-9a-f]{64}\n/)
    expect((await kubectl('logs', 'web')).code).toBe(0)
    expect((await kubectl('delete', 'pod', 'web')).stdout).toBe('pod "web" deleted\n')
    expect(await kubectl('get', 'pod', 'web')).toMatchObject({
      code: 1,
      stderr: 'Error from server (NotFound): pods "web" not found\n',
    })
  })

  it("rolls out the article's deployment and its changes", async () => {
    const { kubectl, cluster } = await startWithImage()
    const { kubernetes } = cluster
    const running = () => kubernetes.pods.filter(({ status }) => status.phase === 'Running')
    const wanted = deployment('store-front', 'contosoacr.azurecr.io/team/app:v1', 2)
    expect((await kubectl.send(wanted, 'apply', '-f', '-')).stdout).toBe('deployment.apps/store-front created\n')
    const rollout = await kubectl('rollout', 'status', 'deployment/store-front', '--timeout=20s')
    expect(rollout.stdout).toContain('deployment "store-front" successfully rolled out')
    expect(running()).toHaveLength(2)
    expect(new Set(cluster.kubernetes.pods.map(({ spec }) => spec.nodeName)).size).toBe(2)

    expect((await kubectl.send(wanted, 'apply', '-f', '-')).stdout).toBe('deployment.apps/store-front unchanged\n')
    const missing = deployment('store-front', 'contosoacr.azurecr.io/team/app:v2', 2)
    expect((await kubectl.send(missing, 'apply', '-f', '-')).stdout).toBe('deployment.apps/store-front configured\n')
    await eventually(
      () => JSON.stringify(kubernetes.pods),
      text => text.includes('ImagePullBackOff'),
    )
    expect(running()).toHaveLength(2)
    expect((await kubectl('rollout', 'status', 'deployment/store-front', '--timeout=1s')).code).toBe(1)

    await kubectl('delete', 'deployment', 'store-front')
    await eventually(
      () => cluster.kubernetes.pods,
      pods => pods.length === 0,
    )
  })

  it('streams changes', async () => {
    const { kubectl, simulator } = await startWithImage()
    const watch = kubectl.follow('get', 'pods', '--watch', '-o', 'jsonpath={.status.phase},')
    await eventually(
      () => simulator.requests.find(({ query }) => query.watch !== undefined),
      request => request !== undefined,
    )
    await kubectl(
      'run',
      'job',
      '--restart=Never',
      '--image',
      'contosoacr.azurecr.io/team/app:v1',
      '--command',
      '--',
      'echo',
      'done',
    )
    await eventually(
      () => watch.output,
      output => output.includes('Succeeded'),
    )
    await watch.stop()
    expect(watch.output).toMatch(/^(Pending,)+(Running,)*Succeeded,/)
    expect((await kubectl('logs', 'job')).stdout).toBe('done\n')
  })

  it('streams selected objects, and reports those that leave the selection as deleted', async () => {
    const { kubectl, cluster } = await startWithImage()
    await kubectl('run', 'web', '--image', 'contosoacr.azurecr.io/team/app:v1', '--labels', 'tier=front')
    await kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=10s')
    const watch = kubectl.follow('get', 'pods', '-l', 'tier=front', '--watch', '--output-watch-events', '--no-headers')
    await eventually(
      () => watch.output,
      output => output.includes('ADDED'),
    )
    await kubectl('annotate', 'pod', 'web', 'seen=yes')
    await kubectl('label', 'pod', 'web', 'tier-')
    await kubectl('annotate', 'pod', 'web', 'seen=no', '--overwrite')
    await kubectl('label', 'pod', 'web', 'tier=front')
    await eventually(
      () => watch.output.match(/^\w+/gm) ?? [],
      events => events.join() === 'ADDED,MODIFIED,DELETED,ADDED',
    )
    await watch.stop()
    expect(cluster.kubernetes.podsCreated).toHaveLength(1)
  })

  it('selects by labels and fields, in pages', async () => {
    const { kubectl, cluster } = await startWithImage()
    const image = 'contosoacr.azurecr.io/team/app:v1'
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: ['0', '1', '2'].map(probe => {
        const { metadata, ...rest } = pod('', image, { nodeName: 'aks-system-12345678-vmss000000' })
        return { ...rest, metadata: { ...metadata, generateName: 'probe-', labels: { run: 'x', probe } } }
      }),
    }
    expect(
      (await kubectl.send(list, 'create', '--validate=false', '-f', '-')).stdout.match(/^pod\/probe-\w{5} created$/gm),
    ).toHaveLength(3)
    const names = async (...args: string[]) =>
      (await kubectl('get', 'pods', '-o', 'name', ...args)).stdout.split('\n').length - 1
    expect(await names('-l', 'run=x,probe in (0,2)')).toBe(2)
    expect(await names('-l', 'run=x,probe notin (0,2)')).toBe(1)
    expect(await names('-l', 'run!=x')).toBe(0)
    expect(await names('--field-selector', 'spec.nodeName=aks-system-12345678-vmss000000')).toBe(3)
    expect(await names('--field-selector', 'spec.nodeName=aks-system-12345678-vmss000001')).toBe(0)
    expect(await names('--chunk-size=2')).toBe(3)
    const collection = '/api/v1/namespaces/default/pods?labelSelector=run%3Dx&gracePeriodSeconds=0'
    expect(JSON.parse((await kubectl('delete', '--raw', collection)).stdout)).toMatchObject({ kind: 'PodList' })
    await eventually(
      () => cluster.kubernetes.pods,
      pods => pods.length === 0,
    )
  })

  it('changes objects with every kind of patch, and refuses impossible ones', async () => {
    const { kubectl } = await startWithImage()
    await kubectl.send(deployment('web', 'contosoacr.azurecr.io/team/app:v1', 1), 'create', '-f', '-')
    expect((await kubectl('label', 'deployment', 'web', 'tier=front')).code).toBe(0)
    const strategic = {
      spec: {
        replicas: 3,
        template: { spec: { containers: [{ name: 'sidecar', image: 'contosoacr.azurecr.io/team/app:v1' }] } },
      },
    }
    expect((await kubectl('patch', 'deployment', 'web', '-p', JSON.stringify(strategic))).code).toBe(0)
    const merge = { spec: { minReadySeconds: 3, template: { metadata: { labels: { app: 'other' } } } } }
    const refused = await kubectl('patch', 'deployment', 'web', '--type=merge', '-p', JSON.stringify(merge))
    expect(refused.stderr).toContain('`selector` does not match template `labels`')
    const { spec, metadata } = await kubectl.json<
      KubernetesObject & { spec: { replicas: number; template: { spec: Pod['spec'] } } }
    >('get', 'deployment', 'web')
    expect(spec.template.spec.containers.map(({ name }) => name)).toEqual(['app', 'sidecar'])
    expect(spec.replicas).toBe(3)
    expect(metadata.labels).toEqual({ app: 'web', tier: 'front' })

    await kubectl('run', 'fixed', '--image', 'contosoacr.azurecr.io/team/app:v1')
    const moved = await kubectl('patch', 'pod', 'fixed', '-p', '{"spec":{"nodeName":"elsewhere"}}')
    expect(moved.stderr).toContain('pod updates may not change fields other than')
    const json = await kubectl('patch', 'pod', 'fixed', '--type=json', '-p', '[{"op":"remove","path":"/spec"}]')
    expect(json.stderr).toContain('unknown format')
  })

  it('lists jobs and daemon sets that run already, and refuses new ones', async () => {
    const { kubectl, simulator } = await startWithImage()
    expect((await kubectl('get', 'jobs,ds', '-A')).code).toBe(0)
    const spec = { template: pod('p', 'nginx') }
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec }
    expect((await kubectl.send(job, 'create', '-f', '-', '--validate=false')).stderr).toContain('does not allow this')
    expect((await kubectl('get', 'pods', '--as=ann')).stderr).toContain('Unauthorized')
    expect(takeProblems(simulator).map(text => text.replace(/^.*: /, ''))).toEqual([
      'create of jobs is not simulated',
      expect.stringContaining('impersonation is not simulated'),
    ])
  })

  it("reads the protocol buffers of kubectl's commands that this project documents, and refuses others", async () => {
    const { kubectl } = await startWithImage()
    expect((await kubectl('create', 'namespace', 'shop')).stdout).toBe('namespace/shop created\n')
    expect((await kubectl('create', 'serviceaccount', 'web', '-n', 'shop')).stdout).toBe('serviceaccount/web created\n')
    expect((await kubectl('auth', 'can-i', 'get', '/metrics')).stdout).toBe('yes\n')
    expect((await kubectl('create', 'configmap', 'settings', '--from-literal=a=1')).stderr).toContain('unknown format')
  })

  it.each([
    ['an existing name', { name: 'kube-system' }, 'Error from server (AlreadyExists)'],
    ['an invalid name', { name: 'Bad_Name' }, 'The Namespace "Bad_Name" is invalid: metadata.name: Invalid value'],
  ])('refuses %s', async (_, metadata, message) => {
    const { kubectl } = await startWithImage()
    const { code, stderr } = await kubectl.send({ apiVersion: 'v1', kind: 'Namespace', metadata }, 'create', '-f', '-')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) as string })
  })

  it.each([
    [
      { containers: 'one' },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      { containers: [{ name: 'main', image: 'x', securityContext: { runAsUser: '65532' } }] },
      'json: cannot unmarshal string into Go struct field SecurityContext.spec.containers.securityContext.runAsUser of type int64',
    ],
    [
      { containers: [{ name: 'main', image: 'x', command: ['sleep', 60] }] },
      'json: cannot unmarshal number into Go struct field Container.spec.containers.command of type string',
    ],
    [
      { containers: [{ name: 'main', image: 'x' }], hostNetwork: 'true' },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
    [
      { containers: [{ name: 'main', image: 'x' }], nodeSelector: { zone: 1 } },
      'json: cannot unmarshal number into Go struct field PodSpec.spec.nodeSelector of type string',
    ],
  ])('refuses a pod whose spec is %j', async (spec, message) => {
    const { kubectl } = await startWithImage()
    const { stderr } = await kubectl.send(
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec },
      ...['create', '-f', '-', '--validate=false'],
    )
    expect(stderr).toContain(`Pod in version "v1" cannot be handled as a Pod: ${message}`)
  })

  it('refuses invalid pods', async () => {
    const { kubectl } = await startWithImage()
    const create = async (object: unknown, ...more: string[]) =>
      (await kubectl.send(object, 'create', '-f', '-', ...more)).stderr
    const good = pod('p', 'contosoacr.azurecr.io/team/app:v1')
    expect(await create({ ...good, spec: { ...good.spec, nodeNam: 'x' } })).toContain(
      'strict decoding error: unknown field "spec.nodeNam"',
    )
    expect(await create({ ...good, spec: { containers: [] } })).toContain('spec.containers: Required value')
    expect(await create({ ...good, spec: { containers: [{ name: 'a' }] } })).toContain(
      'spec.containers[0].image: Required value',
    )
    expect(await create({ ...good, metadata: { name: 'p', labels: { run: 'a/b' } } })).toContain(
      'metadata.labels: Invalid value: "a/b": a valid label must be',
    )
    expect(await create(good, '-n', 'nowhere')).toBe(
      'Error from server (NotFound): error when creating "STDIN": namespaces "nowhere" not found\n',
    )
    expect(await create({ ...good, spec: { ...good.spec, tolerations: [{}] } })).toContain(
      'operator must be Exists when `key` is empty',
    )
    expect(await create(good, '--dry-run=server')).toBe('')
    expect((await kubectl('get', 'pods')).stderr).toBe('No resources found in default namespace.\n')
  })
})
