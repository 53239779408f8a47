import { parseCondition, type Condition } from 'repository-conditions'
import { sameId } from './resource-id.js'
import { builtInRoles } from './roles.js'

/** What a Role Based Access Control Administrator can assign: the pull roles, to these principals. */
export interface Delegation {
  /** Object IDs of the principals that it can assign roles to. */
  principalIds?: readonly string[]
  /** Types of principals that it can assign roles to, whoever they are: `ServicePrincipal`, which managed identities are too, `Group` or `User`. */
  principalTypes?: readonly string[]
  /** IDs of roles in addition to the pull roles. */
  roleIds?: readonly string[]
  /** Whether it can also delete such assignments; by default it can delete none. */
  deletes?: boolean
}

/**
 * The condition that limits a Role Based Access Control Administrator to a delegation. It has line breaks for readability; white space doesn't matter in a
 * condition. Azure accepts at most 8 KB.
 * Form: learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples: `@Request` for write, `@Resource` for delete; a part that is
 * only `!(ActionMatches{…})` refuses the action.
 */
export function delegationCondition({
  principalIds = [],
  principalTypes = [],
  roleIds = [],
  deletes = false,
}: Delegation): string {
  const { acrPull, repositoryReader } = builtInRoles
  const roles = [...new Set([acrPull.id, repositoryReader.id, ...roleIds])].join(', ')
  const part = (action: string, source: string): string => {
    const attribute = `${source}[Microsoft.Authorization/roleAssignments`
    const types = principalTypes.map(type => `'${type}'`).join(', ')
    const principals = [
      types && `${attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {${types}}`,
      principalIds.length > 0 &&
        `${attribute}:PrincipalId] ForAnyOfAnyValues:GuidEquals {${[...new Set(principalIds)].join(', ')}}`,
    ].filter(Boolean)
    const [only, other] = principals
    return (
      `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR\n` +
      ` (${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roles}} AND\n` +
      `  ${other ? `(${principals.join(' OR\n   ')})` : (only ?? '')}))`
    )
  }
  const never = "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}))"
  return `${part('write', '@Request')} AND\n${deletes ? part('delete', '@Resource') : never}`
}

/** A role assignment to be written or deleted. An attribute that is absent can have any value. */
export interface DelegatedWrite {
  action: 'write' | 'delete'
  roleId?: string
  principalId?: string
  principalType?: string
}

/** Whether a condition on its author's own role allows an assignment to be written or deleted; undefined if that is not known or not understood. */
export function allowsDelegation(text: string, write: DelegatedWrite): boolean | undefined {
  const condition = parseCondition(text)
  return condition && evaluate(condition, write)
}

function evaluate(condition: Condition, write: DelegatedWrite): boolean | undefined {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      // One such term decides.
      const decisive = condition.kind === 'or'
      const terms = condition.terms.map(term => evaluate(term, write))
      return terms.includes(decisive) ? decisive : terms.includes(undefined) ? undefined : !decisive
    }
    case 'not': {
      const value = evaluate(condition.term, write)
      return value === undefined ? undefined : !value
    }
    case 'action':
      if (/[*?\\]/.test(condition.pattern)) return undefined
      return sameId(condition.pattern, `${assignments}/${write.action}`)
    case 'comparison':
      return compare(condition, write)
    case 'other':
      return undefined
  }
}

const assignments = 'Microsoft.Authorization/roleAssignments'

function compare(comparison: Extract<Condition, { kind: 'comparison' }>, write: DelegatedWrite): boolean | undefined {
  const { attribute, quantifier, operator, values } = comparison
  const source = write.action === 'write' ? '@request' : '@resource'
  const attributes = {
    RoleDefinitionId: write.roleId,
    PrincipalId: write.principalId,
    PrincipalType: write.principalType,
  }
  const [, value] =
    Object.entries(attributes).find(([name]) => sameId(attribute, `${source}[${assignments}:${name}]`)) ?? []
  const isPlain =
    ['guidequals', 'stringequalsignorecase'].includes(operator) && /^(?:foranyofanyvalues)?$/.test(quantifier)
  return value === undefined || !isPlain ? undefined : values.some(each => sameId(each, value))
}
