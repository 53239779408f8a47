import { describe, expect } from 'vitest'
import type { KubernetesObject } from '../src/index.js'
import { accessOf } from '../src/world/cluster-access.js'
import { start, takeProblems } from './support/fixture.js'
import { createKubectl, kubectlIt as it, readKubeconfig, startKubectl, type Kubectl } from './support/kubectl.js'

async function startCluster() {
  const fixture = await start()
  return { ...fixture, kubectl: await startKubectl(fixture), kubernetes: fixture.cluster.kubernetes }
}

/** Runs a command without quotes: every space separates arguments. */
const run = async (kubectl: Kubectl, command: string): Promise<string> => {
  const { stdout, stderr } = await kubectl(...command.split(' '))
  return stderr + stdout
}

/** A token of a service account, as `kubectl create token` asks for it. */
const tokenOf = async (kubectl: Kubectl, account: string): Promise<string> => {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } }
  const path = `/api/v1/namespaces/default/serviceaccounts/${account}/token`
  const { stdout } = await kubectl.send(request, 'create', '--raw', path, '-f', '-')
  return (JSON.parse(stdout) as { status: { token: string } }).status.token
}

describe('kubectl create', () => {
  it.each([
    ['role reader --verb=get,list --resource=pods,deployments.apps', 'roles', 'reader'],
    ['clusterrole node-reader --verb=get,list --resource=nodes', 'clusterroles', 'node-reader'],
    [
      'rolebinding readers --clusterrole=view --user=ann --group=team --serviceaccount=default:robot',
      'rolebindings',
      'readers',
    ],
    ['clusterrolebinding admins --clusterrole=cluster-admin --user=ann', 'clusterrolebindings', 'admins'],
  ])('supports "%s"', async (command, resource, name) => {
    const { kubectl, kubernetes } = await startCluster()
    expect(await run(kubectl, `create ${command}`)).toMatch(/ created\n$/)
    const namespace = resource.startsWith('cluster') ? undefined : 'default'
    expect(kubernetes.store.find(resource, namespace, name)).toMatchSnapshot({
      metadata: {
        uid: expect.any(String) as string,
        resourceVersion: expect.any(String) as string,
        creationTimestamp: expect.any(String) as string,
      },
    })
  })

  it('stores nothing in a server-side dry run', async () => {
    const { kubectl, kubernetes } = await startCluster()
    const tried = JSON.parse(await run(kubectl, 'create namespace shop --dry-run=server -o json')) as KubernetesObject
    expect(tried.metadata).toMatchObject({ uid: expect.any(String) as string })
    expect(Date.now() - Date.parse(tried.metadata.creationTimestamp ?? '')).toBeLessThan(60_000)
    expect(tried.metadata).not.toHaveProperty('resourceVersion')
    expect(kubernetes.store.find('namespaces', undefined, 'shop')).toBeUndefined()
  })
})

describe('a JSON patch', () => {
  it('adds, replaces, moves and tests', async () => {
    const { kubectl, kubernetes } = await startCluster()
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: '1', b: '2' } }
    await kubectl.send(settings, 'create', '-f', '-')
    const patch = async (...operations: object[]): Promise<string> => {
      const { stdout, stderr } = await kubectl(
        'patch',
        'cm',
        'settings',
        '--type=json',
        '-p',
        JSON.stringify(operations),
      )
      return stderr + stdout
    }
    expect(
      await patch(
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'replace', path: '/data/a', value: '3' },
        { op: 'move', from: '/data/b', path: '/data/c' },
        { op: 'add', path: '/metadata/labels', value: {} },
        { op: 'add', path: '/metadata/labels/x~1y', value: 'z' },
        { op: 'copy', from: '/data/c', path: '/data/d' },
        { op: 'remove', path: '/data/d' },
      ),
    ).toBe('configmap/settings patched\n')
    expect(kubernetes.store.find('configmaps', 'default', 'settings')).toMatchObject({
      data: { a: '3', c: '2' },
      metadata: { labels: { 'x/y': 'z' } },
    })
    expect(await patch({ op: 'test', path: '/data/a', value: '1' })).toContain(
      'the server rejected our request due to an error in our request',
    )
    expect(await patch({ op: 'remove', path: '/data/nothing' })).toContain(
      'the server rejected our request due to an error in our request',
    )
  })
})

describe('a service account', () => {
  it('gets tokens with the permissions of its bindings', async () => {
    const fixture = await startCluster()
    const { kubectl, kubernetes, deployer, cluster } = fixture
    await run(kubectl, 'create serviceaccount robot')
    const token = await tokenOf(kubectl, 'robot')
    const kubeconfig = (await readKubeconfig(fixture, deployer, cluster)).replace(/token: .*/, `token: ${token}`)
    const robot = await createKubectl(fixture, kubeconfig)
    expect(await run(robot, 'auth whoami')).toContain('system:serviceaccount:default:robot')
    expect(await run(robot, 'get pods')).toContain(
      'pods is forbidden: User "system:serviceaccount:default:robot" cannot list resource "pods" in API group "" in the namespace "default"',
    )
    await run(kubectl, 'create rolebinding robots --clusterrole=view --serviceaccount=default:robot')
    expect(await run(robot, 'get pods')).toBe('No resources found in default namespace.\n')
    const account = kubernetes.store.find('serviceaccounts', 'default', 'robot')
    if (account !== undefined) kubernetes.store.remove('serviceaccounts', account)
    expect(await run(robot, 'get pods')).toContain('Unauthorized')
    takeProblems(fixture.simulator)
  })
})

describe('kubectl --as', () => {
  it('acts as the other user, if impersonation is allowed', async () => {
    const { kubectl, kubernetes } = await startCluster()
    kubernetes.bind({ principalId: 'ann', role: 'view', namespace: 'default' })
    expect(await run(kubectl, 'get pods --as=ann')).toBe('No resources found in default namespace.\n')
    expect(await run(kubectl, 'get nodes --as=ann')).toContain('User "ann" cannot list resource "nodes"')
    expect(await run(kubectl, 'auth whoami --as=ann --as-group=team')).toMatch(/ann[\s\S]+team/)
    expect(await run(kubectl, 'auth whoami --as=system:serviceaccount:default:default')).toContain(
      'system:serviceaccounts:default',
    )
  })

  it('requires permission, and is refused with Azure RBAC', async () => {
    const fixture = await startCluster()
    const { kubectl, client, cluster, simulator } = fixture
    const as = (token: string) =>
      client.send('GET', `https://${accessOf(cluster).fqdn}/api/v1/namespaces/default/pods`, {
        token,
        headers: { 'impersonate-user': 'ann' },
      })
    await run(kubectl, 'create serviceaccount robot')
    const robot = await as(await tokenOf(kubectl, 'robot'))
    expect(robot).toMatchObject({ status: 403 })
    expect(robot.text).toContain('cannot impersonate resource \\"users\\" in API group \\"\\" at the cluster scope')
    Object.assign(cluster.body.properties, { aadProfile: { managed: true, enableAzureRBAC: true } })
    expect(await as(cluster.kubernetes.tokens.admin)).toMatchObject({ status: 400 })
    expect(takeProblems(simulator).join()).toContain('is not simulated')
  })
})
