import { clusterRoles, isAllowed, isIdOf, lastSegment, normalizeId, resourceTypes, type RoleAssignment } from 'azure'
import { attempt, fix, formatElapsed, memoize, type ActionError, type Clock } from 'kernel'
import { completeCaller } from '../ask.js'
import { findRefused } from './authorization.js'
import type { ArmContext } from './resources.js'
import { listRoleAssignments } from './role-assignments.js'
import { getRoleDefinition } from './role-definitions.js'

/** Until which age a role might not work yet, in milliseconds: Azure documents up to ten minutes (learn.microsoft.com/azure/role-based-access-control/troubleshooting). */
const maxAgeMs = 15 * 60_000

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
  /** Where Azure refuses, the roles of the identity can't be read; this is the youngest of those that can. */
  isElsewhere: boolean
}

export type NewRoles = ReturnType<typeof createNewRoles>

/** An assignment with its age when it was read, and when that was; in milliseconds. */
type Dated = RoleAssignment & { ageMs: number; readAt: number }

/** The time, by the runner's clock and by Azure's. */
interface Clocks {
  clock: Clock
  armTime: () => number
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

/** The youngest of assignments that might not work yet. */
function findYoungest(all: readonly Dated[]): Dated | undefined {
  const [youngest] = [...all].filter(({ ageMs }) => ageMs < maxAgeMs).sort((a, b) => a.ageMs - b.ageMs)
  return youngest
}

/**
 * Returns a function that finds the new role that explains a refusal; undefined if none does, so that waiting changes nothing.
 * @param others the scopes to look at if the roles where Azure refuses can't be read
 */
function createFinder(
  azure: ArmContext,
  deps: Clocks & { timeoutMs: number },
  others: ReadonlyMap<string, string>,
): (refusal: ActionError) => Promise<NewRole | undefined> {
  const { clock, timeoutMs } = deps
  const roles = createOwnRoles(azure, deps)
  const describe = async (assignment: Dated, at: string, isElsewhere: boolean): Promise<NewRole> => {
    const { roleId, scope, ageMs, readAt } = assignment
    const name = (await roles.roleOf(assignment, at))?.name ?? `The role ${roleId}`
    const limitMs = isElsewhere ? Math.min(timeoutMs, maxAgeMs - ageMs) : timeoutMs
    return { name, scope, ageMs: ageMs + clock.now() - readAt, limitMs, isElsewhere }
  }
  const findAmong = async (own: readonly Dated[], right: Right): Promise<NewRole | undefined> => {
    const may = await Promise.all(own.map(each => mayAllow(roles, each, right)))
    const allowing = own.filter((_, index) => may[index])
    const youngest = findYoungest(allowing)
    return youngest && describe(youngest, right.scope, false)
  }
  const findAt = async (scope: string, objectId: string): Promise<NewRole[]> => {
    const youngest = findYoungest((await roles.list(scope, objectId)) ?? [])
    return youngest ? [await describe(youngest, scope, true)] : []
  }
  const findElsewhere = async (objectId: string): Promise<NewRole | undefined> => {
    const found = await Promise.all([...others.values()].map(scope => findAt(scope, objectId)))
    return found.flat().sort((a, b) => a.ageMs - b.ageMs)[0]
  }
  return async refusal => {
    const right = findRight(refusal)
    const { objectId } = completeCaller(azure.clients.caller, refusal.azure ?? { message: '' })
    if (!right || !objectId) return undefined
    const own = right.scope ? await roles.list(right.scope, objectId) : undefined
    return own ? findAmong(own, right) : findElsewhere(objectId)
  }
}

/**
 * Waits for roles of the signed-in identity that were just assigned. What Azure refuses although a new assignment allows it, recovers; where its own
 * assignments can't be read, the youngest that can be read decides. Everything else is missing, and is reported at once.
 * @param deps.armTime the time by Azure's clock
 * @param deps.timeoutMs how long each wait may take
 * @param deps.onWait called once per role that is waited for, with a sentence that says so
 */
export function createNewRoles(
  azure: ArmContext,
  deps: Clocks & { timeoutMs: number; onWait: (sentence: string) => void },
) {
  const { clock } = deps
  const others = new Map<string, string>()
  const find = createFinder(azure, deps, others)
  const told = new Set<string>()
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
      if (!role) return refusal
      tell(role, refusal)
      return explainNew(refusal, role).with({ recovers: true })
    },

    /** Does something, and again while Azure refuses it although a new role may allow it. @throws ActionError, AbortError */
    async patiently<T>(work: () => Promise<T>): Promise<T> {
      let startedAt: number | undefined
      for (;;) {
        const { value, error } = await attempt(work())
        if (!error) return value
        const role = await find(error)
        if (!role) throw error
        startedAt ??= clock.now()
        const leftMs = startedAt + role.limitMs - clock.now()
        if (leftMs <= 0) throw explainNew(error, role)
        tell(role, error)
        await clock.sleep(Math.min(pauseMs, leftMs), azure.signal)
      }
    },
  }
}

function describeWait(role: NewRole, refusal: ActionError): string {
  const state = role.isElsewhere
    ? `, and other roles may be as new: ${refusal.subject ?? 'a resource'} can't be accessed yet`
    : ' and does not work yet'
  return `${describeNewRole(role)}${state}; waiting for up to ${formatElapsed(role.limitMs)}`
}

/** `AKS Probe at aks-prod-1 was assigned 12 s ago`. */
function describeNewRole({ name, scope, ageMs }: NewRole): string {
  const seconds = Math.round(ageMs / 1000)
  const age = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`
  return `${name} at ${lastSegment(scope)} was assigned ${age} ago`
}

/** The error of a refusal that a new role explains. If it only stands for others, what was refused may also be missing. */
function explainNew(refusal: ActionError, role: NewRole): ActionError {
  if (role.isElsewhere) return refusal
  const { said, subject = 'A resource' } = refusal
  const what = said.why === undefined ? `${subject} could not be accessed` : said.what
  const why = `${describeNewRole(role)} and does not work yet`
  const advice = fix(
    'The role is assigned, and new roles take up to ten minutes to work: re-run the job. If it is refused again later, a deny assignment may forbid it.',
  )
  return refusal.with({ said: { what, why }, detail: notYetInEffect, fix: advice })
}

/** What the identity was refused. */
interface Right {
  action: string
  kind: 'actions' | 'dataActions'
  /** Empty if it isn't known where the resource is. */
  scope: string
}

/** The right that a refusal is about; undefined if no role would help. */
function findRight(error: ActionError): Right | undefined {
  const refused = findRefused(error)
  if (refused) return { ...refused, kind: 'actions' }
  const { code, azure, detail = '', resource = '' } = error
  if (/^(?:CLUSTER|REGISTRY)_NOT_FOUND$/.test(code) && !azure && !error.isUnknowable)
    return { action: '', kind: 'actions', scope: '' }
  const isByAzure = code === 'AUTHORIZATION_FAILED' && !azure && error.said.quote?.text.includes(byAzure)
  if (!isByAzure || !isIdOf('cluster', resource)) return undefined
  const action = toDataAction(detail)
  return action ? { action, kind: 'dataActions', scope: resource } : undefined
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
