import {
  builtInRoles,
  delegationCondition,
  describeCaller,
  formatResourceId,
  grantCommands,
  isAllowed,
  isAtOrAbove,
  isCustomRole,
  isIdOf,
  lastSegment,
  limitedByCondition,
  limitedToOthers,
  namespaceScope,
  runCommandRole,
  sameId,
  subscriptionOf,
  type Caller,
  type Delegation,
  type NeededGrant,
  type Target,
} from 'azure'
import {
  armActions,
  completeCaller,
  findRefused,
  justAssigned,
  listPermissions,
  namePlace,
  notYetInEffect,
  scopeOf,
  type AzureContext,
} from 'azure-clients'
import { attempt, choices, groupBy, inShort, isGone, nameSome, type ActionError, type Fix } from 'kernel'
import { errorOf, isGrant, selectWantedBy, type Inputs, type Result } from 'run-model'
import { enters, idOf } from 'run-model/set-up'
import type { Sessions } from 'pull-proof'
import type { Surroundings } from 'runner'
import { misnamed } from './named-resources.js'
import { administrator, listClusterRoles, listDataActions, needs, reader, type Need } from './needs.js'
import { awaited, mayBeUnseen } from './new-roles.js'
import { setUpAgain } from './set-up-again.js'
import { changeErrors } from './subscriptions.js'

/** A resource of the run, with the kinds of needs there. */
interface Place {
  at: NeededGrant['at']
  kinds: readonly Need['at'][]
  /** As the inputs name it. */
  asked: string
  /** If it is a cluster that could be read. */
  cluster?: Target | undefined
  /** Whether nothing must be written there, because everything is assigned already. */
  isComplete?: boolean
  /** Whether it is what `*` stands for, whose list was refused: what is inside is not known. */
  isList?: boolean
}

/**
 * Completes the advice of a run that was refused, or that could not see a resource: asks what the signed-in identity is allowed to do at each resource of the
 * run, and inside its clusters with Kubernetes RBAC; and advises on everything that the run needs there and the identity lacks, at once. If only one action
 * is missing, the advice of the refusal itself is more precise. A run that was not refused sends no request.
 * @throws AbortError when the job is cancelled
 */
export async function adviseOnRights(
  azure: AzureContext,
  given: Result,
  deps: Pick<Surroundings, 'clock' | 'log'>,
): Promise<Result> {
  const { inputs } = given.run
  const result = setUpLimited(setUpMisnamed(given, inputs), inputs)
  // In `attach`, what runs may have been refused to it, which fails nothing.
  const unread = [...(result.run.workloads ?? []), ...selectWantedBy('workload', result.images)]
  const errors = [...result.errors, ...unread.flatMap(({ error }) => error ?? [])]
  const refusals = errors.filter(isRefusal)
  const caller = refusals.reduce(
    (known, { azure: answer }) => completeCaller(known, answer ?? { message: '' }),
    azure.clients.caller,
  )
  if (!inputs || refusals.length === 0 || !(caller.objectId || caller.name)) return result

  const places = listPlaces(result, inputs, refusals).filter(({ asked }) => !isBeyondRoles(result, asked))
  const progress = { onFallBack: () => undefined }
  const sessions = enters(inputs)
    ? (await import('pull-proof/pulls')).openSessions([], { azure, inputs, progress, ...deps })
    : undefined
  const found = await Promise.all(
    places.map(place => findGaps(azure, place, errors, inputs, caller.objectId ? sessions : undefined)),
  ).finally(() => sessions?.close())
  const gaps = found.flat()
  const lacking = places.filter((_, index) => found[index]?.length)
  const grants = [...groupBy(gaps, ({ at, role }) => [at.id, at.name, role].join('\n')).values()].map(
    ([first]) => first,
  )
  if (gaps.length === 0) return result
  const setUp = setUpAgain(result, inputs, gaps)
  if (gaps.length === 1 && gaps.every(isSimple)) return withAdvice(result, lacking, setUp)

  const advice = describeGaps(gaps, grants, caller, refusals, delegationCondition(findDelegated(result, inputs)))
  return withAdvice(result, lacking, setUp, advice)
}

function toPlace(kind: NeededGrant['at']['kind'], id: string): NeededGrant['at'] {
  return { kind, id, name: lastSegment(id), subscriptionId: subscriptionOf(id) }
}

/** Adds the set-up to the errors of resources that were refused and are probably misnamed: only a person knows whether a name is right. */
function setUpMisnamed(result: Result, inputs: Inputs | undefined): Result {
  const isMisnamed = ({ detail, azure }: ActionError): boolean => detail === misnamed && azure !== undefined
  if (!inputs || !result.errors.some(isMisnamed)) return result
  return changeErrors(result, error => {
    const { resource: scope = '' } = error
    const kind = isIdOf('cluster', scope) ? 'cluster' : isIdOf('registry', scope) ? 'registry' : 'other'
    const setUp = setUpAgain(result, inputs, [{ role: reader, at: toPlace(kind, scope) }])
    return isMisnamed(error) ? error.with({ fix: choices(error.fix, setUp) }) : error
  })
}

/** Puts the set-up before the advice on what the condition of the identity's own role refuses: it writes the condition anew. */
function setUpLimited(result: Result, inputs: Inputs | undefined): Result {
  const isLimited = ({ detail = '' }: ActionError): boolean => [limitedByCondition, limitedToOthers].includes(detail)
  if (!inputs || !result.errors.some(isLimited)) return result
  const pairs = result.pairs.filter(({ standing }) => {
    const error = errorOf(standing)
    return error !== null && isLimited(error)
  })
  const gaps = pairs.flatMap(({ target, targetKind, registry }): NeededGrant[] => [
    { role: administrator, at: toPlace('registry', registry) },
    ...(targetKind === 'cluster' ? [{ role: reader, at: toPlace('cluster', target) }] : []),
  ])
  const setUp = setUpAgain(result, inputs, gaps)
  return changeErrors(result, error => (isLimited(error) ? error.with({ fix: choices(setUp, error.fix) }) : error))
}

/** Everything that the identity lacks, with the commands that assign it. @param grants the gaps, each role at each resource once */
function describeGaps(
  gaps: readonly Gap[],
  grants: readonly NeededGrant[],
  caller: Caller,
  refusals: readonly ActionError[],
  condition: string,
): Fix {
  const commands = grantCommands(
    caller,
    grants.map(grant => (grant.role === administrator ? { ...grant, condition } : grant)),
  )
  const custom = [...new Set(grants.flatMap(({ role }) => (isCustomRole(role) ? role : [])))]
  const byRole = groupBy(gaps, ({ at, role }) => `${at.name}: ${role}`)
  const lines = [...byRole].map(([what, alike]) => {
    const actions = [...new Set(alike.map(({ action }) => action))].join(', ')
    return `- ${what}, ${actions.replace(/^(?!if )/, 'for ')}`
  })
  const whoCan = `someone who can assign roles there${grants.some(({ binds }) => binds) ? ' and administer the cluster' : ''}`
  const isMaybeMisnamed = refusals.some(isReading) || grants.some(({ at }) => at.id === '')
  const hints = [
    `Each command assigns a role at the resource itself, and changes nothing if it is there already. They need ${whoCan}.`,
    custom.length > 0 && noteOnCustomRoles(custom),
    grants.some(({ at }) => at.id !== '' && !/\/providers\//i.test(at.id) && at.kind !== 'other') && noteOnLists,
    isMaybeMisnamed && 'Or a name is wrong: Azure gives the same answer for both.',
    !refusals.some(({ detail }) => detail === awaited) && justAssigned,
  ]
  const text = [`For this run, ${describeCaller(caller)} lacks:`, ...lines, hints.filter(Boolean).join(' ')].join('\n')
  const roles = nameSome([...byRole.keys()])
  return inShort(`Assign ${describeCaller(caller)} the roles that it lacks for this run (${roles}).`, [
    text,
    ...commands,
  ])
}

/** The result in which each refusal that roles at these places may end has the advice, instead of its own if there is another, behind the set-up. */
function withAdvice(result: Result, lacking: readonly Place[], setUp: Fix, all?: Fix): Result {
  const lookups = [...(result.run.observed?.targets ?? []), ...(result.run.observed?.registries ?? [])]
  const isLacking = (scope: string, asked?: string): boolean =>
    lacking.some(place => place.asked === asked || (place.at.id !== '' && isAtOrAbove(place.at.id, scope)))
  const isCovered = (error: ActionError): boolean => {
    const asked = lookups.find(lookup => lookup.error === error)?.asked
    const scope = findRefused(error)?.scope ?? error.resource ?? ''
    return isRefusal(error) && (error.detail === awaited || isLacking(scope, asked))
  }
  const advise = (error: ActionError): ActionError => {
    if (!isCovered(error)) return error
    // How long new roles take; or that the name may be wrong.
    const kept = isUnseen(error) ? error.fix : error.detail === awaited ? error.fix.slice(0, 1) : []
    return error.with({ fix: all ? choices(kept, setUp, all) : choices(setUp, error.fix) })
  }
  return {
    ...changeErrors(result, advise),
    findings: result.findings.map(finding =>
      finding.code === 'AUTHORIZATION_FAILED' && isLacking(finding.subject)
        ? { ...finding, fix: choices(setUp, all ?? finding.fix) }
        : finding,
    ),
  }
}

/** Whether the refusal of a single action has its whole advice: where the resource is, is known, and the role exists. */
function isSimple({ at, role, binds }: NeededGrant): boolean {
  return !binds && at.id !== '' && !isCustomRole(role)
}

const noteOnLists =
  '* stands for everything in its subscription or resource group: Reader there lets the signed-in identity read everything in it. Or name the clusters by resource ID, with Reader at each.'

function noteOnCustomRoles(roles: readonly string[]): string {
  return `Creating ${nameSome(roles)} also needs Microsoft.Authorization/roleDefinitions/write in the subscription; if az reports that a role exists, in another subscription, docs/set-up.sh extends it.`
}

/** Whether a resource of the inputs could not be read, so that it might not exist. */
function isReading(error: ActionError): boolean {
  const { action = '' } = findRefused(error) ?? {}
  return [armActions.readCluster, armActions.readRegistry, armActions.readIdentity].some(each => sameId(each, action))
}

/** Whether roles may end an error. */
function isRefusal(error: ActionError): boolean {
  const { code, azure, resource = '', detail } = error
  if (detail === notYetInEffect) return false
  const isInside = code === 'AUTHORIZATION_FAILED' && !azure && isIdOf('cluster', resource)
  return findRefused(error) !== undefined || isInside || isUnseen(error)
}

/** Whether a resource may only be hidden from the identity. */
function isUnseen(error: ActionError): boolean {
  const { code, azure, detail } = error
  return mayBeUnseen(error) && detail !== misnamed && !azure && isGone(code)
}

/** Whether no role helps at what the inputs name: it does not exist, probably has another name, or its roles are assigned. */
function isBeyondRoles({ run: { observed } }: Result, asked: string): boolean {
  const lookups = [...(observed?.targets ?? []), ...(observed?.registries ?? [])]
  const { code = '', azure, detail } = lookups.find(lookup => lookup.asked === asked)?.error ?? {}
  // The role is assigned, and does not work yet.
  if (detail === notYetInEffect) return true
  return code === 'SUBSCRIPTION_NOT_FOUND' || (isGone(code) && (azure !== undefined || detail === misnamed))
}

/** The resources that the inputs name, and those of `*` that a refusal is about. */
function listPlaces({ run: { observed, plan } }: Result, inputs: Inputs, refusals: readonly ActionError[]): Place[] {
  const { targets = [], registries = [] } = observed ?? {}
  const placeAt = (kind: NeededGrant['at']['kind'], id: string, name = ''): NeededGrant['at'] => {
    const at = toPlace(kind, id)
    return { ...at, name: at.name || name, subscriptionId: at.subscriptionId || inputs.subscriptionId }
  }
  const find = <T extends { id: string }>(
    { kind, text: asked }: { kind: string; text: string },
    lookups: { asked: string; found?: T | undefined }[],
  ): { asked: string; found?: T | undefined }[] => {
    const isRefused = ({ id }: T): boolean => refusals.some(({ resource = '' }) => isAtOrAbove(id, resource))
    if (kind === 'all') return lookups.filter(({ found }) => found && isRefused(found))
    return [lookups.find(each => each.asked === asked) ?? { asked, found: undefined }]
  }
  const ofClusters = targets.flatMap(({ asked, value: found }) =>
    found?.kind === 'kubelet-identity' ? [] : { asked, found },
  )
  // What `*` stands for, if Azure has refused to list it.
  const lists = (['cluster', 'registry'] as const).flatMap((kind): Place[] => {
    const all = kind === 'cluster' ? inputs.clusters : inputs.registries
    const lookups = kind === 'cluster' ? targets : registries
    return all.flatMap(each => {
      const { error } = lookups.find(({ asked }) => asked === each.text) ?? {}
      if (each.kind !== 'all' || !error || !isRefusal(error)) return []
      const place = [inputs.subscriptionId, each.resourceGroup] as const
      const at = { ...placeAt(kind, scopeOf(...place)), name: namePlace(...place) }
      return { at, kinds: [kind], asked: each.text, isList: true }
    })
  })
  const clusters = inputs.clusters.flatMap(each =>
    find(each, ofClusters).map(({ asked, found: cluster }): Place => {
      return { at: placeAt('cluster', cluster?.id ?? idOf(each, inputs), asked), kinds: ['cluster'], asked, cluster }
    }),
  )
  const identities = inputs.kubeletIdentities.map(({ id, text: asked }): Place => {
    return { at: placeAt('other', formatResourceId(id)), kinds: ['identity'], asked }
  })
  const looked = registries.map(({ asked, value, found }) => ({ asked, found: value?.registry ?? found }))
  const ofRegistries = inputs.registries.flatMap(each =>
    find(each, looked).map(({ asked, found: registry }): Place => {
      if (inputs.createRegistry && each.kind === 'id' && !registry?.exists) {
        const group = scopeOf(each.id.subscriptionId, each.id.resourceGroup)
        return { at: placeAt('other', group), kinds: ['registry', 'resource group of a registry'], asked }
      }
      const id = registry?.id ?? idOf(each, inputs)
      const pairs = plan?.pairs.filter(pair => sameId(pair.registry.id, id)) ?? []
      const isComplete = pairs.length > 0 && !pairs.some(pair => pair.operations.some(isGrant))
      return { at: placeAt('registry', id, asked.replace(/[-.].*$/, '')), kinds: ['registry'], asked, isComplete }
    }),
  )
  return [...lists, ...clusters, ...identities, ...ofRegistries]
}

const readActions = { cluster: armActions.readCluster, registry: armActions.readRegistry, other: '' }

/** Something that the identity lacks, with what it is needed for. */
type Gap = NeededGrant & { action: string }

/** Whether the identity lacks an action at a place; each, if its permissions there can't be read. */
type Lacks = (action: string, kind?: 'dataActions') => boolean

/** What the run needs at a place and the identity lacks; everything, if its permissions there can't be read. */
async function findGaps(
  azure: AzureContext,
  place: Place,
  errors: readonly ActionError[],
  inputs: Inputs,
  sessions: Sessions | undefined,
): Promise<Gap[]> {
  const { at } = place
  const scope = at.id || (at.subscriptionId && scopeOf(at.subscriptionId))
  const { value: permissions } = scope ? await attempt(listPermissions(azure, scope)) : { value: undefined }
  // It would have been found.
  if (!at.id && permissions && isAllowed(permissions, readActions[at.kind])) return []
  const lacks: Lacks = (action, kind) => !permissions || !isAllowed(permissions, action, kind)
  if (place.isList) {
    const action = readActions[at.kind]
    return lacks(action) ? [{ at, role: reader, action }] : []
  }
  const inAzure = [
    ...findActionGaps(place, errors, inputs, lacks),
    ...(await findDataGaps(azure, place, inputs, lacks)),
  ]
  const inside = await findInsideGaps(place, inAzure, errors, inputs, sessions)
  return withoutIncluded([...inAzure, ...inside])
}

/** The actions that Azure has refused at a place, or that the run needs there, and the identity lacks. */
function findActionGaps(place: Place, errors: readonly ActionError[], inputs: Inputs, lacks: Lacks): Gap[] {
  const { at, kinds, cluster, isComplete } = place
  const refused = errors.flatMap(error => {
    const { action, scope } = findRefused(error) ?? { action: '', scope: '' }
    return at.id && isAtOrAbove(at.id, scope) ? action.toLowerCase() : []
  })
  return Object.entries(needs).flatMap(([key, { at: kind, role, isNeeded = () => true }]) => {
    if (!kinds.includes(kind)) return []
    const action = armActions[key as keyof typeof armActions]
    const isWanted = isNeeded(inputs, cluster?.access) && !(role === administrator && isComplete)
    if (refused.includes(action.toLowerCase())) return { at, role, action }
    if (!isWanted || !lacks(action)) return []
    // A role that can administer the cluster is not for one that might not need it.
    const isIfPrivate = role === runCommandRole.name && !cluster?.access && inputs.probeWith === 'auto'
    return isIfPrivate ? { at, role, action: 'if it is private', isIfPrivate } : { at, role, action }
  })
}

/** Without them, nothing inside a cluster can be asked. */
const enteringActions: readonly string[] = [
  armActions.readKubeconfig,
  armActions.runCommand,
  armActions.readCommandResult,
]

const isEntered = ({ kinds }: Place, inputs: Inputs): boolean => kinds.includes('cluster') && enters(inputs)

/** The data actions that the run needs in a cluster with Azure RBAC, or in one that could not be read, and the identity lacks. */
async function findDataGaps(azure: AzureContext, place: Place, inputs: Inputs, lacks: Lacks): Promise<Gap[]> {
  const { at, cluster } = place
  const isByAzure = !cluster?.access || cluster.access.rbac === 'azure'
  if (!isEntered(place, inputs) || !isByAzure) return []
  const lacking = listDataActions(inputs).filter(({ action }) => lacks(action, 'dataActions'))
  // A role at the namespace itself does not show at the cluster.
  const scope = at.id && lacking.some(({ namespace }) => namespace) && namespaceScope(at.id, inputs.probeNamespace)
  const { value: inside = [] } = scope ? await attempt(listPermissions(azure, scope)) : {}
  return lacking
    .filter(({ namespace, action }) => !namespace || !isAllowed(inside, action, 'dataActions'))
    .map(need => ({ at, ...need }))
}

/** What the run needs inside a cluster with Kubernetes RBAC, or of one that could not be read, and the identity lacks or may lack. */
async function findInsideGaps(
  place: Place,
  inAzure: readonly Gap[],
  errors: readonly ActionError[],
  inputs: Inputs,
  sessions: Sessions | undefined,
): Promise<Gap[]> {
  const { at, cluster } = place
  const isByKubernetes = cluster ? cluster.access?.rbac === 'kubernetes' : inAzure.length > 0
  if (!sessions || !isEntered(place, inputs) || !isByKubernetes) return []
  const roles = listClusterRoles(inputs)
  // Without the right to enter, in vain.
  const isClosed =
    inAzure.some(({ action }) => enteringActions.includes(action)) ||
    errors.some(error => !isRefusal(error) && sameId(error.resource ?? '', at.id))
  const { value } = cluster && !isClosed && !cluster.isStopped ? await attempt(sessions.lacking(cluster, roles)) : {}
  const unknown = `if ${cluster ? '' : 'it has Kubernetes RBAC and '}that is not bound yet`
  return roles.flatMap(({ binds, name, namespace }, index) => {
    const role = namespace ? `the Role ${name} in the namespace ${namespace}` : `the ClusterRole ${name}`
    return (value?.[index] ?? [unknown]).map((action): Gap => ({
      at,
      role,
      action,
      binds,
      ...(namespace && { namespace }),
    }))
  })
}

/** The gaps without the role Reader, if another role includes reading. */
function withoutIncluded(gaps: readonly Gap[]): Gap[] {
  const isAdministrator = gaps.some(({ role }) => role === administrator)
  return gaps.map(gap =>
    isAdministrator && gap.role === builtInRoles.reader.name ? { ...gap, role: administrator } : gap,
  )
}

/** What the identity must be allowed to assign, to whom: to any service principal where not all of the run could be read. */
function findDelegated({ run: { observed } }: Result, { mode, role, group, ...inputs }: Inputs): Delegation {
  const { id = '' } =
    observed?.registries.find(({ value }) => value)?.value?.role ??
    Object.values(builtInRoles).find(({ name }) => role.kind === 'name' && sameId(name, role.name)) ??
    {}
  const roleId = role.kind === 'id' ? role.id : id || builtInRoles.acrPull.id
  const targets = observed?.targets ?? []
  const objectIds = targets.flatMap(({ value }) => value?.identity.objectId ?? [])
  const isKnown = objectIds.length === targets.length && targets.length >= inputs.clusters.length
  return {
    roleIds: [roleId],
    ...(isKnown
      ? { principalIds: group ? [group] : objectIds }
      : { principalTypes: [group ? 'Group' : 'ServicePrincipal'] }),
    deletes: mode === 'detach',
  }
}
