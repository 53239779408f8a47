import { armTimestamp, newGuid, sameId, withoutDashes } from '../model/ids.js'
import type { PrincipalType } from './directory.js'
import { normalizeScope } from './scopes.js'

export interface RoleAssignment {
  readonly id: string
  /** The GUID at the end of `id`; unique in the tenant. */
  readonly name: string
  readonly scope: string
  readonly roleDefinitionId: string
  readonly principalId: string
  readonly principalType: PrincipalType
  condition: string | null
  conditionVersion: string | null
  description: string | null
  delegatedManagedIdentityResourceId: string | null
  readonly createdOn: string
  updatedOn: string
  readonly createdBy: string | null
  updatedBy: string | null
  /** When permission checks start to use it, in epoch milliseconds. */
  effectiveAt: number
  /** When reads start to show it, in epoch milliseconds. */
  visibleAt: number
}

interface Deleted {
  readonly assignment: RoleAssignment
  readonly listedUntil: number
  readonly effectiveUntil: number
}

interface NewRoleAssignment {
  name?: string
  scope: string
  roleDefinitionId: string
  principalId: string
  principalType: PrincipalType
  condition?: string | null
  conditionVersion?: string | null
  description?: string | null
  delegatedManagedIdentityResourceId?: string | null
  by?: string | null
  /** Milliseconds since it was assigned. */
  ageMs?: number
  /** Milliseconds until permission checks use it. */
  effectiveInMs?: number
  /** Milliseconds until reads show it. */
  visibleInMs?: number
}

/** The role assignments of the tenant, including deleted ones that linger. */
export interface RoleAssignmentStore {
  /** All stored assignments, whether reads show them yet or not. */
  readonly all: RoleAssignment[]
  add(assignment: NewRoleAssignment): RoleAssignment
  remove(assignment: RoleAssignment, lag?: { listedForMs?: number; effectiveForMs?: number }): void
  findByName(name: string): RoleAssignment | undefined
  /** The assignment of the same role to the same principal at the same scope: Azure allows one. */
  findSame(scope: string, principalId: string, roleDefinitionId: string): RoleAssignment | undefined
  /** The assignments in lists now. */
  listed(): RoleAssignment[]
  /** The assignments of these principals (in lower case) that permission checks use now. */
  effective(principalIds: ReadonlySet<string>): RoleAssignment[]
  /** Ages every write by that much, so that reads and permission checks catch up. */
  passTime(milliseconds: number): void
}

export function createRoleAssignmentStore(): RoleAssignmentStore {
  const all: RoleAssignment[] = []
  let deleted: Deleted[] = []
  // Searching all of them for each principal and name takes minutes in a large tenant.
  const byPrincipal = new Map<string, RoleAssignment[]>()
  const byName = new Map<string, RoleAssignment>()
  const keyOf = (name: string): string => withoutDashes(name).toLowerCase()
  const ofPrincipal = (principalId: string): readonly RoleAssignment[] =>
    byPrincipal.get(principalId.toLowerCase()) ?? []

  return {
    all,
    add(options) {
      const now = Date.now()
      const scope = normalizeScope(options.scope)
      const name = options.name ?? newGuid()
      const by = options.by ?? null
      const assignment: RoleAssignment = {
        id: `${scope === '/' ? '' : scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
        name,
        scope,
        roleDefinitionId: options.roleDefinitionId,
        principalId: options.principalId,
        principalType: options.principalType,
        condition: options.condition ?? null,
        conditionVersion: options.conditionVersion ?? null,
        description: options.description ?? null,
        delegatedManagedIdentityResourceId: options.delegatedManagedIdentityResourceId ?? null,
        createdOn: armTimestamp(now - (options.ageMs ?? 0)),
        updatedOn: armTimestamp(now - (options.ageMs ?? 0)),
        createdBy: by,
        updatedBy: by,
        effectiveAt: now + (options.effectiveInMs ?? 0),
        visibleAt: now + (options.visibleInMs ?? 0),
      }
      all.push(assignment)
      byPrincipal.set(assignment.principalId.toLowerCase(), [...ofPrincipal(assignment.principalId), assignment])
      byName.set(keyOf(name), assignment)
      return assignment
    },
    remove(assignment, lag = {}) {
      const index = all.indexOf(assignment)
      if (index >= 0) all.splice(index, 1)
      const { principalId, name } = assignment
      byPrincipal.set(
        principalId.toLowerCase(),
        ofPrincipal(principalId).filter(other => other !== assignment),
      )
      if (byName.get(keyOf(name)) === assignment) byName.delete(keyOf(name))
      const now = Date.now()
      deleted.push({
        assignment,
        listedUntil: now + (lag.listedForMs ?? 0),
        effectiveUntil: now + (lag.effectiveForMs ?? 0),
      })
    },
    findByName: name => byName.get(keyOf(name)),
    findSame: (scope, principalId, roleDefinitionId) =>
      ofPrincipal(principalId).find(
        assignment =>
          sameId(assignment.scope, normalizeScope(scope)) &&
          sameId(assignment.roleDefinitionId.slice(-36), roleDefinitionId.slice(-36)),
      ),
    listed() {
      const now = Date.now()
      deleted = deleted.filter(entry => entry.listedUntil > now || entry.effectiveUntil > now)
      return [
        ...all.filter(assignment => assignment.visibleAt <= now),
        ...deleted.filter(entry => entry.listedUntil > now).map(entry => entry.assignment),
      ]
    },
    effective(principalIds) {
      const now = Date.now()
      return [
        ...[...principalIds].flatMap(ofPrincipal).filter(assignment => assignment.effectiveAt <= now),
        ...deleted
          .filter(
            ({ assignment, effectiveUntil }) =>
              effectiveUntil > now && principalIds.has(assignment.principalId.toLowerCase()),
          )
          .map(entry => entry.assignment),
      ]
    },
    passTime(milliseconds) {
      for (const assignment of all) {
        assignment.visibleAt -= milliseconds
        assignment.effectiveAt -= milliseconds
      }
      deleted = deleted.map(({ assignment, listedUntil, effectiveUntil }) => ({
        assignment,
        listedUntil: listedUntil - milliseconds,
        effectiveUntil: effectiveUntil - milliseconds,
      }))
    },
  }
}
