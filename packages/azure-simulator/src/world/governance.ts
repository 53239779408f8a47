import { newGuid } from '../model/ids.js'
import type { Permission } from '../model/role-definitions.js'
import { normalizeScope } from './scopes.js'

export interface Lock {
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

/** An Azure Policy with the effect `deny` for one resource type, at its scope and below. */
export interface Policy {
  /** Resource ID of its assignment. */
  readonly id: string
  readonly name: string
  readonly scope: string
  readonly type: string
  /** Denies only matching resources; all of the type without it. */
  readonly when: PolicyCondition | undefined
}

/** The rule of a custom policy with the effect `deny` for one resource type. */
interface PolicyDefinition {
  readonly id: string
  readonly type: string
}

/**
 * One comparison in a policy's rule; `field` is a property in the body, or an alias such as
 * `Microsoft.ContainerRegistry/registries/publicNetworkAccess`.
 */
export interface PolicyCondition {
  readonly field: string
  readonly equals?: unknown
  readonly notEquals?: unknown
  readonly in?: readonly unknown[]
  readonly notIn?: readonly unknown[]
  readonly exists?: boolean
}

/** A token bucket. Azure Resource Manager has one per subscription, principal and kind of call. */
interface Bucket {
  readonly size: number
  readonly refillPerSecond: number
}

/** Everything except roles that can block a caller. */
export interface Governance {
  readonly locks: Lock[]
  readonly denyAssignments: DenyAssignment[]
  /** Maximum number of role assignments per subscription; 4000 in Azure. */
  roleAssignmentLimit: number
  /** Undefined turns it off. Azure: bucket of 250 reads, 25 per second; 200 writes or deletes, 10 per second. */
  throttling: Readonly<Record<'reads' | 'writes' | 'deletes', Bucket>> | undefined
  /** A policy with the effect `modify` that sets the mode of every new registry, whatever the request. */
  registryModePolicy: 'AbacRepositoryPermissions' | 'LegacyRegistryPermissions' | undefined
  readonly policies: readonly Policy[]
  readonly policyDefinitions: PolicyDefinition[]
  /** Resource providers that aren't registered in any subscription, such as `Microsoft.ContainerRegistry`. */
  readonly unregisteredProviders: Set<string>
  /**
   * @param policy the last segment of its resource ID, its display name, the resource type that it denies, and an
   * optional condition
   */
  addPolicy(policy: { id: string; name: string; scope: string; type: string; when?: PolicyCondition }): Policy
  addLock(lock: { scope: string; level: Lock['level']; name?: string }): Lock
  /** By default nobody is excluded, as in the system's own deny assignments. */
  addDenyAssignment(assignment: NewDenyAssignment): DenyAssignment
}

/** No locks, no denials, Azure's own limits, no throttling. */
export function createGovernance(): Governance {
  const locks: Lock[] = []
  const denyAssignments: DenyAssignment[] = []
  const policies: Policy[] = []
  return {
    policies,
    policyDefinitions: [],
    unregisteredProviders: new Set(),
    addPolicy({ id, name, scope, type, when }) {
      const policy = {
        id: `${normalizeScope(scope)}/providers/Microsoft.Authorization/policyAssignments/${id}`,
        name,
        scope: normalizeScope(scope),
        type,
        when,
      }
      policies.push(policy)
      return policy
    },
    locks,
    denyAssignments,
    roleAssignmentLimit: 4000,
    throttling: undefined,
    registryModePolicy: undefined,
    addLock({ scope, level, name = 'do-not-touch' }) {
      const lock = {
        id: `${normalizeScope(scope)}/providers/Microsoft.Authorization/locks/${name}`,
        scope: normalizeScope(scope),
        level,
      }
      locks.push(lock)
      return lock
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

/** Whether a body satisfies a policy's condition; texts are compared case-insensitively (azure-docs `policy-rule`). */
export function holds({ field, ...test }: PolicyCondition, type: string, body: unknown): boolean {
  const path = field.toLowerCase().startsWith(`${type.toLowerCase()}/`)
    ? ['properties', ...field.slice(type.length + 1).split(/[./]/)]
    : field.split('.')
  const value = path.reduce<unknown>((inner, key) => {
    const entries = typeof inner === 'object' && inner !== null ? Object.entries(inner) : []
    return entries.find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1] as unknown
  }, body)
  const isSame = (other: unknown): boolean => String(other).toLowerCase() === String(value).toLowerCase()
  if ('equals' in test) return isSame(test.equals)
  if ('notEquals' in test) return !isSame(test.notEquals)
  if (test.in !== undefined) return test.in.some(isSame)
  if (test.notIn !== undefined) return !test.notIn.some(isSame)
  return (value !== undefined && value !== null) === (test.exists ?? true)
}
