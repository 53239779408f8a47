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
