import { newGuid } from '../model/ids.js'
import type { Permission } from '../model/role-definitions.js'
import { normalizeScope } from './scopes.js'

interface Lock {
  readonly id: string
  readonly scope: string
  readonly level: 'ReadOnly' | 'CanNotDelete'
}

export interface DenyAssignment extends Permission {
  readonly id: string
  readonly name: string
  readonly denyAssignmentName: string
  readonly scope: string
  readonly doNotApplyToChildScopes: boolean
  /** Object IDs; empty for everyone. */
  readonly principals: readonly string[]
  readonly excludePrincipals: readonly string[]
}

interface NewDenyAssignment extends Partial<Permission> {
  name: string
  scope: string
  principals?: readonly string[]
  excludePrincipals?: readonly string[]
  doNotApplyToChildScopes?: boolean
}

/** An assignment of a policy with the effect `deny`. */
export interface PolicyAssignment {
  readonly id: string
  readonly name: string
  readonly scope: string
  /** Whether it forbids to write such a resource; the body is the request's. */
  readonly denies: (resource: { type: string; name: string; body: unknown }) => boolean
}

/** A token bucket, as Azure Resource Manager keeps one per subscription, principal and kind of call. */
interface Bucket {
  readonly size: number
  readonly refillPerSecond: number
}

/** Everything but roles that can stop a caller. */
export interface Governance {
  readonly locks: Lock[]
  readonly denyAssignments: DenyAssignment[]
  readonly policies: PolicyAssignment[]
  /** Namespaces of resource providers, in lower case, that no subscription is registered for. */
  readonly unregisteredProviders: Set<string>
  /** Role assignments that a subscription may have; 4000 in Azure. */
  roleAssignmentLimit: number
  /** Off when undefined. Azure: reads 250 and 25 a second, writes and deletes 200 and 10 a second. */
  throttling: Readonly<Record<'reads' | 'writes' | 'deletes', Bucket>> | undefined
  /** A policy with the effect `modify` that sets the mode of every registry that is created, whatever was asked for. */
  registryModePolicy: 'AbacRepositoryPermissions' | 'LegacyRegistryPermissions' | undefined
  readonly resourceGraph: {
    /** Every query is refused. */
    denied: boolean
    /** Age below which a resource is not in the index; Infinity for an empty one. */
    lagMs: number
    /** Queries in five seconds that a caller may send. */
    quota: number
  }
  addLock(lock: { scope: string; level: Lock['level']; name?: string }): Lock
  /** By default nobody is spared, as with the system's own deny assignments. */
  addDenyAssignment(assignment: NewDenyAssignment): DenyAssignment
  addPolicy(policy: Pick<PolicyAssignment, 'name' | 'scope' | 'denies'>): PolicyAssignment
}

/** No locks, nothing denied, all providers registered, Azure's own limits, no throttling. */
export function createGovernance(): Governance {
  const locks: Lock[] = []
  const denyAssignments: DenyAssignment[] = []
  const policies: PolicyAssignment[] = []
  return {
    locks,
    denyAssignments,
    policies,
    unregisteredProviders: new Set(),
    roleAssignmentLimit: 4000,
    throttling: undefined,
    registryModePolicy: undefined,
    resourceGraph: { denied: false, lagMs: 0, quota: 15 },
    addLock({ scope, level, name = 'do-not-touch' }) {
      const lock = {
        id: `${normalizeScope(scope)}/providers/Microsoft.Authorization/locks/${name}`,
        scope: normalizeScope(scope),
        level,
      }
      locks.push(lock)
      return lock
    },
    addPolicy({ name, denies, ...options }) {
      const scope = normalizeScope(options.scope)
      const policy = { id: `${scope}/providers/Microsoft.Authorization/policyAssignments/${name}`, name, scope, denies }
      policies.push(policy)
      return policy
    },
    addDenyAssignment(options) {
      const name = newGuid()
      const scope = normalizeScope(options.scope)
      const assignment: DenyAssignment = {
        id: `${scope}/providers/Microsoft.Authorization/denyAssignments/${name}`,
        name,
        denyAssignmentName: options.name,
        scope,
        doNotApplyToChildScopes: options.doNotApplyToChildScopes ?? false,
        principals: options.principals ?? [],
        excludePrincipals: options.excludePrincipals ?? [],
        actions: options.actions ?? [],
        notActions: options.notActions ?? [],
        dataActions: options.dataActions ?? [],
        notDataActions: options.notDataActions ?? [],
      }
      denyAssignments.push(assignment)
      return assignment
    },
  }
}
