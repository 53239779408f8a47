// Decides what a user is allowed to do in a cluster: bindings, and Azure RBAC for Kubernetes.
import { sameId } from '../../../model/ids.js'
import { judge } from '../../../world/permissions.js'
import { accessOf } from '../../../world/cluster-access.js'
import { clusterType, type Cluster } from '../../../world/clusters.js'
import type { PolicyRule, RoleBinding } from '../../../world/kubernetes-objects.js'
import type { World } from '../../../world/world.js'
import { findResource } from '../objects/resources.js'
import { KubernetesError, kubernetesErrors } from '../objects/status.js'
import type { User } from './users.js'

/** What a request does, for authorization. */
export type Attributes =
  | {
      readonly kind: 'resource'
      readonly verb: string
      readonly group: string
      readonly resource: string
      readonly subresource?: string | undefined
      readonly namespace: string | undefined
      readonly name?: string | undefined
    }
  | { readonly kind: 'path'; readonly verb: string; readonly path: string }

/** Each user's rules by `system:basic-user` (kubernetes/kubernetes `rbac/bootstrappolicy/policy.go`). */
const basicRules: readonly PolicyRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
]

const open = [/^\/(api|apis|openapi|healthz|livez|readyz|version)(\/|$)/]
const reviews = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews']

/**
 * Whether the user is allowed to. For Entra users of a cluster with Azure RBAC, only Azure decides (azure-docs
 * `aks/manage-azure-rbac`).
 */
function isAllowed(world: World, cluster: Cluster, user: User, attributes: Attributes): boolean {
  if (isAdministrator(cluster, user)) return true
  if (attributes.kind === 'path' && open.some(pattern => pattern.test(attributes.path))) return true
  if (attributes.kind === 'resource' && reviews.includes(attributes.resource)) return true
  if (accessOf(cluster).usesAzureRbac && user.objectId !== undefined) {
    return isAllowedByAzure(world, cluster, user.objectId, attributes)
  }
  return rulesOf(cluster, user, attributes.kind === 'resource' ? attributes.namespace : undefined).some(rule =>
    covers(rule, attributes),
  )
}

/** Whether it is in a group that is bound to the ClusterRole cluster-admin. */
function isAdministrator(cluster: Cluster, { groups }: User): boolean {
  const admins = ['system:masters', ...accessOf(cluster).adminGroupObjectIds]
  return admins.some(id => groups.some(group => sameId(group, id)))
}

/** @throws KubernetesError, the API server's refusal */
export function authorize(world: World, cluster: Cluster, user: User, attributes: Attributes): void {
  if (isAllowed(world, cluster, user, attributes)) return
  if (attributes.kind === 'path') {
    const { verb, path } = attributes
    throw new KubernetesError(403, 'Forbidden', `forbidden: User "${user.name}" cannot ${verb} path "${path}"`)
  }
  const { verb, resource, subresource, group, namespace, name } = attributes
  const full = subresource === undefined ? resource : `${resource}/${subresource}`
  const place = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  // The text of Azure/guard, the webhook for Azure RBAC.
  const reason =
    accessOf(cluster).usesAzureRbac && user.objectId !== undefined
      ? ': User does not have access to the resource in Azure. Update role assignment to allow access.'
      : ''
  throw kubernetesErrors.forbidden(
    resource,
    name,
    `User "${user.name}" cannot ${verb} resource "${full}" in API group "${group}" ${place}${reason}`,
  )
}

const azureVerbs: Readonly<Record<string, string>> = {
  get: 'read',
  list: 'read',
  watch: 'read',
  create: 'write',
  update: 'write',
  patch: 'write',
  delete: 'delete',
  deletecollection: 'delete',
}

/** The data action for a request in Azure/guard's naming. */
function isAllowedByAzure(world: World, cluster: Cluster, principalId: string, attributes: Attributes): boolean {
  if (attributes.kind === 'path') return false
  const { verb, group, resource, subresource, namespace } = attributes
  const path = group === '' ? resource : `${group}/${resource}`
  const ending =
    subresource === 'exec' || subresource === 'attach' ? `${subresource}/action` : (azureVerbs[verb] ?? 'action')
  const scope = namespace === undefined ? cluster.id : `${cluster.id}/namespaces/${namespace}`
  return judge(world, { principalId, action: `${clusterType}/${path}/${ending}`, scope, data: true }) === 'allowed'
}

/** The rules that bindings give a user cluster-wide and in a namespace. */
function rulesOf(cluster: Cluster, user: User, namespace: string | undefined): PolicyRule[] {
  const { store } = cluster.kubernetes
  const names = (binding: RoleBinding): boolean =>
    binding.subjects?.some(({ kind, name }) =>
      kind === 'Group' ? user.groups.includes(name) : kind === 'User' && user.name === name,
    ) === true
  const bindings = [
    ...store.list('clusterrolebindings'),
    ...(namespace === undefined ? [] : store.list('rolebindings', namespace)),
  ]
  return bindings.filter(names).flatMap(({ roleRef }) => {
    const role =
      roleRef.kind === 'Role'
        ? store.find('roles', namespace, roleRef.name)
        : store.find('clusterroles', undefined, roleRef.name)
    return role?.rules ?? []
  })
}

function covers(
  { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule,
  attributes: Attributes,
): boolean {
  const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)
  if (!has(verbs, attributes.verb)) return false
  if (attributes.kind === 'path') return has(nonResourceURLs, attributes.path)
  const { group, resource, subresource, name } = attributes
  if (resourceNames.length > 0 && (name === undefined || !resourceNames.includes(name))) return false
  return has(apiGroups, group) && has(resources, subresource === undefined ? resource : `${resource}/${subresource}`)
}

interface Review {
  spec?: {
    resourceAttributes?: {
      verb?: string
      group?: string
      resource?: string
      subresource?: string
      namespace?: string
      name?: string
    }
    nonResourceAttributes?: { verb?: string; path?: string }
    namespace?: string
  }
}

/** Answers a user's reviews of itself: `kubectl auth can-i` and `whoami`. */
export function answerReview(
  world: World,
  cluster: Cluster,
  user: User,
  kind: string,
  body: Review,
): Record<string, unknown> {
  switch (kind) {
    case 'SelfSubjectReview':
      return {
        apiVersion: 'authentication.k8s.io/v1',
        kind,
        metadata: {},
        status: {
          userInfo: {
            username: user.name,
            groups: user.groups,
            ...(user.objectId === undefined ? {} : { extra: { oid: [user.objectId] } }),
          },
        },
      }
    // Only RBAC can list rules, those of webhooks are unknown (kubernetes/kubernetes `registry/authorization/selfsubjectrulesreview/rest.go`, k8s.io/apiserver
    // `authorization/union/union.go`). Any namespace is answered, also one that does not exist.
    case 'SelfSubjectRulesReview': {
      const namespace = body.spec?.namespace ?? ''
      if (namespace === '') throw kubernetesErrors.badRequest('no namespace on request')
      const bound = isAdministrator(cluster, user)
        ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]
        : rulesOf(cluster, user, namespace).filter(rule => rule.resources !== undefined)
      const incomplete = accessOf(cluster).usesAzureRbac
      return {
        apiVersion: 'authorization.k8s.io/v1',
        kind,
        metadata: {},
        spec: {},
        status: {
          resourceRules: [...basicRules, ...bound],
          nonResourceRules: [],
          incomplete,
          ...(incomplete && { evaluationError: 'webhook authorizer does not support user rule resolution' }),
        },
      }
    }
    default: {
      const { resourceAttributes, nonResourceAttributes } = body.spec ?? {}
      const allowed = isAllowed(world, cluster, user, attributesOf(resourceAttributes, nonResourceAttributes))
      return {
        apiVersion: 'authorization.k8s.io/v1',
        kind,
        metadata: {},
        spec: body.spec ?? {},
        status: { allowed },
      }
    }
  }
}

function attributesOf(
  asked: NonNullable<Review['spec']>['resourceAttributes'],
  path: NonNullable<Review['spec']>['nonResourceAttributes'],
): Attributes {
  if (asked === undefined) return { kind: 'path', verb: path?.verb ?? '', path: path?.path ?? '' }
  const { verb = '', group = '', resource = '', subresource, namespace } = asked
  const isNamespaced = findResource(resource)?.isNamespaced ?? true
  return {
    kind: 'resource',
    verb,
    group,
    resource,
    subresource: subresource || undefined,
    namespace: isNamespaced ? namespace || undefined : undefined,
  }
}
