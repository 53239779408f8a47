import { describe, expect } from 'vitest'
import { parse } from 'yaml'
import { createContoso } from '../src/contoso.js'
import type { ClusterOptions } from '../src/index.js'
import { arm, type Answer } from '../src/client.js'
import { start, takeProblems, type Fixture } from './support/fixture.js'
import {
  clusterUser,
  createKubectl,
  kubectlIt as it,
  readKubeconfig,
  startKubectl,
  type Kubectl,
} from './support/kubectl.js'
import { pod } from './support/kubernetes-objects.js'

const serverApplication = '6dae42f8-4368-4678-94ff-3960e28e3630'

interface Kubeconfig {
  clusters: { cluster: { server: string } }[]
  users: { user: Record<string, unknown> & { token?: string; exec?: { command: string; args: string[] } } }[]
}

async function startCluster(options: ClusterOptions) {
  const contoso = createContoso()
  const cluster = contoso.group.addCluster('aks-2', options)
  const fixture = await start({ contoso })
  contoso.world.assignRole({ principalId: contoso.deployer.objectId, role: clusterUser, scope: cluster.id })
  return { ...fixture, cluster }
}

/** Signs in like the action: AKS' kubeconfig with a token instead of kubelogin. */
async function signInTo(fixture: Fixture, token?: string): Promise<Kubectl> {
  const { client, cluster, deployer } = fixture
  const kubeconfig = parse(await readKubeconfig(fixture, deployer, cluster)) as Kubeconfig
  const [entry] = kubeconfig.users
  if (entry !== undefined) entry.user = { token: token ?? (await client.signIn(deployer, serverApplication)) }
  return createKubectl(fixture, JSON.stringify(kubeconfig))
}

const post = async ({ client, deployer, cluster }: Fixture, action: string): Promise<Answer> =>
  client.send('POST', arm(`${cluster.id}/${action}`, '2024-09-01'), { token: await client.signIn(deployer) })

describe('credentials', () => {
  it('require a permission', async () => {
    const fixture = await start()
    const refused = await post(fixture, 'listClusterUserCredential')
    expect(refused).toMatchObject({ status: 403, json: { error: { code: 'AuthorizationFailed' } } })
    expect(refused.text).toContain('listClusterUserCredential/action')
  })

  it("of a cluster with local accounts are an administrator's token", async () => {
    const fixture = await startCluster({})
    const kubeconfig = await readKubeconfig(fixture, fixture.deployer, fixture.cluster)
    const { clusters, users } = parse(kubeconfig) as Kubeconfig
    expect(clusters[0]?.cluster.server).toBe(`https://${String(fixture.cluster.body.properties.fqdn)}:443`)
    expect(users).toEqual([
      {
        name: 'clusterUser_rg-shop_aks-2',
        user: {
          token: expect.any(String) as string,
          'client-certificate-data': expect.any(String) as string,
          'client-key-data': expect.any(String) as string,
        },
      },
    ])
    const kubectl = await createKubectl(fixture, kubeconfig)
    expect((await kubectl('auth', 'whoami')).stdout).toContain('system:masters')
    fixture.cluster.body.properties.disableLocalAccounts = true
    expect((await kubectl('auth', 'whoami')).stderr).toContain('Unauthorized')
  })

  it('of a cluster with Entra ID leave the token to kubelogin', async () => {
    const fixture = await startCluster({ aad: true })
    const { users } = parse(await readKubeconfig(fixture, fixture.deployer, fixture.cluster)) as Kubeconfig
    expect(users[0]?.user.token).toBeUndefined()
    expect(users[0]?.user.exec).toMatchObject({ command: 'kubelogin' })
    expect(users[0]?.user.exec?.args.join(' ')).toBe(
      `get-token --environment AzurePublicCloud --server-id ${serverApplication} --client-id 80faf920-1908-4b52-b5ef-a8e7bedfc67a --tenant-id ${fixture.world.tenantId} --login devicecode`,
    )
  })

  it('are not issued if local accounts are disabled', async () => {
    const fixture = await startCluster({ disableLocalAccounts: true })
    const { world, deployer, cluster } = fixture
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Azure Kubernetes Service Cluster Admin Role',
      scope: cluster.id,
    })
    for (const action of ['listClusterUserCredential', 'listClusterAdminCredential']) {
      expect(await post(fixture, action)).toMatchObject({
        status: 400,
        json: {
          error: {
            code: 'BadRequest',
            message: 'Getting static credential is not allowed because this cluster is set to disable local accounts.',
          },
        },
      })
    }
  })

  it('are available next to the node pools', async () => {
    const fixture = await startCluster({
      agentPools: [
        { name: 'system' },
        { name: 'arm', arch: 'arm64', mode: 'User', count: 1, taints: ['a=b:NoSchedule'] },
      ],
    })
    const { client, deployer, cluster } = fixture
    const { json } = await client
      .get(arm(`${cluster.id}/agentPools`, '2024-09-01'), await client.signIn(deployer))
      .then(answer => answer)
    const pools = json.value as unknown as { name: string; properties: Record<string, unknown> }[]
    expect(
      pools.map(({ name, properties: { count, vmSize, nodeTaints } }) => [name, count, vmSize, nodeTaints]),
    ).toEqual([
      ['system', 2, 'Standard_D4ds_v5', undefined],
      ['arm', 1, 'Standard_D4pds_v5', ['a=b:NoSchedule']],
    ])
  })
})

describe('a cluster with Entra ID', () => {
  it('authenticates callers, and checks its own roles', async () => {
    const fixture = await startCluster({ aad: true })
    const { deployer, cluster } = fixture
    const kubectl = await signInTo(fixture)
    expect((await kubectl('auth', 'whoami')).stdout).toContain(deployer.objectId)
    expect((await kubectl('get', 'pods')).stderr).toBe(
      `Error from server (Forbidden): pods is forbidden: User "${deployer.objectId}" cannot list resource "pods" in API group "" in the namespace "default"\n`,
    )
    cluster.kubernetes.bind({ principalId: deployer.objectId, role: 'edit', namespace: 'default' })
    expect((await kubectl('get', 'pods')).code).toBe(0)
    expect((await kubectl('auth', 'can-i', 'create', 'pods')).stdout).toBe('yes\n')
    expect((await kubectl('auth', 'can-i', 'create', 'pods', '-n', 'kube-system')).stdout).toBe('no\n')
    expect((await kubectl('get', 'nodes')).stderr).toContain(
      'cannot list resource "nodes" in API group "" at the cluster scope',
    )
    cluster.kubernetes.bind({
      principalId: deployer.objectId,
      role: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }],
    })
    expect((await kubectl('get', 'nodes')).code).toBe(0)
  })

  it("lists its own roles' rules in a namespace, and those of the whole cluster in one that does not exist", async () => {
    const fixture = await startCluster({ aad: true })
    const { deployer, cluster } = fixture
    const kubectl = await signInTo(fixture)
    const review = async (namespace: string) => {
      const request = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } }
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
      const { stdout, stderr } = await kubectl.send(request, 'create', '--raw', path, '-f', '-')
      if (stdout === '') return stderr
      const { status } = JSON.parse(stdout) as {
        status: { resourceRules: { resources: string[] }[]; incomplete: boolean }
      }
      expect(status.incomplete).toBe(false)
      return status.resourceRules.flatMap(({ resources }) => resources)
    }
    const own = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews']
    const rule = (resource: string) => [{ apiGroups: [''], resources: [resource], verbs: ['list'] }]
    cluster.kubernetes.bind({ principalId: deployer.objectId, role: rule('pods'), namespace: 'default' })
    cluster.kubernetes.bind({ principalId: deployer.objectId, role: rule('nodes') })
    expect(await review('default')).toEqual([...own, 'nodes', 'pods'])
    expect(await review('none-of-that-name')).toEqual([...own, 'nodes'])
    expect(await review('')).toContain('no namespace on request')
  })

  it('adds to roles and bindings that exist with `kubectl auth reconcile`', async () => {
    const fixture = await startCluster({})
    const kubectl = await startKubectl(fixture, fixture.cluster)
    const role = (resource: string, user: string) => [
      {
        ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'reader' } },
        rules: [{ apiGroups: [''], resources: [resource], verbs: ['list'] }],
      },
      {
        ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'readers' } },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
      },
    ]
    for (const items of [role('pods', 'one'), role('nodes', 'two'), role('nodes', 'two')])
      expect(
        await kubectl.send({ apiVersion: 'v1', kind: 'List', items }, 'auth', 'reconcile', '-f', '-'),
      ).toMatchObject({ code: 0 })
    const rules = await kubectl('get', 'clusterrole', 'reader', '-o', 'jsonpath={.rules[*].resources[0]}')
    const users = await kubectl('get', 'clusterrolebinding', 'readers', '-o', 'jsonpath={.subjects[*].name}')
    expect([rules.stdout, users.stdout]).toEqual(['pods nodes', 'one two'])
  })

  it("with Azure RBAC can't list Azure's rules", async () => {
    const kubectl = await signInTo(await startCluster({ aad: true, azureRbac: true }))
    const { stderr } = await kubectl('auth', 'can-i', '--list')
    expect(stderr).toContain('the list may be incomplete: webhook authorizer does not support user rule resolution')
  })

  it('gives the members of its administrator groups access', async () => {
    const contoso = createContoso()
    const admins = contoso.world.addGroup('aks-admins', { members: [contoso.deployer.objectId] })
    const cluster = contoso.group.addCluster('aks-2', { aad: true, adminGroupObjectIds: [admins.objectId] })
    const fixture = { ...(await start({ contoso })), cluster }
    contoso.world.assignRole({ principalId: contoso.deployer.objectId, role: clusterUser, scope: cluster.id })
    const kubectl = await signInTo(fixture)
    expect((await kubectl('delete', 'namespace', 'kube-public', '--wait=false')).code).toBe(0)
  })

  it("with Azure RBAC checks Azure's roles, in the cluster or in a namespace", async () => {
    const fixture = await startCluster({ aad: true, azureRbac: true })
    const { world, deployer, cluster } = fixture
    const kubectl = await signInTo(fixture)
    const create = (namespace: string) => kubectl.send(pod('p', 'nginx'), 'create', '-f', '-', '-n', namespace)
    expect((await create('default')).stderr).toContain(
      `pods is forbidden: User "${deployer.objectId}" cannot create resource "pods" in API group "" in the namespace "default": User does not have access to the resource in Azure. Update role assignment to allow access.`,
    )
    const grant = (role: string, scope: string) => world.assignRole({ principalId: deployer.objectId, role, scope })
    grant('Azure Kubernetes Service RBAC Writer', `${cluster.id}/namespaces/default`)
    expect((await create('default')).code).toBe(0)
    expect((await create('kube-system')).code).toBe(1)
    expect((await kubectl('get', 'nodes')).stderr).toContain('nodes is forbidden')
    grant('Azure Kubernetes Service RBAC Reader', cluster.id)
    expect((await kubectl('get', 'pods', '-A')).code).toBe(0)
    expect((await kubectl('get', 'nodes')).code).toBe(1)
    grant('Azure Kubernetes Service RBAC Cluster Admin', cluster.id)
    expect((await kubectl('get', 'nodes')).code).toBe(0)
  })

  it('refuses tokens for other audiences', async () => {
    const fixture = await startCluster({ aad: true })
    const { client, deployer, simulator } = fixture
    const kubectl = await signInTo(fixture, await client.signIn(deployer))
    expect(await kubectl('get', 'pods')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('You must be logged in to the server') as string,
    })
    expect(takeProblems(simulator)[0]).toContain('the bearer token is for https://management.azure.com')
  })
})

describe('the network path to the API server', () => {
  it.each<[string, ClusterOptions]>([
    ['private', { privateCluster: true }],
    ['closed to other addresses', { authorizedIpRanges: ['198.51.100.0/24', '192.0.2.1/32'] }],
    ['stopped', { powerState: 'Stopped' }],
  ])('is blocked if a cluster is %s, without a problem', async (_, options) => {
    const fixture = await startCluster(options)
    const kubectl = await startKubectl(fixture, fixture.cluster)
    const { code, stderr } = await kubectl('get', 'nodes', '--request-timeout=5s')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('Unable to connect to the server: Service Unavailable') as string,
    })
  })

  it('is open to authorized addresses', async () => {
    const fixture = await startCluster({ authorizedIpRanges: ['203.0.113.0/29'] })
    const kubectl = await startKubectl(fixture, fixture.cluster)
    expect((await kubectl('get', 'nodes')).code).toBe(0)
  })
})
