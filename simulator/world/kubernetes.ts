import { randomBytes } from 'node:crypto'
import { createNode, nodeConditions, type NodePlace, type NodePool } from './kubernetes-nodes.js'
import { kubernetesTime } from './kubernetes-objects.js'
import type {
  KubernetesEvent,
  KubernetesObject,
  KubernetesRole,
  Node,
  Pod,
  PolicyRule,
  ResourceQuota,
  RoleBinding,
} from './kubernetes-objects.js'
import { builtInClusterRoles } from './kubernetes-roles.js'
import { createObjectStore, type ObjectStore } from './kubernetes-store.js'

/** Something that goes wrong with matching pulls. A string matches as a part, without letter case. */
export interface PullFault {
  node?: string | RegExp
  image?: string | RegExp
  /** What the kubelet says after `Failed to pull image "…": `. */
  message: string
  /** Let the first n matching pulls through. */
  skip?: number
  /** How many pulls are hit after that; for ever by default. */
  times?: number
}

/** A rule that an admission webhook enforces. */
interface Policy {
  name: string
  /** Why a pod is denied; undefined when it is not. */
  deny: (pod: Pod) => string | undefined
}

/** What the program of an image does when it is run. */
export type Program = (run: { args: readonly string[]; pod: Pod }) => {
  log?: string
  /** Runs for ever without. */
  exitCode?: number
  /** How long it runs before it exits; 0 by default. */
  afterMs?: number
}

/** A pod without what every pod has. */
type NewPod = Pick<Pod, 'metadata' | 'spec'> & Partial<Pick<Pod, 'status'>>

interface Bind {
  /** Object ID of a user, a service principal or a group. */
  principalId: string
  role: 'cluster-admin' | 'admin' | 'edit' | 'view' | readonly PolicyRule[]
  /** In all namespaces, and for what has none, if it is left out. */
  namespace?: string
}

/** The inside of a cluster. Tests may change it at any time. */
export interface Kubernetes {
  readonly store: ObjectStore
  readonly nodes: Node[]
  readonly pods: Pod[]
  /** Every pod that was ever created, as it was then. */
  readonly podsCreated: readonly Pod[]
  readonly events: KubernetesEvent[]
  readonly namespaces: KubernetesObject[]
  readonly policies: Policy[]
  readonly pullFaults: PullFault[]
  /** Repository, with its registry, to what the image's own program does; other programs run for ever and print nothing. */
  readonly programs: Map<string, Program>
  /** AKS deployment safeguards: `Warning` or `Enforcement`. */
  safeguards: 'Off' | 'Warning' | 'Enforcement'
  /** The address that registries see the nodes come from; of the range that RFC 5737 keeps for documentation. */
  egressAddress: string
  /** Why Run Command's pods fail to start, as in `ImagePullBackOff`; they do start otherwise. */
  readonly runCommand: { failure: string | undefined }
  /** Login servers of registries that have a private endpoint in the nodes' network. */
  readonly privateEndpoints: Set<string>
  /** Tokens of the two local accounts. */
  readonly tokens: { readonly user: string; readonly admin: string }
  /** Milliseconds that a node sees a change of group membership later than the first one does. */
  readonly skew: Map<string, number>
  addPool(pool: Pick<NodePool, 'name'> & Partial<NodePool> & { skewMs?: number }): Node[]
  /** A virtual node, which runs pods in Azure Container Instances and none here. */
  addVirtualNode(): Node
  removeNode(name: string): void
  updateNode(name: string, change: (node: Node) => void): void
  /** A node that is not ready starts no pods. */
  setReady(name: string, isReady: boolean): void
  cordon(name: string): void
  /** A pod that somebody else has made. */
  addPod(pod: NewPod, options?: { createdMsAgo?: number }): Pod
  addNamespace(name: string, labels?: Record<string, string>): KubernetesObject
  addQuota(namespace: string, hard: Record<string, string>): ResourceQuota
  bind(binding: Bind): void
}

/** A cluster with its nodes and namespaces, and no pods. */
export function createKubernetes(
  place: NodePlace,
  pools: readonly (NodePool & { readonly skewMs: number })[],
): Kubernetes {
  const store = createObjectStore()
  const podsCreated: Pod[] = []
  const skew = new Map<string, number>()
  let bindings = 0
  store.onChange(({ type, resource, object }) => {
    if (type === 'ADDED' && resource === 'pods') podsCreated.push(object as Pod)
  })

  const findNode = (name: string): Node => {
    const node = store.find('nodes', undefined, name)
    if (node === undefined) throw new Error(`there is no node ${name}`)
    return node
  }

  const kubernetes: Kubernetes = {
    store,
    get nodes() {
      return store.list('nodes')
    },
    get pods() {
      return store.list('pods')
    },
    podsCreated,
    get events() {
      return store.list('events')
    },
    get namespaces() {
      return store.list('namespaces')
    },
    policies: [],
    pullFaults: [],
    programs: new Map(),
    safeguards: 'Off',
    egressAddress: '198.51.100.10',
    runCommand: { failure: undefined },
    privateEndpoints: new Set(),
    tokens: { user: randomBytes(64).toString('hex'), admin: randomBytes(64).toString('hex') },
    skew,
    addPool({ skewMs = 0, ...options }) {
      const pool: NodePool = {
        count: 1,
        mode: 'User',
        osType: 'Linux',
        arch: 'amd64',
        vmSize: 'Standard_D4ds_v5',
        taints: [],
        labels: {},
        ...options,
      }
      const known = kubernetes.nodes.filter(({ metadata }) => metadata.labels?.agentpool === pool.name).length
      return Array.from({ length: pool.count }, (_, index) => {
        const host = kubernetes.nodes.length + 4
        const address = `10.224.${String(Math.floor(host / 256))}.${String(host % 256)}`
        const node = store.create('nodes', createNode(place, pool, known + index, address))
        skew.set(node.metadata.name, skewMs * (known + index))
        return node
      })
    },
    addVirtualNode() {
      const [node] = kubernetes.addPool({
        name: 'virtual',
        labels: { type: 'virtual-kubelet', 'kubernetes.azure.com/mode': 'user' },
        taints: ['virtual-kubelet.io/provider=azure:NoSchedule'],
      })
      if (node === undefined) throw new Error('there is no virtual node')
      store.remove('nodes', node)
      return store.create('nodes', { ...node, metadata: { ...node.metadata, name: 'virtual-node-aci-linux' } })
    },
    removeNode(name) {
      store.remove('nodes', findNode(name))
    },
    updateNode(name, change) {
      store.update('nodes', findNode(name), change)
    },
    setReady(name, isReady) {
      kubernetes.updateNode(name, ({ spec, status }) => {
        status.conditions = nodeConditions(isReady)
        const others = spec.taints?.filter(({ key }) => key !== 'node.kubernetes.io/unreachable') ?? []
        const effects = isReady ? [] : ['NoSchedule', 'NoExecute']
        spec.taints = [...others, ...effects.map(effect => ({ key: 'node.kubernetes.io/unreachable', effect }))]
      })
    },
    cordon(name) {
      kubernetes.updateNode(name, ({ spec }) => {
        spec.unschedulable = true
        spec.taints = [...(spec.taints ?? []), { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]
      })
    },
    addPod({ metadata, spec, status }, { createdMsAgo = 0 } = {}) {
      const pod = store.create<Pod>('pods', {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'default', ...metadata },
        spec: { restartPolicy: 'Always', ...spec },
        status: status ?? { phase: 'Pending' },
      })
      pod.metadata.creationTimestamp = kubernetesTime(Date.now() - createdMsAgo)
      return pod
    },
    addNamespace(name, labels = {}) {
      const namespace = store.create('namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      })
      store.create('serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: name },
      })
      return namespace
    },
    addQuota: (namespace, hard) =>
      store.create<ResourceQuota>('resourcequotas', {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'quota', namespace },
        spec: { hard },
        status: { hard, used: {} },
      }),
    bind({ principalId, role, namespace }) {
      bindings += 1
      const name = `binding-${String(bindings)}`
      const isNamed = typeof role === 'string'
      if (!isNamed) {
        store.create<KubernetesRole>('clusterroles', {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name },
          rules: [...role],
        })
      }
      store.create<RoleBinding>(namespace === undefined ? 'clusterrolebindings' : 'rolebindings', {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: isNamed ? role : name },
        // Groups and users are told apart by nothing but the directory; whoever the ID belongs to is meant.
        subjects: (['User', 'Group'] as const).map(kind => ({
          kind,
          name: principalId,
          apiGroup: 'rbac.authorization.k8s.io',
        })),
      })
    },
  }

  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'aks-command']) {
    kubernetes.addNamespace(name)
  }
  store.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: { type: 'ClusterIP', clusterIP: '10.0.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
    status: { loadBalancer: {} },
  })
  for (const role of builtInClusterRoles) store.create('clusterroles', role)
  for (const pool of pools) kubernetes.addPool(pool)
  return kubernetes
}
