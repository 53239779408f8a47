import type { Access, PlannedImage, PrincipalType, Registry, RoleAssignment, Target } from 'azure'
import type { ActionError, Finding, Unknown } from 'kernel'
import type { ObservedPair } from './observed.js'
import type { RepositoryPattern } from 'repository-conditions'

/** What texts say of an operation. */
export function wordsOf(operation: Operation) {
  const { name, lack = `${name} still exists` } = nameAndLackOf(operation)
  const [verb = ''] = operation.operation.split('-')
  const effect = `${verb.replace(/e$/, '')}ed`
  return {
    /** `AcrPull on contosoacr for aks-prod-1` */
    name,
    /** What is missing until it is done: `AcrPull is missing`. */
    lack,
    /** A participle: `created`. */
    effect,
    /** That it was not done, as a sentence without full stop: `AcrPull on contosoacr for aks-prod-1 could not be created`. */
    failure: `${name.charAt(0).toUpperCase()}${name.slice(1)} could not be ${effect}`,
  }
}

function nameAndLackOf(operation: Operation): { name: string; lack?: string } {
  switch (operation.operation) {
    case 'create-registry': {
      const { registry, sku } = operation
      return { name: `registry ${registry.name} (${sku})`, lack: `the registry ${registry.name} does not exist` }
    }
    case 'create-role-assignment':
    case 'update-role-assignment': {
      const { role, registry, target, principalType, principalId, condition, unreached } = operation
      const group = principalType === 'Group' && `group ${principalId}`
      const limit = condition ? ', limited to repositories' : ''
      const holder = group ? ` for ${group}` : ''
      const lack = unreached ? `${role.name}${holder} does not reach ${unreached}` : `${role.name} is missing${holder}`
      return {
        name: `${role.name} on ${registry.name} for ${group || target.name}${limit}`,
        lack,
      }
    }
    case 'delete-role-assignment':
      return { name: `${operation.role} on ${operation.registry.name} for ${operation.target.name}` }
    case 'add-group-member': {
      const { groupId, target } = operation
      return {
        name: `membership of ${target.name} in group ${groupId}`,
        lack: `the pull identity is not a member of group ${groupId}`,
      }
    }
  }
}

export function isCreation(operation: Operation): operation is Extract<Operation, { operation: 'create-registry' }> {
  return operation.operation === 'create-registry'
}

/** Whether an operation assigns a role, or changes the condition of an assigned one. */
export function isGrant(operation: Operation): operation is CreateRoleAssignment {
  return operation.operation === 'create-role-assignment' || operation.operation === 'update-role-assignment'
}

/** Whether an operation assigns a role to the pull identity itself. */
export function isDirect(operation: Operation): boolean {
  return isGrant(operation) && operation.principalType === 'ServicePrincipal'
}

/** A planned write, with its reason. All but the creation of a registry grant or remove access. */
export type Operation =
  | {
      operation: 'create-registry'
      reason: string
      registry: Registry
      sku: string
      /** Empty for the location of its resource group. */
      location: string
    }
  | CreateRoleAssignment
  | {
      operation: 'delete-role-assignment'
      reason: string
      target: Target
      registry: Registry
      assignment: RoleAssignment
      role: string
    }
  | {
      operation: 'add-group-member'
      reason: string
      target: Target
      groupId: string
    }

export interface CreateRoleAssignment {
  operation: 'create-role-assignment' | 'update-role-assignment'
  reason: string
  /** The first target that needs it; a group's assignment serves several. */
  target: Target
  registry: Registry
  /** Resource ID to assign at: the registry's. */
  scope: string
  principalId: string
  principalType: PrincipalType
  role: { id: string; name: string }
  /** Name (GUID) of the assignment: the same for the same scope, principal and role. */
  name: string
  /** Limits the assignment; empty if an update removes the condition. */
  condition?: string
  /** The assignment before an update. */
  replaces?: RoleAssignment
  /** What it must allow whatever else its condition allows: these data actions on these repositories, or on all if there are none. */
  wants: { repositories: readonly RepositoryPattern[]; actions: readonly string[] }
  /** The repositories that existing roles don't include, as text; absent if there is no role. */
  unreached?: string
}

/** A pair with its planned operations. */
export interface PlannedPair extends ObservedPair {
  access: Access | null
  /** The repositories that its roles allow, if not all desired ones (see `reachTogether`). */
  limitedTo?: RepositoryPattern[]
  /** In this order; an operation can serve several pairs. */
  operations: Operation[]
  /** Why nothing can be planned. */
  error?: ActionError
  /** Why it is unknown whether the operations are needed; in `check` they aren't drift then. */
  unknown?: ActionError
}

export interface Plan {
  /** Everything that could not be checked; what several pairs have in common comes several times. */
  unknown: Unknown[]
  pairs: PlannedPair[]
  /** All operations, each once. */
  operations: Operation[]
  images: PlannedImage[]
  findings: Finding[]
}
