import { createRoleAssignmentCommand, describeCaller, listCommand, type Caller, type Phase, type Registry } from 'azure'
import { completeCaller, getResource, isCode, justAssigned, namePlace, scopeOf, type AzureContext } from 'azure-clients'
import { briefly, attempt, fix, isGone, notice, warning, sayClause, say } from 'kernel'
import { invalidInputs, type InputProblem } from 'runner'
import type { ActionError, Finding, Fix, Result } from 'kernel'
import type { EveryReference, Inputs, Lookup, Observed } from 'run-model'
import { byName, kinds, selectStaying, suggest, toSentence, type Kind } from './named-resources.js'

/** The clusters or registries of the inputs, and what `*` stood for. */
export interface FoundResources<T> extends Unmatched, Pick<Observed, 'leftOut' | 'searched'> {
  lookups: Lookup<T>[]
}

/** What filters that match nothing lead to. */
interface Unmatched extends Pick<Observed, 'findings' | 'unknown'> {
  /** The filters that are probably typos: a step that writes refuses them, because what they should leave out would get access. */
  problems: InputProblem[]
}

const allMatched: Unmatched = { findings: [], unknown: [], problems: [] }

/** What is known without a list of everything. */
export const nothingListed = { leftOut: [], searched: [], ...allMatched }

/**
 * Lists the clusters or registries of a resource group or subscription that pass the filters. `check` also looks for gaps in the list: what it may omit is
 * unknown, not gone. If nothing passes, there is nothing to do, unless the list may have a gap.
 */
export async function findEvery<T extends Filtered & { id: string; phase?: Phase }>(
  azure: AzureContext,
  kind: Kind,
  every: EveryReference,
  { subscriptionId, mode }: Pick<Inputs, 'subscriptionId' | 'mode'>,
  list: () => Promise<Result<T[]>>,
): Promise<FoundResources<T>> {
  const { text: asked, resourceGroup, filters } = every
  const request = { kind, subscriptionId, resourceGroup, asked }
  let looking: ReturnType<typeof findGap> | undefined
  const look = () => (looking ??= findGap(azure, request))
  const [listed] = await Promise.all([list(), mode === 'check' && look()])
  if (listed.error) return { ...nothingListed, lookups: [{ asked, error: explainList(azure, listed.error, request) }] }
  const kept = listed.value.filter(resource => passes(resource, filters)).sort(byName)
  const { staying, leftOut } = selectStaying(kind, kept, mode)
  const isEmpty = staying.length === 0
  const gap = mode === 'check' || isEmpty ? await look() : undefined
  const unmatched = await judgeUnmatched(kind, every, listed.value, { mode, subscriptionId }, look)
  return {
    lookups: [...staying.map(value => ({ asked: value.id, value })), ...(gap ? [{ asked, error: gap }] : [])],
    leftOut,
    // What a filter leaves out may exist.
    searched: mode === 'check' && !gap && filters.length === 0 ? [scopeOf(subscriptionId, resourceGroup)] : [],
    ...unmatched,
    findings: [...unmatched.findings, ...(isEmpty && !gap ? [findNone(request, kept.length, filters.length)] : [])],
  }
}

/** @param underWay number of resources that are being created or deleted */
function findNone({ kind, subscriptionId, resourceGroup }: ListRequest, underWay: number, filters: number): Finding {
  const { plural, service } = kinds[kind]
  const where = namePlace(subscriptionId, resourceGroup)
  const why =
    underWay > 0
      ? `${plural} in ${where} are still being created or deleted`
      : `no ${kind} in ${where} ${filters > 0 ? 'passes the filters' : 'exists'}`
  const advice = briefly(
    `There is nothing to do until there is one.`,
    `If you expected one, check the ${filters > 0 ? 'filters, ' : ''}subscription-id and resource-group. The existing ${plural}:`,
    listCommand(service, subscriptionId),
  )
  return notice(
    'FILTER_WITHOUT_EFFECT',
    scopeOf(subscriptionId, resourceGroup),
    `* stands for no ${kind}: ${why}.`,
    advice,
  )
}

/** A name that clusters, registries and resource groups can have: registries need five characters (containerregistry.json, `registryName`). */
const someName = 'anything'

interface ListRequest {
  kind: Kind
  subscriptionId: string
  /** Empty if the whole subscription was listed. */
  resourceGroup: string
  /** The name that is not in the list, or `*` if everything was requested. */
  asked: string
}

/**
 * Explains why a list may be incomplete; undefined if it is complete. Azure Resource Manager silently omits resources that the caller can't read, but
 * refuses a request for a single one, even if it does not exist. So this requests one that need not exist: with read access to the whole scope the
 * answer is "not found"; after any other failure, something may be missing.
 */
export async function findGap(azure: AzureContext, request: ListRequest): Promise<ActionError | undefined> {
  const { kind, subscriptionId, resourceGroup, asked } = request
  const { type, action, plural } = kinds[kind]
  const name = asked === '*' ? someName : asked.replace(/[-.].*$/, '')
  const id = { subscriptionId, resourceGroup: resourceGroup || name, type, name }
  const { error } = await attempt(getResource<unknown>(azure, kinds[kind], id))
  if (!error || isGone(error.code)) return undefined
  const place = resourceGroup || `subscription ${subscriptionId}`
  const doubt = asked === '*' ? `which ${plural} exist in ${place}` : `whether ${asked} still exists`
  const subject = asked === '*' ? place : asked
  if (error.code !== 'AUTHORIZATION_FAILED')
    return error.with({ said: { ...error.said, what: `Can't tell ${doubt}`, why: sayClause(error.said) }, subject })
  const caller = callerOf(azure, error)
  const lacks = `${describeCaller(caller)} lacks ${action} on ${scopeOf(subscriptionId, resourceGroup)}`
  const said = { what: `Can't tell ${doubt}`, why: `${lacks}, and Azure omits unreadable resources from lists` }
  return error.with({ said, subject, fix: adviseOnList(caller, request) })
}

/** The error of a refused list, with advice on what it was needed for. Other errors stay as they are. */
export function explainList(azure: AzureContext, error: ActionError, request: ListRequest): ActionError {
  // No role overrides a deny assignment.
  if (error.code !== 'AUTHORIZATION_FAILED' || isCode(error.azure, 'DenyAssignmentAuthorizationFailed')) return error
  return error.with({ fix: adviseOnList(callerOf(azure, error), request) })
}

function callerOf({ clients: { caller } }: AzureContext, { azure: answer }: ActionError): Caller {
  return answer ? completeCaller(caller, answer) : caller
}

/**
 * Advises on a list that is refused or incomplete. A name needs no more than a role at its resource, but where that is can't be known from a list that
 * lacks it: so there is only a command that finds it. (One that inserts what it finds would be dangerous: with an empty `--scope`, azure-cli assigns the
 * role at the subscription, `_build_role_scope`.) `*` stands for a whole resource group or subscription, so only a role there shows everything.
 */
function adviseOnList(caller: Caller, { kind, subscriptionId, resourceGroup, asked }: ListRequest): Fix {
  const { plural, service } = kinds[kind]
  if (asked !== '*') {
    const orGroup = kind === 'cluster' ? ', or set resource-group' : ''
    const text = `Give the resource ID of ${asked} instead of its name${orGroup}, and assign Reader to the signed-in identity at that resource alone. ${justAssigned} To find the ID, as someone who can read it:`
    return fix(text, listCommand(service, subscriptionId))
  }
  const narrow = `Name the ${plural} by resource ID, with Reader at each. ${justAssigned}`
  if (!caller.objectId && !caller.name) return fix(narrow)
  const place = namePlace(subscriptionId, resourceGroup)
  return fix(
    `${narrow} Or keep *, which stands for everything in ${place}: then Reader must be there, and lets the signed-in identity read everything in it:`,
    createRoleAssignmentCommand({ ...caller, role: 'Reader', scope: scopeOf(subscriptionId, resourceGroup) }),
  )
}

/** The properties that filters test; Azure leaves `tags` out if there are none. */
type Filtered = Pick<Registry, 'name' | 'tags'>

export function passes(resource: Filtered, filters: readonly EveryReference['filters'][number][]): boolean {
  return filters.every(filter => (filter.kind === 'not') !== matches(resource, filter))
}

/**
 * Whether a resource is what a filter names. Azure's names of resources and of tags ignore letter case, values of tags don't
 * (learn.microsoft.com/azure/azure-resource-manager/management/tag-resources).
 */
function matches({ name, tags = {} }: Filtered, filter: EveryReference['filters'][number]): boolean {
  if (filter.kind === 'not') return filter.name.toLowerCase() === name.toLowerCase()
  const line = `${filter.key}=${filter.value}`
  // Both can have `=`, too.
  const keyFor = (value: string): string => (line.endsWith(`=${value}`) ? line.slice(0, -value.length - 1) : '')
  return Object.entries(tags).some(([tag, value]) => keyFor(value).toLowerCase() === tag.toLowerCase())
}

/** All findings of several inputs. @throws ActionError `INVALID_INPUT` for probable typos */
export function joinUnmatched(all: readonly Unmatched[]): Omit<Unmatched, 'problems'> {
  const problems = all.flatMap(each => each.problems)
  if (problems.length > 0) throw invalidInputs(problems, 'Nothing was changed.')
  return { findings: all.flatMap(each => each.findings), unknown: all.flatMap(each => each.unknown) }
}

/**
 * Judges the filters that match nothing in a list. A name that is left out has no effect if it isn't in the list; if the list may be incomplete, that is
 * unknown.
 * @param findGap explains why the list may be incomplete
 */
export async function judgeUnmatched(
  kind: Kind,
  { resourceGroup, filters }: EveryReference,
  listed: readonly Filtered[],
  { mode, subscriptionId }: Pick<Inputs, 'mode' | 'subscriptionId'>,
  findGap: () => Promise<ActionError | undefined>,
): Promise<Unmatched> {
  // An empty list is a notice of its own.
  const unmatched = listed.length > 0 ? filters.filter(filter => !listed.some(each => matches(each, filter))) : []
  const found = unmatched.map(filter => ({ filter, near: suggestLine(filter, listed, filters) }))
  const where = namePlace(subscriptionId, resourceGroup)
  const typos = mode === 'check' ? [] : found.filter(({ near }) => near)
  if (typos.length > 0) {
    const expected = `a line that matches a ${kind} in ${where}`
    const problems = typos.map(({ filter: { text }, near }) => {
      return { input: kind, found: `"${text}"`, expected: `${expected}; ${near}` }
    })
    return { ...allMatched, problems }
  }
  const gap = found.length > 0 ? await findGap() : undefined
  const subject = scopeOf(subscriptionId, resourceGroup)
  // A check reports the gap itself.
  if (gap && mode === 'check') return allMatched
  if (gap) {
    const message = (text: string) => `Could not check whether ${text} matches a ${kind}. ${say(gap.said)}`
    return { ...allMatched, unknown: found.map(({ filter: { text } }) => ({ subject, message: message(text) })) }
  }
  const advice = briefly(
    `Correct or remove the line in the input ${kind}.`,
    `The names that exist:`,
    listCommand(kinds[kind].service, subscriptionId),
  )
  const findings = found.map(({ filter, near }) => {
    const [effect, what] = filter.kind === 'not' ? ['leaves nothing out', 'name'] : ['keeps nothing', 'tag']
    const message = `${filter.text} ${effect}: no ${kind} in ${where} has that ${what}.${near && ` ${toSentence(near)}`}`
    return warning('FILTER_WITHOUT_EFFECT', subject, message, advice)
  })
  return { ...allMatched, findings }
}

/** `did you mean aks-private?`: a name that no other line leaves out, or a tag; empty if none is similar. */
function suggestLine(
  filter: EveryReference['filters'][number],
  listed: readonly Filtered[],
  filters: readonly EveryReference['filters'][number][],
): string {
  if (filter.kind === 'not') {
    const others = filters.filter(({ kind }) => kind === 'not')
    const left = listed.flatMap(each => (others.some(other => matches(each, other)) ? [] : each.name))
    return suggest(filter.name, left)
  }
  const lines = listed.flatMap(({ tags = {} }) => Object.entries(tags).map(([key, value]) => `tag:${key}=${value}`))
  const asked = `tag:${filter.key}=${filter.value}`
  // Values differ by letter case alone, too.
  const same = lines.find(line => line.toLowerCase() === asked.toLowerCase())
  return same ? `did you mean ${same}?` : suggest(asked, [...new Set(lines)])
}
