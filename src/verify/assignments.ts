import { groupBy } from '../model/lists.js'
import { ActionError, toActionError } from '../model/error.js'
import type { Outcome, Verification } from '../model/outcome.js'
import { isCreation, isDirect, type PlannedPair } from '../model/plan.js'
import type { Limits, VerifyProgress, WrittenPair } from '../model/progress.js'
import type { Registry } from '../model/registry.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import { coversAll, isAssignmentOf, placeOf, type RoleAssignment } from '../model/role-assignment.js'
import { waitFor } from '../model/time.js'
import type { Inputs } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'
import { listAssignedTo, listAtScope } from '../services/arm/role-assignments.js'

/** What of the inputs says what is waited for. */
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
  const verifications = new Map<PlannedPair, Verification>()
  const conclude = (pair: WrittenPair, verification: Verification): void => {
    verifications.set(pair.pair, verification)
    progress.onDone(pair, verification)
  }
  await Promise.all(
    [...groupBy(written, ({ pair }) => pair.registry)].map(([registry, pairs]) =>
      verifyRegistry(azure, registry, pairs, { wish, limits, progress, conclude }),
    ),
  )
  return verifications
}

interface Waiting {
  wish: Wish
  limits: Limits
  progress: VerifyProgress
  conclude: (pair: WrittenPair, verification: Verification) => void
}

/** Looks in a row that may fail, each with the retries of the SDK. */
const mostFailures = 2

async function verifyRegistry(
  azure: AzureContext,
  registry: Registry,
  pairs: WrittenPair[],
  { wish, limits: { clock, deadline }, progress, conclude }: Waiting,
): Promise<void> {
  let pending = pairs
  let held = new Map<WrittenPair, RoleAssignment[]>()
  let failures = 0
  let trouble: ActionError | undefined
  const read = async (): Promise<Map<WrittenPair, RoleAssignment[]> | undefined> => {
    try {
      const answer = await readHeld(azure, registry, pending, wish)
      failures = 0
      trouble = undefined
      return answer
    } catch (thrown) {
      // What is waited for may come all the same: a service that fails for a while is no reason to give up at once.
      trouble = toActionError(thrown)
      failures += 1
      if (!['THROTTLED', 'AZURE_UNAVAILABLE'].includes(trouble.code) || failures > mostFailures) throw thrown
      return undefined
    }
  }
  const look = async (): Promise<true | undefined> => {
    const answer = await read()
    if (!answer) return undefined
    held = answer
    const reported = pending.filter(pair => holds(pair, held.get(pair) ?? [], wish))
    for (const pair of reported) {
      const writtenAt = Math.max(...pair.outcomes.map(({ finishedAt }) => finishedAt))
      conclude(pair, { verified: 'assignment', propagationSeconds: Math.max(0, clock.now() - writtenAt) / 1000 })
    }
    pending = pending.filter(pair => !reported.includes(pair))
    return pending.length === 0 ? true : undefined
  }
  const onPause = (pauseMs: number): void => {
    progress.onWait(pending, held, pauseMs)
  }
  try {
    await waitFor(look, { clock, deadline, signal: azure.signal, onPause })
    for (const pair of pending) conclude(pair, { verified: 'none', error: trouble ?? notReported(pair, wish) })
  } catch (thrown) {
    const error = toActionError(thrown)
    for (const pair of pending) conclude(pair, { verified: 'none', error })
  }
}

/** What each pair's pull identity holds: asked for each alone where groups matter or there is only one, else once for all. */
async function readHeld(azure: AzureContext, registry: Registry, pairs: WrittenPair[], { group }: Wish) {
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
    if (assignment.roleId !== role.id || !coversAll(assignment, wanted)) return false
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
  const fix = [
    'It was written and is not lost; Azure documents up to 10 minutes. Run the step again, or give a longer timeout.',
    ...(kind === 'group'
      ? ['With on-timeout: assign-directly the pull identity gets the role itself when the wait is over.']
      : []),
    'What Azure reports now:',
    `  az role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups`,
    ...(id ? [`  az rest --method get --url "${id}?api-version=2022-04-01"`] : []),
  ]
  return new ActionError('PROPAGATION_TIMEOUT', messages[kind], { subject: registry.name, fix: fix.join('\n') })
}
