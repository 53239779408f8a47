import type { ActionError, Fix } from 'kernel'
import { describeCaller, type Caller } from './caller.js'
import { allowsDelegation, type DelegatedWrite } from './delegation-condition.js'
import { lastSegment } from './resource-id.js'
import type { RoleAssignment } from './role-assignment.js'

/** A role assignment that is written or deleted for a target. */
export type DelegatedAssignment = Required<DelegatedWrite> & {
  /** Resource ID and name of the cluster, or of the identity of one to come. */
  targetId: string
  name: string
}

/** Marks refusals of all assignments to one holder, or of one role, or of all deletions, by the condition of the signed-in identity's own role. */
export const limitedByCondition = 'limited by a condition'

/** Marks refusals of an assignment to one holder by that condition: others may be allowed. */
export const limitedToOthers = 'limited to other holders'

/** How the set-up describes what it assigns: `attach-acr for contoso/shop`. */
const ofSetUp = 'attach-acr for '

interface Holding {
  /** The role assignments of the caller that could allow the write, whatever their conditions. */
  allowing: readonly RoleAssignment[]
  caller: Caller
  /** What to do about a condition that does not allow the write. */
  fix: Fix
  /** Whether the caller has a role at the target itself, as the set-up assigns it. */
  isNamed: (targetId: string) => Promise<boolean>
}

/** Explains a refusal by the condition of the signed-in identity's own roles, if all that could allow the write are known not to. */
export async function explainDelegationLimit(
  refusal: ActionError,
  write: DelegatedAssignment,
  holding: Holding,
): Promise<ActionError> {
  const { allowing, fix } = holding
  const allows = (asked: DelegatedWrite): boolean =>
    allowing.some(({ condition }) => !condition || allowsDelegation(condition, asked) !== false)
  const { resource: scope = '' } = refusal
  if (allowing.length === 0 || allows(write)) return refusal
  const { action, roleId } = write
  const advice = { fix, detail: limitedByCondition }
  const { what } = refusal.said
  const explain = (why: string, detail: string): ActionError => refusal.with({ said: { what, why }, ...advice, detail })
  const limit = describeLimit(holding)
  if (!allows({ action }))
    return explain(`${limit.source} lets ${limit.who} delete no roles at ${lastSegment(scope)}`, limitedByCondition)
  if (allows({ action, roleId })) return explain(await describeHolder(write, holding, limit), limitedToOthers)
  return refusal.with(advice)
}

/** Who is limited by what, and when that was written; the day is empty if it is not the set-up's, or not known. */
function describeLimit({ allowing, caller }: Holding): { who: string; source: string; day: string } {
  const [youngest] = [...allowing].sort((a, b) => (b.updatedAt ?? 0) - (a.updatedAt ?? 0))
  const { updatedAt, description = '' } = youngest ?? {}
  const isOfSetUp = description.startsWith(ofSetUp)
  const day = updatedAt ? new Date(updatedAt).toISOString().slice(0, 10) : ''
  const source = isOfSetUp ? 'the set-up' : 'the condition of its own role assignment'
  return { who: describeCaller(caller), source: day ? `${source} of ${day}` : source, day: isOfSetUp ? day : '' }
}

async function describeHolder(
  { action, targetId, name, principalId, principalType }: DelegatedAssignment,
  { isNamed }: Holding,
  { who, source, day }: ReturnType<typeof describeLimit>,
): Promise<string> {
  const [verb, to] = action === 'write' ? ['assign', 'to'] : ['delete', 'of']
  if (principalType === 'Group')
    return `${source} lets ${who} ${verb} roles ${to} other holders, not ${to} group ${principalId}`
  return day && (await isNamed(targetId))
    ? `the set-up lets ${who} ${verb} roles ${to} ${name} as it was on ${day}, and its identity (object ID ${principalId}) is another one now`
    : `${source} lets ${who} ${verb} roles ${to} other identities, not ${to} that of ${name} (object ID ${principalId})`
}
