// The inside of a cluster: its objects, nodes, users and faults, as tests set them up.
import { randomBytes } from 'node:crypto'
import type {
  AdmissionPolicy,
  PodFault,
  Policy,
  Program,
  PullFault,
  PullRecord,
  Webhook,
} from './kubernetes-behaviour.js'
import { createNamespaceActions, type NamespaceActions } from './kubernetes-namespaces.js'
import type { NodePlace, NodePool } from './kubernetes-nodes.js'
import { kubernetesTime } from './kubernetes-objects.js'
import type { KubernetesEvent, KubernetesObject, Node, Pod } from './kubernetes-objects.js'
import { createNodeActions, type NodeActions } from './kubernetes-pools.js'
import { builtInClusterRoles } from './kubernetes-roles.js'
import { createRunningActions, type RunningActions } from './kubernetes-running.js'
import { createObjectStore, type ObjectStore } from './kubernetes-store.js'

/** A pod without the properties that all pods have. */
type NewPod = Pick<Pod, 'metadata' | 'spec'> & Partial<Pick<Pod, 'status'>>

/** Failures of Run Command's own pods. */
interface RunCommand {
  /** Why they fail to start, for example `ImagePullBackOff`; undefined if they start. */
  failure: string | undefined
  /** How many more commands fail for that reason; all by default. */
  failures: number
  /**
   * Evicts the pods of the next `times` commands, as soon as that many pods have been created in the cluster since the
   * command started; 0 for at once.
   */
  evictions: { times: number; afterPods: number } | undefined
  /** A folder with programs that take precedence over the machine's own in commands. */
  programs: string | undefined
}

/** The inside of a cluster. Tests may change it at any time. */
export interface Kubernetes extends NodeActions, NamespaceActions, RunningActions {
  readonly store: ObjectStore
  readonly nodes: Node[]
  readonly pods: Pod[]
  /** Every pod that was ever created, in its initial state. */
  readonly podsCreated: readonly Pod[]
  readonly events: KubernetesEvent[]
  readonly namespaces: KubernetesObject[]
  readonly pulls: PullRecord[]
  readonly policies: Policy[]
  readonly admissionPolicies: AdmissionPolicy[]
  readonly webhooks: Webhook[]
  readonly pullFaults: PullFault[]
  readonly podFaults: PodFault[]
  /**
   * Maps a repository, including its registry, to the behaviour of the image's own program; other programs run for ever
   * and print nothing.
   */
  readonly programs: Map<string, Program>
  safeguards: 'Off' | 'Warning' | 'Enforcement'
  /** AKS Automatic's admission, which refuses wildcard and reserved tolerations and other schedulers. */
  refusesReservedTolerations: boolean
  /** How long a quota still counts pods that have ended or are gone, in milliseconds; 0 by default. */
  quotaLagMs: number
  /** The nodes' address for registries, in the documentation range of RFC 5737. */
  egressAddress: string
  readonly runCommand: RunCommand
  /** Login servers of registries with a private endpoint in the nodes' network. */
  readonly privateEndpoints: Set<string>
  /** Login servers of registries to which the nodes' packets are dropped. */
  readonly droppedRegistries: Set<string>
  /** Login servers of registries whose data endpoint is blocked in the nodes' network, and how that shows. */
  readonly blockedDataEndpoints: Map<string, 'timeout' | 'forbidden' | 'no-such-host' | 'unavailable'>
  /**
   * Whether the nodes' credential provider gets credentials. It `fails` where the machine's identity or the registry's
   * token exchange doesn't answer, and `hangs` where they never answer: the kubelet then waits a minute for it.
   */
  credentialProvider: 'works' | 'fails' | 'hangs'
  /** Tokens of the two local accounts. */
  readonly tokens: { readonly user: string; readonly admin: string }
  /** Milliseconds by which a node sees a change of group membership later than the first node. */
  readonly skew: Map<string, number>
  /** Adds a pod that somebody else has created. */
  addPod(pod: NewPod, options?: { createdMsAgo?: number }): Pod
}

/** A cluster with its nodes and namespaces, without pods. */
export function createKubernetes(
  place: NodePlace,
  pools: readonly (NodePool & { readonly skewMs: number })[],
): Kubernetes {
  const store = createObjectStore()
  const podsCreated: Pod[] = []
  const skew = new Map<string, number>()
  store.onChange(({ type, resource, object }) => {
    if (type === 'ADDED' && resource === 'pods') podsCreated.push(object as Pod)
  })

  const kubernetes: Kubernetes = {
    ...createNodeActions(store, place, skew),
    ...createNamespaceActions(store),
    ...createRunningActions(store),
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
    pulls: [],
    policies: [],
    admissionPolicies: [],
    webhooks: [],
    pullFaults: [],
    podFaults: [],
    programs: new Map(),
    safeguards: 'Off',
    refusesReservedTolerations: false,
    quotaLagMs: 0,
    egressAddress: '198.51.100.10',
    runCommand: { failure: undefined, failures: Infinity, evictions: undefined, programs: undefined },
    privateEndpoints: new Set(),
    droppedRegistries: new Set(),
    blockedDataEndpoints: new Map(),
    credentialProvider: 'works',
    tokens: { user: randomBytes(64).toString('hex'), admin: randomBytes(64).toString('hex') },
    skew,
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
