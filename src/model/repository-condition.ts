/** Repositories by exact name (`team/app`) or by prefix (`team/*`). */
export type RepositoryPattern = string

/** What AKS keeps of its own in a registry that a network isolated cluster boots from (learn.microsoft.com/azure/aks/network-isolated). */
export const bootstrapRepositories: RepositoryPattern = 'aks-managed-repository/*'

const content = 'Microsoft.ContainerRegistry/registries/repositories/content/read'

const metadata = 'Microsoft.ContainerRegistry/registries/repositories/metadata/read'

const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'

/**
 * The condition that limits Container Registry Repository Reader to some repositories.
 * Form: learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions.
 */
export function repositoryCondition(patterns: readonly RepositoryPattern[]): string {
  const clauses = patterns.map(pattern =>
    pattern.endsWith('/*')
      ? `${name} StringStartsWithIgnoreCase '${pattern.slice(0, -1)}'`
      : `${name} StringEqualsIgnoreCase '${pattern}'`,
  )
  return `((!(ActionMatches{'${content}'}) AND !(ActionMatches{'${metadata}'})) OR (${clauses.join(' OR ')}))`
}

const attribute = String.raw`@(?:Request|Resource)\[Microsoft\.ContainerRegistry\/registries\/repositories:name\]`

const value = String.raw`'[^']*'|\{[^}]*\}`

const nameTest = new RegExp(
  String.raw`${attribute}\s*(?:ForAnyOfAnyValues:)?(StringEquals|StringStartsWith|StringLike)(?:IgnoreCase)?\s*(${value})`,
  'gi',
)

/** Maximum length of a condition that is read, in characters: brackets within brackets are taken off one by one. */
const longestCondition = 16_384

const actionTest = /!\s*\(\s*ActionMatches\s*\{\s*'([^']*)'\s*\}\s*\)/gi

/**
 * The repositories that a condition allows to pull from; undefined when it is not of a form that can be understood, whatever it means.
 * Understood is "another action, or one of these names and prefixes", in any order, spacing and letter case.
 */
export function readRepositoryCondition(condition: string): RepositoryPattern[] | undefined {
  if (condition.length > longestCondition) return undefined
  const patterns: RepositoryPattern[] = []
  let formula = condition
    .replace(nameTest, (_, operator: string, values: string) => {
      const texts = [...values.matchAll(/'([^']*)'/g)].map(([, text = '']) => text)
      const isLike = operator.toLowerCase() === 'stringlike'
      // Of the wildcards, only one at the end makes a prefix.
      if (isLike && texts.some(text => /[*?\\]/.test(text.replace(/\*$/, '')))) return '?'
      const suffix = operator.toLowerCase() === 'stringstartswith' ? '*' : ''
      patterns.push(...texts.map(text => `${text}${suffix}`))
      return 'R'
    })
    .replace(actionTest, (_, action: string) =>
      [content, metadata].some(known => known.toLowerCase() === action.toLowerCase()) ? 'A' : '?',
    )
    .replace(/\band\b|&&/gi, '&')
    .replace(/\bor\b|\|\|/gi, '|')
    .replace(/\s/g, '')
  // "A" is another action, "R" one of the repositories: join each kind, until only "A or R" is left.
  for (let longer = ''; longer !== formula;) {
    longer = formula
    formula = formula
      .replace(/\(([AR])\)/g, '$1')
      .replace(/A&A/g, 'A')
      .replace(/R\|R/g, 'R')
  }
  return /^\(?A\|R\)?$/.test(formula) ? patterns : undefined
}

/** Maximum number of repositories that a sentence names. */
const mostNamed = 3

/** What a limit allows, in words: `team/app and shop/*`. */
export function describeRepositories(patterns: readonly RepositoryPattern[]): string {
  if (patterns.length === 0) return 'what a condition allows'
  const [last = '', ...others] = patterns.slice(0, mostNamed).reverse()
  const named = [...(others.length > 0 ? [others.reverse().join(', ')] : []), last]
  return patterns.length > mostNamed
    ? `${named.join(', ')} and ${patterns.length - mostNamed} more`
    : named.join(' and ')
}

/** What a limit leaves out of what is wanted, in words: `shop/*`, or `the whole registry` where no repositories are named. */
export function describeUnreached(limit: readonly RepositoryPattern[], wanted: readonly RepositoryPattern[]): string {
  const missing = wanted.filter(pattern => !coversRepositories(limit, [pattern]))
  return missing.length > 0 ? describeRepositories(missing) : 'the whole registry'
}

/** Whether everything that the wanted patterns name is allowed: by the same name, or by a prefix of it. */
export function coversRepositories(
  allowed: readonly RepositoryPattern[],
  wanted: readonly RepositoryPattern[],
): boolean {
  return wanted.every(pattern => allowed.some(other => covers(other.toLowerCase(), pattern.toLowerCase())))
}

function covers(allowed: string, wanted: string): boolean {
  return allowed === wanted || (allowed.endsWith('*') && wanted.startsWith(allowed.slice(0, -1)))
}
