import { showAssignmentCommand } from 'azure'
import type { Registry, RoleAssignment, Roles } from 'azure'
import { getRoleAssignment, type AzureContext } from 'azure-clients'
import { ActionError, attempt, briefly, waitFor, type Clock } from 'kernel'
import { listNewOwn, type PlannedPair, type PlannedRun, type Run, type Verification } from 'run-model'

/** A list of role assignments that was read after the deletions, and who waits for it. */
export interface LaterList {
  clock: Clock
  /** What a principal holds at a registry. */
  heldBy: (registry: Registry, principalId: string) => readonly { assignment: RoleAssignment }[]
  roles: Roles
  /** Called while the step waits until an assignment is gone. @param leftMs how long it still waits at most */
  onListed: (role: string, pair: PlannedPair, leftMs: number) => void
}

/** How long a deleted assignment that a list still shows is asked for, in milliseconds. */
const lagMs = 120_000

/**
 * The pairs of a `detach` that hold a pull role again, or still: a later list has a role assignment that the first did not have. If it was written before
 * the run, the later list may be out of date: it counts unless its own ID is not found within two minutes, or `timeout`.
 * @param later the later list by holder, and the definitions of its roles
 * @throws AbortError when the job is cancelled
 */
export async function refuteDetached(
  azure: AzureContext,
  pairs: readonly PlannedPair[],
  { inputs, startedAt }: PlannedRun,
  { clock, roles, heldBy, onListed }: LaterList,
): Promise<Run['verifications']> {
  const deadline = clock.now() + Math.min(lagMs, inputs?.timeoutMs ?? lagMs)
  const nameRole = ({ roleId }: RoleAssignment): string => roles.get(roleId)?.name ?? roleId
  const isDeleted = async (pair: PlannedPair, assignment: RoleAssignment): Promise<boolean> => {
    const { id, updatedAt = 0 } = assignment
    // These are two clocks: if they differ, it is only asked for in vain, or not at all.
    if (updatedAt >= startedAt) return false
    const look = async () =>
      (await attempt(getRoleAssignment(azure, pair.registry.id, id))).error?.kind === 'missing' ? true : undefined
    const onPause = () => {
      onListed(nameRole(assignment), pair, deadline - clock.now())
    }
    return (await waitFor(look, { clock, deadline, signal: azure.signal, onPause })) ?? false
  }
  const refuted = await Promise.all(
    pairs.map(async (pair): Promise<[PlannedPair, Verification][]> => {
      const { target, registry } = pair
      const now = heldBy(registry, target.identity.objectId).map(({ assignment }) => assignment)
      const added = listNewOwn(pair, now, roles, inputs?.repositories ?? [])
      const looked = await Promise.all(added.map(async each => ((await isDeleted(pair, each)) ? [] : each)))
      const [found] = looked.flat()
      if (!found) return []
      const failure = `${target.name} holds ${nameRole(found)} on ${registry.name}, which Azure did not list when this step looked first`
      const short = 'Run the step again when no other job assigns it.'
      const advice = briefly(short, 'The assignment:', showAssignmentCommand(found.id))
      const error = new ActionError('PROPAGATION_TIMEOUT', failure, { subject: registry.name, fix: advice })
      return [[pair, { verified: 'none', error }]]
    }),
  )
  return new Map(refuted.flat())
}
