import { acrCommand, aksCommand, normalizeId, parseResourceId, principalOf, sameId } from 'azure'
import type { Registry, Target } from 'azure'
import { getResource, resources, type AzureContext, type Cluster } from 'azure-clients'
import { ActionError, briefly, attempt, fix, isGone, type Fix, type Result, reasonOf } from 'kernel'
import { createOutcomeOf, explainLost, isForMove } from 'run-model'
import type { Inputs, Outcome, PlannedPair, Run, Verification } from 'run-model'
import { keyOfResource, lookAtIdentities, readEach } from './identity-states.js'
import { refuseLeavingCluster, refuseRegistry } from './named-resources.js'

/**
 * Age of the first reads, in milliseconds, from which on everything is read again. In less time no cluster is deleted and created again, which takes
 * minutes, but a registry can be switched to the other mode.
 */
const agedMs = 30_000

/** The registries that were read once more. */
export type Looks = Promise<[Registry, Look][]>

/**
 * Reads the registries at which `attach` wrote something for these pairs once more: side by side with `verify: assignment`, this costs no round trip.
 * A read that fails says nothing, because they were read seconds before.
 */
export async function lookMeanwhile(
  azure: AzureContext,
  pairs: readonly PlannedPair[],
  outcomes: readonly Outcome[],
  { mode, verify }: Inputs,
): Looks {
  if (mode !== 'attach' || verify !== 'assignment') return []
  const outcomeOf = createOutcomeOf(outcomes)
  const touched = pairs.filter(({ operations }) => operations.some(each => outcomeOf(each)?.changed))
  const registries = touched.map(({ registry }) => registry)
  const looks = await lookAtRegistries(azure, registries)
  return looks.map(([registry, look]) => [registry, look.change && !isGone(look.change.code) ? look : {}])
}

/**
 * Finds the verified pairs whose cluster, identity or registry has changed since the first reads. A recreated cluster pulls with another identity than
 * the one that has the role, a recreated identity has another object ID, and a registry that was recreated or switched to the other mode can ignore the
 * role: such a pair is not attached.
 * After a long wait clusters, identities and registries are read again, side by side; after pulls, registries; otherwise what was read during the
 * verification counts.
 * Pairs for which nothing was written and no node pulled have no verification, so they cost nothing.
 * @param options.ageMs the time since the first reads
 * @param options.meanwhile the calls of lookMeanwhile() of this run
 */
export async function lookAgain(
  azure: AzureContext,
  { observed, plan, verifications }: Run,
  { mode, verify }: Inputs,
  { ageMs, meanwhile }: { ageMs: number; meanwhile: readonly Looks[] },
): Promise<Pick<Run, 'verifications' | 'notes'>> {
  const verified = (plan?.pairs ?? []).flatMap((pair): [PlannedPair, Verification][] => {
    const verification = verifications.get(pair)
    return verification && !verification.error ? [[pair, verification]] : []
  })
  if (mode === 'detach' || verified.length === 0) return { verifications: new Map(), notes: [] }
  const isAged = ageMs >= agedMs
  const targets = [...new Set(verified.flatMap(([{ target }]) => (isAged ? target : [])))]
  const clusters = targets.filter(({ kind }) => kind === 'cluster')
  // Those that could not be read before can't be read now.
  const readable = targets.filter(target => !observed?.identities.get(target)?.why)
  const registries = verified.flatMap(([{ registry }]) => (isAged || verify === 'pull' ? registry : []))
  const [before, ofClusters, ofRegistries, identities] = await Promise.all([
    Promise.all(meanwhile),
    lookAtClusters(azure, clusters),
    lookAtRegistries(azure, registries),
    lookAtIdentities(azure, readable, { isAgain: true }),
  ])
  const looks = new Map<Target | Registry, Look>([...ofClusters, ...before.flat(), ...ofRegistries])
  const changed = verified.flatMap(([pair, verification]): [PlannedPair, Verification][] => {
    const lost = explainLost(identities.get(pair.target))
    const [ofCluster, ofRegistry] = [looks.get(pair.target), looks.get(pair.registry)]
    const { change, isMove } = ofRegistry ?? {}
    // With `role: both`, a pair that has both roles loses nothing by the move.
    const isReady =
      isMove && pair.nextRole && (mode === 'attach' || !pair.operations.some(each => isForMove(pair, each)))
    const error = ofCluster?.change ?? (isReady ? undefined : change) ?? lost
    const isBeyondRights = [ofCluster, ofRegistry].some(look => look?.isLeaving && look.change === error)
    return error
      ? [[pair, { ...verification, verified: 'none', error, ...(isBeyondRights && { isBeyondRights }) }]]
      : []
  })
  return { verifications: new Map(changed), notes: [...looks.values()].flatMap(({ note }) => note ?? []) }
}

/** How a cluster or registry has changed since the first read; empty if it has not. */
interface Look {
  change?: ActionError
  /** Set if the change is only that of the registry's mode. */
  isMove?: boolean
  /** Set if it is being deleted: until then, its roles are there. */
  isLeaving?: boolean
  note?: string
}

/** @param explain why the pair is not attached, if the resource is no longer as it was */
function judgeChange<T extends Pick<Cluster | Registry, 'phase'>>(
  name: string,
  { value, error }: Result<T>,
  explain: (now: T) => ActionError | undefined,
): Look {
  if (error && isGone(error.code)) return { change: error }
  // The role was seen, or the nodes have pulled: a read that fails says nothing against it.
  if (error) return { note: `could not check whether ${name} has changed during the wait: ${reasonOf(error.said)}` }
  const change = explain(value)
  return change ? { change, isLeaving: value.phase === 'deleting' } : {}
}

async function lookAtClusters(azure: AzureContext, targets: readonly Target[]): Promise<[Target, Look][]> {
  const asked = targets.flatMap(target => {
    const id = parseResourceId(target.id)
    return id ? { target, id } : []
  })
  const ids = asked.map(({ id }) => id)
  const read = await readEach(azure, resources.cluster, ids)
  return asked.flatMap(({ target, id }): [Target, Look][] => {
    const now = read.get(keyOfResource(id))
    return now ? [[target, judgeChange(target.name, now, cluster => explainCluster(target, cluster))]] : []
  })
}

function explainCluster(target: Target, now: Cluster): ActionError | undefined {
  if (now.phase === 'deleting') return refuseLeavingCluster(now)
  const { id, name, identity } = target
  const { pullsWith: by } = now
  const { objectId, clientId } = identity
  if (sameId(principalOf(by, new Map([[normalizeId(clientId), objectId]])), objectId)) return undefined
  // A cluster that began to move to managed identities meanwhile pulls as its service principal, even if Azure no longer reports it.
  if (by.kind === 'moving' && by.clientId === '') return undefined
  const other = 'objectId' in by ? `now with the object ID ${by.objectId}` : 'now with none'
  const failure = `${name} was recreated or got another identity while this step ran: it pulled as ${identity.name} with the object ID ${objectId}, ${other}`
  const shown = aksCommand('show', id, '--query identityProfile.kubeletidentity')
  return changedMeanwhile(
    target,
    failure,
    briefly('Run the step again: it uses the new identity.', 'The current one:', shown),
  )
}

async function lookAtRegistries(azure: AzureContext, registries: readonly Registry[]): Promise<[Registry, Look][]> {
  const look = async (before: Registry): Promise<Look> => {
    const id = parseResourceId(before.id)
    if (!id) return {}
    const read = await attempt(getResource(azure, resources.registry, id))
    const found = judgeChange(before.name, read, now => explainRegistry(before, now))
    if (!read.value || !found.change) return found
    const { roleAssignmentMode } = read.value
    return { ...found, isMove: explainRegistry({ ...before, roleAssignmentMode }, read.value) === undefined }
  }
  return Promise.all([...new Set(registries)].map(async each => [each, await look(each)]))
}

function explainRegistry(before: Registry, now: Registry): ActionError | undefined {
  if (now.phase === 'deleting' || now.unknownMode !== before.unknownMode) return refuseRegistry(now)
  const { name, roleAssignmentMode: mode, createdAt } = before
  const isSwitched = now.roleAssignmentMode !== mode
  // The answer to the creation itself need not have the time.
  const isNew = createdAt !== undefined && now.createdAt !== undefined && now.createdAt !== createdAt
  if (!isSwitched && !isNew) return undefined
  const what = isNew ? 'was recreated' : `was switched from ${mode} to ${now.roleAssignmentMode} mode`
  const failure = `${name} ${what} while this step ran: the role that was seen there may allow nothing now`
  const shown = acrCommand('show', before.id, '--query "{mode: roleAssignmentMode, created: creationDate}"')
  const text = 'Run the step again: it uses the current state of the registry, which this command shows:'
  return changedMeanwhile(before, failure, fix(text, shown))
}

function changedMeanwhile({ id, name }: Target | Registry, failure: string, advice: Fix): ActionError {
  return new ActionError('PROPAGATION_TIMEOUT', failure, { subject: name, resource: id, fix: advice })
}
