// Microsoft's SDKs as any program uses them: signs in with a federated token, and prints what they make of the answers. See sdks.test.ts.
import { readFile } from 'node:fs/promises'
import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { ContainerServiceClient } from '@azure/arm-containerservice'
import { ClientAssertionCredential } from '@azure/identity'

const {
  AZURE_TENANT_ID = '',
  AZURE_CLIENT_ID = '',
  AZURE_SUBSCRIPTION_ID = '',
  ID_TOKEN_FILE = '',
  SCOPE = '',
} = process.env
const { PRINCIPAL_ID: principalId = '', ROLE: roleDefinitionId = '' } = process.env

const credential = new ClientAssertionCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, () =>
  readFile(ID_TOKEN_FILE, 'utf8'),
)
const clusters = new ContainerServiceClient(credential, AZURE_SUBSCRIPTION_ID)
const { roleAssignments, roleDefinitions, permissions } = new AuthorizationManagementClient(
  credential,
  AZURE_SUBSCRIPTION_ID,
)

/** All items of a list, however many pages it has. */
async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of pages) items.push(item)
  return items
}

const listed = await all(clusters.managedClusters.list())
const [first] = listed
const [, , , , group = ''] = first?.id?.split('/') ?? []
const read = await clusters.managedClusters.get(group, first?.name ?? '')
const command = await clusters.managedClusters.runCommand(group, first?.name ?? '', { command: 'kubectl get nodes' })
const name = '5f1b6f5e-0000-4000-8000-000000000001'
const created = await roleAssignments.create(SCOPE, name, {
  roleDefinitionId,
  principalId,
  principalType: 'ServicePrincipal',
})
const held = await all(roleAssignments.listForScope(SCOPE, { filter: `assignedTo('${principalId}')` }))
const deleted = await roleAssignments.delete(SCOPE, name)
const roles = await all(roleDefinitions.list(SCOPE, { filter: "roleName eq 'AcrPull'" }))
const allowed = await all(permissions.listForResourceGroup(group))
const missing = await clusters.managedClusters
  .get(group, 'aks-nope')
  .catch((error: unknown) => error as { code: string; statusCode: number })
console.log(
  JSON.stringify({
    clusters: listed.map(each => each.name),
    kubeletIdentity: read.identityProfile?.kubeletidentity?.objectId,
    pools: read.agentPoolProfiles?.map(each => each.name),
    logs: command.logs,
    created: created.principalId,
    held: held.map(each => each.name),
    deleted: deleted?.name,
    roles: roles.map(each => each.roleName),
    actions: allowed.flatMap(each => each.actions ?? []),
    missing: 'statusCode' in missing ? [missing.statusCode, missing.code] : [],
  }),
)
