import { describe, expect } from 'vitest'
import { disarm } from '../support/estate.js'
import { it, type Machine } from '../support/conformance.js'
import { pasteInto } from '../support/pasting.js'
import { errorsOf } from '../support/reading.js'
import { expectAttached } from '../support/scenario.js'

type Cluster = ReturnType<Machine['group']['addCluster']>

/** What a start has: a cluster of a kind, inputs, and what the signed-in identity is allowed to do before. */
interface Start {
  /** The options of the cluster; without them it has local accounts and a public API server. */
  cluster?: Parameters<Machine['group']['addCluster']>[1]
  /** The scopes of the roles that the identity has. */
  held?: (machine: Machine, cluster: Cluster) => readonly (readonly [role: string, scope: string])[]
  inputs?: (machine: Machine, cluster: Cluster) => Record<string, string>
}

const proving = { verify: 'pull', 'probe-with': 'auto' }
const byId = ({ registry }: Machine, { id }: Cluster) => ({ cluster: id, registry: registry.id, 'resource-group': '' })
/** A role somewhere else, so that Azure shows the subscription. */
const elsewhere = ({ subscription }: Machine) => [['Reader', subscription.addResourceGroup('rg-else').id]] as const

const starts: Record<string, Start> = {
  'no role at all, by name': { inputs: () => ({ timeout: '1s' }) },
  'no role at all, by ID': { inputs: (machine, cluster) => ({ ...byId(machine, cluster), timeout: '1s' }) },
  'no role here, by name': { held: elsewhere, inputs: () => proving },
  'no role here, by name, without a resource group': {
    held: elsewhere,
    inputs: () => ({ ...proving, 'resource-group': '' }),
  },
  'no role here, by ID': { held: elsewhere, inputs: (...start) => ({ ...byId(...start), ...proving }) },
  'only Reader': { held: ({ group }) => [['Reader', group.id]], inputs: () => proving },
  "only the cluster's": { held: (_, { id }) => [['Reader', id]], inputs: () => proving },
  "only the registry's": {
    held: ({ registry }) => [['Role Based Access Control Administrator', registry.id]],
    inputs: () => proving,
  },
  'Entra ID with Azure RBAC': { cluster: { aad: true, azureRbac: true }, held: elsewhere, inputs: () => proving },
  'Entra ID with Azure RBAC, and Reader': {
    cluster: { aad: true, azureRbac: true },
    held: ({ group }) => [['Reader', group.id]],
    inputs: () => proving,
  },
  'Entra ID with Kubernetes RBAC': { cluster: { aad: true }, held: elsewhere, inputs: () => proving },
  'Entra ID with Kubernetes RBAC, and Reader': {
    cluster: { aad: true },
    held: ({ group }) => [['Reader', group.id]],
    inputs: () => proving,
  },
  'a private cluster with Kubernetes RBAC': {
    cluster: { aad: true, privateCluster: true },
    held: elsewhere,
    inputs: () => proving,
  },
  'a private cluster': { cluster: { privateCluster: true }, held: elsewhere, inputs: () => proving },
  images: { held: elsewhere, inputs: () => ({ images: 'docker.io/library/nginx:1.27' }) },
  'a group': {
    held: elsewhere,
    inputs: ({ world }) => ({ group: world.addGroup('acr-pullers').objectId, verify: 'assignment' }),
  },
  'workloads, with Azure RBAC': {
    cluster: { aad: true, azureRbac: true },
    held: elsewhere,
    inputs: () => ({ workloads: 'default' }),
  },
  'workloads, with Kubernetes RBAC': { cluster: { aad: true }, held: elsewhere, inputs: () => ({ workloads: '*' }) },
}

/** Adds to the ClusterRole of probing, and binds another one to somebody else, by the name in the documents. @returns both */
function bindOther({ kubernetes: { store } }: Cluster) {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const [apiGroup, name] = ['rbac.authorization.k8s.io', 'attach-acr-probe']
  store.create('clusterroles', {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name },
    rules: [{ apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'list'] }],
  })
  store.create('clusterrolebindings', {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'attach-acr' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'another' },
    subjects: [{ apiGroup, kind: 'User', name: 'somebody-else' }],
  })
  return () => [store.find('clusterroles', undefined, name), store.find('clusterrolebindings', undefined, 'attach-acr')]
}

describe('the block that a refused run prints, pasted alone', () => {
  it.for(Object.entries(starts))('makes the next run green after %s', async ([, start], { begin }) => {
    const { cluster: options, held = () => [], inputs = () => ({}) } = start
    const machine = await begin({ clients: ['az', 'bash', 'kubectl'], azAs: 'owner', role: 'none' })
    const { world, deployer, group, attach, simulator } = machine
    const cluster = options ? group.addCluster('aks-start', options) : machine.cluster
    const owner = world.directory.clients.find(({ displayName }) => displayName === 'owner')
    cluster.kubernetes.bind({
      principalId: owner?.objectId ?? '',
      role: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    })
    const ofOther = bindOther(cluster)
    world.addSourceRegistry('mcr.microsoft.com').push('oss/v2/kubernetes/pause', '3.10.2')
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    disarm(machine)
    for (const [role, scope] of held(machine, cluster))
      world.assignRole({ principalId: deployer.objectId, role, scope })

    const given: Record<string, string> = { cluster: cluster.name, ...inputs(machine, cluster) }
    const refused = await attach(given)
    expect(refused.exitCode, refused.log).toBe(1)
    const blocks = new Set(errorsOf(refused).map(({ fix }) => fix.commands.join('\n')))
    expect([...blocks], refused.log).toHaveLength(1)
    const [block = ''] = blocks
    for (const turn of ['first', 'again']) {
      const since = simulator.requests.length
      const end = await pasteInto(machine, block)
      expect(end, `${turn}: ${block}\n${end.stderr}\n${end.stdout}`).toMatchObject({ exitCode: 0 })
      expect(end.stdout).not.toMatch(/exitcode=[1-9]/)
      const failed = simulator.requests
        .slice(since)
        .filter(({ status }) => status >= 400 && status !== 404 && status !== 409)
      expect(failed.map(({ method, path, status }) => `${status} ${method} ${path}`)).toEqual([])
    }
    // Nobody else loses anything.
    expect(JSON.stringify(ofOther())).toMatch(/daemonsets.*another.*somebody-else/)
    const next = await attach({ ...given, timeout: '5m' })
    expectAttached(next, { changed: true })
    if (given.verify === 'pull') expect(next.outputs.verified).toBe('pull')
  })
})
