import { builtInRoles } from './roles.js'

/**
 * Condition that limits a Role Based Access Control Administrator to assigning pull roles to service principals, which managed identities are too.
 * It has line breaks for readability; white space doesn't matter in a condition.
 * Form: learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples: `@Request` for write, `@Resource` for delete.
 * @param also another role and type of principal to allow
 */
export function delegationCondition(also?: { roleId: string; principalType: string }): string {
  const roleIds = new Set([builtInRoles.acrPull.id, builtInRoles.repositoryReader.id, ...(also ? [also.roleId] : [])])
  const types = [...new Set(['ServicePrincipal', ...(also ? [also.principalType] : [])])]
    .map(type => `'${type}'`)
    .join(', ')
  return [
    { action: 'write', source: '@Request' },
    { action: 'delete', source: '@Resource' },
  ]
    .map(({ action, source }) => {
      const attribute = `${source}[Microsoft.Authorization/roleAssignments`
      return (
        `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR\n` +
        ` (${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${[...roleIds].join(', ')}} AND\n` +
        `  ${attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {${types}}))`
      )
    })
    .join(' AND\n')
}
