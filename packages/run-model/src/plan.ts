import { moved } from 'azure'
import type { Access, DesiredGrant, PlannedImage, PrincipalType, Registry, RoleAssignment, Target } from 'azure'
import type { ActionError, Finding, Unknown } from 'kernel'
import type { ObservedPair } from './observed.js'
import type { RepositoryPattern } from 'repository-conditions'

/** What texts say of an operation. */
export function wordsOfOperation(operation: Operation) {
  const name = nameOperation(operation)
  const [verb = ''] = operation.operation.split('-')
  const effect = `${verb.replace(/e$/, '')}ed`
  return {
    /** `AcrPull on contosoacr for aks-prod-1` */
    name,
    /** A participle: `created`. */
    effect,
    /** That it was not done, as a sentence without full stop: `AcrPull on contosoacr for aks-prod-1 could not be created`. */
    failure: `${name.charAt(0).toUpperCase()}${name.slice(1)} could not be ${effect}`,
  }
}

function nameOperation(operation: Operation): string {
  switch (operation.operation) {
    case 'create-registry':
      return `registry ${operation.registry.name} (${operation.sku})`
    case 'create-role-assignment':
    case 'update-role-assignment': {
      const { role, registry, target, condition } = operation
      const group = groupOf(operation)
      const limit = condition ? ', limited to repositories' : ''
      return `${role.name} on ${registry.name} for ${group ? `group ${group}` : target.name}${limit}`
    }
    case 'delete-role-assignment':
      return `${operation.role} on ${operation.registry.name} for ${operation.target.name}`
    case 'add-group-member':
      return `membership of ${operation.target.name} in group ${operation.groupId}`
  }
}

/** The group that a role is assigned to, by its object ID; null if the pull identity itself gets the role. */
const groupOf = ({ principalType, principalId }: CreateRoleAssignment): string | null =>
  principalType === 'Group' ? principalId : null

/** What a pair lacks: the result of a write that was not done. */
export interface Lack {
  /** `role`: no assignment. `reach`: the assignment does not reach each repository. `member`: the identity is not in the group. `registry`: it does not exist. */
  kind: 'role' | 'reach' | 'member' | 'registry'
  /** The name of the role; null if it is not about one. */
  role: string | null
  /** The object ID of the group that should hold the role; null if the pull identity itself should. */
  group: string | null
  /** `AcrPull is missing` */
  message: string
}

/** What a pair lacks until an operation is done; none for a removal. */
export function lackOf(operation: Operation): Lack | undefined {
  switch (operation.operation) {
    case 'create-registry':
      return toLack({ kind: 'registry', role: null, group: null }, operation.registry.name)
    case 'create-role-assignment':
    case 'update-role-assignment':
      return lackOfRole(operation)
    case 'add-group-member':
      return toLack({ kind: 'member', role: null, group: operation.groupId })
    case 'delete-role-assignment':
      return undefined
  }
}

function lackOfRole(operation: CreateRoleAssignment): Lack {
  const role = operation.role.name
  const group = groupOf(operation)
  if (operation.unreached === undefined) return toLack({ kind: 'role', role, group })
  return toLack({ kind: 'reach', role, group }, operation.unreached)
}

/**
 * What a pair lacks, in our words.
 * @param what the name of the registry, or what the role does not reach; empty if that is not known
 */
export function toLack({ kind, role, group }: Omit<Lack, 'message'>, what = ''): Lack {
  const holder = group ? ` for group ${group}` : ''
  const messages = {
    registry: `the registry${what && ` ${what}`} does not exist`,
    member: `the pull identity is not a member of ${group ? `group ${group}` : 'the group'}`,
    role: `${role ?? 'the pull role'} is missing${holder}`,
    reach: `${role ?? 'the pull role'}${holder} does not reach ${what || 'all desired repositories'}`,
  }
  return { kind, role, group, message: messages[kind] }
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

/** Whether an operation assigns the role that only counts after the registry's move to the other mode (`role: both`): today's pulls don't need it. */
export function isForMove({ nextRole }: Pick<ObservedPair, 'nextRole'>, operation: Operation): boolean {
  return nextRole !== undefined && isGrant(operation) && operation.role.id === nextRole.id
}

/** The operations that today's pulls need. */
export function selectForToday(pair: Pick<ObservedPair, 'nextRole'>, operations: readonly Operation[]): Operation[] {
  return operations.filter(each => !isForMove(pair, each))
}

/**
 * The role that a pair should have at a registry, and the repositories that it is limited to. `role: both` limits the repository role alone: AcrPull, which
 * counts in RBAC mode, can't be limited.
 */
export function grantFor(
  { registry, role, nextRole }: Pick<ObservedPair, 'registry' | 'role' | 'nextRole'>,
  repositories: RepositoryPattern[],
): DesiredGrant {
  return { role, repositories: nextRole && registry.roleAssignmentMode === 'RBAC' ? [] : repositories }
}

/** The same pair after the registry's move to the other mode; undefined if the step does not prepare for that. */
export function afterMove<P extends Pick<ObservedPair, 'registry' | 'role' | 'nextRole'>>(pair: P): P | undefined {
  return pair.nextRole && { ...pair, registry: moved(pair.registry), role: pair.nextRole }
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
