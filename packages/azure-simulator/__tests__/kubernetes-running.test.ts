import { describe, expect, vi } from 'vitest'
import type { KubernetesObject, PodSpec } from '../src/index.js'
import { start } from './support/fixture.js'
import { createKubectl, kubectlIt as it, readKubeconfig, startKubectl, clusterUser } from './support/kubectl.js'

const image = 'contosoacr.azurecr.io/shop/api:v1'
const imageIds = { [image]: `contosoacr.azurecr.io/shop/api@sha256:${'a'.repeat(64)}` }
const spec: PodSpec = { containers: [{ name: 'main', image }] }

async function startRunning() {
  const fixture = await start()
  const { kubernetes } = fixture.cluster
  const kubectl = await startKubectl(fixture)
  // The controllers start with the first request.
  await kubectl('get', '--raw', '/version')
  for (const kind of ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod', 'CloneSet']) {
    kubernetes.addWorkload({ kind, name: kind.toLowerCase(), spec, imageIds, pods: 2 })
  }
  return { ...fixture, kubernetes, kubectl }
}

describe('a workload that runs already', () => {
  it('has its pods and their owners, and controllers leave them alone', async () => {
    const { kubectl, kubernetes } = await startRunning()
    // A round of all controllers.
    for (let round = 0; round < 5; round++) await new Promise(resolve => setTimeout(resolve, 20))
    const { items } = await kubectl.json<{ items: KubernetesObject[] }>('get', 'pods')
    expect(items).toHaveLength(16)
    const owners = items.map(({ metadata }) => metadata.ownerReferences?.[0]?.kind ?? 'none')
    expect([...new Set(owners)].sort()).toEqual(
      ['CloneSet', 'DaemonSet', 'Job', 'ReplicaSet', 'StatefulSet', 'none'].sort(),
    )
    expect(kubernetes.podsCreated).toHaveLength(16)
    const sets = await kubectl.json<{ items: KubernetesObject[] }>('get', 'rs')
    expect(sets.items.map(({ metadata }) => metadata.ownerReferences?.[0]?.name)).toEqual(
      expect.arrayContaining(['deployment', undefined]),
    )
  })

  it('has as many pods as it should, even if their generated names would collide', async () => {
    const { kubernetes } = (await start()).cluster
    const random = vi.spyOn(Math, 'random')
    // Enough for the names of all three pods; then it is random again.
    for (let call = 0; call < 30; call++) random.mockReturnValueOnce(0)
    expect(kubernetes.addWorkload({ kind: 'Deployment', name: 'api', spec, imageIds, pods: 3 })).toHaveLength(3)
    random.mockRestore()
    expect(kubernetes.store.list('pods')).toHaveLength(3)
  })

  it('may be scaled down, or wait for an image', async () => {
    const { kubectl, kubernetes } = await startRunning()
    kubernetes.addWorkload({ kind: 'Deployment', name: 'off', spec, pods: 0 })
    kubernetes.addWorkload({ kind: 'Pod', name: 'waits', spec, imageIds: {} })
    const waits = await kubectl('get', 'pods', 'waits', '-o', 'jsonpath={.status.containerStatuses[*].state.waiting}')
    expect(waits.stdout).toMatch(/ErrImagePull|ImagePullBackOff/)
    expect((await kubectl('get', 'deploy', 'off', '-o', 'jsonpath={.spec.replicas}')).stdout).toBe('0')
  })

  it('keeps a pod that is being deleted, while it has a finalizer', async () => {
    const { kubectl, kubernetes } = await startRunning()
    kubernetes.addWorkload({ kind: 'Pod', name: 'leaves', spec, imageIds, isLeaving: true })
    const leaves = await kubectl('get', 'pods', 'leaves', '-o', 'jsonpath={.metadata.deletionTimestamp}')
    expect(leaves.stdout).not.toBe('')
  })
})

describe('a list', () => {
  it('comes in pages that show one moment', async () => {
    const { kubectl, kubernetes, simulator } = await startRunning()
    const first = JSON.parse((await kubectl('get', '--raw', '/api/v1/pods?limit=10')).stdout) as Listed
    expect(first.items).toHaveLength(10)
    expect(first.metadata.remainingItemCount).toBe(6)
    kubernetes.addWorkload({ kind: 'Pod', name: 'zz-new', spec, imageIds })
    const more = `limit=10&continue=${encodeURIComponent(first.metadata.continue ?? '')}`
    const second = JSON.parse((await kubectl('get', '--raw', `/api/v1/pods?${more}`)).stdout) as Listed
    expect(second.items.map(({ metadata }) => metadata.name)).not.toContain('zz-new')
    expect(second.items).toHaveLength(6)
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion })

    simulator.clearRequests()
    const names = await kubectl('get', 'pods', '-A', '--chunk-size=5', '-o', 'name')
    expect(names.stdout.trim().split('\n')).toHaveLength(17)
    expect(simulator.requests.filter(({ path }) => path === '/api/v1/pods')).toHaveLength(4)
  })

  it('has the order of namespaces and names, not of age: in pages, as the beginning of a watch, and as the answer of a deletion', async () => {
    const fixture = await start()
    const { kubernetes } = fixture.cluster
    const kubectl = await startKubectl(fixture)
    for (const namespace of ['shop', 'shop-2']) kubernetes.addNamespace(namespace)
    const added = ['shop/b', 'shop/a1', 'shop-2/c', 'shop/a.1', 'default/z', 'shop/a-1', 'default/y']
    for (const pod of added)
      kubernetes.addPod({ metadata: { namespace: pod.replace(/\/.*/, ''), name: pod.replace(/.*\//, '') }, spec })
    // A slash is behind a hyphen and a dot.
    const expected = ['default/y', 'default/z', 'shop-2/c', 'shop/a-1', 'shop/a.1', 'shop/a1', 'shop/b']
    const read = async (path: string): Promise<string> => (await kubectl('get', '--raw', path)).stdout
    const placeOf = ({ metadata: { namespace = '', name } }: KubernetesObject): string => `${namespace}/${name}`
    expect((JSON.parse(await read('/api/v1/pods')) as Listed).items.map(placeOf)).toEqual(expected)
    const paged = await kubectl(
      'get',
      'pods',
      '-A',
      '--chunk-size=3',
      '-o',
      'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}',
    )
    expect(paged.stdout.trim().split(' ')).toEqual(expected)
    const changes = (await read('/api/v1/pods?watch=true&timeoutSeconds=1')).trim().split('\n')
    const firstOf = changes.map(line => JSON.parse(line) as { type: string; object: KubernetesObject })
    expect(firstOf.filter(({ type }) => type === 'ADDED').map(({ object }) => placeOf(object))).toEqual(expected)
    const deleted = await kubectl('delete', '--raw', '/api/v1/namespaces/shop/pods')
    const inShop = expected.filter(pod => pod.startsWith('shop/'))
    expect((JSON.parse(deleted.stdout) as Listed).items.map(placeOf)).toEqual(inShop)
  })

  it('does not say how many are left if it is selected, and refuses a token that is not its own or too old', async () => {
    const { kubectl, kubernetes } = await startRunning()
    const path = '/api/v1/pods?limit=1&fieldSelector=metadata.namespace%21%3Dkube-system'
    const first = JSON.parse((await kubectl('get', '--raw', path)).stdout) as Listed
    expect(first.metadata.continue).toBeTruthy()
    expect(first.metadata).not.toHaveProperty('remainingItemCount')
    expect((await kubectl('get', '--raw', '/api/v1/pods?continue=10')).stderr).toContain('invalid continue token')
    const old = { v: 'meta.k8s.io/v1', rv: kubernetes.store.version - 1, start: 'a\0' }
    const token = Buffer.from(JSON.stringify(old)).toString('base64url')
    expect((await kubectl('get', '--raw', `/api/v1/pods?continue=${token}`)).stderr).toContain(
      'The provided continue parameter is too old to display a consistent list result',
    )
  })

  it('is selected by namespace, and by no field that it does not support', async () => {
    const { kubectl, kubernetes } = await startRunning()
    kubernetes.addNamespace('shop')
    kubernetes.addWorkload({ kind: 'Deployment', name: 'api', namespace: 'shop', spec, imageIds })
    const selected = await kubectl(
      'get',
      'deploy',
      '-A',
      '-o',
      'name',
      '--field-selector',
      'metadata.namespace!=default',
    )
    expect(selected.stdout).toBe('deployment.apps/api\n')
    expect((await kubectl('get', 'deploy', '-A', '--field-selector', 'status.phase!=Running')).stderr).toContain(
      '"status.phase" is not a known field selector: only "metadata.name", "metadata.namespace"',
    )
  })

  it('is refused to a caller without the right, with the name of its group', async () => {
    const fixture = await start()
    const { world, deployer, group } = fixture
    const cluster = group.addCluster('aks-aad', { aad: true })
    world.assignRole({ principalId: deployer.objectId, role: clusterUser, scope: cluster.id })
    const token = await fixture.client.signIn(deployer, '6dae42f8-4368-4678-94ff-3960e28e3630')
    const kubeconfig = await readKubeconfig(fixture, deployer, cluster)
    const kubectl = await createKubectl(fixture, kubeconfig.replace(/exec:[\s\S]*$/, `token: ${token}\n`))
    cluster.kubernetes.bind({
      principalId: deployer.objectId,
      namespace: 'default',
      role: [
        { apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['get', 'list'] },
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['list'] },
      ],
    })
    const all = await kubectl('get', 'pods,jobs,deployments.apps', '--all-namespaces')
    expect(all.code).toBe(1)
    const user = `User "${deployer.objectId}"`
    expect(all.stderr).toContain(
      `deployments.apps is forbidden: ${user} cannot list resource "deployments" in API group "apps" at the cluster scope`,
    )
    const inside = await kubectl('get', 'pods,jobs,cronjobs', '--namespace', 'default')
    expect(inside.stderr).toContain(
      `cronjobs.batch is forbidden: ${user} cannot list resource "cronjobs" in API group "batch" in the namespace "default"`,
    )
    expect((await kubectl('get', 'namespace', 'default', '-o', 'name')).stdout).toBe('namespace/default\n')
    expect((await kubectl('get', 'namespace', 'kube-system')).stderr).toContain(
      `namespaces "kube-system" is forbidden: ${user} cannot get resource "namespaces" in API group "" in the namespace "kube-system"`,
    )
  })
})

interface Listed {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number }
  items: KubernetesObject[]
}
