import { acrCommand, aksCommand, formatResourceId, labelOf, namesOf, normalizeId, sameId } from 'azure'
import type { Phase, Registry, ResourceId } from 'azure'
import { findRefused, namePlace, resources, scopeOf, type Cluster } from 'azure-clients'
import { ActionError, briefly, compareNaturally, distinctOf, findNear, fix, type Fix } from 'kernel'
import type { Inputs, Lookup, Observed } from 'run-model'

/** The kinds of resources that the inputs name one by one, or all with `*`. */
export const kinds = {
  cluster: { ...resources.cluster, plural: 'clusters', service: 'aks' },
  registry: { ...resources.registry, plural: 'registries', service: 'acr' },
} as const

export type Kind = keyof typeof kinds

/** Picks the only resource with a name; undefined if there is none. Several are an error, AMBIGUOUS_NAME, with all their IDs. */
export function pickOnly<T extends { id: string }>(
  asked: string,
  kind: Kind,
  named: readonly T[],
): Lookup<T> | undefined {
  // Lists of several subscriptions, or rows of Azure Resource Graph, can name the same resource.
  const all = distinctOf(named, ({ id }) => normalizeId(id))
  const [value, ...others] = all
  if (!value) return undefined
  if (others.length === 0) return { asked, value }
  const orGroup = kind === 'cluster' ? ', or resource-group' : ''
  const ids = all.map(({ id }) => id).join(', ')
  const said = { what: `${all.length} ${kinds[kind].plural} are called ${asked}`, more: `Their resource IDs: ${ids}.` }
  const advice = fix(`Give one of these resource IDs instead of the name${orGroup}.`)
  return { asked, error: new ActionError('AMBIGUOUS_NAME', said, { subject: asked, fix: advice }) }
}

/** Removes the second mention of a resource that was named in two ways. A name without an ID counts in any letter case, with or without the domain of a login server. */
export function distinctLookups<T extends { id: string }>(lookups: Lookup<T>[]): Lookup<T>[] {
  const keyOf = (id: string): string => (id.startsWith('/') ? normalizeId(id) : labelOf(id))
  return distinctOf(lookups, ({ asked, value }) => keyOf(value?.id ?? asked))
}

/** The order of resources that the inputs don't name one by one: by name, `aks-2` before `aks-10`. */
export function byName(a: { id: string; name: string }, b: { id: string; name: string }): number {
  return compareNaturally(a.name, b.name) || compareNaturally(a.id, b.id)
}

/**
 * Selects what `*` stands for: without resources that are being created or deleted, which it leaves out. An `attach` waits for those that are being created
 * if there are no others.
 */
export function selectStaying<T extends { id: string; name: string; phase?: Phase }>(
  kind: Kind,
  all: readonly T[],
  mode: Inputs['mode'],
): { staying: T[]; leftOut: Observed['leftOut'] } {
  const phases = mode === 'attach' ? [undefined, 'creating'] : [undefined]
  const byPhase = phases.map(phase => all.filter(each => each.phase === phase))
  const staying = byPhase.find(some => some.length > 0) ?? []
  const leftOut = all.flatMap(each => {
    const { id, name, phase } = each
    return phase && !staying.includes(each) ? { kind, id, name, phase } : []
  })
  return { staying, leftOut }
}

/** Adds their place to the names of resources that share one, so that every text tells them apart. Commands and look-ups use their IDs. */
export function nameApart<T extends { id: string; name: string }>(
  lookups: Lookup<T>[],
  others: readonly { id: string }[] = [],
): Lookup<T>[] {
  const all = [...lookups.map(({ asked, value }) => value?.id ?? asked), ...others.map(({ id }) => id)]
  const nameOf = namesOf(all.map(target => ({ target })))
  return lookups.map(lookup =>
    lookup.error ? lookup : { ...lookup, value: { ...lookup.value, name: nameOf({ target: lookup.value.id }) } },
  )
}

/** Marks the error of a resource that was probably meant under another name, or in another place. */
export const misnamed = 'misnamed'

/**
 * The error of a resource that a list lacks: it does not exist, or the caller can't see it.
 * @param what a sentence without its full stop
 * @param names the names that exist
 */
export function notListed(
  kind: Kind,
  what: string,
  { names = [], ...details }: { subject: string; fix: Fix; detail?: string; names?: readonly string[] },
): ActionError {
  const { action, notFound } = kinds[kind]
  const unseen = `or the signed-in identity has no permission to read it (${action})`
  const suggestion = toSentence(suggest(details.subject, names))
  return new ActionError(
    notFound,
    { what: `${what}, ${unseen}`, more: suggestion },
    {
      ...(suggestion && { detail: misnamed }),
      ...details,
    },
  )
}

/** Maximum number of letters in which a suggested name differs. */
const maxTypos = 1

/** Maximum number of suggested names. */
const maxNames = 3

/** `did you mean aks-prod-1?`; empty if no name differs by just one letter. */
export function suggest(asked: string, names: readonly string[]): string {
  return askAbout(findNear(asked, names, maxTypos).filter(name => !sameId(name, asked)))
}

function askAbout(names: readonly string[]): string {
  const some = [...names].sort(compareNaturally).slice(0, maxNames)
  return some.length > 0 ? `did you mean ${some.join(' or ')}?` : ''
}

/**
 * Explains the refusal of a resource that was probably meant under another name, or in another resource group: without a role there, Azure also refuses what
 * does not exist. Whether it exists is unknown, so this is no drift.
 * @param seen the resources of its kind that the signed-in identity sees in the subscription
 * @returns undefined if none of them is near, or if no role would end the refusal
 */
export function explainMisnamed(
  refusal: ActionError,
  { one, notFound }: { one: string; notFound: ActionError['code'] },
  asked: ResourceId,
  seen: readonly { id: string; name: string }[],
): ActionError | undefined {
  const { subscriptionId, resourceGroup, name } = asked
  // A role may begin to work between two requests.
  const isSeen = seen.some(({ id }) => sameId(id, formatResourceId(asked)))
  if (isSeen || !findRefused(refusal)) return undefined
  const group = `${scopeOf(subscriptionId, resourceGroup)}/`.toLowerCase()
  const names = new Set(
    findNear(
      name,
      seen.map(each => each.name),
      maxTypos,
    ),
  )
  const near = seen.filter(each => names.has(each.name))
  // In its resource group, the name is enough.
  const suggestion = askAbout(near.map(each => (each.id.toLowerCase().startsWith(group) ? each.name : each.id)))
  if (!suggestion) return undefined
  const place = namePlace(subscriptionId, resourceGroup)
  const said = { what: `The signed-in identity can read no ${one} ${name} in ${place}`, more: toSentence(suggestion) }
  // What gives it one is added in rights.ts, where the commands of the set-up are made.
  const advice = briefly(
    'Correct the name or the resource group.',
    'If they are right, the identity has no role there.',
  )
  const details = { subject: name, detail: misnamed, isUnknowable: true, fix: advice }
  return refusal.with({ code: notFound, said, ...details })
}

/** Adds a suggestion to an error about a missing resource. */
export function withSuggestion(error: ActionError, suggestion: string): ActionError {
  return suggestion ? error.with({ said: { ...error.said, more: toSentence(suggestion) } }) : error
}

/** A suggestion as a sentence of its own. */
export function toSentence(suggestion: string): string {
  return `${suggestion.charAt(0).toUpperCase()}${suggestion.slice(1)}`
}

/** The nodes of a cluster that is being deleted are going, and with them what the step would grant, verify or report. */
export function refuseLeavingCluster({ id, name }: Pick<Cluster, 'id' | 'name'>): ActionError {
  return new ActionError('CLUSTER_STOPPED', `${name} is being deleted, so its nodes can't be relied on to pull`, {
    subject: name,
    resource: id,
    fix: briefly(
      'Take it out of the inputs.',
      'If it is created again, run this step after that: it will pull with another identity. Its current state:',
      aksCommand('show', id, '--query provisioningState'),
    ),
  })
}

/** Why nothing can be said about who can pull from a registry; undefined if it can. @param isCheck whether nothing will be written, either */
export function refuseRegistry(registry: Registry, isCheck = false): ActionError | undefined {
  const { id, name, phase, unknownMode } = registry
  const refuse = (why: string, advice: string, shown = 'provisioningState') =>
    new ActionError('AZURE_REFUSED', `${name} is ${why}`, {
      subject: name,
      resource: id,
      fix: fix(advice, acrCommand('show', id, `--query ${shown}`)),
    })
  // It is going, and with it its images and role assignments: it is neither attached nor missing.
  if (phase === 'deleting')
    return refuse(
      "being deleted, so nodes can't rely on pulling from it",
      `Take it out of the inputs, or leave it out of * with the line !${name}. If it is created again, run this step after that. Its current state:`,
    )
  // What it lacks may be on its way.
  if (phase === 'creating' && isCheck)
    return refuse(
      'being created, so nobody can tell yet what it lacks',
      'Run this step again once it is created. Its current state:',
    )
  if (!unknownMode) return undefined
  // The mode decides which roles allow pulling, so neither yes nor no is known.
  return refuse(
    `in the role assignment mode ${unknownMode}, which this version of the action does not know: it can't tell which roles allow pulling there.`,
    'Use a newer version of the action, or leave this registry out. Its current mode:',
    'roleAssignmentMode',
  )
}
