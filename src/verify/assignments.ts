import { coverTogether, isAssignmentOf, normalizeId, placeOf, sameId, type Registry, type RoleAssignment } from 'azure'
import { listAssignedTo, listAtScope, type AzureContext } from 'azure-clients'
import { groupBy, toActionError, type ActionError, type Limits, waitFor } from 'kernel'
import { explainLate, findOvertaking, notReported, overtaken, settledAt, type AccessInputs } from 'pull-proof'
import {
  isCreation,
  isGrant,
  type Outcome,
  type PlannedPair,
  type Verification,
  type VerifyProgress,
  type WrittenPair,
} from 'run-model'

/** Selects the pairs whose operations all succeeded, with their outcomes. */
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
 * Waits until Azure Resource Manager reports what was written, or no longer reports what was deleted, for all registries concurrently.
 * Never throws: a failure is a verification with an error.
 */
export async function verifyAssignments(
  azure: AzureContext,
  written: WrittenPair[],
  inputs: AccessInputs,
  limits: Limits,
  progress: VerifyProgress,
): Promise<Map<PlannedPair, Verification>> {
  progress.onStart()
  const byRegistry = groupBy(written, ({ pair }) => pair.registry)
  const verified = await Promise.all(
    [...byRegistry].map(([registry, pairs]) => verifyRegistry(azure, registry, pairs, inputs, limits, progress)),
  )
  return new Map(verified.flat())
}

type Verified = [PlannedPair, Verification]

/** Maximum number of consecutive reads that may fail, each with the retries of the SDK. */
const maxFailures = 2

async function verifyRegistry(
  azure: AzureContext,
  registry: Registry,
  pairs: WrittenPair[],
  inputs: AccessInputs,
  { clock, deadline }: Limits,
  progress: VerifyProgress,
): Promise<Verified[]> {
  const verified = new Map<WrittenPair, Verification>()
  let reported: Reported = new Map()
  let failures = 0
  let trouble: ActionError | undefined
  const settle = (pair: WrittenPair, verification: Verification): void => {
    verified.set(pair, verification)
    progress.onDone(pair, verification)
  }
  const pending = (): WrittenPair[] => pairs.filter(pair => !verified.has(pair))
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
      const verification = judge(pair, reported.get(pair) ?? [], inputs, clock.now())
      if (verification) settle(pair, verification)
    }
    return pending().length === 0 ? true : undefined
  }
  const onPause = (pauseMs: number): void => {
    progress.onWait(pending(), reported, pauseMs)
  }
  try {
    await waitFor(look, { clock, deadline, signal: azure.signal, onPause })
    const late = pending()
    const errors = await Promise.all(late.map(async pair => trouble ?? (await explainLate(azure, pair, inputs))))
    for (const [index, pair] of late.entries())
      settle(pair, { verified: 'none', error: errors[index] ?? notReported(pair, inputs) })
  } catch (thrown) {
    const error = toActionError(thrown)
    for (const pair of pending()) settle(pair, { verified: 'none', error })
  }
  return [...verified].map(([{ pair }, verification]) => [pair, verification])
}

/** The role assignments that Azure reports for each pair. */
type Reported = ReadonlyMap<WrittenPair, RoleAssignment[]>

/** The verification of a pair; undefined while Azure does not report what was written, or may still change it. */
function judge(pair: WrittenPair, held: RoleAssignment[], inputs: AccessInputs, now: number): Verification | undefined {
  if (isAsWritten(pair, held, inputs)) {
    if (pair.outcomes.some(outcome => now < settledAt(outcome))) return undefined
    const writtenAt = Math.max(...pair.outcomes.map(({ finishedAt }) => finishedAt))
    return { verified: 'assignment', propagationSeconds: Math.max(0, now - writtenAt) / 1000 }
  }
  const overtakenBy = findOvertaking(pair, held)
  return overtakenBy && { verified: 'none', overtakenBy, error: overtaken(pair.pair, overtakenBy) }
}

/** Reads the role assignments of each pair's pull identity: one request per identity if groups matter or there is only one pair, else one for all. */
async function readAssignments(
  azure: AzureContext,
  registry: Registry,
  pairs: WrittenPair[],
  { group }: AccessInputs,
): Promise<Reported> {
  const place = placeOf(registry)
  const principalOf = ({ pair }: WrittenPair): string => pair.target.identity.objectId
  if (pairs.length === 1 || group) {
    const read = async (pair: WrittenPair) => [pair, await listAssignedTo(azure, place, principalOf(pair))] as const
    return new Map(await Promise.all(pairs.map(read)))
  }
  const all = await listAtScope(azure, place)
  return new Map(pairs.map(pair => [pair, all.filter(({ principalId }) => sameId(principalId, principalOf(pair)))]))
}

/** Whether Azure reports what was written. */
function isAsWritten({ pair, outcomes }: WrittenPair, held: RoleAssignment[], inputs: AccessInputs): boolean {
  const { target, registry, role } = pair
  if (inputs.mode === 'detach') {
    return outcomes.every(({ operation, changed }) => {
      if (operation.operation === 'delete-role-assignment') {
        return !held.some(({ id }) => normalizeId(id) === normalizeId(operation.assignment.id))
      }
      if (isGrant(operation)) {
        const { replaces, condition } = operation
        return held.some(each => sameId(each.id, replaces?.id ?? '') && each.condition === condition)
      }
      return !changed || !held.some(({ principalId }) => sameId(principalId, inputs.group))
    })
  }
  const desired = { role, repositories: inputs.repositories }
  // Members of the group also hold the roles of the groups that it is in.
  const groupIds = [inputs.group, ...pair.groupAssignments.map(({ principalId }) => principalId)]
  const ofGroups = held.filter(
    ({ roleId, principalId }) => roleId === role.id && groupIds.some(id => sameId(id, principalId)),
  )
  if (inputs.group && coverTogether(ofGroups, desired, registry)) return true
  return held.some(assignment => {
    if (assignment.roleId !== role.id || !coverTogether([assignment], desired, registry)) return false
    // A direct assignment of an earlier run, made at the end of its wait for the group, counts only if `on-timeout` still asks for it.
    if (inputs.group && inputs.onTimeout !== 'assign-directly') return false
    return isAssignmentOf(assignment, { scope: registry.id, principalId: target.identity.objectId, roleId: role.id })
  })
}
