import type { Exchange } from '../../../model/exchange.js'
import { accessOf } from '../../../world/cluster-access.js'
import type { Cluster } from '../../../world/clusters.js'
import type { World } from '../../../world/world.js'
import { kubernetesErrors } from '../objects/status.js'
import { authorize } from './authorization.js'
import { accountGroups, readAccount, type User } from './users.js'

/**
 * The user that a request acts as: the caller, or the user in `kubectl --as` if the caller has permission to
 * impersonate it (k8s.io/apiserver `endpoints/filters/impersonation.go`).
 */
export function impersonate(world: World, cluster: Cluster, user: User, request: Request, exchange: Exchange): User {
  const { headers } = request
  const name = headers.get('impersonate-user')
  const groups =
    headers
      .get('impersonate-group')
      ?.split(',')
      .map(group => group.trim()) ?? []
  const hasMore = [...headers.keys()].some(
    header => header === 'impersonate-uid' || header.startsWith('impersonate-extra-'),
  )
  if (name === null) {
    if (groups.length > 0 || hasMore)
      throw kubernetesErrors.badRequest('requested impersonation without impersonating a user')
    return user
  }
  if (hasMore || accessOf(cluster).usesAzureRbac) {
    exchange.problem('impersonation by UID or extra, or in a cluster with Azure RBAC, is not simulated')
    throw kubernetesErrors.badRequest(
      'impersonation by UID or extra, or in a cluster with Azure RBAC, is not simulated',
    )
  }
  const account = readAccount(name)
  const requirePermission = (resource: string, target: string, namespace?: string): void => {
    authorize(world, cluster, user, {
      kind: 'resource',
      verb: 'impersonate',
      group: '',
      resource,
      namespace,
      name: target,
    })
  }
  if (account === undefined) requirePermission('users', name)
  else requirePermission('serviceaccounts', account.name, account.namespace)
  for (const group of groups) requirePermission('groups', group)
  const own = account === undefined || groups.length > 0 ? groups : accountGroups(account)
  return {
    name,
    groups: [...own, 'system:authenticated'],
    objectId: undefined,
    displayName: `${user.displayName} as ${name}`,
  }
}
