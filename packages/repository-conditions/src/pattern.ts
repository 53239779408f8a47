/**
 * Repositories by name (`team/app`), by prefix (`team/*`) or by a condition's pattern (`t?am-*`): `*` matches any characters, including slashes, and
 * `?` matches one. Lower case, like all repository names.
 */
export type RepositoryPattern = string

export const allRepositories: RepositoryPattern = '*'

/** AKS's own repositories in a registry that a network isolated cluster boots from (learn.microsoft.com/azure/aks/network-isolated). */
export const bootstrapRepositories: RepositoryPattern = 'aks-managed-repository/*'

/** Whether each of the desired patterns is covered by one of the allowed ones. No desired patterns means the whole registry. */
export function coversRepositories(
  allowed: readonly RepositoryPattern[],
  desired: readonly RepositoryPattern[],
): boolean {
  const needed = desired.length > 0 ? desired : [allRepositories]
  return needed.every(pattern => allowed.some(other => covers(other.toLowerCase(), pattern.toLowerCase())))
}

/** A pattern that ends with a star and matches a prefix also matches everything that begins with this prefix. */
function covers(allowed: string, desired: string): boolean {
  return desired.endsWith('*')
    ? allowed.endsWith('*') && matches(allowed, desired.slice(0, -1))
    : matches(allowed, desired)
}

/** Whether a name may match both patterns. Exact if one of them is a name or both are prefixes; otherwise "yes" means that it can't be ruled out. */
export function mayOverlap(one: RepositoryPattern, other: RepositoryPattern): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()]
  if (!/[*?]/.test(a)) return matches(b, a)
  if (!/[*?]/.test(b)) return matches(a, b)
  const [headOfA = '', headOfB = ''] = [a, b].map(pattern => pattern.split(/[*?]/)[0])
  return headOfA.startsWith(headOfB) || headOfB.startsWith(headOfA)
}

/** Whether a pattern matches a whole name. A regular expression could take forever, because others write the patterns. */
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

/** Maximum number of repositories named in a sentence. */
const maxNamed = 3

/** For example `team/app, shop/* and 2 more`. */
export function describeRepositories(patterns: readonly RepositoryPattern[]): string {
  if (patterns.length === 0) return 'what a condition allows'
  const more = patterns.length > maxNamed ? [`${patterns.length - maxNamed} more`] : []
  return new Intl.ListFormat('en-GB').format([...patterns.slice(0, maxNamed), ...more])
}

/** The desired repositories outside a limit, in words: `shop/*`, or `the whole registry` if none are named. */
export function describeUnreached(limit: readonly RepositoryPattern[], desired: readonly RepositoryPattern[]): string {
  const missing = desired.filter(pattern => !coversRepositories(limit, [pattern]))
  return missing.length > 0 ? describeRepositories(missing) : 'the whole registry'
}
