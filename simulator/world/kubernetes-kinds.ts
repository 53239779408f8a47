import type { KubernetesObject } from './kubernetes-meta.js'
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
import type { CronJob, DaemonSet, Deployment, Job, ReplicaSet, StatefulSet } from './kubernetes-workloads.js'

interface Kinds {
  pods: Pod
  nodes: Node
  events: KubernetesEvent
  deployments: Deployment
  replicasets: ReplicaSet
  daemonsets: DaemonSet
  statefulsets: StatefulSet
  jobs: Job
  cronjobs: CronJob
  resourcequotas: ResourceQuota
  limitranges: LimitRange
  secrets: Secret
  serviceaccounts: ServiceAccount
  roles: KubernetesRole
  clusterroles: KubernetesRole
  rolebindings: RoleBinding
  clusterrolebindings: RoleBinding
}

/** What a resource, by its plural name, has as objects. */
export type KindOf<R extends string> = R extends keyof Kinds ? Kinds[R] : KubernetesObject
