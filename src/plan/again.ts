import { normalizeId, sameId } from 'azure'
import { isDirect, isGrant } from 'run-model'
import type { Observed, Plan, PlannedPair, Verification } from 'run-model'
import { assign } from './assign.js'
import { planDirect } from './attach.js'
import { attemptNow, contextOf, hasDirectly, startPlan, type PairContext, type Desired } from './context.js'
import { findFallback } from './findings.js'
import { contextOfAssignment } from './move.js'

/**
 * Adds the operations that verification has shown to be needed: a wider condition if another job has changed the assignment's condition, and a direct
 * assignment if the group did not take effect in time and the inputs ask for that. Pairs without additions stay the same objects.
 */
export function planAgain(
  plan: Plan,
  verifications: ReadonlyMap<PlannedPair, Verification>,
  observed: Observed,
  desired: Desired,
): Plan {
  if (desired.mode !== 'attach') return plan
  const shared = startPlan(observed, desired)
  const fallen = new Map<string, Plan['findings'][number]>()
  const pairs = plan.pairs.map(pair => {
    const verification = verifications.get(pair)
    if (!verification) return pair
    const context = contextOf(pair, shared)
    const more = planMore(context, pair, verification)
    if (more && !verification.overtakenBy) fallen.set(pair.target.id, findFallback(context))
    return more ? { ...pair, operations: [...pair.operations, more] } : pair
  })
  const findings = plan.findings.map(
    finding => (finding.code === 'GROUP_LATENCY' ? fallen.get(finding.subject) : undefined) ?? finding,
  )
  return { ...plan, pairs, findings, operations: [...new Set(pairs.flatMap(pair => pair.operations))] }
}

/** Maximum number of writes to one assignment, in case another job keeps changing it. */
const maxWrites = 5

function planMore(context: PairContext, { operations }: PlannedPair, verification: Verification) {
  const { overtakenBy } = verification
  if (!overtakenBy) {
    const mayAssign = context.desired.onTimeout === 'assign-directly' && !operations.some(isDirect)
    if (!mayAssign || hasDirectly(context) || !isLate(verification)) return undefined
    return planDirect(context, { reason: 'the group did not take effect in time; the identity stays a member' })
  }
  const written = operations.filter(isGrant).filter(({ role }) => role.id === overtakenBy.roleId)
  const mine = written.find(({ principalId }) => sameId(principalId, overtakenBy.principalId))
  if (!mine || written.length >= maxWrites) return undefined
  const { principalId, principalType } = mine
  const reason = 'another job has changed its condition'
  const { registry } = context
  const own = contextOfAssignment(context, overtakenBy)
  const widen = () => ({ ...assign(own, { principalId, principalType }, [overtakenBy], { reason }), registry })
  return attemptNow(() => context.share(`widen ${normalizeId(overtakenBy.id)}`, widen)).value
}

/** Whether everything was written for a pair and did not take effect in time. A stale credential says nothing about that. */
function isLate({ error, pulls = [] }: Verification): boolean {
  const isRefused = pulls.some(({ verdict, cause }) => verdict === 'denied' && cause !== 'stale-credential')
  return error?.code === 'PROPAGATION_TIMEOUT' || (error !== undefined && isRefused)
}
