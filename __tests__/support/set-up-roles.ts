import type { Cluster, RoleAssignment } from 'azure-simulator'
import type { Contoso } from 'azure-simulator/contoso'
import { delegationCondition, namespaceScope } from 'azure'
import { roles, setUps } from '../../scripts/set-ups/set-ups.js'

/** What an identity is set up for. */
interface Place {
  clusters?: readonly Cluster[]
  /** Object IDs of identities of clusters to come, and of a group. */
  identities?: readonly string[]
  group?: string
  namespace?: string
  ageMs?: number
}

/**
 * Gives the deployer exactly what docs/set-up.sh grants by default and with these options: the assignments of scripts/set-ups/roles.json, where those of Role
 * Based Access Control Administrator are one. Conformance tests compare them with what the script writes.
 * @returns the assignments by the name of the role
 */
export function giveSetUp(
  contoso: Contoso,
  options: readonly string[],
  place: Place = {},
): Map<string, RoleAssignment> {
  const { world, deployer, subscription, registry } = contoso
  const { clusters = [contoso.cluster], identities = [], group, namespace = 'default', ageMs } = place
  const grants = options.flatMap(option => setUps[option] ?? [])
  const isTo = (to: string): boolean => grants.some(grant => grant.to === to)
  const condition = delegationCondition({
    principalIds: [
      ...(isTo('clusters') ? clusters.map(({ kubeletIdentity }) => kubeletIdentity.objectId) : []),
      ...identities,
      ...(group ? [group] : []),
    ],
    principalTypes: isTo('any') ? ['ServicePrincipal'] : [],
    deletes: grants.some(({ deletes }) => deletes),
  })
  const isAbac = JSON.stringify(registry.body).includes('AbacRepositoryPermissions')
  const scopesOf = (at: string): string[] => {
    if (at === 'registry') return [registry.id]
    return clusters.map(({ id }) => (at === 'namespace' ? namespaceScope(id, namespace) : id))
  }
  const assigned = new Map<string, RoleAssignment>()
  for (const { role: key, at, in: mode } of grants) {
    const { name: role, actions, dataActions, isInEntra } = roles[key] ?? { name: key }
    if (isInEntra || at === 'identity' || (mode && (mode === 'abac') !== isAbac)) continue
    if (key === 'accessAdministrator' && assigned.has(role)) continue
    if (actions && !world.roles.some(({ roleName }) => roleName === role))
      world.addCustomRole({
        roleName: role,
        actions,
        dataActions: dataActions ?? [],
        assignableScopes: [subscription.id],
      })
    for (const scope of scopesOf(at)) {
      const more = { ...(key === 'accessAdministrator' && { condition }), ...(ageMs !== undefined && { ageMs }) }
      assigned.set(role, world.assignRole({ principalId: deployer.objectId, role, scope, ...more }))
    }
  }
  return assigned
}
