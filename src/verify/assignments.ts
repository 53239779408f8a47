import { groupBy } from '../model/lists.js'
import { coverTogether } from '../model/access.js'
import { az, inSubscriptionOf } from '../model/az.js'
import { showAssignmentCommand } from '../model/az-commands.js'
import { ActionError, toActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Outcome, Verification } from '../model/outcome.js'
import { isCreation, isDirect, type PlannedPair } from '../model/plan.js'
import type { Limits, VerifyProgress, WrittenPair } from '../model/progress.js'
import type { Registry } from '../model/registry.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import { isAssignmentOf, placeOf, type RoleAssignment } from '../model/role-assignment.js'
import { waitFor } from '../model/time.js'
import type { Inputs } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'
import { listAssignedTo, listAtScope } from '../services/arm/role-assignments.js'

/** The inputs that decide what is waited for. */
type Wish = Pick<Inputs, 'mode' | 'repositories' | 'group' | 'onTimeout'>

/** The pairs whose operations all succeeded, with their outcomes. */
export function selectWritten(pairs: readonly PlannedPair[], outcomes: readonly Outcome[]): WrittenPair[] {
  const byOperation = new Map(outcomes.map(outcome => [outcome.operation, outcome]))
  return pairs.flatMap(pair => {
    if (pair.operations.every(isCreation)) return []
    const written = pair.operations.flatMap(operation => byOperation.get(operation) ?? [])
    if (written.length < pair.operations.length || written.some(({ error }) => error)) return []
    return [{ pair, outcomes: written }]
  })
}

/**
 * Waits until Azure Resource Manager reports what was written, or no longer reports what was deleted: for all registries side by side.
 * Never throws: what did not come is a verification with an error.
 */
export async function verifyAssignments(
  azure: AzureContext,
  written: WrittenPair[],
  wish: Wish,
  limits: Limits,
  progress: VerifyProgress,
): Promise<Map<PlannedPair, Verification>> {
  progress.onStart()
  const byRegistry = groupBy(written, ({ pair }) => pair.registry)
  const verified = await Promise.all(
    [...byRegistry].map(([registry, pairs]) => verifyRegistry(azure, registry, pairs, { wish, limits, progress })),
  )
  return new Map(verified.flat())
}

interface Waiting {
  wish: Wish
  limits: Limits
  progress: VerifyProgress
}

type Verified = [PlannedPair, Verification]

/** Maximum number of reads in a row that may fail, each with the retries of the SDK. */
const mostFailures = 2

async function verifyRegistry(
  azure: AzureContext,
  registry: Registry,
  pairs: WrittenPair[],
  { wish, limits: { clock, deadline }, progress }: Waiting,
): Promise<Verified[]> {
  const verified = new Map<WrittenPair, Verification>()
  let held: Held = new Map()
  let failures = 0
  let trouble: ActionError | undefined
  const settle = (pair: WrittenPair, verification: Verification): void => {
    verified.set(pair, verification)
    progress.onDone(pair, verification)
  }
  const pending = (): WrittenPair[] => pairs.filter(pair => !verified.has(pair))
  const look = async (): Promise<true | undefined> => {
    try {
      held = await readHeld(azure, registry, pending(), wish)
      failures = 0
      trouble = undefined
    } catch (thrown) {
      // What is waited for may come all the same: a service that fails for a while is no reason to give up at once.
      trouble = toActionError(thrown)
      failures += 1
      if (!['THROTTLED', 'AZURE_UNAVAILABLE'].includes(trouble.code) || failures > mostFailures) throw thrown
      return undefined
    }
    for (const pair of pending()) {
      const verification = judge(pair, held.get(pair) ?? [], wish, clock.now())
      if (verification) settle(pair, verification)
    }
    return pending().length === 0 ? true : undefined
  }
  const onPause = (pauseMs: number): void => {
    progress.onWait(pending(), held, pauseMs)
  }
  try {
    await waitFor(look, { clock, deadline, signal: azure.signal, onPause })
    for (const pair of pending()) settle(pair, { verified: 'none', error: trouble ?? notReported(pair, wish) })
  } catch (thrown) {
    const error = toActionError(thrown)
    for (const pair of pending()) settle(pair, { verified: 'none', error })
  }
  return [...verified].map(([{ pair }, verification]) => [pair, verification])
}

type Held = ReadonlyMap<WrittenPair, RoleAssignment[]>

/** The verification of a pair; undefined while Azure does not report what was written, or may still change it. */
function judge(pair: WrittenPair, held: RoleAssignment[], wish: Wish, now: number): Verification | undefined {
  if (holds(pair, held, wish)) {
    if (pair.outcomes.some(outcome => now < settledAt(outcome))) return undefined
    const writtenAt = Math.max(...pair.outcomes.map(({ finishedAt }) => finishedAt))
    return { verified: 'assignment', propagationSeconds: Math.max(0, now - writtenAt) / 1000 }
  }
  const overtakenBy = findOvertaking(pair, held)
  return overtakenBy && { verified: 'none', overtakenBy, error: overtaken(pair.pair, overtakenBy) }
}

/**
 * When no other job can overwrite a condition unseen any more: one that read the assignment before this update was there has sent its own by
 * then, and Azure takes about as long for it. Updates have no precondition in Azure that would prevent it.
 */
function settledAt({ operation, finishedAt, tookMs = 0 }: Outcome): number {
  const isUpdate = 'condition' in operation && operation.condition && operation.replaces
  return isUpdate ? finishedAt + tookMs + 1000 : finishedAt
}

/** The assignment that was written, where something else has given it another condition since; Azure may still report the one before. */
function findOvertaking({ outcomes }: WrittenPair, held: RoleAssignment[]): RoleAssignment | undefined {
  const written = outcomes.flatMap(({ operation }) => ('principalType' in operation ? operation : []))
  const mine = new Set(written.flatMap(({ condition, replaces }) => [condition || undefined, replaces?.condition]))
  const keys = written.map(({ scope, principalId, role }) => ({ scope, principalId, roleId: role.id }))
  return held.find(
    assignment =>
      assignment.condition !== undefined &&
      !mine.has(assignment.condition) &&
      keys.some(key => isAssignmentOf(assignment, key)),
  )
}

function overtaken({ target, registry, role }: PlannedPair, { id, condition = '' }: RoleAssignment): ActionError {
  return new ActionError(
    'PROPAGATION_TIMEOUT',
    `${role.name} on ${registry.name} for ${target.name} was written, and something else keeps giving it another condition: ${condition}`,
    {
      subject: registry.name,
      fix: fix('Let one step at a time change this role assignment. What it is now:', showAssignmentCommand(id)),
    },
  )
}

/** What each pair's pull identity holds: asked for each alone where groups matter or there is only one, else once for all. */
async function readHeld(azure: AzureContext, registry: Registry, pairs: WrittenPair[], { group }: Wish): Promise<Held> {
  const place = placeOf(registry)
  const held = new Map<WrittenPair, RoleAssignment[]>()
  if (pairs.length === 1 || group) {
    const read = async (pair: WrittenPair): Promise<void> => {
      held.set(pair, await listAssignedTo(azure.clients, place, pair.pair.target.identity.objectId, azure.signal))
    }
    await Promise.all(pairs.map(read))
    return held
  }
  const everything = await listAtScope(azure.clients, place, azure.signal)
  for (const pair of pairs) {
    const { objectId } = pair.pair.target.identity
    held.set(
      pair,
      everything.filter(({ principalId }) => sameId(principalId, objectId)),
    )
  }
  return held
}

/** Whether what Azure reports is what was written. */
function holds({ pair, outcomes }: WrittenPair, held: RoleAssignment[], wish: Wish): boolean {
  const { target, registry, role } = pair
  if (wish.mode === 'detach') {
    return outcomes.every(({ operation, changed }) => {
      if (operation.operation === 'delete-role-assignment') {
        return !held.some(({ id }) => normalizeId(id) === normalizeId(operation.assignment.id))
      }
      return !changed || !held.some(({ principalId }) => sameId(principalId, wish.group))
    })
  }
  const wanted = { role, repositories: wish.repositories }
  return held.some(assignment => {
    if (assignment.roleId !== role.id || !coverTogether([assignment], wanted, registry)) return false
    if (wish.group && sameId(assignment.principalId, wish.group)) return true
    // What an earlier run assigned directly, when its wait for the group was over, works as long as that is wanted.
    if (wish.group && wish.onTimeout !== 'assign-directly') return false
    return isAssignmentOf(assignment, { scope: registry.id, principalId: target.identity.objectId, roleId: role.id })
  })
}

function notReported({ pair, outcomes }: WrittenPair, { mode, group }: Wish): ActionError {
  const { target, registry, role } = pair
  const messages = {
    detach: `${target.name} was detached from ${registry.name}, but Azure Resource Manager still reports its role.`,
    group: `Group ${group} holds ${role.name} on ${registry.name}, but Azure does not count ${target.name} as a member yet.`,
    direct: `${role.name} on ${registry.name} was given to ${target.name}, but Azure Resource Manager does not report it yet.`,
  }
  const isGroups = group !== '' && !outcomes.some(({ operation }) => isDirect(operation))
  const kind = mode === 'detach' ? 'detach' : isGroups ? 'group' : 'direct'
  const id = outcomes.find(({ roleAssignmentId }) => roleAssignmentId)?.roleAssignmentId
  const advice = [
    'It was written and is not lost; Azure documents up to 10 minutes. Run the step again, or give a longer timeout.',
    ...(kind === 'group'
      ? ['With on-timeout: assign-directly the pull identity gets the role itself when the wait is over.']
      : []),
    'What Azure reports now:',
  ]
  const commands = [
    az`role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups ${inSubscriptionOf(registry.id)}`,
    ...(id ? [showAssignmentCommand(id)] : []),
  ]
  return new ActionError('PROPAGATION_TIMEOUT', messages[kind], {
    subject: registry.name,
    fix: fix(advice.join('\n'), ...commands),
  })
}
