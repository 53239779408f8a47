import { isAssignmentOf, reachTogether, sameId, type Registry, type RoleAssignment } from 'azure'
import { listRoleAssignments, type AzureContext } from 'azure-clients'
import { groupBy, toActionError, type ActionError, type Clock, waitFor } from 'kernel'
import { afterMove, createOutcomeOf, grantFor, isCreation, isForMove, isGrant } from 'run-model'
import type { Outcome, PlannedPair, Progress, Verification } from 'run-model'
import { explainLateGrant, findOvertaking, overtaken, settledAt, type AccessInputs } from './late-grants.js'

/** The outcomes of each pair whose operations all succeeded. */
type WrittenPairs = ReadonlyMap<PlannedPair, readonly Outcome[]>

/** Selects the pairs whose operations all succeeded, with their outcomes. */
export function selectWritten(pairs: readonly PlannedPair[], outcomes: readonly Outcome[]): WrittenPairs {
  const outcomeOf = createOutcomeOf(outcomes)
  const written = pairs.flatMap((pair): [PlannedPair, Outcome[]][] => {
    if (pair.operations.every(isCreation)) return []
    const ended = pair.operations.flatMap(operation => outcomeOf(operation) ?? [])
    return ended.length < pair.operations.length || ended.some(({ error }) => error) ? [] : [[pair, ended]]
  })
  return new Map(written)
}

/**
 * Waits until Azure Resource Manager reports what was written, or no longer reports what was deleted, for all registries concurrently.
 * Never throws: a failure is a verification with an error.
 */
export async function verifyAssignments(
  azure: AzureContext,
  written: WrittenPairs,
  inputs: AccessInputs,
  limits: { clock: Clock; deadline: number },
  progress: Progress['assignments'],
): Promise<ReadonlyMap<PlannedPair, Verification>> {
  progress.onStart(written)
  const byRegistry = groupBy([...written.keys()], ({ registry }) => registry)
  const verified = await Promise.all(
    [...byRegistry].map(([registry, pairs]) =>
      verifyRegistry(azure, registry, pairs, { written, inputs, progress }, limits),
    ),
  )
  return new Map(verified.flatMap(each => [...each]))
}

/** Maximum number of consecutive reads that may fail, each with the retries of the SDK. */
const maxFailures = 2

async function verifyRegistry(
  azure: AzureContext,
  registry: Registry,
  pairs: readonly PlannedPair[],
  { written, inputs, progress }: { written: WrittenPairs; inputs: AccessInputs; progress: Progress['assignments'] },
  { clock, deadline }: { clock: Clock; deadline: number },
): Promise<ReadonlyMap<PlannedPair, Verification>> {
  const verified = new Map<PlannedPair, Verification>()
  let reported: Reported = new Map()
  let failures = 0
  let trouble: ActionError | undefined
  const settle = (pair: PlannedPair, verification: Verification): void => {
    verified.set(pair, verification)
    progress.onDone(pair, verification)
  }
  const pending = (): PlannedPair[] => pairs.filter(pair => !verified.has(pair))
  const outcomesOf = (pair: PlannedPair): readonly Outcome[] => written.get(pair) ?? []
  const look = async (): Promise<true | undefined> => {
    try {
      reported = await readAssignments(azure, registry, pending(), inputs)
      failures = 0
      trouble = undefined
    } catch (thrown) {
      // A service that fails for a while is no reason to give up at once.
      trouble = toActionError(thrown)
      failures += 1
      if (!['THROTTLED', 'AZURE_UNAVAILABLE'].includes(trouble.code) || failures > maxFailures) throw thrown
      return undefined
    }
    for (const pair of pending()) {
      const verification = judgeAssignments(pair, outcomesOf(pair), reported.get(pair) ?? [], inputs, clock.now())
      if (verification) settle(pair, verification)
    }
    return pending().length === 0 ? true : undefined
  }
  const onPause = (): void => {
    progress.onWait(pending(), reported)
  }
  try {
    await waitFor(look, { clock, deadline, signal: azure.signal, onPause })
    for (const pair of pending()) settle(pair, { verified: 'none', error: trouble ?? explainLateGrant(pair, inputs) })
  } catch (thrown) {
    const error = toActionError(thrown)
    for (const pair of pending()) settle(pair, { verified: 'none', error })
  }
  return verified
}

type Reported = ReadonlyMap<PlannedPair, RoleAssignment[]>

/** The verification of a pair; undefined while Azure does not report what was written, or may still change it. */
function judgeAssignments(
  pair: PlannedPair,
  outcomes: readonly Outcome[],
  held: readonly RoleAssignment[],
  inputs: AccessInputs,
  now: number,
): Verification | undefined {
  if (isAsWritten(pair, outcomes, held, inputs)) {
    if (outcomes.some(outcome => now < settledAt(outcome))) return undefined
    const writtenAt = Math.max(...outcomes.map(({ finishedAt }) => finishedAt))
    return { verified: 'assignment', propagationSeconds: Math.max(0, now - writtenAt) / 1000 }
  }
  const overtakenBy = findOvertaking(pair, outcomes, held)
  return overtakenBy && { verified: 'none', overtakenBy, error: overtaken(pair, overtakenBy) }
}

/** Reads the role assignments of each pair's pull identity: one request per identity if groups matter or there is only one pair, else one for all. */
async function readAssignments(
  azure: AzureContext,
  registry: Registry,
  pairs: readonly PlannedPair[],
  { group }: AccessInputs,
): Promise<Reported> {
  const principalOf = ({ target }: PlannedPair): string => target.identity.objectId
  if (pairs.length === 1 || group) {
    const read = async (pair: PlannedPair) =>
      [pair, await listRoleAssignments(azure, registry.id, { assignedTo: principalOf(pair) })] as const
    return new Map(await Promise.all(pairs.map(read)))
  }
  const all = await listRoleAssignments(azure, registry.id)
  return new Map(pairs.map(pair => [pair, all.filter(({ principalId }) => sameId(principalId, principalOf(pair)))]))
}

function isAsWritten(
  pair: PlannedPair,
  outcomes: readonly Outcome[],
  held: readonly RoleAssignment[],
  inputs: AccessInputs,
): boolean {
  if (inputs.mode === 'detach') {
    return outcomes.every(({ operation, changed }) => {
      if (operation.operation === 'delete-role-assignment')
        return !held.some(({ id }) => sameId(id, operation.assignment.id))
      if (isGrant(operation)) {
        const { replaces, condition } = operation
        return held.some(each => sameId(each.id, replaces?.id ?? '') && each.condition === condition)
      }
      return !changed || !held.some(({ principalId }) => sameId(principalId, inputs.group))
    })
  }
  const later = afterMove(pair)
  const forMove = outcomes.filter(({ operation }) => isForMove(pair, operation))
  if (later && forMove.length > 0 && !isReportedFor(later, held, inputs)) return false
  // Today's access was reported before.
  if (forMove.length > 0 && forMove.length === outcomes.length) return true
  return isReportedFor(pair, held, inputs)
}

/** Whether Azure reports the role of a pair: its group's, or its own at the registry. */
function isReportedFor(pair: PlannedPair, held: readonly RoleAssignment[], inputs: AccessInputs): boolean {
  const { target, registry, role, groupAssignments } = pair
  const desired = grantFor(pair, inputs.repositories)
  // Members of the group also hold the roles of the groups that it is in.
  const groupIds = [inputs.group, ...groupAssignments.map(({ principalId }) => principalId)]
  const isOfGroups = ({ principalId }: RoleAssignment) => groupIds.some(id => sameId(id, principalId))
  const ofGroups = held.filter(each => each.roleId === role.id && isOfGroups(each))
  if (inputs.group && reachTogether(ofGroups, desired, registry).isEnough) return true
  return held.some(assignment => {
    if (assignment.roleId !== role.id || !reachTogether([assignment], desired, registry).isEnough) return false
    // A direct assignment of an earlier run, made at the end of its wait for the group, counts only if `on-timeout` still asks for it.
    if (inputs.group && inputs.onTimeout !== 'assign-directly') return false
    return isAssignmentOf(assignment, { scope: registry.id, principalId: target.identity.objectId, roleId: role.id })
  })
}
