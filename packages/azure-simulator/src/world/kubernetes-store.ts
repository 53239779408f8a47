import { newGuid } from '../model/ids.js'
import { kubernetesTime, type KubernetesObject } from './kubernetes-meta.js'
import type {
  KubernetesEvent,
  KubernetesRole,
  LimitRange,
  Node,
  Pod,
  ResourceQuota,
  RoleBinding,
  Secret,
  ServiceAccount,
} from './kubernetes-objects.js'
import type { DaemonSet, Deployment, ReplicaSet } from './kubernetes-workloads.js'

/** One change of a stored object, as sent to watches. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** Plural name of the resource. */
  readonly resource: string
  readonly object: KubernetesObject
  /** The object before the change. */
  readonly previous: KubernetesObject | undefined
  readonly version: number
}

/**
 * The objects of one cluster by resource, like etcd. Returned objects are never changed afterwards: every write stores
 * a new object under a new resource version.
 */
export interface ObjectStore {
  readonly version: number
  list<R extends string>(resource: R, namespace?: string): KindOf<R>[]
  find<R extends string>(resource: R, namespace: string | undefined, name: string): KindOf<R> | undefined
  /** Adds a name if it only has `generateName`, a UID, a time and a version. */
  create<T extends KubernetesObject>(resource: string, object: T): T
  /** Stores a changed copy; undefined if the object is gone. Nothing is stored if the content stays the same. */
  update<T extends KubernetesObject>(resource: string, object: T, change: (draft: T) => void): T | undefined
  remove(resource: string, object: KubernetesObject): void
  /** A resource's changes after a version, oldest first. */
  since(resource: string, version: number): Change[]
  onChange(listener: (change: Change) => void): () => void
}

/** Watches can start at most this many changes ago. */
const historyLength = 5000

export function createObjectStore(): ObjectStore {
  const objects = new Map<string, Map<string, KubernetesObject>>()
  const history: Change[] = []
  const listeners = new Set<(change: Change) => void>()
  // The versions of a cluster that has been running for a while.
  let version = 184_200

  const of = (resource: string): Map<string, KubernetesObject> => {
    let found = objects.get(resource)
    if (found === undefined) {
      found = new Map()
      objects.set(resource, found)
    }
    return found
  }
  const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`
  const note = (
    type: Change['type'],
    resource: string,
    object: KubernetesObject,
    previous: KubernetesObject | undefined,
  ): void => {
    const change: Change = { type, resource, object, previous, version }
    history.push(change)
    if (history.length > historyLength) history.shift()
    for (const listener of [...listeners]) listener(change)
  }
  /** Binding a pod to a node doesn't make a new generation of it. */
  const specOf = ({ spec }: KubernetesObject): string =>
    JSON.stringify(spec, (key, value: unknown) => (key === 'nodeName' ? undefined : value))
  const isSame = (a: KubernetesObject, b: KubernetesObject): boolean => JSON.stringify(a) === JSON.stringify(b)

  return {
    get version() {
      return version
    },
    list: <R extends string>(resource: R, namespace?: string) =>
      [...of(resource).values()].filter(
        object => namespace === undefined || object.metadata.namespace === namespace,
      ) as KindOf<R>[],
    find: <R extends string>(resource: R, namespace: string | undefined, name: string) =>
      of(resource).get(keyOf(namespace, name)) as KindOf<R> | undefined,
    create(resource, object) {
      const { metadata } = object
      version += 1
      const created = structuredClone(object)
      // An API server answers with the name first.
      created.metadata = {
        ...Object.assign({ name: '' }, created.metadata),
        uid: newGuid(),
        resourceVersion: String(version),
        ...(object.spec === undefined || resource === 'nodes' ? {} : { generation: 1 }),
        creationTimestamp: kubernetesTime(),
      }
      of(resource).set(keyOf(metadata.namespace, metadata.name), created)
      note('ADDED', resource, created, undefined)
      return created
    },
    update<T extends KubernetesObject>(resource: string, object: T, change: (draft: T) => void) {
      const { namespace, name, uid } = object.metadata
      const current = of(resource).get(keyOf(namespace, name)) as T | undefined
      if (current === undefined || current.metadata.uid !== uid) return undefined
      const draft = structuredClone(current)
      change(draft)
      if (isSame(draft, current)) return current
      version += 1
      draft.metadata.resourceVersion = String(version)
      const isNewGeneration = draft.metadata.generation !== undefined && specOf(draft) !== specOf(current)
      if (isNewGeneration) draft.metadata.generation = (draft.metadata.generation ?? 1) + 1
      of(resource).set(keyOf(namespace, name), draft)
      note('MODIFIED', resource, draft, current)
      return draft
    },
    remove(resource, { metadata: { namespace, name, uid } }) {
      const current = of(resource).get(keyOf(namespace, name))
      if (current === undefined || current.metadata.uid !== uid) return
      of(resource).delete(keyOf(namespace, name))
      version += 1
      const last = structuredClone(current)
      last.metadata.resourceVersion = String(version)
      note('DELETED', resource, last, current)
    },
    since: (resource, from) => history.filter(change => change.resource === resource && change.version > from),
    onChange(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

interface Kinds {
  pods: Pod
  nodes: Node
  events: KubernetesEvent
  deployments: Deployment
  replicasets: ReplicaSet
  daemonsets: DaemonSet
  resourcequotas: ResourceQuota
  limitranges: LimitRange
  secrets: Secret
  serviceaccounts: ServiceAccount
  roles: KubernetesRole
  clusterroles: KubernetesRole
  rolebindings: RoleBinding
  clusterrolebindings: RoleBinding
}

/** The type of a resource's objects, by its plural name. */
type KindOf<R extends string> = R extends keyof Kinds ? Kinds[R] : KubernetesObject
