/** Tests whether an ID token satisfies a flexible federated credential. */
export type ClaimsTest = (claims: Readonly<Record<string, unknown>>) => boolean

/** Claims of GitHub's ID tokens that an expression can use (see the page below). */
const known = ['sub', 'job_workflow_ref', 'repository_id', 'repository_owner_id']

/** One of these is required, with `eq` (learn.microsoft.com/entra/workload-id/workload-identities-set-up-flexible-federated-identity-credential, 14 August 2026). */
const immutable = /claims\['repository(_owner)?_id'\] eq /

/** `claims['sub'] matches 'repo:contoso/shop:*'`; how to escape a quote in a value isn't documented. */
const comparison = /^claims\['(\w+)'\] (eq|matches) '([^']*)'$/

/**
 * Parses a `claimsMatchingExpression` of language version 1: comparisons with `eq`, or with `matches` (`*` for any
 * characters, `?` for one), joined by `and`
 * (learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials). Undefined for
 * other syntax and for claims that GitHub doesn't issue.
 */
export function parseClaimsExpression(value: string): ClaimsTest | undefined {
  const tests = value
    .trim()
    .split(/ and (?=claims\[)/)
    .map(parseComparison)
  const complete = tests.filter(test => test !== undefined)
  if (!immutable.test(value)) return undefined
  return complete.length === tests.length ? claims => complete.every(test => test(claims)) : undefined
}

function parseComparison(text: string): ClaimsTest | undefined {
  const [, claim = '', operator, value = ''] = comparison.exec(text.trim()) ?? []
  if (!known.includes(claim)) return undefined
  if (operator === 'eq') return claims => claims[claim] === value
  const pattern = value
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const whole = new RegExp(`^${pattern}$`, 's')
  return claims => typeof claims[claim] === 'string' && whole.test(claims[claim])
}
