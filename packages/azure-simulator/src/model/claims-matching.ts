/** Tests whether an ID token satisfies a flexible federated credential. */
export type ClaimsTest = (claims: Readonly<Record<string, unknown>>) => boolean

/** Claims of GitHub's ID tokens that an expression can use (see the page below). */
const known = ['sub', 'job_workflow_ref', 'repository_id', 'repository_owner_id']

/** `claims['sub'] matches 'repo:contoso/shop:*'`; how to escape a quote in a value isn't documented. */
const comparison = /^claims\['(\w+)'\] (eq|matches) '([^']*)'$/

/**
 * Parses a `claimsMatchingExpression` of language version 1: comparisons with `eq`, or with `matches` (`*` for any
 * characters, `?` for one), joined by `and`
 * (learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials). Undefined for
 * other syntax, for claims that GitHub doesn't issue, and without a required claim: `sub`, and an immutable ID of the
 * repository or of its owner (learn.microsoft.com/entra/workload-id/workload-identities-set-up-flexible-federated-identity-credential,
 * 14 August 2026).
 */
export function parseClaimsExpression(value: string): ClaimsTest | undefined {
  const comparisons = value
    .trim()
    .split(/ and (?=claims\[)/)
    .map(parseComparison)
  const complete = comparisons.filter(each => each !== undefined)
  const names = complete.map(({ claim }) => claim)
  const isPinned = names.includes('repository_id') || names.includes('repository_owner_id')
  if (complete.length < comparisons.length || !names.includes('sub') || !isPinned) return undefined
  return claims => complete.every(({ fits }) => fits(claims))
}

/** What Entra says of an expression with other claims (github.com/git-bug/git-bug/issues/1584, hashicorp/terraform-provider-azuread#1901). */
export const wrongClaims = (issuer: string): string =>
  `Expression configured for issuer '${issuer}' either lacks all required claims or contains unallowed claims`

function parseComparison(text: string): { claim: string; fits: ClaimsTest } | undefined {
  const [, claim = '', operator, value = ''] = comparison.exec(text.trim()) ?? []
  if (!known.includes(claim)) return undefined
  if (operator === 'eq') return { claim, fits: claims => claims[claim] === value }
  const pattern = value
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const whole = new RegExp(`^${pattern}$`, 's')
  return { claim, fits: claims => typeof claims[claim] === 'string' && whole.test(claims[claim]) }
}
