import type { Access, PlannedImage, PrincipalType, Registry, RoleAssignment, Target } from 'azure'
import type { ActionError, Finding, Fix, Unknown } from 'kernel'
import type { ObservedPair } from './observed.js'
import type { RepositoryPattern } from 'repository-conditions'

/** `AcrPull on contosoacr for aks-prod-1` */
export function describeOperation(operation: Operation): string {
  switch (operation.operation) {
    case 'create-registry':
      return `registry ${operation.registry.name} (${operation.sku})`
    case 'create-role-assignment':
    case 'update-role-assignment': {
      const { role, registry, target, principalType, principalId, condition } = operation
      const holder = principalType === 'Group' ? `group ${principalId}` : target.name
      return `${role.name} on ${registry.name} for ${holder}${condition ? ', limited to repositories' : ''}`
    }
    case 'delete-role-assignment':
      return `${operation.role} on ${operation.registry.name} for ${operation.target.name}`
    case 'add-group-member':
    case 'remove-group-member':
      return `membership of ${operation.target.name} in group ${operation.groupId}`
  }
}

/** What is missing until the operation is done: `AcrPull is missing`. */
export function describeLack(operation: Operation): string {
  switch (operation.operation) {
    case 'create-registry':
      return `the registry ${operation.registry.name} does not exist`
    case 'create-role-assignment':
    case 'update-role-assignment': {
      const { role, principalType, principalId, unreached, without } = operation
      if (without) return `${role.name} still reaches ${without}`
      const holder = principalType === 'Group' ? ` for group ${principalId}` : ''
      return unreached ? `${role.name}${holder} does not reach ${unreached}` : `${role.name} is missing${holder}`
    }
    case 'add-group-member':
      return `the pull identity is not a member of group ${operation.groupId}`
    case 'delete-role-assignment':
    case 'remove-group-member':
      return `${describeOperation(operation)} still exists`
  }
}

/** A participle: `created`. */
export function describeEffect({ operation }: Pick<Operation, 'operation'>): string {
  return effects[operation]
}

/** A sentence without full stop: `AcrPull on contosoacr for aks-prod-1 could not be created`. */
export function describeFailure(operation: Operation): string {
  const text = describeOperation(operation)
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} could not be ${describeEffect(operation)}`
}

const effects: Record<Operation['operation'], string> = {
  'create-registry': 'created',
  'create-role-assignment': 'created',
  'update-role-assignment': 'updated',
  'delete-role-assignment': 'deleted',
  'add-group-member': 'added',
  'remove-group-member': 'removed',
}

export function isCreation(operation: Operation): operation is CreateRegistry {
  return operation.operation === 'create-registry'
}

/** Whether an operation assigns a role, or changes the condition of an assigned one. */
export function isGrant(operation: Operation): operation is CreateRoleAssignment {
  return operation.operation === 'create-role-assignment' || operation.operation === 'update-role-assignment'
}

export function isMembershipChange(operation: Operation): operation is MembershipChange {
  return operation.operation === 'add-group-member' || operation.operation === 'remove-group-member'
}

/** Whether an operation assigns a role to the pull identity itself. */
export function isDirect(operation: Operation): boolean {
  return isGrant(operation) && operation.principalType === 'ServicePrincipal'
}

/** A planned write, with its reason. */
export type Operation = CreateRegistry | Assignment

/** A write that grants or removes access. */
export type Assignment =
  | CreateRoleAssignment
  | {
      operation: 'delete-role-assignment'
      reason: string
      target: Target
      registry: Registry
      assignment: RoleAssignment
      role: string
    }
  | MembershipChange

export interface MembershipChange {
  operation: 'add-group-member' | 'remove-group-member'
  reason: string
  target: Target
  groupId: string
}

export interface CreateRegistry {
  operation: 'create-registry'
  reason: string
  registry: Registry
  sku: string
  /** Empty for the location of its resource group. */
  location: string
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
  /** The repositories that existing roles don't include, as text; absent if there is no role. */
  unreached?: string
  /** In `detach`: the repositories that an update takes out of the condition, as text. */
  without?: string
}

/** A pair with its planned operations. */
export interface PlannedPair extends ObservedPair {
  access: Access | null
  /** The repositories that its roles allow, if not all desired ones (see `findLimit`). */
  limitedTo?: RepositoryPattern[]
  /** In this order; an operation can serve several pairs. */
  operations: Operation[]
  /** Why nothing can be planned. */
  error?: ActionError
  /** Why it is unknown whether the operations are needed; in `check` they aren't drift then. */
  unknown?: ActionError
}

export interface PlannedFinding extends Finding {
  /** The operation that must be done before its advice may be followed, and the advice if it is not. */
  premise?: { operation: Operation; otherwise: Fix }
}

export interface Plan {
  /** Everything that could not be checked. */
  unknown: Unknown[]
  pairs: PlannedPair[]
  /** All operations, each once. */
  operations: Operation[]
  images: PlannedImage[]
  findings: PlannedFinding[]
}
