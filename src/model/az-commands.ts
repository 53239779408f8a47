import { parseResourceId } from './resource-id.js'
import { builtInRoles } from './roles.js'

/** A word for a POSIX shell: bare where that is safe, else in single quotes. */
export function shellQuote(word: string): string {
  return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

const pullRoleIds: string[] = [builtInRoles.acrPull.id, builtInRoles.repositoryReader.id]

/**
 * The condition of a Role Based Access Control Administrator who may only hand out pull roles, only to service principals
 * (managed identities are service principals).
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
        `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR ` +
        `(${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roleIds.join(', ')}} AND ` +
        `${attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {${types}}))`
      )
    })
    .join(' AND ')
}

/** An `az aks` command about one cluster (which takes no `--ids`), such as `az aks start`. */
export function aksCommand(verb: string, clusterId: string, more = ''): string {
  const { subscriptionId, resourceGroup, name } = parseResourceId(clusterId) ?? placeholders
  return `az aks ${verb} --subscription ${subscriptionId} --resource-group ${shellQuote(resourceGroup)} --name ${name}${more && ` ${more}`}`
}

/** An `az aks nodepool` command about one pool, or all pools, of a cluster. */
export function nodePoolCommand(verb: string, clusterId: string, pool = ''): string {
  const { subscriptionId, resourceGroup, name } = parseResourceId(clusterId) ?? placeholders
  return `az aks nodepool ${verb} --subscription ${subscriptionId} --resource-group ${shellQuote(resourceGroup)} --cluster-name ${name}${pool && ` --name ${pool}`}`
}

const placeholders = { subscriptionId: '<id>', resourceGroup: '<group>', name: '<cluster>' }

/** The `az` command that gives a principal a role at a scope. */
export function createRoleAssignmentCommand(grant: {
  /** Empty when it is not known; then the name, a client ID, has to do. */
  objectId: string
  name?: string
  type: string
  role: string
  scope: string
  condition?: string
}): string {
  const lines = [
    grant.objectId
      ? `az role assignment create --assignee-object-id ${grant.objectId} --assignee-principal-type ${grant.type}`
      : `az role assignment create --assignee ${quoted(grant.name ?? '<client ID>')}`,
    `--role ${quoted(grant.role)} --scope ${quoted(grant.scope)}`,
  ]
  if (grant.condition) lines.push(`--condition-version 2.0 --condition ${quoted(grant.condition)}`)
  return lines.join(' \\\n  ')
}

/** The `az` commands that create a federated credential fit for the presented token: for an app registration, and for a managed identity. */
export function createFederatedCredentialCommands(token: {
  clientId: string
  issuer: string
  subject: string
  audience: string
}): { app: string; identity: string } {
  // 3 to 120 letters, digits, - and _ (graph: federatedIdentityCredential.name).
  const name = `github-${token.subject.replace(/[^A-Za-z0-9]+/g, '-')}`.slice(0, 120).replace(/-+$/, '')
  const parameters = JSON.stringify({ name, issuer: token.issuer, subject: token.subject, audiences: [token.audience] })
  return {
    app: `az ad app federated-credential create --id ${token.clientId} --parameters ${quoted(parameters)}`,
    identity:
      `az identity federated-credential create --identity-name '<identity>' --resource-group '<group>' --name ${quoted(name)} \\\n` +
      `  --issuer ${quoted(token.issuer)} --subject ${quoted(token.subject)} --audiences ${quoted(token.audience)}`,
  }
}

/** Always in double quotes where a shell leaves the text alone there (single quotes inside stay readable), else as a shell needs it. */
function quoted(text: string): string {
  if (/^[\w./:@=,+-]+$/.test(text)) return text
  // Inside double quotes a shell looks at " $ ` \ and, when interactive, at !.
  return /["$`\\!]/.test(text) ? shellQuote(text) : `"${text}"`
}
