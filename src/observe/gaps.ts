import { createRoleAssignmentCommand } from '../model/az-commands.js'
import { ActionError, isGone } from '../model/error.js'
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
  /** Empty if the whole subscription was listed. */
  resourceGroup: string
  /** The name that is not in the list, or `*` if everything was requested. */
  asked: string
}

/**
 * Why a list may be incomplete; undefined where it had everything. Azure Resource Manager silently omits resources that the caller can't read.
 * A request for a single resource is refused instead, even if the resource does not exist: so this asks for one that need not exist. With a right
 * on the whole scope the answer is "not found"; any other failure leaves open whether something is missing.
 */
export async function findGap(
  azure: AzureContext,
  { kind, subscriptionId, resourceGroup, asked }: Listed,
): Promise<ActionError | undefined> {
  const { get, type, action } = kinds[kind]
  const name = asked === '*' ? 'any' : asked.replace(/[-.].*$/, '')
  const id = { subscriptionId, resourceGroup: resourceGroup || name, type, name }
  const read = await orError<unknown>(get(azure.clients, id, azure.signal))
  if (!(read instanceof ActionError) || isGone(read.code)) return undefined
  const place = resourceGroup || `subscription ${subscriptionId}`
  const doubt = asked === '*' ? `which ${kind} exist in ${place}` : `whether ${asked} still exists`
  const subject = asked === '*' ? place : asked
  if (read.code !== 'AUTHORIZATION_FAILED')
    return read.with({ message: `Can't tell ${doubt}: ${read.message}`, subject })
  const { objectId, name: caller, type: principalType } = azure.caller
  const scope = `/subscriptions/${subscriptionId}${resourceGroup && `/resourceGroups/${resourceGroup}`}`
  const grant = { objectId, name: caller, type: principalType, role: 'Reader', scope }
  return read.with({
    message: `Can't tell ${doubt}: ${caller} (object ID ${objectId}) lacks ${action} on ${scope}, and Azure omits unreadable resources from lists.`,
    subject,
    fix: fix(
      asked === '*'
        ? `Name the ${kind} by resource ID, or set resource-group to a group that can be read. Or grant read access to everything:`
        : 'Name it by its resource ID, and grant the role on that resource alone. Or grant read access to everything:',
      ...(objectId || caller ? [createRoleAssignmentCommand(grant)] : []),
    ),
  })
}
