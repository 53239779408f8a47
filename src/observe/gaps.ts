import { createRoleAssignmentCommand, describeCaller, listCommand, resourceTypes, type Caller } from 'azure'
import {
  armActions,
  completeCaller,
  getCluster,
  getRegistry,
  isCode,
  justAssigned,
  namePlace,
  scopeOf,
  type AzureContext,
} from 'azure-clients'
import { attempt, fix, isGone, type ActionError, type Fix } from 'kernel'

const kinds = {
  clusters: { get: getCluster, type: resourceTypes.cluster, noun: 'aks', action: armActions.readCluster },
  registries: { get: getRegistry, type: resourceTypes.registry, noun: 'acr', action: armActions.readRegistry },
} as const

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
  const caller = error.azure ? completeCaller(azure.clients.caller, error.azure) : azure.clients.caller
  const scope = scopeOf(subscriptionId, resourceGroup)
  return error.with({
    message: `Can't tell ${doubt}: ${describeCaller(caller)} lacks ${action} on ${scope}, and Azure omits unreadable resources from lists.`,
    subject,
    fix: adviseOnList(caller, { kind, subscriptionId, resourceGroup, asked }),
  })
}

/** The error of a refused list, with advice on what it was needed for. Other errors stay as they are. */
export function explainList(azure: AzureContext, error: ActionError, request: ListRequest): ActionError {
  // No role overrides a deny assignment.
  if (error.code !== 'AUTHORIZATION_FAILED' || isCode(error.azure, 'DenyAssignmentAuthorizationFailed')) return error
  const caller = error.azure ? completeCaller(azure.clients.caller, error.azure) : azure.clients.caller
  return error.with({ fix: adviseOnList(caller, request) })
}

/**
 * Advises on a list that is refused or incomplete. A name needs no more than a role at its resource, but where that is can't be known from a list that
 * lacks it: so there is only a command that finds it. (One that inserts what it finds would be dangerous: with an empty `--scope`, azure-cli assigns the
 * role at the subscription, `_build_role_scope`.) `*` stands for a whole resource group or subscription, so only a role there shows everything.
 */
function adviseOnList(caller: Caller, { kind, subscriptionId, resourceGroup, asked }: ListRequest): Fix {
  const scope = scopeOf(subscriptionId, resourceGroup)
  const place = namePlace(subscriptionId, resourceGroup)
  if (asked !== '*') {
    const orGroup = kind === 'clusters' ? ', or set resource-group' : ''
    const text = `${justAssigned} Otherwise give the resource ID of ${asked} instead of its name${orGroup}, and assign Reader to the signed-in identity at that resource alone. To find the ID, as someone who can read it:`
    return fix(text, listCommand(kinds[kind].noun, subscriptionId))
  }
  const narrow = `${justAssigned} Otherwise name the ${kind} by resource ID, with Reader at each.`
  if (!caller.objectId && !caller.name) return fix(narrow)
  return fix(
    `${narrow} Or keep *, which stands for everything in ${place}: then Reader must be there, and lets the signed-in identity read everything in it:`,
    createRoleAssignmentCommand({ ...caller, role: 'Reader', scope }),
  )
}
