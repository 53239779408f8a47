import { createRoleAssignmentCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import { armActions } from '../services/arm/actions.js'
import { getCluster } from '../services/arm/clusters.js'
import { getRegistry } from '../services/arm/registries.js'
import { orError, type AzureContext } from '../services/context.js'

const kinds = {
  clusters: { get: getCluster, type: 'Microsoft.ContainerService/managedClusters', ...armActions.readCluster },
  registries: { get: getRegistry, type: 'Microsoft.ContainerRegistry/registries', ...armActions.readRegistry },
}

/** A list of resources, and what was searched for in it. */
interface Listed {
  kind: keyof typeof kinds
  subscriptionId: string
  /** Empty where the whole subscription was listed. */
  resourceGroup: string
  /** The name that the list does not have, or `*` where everything was asked for. */
  asked: string
}

/**
 * Why a list may have left something out; undefined where it had everything, or where that is not known. Azure Resource Manager leaves out in
 * silence what the caller may not read. A request for a single resource is refused instead, even if the resource does not exist: so this asks
 * for one that need not exist.
 */
export async function findGap(
  azure: AzureContext,
  { kind, subscriptionId, resourceGroup, asked }: Listed,
): Promise<ActionError | undefined> {
  const { get, type, action } = kinds[kind]
  const name = asked === '*' ? 'any' : asked.replace(/[-.].*$/, '')
  const id = { subscriptionId, resourceGroup: resourceGroup || name, type, name }
  const read = await orError<unknown>(get(azure.clients, id, azure.signal))
  if (!(read instanceof ActionError) || read.code !== 'AUTHORIZATION_FAILED') return undefined
  const { objectId, name: caller, type: principalType } = azure.caller
  const scope = `/subscriptions/${subscriptionId}${resourceGroup && `/resourceGroups/${resourceGroup}`}`
  const grant = { objectId, name: caller, type: principalType, role: 'Reader', scope }
  return read.with({
    message: `${asked === '*' ? `Which ${kind} there are` : `Whether ${asked} is still there`} is not known: ${caller} (object ID ${objectId}) may not do ${action} on ${scope}, and lists leave out what it may not read.`,
    subject: asked,
    fix: fix(
      'Name it by its resource ID, and give the role there alone. Or give the right to read everything:',
      ...(objectId || caller ? [createRoleAssignmentCommand(grant)] : []),
    ),
  })
}
