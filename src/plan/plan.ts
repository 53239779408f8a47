import { coverTogether, findAccess } from '../model/access.js'
import { aksCommand, deleteRoleAssignmentCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Unknown } from '../model/finding.js'
import { isCounted, type Observed, type ObservedPair } from '../model/observed.js'
import type { Verification } from '../model/outcome.js'
import {
  isCreation,
  isDirect,
  type Access,
  type CreateRoleAssignment,
  type Operation,
  type Plan,
  type PlannedPair,
} from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import {
  bootstrapRepositories,
  coversRepositories,
  readRepositoryCondition,
  repositoryCondition,
} from '../model/repository-condition.js'
import { lastSegment, normalizeId, sameId } from '../model/resource-id.js'
import {
  isAssignmentOf,
  roleAssignmentName,
  type RoleAssignment,
  type Roles,
  type Wanted,
} from '../model/role-assignment.js'
import { canPull, mayMoreThanPull } from '../model/roles.js'
import type { Target } from '../model/target.js'
import type { Wish } from '../model/wanted.js'
import { findFindings } from './findings.js'
import { planImage } from './images.js'

/**
 * What is to be written so that what is wanted becomes true, and nothing else; and what is worth knowing. Pure: no clock, no network.
 * For `check` it is the same as for `attach`: what attach would write is the drift.
 */
export function makePlan(observed: Observed, wish: Wish): Plan {
  const making = startMaking(observed, wish)
  const pairs = observed.pairs.map(pair => planPair(pair, making))
  const operations = [...new Set(pairs.flatMap(pair => pair.operations))]
  const images = observed.images.map(image => ({ image, plan: planImage(image, wish) }))
  return {
    pairs,
    operations,
    images,
    findings: findFindings(observed, pairs, wish),
    unknown: [...making.unknown.values()],
  }
}

/** The plan anew, once the registries that it creates are there or have failed, with their creation kept in it. */
export function planAfterCreation(before: Plan, observed: Observed, wish: Wish): Plan {
  const plan = makePlan(observed, wish)
  const creations = before.operations.filter(isCreation)
  const pairs = plan.pairs.map(pair => ({
    ...pair,
    operations: [...creations.filter(({ registry }) => sameId(registry.id, pair.registry.id)), ...pair.operations],
  }))
  return { ...plan, pairs, operations: [...new Set([...creations, ...pairs.flatMap(pair => pair.operations)])] }
}

/**
 * The plan with what the verification has shown to be needed besides: a wider condition where another job has given the assignment one of
 * its own, and a direct assignment where the group did not take effect in time and the inputs ask for that. Everything else stays as it
 * was; pairs that nothing is added to stay the same objects.
 */
export function planAgain(
  plan: Plan,
  verifications: ReadonlyMap<PlannedPair, Verification>,
  observed: Observed,
  wish: Wish,
): Plan {
  if (wish.mode !== 'attach') return plan
  const making = startMaking(observed, wish)
  const pairs = plan.pairs.map(pair => {
    const verification = verifications.get(pair)
    if (!verification) return pair
    const more = planMore(contextOf(pair, making), pair, verification)
    return more ? { ...pair, operations: [...pair.operations, more] } : pair
  })
  return { ...plan, pairs, operations: [...new Set(pairs.flatMap(pair => pair.operations))] }
}

/** Of writes to one assignment: jobs that go on changing it for longer are not waited for. */
const mostWrites = 5

function planMore(context: Context, { operations }: PlannedPair, verification: Verification): Operation | undefined {
  const { overtakenBy } = verification
  if (!overtakenBy) {
    const isOpen = context.wish.onTimeout === 'assign-directly' && !operations.some(isDirect) && isLate(verification)
    return isOpen ? planDirect(context, 'the group did not take effect in time; it stays a member') : undefined
  }
  const written = operations.filter(operation => 'principalType' in operation)
  const [mine] = written.filter(({ principalId }) => sameId(principalId, overtakenBy.principalId))
  if (!mine || written.length >= mostWrites) return undefined
  const { principalId, principalType } = mine
  try {
    return context.share(`widen ${normalizeId(overtakenBy.id)}`, () =>
      assign(context, { principalId, principalType }, [overtakenBy], 'another job has given it another condition'),
    )
  } catch (error) {
    if (error instanceof ActionError) return undefined
    throw error
  }
}

/** Whether everything was written for a pair and did not take effect in time. */
function isLate({ error, pulls = [] }: Partial<Verification> = {}): boolean {
  return (
    error?.code === 'PROPAGATION_TIMEOUT' || (error !== undefined && pulls.some(({ verdict }) => verdict === 'denied'))
  )
}

function startMaking(observed: Observed, wish: Wish): Making {
  return { observed, wish, share: createSharing(), unknown: new Map() }
}

type Share = <T extends Operation>(key: string, make: () => T) => T

/** Operations that serve several pairs, such as a group's one role assignment, are made once. */
function createSharing(): Share {
  const made = new Map<string, Operation>()
  return <T extends Operation>(key: string, make: () => T) => {
    const operation = (made.get(key) as T | undefined) ?? make()
    made.set(key, operation)
    return operation
  }
}

function planPair(pair: ObservedPair, making: Making): PlannedPair {
  const { observed, wish } = making
  const idle = { ...pair, access: null, operations: [] }
  const context = contextOf(pair, making)
  const refusal = observed.group?.error ?? refuseBootstrap(context)
  if (refusal) return { ...idle, error: refusal }
  const { target, registry, wanted } = context
  const access = findAccess(target, registry, pair.assignments, { roles: observed.roles, wanted })
  try {
    const operations = wish.mode === 'detach' ? planDetach(context) : planAttach(context, access)
    const doubt = findDoubt(context, access)
    return { ...pair, access, operations, ...(doubt && { doubt }) }
  } catch (error) {
    if (error instanceof ActionError) return { ...idle, access, error }
    throw error
  }
}

/** Why the registry that a network isolated cluster boots its nodes from can't be treated as is asked. */
function refuseBootstrap({ pair, target, registry, wanted, observed, wish }: Context): ActionError | undefined {
  if (!sameId(target.bootstrapRegistryId ?? '', registry.id)) return undefined
  const subject = { subject: registry.name }
  if (wish.mode === 'detach') {
    return new ActionError(
      'BOOTSTRAP_REGISTRY',
      `${target.name} boots its nodes from ${registry.name}: without the pull role there no node can be started, upgraded or added.`,
      {
        ...subject,
        fix: fix(
          'Leave this pair out of the step. To detach it all the same, let the cluster boot from another registry first. What it boots from now:',
          aksCommand('show', target.id, '--query bootstrapProfile'),
        ),
      },
    )
  }
  const { repositories } = wanted
  const needed = { ...wanted, repositories: [bootstrapRepositories] }
  const has = findAccess(target, registry, pair.assignments, { roles: observed.roles, wanted: needed })
  if (has || repositories.length === 0 || coversRepositories(repositories, [bootstrapRepositories])) return undefined
  return new ActionError(
    'INVALID_INPUT',
    `The input repositories leaves out ${bootstrapRepositories}, which the nodes of ${target.name} boot from on ${registry.name}.`,
    { ...subject, fix: fix(`Add ${bootstrapRepositories} to repositories, or leave repositories empty.`) },
  )
}

/** Why it is not known whether the pair has what it is to have (or, in `detach`, still has what it is not to have): a role may not be read. */
function findDoubt({ pair, registry, observed, wish }: Context, access: Access | null): ActionError | undefined {
  const relevant =
    wish.mode === 'detach'
      ? pair.assignments.filter(({ scope }) => sameId(scope, registry.id))
      : access || wish.group
        ? []
        : pair.assignments
  return relevant.map(({ roleId }) => observed.unreadRoles.get(roleId)).find(error => error !== undefined)
}

/** What all pairs are planned with. */
interface Making {
  observed: Observed
  wish: Wish
  share: Share
  /** What is not known, by subject. */
  unknown: Map<string, Unknown>
}

interface Context extends Making {
  pair: ObservedPair
  target: Target
  registry: Registry
  wanted: Wanted
}

function contextOf(pair: ObservedPair, making: Making): Context {
  const { target, registry, role } = pair
  return { ...making, pair, target, registry, wanted: { role, repositories: making.wish.repositories } }
}

function planAttach(context: Context, access: Access | null): Operation[] {
  const { registry, wish, share } = context
  const creation: Operation[] = registry.exists
    ? []
    : [share(`create ${registry.id}`, () => createRegistry(registry, wish))]
  if (wish.group) return [...creation, ...planGroup(context)]
  if (access && access.grantedBy !== 'broader-role') return []
  const reason = access
    ? `pulls only through ${access.role}, which may do more; taking that away must not break it`
    : reasonFor(context.pair.assignments, context)
  return [...creation, planDirect(context, reason)]
}

function planDirect(context: Context, reason: string): Operation {
  const { pair, target, registry, share } = context
  const principalId = target.identity.objectId
  const principal = { principalId, principalType: 'ServicePrincipal' as const }
  // Clusters may share their kubelet identity.
  return share(`assign ${normalizeId(registry.id)} ${normalizeId(principalId)}`, () =>
    assign(context, principal, pair.assignments, reason),
  )
}

/** The group holds the role and the pull identity is a member, whatever else the identity holds. */
function planGroup(context: Context): Operation[] {
  const { pair, target, registry, wanted, observed, wish, share, unknown } = context
  const { group: groupId } = wish
  const operations: Operation[] = []
  const held = coverTogether(
    pair.groupAssignments.filter(({ roleId }) => roleId === wanted.role.id),
    wanted,
  )
  if (!held) {
    const principal = { principalId: groupId, principalType: 'Group' as const }
    const reason = 'the group has no pull role at the registry or above it'
    operations.push(
      share(`assign ${normalizeId(registry.id)} ${groupId}`, () =>
        assign(context, principal, pair.groupAssignments, reason),
      ),
    )
  }
  const member = isMember(pair, target, observed)
  // What can't be known is no drift; attach asks for it all the same, for being a member already is success.
  if (member === undefined && wish.mode === 'check') {
    const message = `Whether ${target.name} is in group ${groupId} is not known, because Microsoft Graph may not be asked.`
    unknown.set(target.id, { subject: target.id, message })
  } else if (member !== true) {
    const reason = member === false ? 'the pull identity is not in the group' : 'it is not known to be in the group'
    operations.push(
      share(`join ${normalizeId(target.id)}`, () => ({ operation: 'add-group-member', target, groupId, reason })),
    )
  }
  return operations
}

/** Undefined when it is not known. */
function isMember(pair: ObservedPair, { identity }: Target, { group }: Observed): boolean | undefined {
  if (!group) return false
  const counted = isCounted(pair, group.id)
  return counted === true || (group.members?.has(normalizeId(identity.objectId)) ?? counted)
}

function createRegistry(registry: Registry, { createRegistry: creation }: Wish): Operation {
  return {
    operation: 'create-registry',
    registry,
    sku: registry.sku,
    location: creation?.location ?? '',
    reason: 'the registry does not exist',
  }
}

function reasonFor(assignments: RoleAssignment[], { registry, wanted, observed }: Context): string {
  const pulling = assignments.filter(({ roleId }) => {
    const role = observed.roles.get(roleId)
    return role && canPull(role, registry.roleAssignmentMode)
  })
  if (pulling.length === 0) return 'no pull role at the registry or above it'
  return wanted.repositories.length > 0
    ? 'what it holds does not reach all of the repositories'
    : 'what it holds is limited by a condition, which is taken away'
}

/** A new assignment or, where the same role is there with a narrower condition, that one with a wider condition: Azure allows one of each. */
function assign(
  { target, registry, wanted: { role, repositories } }: Context,
  principal: Pick<CreateRoleAssignment, 'principalId' | 'principalType'>,
  held: RoleAssignment[],
  reason: string,
): CreateRoleAssignment & { reason: string } {
  const { principalId } = principal
  const key = { scope: registry.id, principalId, roleId: role.id }
  const narrower = held.find(assignment => isAssignmentOf(assignment, key))
  const allowed = narrower?.condition === undefined ? [] : readRepositoryCondition(narrower.condition)
  if (allowed === undefined && repositories.length > 0) throw unreadableCondition(registry, narrower)
  const reached = [...new Set([...(allowed ?? []), ...repositories])]
  const condition = repositories.length > 0 ? repositoryCondition(reached) : narrower && ''
  return {
    operation: narrower ? 'update-role-assignment' : 'create-role-assignment',
    target,
    registry,
    scope: registry.id,
    ...principal,
    role: { id: role.id, name: role.name },
    name: narrower ? lastSegment(narrower.id) : roleAssignmentName(registry.id, principalId, role.id, condition),
    ...(condition !== undefined && { condition }),
    ...(narrower && { replaces: narrower }),
    reason,
  }
}

function unreadableCondition({ name }: Registry, assignment: RoleAssignment | undefined): ActionError {
  const id = assignment?.id ?? ''
  return new ActionError(
    'INVALID_INPUT',
    `The input repositories can't be added to the role assignment on ${name}: its condition is not one of repository names and prefixes alone.`,
    {
      subject: name,
      fix: fix(
        'Change the condition by hand, or delete the assignment, which takes away all that it allows, and run the step again:',
        deleteRoleAssignmentCommand(id),
      ),
    },
  )
}

/** `aks-2 and aks-3 pull`, of the clusters that pull with the target's identity and are no targets; empty where none is known. */
function namesSharing({ bystanders }: Observed, { identity }: Target): string {
  const names = (bystanders?.sharing ?? []).flatMap(({ name, objectId }) =>
    sameId(objectId, identity.objectId) ? name : [],
  )
  return names.length > 0 ? `${names.join(', ')} ${names.length > 1 ? 'pull' : 'pulls'}` : ''
}

/** Exactly the pull roles that the pull identity itself holds at the registry itself. */
function planDetach({ pair, target, registry, wanted, observed, wish, share }: Context): Operation[] {
  const operations = pair.assignments.flatMap((assignment): Operation[] => {
    const isDirect = sameId(assignment.scope, registry.id) && sameId(assignment.principalId, target.identity.objectId)
    if (!isDirect || !isPullRole(assignment, wanted, observed.roles)) return []
    const role = observed.roles.get(assignment.roleId)?.name ?? assignment.roleId
    const others = namesSharing(observed, target)
    const reason = `a pull role assigned at the registry itself${others && `; ${others} with the same identity and can no longer pull either`}`
    return [
      share(`delete ${normalizeId(assignment.id)}`, () => ({
        operation: 'delete-role-assignment',
        target,
        registry,
        assignment,
        role,
        reason,
      })),
    ]
  })
  const { group: groupId } = wish
  if (groupId && isMember(pair, target, observed) !== false) {
    const reason = 'the pull identity is, or may be, in the group'
    operations.push(
      share(`leave ${normalizeId(target.id)}`, () => ({ operation: 'remove-group-member', target, groupId, reason })),
    )
  }
  return operations
}

/** Whether a role is there for pulling: the wanted one, or one that allows nothing else, in whichever mode it counts. */
function isPullRole({ roleId }: RoleAssignment, { role: wantedRole }: Wanted, roles: Roles): boolean {
  const role = roles.get(roleId)
  if (!role) return false
  return role.id === wantedRole.id || (!mayMoreThanPull(role) && (canPull(role, 'RBAC') || canPull(role, 'ABAC')))
}
