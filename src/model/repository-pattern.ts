/**
 * Repositories by name (`team/app`), by prefix (`team/*`) or by a pattern of a condition (`t?am-*`): `*` stands for any characters, slashes too,
 * and `?` for one. In lower case, as all names of repositories are.
 */
export type RepositoryPattern = string

/** The pattern of all repositories. */
export const allRepositories: RepositoryPattern = '*'

/** What AKS keeps of its own in a registry that a network isolated cluster boots from (learn.microsoft.com/azure/aks/network-isolated). */
export const bootstrapRepositories: RepositoryPattern = 'aks-managed-repository/*'

/** Whether everything that the wanted patterns name is allowed, each by one of the allowed patterns; nothing wanted means the whole registry. */
export function coversRepositories(
  allowed: readonly RepositoryPattern[],
  wanted: readonly RepositoryPattern[],
): boolean {
  const needed = wanted.length > 0 ? wanted : [allRepositories]
  return needed.every(pattern => allowed.some(other => covers(other.toLowerCase(), pattern.toLowerCase())))
}

/** A pattern whose star at the end takes in the wanted prefix takes in everything behind that prefix. */
function covers(allowed: string, wanted: string): boolean {
  return wanted.endsWith('*')
    ? allowed.endsWith('*') && matches(allowed, wanted.slice(0, -1))
    : matches(allowed, wanted)
}

/** Whether a pattern matches a whole name. Not by a regular expression: others write patterns, and some take for ever as one. */
function matches(pattern: string, name: string): boolean {
  let [at, star, resumeAt] = [0, -1, 0]
  for (let position = 0; position < name.length;) {
    if (pattern[at] === '*') {
      star = at
      resumeAt = position
      at += 1
    } else if (pattern[at] === '?' || pattern[at] === name[position]) {
      at += 1
      position += 1
    } else if (star >= 0) {
      resumeAt += 1
      position = resumeAt
      at = star + 1
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}

/** Maximum number of repositories that a sentence names. */
const maxNamed = 3

/** What a limit allows, in words: `team/app and shop/*`. */
export function describeRepositories(patterns: readonly RepositoryPattern[]): string {
  if (patterns.length === 0) return 'what a condition allows'
  const [last = '', ...others] = patterns.slice(0, maxNamed).reverse()
  const named = [...(others.length > 0 ? [others.reverse().join(', ')] : []), last]
  return patterns.length > maxNamed ? `${named.join(', ')} and ${patterns.length - maxNamed} more` : named.join(' and ')
}

/** What a limit leaves out of what is wanted, in words: `shop/*`, or `the whole registry` where no repositories are named. */
export function describeUnreached(limit: readonly RepositoryPattern[], wanted: readonly RepositoryPattern[]): string {
  const missing = wanted.filter(pattern => !coversRepositories(limit, [pattern]))
  return missing.length > 0 ? describeRepositories(missing) : 'the whole registry'
}
