import { createRoleAssignmentCommand } from '../model/az-role-commands.js'
import { describeCaller } from '../model/caller.js'
import { isGone, type ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import { resourceTypes } from '../model/resource-id.js'
import { attempt } from '../model/result.js'
import { armActions } from '../services/arm/actions.js'
import { scopeOf } from '../services/arm/attempt.js'
import { completeCaller } from '../services/arm/authorization.js'
import { getCluster } from '../services/arm/clusters.js'
import { getRegistry } from '../services/arm/registries.js'
import type { AzureContext } from '../services/context.js'

const kinds = {
  clusters: { get: getCluster, type: resourceTypes.cluster, action: armActions.readCluster },
  registries: { get: getRegistry, type: resourceTypes.registry, action: armActions.readRegistry },
}

/** A name that clusters, registries and resource groups can have: registries need five characters (containerregistry.json, `registryName`). */
const someName = 'anything'

interface ListRequest {
  kind: keyof typeof kinds
  subscriptionId: string
  /** Empty if the whole subscription was listed. */
  resourceGroup: string
  /** The name that is not in the list, or `*` if everything was requested. */
  asked: string
}

/**
 * Explains why a list may be incomplete; undefined if it is complete. Azure Resource Manager silently omits resources that the caller can't read, but
 * refuses a request for a single one, even if it does not exist. So this requests one that need not exist: with read access to the whole scope the
 * answer is "not found"; after any other failure, something may be missing.
 */
export async function findGap(
  azure: AzureContext,
  { kind, subscriptionId, resourceGroup, asked }: ListRequest,
): Promise<ActionError | undefined> {
  const { get, type, action } = kinds[kind]
  const name = asked === '*' ? someName : asked.replace(/[-.].*$/, '')
  const id = { subscriptionId, resourceGroup: resourceGroup || name, type, name }
  const { error } = await attempt<unknown>(get(azure, id))
  if (!error || isGone(error.code)) return undefined
  const place = resourceGroup || `subscription ${subscriptionId}`
  const doubt = asked === '*' ? `which ${kind} exist in ${place}` : `whether ${asked} still exists`
  const subject = asked === '*' ? place : asked
  if (error.code !== 'AUTHORIZATION_FAILED')
    return error.with({ message: `Can't tell ${doubt}: ${error.message}`, subject })
  const caller = error.azure ? completeCaller(azure.caller, error.azure) : azure.caller
  const scope = scopeOf(subscriptionId, resourceGroup)
  const grant = { ...caller, role: 'Reader', scope }
  return error.with({
    message: `Can't tell ${doubt}: ${describeCaller(caller)} lacks ${action} on ${scope}, and Azure omits unreadable resources from lists.`,
    subject,
    fix: fix(
      asked === '*'
        ? `Name the ${kind} by resource ID, or set resource-group to a group that can be read. Or grant read access to everything:`
        : 'Name it by its resource ID, and grant the role on that resource alone. Or grant read access to everything:',
      ...(caller.objectId || caller.name ? [createRoleAssignmentCommand(grant)] : []),
    ),
  })
}
