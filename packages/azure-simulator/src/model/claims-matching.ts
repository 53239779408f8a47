/** Whether an ID token has the claims that a flexible federated credential asks for. */
export type ClaimsTest = (claims: Readonly<Record<string, unknown>>) => boolean

/** Claims of GitHub's ID tokens that an expression may look at (the page below). */
const known = ['sub', 'job_workflow_ref']

/** `claims['sub'] matches 'repo:contoso/shop:*'`; how a quote is written inside a value is not known here. */
const comparison = /^claims\['(\w+)'\] (eq|matches) '([^']*)'$/

/**
 * The test of a `claimsMatchingExpression` of language version 1: comparisons by `eq`, or by `matches` with `*` for any characters and `?` for one,
 * joined by `and` (learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials). Undefined for what that does
 * not describe, and for other claims than GitHub's.
 */
export function parseClaimsExpression(value: string): ClaimsTest | undefined {
  const tests = value
    .trim()
    .split(/ and (?=claims\[)/)
    .map(parseComparison)
  const complete = tests.filter(test => test !== undefined)
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
