import type { ActionError } from './error.js'
import type { Finding, Unknown } from './finding.js'
import type { PlannedImage } from './image.js'
import type { ObservedPair } from './observed.js'
import type { Registry } from './registry.js'
import type { RepositoryPattern } from './repository-pattern.js'
import type { PrincipalType, RoleAssignment } from './role-assignment.js'
import type { Target } from './target.js'

/** Describes an operation: `AcrPull on contosoacr for aks-prod-1`. */
export function describeOperation(operation: CreateRegistry | CreateRoleAssignment | Assignment): string {
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

/** Says what is missing until an operation is done: `AcrPull is missing`. */
export function describeLack(operation: Operation): string {
  switch (operation.operation) {
    case 'create-registry':
      return `the registry ${operation.registry.name} does not exist`
    case 'create-role-assignment':
    case 'update-role-assignment': {
      const { role, principalType, principalId, unreached } = operation
      const holder = principalType === 'Group' ? ` for group ${principalId}` : ''
      return unreached ? `${role.name}${holder} does not reach ${unreached}` : `${role.name} is missing${holder}`
    }
    case 'add-group-member':
      return `the pull identity is not a member of group ${operation.groupId}`
    case 'delete-role-assignment':
    case 'remove-group-member':
      return `${describeOperation(operation)} is still there`
  }
}

/** The effect of an operation, as a participle: `created`. */
export function describeEffect({ operation }: Pick<Operation, 'operation'>): string {
  return effects[operation]
}

/** What failed where an operation did, as a sentence without its full stop: `AcrPull on contosoacr for aks-prod-1 could not be created`. */
export function describeFailure(operation: CreateRoleAssignment | Operation): string {
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

/** Whether an operation creates a registry, and not access. */
export function isCreation(operation: Operation): operation is CreateRegistry {
  return operation.operation === 'create-registry'
}

/** Whether an operation assigns a role to the pull identity itself. */
export function isDirect(operation: Operation): boolean {
  return 'principalType' in operation && operation.principalType === 'ServicePrincipal'
}

export type GrantedBy = 'direct' | 'inherited' | 'group' | 'broader-role'

/** How a pull identity may pull from a registry. */
export interface Access {
  grantedBy: GrantedBy
  assignment: RoleAssignment
  role: string
}

/** A write that the plan asks for, with why. */
export type Operation = CreateRegistry | Assignment

/** A write that gives access or takes it away. */
export type Assignment = { reason: string } & (
  | CreateRoleAssignment
  | {
      operation: 'delete-role-assignment'
      target: Target
      registry: Registry
      assignment: RoleAssignment
      role: string
    }
  | { operation: 'add-group-member' | 'remove-group-member'; target: Target; groupId: string }
)

export interface CreateRegistry {
  operation: 'create-registry'
  reason: string
  registry: Registry
  sku: string
  /** Empty for that of its resource group. */
  location: string
}

export interface CreateRoleAssignment {
  operation: 'create-role-assignment' | 'update-role-assignment'
  /** The first target that wants it; a group's assignment serves several. */
  target: Target
  registry: Registry
  /** Resource ID to assign at: the registry's. */
  scope: string
  principalId: string
  principalType: PrincipalType
  role: { id: string; name: string }
  /** Name (GUID) of the assignment: the same for the same scope, principal and role. */
  name: string
  /** Limits the assignment; empty where an update takes a condition away. */
  condition?: string
  /** What an update replaces. */
  replaces?: RoleAssignment
  /** What the roles that are there leave out, in words; absent where none is there. */
  unreached?: string
}

/** A pair with the operations that it needs. */
export interface PlannedPair extends ObservedPair {
  access: Access | null
  /** What its roles allow, where that is a part of what is wanted, as `findLimit` has it. */
  limitedTo?: RepositoryPattern[]
  /** What the pair needs, in this order; an operation may serve several pairs. */
  operations: Operation[]
  /** Why nothing can be planned. */
  error?: ActionError
  /** Why it is not known whether the operations are needed: in `check` they are no drift then. */
  doubt?: ActionError
}

export interface Plan {
  /** What is not known, so that nothing could be planned for it. */
  unknown: Unknown[]
  pairs: PlannedPair[]
  /** Every operation once. */
  operations: Operation[]
  images: PlannedImage[]
  findings: Finding[]
}
