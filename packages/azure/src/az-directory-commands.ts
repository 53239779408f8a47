import type { FixPart } from 'kernel'
import { az, doubleQuoted, forEach, shell } from './az.js'
import { aksCommand } from './az-commands.js'

/** Prints the service principal that has this ID; prints nothing if the user's tenant has none. */
export function findServicePrincipalCommand(property: 'id' | 'appId', id: string): string {
  return az`ad sp list --filter ${doubleQuoted(`${property} eq '${id}'`)} --query "[].{name:displayName, objectId:id}" --output table`
}

/** Lists the direct members of a group. */
export function listMembersCommand(groupId: string): string {
  return az`ad group member list --group ${groupId} --query "[].{name:displayName, objectId:id}" --output table`
}

export function addGroupMemberCommand(groupId: string, objectId: string | readonly string[]): string {
  return forEach(objectId, id => az`ad group member add --group ${groupId} --member-id ${id}`)
}

/** What to do about the secret of an application that a cluster pulls with, after a look at the secrets; the disruptive part first. */
export function adviseOnSecret(clusterId: string, clientId: string): [look: FixPart, ...repairs: FixPart[]] {
  const secret = az`ad app credential reset --id ${clientId} --append --query password --output tsv`
  const options = shell`--reset-service-principal --service-principal ${clientId} --client-secret`
  return [
    {
      short: 'A secret lives one year by default.',
      text: 'A secret lives one year by default. To see when those of the application end:',
      commands: [az`ad app credential list --id ${clientId} --query "[].endDateTime"`],
    },
    {
      // learn.microsoft.com/azure/aks/update-credentials; a secret that could not be created never reaches the nodes as an empty one.
      text: 'To give the nodes a new secret (also if they still have that of an earlier application). This restarts every node of the cluster:',
      commands: [`${secret} | xargs -r -n 1 ${aksCommand('update-credentials', clusterId, options)}`],
      caution: 'Disruptive: restarts every node of the cluster',
    },
    {
      // learn.microsoft.com/azure/aks/use-managed-identity
      text: 'Or move the cluster to managed identities, which have no secret. Then run this step again, so that the kubelet identity gets the role, and upgrade the node pools: only new nodes pull with it. The move:',
      commands: [aksCommand('update', clusterId, '--enable-managed-identity --yes')],
      caution: 'Changes the identity that the cluster pulls with',
    },
  ]
}
