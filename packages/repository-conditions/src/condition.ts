import { isBracketed, parseCondition, type Condition } from './syntax.js'
import { allRepositories, coversRepositories, type RepositoryPattern } from './pattern.js'

const content = 'Microsoft.ContainerRegistry/registries/repositories/content/read'

const metadata = 'Microsoft.ContainerRegistry/registries/repositories/metadata/read'

const name = 'Microsoft.ContainerRegistry/registries/repositories:name'

/** The repositories that a grant allows its holder to read. */
export interface Reach {
  patterns: readonly RepositoryPattern[]
  /** Whether these are all of them; false if a condition is not understood, because it may allow more. */
  isWhole: boolean
}

/** The reach of a grant without a condition. */
export const everything: Reach = { patterns: [allRepositories], isWhole: true }

const nothing: Reach = { patterns: [], isWhole: true }

/** The reach of a condition that is not understood. */
export const notUnderstood: Reach = { patterns: [], isWhole: false }

/** Maximum size of a condition in bytes (learn.microsoft.com/azure/role-based-access-control/conditions-faq). */
export const maxConditionBytes = 8192

/** The data actions that Container Registry Repository Reader allows. */
const reading: readonly string[] = [content, metadata]

const startActionLimit = (actions: readonly string[]): string =>
  `((${actions.map(action => `!(ActionMatches{'${action}'})`).join(' AND ')}) OR (`

const startClause = (actions: readonly string[]): string =>
  `((${actions.map(action => `ActionMatches{'${action}'}`).join(' OR ')}) AND (`

/**
 * Condition that limits a role to these repositories.
 * Form: learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions.
 * @param actions all data actions on repositories that the role allows: any other one would stay allowed on the whole registry
 */
export function repositoryCondition(patterns: readonly RepositoryPattern[], actions = reading): string {
  return `${startActionLimit(actions)}${testNames(patterns)}))`
}

/**
 * Adds a clause for the repositories that a condition doesn't allow yet. The existing text stays unchanged and keeps its meaning; the clause allows
 * only these actions, and only on these repositories.
 * @param condition must be understood
 * @param actions all data actions on repositories that the role allows
 */
export function widenCondition(condition: string, patterns: readonly RepositoryPattern[], actions = reading): string {
  const reaches = actions.map(action => readRepositoryCondition(condition, action).patterns)
  const missing = patterns.filter(pattern => reaches.some(reach => !coversRepositories(reach, [pattern])))
  if (missing.length === 0) return condition
  if (endsWithOwnTests(condition, actions)) return `${condition.slice(0, -2)} OR ${testNames(missing)}))`
  const before = isBracketed(condition) ? condition : `(${condition})`
  return `${before} OR ${startClause(actions)}${testNames(missing)}))`
}

const ownTest = String.raw`@Request\[${name.replaceAll('.', String.raw`\.`)}\] String(?:Equals|StartsWith|Like)IgnoreCase '[^'\\]*'`

const ownTests = new RegExp(`^${ownTest}(?: OR ${ownTest})*$`)

/**
 * Whether a condition is, or ends with, exactly what this step writes: names can then be added there, instead of a new clause per run. A limit of
 * reading alone leaves all other actions allowed everywhere, so that names added there change nothing for these.
 */
function endsWithOwnTests(condition: string, actions: readonly string[]): boolean {
  const isOwn = (at: number): boolean => ownTests.test(condition.slice(at, -2)) && condition.endsWith('))')
  const limits = [actions, reading].map(startActionLimit)
  if (limits.some(limit => condition.startsWith(limit) && isOwn(limit.length))) return true
  const clause = ` OR ${startClause(actions)}`
  const at = condition.lastIndexOf(clause)
  return at > 0 && isOwn(at + clause.length)
}

function testNames(patterns: readonly RepositoryPattern[]): string {
  return patterns
    .map(pattern => {
      const isPrefix = pattern.endsWith('*')
      const text = isPrefix ? pattern.slice(0, -1) : pattern
      if (/[*?]/.test(text)) return `@Request[${name}] StringLikeIgnoreCase '${pattern}'`
      return `@Request[${name}] ${isPrefix ? 'StringStartsWithIgnoreCase' : 'StringEqualsIgnoreCase'} '${text}'`
    })
    .join(' OR ')
}

/** Maximum length of a condition that is parsed, in characters; it exceeds Azure's own limit. */
const maxLength = 16_384

/** @param action pulling, unless another data action on repositories is given */
export function readRepositoryCondition(text: string, action = content): Reach {
  const condition = text.length > maxLength ? undefined : parseCondition(text)
  return condition ? reachOfCondition(condition, action) : notUnderstood
}

function reachOfCondition(condition: Condition, action: string): Reach {
  switch (condition.kind) {
    case 'and':
      return intersect(condition.terms.map(term => reachOfCondition(term, action)))
    case 'or':
      return unite(condition.terms.map(term => reachOfCondition(term, action)))
    case 'not':
      return negate(reachOfCondition(condition.term, action))
    case 'action':
      if (/[*?\\]/.test(condition.pattern)) return notUnderstood
      return condition.pattern.toLowerCase() === action.toLowerCase() ? everything : nothing
    case 'comparison':
      return reachOfComparison(condition)
    case 'other':
      return notUnderstood
  }
}

const isEverything = ({ patterns }: Reach): boolean => patterns.includes(allRepositories)

/** Whether a grant is known to reach no repository. */
const isNothing = ({ patterns, isWhole }: Reach): boolean => isWhole && patterns.length === 0

/** The combined reach of several grants. */
export function joinReaches(reaches: readonly Reach[]): Reach {
  if (reaches.some(isEverything)) return everything
  const patterns = [...new Set(reaches.flatMap(reach => reach.patterns))]
  return { patterns, isWhole: reaches.every(({ isWhole }) => isWhole) }
}

/** Like `joinReaches`, but within one condition, which is understood completely or not at all. */
function unite(reaches: readonly Reach[]): Reach {
  const reach = joinReaches(reaches)
  return reach.isWhole ? reach : notUnderstood
}

function intersect(reaches: readonly Reach[]): Reach {
  if (reaches.some(isNothing)) return nothing
  const [limit = everything, ...others] = reaches.filter(reach => !isEverything(reach))
  return others.length > 0 ? notUnderstood : limit
}

function negate(reach: Reach): Reach {
  if (isEverything(reach)) return nothing
  return isNothing(reach) ? everything : notUnderstood
}

/** The attribute that is compared: the documentation uses `@Request`, but many existing conditions use `@Resource`. */
const attributes = [`@request[${name}]`, `@resource[${name}]`].map(text => text.toLowerCase())

function reachOfComparison(comparison: Extract<Condition, { kind: 'comparison' }>): Reach {
  const { attribute, quantifier, operator, values } = comparison
  const isAnyOf = quantifier === 'foranyofanyvalues' || (quantifier === '' && values.length === 1)
  if (!attributes.includes(attribute) || !isAnyOf) return notUnderstood
  return unite(values.map(value => compareWith(operator, value)))
}

function compareWith(operator: string, value: string): Reach {
  const [, test = '', ignoresCase = ''] = /^string(equals|startswith|like)(ignorecase)?$/.exec(operator) ?? []
  // The meaning of a backslash depends on the operator, and letter case outside ASCII depends on the culture.
  if (!test || !/^[ -[\]-~]*$/.test(value)) return notUnderstood
  const text = ignoresCase ? value.toLowerCase() : value
  const literal = test === 'like' ? text.replace(/[*?]/g, '') : text
  // No repository has such a name: it has capitals, or stars that are no wildcards.
  if (!/^[a-z0-9._/-]*$/.test(literal)) return nothing
  if (test === 'startswith') return { patterns: [`${text}*`], isWhole: true }
  return text ? { patterns: [text.replace(/\*+/g, '*')], isWhole: true } : nothing
}
