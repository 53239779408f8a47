import {
  allowsDelegation,
  clusterRoles,
  explainDelegationLimit,
  isAllowed,
  isIdOf,
  lastSegment,
  namespaceScope,
  normalizeId,
  resourceTypes,
  sameId,
  type Caller,
  type DelegatedAssignment,
  type RoleAssignment,
} from 'azure'
import { briefly, attempt, formatElapsed, memoize, type ActionError, type Clock } from 'kernel'
import { completeCaller } from '../ask.js'
import { findRefused, fixCondition, isConditionRefusal } from './authorization.js'
import type { ArmContext } from './resources.js'
import { armActions } from './requests.js'
import { listRoleAssignments } from './role-assignments.js'
import { getRoleDefinition } from './role-definitions.js'

/** Until which age a role might not work yet, in milliseconds: Azure documents up to ten minutes (learn.microsoft.com/azure/role-based-access-control/troubleshooting). */
const maxAgeMs = 15 * 60_000

/**
 * How long is waited, in milliseconds, where neither the resource nor the roles there can be read and no other role is new: the role of a cluster or a
 * registry that was just added to a set-up is the only one there. Most new roles work sooner, and roles that nobody assigned would be waited for, too.
 */
const unseenMs = 120_000

/** Pause between two tries, in milliseconds. */
const pauseMs = 10_000

/** Marks refusals that a new role of the signed-in identity explains. */
export const notYetInEffect = 'not yet in effect'

/** A role of the signed-in identity that was assigned so recently that Azure might not honour it yet. */
export interface NewRole {
  name: string
  /** The resource, resource group or subscription that it is assigned at. */
  scope: string
  /** Time since it was assigned, by Azure's clock, in milliseconds. */
  ageMs: number
  /** How long it is waited for, in milliseconds. */
  limitMs: number
  /**
   * Where it is read: where Azure refuses; elsewhere, because the roles of the identity can't be read there, and this is the youngest of those that can; or
   * nowhere: a role may be there that can't be read yet.
   */
  readAt: 'here' | 'elsewhere' | 'nowhere'
  /** Whether a group has it: then the membership of the identity may be new, however old the assignment is. */
  isOfGroup: boolean
}

export type NewRoles = ReturnType<typeof createNewRoles>

/** An assignment with its age when it was read, and when that was; in milliseconds. */
type Dated = RoleAssignment & { ageMs: number; readAt: number }

/** The time, by the runner's clock and by Azure's. */
interface Clocks {
  clock: Clock
  armTime: () => number
}

interface Waiting {
  /** How long each wait may take, in milliseconds. */
  timeoutMs: number
  /** Of the probe pods. */
  namespace: string
}

type OwnRoles = ReturnType<typeof createOwnRoles>

/** Reads the roles of the signed-in identity, each assignment and each role once. */
function createOwnRoles(azure: ArmContext, { clock, armTime }: Clocks) {
  const known = new Map<string, Dated[]>()
  const date = (each: RoleAssignment): Dated => ({
    ...each,
    ageMs: Math.max(0, armTime() - (each.updatedAt ?? 0)),
    readAt: clock.now(),
  })
  const readRole = memoize((key: string) => {
    const [scope = '', roleId = ''] = key.split('|')
    return attempt(getRoleDefinition(azure, scope, roleId))
  })
  return {
    /** The assignments of the identity at a scope and above it, its own and those of its groups; undefined if they can't be read. */
    async list(scope: string, objectId: string): Promise<Dated[] | undefined> {
      const key = normalizeId(scope)
      const { value } = known.has(key) ? {} : await attempt(listRoleAssignments(azure, scope, { assignedTo: objectId }))
      if (value) known.set(key, value.map(date))
      return known.get(key)
    },

    /** The role of an assignment; undefined if it can't be read. */
    async roleOf({ roleId }: Dated, scope: string) {
      return (await readRole(`${scope}|${roleId}`)).value
    },
  }
}

/** Whether an assignment allows what Azure refuses; one whose role can't be read may do so. */
async function mayAllow(roles: OwnRoles, assignment: Dated, { scope, action, kind }: Right): Promise<boolean> {
  const role = await roles.roleOf(assignment, scope)
  return !role || isAllowed(role.permissions, action, kind)
}

/** The youngest of assignments that might not work yet. @param mayBeOld those that count at any age */
function findYoungest(all: readonly Dated[], mayBeOld = (_: Dated): boolean => false): Dated | undefined {
  const [youngest] = all.filter(each => each.ageMs < maxAgeMs || mayBeOld(each)).sort((a, b) => a.ageMs - b.ageMs)
  return youngest
}

/** Whether an assignment is that of a group. @param objectId of the signed-in identity, which is a member then */
const isOfGroup = ({ principalId }: RoleAssignment, objectId: string): boolean => !sameId(principalId, objectId)

/**
 * Finds the new role that explains a refusal; undefined if none does, so that waiting changes nothing.
 * @param others the scopes to look at if the roles where Azure refuses can't be read
 */
function createFinder(azure: ArmContext, deps: Clocks & Waiting, others: ReadonlyMap<string, string>) {
  const { clock, timeoutMs, namespace } = deps
  const roles = createOwnRoles(azure, deps)
  const describe = async (
    assignment: Dated,
    at: string,
    objectId: string,
    readAt: 'here' | 'elsewhere',
  ): Promise<NewRole> => {
    const { roleId, scope, ageMs } = assignment
    const name = (await roles.roleOf(assignment, at))?.name ?? `The role ${roleId}`
    const limitMs = readAt === 'elsewhere' ? Math.min(timeoutMs, maxAgeMs - ageMs) : timeoutMs
    const age = ageMs + clock.now() - assignment.readAt
    return { name, scope, ageMs: age, limitMs, readAt, isOfGroup: isOfGroup(assignment, objectId) }
  }
  const selectAllowing = async (own: readonly Dated[], right: Right): Promise<Dated[]> => {
    const may = await Promise.all(own.map(each => mayAllow(roles, each, right)))
    return own.filter((_, index) => may[index])
  }
  const findAmong = async (own: readonly Dated[], objectId: string, right: Right): Promise<NewRole | undefined> => {
    const allowing = (await selectAllowing(own, right)).filter(({ condition }) => fits(condition, right))
    const youngest = findYoungest(allowing, each => isOfGroup(each, objectId))
    return youngest && describe(youngest, right.scope, objectId, 'here')
  }
  const findAt = async (scope: string, objectId: string): Promise<NewRole[]> => {
    const youngest = findYoungest((await roles.list(scope, objectId)) ?? [])
    return youngest ? [await describe(youngest, scope, objectId, 'elsewhere')] : []
  }
  const findElsewhere = async (objectId: string, scope: string): Promise<NewRole | undefined> => {
    const found = await Promise.all([...others.values()].map(each => findAt(each, objectId)))
    const [youngest] = found.flat().sort((a, b) => a.ageMs - b.ageMs)
    // A name that no list has may be wrong; only a resource that refuses is known to be there.
    if (youngest || !scope) return youngest
    const limitMs = Math.min(timeoutMs, unseenMs)
    return { name: '', scope, ageMs: 0, limitMs, readAt: 'nowhere', isOfGroup: false }
  }
  const callerOf = ({ azure: answer = { message: '' } }: ActionError): Caller =>
    completeCaller(azure.clients.caller, answer)
  return {
    find: async (refusal: ActionError, write?: DelegatedAssignment): Promise<NewRole | undefined> => {
      const right = findRight(refusal, namespace, write)
      const { objectId } = callerOf(refusal)
      if (!right || !objectId) return undefined
      const own = right.scope ? await roles.list(right.scope, objectId) : undefined
      if (own) return findAmong(own, objectId, right)
      return right.isByCondition ? undefined : findElsewhere(objectId, right.scope)
    },

    /** The error of a write that the conditions of all roles which could do it refuse; otherwise the refusal itself. */
    async explainLimit(refusal: ActionError, write: DelegatedAssignment): Promise<ActionError> {
      const right = findRight(refusal, namespace, write)
      const caller = callerOf(refusal)
      if (!right || !caller.objectId) return refusal
      const allowing = await selectAllowing((await roles.list(right.scope, caller.objectId)) ?? [], right)
      const isNamed = async (id: string): Promise<boolean> =>
        (await roles.list(id, caller.objectId))?.some(({ scope }) => sameId(scope, id)) ?? false
      const fix = fixCondition(caller.objectId, right.scope)
      return explainDelegationLimit(refusal, write, { allowing, isNamed, caller, fix })
    },
  }
}

/** Whether a role with this condition may allow a right; if Azure names a condition as the reason, only one that is known to. */
function fits(condition: string | undefined, { write, isByCondition }: Right): boolean {
  const allows = write && condition ? allowsDelegation(condition, write) : true
  return allows ?? !isByCondition
}

/**
 * Waits for roles of the signed-in identity that were just assigned. What Azure refuses although a new assignment allows it, recovers; where its own
 * assignments can't be read, the youngest that can be read decides. Everything else is missing, and is reported at once.
 * @param deps.armTime the time by Azure's clock
 * @param deps.onWait called once per role that is waited for, with a sentence that says so
 */
export function createNewRoles(azure: ArmContext, deps: Clocks & Waiting & { onWait: (sentence: string) => void }) {
  const { clock } = deps
  const others = new Map<string, string>()
  const finder = createFinder(azure, deps, others)
  const { find } = finder
  const told = new Set<string>()
  /** Since when roles that can't be read anywhere are waited for: once in a run, because those of one set-up arrive together. */
  let unseenSince: number | undefined
  const leftOf = ({ readAt, limitMs }: NewRole, startedAt: number): number => {
    const since = readAt === 'nowhere' ? (unseenSince ??= clock.now()) : startedAt
    return since + limitMs - clock.now()
  }
  const tell = (role: NewRole, refusal: ActionError): void => {
    const key = `${role.name} ${role.scope}`
    if (told.has(key)) return
    told.add(key)
    deps.onWait(describeWait(role, refusal))
  }

  return {
    find,

    /** Names the resources of the run: where Azure refuses something, the identity might be unable to read its own roles. */
    lookAlsoAt(ids: readonly string[]): void {
      for (const id of ids) others.set(normalizeId(id), id)
    },

    /** The error of a refusal, which recovers if a new role explains it. */
    async explain(refusal: ActionError): Promise<ActionError> {
      const role = await find(refusal)
      if (!role || leftOf(role, clock.now()) <= 0) return refusal
      tell(role, refusal)
      return explainNew(refusal, role).with({ recovers: true })
    },

    /**
     * Does something, and again while Azure refuses it although a new role may allow it.
     * @param write the role assignment that it writes or deletes, which the condition of a role decides about
     * @throws ActionError, AbortError
     */
    async patiently<T>(work: () => Promise<T>, write?: DelegatedAssignment): Promise<T> {
      let startedAt: number | undefined
      for (;;) {
        const { value, error } = await attempt(work())
        if (!error) return value
        const role = await find(error, write)
        if (!role) throw write ? await finder.explainLimit(error, write) : error
        startedAt ??= clock.now()
        const leftMs = leftOf(role, startedAt)
        if (leftMs <= 0) throw explainNew(error, role)
        tell(role, error)
        await clock.sleep(Math.min(pauseMs, leftMs), azure.signal)
      }
    },
  }
}

function describeWait(role: NewRole, refusal: ActionError): string {
  const { readAt, limitMs } = role
  const wait = `waiting for up to ${formatElapsed(limitMs)}`
  const what = refusal.subject ?? 'a resource'
  if (readAt === 'nowhere')
    return `${what} can't be accessed, and neither can the roles there: if they are new, they work soon; ${wait}`
  const state =
    readAt === 'elsewhere' ? `, and other roles may be as new: ${what} can't be accessed yet` : ' and does not work yet'
  return `${describeNewRole(role)}${state}; ${wait}`
}

/** `AKS Probe at aks-prod-1 was assigned 12 s ago`. */
function describeNewRole({ name, scope, ageMs, isOfGroup: isByGroup }: NewRole): string {
  if (isByGroup && ageMs >= maxAgeMs)
    return `${name} at ${lastSegment(scope)} is assigned to a group, which the identity may have joined just now,`
  const seconds = Math.round(ageMs / 1000)
  const age = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`
  return `${name} at ${lastSegment(scope)} was assigned ${age} ago`
}

/** The error of a refusal that a new role explains. If it only stands for others, what was refused may also be missing. */
function explainNew(refusal: ActionError, role: NewRole): ActionError {
  if (role.readAt !== 'here') return refusal
  const { said, subject = 'A resource' } = refusal
  const what = said.why === undefined ? `${subject} could not be accessed` : said.what
  const why = `${describeNewRole(role)} and does not work yet`
  const advice = briefly(
    'The role is assigned, and new roles take up to ten minutes to work: re-run the job.',
    'If it is refused again later, a deny assignment may forbid it.',
  )
  return refusal.with({ said: { what, why }, detail: notYetInEffect, fix: advice })
}

/** What the identity was refused. */
interface Right {
  action: string
  kind: 'actions' | 'dataActions'
  /** Empty if it isn't known where the resource is. */
  scope: string
  /** The role assignment that was refused. */
  write?: DelegatedAssignment | undefined
  /** Whether Azure says that a condition may be why. */
  isByCondition?: boolean
}

/** The right that a refusal is about; undefined if no role would help. */
function findRight(error: ActionError, namespace: string, write?: DelegatedAssignment): Right | undefined {
  const refused = findRefused(error)
  if (refused) return { ...refused, kind: 'actions', write }
  const { code, azure, resource = '' } = error
  if (write && azure && isConditionRefusal(azure)) return rightTo(write, resource)
  if (/^(?:CLUSTER|REGISTRY)_NOT_FOUND$/.test(code) && !azure && !error.isUnknowable)
    return { action: '', kind: 'actions', scope: '' }
  return findDataRight(error, namespace)
}

/** The right inside a cluster that asks Azure. */
function findDataRight(error: ActionError, namespace: string): Right | undefined {
  const { code, azure, detail = '', resource = '' } = error
  const isByAzure = code === 'AUTHORIZATION_FAILED' && !azure && error.said.quote?.text.includes(byAzure)
  if (!isByAzure || !isIdOf('cluster', resource)) return undefined
  const action = toDataAction(detail)
  if (!action) return undefined
  // What is assigned at the namespace doesn't show at the cluster, and what is assigned there counts in the namespace, too.
  const isInside = error.message.includes(` in the namespace "${namespace}"`)
  const scope = isInside ? namespaceScope(resource, namespace) : resource
  return { action, kind: 'dataActions', scope }
}

/** The right to write a role assignment, where Azure says that a condition may be why it refuses. */
function rightTo(write: DelegatedAssignment, scope: string): Right {
  const action = armActions[write.action === 'write' ? 'writeRoleAssignment' : 'deleteRoleAssignment']
  return { action, kind: 'actions', scope, write, isByCondition: true }
}

/** What an API server says that asks Azure (Azure/guard, `authz/providers/azure/rbac`); with Kubernetes RBAC, no role in Azure counts inside a cluster. */
const byAzure = 'does not have access to the resource in Azure'

const dataVerbs: Record<string, string> = { get: 'read', list: 'read', watch: 'read', create: 'write' }

/** The data action for a request to a cluster with Azure RBAC, such as `list pods` (learn.microsoft.com/azure/aks/azure-rbac-kubernetes-authorization). */
function toDataAction(request: string): string | undefined {
  const [verb = '', resource = ''] = request.split(' ')
  if (!resource) return undefined
  const [group = ''] = clusterRoles.reader.rules.find(([, names]) => names.split(', ').includes(resource)) ?? []
  const kind = dataVerbs[verb] ?? (verb.startsWith('delete') ? 'delete' : 'write')
  return [resourceTypes.cluster, group, resource, kind].filter(Boolean).join('/')
}
