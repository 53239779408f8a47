import {
  bindRoleCommand,
  builtInRoles,
  clusterRoles,
  delegationCondition,
  describeCaller,
  formatResourceId,
  grantCommands,
  isAllowed,
  isAtOrAbove,
  lastSegment,
  probeRole,
  resourceTypes,
  sameId,
  subscriptionOf,
  type ClusterAccess,
  type NeededGrant,
} from 'azure'
import {
  armActions,
  completeCaller,
  findRefused,
  justAssigned,
  listPermissions,
  scopeOf,
  type AzureContext,
} from 'azure-clients'
import { attempt, choices, fix, groupBy, isGone, partsOf, type ActionError } from 'kernel'
import { isGrant, type Inputs, type Result } from 'run-model'
import { misnamed } from './named-resources.js'
import { administrator, enters, listDataActions, needs, type Need } from './needs.js'
import { awaited, mayBeUnseen } from './new-roles.js'

/** A resource of the run, with the kinds of needs there. */
interface Place {
  at: NeededGrant['at']
  kinds: readonly Need['at'][]
  /** As the inputs name it. */
  asked: string
  access?: ClusterAccess | undefined
  /** Whether nothing must be written there, because everything is assigned already. */
  isComplete?: boolean
}

/**
 * Completes the advice of a run that was refused, or that could not see a resource: asks what the signed-in identity is allowed to do at each resource of the
 * run, and advises on everything that the run needs there and the identity lacks, at once. If only one action is missing, the advice of the refusal
 * itself is more precise. A run that was not refused sends no request.
 * @throws AbortError when the job is cancelled
 */
export async function adviseOnRights(azure: AzureContext, result: Result): Promise<Result> {
  const { inputs, errors } = result
  const refusals = errors.filter(isRefusal)
  const caller = refusals.reduce(
    (known, { azure: answer }) => completeCaller(known, answer ?? { message: '' }),
    azure.clients.caller,
  )
  if (!inputs || refusals.length === 0 || !(caller.objectId || caller.name)) return result

  const places = listPlaces(result, inputs, refusals)
  const found = await Promise.all(places.map(place => findGaps(azure, place, inputs, refusals)))
  const gaps = found.flat()
  const lacking = places.filter((_, index) => found[index]?.length)
  const bindings = places
    .filter(({ access, at }) => access?.rbac === 'kubernetes' || (!access && lacking.some(place => place.at === at)))
    .flatMap(place => listBindings(place, inputs, caller.objectId))
  const grants = [...groupBy(gaps, ({ at, role }) => [at.id, at.name, role].join('\n')).values()].map(
    ([first]) => first,
  )
  if (grants.length + bindings.length === 0 || (gaps.length === 1 && bindings.length === 0 && gaps.every(isSimple)))
    return result

  const condition = delegationCondition(...findDelegated(result, inputs))
  const commands = grantCommands(
    caller,
    grants.map(({ at, role }) => ({ at, role, ...(role === administrator && { condition }) })),
  )
  const lines = [...groupBy(gaps, ({ at, role }) => `${at.name}: ${role}`)].map(
    ([what, alike]) => `- ${what}, for ${[...new Set(alike.map(({ action }) => action))].join(', ')}`,
  )
  const isCustom = grants.some(({ role }) => role === probeRole.name)
  const advice = fix(
    [
      `For this run, ${describeCaller(caller)} lacks:`,
      ...lines,
      ...bindings.map(
        ({ name, role }) => `- ${name}: the ClusterRole ${role}, if it has Kubernetes RBAC and that is not bound yet`,
      ),
      [
        `Each command below assigns a role at the resource itself, and changes nothing if it is there already. They need someone who can assign roles there${bindings.length > 0 ? ' and administer the cluster' : ''}.`,
        ...(isCustom ? [noteOnProbeRole] : []),
        ...(refusals.some(isReading) || grants.some(({ at }) => at.id === '')
          ? ['A name may also be wrong: without a role, a missing resource looks the same.']
          : []),
        ...(refusals.some(({ detail }) => detail === awaited) ? [] : [justAssigned]),
      ].join(' '),
    ].join('\n'),
    ...commands,
    ...bindings.map(({ command }) => command),
  )
  const lookups = [...(result.observed?.targets ?? []), ...(result.observed?.registries ?? [])]
  const isCovered = (error: ActionError): boolean => {
    const scope = findRefused(error)?.scope ?? error.resource ?? ''
    const asked = lookups.find(lookup => lookup.error === error)?.asked
    return (
      isRefusal(error) &&
      (error.detail === awaited ||
        isRefusedInside(error) ||
        lacking.some(place => place.asked === asked || (place.at.id !== '' && isAtOrAbove(place.at.id, scope))))
    )
  }
  const advise = (error: ActionError): ActionError => {
    if (!isCovered(error)) return error
    const parts = partsOf(error.fix)
    // How long new roles take; or that the name, or the subscription, may be wrong.
    const kept = isUnseen(error) ? parts : error.detail === awaited ? parts.slice(0, 1) : []
    return error.with({ fix: choices(...kept, advice) })
  }
  const withAdvice = <T extends { error?: ActionError }>(each: T): T =>
    each.error ? { ...each, error: advise(each.error) } : each
  return {
    ...result,
    errors: errors.map(advise),
    pairs: result.pairs.map(withAdvice),
    images: result.images.map(withAdvice),
  }
}

/** Whether the refusal of a single action has its whole advice: where the resource is, is known, and the role exists. */
function isSimple({ at, role, action }: NeededGrant & { action: string }): boolean {
  return at.id !== '' && (role !== probeRole.name || action === armActions.readKubeconfig)
}

const noteOnProbeRole = `Creating ${probeRole.name} also needs Microsoft.Authorization/roleDefinitions/write in the subscription; if az reports that the role exists, in another subscription, docs/set-up.sh extends it.`

/** Whether a resource of the inputs could not be read, so that it may not exist. */
function isReading(error: ActionError): boolean {
  const { action = '' } = findRefused(error) ?? {}
  return [armActions.readCluster, armActions.readRegistry, armActions.readIdentity].some(each => sameId(each, action))
}

/** Whether roles may end an error. */
function isRefusal(error: ActionError): boolean {
  return findRefused(error) !== undefined || isRefusedInside(error) || isUnseen(error)
}

/** Whether a resource or its subscription may only be hidden from the identity. */
function isUnseen(error: ActionError): boolean {
  const { code, azure, detail } = error
  return mayBeUnseen(error) && detail !== misnamed && (code === 'SUBSCRIPTION_NOT_FOUND' || (!azure && isGone(code)))
}

/** Whether Kubernetes refused a request, inside a cluster. */
function isRefusedInside({ code, azure, resource = '' }: ActionError): boolean {
  return code === 'AUTHORIZATION_FAILED' && !azure && isCluster(resource)
}

const isCluster = (id: string): boolean => new RegExp(`/providers/${resourceTypes.cluster}/[^/]+$`, 'i').test(id)

/** The resources that the inputs name, and those of `*` that a refusal is about. */
function listPlaces({ observed, plan }: Result, inputs: Inputs, refusals: readonly ActionError[]): Place[] {
  const { targets = [], registries = [] } = observed ?? {}
  const isRefused = (id: string): boolean => refusals.some(({ resource = '' }) => isAtOrAbove(id, resource))
  const placeOf = (kind: NeededGrant['at']['kind'], id: string, name = lastSegment(id)): NeededGrant['at'] => {
    return { kind, id, name, subscriptionId: subscriptionOf(id) || inputs.subscriptionId }
  }
  const clusters = inputs.clusters.flatMap((each): Place[] => {
    const found = targets.filter(({ asked, value }) =>
      each.kind === 'all' ? value?.kind === 'cluster' && isRefused(value.id) : asked === each.text,
    )
    if (each.kind === 'all')
      return found.flatMap(({ asked, value }) =>
        value ? { at: placeOf('cluster', value.id), kinds: ['cluster'], asked, access: value.access } : [],
      )
    const [{ value } = { value: undefined }] = found
    const { subscriptionId } = inputs
    const known =
      each.kind === 'id'
        ? each.id
        : each.resourceGroup
          ? { subscriptionId, resourceGroup: each.resourceGroup, type: resourceTypes.cluster, name: each.text }
          : undefined
    const id = value?.id ?? (known ? formatResourceId(known) : '')
    return [
      {
        at: placeOf('cluster', id, id ? undefined : each.text),
        kinds: ['cluster'],
        asked: each.text,
        access: value?.access,
      },
    ]
  })
  const identities = inputs.kubeletIdentities.map(({ id, text: asked }): Place => ({
    at: placeOf('other', formatResourceId(id)),
    kinds: ['identity'],
    asked,
  }))
  const ofRegistries = inputs.registries.flatMap((each): Place[] => {
    const lookups = registries.map(lookup => ({ ...lookup, registry: lookup.value?.registry ?? lookup.found }))
    const found = lookups.filter(({ asked, registry }) =>
      each.kind === 'all' ? registry && isRefused(registry.id) : asked === each.text,
    )
    return (each.kind === 'all' ? found : [found[0] ?? { asked: each.text, registry: undefined }]).map(
      ({ asked, registry }) => {
        const id = registry?.id ?? (each.kind === 'id' ? formatResourceId(each.id) : '')
        const pairs = plan?.pairs.filter(pair => sameId(pair.registry.id, id)) ?? []
        const isComplete = pairs.length > 0 && !pairs.some(pair => pair.operations.some(isGrant))
        if (!inputs.createRegistry || each.kind !== 'id' || registry?.exists)
          return {
            at: placeOf('registry', id, id ? undefined : asked.replace(/[-.].*$/, '')),
            kinds: ['registry'],
            asked,
            isComplete,
          }
        const group = scopeOf(each.id.subscriptionId, each.id.resourceGroup)
        return { at: placeOf('other', group), kinds: ['registry', 'resource group of a registry'], asked }
      },
    )
  })
  return [...clusters, ...identities, ...ofRegistries]
}

const readActions = { cluster: armActions.readCluster, registry: armActions.readRegistry, other: '' }

/** What the run needs at a place and the identity lacks; everything, if its permissions there can't be read. */
async function findGaps(
  azure: AzureContext,
  place: Place,
  inputs: Inputs,
  refusals: readonly ActionError[],
): Promise<(NeededGrant & { action: string })[]> {
  const { at, kinds, access, isComplete } = place
  const scope = at.id || (at.subscriptionId && scopeOf(at.subscriptionId))
  const { value: permissions } = scope ? await attempt(listPermissions(azure, scope)) : { value: undefined }
  // It would have been found.
  if (!at.id && permissions && isAllowed(permissions, readActions[at.kind])) return []
  const refused = refusals.flatMap(error => {
    const { action, scope } = findRefused(error) ?? { action: '', scope: '' }
    return at.id && isAtOrAbove(at.id, scope) ? action.toLowerCase() : []
  })
  const lacks = (action: string, kind?: 'dataActions') => !permissions || !isAllowed(permissions, action, kind)
  const ofTable = Object.entries(needs).flatMap(([key, { at: kind, role, isNeeded = () => true }]) => {
    const action = armActions[key as keyof typeof armActions]
    const isWanted = isNeeded(inputs, access) && !(role === administrator && isComplete)
    const isGap = kinds.includes(kind) && (refused.includes(action.toLowerCase()) || (isWanted && lacks(action)))
    return isGap ? { at, role, action } : []
  })
  const inside =
    kinds.includes('cluster') && enters(inputs) && (!access || access.rbac === 'azure') ? listDataActions(inputs) : []
  const gaps = [
    ...ofTable,
    ...inside.flatMap(([action, role]) => (lacks(action, 'dataActions') ? { at, role, action } : [])),
  ]
  // It includes reading.
  const isAdministrator = gaps.some(({ role }) => role === administrator)
  return isAdministrator
    ? gaps.map(gap => (gap.role === builtInRoles.reader.name ? { ...gap, role: administrator } : gap))
    : gaps
}

/** The ClusterRoles that a run needs in a cluster with Kubernetes RBAC, or in one that could not be read. */
function listBindings({ at, kinds, access }: Place, inputs: Inputs, objectId: string) {
  const mayBeKubernetes = access ? access.rbac === 'kubernetes' : kinds.includes('cluster')
  if (!mayBeKubernetes || !enters(inputs) || objectId === '') return []
  const keys = [
    ...(inputs.verify === 'pull' ? ['probe' as const] : []),
    ...(inputs.workloads ? ['reader' as const] : []),
  ]
  return keys.map(key => ({ name: at.name, role: clusterRoles[key].name, command: bindRoleCommand(at, key, objectId) }))
}

/** What the identity must be allowed to assign in addition to pull roles for service principals. */
function findDelegated({ observed }: Result, { role, group }: Inputs): Parameters<typeof delegationCondition> {
  const { id = '' } =
    observed?.registries.find(({ value }) => value)?.value?.role ??
    Object.values(builtInRoles).find(({ name }) => role.kind === 'name' && sameId(name, role.name)) ??
    {}
  const roleId = role.kind === 'id' ? role.id : id || builtInRoles.acrPull.id
  return [{ roleId, principalType: group ? 'Group' : 'ServicePrincipal' }]
}
