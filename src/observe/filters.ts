import { listCommand, type Registry } from 'azure'
import { namePlace, scopeOf } from 'azure-clients'
import { fix, invalidInputs, type ActionError, warning } from 'kernel'
import type { EveryReference, Filter, Inputs } from 'run-model'
import type { Found } from './every.js'
import { suggest, toSentence } from './suggestions.js'

/** The properties that filters test; Azure leaves `tags` out if there are none. */
type Filtered = Pick<Registry, 'name' | 'tags'>

/** Whether a resource passes all filters. */
export function passes(resource: Filtered, filters: readonly Filter[]): boolean {
  return filters.every(filter => (filter.kind === 'not') !== matches(resource, filter))
}

/**
 * Whether a resource is what a filter names. Azure's names of resources and of tags ignore letter case, values of tags don't
 * (learn.microsoft.com/azure/azure-resource-manager/management/tag-resources).
 */
function matches({ name, tags = {} }: Filtered, filter: Filter): boolean {
  if (filter.kind === 'not') return filter.name.toLowerCase() === name.toLowerCase()
  const key = filter.key.toLowerCase()
  return Object.entries(tags).some(([tag, value]) => tag.toLowerCase() === key && value === filter.value)
}

/** What filters that match nothing lead to. */
type Unmatched = Pick<Found<never>, 'findings' | 'unknown' | 'problems'>

/** All findings of several inputs. @throws ActionError `INVALID_INPUT` for probable typos */
export function joinUnmatched(all: readonly Unmatched[]): Omit<Unmatched, 'problems'> {
  const problems = all.flatMap(each => each.problems)
  if (problems.length > 0) throw invalidInputs(problems, 'Nothing was changed.')
  return { findings: all.flatMap(each => each.findings), unknown: all.flatMap(each => each.unknown) }
}

const allMatched: Unmatched = { findings: [], unknown: [], problems: [] }

const nouns = { cluster: ['cluster', 'aks'], registry: ['registry', 'acr'] } as const

/**
 * Judges the filters that match nothing in a list. A name that is left out has no effect if it isn't in the list; if the list may be incomplete, that is
 * unknown.
 * @param findGap explains why the list may be incomplete
 */
export async function judgeUnmatched(
  input: 'cluster' | 'registry',
  { resourceGroup, filters }: EveryReference,
  listed: readonly Filtered[],
  { mode, subscriptionId }: Pick<Inputs, 'mode' | 'subscriptionId'>,
  findGap: () => Promise<ActionError | undefined>,
): Promise<Unmatched> {
  // An empty list is a failure of its own.
  const unmatched = listed.length > 0 ? filters.filter(filter => !listed.some(each => matches(each, filter))) : []
  const found = unmatched.map(filter => ({ filter, near: suggestLine(filter, listed, filters) }))
  const [noun, service] = nouns[input]
  const where = namePlace(subscriptionId, resourceGroup)
  const typos = mode === 'check' ? [] : found.filter(({ near }) => near)
  if (typos.length > 0) {
    const expected = `a line that matches a ${noun} in ${where}`
    const problems = typos.map(({ filter: { text }, near }) => ({
      input,
      found: `"${text}"`,
      expected: `${expected}; ${near}`,
    }))
    return { ...allMatched, problems }
  }
  const gap = found.length > 0 ? await findGap() : undefined
  const subject = scopeOf(subscriptionId, resourceGroup)
  // A check reports the gap itself.
  if (gap && mode === 'check') return allMatched
  if (gap) {
    const message = (text: string) => `Could not check whether ${text} matches a ${noun}. ${gap.message}`
    return { ...allMatched, unknown: found.map(({ filter: { text } }) => ({ subject, message: message(text) })) }
  }
  const findings = found.map(({ filter: { kind, text }, near }) => {
    const effect =
      kind === 'not'
        ? `leaves nothing out: no ${noun} in ${where} has that name`
        : `keeps nothing: no ${noun} in ${where} has that tag`
    return warning(
      'FILTER_WITHOUT_EFFECT',
      subject,
      `${text} ${effect}.${toSentence(near)}`,
      fix(
        `Correct or remove the line in the input ${input}. The names that exist:`,
        listCommand(service, subscriptionId),
      ),
    )
  })
  return { ...allMatched, findings }
}

/** `did you mean aks-private?`: a name that no other line leaves out, or a tag; empty if none is similar. */
function suggestLine(filter: Filter, listed: readonly Filtered[], filters: readonly Filter[]): string {
  if (filter.kind === 'not') {
    const others = filters.filter(({ kind }) => kind === 'not')
    const left = listed.filter(each => !others.some(other => matches(each, other)))
    return suggest(
      filter.name,
      left.map(({ name }) => name),
    )
  }
  const lines = listed.flatMap(({ tags = {} }) => Object.entries(tags).map(([key, value]) => `tag:${key}=${value}`))
  const asked = `tag:${filter.key}=${filter.value}`
  // Values differ by letter case alone, too.
  const same = lines.find(line => line.toLowerCase() === asked.toLowerCase())
  return same ? `did you mean ${same}?` : suggest(asked, [...new Set(lines)])
}
