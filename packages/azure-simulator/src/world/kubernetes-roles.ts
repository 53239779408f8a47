import type { KubernetesRole, PolicyRule } from './kubernetes-objects.js'

const read = ['get', 'list', 'watch']
const write = [...read, 'create', 'update', 'patch', 'delete', 'deletecollection']

const apps = ['deployments', 'deployments/scale', 'replicasets', 'daemonsets', 'statefulsets', 'statefulsets/scale']

const clusterRole = (name: string, rules: PolicyRule[]): KubernetesRole => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  rules,
})

const viewed: PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['pods', 'pods/log', 'pods/status', 'events', 'namespaces', 'services', 'configmaps', 'serviceaccounts'],
    verbs: read,
  },
  { apiGroups: [''], resources: ['resourcequotas'], verbs: read },
  { apiGroups: ['apps'], resources: apps, verbs: read },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: read },
]

const edited: PolicyRule[] = [
  ...viewed,
  { apiGroups: [''], resources: ['pods', 'services', 'configmaps', 'secrets', 'serviceaccounts'], verbs: write },
  { apiGroups: [''], resources: ['pods/attach', 'pods/exec', 'pods/portforward'], verbs: ['create', 'get'] },
  { apiGroups: ['apps'], resources: apps, verbs: write },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: write },
]

/**
 * Kubernetes' user-facing roles for the resources here; only the first reads nodes (kubernetes.io "Using RBAC
 * Authorization").
 */
export const builtInClusterRoles: readonly KubernetesRole[] = [
  clusterRole('cluster-admin', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ]),
  clusterRole('admin', [
    ...edited,
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: write },
  ]),
  clusterRole('edit', edited),
  clusterRole('view', viewed),
]
