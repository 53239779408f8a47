import { builtInRoles } from './roles.js'

const pullRoleIds: string[] = [builtInRoles.acrPull.id, builtInRoles.repositoryReader.id]

/**
 * The condition of a Role Based Access Control Administrator who may only hand out pull roles, only to service principals
 * (managed identities are service principals).
 * It is on several lines, which people can read: spaces and line ends do not matter in a condition.
 * Form: learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples: `@Request` for write, `@Resource` for delete.
 */
export const delegationCondition = createDelegationCondition(pullRoleIds, ['ServicePrincipal'])

/** The same for one who also has to hand out this role, to principals of this type. */
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
