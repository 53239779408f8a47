import { groupBy } from 'kernel'
import { createRoleAssignmentCommand } from './az-role-commands.js'
import { az, doubleQuoted, forEach, json, option, raw, type Raw } from './az.js'
import type { Caller } from './caller.js'

/**
 * The custom roles for probing, which docs/permissions.md explains: no built-in roles are as small. This one is for the cluster: nodes have no namespace.
 */
export const probeRole = {
  name: 'AKS Probe',
  description: 'Lets attach-acr prove that nodes pull',
  actions: ['Microsoft.ContainerService/managedClusters/listClusterUserCredential/action'],
  dataActions: ['Microsoft.ContainerService/managedClusters/nodes/read'],
}

/** For one namespace of a cluster with Azure RBAC, at the scope `CLUSTER/namespaces/NAME`: probe pods, and what kubelets say about them. */
export const probePodsRole = {
  name: 'AKS Probe Pods',
  description: 'Lets attach-acr start pods that pull',
  actions: [],
  dataActions: [
    'Microsoft.ContainerService/managedClusters/events/read',
    'Microsoft.ContainerService/managedClusters/pods/read',
    'Microsoft.ContainerService/managedClusters/pods/write',
    'Microsoft.ContainerService/managedClusters/pods/delete',
  ],
}

/** For a cluster whose API server the runner can't reach. */
export const runCommandRole = {
  name: 'AKS Run Command',
  description: 'Lets attach-acr run commands inside clusters',
  actions: [
    'Microsoft.ContainerService/managedClusters/runCommand/action',
    'Microsoft.ContainerService/managedClusters/commandResults/read',
  ],
  dataActions: [],
}

/** The roles that must be created before they can be assigned. */
export const customRoles: readonly { name: string; description: string; actions: string[]; dataActions: string[] }[] = [
  probeRole,
  probePodsRole,
  runCommandRole,
]

/** Whether a role has to be created in the subscription before it can be assigned. */
export function isCustomRole(role: string): boolean {
  return customRoles.some(({ name }) => name === role)
}

/** A role that the signed-in identity needs. */
export interface NeededGrant {
  role: string
  condition?: string
  /** The resource to assign it at; `id` is empty if only somebody who can read the resource knows it. */
  at: { kind: 'cluster' | 'registry' | 'other'; name: string; id: string; subscriptionId: string }
  /** The namespace of the cluster to assign or bind it in; absent for the whole cluster. */
  namespace?: string
  /** Set if only a private cluster needs it, and it could not be read whether the cluster is one. */
  isIfPrivate?: true
  /** Set if it is a ClusterRole or a Role, which is bound inside the cluster. */
  binds?: keyof typeof clusterRoles
}

/** The scope of a namespace, at which Azure RBAC for Kubernetes looks, too (learn.microsoft.com/azure/aks/manage-azure-rbac); of the resource itself without one. */
export function namespaceScope(id: string, namespace?: string): string {
  return namespace ? `${id}/namespaces/${namespace}` : id
}

/**
 * The commands that assign roles, as the roles' part of docs/set-up.sh does: what exists already stays, so they can be pasted twice. One command for all
 * resources that get the same role, because there may be hundreds.
 */
export function grantCommands(caller: Caller, grants: readonly NeededGrant[]): string[] {
  const alike = groupBy(
    grants.filter(({ binds }) => !binds),
    ({ role, condition, at, namespace, isIfPrivate }) => {
      const isFound = at.id === '' || isIfPrivate === true
      return JSON.stringify([
        role,
        condition,
        namespace,
        at.subscriptionId.toLowerCase(),
        isFound && [at.kind, at.name],
      ])
    },
  )
  return [
    ...customRoles.flatMap(role => {
      const places = grants.flatMap(({ role: name, at }) => (name === role.name ? at.subscriptionId.toLowerCase() : []))
      const subscriptions = [...new Set(places)]
      return subscriptions.map(id => defineRoleCommand(role, id, subscriptions))
    }),
    ...[...alike.values()].map(([first, ...others]) => {
      const { at, namespace, isIfPrivate, ...grant } = first
      const ids = [first, ...others].map(each => namespaceScope(each.at.id, namespace))
      const assign = (scope?: Raw) =>
        createRoleAssignmentCommand({ ...caller, ...grant, ...(scope && { scope }) }, at.subscriptionId)
      const found = namespace ? ` | sed 's|$|${namespaceScope('', namespace)}|'` : ''
      if (at.id !== '' && !isIfPrivate) return forEach(ids, assign)
      return `${findCommand(at, isIfPrivate)}${found} | xargs -r -n 1 ${assign()}`
    }),
    ...grants.flatMap(({ at, binds, namespace }) =>
      binds ? bindRoleCommand(at, binds, caller.objectId, namespace) : [],
    ),
  ]
}

/** Creates the role unless it can be assigned in the subscription already: `az role definition create` fails then. */
function defineRoleCommand(
  { name, description, actions, dataActions }: (typeof customRoles)[number],
  subscriptionId: string,
  all: readonly string[],
): string {
  const scopes = all.map(id => `/subscriptions/${id}`)
  const definition = {
    ...{ Name: name, Description: description, Actions: actions, DataActions: dataActions },
    AssignableScopes: scopes,
  }
  return az`role definition list --name ${doubleQuoted(name)} ${option('--subscription', subscriptionId)} --query "[].name" --output tsv | grep -q . ||
    ${raw(az`role definition create ${option('--subscription', subscriptionId)} --role-definition ${json(definition)}`)}`
}

/** Prints the ID of a resource, for somebody who can read it; or only if it is a private cluster. */
function findCommand({ kind, name, subscriptionId }: NeededGrant['at'], isIfPrivate = false): string {
  const subscription = option('--subscription', subscriptionId)
  const filter = isIfPrivate ? ' && apiServerAccessProfile.enablePrivateCluster' : ''
  if (kind === 'registry') return az`acr show --name ${name} ${subscription} --query id --output tsv`
  return az`aks list ${subscription} --query ${doubleQuoted(`[?name=='${name}'${filter}].id`)} --output tsv`
}

/**
 * The ClusterRoles of docs/permissions.md and docs/workload-reader.yaml, each with its rules: API group, resources, verbs. `probePods` is a Role in one
 * namespace.
 */
export const clusterRoles = {
  probe: {
    // Not the name of the ClusterRole that earlier versions of docs/permissions.md have, which also has pods.
    name: 'attach-acr-nodes',
    rules: [['', 'nodes', 'get, list']],
  },
  probePods: {
    name: 'attach-acr-probe',
    rules: [
      ['', 'events', 'get, list'],
      ['', 'pods', 'get, list, create, delete, deletecollection'],
    ],
  },
  reader: {
    name: 'attach-acr-workload-reader',
    rules: [
      ['', 'namespaces, pods', 'get, list'],
      ['apps', 'deployments, statefulsets, daemonsets, replicasets', 'get, list'],
      ['batch', 'cronjobs, jobs', 'get, list'],
    ],
  },
} as const

/**
 * Creates a ClusterRole, or a Role in a namespace, and binds it in a cluster that has Entra ID with Kubernetes RBAC; in any other one it does nothing, so the
 * kind need not be known. It uses Run Command, which also enters private clusters and needs no kubeconfig. The rules are added to those of an existing role,
 * and the binding is the identity's own, so nobody else loses anything. The YAML has no single quotes, and may be indented.
 */
export function bindRoleCommand(
  { name, subscriptionId, id }: NeededGrant['at'],
  key: keyof typeof clusterRoles,
  objectId: string,
  namespace?: string,
): string {
  const role = clusterRoles[key]
  const [kind, place] = namespace ? ['Role', `, namespace: ${namespace}`] : ['ClusterRole', '']
  const [group, subscription] = [id.split('/')[4], option('--subscription', subscriptionId)]
  const query = `[?name=='${name}' && aadProfile && contains('false null', to_string(aadProfile.enableAzureRbac))].resourceGroup`
  const of = (kind: string, more = '') => `{apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: ${more}}`
  const rules = role.rules.map(
    ([api, resources, verbs]) => `{apiGroups: [${api || '\\"\\"'}], resources: [${resources}], verbs: [${verbs}]}`,
  )
  const lines = [
    // kubectl takes what begins with a brace for JSON.
    'echo "---',
    '{apiVersion: v1, kind: List, items: [',
    `{apiVersion: rbac.authorization.k8s.io/v1, kind: ${kind}, metadata: {name: ${role.name}${place}}, rules: [`,
    `${rules.join(',\n')}]},`,
    `{apiVersion: rbac.authorization.k8s.io/v1, kind: ${kind}Binding, metadata: {name: ${role.name}-${objectId}${place}},`,
    `roleRef: ${of(kind, role.name)},`,
    `subjects: [${of('User', objectId)}]}]}" | kubectl auth reconcile --filename -`,
  ]
  const invoke = az`aks command invoke --name ${name} ${subscription} --command ${lines.join('\n')} --resource-group`
  return az`aks list ${option('--resource-group', group)} ${subscription} --query ${doubleQuoted(query)} --output tsv
    | xargs -r -n 1 ${raw(invoke)}`
}
