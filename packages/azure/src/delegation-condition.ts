import { builtInRoles } from './roles.js'

const pullRoleIds: string[] = [builtInRoles.acrPull.id, builtInRoles.repositoryReader.id]

/**
 * Condition that limits a Role Based Access Control Administrator to assigning pull roles to service principals, which managed identities are too.
 * It has line breaks for readability; white space doesn't matter in a condition.
 * Form: learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples: `@Request` for write, `@Resource` for delete.
 */
export const delegationCondition = createDelegationCondition(pullRoleIds, ['ServicePrincipal'])

/** The same condition, which also allows this role and this type of principal. */
export function delegationConditionFor({ roleId, principalType }: { roleId: string; principalType: string }): string {
  return createDelegationCondition(
    [...new Set([...pullRoleIds, roleId])],
    [...new Set(['ServicePrincipal', principalType])],
  )
}

function createDelegationCondition(roleIds: string[], principalTypes: string[]): string {
  const types = principalTypes.map(type => `'${type}'`).join(', ')
  return [
    { action: 'write', source: '@Request' },
    { action: 'delete', source: '@Resource' },
  ]
    .map(({ action, source }) => {
      const attribute = `${source}[Microsoft.Authorization/roleAssignments`
      return (
        `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR\n` +
        ` (${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roleIds.join(', ')}} AND\n` +
        `  ${attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {${types}}))`
      )
    })
    .join(' AND\n')
}
