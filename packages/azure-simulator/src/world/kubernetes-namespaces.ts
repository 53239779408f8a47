import { kubernetesTime } from './kubernetes-objects.js'
import type {
  KubernetesObject,
  KubernetesRole,
  LimitRange,
  PolicyRule,
  ResourceQuota,
  RoleBinding,
  Secret,
  ServiceAccount,
} from './kubernetes-objects.js'
import type { DaemonSet } from './kubernetes-workloads.js'
import type { ObjectStore } from './kubernetes-store.js'

interface Bind {
  /** Object ID of a user, a service principal or a group. */
  principalId: string
  role: 'cluster-admin' | 'admin' | 'edit' | 'view' | readonly PolicyRule[]
  /** If omitted: all namespaces and cluster-scoped resources. */
  namespace?: string
}

/** Sets up the namespaces of a cluster. */
export interface NamespaceActions {
  /** Adds a namespace with its default service account, which can appear later; `Infinity` for never. */
  addNamespace(
    name: string,
    labels?: Record<string, string>,
    options?: { serviceAccountAfterMs?: number },
  ): KubernetesObject
  /** Deletes a namespace that doesn't get empty: it stays and takes no new objects. */
  terminateNamespace(name: string): void
  /** Adds a quota. Until its controller has set the usage, new pods are refused. */
  addQuota(namespace: string, hard: Record<string, string>, options?: { statusAfterMs?: number }): ResourceQuota
  addLimitRange(namespace: string, limits: LimitRange['spec']['limits']): LimitRange
  /**
   * Adds a pull secret for a registry. For Azure Container Registry, the user name and password are an application's
   * client ID and secret; other registries have their own.
   */
  addPullSecret(
    namespace: string,
    name: string,
    credential: { server: string; username: string; password: string },
  ): Secret
  /** Adds a service account with annotations and pull secrets. */
  addServiceAccount(
    namespace: string,
    name: string,
    options?: { annotations?: Record<string, string>; pullSecrets?: readonly string[] },
  ): ServiceAccount
  /** Adds a DaemonSet with a chart's usual labels, whose controller then creates its pods. */
  addDaemonSet(namespace: string, name: string, image: string): DaemonSet
  /** Sets the pull secrets of the default service account, which pods without their own get on admission. */
  setPullSecrets(namespace: string, names: readonly string[]): void
  bind(binding: Bind): void
}

/** Binds the actions to a cluster's objects. */
export function createNamespaceActions(store: ObjectStore): NamespaceActions {
  let bindings = 0
  const later = (milliseconds: number, act: () => void): void => {
    if (milliseconds === 0) act()
    else if (Number.isFinite(milliseconds)) setTimeout(act, milliseconds).unref()
  }

  return {
    addNamespace(name, labels = {}, { serviceAccountAfterMs = 0 } = {}) {
      const namespace = store.create('namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      })
      later(serviceAccountAfterMs, () => {
        store.create<ServiceAccount>('serviceaccounts', {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'default', namespace: name },
        })
      })
      return namespace
    },
    terminateNamespace(name) {
      const namespace = store.find('namespaces', undefined, name)
      if (namespace === undefined) throw new Error(`there is no namespace ${name}`)
      store.update('namespaces', namespace, draft => {
        draft.metadata.deletionTimestamp = kubernetesTime()
        draft.status = { phase: 'Terminating' }
      })
    },
    addQuota(namespace, hard, { statusAfterMs = 0 } = {}) {
      const quota = store.create<ResourceQuota>('resourcequotas', {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'quota', namespace },
        spec: { hard },
        status: {},
      })
      later(statusAfterMs, () => {
        store.update<ResourceQuota>('resourcequotas', quota, draft => {
          draft.status = { hard, used: {} }
        })
      })
      return quota
    },
    addLimitRange: (namespace, limits) =>
      store.create<LimitRange>('limitranges', {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'limits', namespace },
        spec: { limits },
      }),
    addPullSecret(namespace, name, { server, username, password }) {
      const auth = Buffer.from(`${username}:${password}`).toString('base64')
      const config = JSON.stringify({ auths: { [server]: { username, password, auth } } })
      return store.create<Secret>('secrets', {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
      })
    },
    addServiceAccount: (namespace, name, { annotations, pullSecrets } = {}) =>
      store.create<ServiceAccount>('serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) },
        ...(pullSecrets === undefined ? {} : { imagePullSecrets: pullSecrets.map(secret => ({ name: secret })) }),
      }),
    addDaemonSet(namespace, name, image) {
      const labels = { 'app.kubernetes.io/name': name }
      return store.create<DaemonSet>('daemonsets', {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name, namespace, labels },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } },
        },
        status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
      })
    },
    setPullSecrets(namespace, names) {
      const account = store.find('serviceaccounts', namespace, 'default')
      if (account === undefined) throw new Error(`namespace ${namespace} has no default service account`)
      store.update<ServiceAccount>('serviceaccounts', account, draft => {
        draft.imagePullSecrets = names.map(name => ({ name }))
      })
    },
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
        // Only the directory knows whether an ID is a group's or a user's, so the binding covers both.
        subjects: (['User', 'Group'] as const).map(kind => ({
          kind,
          name: principalId,
          apiGroup: 'rbac.authorization.k8s.io',
        })),
      })
    },
  }
}
