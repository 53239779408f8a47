// The inside of a cluster: its objects, nodes, users and faults, as tests set them up.
import { randomBytes } from 'node:crypto'
import type { PodFault, Policy, Program, PullFault, PullRecord, Webhook } from './kubernetes-behaviour.js'
import { createNamespaceActions, type NamespaceActions } from './kubernetes-namespaces.js'
import type { NodePlace, NodePool } from './kubernetes-nodes.js'
import { kubernetesTime } from './kubernetes-objects.js'
import type { KubernetesEvent, KubernetesObject, Node, Pod } from './kubernetes-objects.js'
import { createNodeActions, type NodeActions } from './kubernetes-pools.js'
import { builtInClusterRoles } from './kubernetes-roles.js'
import { createObjectStore, type ObjectStore } from './kubernetes-store.js'

/** A pod without what every pod has. */
type NewPod = Pick<Pod, 'metadata' | 'spec'> & Partial<Pick<Pod, 'status'>>

/** What becomes of Run Command's own pods. */
interface RunCommand {
  /** Why they fail to start, as in `ImagePullBackOff`; they do start otherwise. */
  failure: string | undefined
  /** How many more commands fail for that reason; all by default. */
  failures: number
  /** Takes the pod of the next so many commands away, as soon as the cluster has got so many pods since the command began; 0 at once. */
  evictions: { times: number; afterPods: number } | undefined
  /** A folder with programs that commands find before those of the machine. */
  programs: string | undefined
}

/** The inside of a cluster. Tests may change it at any time. */
export interface Kubernetes extends NodeActions, NamespaceActions {
  readonly store: ObjectStore
  readonly nodes: Node[]
  readonly pods: Pod[]
  /** Every pod that was ever created, as it was then. */
  readonly podsCreated: readonly Pod[]
  readonly events: KubernetesEvent[]
  readonly namespaces: KubernetesObject[]
  /** Every pull that succeeded. */
  readonly pulls: PullRecord[]
  readonly policies: Policy[]
  readonly webhooks: Webhook[]
  readonly pullFaults: PullFault[]
  readonly podFaults: PodFault[]
  /** Repository, with its registry, to what the image's own program does; other programs run for ever and print nothing. */
  readonly programs: Map<string, Program>
  /** AKS deployment safeguards: `Warning` or `Enforcement`. */
  safeguards: 'Off' | 'Warning' | 'Enforcement'
  /** AKS Automatic's admission, which refuses wildcard and reserved tolerations and other schedulers. */
  refusesReservedTolerations: boolean
  /** Node auto-provisioning: a pod that fits nowhere gets a node of its own after so many milliseconds. */
  autoProvisioning: { afterMs: number } | undefined
  /** How long a quota goes on counting pods that have ended or are gone, in milliseconds; 0 by default. */
  quotaLagMs: number
  /** The address that registries see the nodes come from; of the range that RFC 5737 keeps for documentation. */
  egressAddress: string
  readonly runCommand: RunCommand
  /** Login servers of registries that have a private endpoint in the nodes' network. */
  readonly privateEndpoints: Set<string>
  /** Login servers of registries whose data endpoint the nodes' network does not let through, and how that shows. */
  readonly blockedDataEndpoints: Map<string, 'timeout' | 'forbidden' | 'no-such-host'>
  /** How long after a push or an import the replica that the nodes are sent to does not have a tag or a manifest, in milliseconds. */
  replicaLagMs: number
  /** Whether the nodes' image has a credential provider for regional endpoints (AgentBaker from 202607.29 on). */
  knowsRegionalEndpoints: boolean
  /** Whether kubelets write the status of a pod whose images they pull for the first time, as Kubernetes does from 1.36 on. */
  writesStatusWhilePulling: boolean
  /** Tokens of the two local accounts. */
  readonly tokens: { readonly user: string; readonly admin: string }
  /** Milliseconds that a node sees a change of group membership later than the first one does. */
  readonly skew: Map<string, number>
  /** A pod that somebody else has made. */
  addPod(pod: NewPod, options?: { createdMsAgo?: number }): Pod
}

/** A cluster with its nodes and namespaces, and no pods. */
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
    webhooks: [],
    pullFaults: [],
    podFaults: [],
    programs: new Map(),
    safeguards: 'Off',
    refusesReservedTolerations: false,
    autoProvisioning: undefined,
    quotaLagMs: 0,
    egressAddress: '198.51.100.10',
    runCommand: { failure: undefined, failures: Infinity, evictions: undefined, programs: undefined },
    privateEndpoints: new Set(),
    blockedDataEndpoints: new Map(),
    replicaLagMs: 0,
    knowsRegionalEndpoints: true,
    writesStatusWhilePulling: false,
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
