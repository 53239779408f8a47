// Decides what a principal is allowed to do with a repository or a registry.
import { judge } from '../../world/permissions.js'
import { accessOf, registryType, type Registry } from '../../world/registries.js'
import type { World } from '../../world/world.js'

/** The right that a request needs; any one of the actions is enough. */
export interface Need {
  readonly type: 'repository' | 'registry'
  readonly name: string
  readonly actions: readonly [string, ...string[]]
}

/**
 * Actions in a registry's tokens, and the permissions for them: control-plane actions in RBAC mode; in ABAC mode data
 * actions, which apply per repository (azure-docs `container-registry-rbac-abac-repository-permissions.md`; Azure/acr
 * `docs/AAD-OAuth.md` for the tokens).
 */
const actions: readonly { name: string; rbac: string; abac: string }[] = [
  { name: 'pull', rbac: 'pull/read', abac: 'repositories/content/read' },
  { name: 'push', rbac: 'push/write', abac: 'repositories/content/write' },
  { name: 'delete', rbac: 'artifacts/delete', abac: 'repositories/content/delete' },
  { name: 'metadata_read', rbac: 'pull/read', abac: 'repositories/metadata/read' },
  // In ABAC mode, too, these are registry-wide permissions (learn.microsoft.com, container-registry-soft-delete-policy).
  { name: 'deleted_read', rbac: 'deleted/read', abac: 'deleted/read' },
  { name: 'deleted_restore', rbac: 'deleted/restore/action', abac: 'deleted/restore/action' },
  // Azure's list of actions has it for RBAC mode, too; AcrPush lacks it, as a public Bicep template says that locks tags with a role of its own.
  { name: 'metadata_write', rbac: 'metadata/write', abac: 'repositories/metadata/write' },
]

/** The attribute for conditions on repositories: documented on the request, but often written on the resource. */
const repositoryName = `${registryType}/repositories:name`

/** A principal's current rights in a repository of the registry; `groupLagMs` as in a permission request. */
export function repositoryRights(
  world: World,
  registry: Registry,
  principalId: string,
  repository: string,
  groupLagMs = world.timing.groupPropagationMs,
): string[] {
  const { isAbac } = accessOf(registry)
  const allowed = actions.filter(({ rbac, abac }) => {
    const request = { principalId, action: `${registryType}/${isAbac ? abac : rbac}`, scope: registry.id, groupLagMs }
    const named = { [repositoryName]: repository }
    const attributes = { request: named, resource: named }
    return judge(world, isAbac ? { ...request, data: true, attributes } : request) === 'allowed'
  })
  return allowed.map(({ name }) => name)
}

export function canListRepositories(world: World, registry: Registry, principalId: string): boolean {
  const { isAbac } = accessOf(registry)
  const action = `${registryType}/${isAbac ? 'catalog/read' : 'pull/read'}`
  return judge(world, { principalId, action, scope: registry.id, data: isAbac }) === 'allowed'
}

/** Whether a principal has any right in any repository: any grant, with or without a condition. */
export function hasRights(
  world: World,
  registry: Registry,
  principalId: string,
  groupLagMs = world.timing.groupPropagationMs,
): boolean {
  const { isAbac } = accessOf(registry)
  return actions.some(({ rbac, abac }) => {
    const action = `${registryType}/${isAbac ? abac : rbac}`
    const verdict = judge(world, { principalId, action, scope: registry.id, data: isAbac, groupLagMs })
    return verdict === 'allowed' || verdict === 'condition'
  })
}
