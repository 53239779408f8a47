import { describePhase, isSameLabel, labelOf, normalizeId, parseResourceId, resourceTypes, sameId } from 'azure'
import type { Phase } from 'azure'
import { getResource, resources, type AzureContext } from 'azure-clients'
import { attempt, isGone, memoize } from 'kernel'
import { unseen, unused, type Fate, type FormerDrift, type SettleDrift } from './former-drift.js'
import type { Inputs, Observed, Run } from 'run-model'

/** Maximum number of targets that one run looks up individually; the next run continues. */
const maxLookups = 200

/**
 * Finds out what happened to former drift that a `check` did not see. A target that is missing from a list may still exist, because the caller may have
 * lost read access, so it is requested individually. After a run that ended early, nothing is requested.
 */
export function createSettler(azure: AzureContext | undefined, run: Run): SettleDrift {
  const { inputs, observed, error } = run
  if (!azure || !inputs || !observed || error) {
    const fate = unseen(error ?? { code: '', message: 'the run ended early' })
    return () => Promise.resolve(fate)
  }
  let requested = 0
  const ask = memoize(async (id: string): Promise<Fate | undefined> => {
    requested += 1
    if (requested <= maxLookups) return findOut(azure, id)
    return unseen({ code: 'later', message: `one run looks up at most ${maxLookups}` })
  })
  const named = new Set(inputs.manifests.map(({ image }) => image.toLowerCase()))
  const settleRegistry = createRegistrySettler(inputs, observed)
  const settlePair = async ({ target, registry, wasGone }: FormerDrift): Promise<Fate> => {
    if (!target.startsWith('/') && wasGone)
      return { kind: 'gone', code: 'inputs', text: 'it did not exist, and the inputs no longer name it' }
    const fate = target.startsWith('/') ? await ask(normalizeId(target)) : undefined
    const left = isListed(target, observed) ? unseen({ code: 'list', message: omitted }) : notNamed
    return fate ?? settleRegistry(registry) ?? left
  }
  return async each => {
    if (each.kind === 'pair') return settlePair(each)
    // A cluster's own item has no registry.
    if (each.kind === 'workload')
      return (
        findUnread(run, observed) ?? (each.registry ? settleRegistry(each.registry) : undefined) ?? unused.workloads
      )
    if (each.kind === 'manifest' && !named.has(each.target.toLowerCase())) return unused.manifests
    return settleRegistry(each.registry) ?? notNamed
  }
}

/** Finds out what happened to the registry of a former drift: undefined if this run has checked it. */
function createRegistrySettler({ registries: references }: Inputs, { registries, leftOut }: Observed) {
  const every = references.find(each => each.kind === 'all')
  const unlisted = registries.find(({ asked }) => asked === '*')?.error
  return (registry: string): Fate | undefined => {
    const at = registries.find(({ asked }) => isSameLabel(labelOf(asked), labelOf(registry)))
    if (at && !at.error) return undefined
    const error = at?.error ?? (every && unlisted)
    if (error && (error.isUnknowable || !isGone(error.code) || !at)) return unseen(error)
    if (error) return { kind: 'gone', code: error.code, text: 'its registry does not exist' }
    const left = leftOut.find(({ id }) => isSameLabel(labelOf(id), labelOf(registry)))
    if (left) return findUnderWay('registry', left.phase)
    // A complete list lacks it. What a filter leaves out may exist.
    if (every?.filters.length === 0)
      return { kind: 'gone', code: 'list', text: 'its registry is no longer in the list' }
    return { kind: 'dropped', code: 'inputs', text: 'the inputs no longer name its registry' }
  }
}

const notNamed: Fate = { kind: 'dropped', code: 'inputs', text: 'the inputs no longer name it' }

/** Why an image that ran may still run: nothing runs it any more only if the workloads of every cluster could be read. */
function findUnread({ workloads }: Run, { targets, leftOut }: Observed): Fate | undefined {
  const lost = targets.find(({ error }) => error && (error.isUnknowable || !isGone(error.code)))?.error
  const unread = workloads?.find(({ error }) => error)?.error ?? lost
  if (unread) return unseen(unread)
  const left = leftOut.find(({ kind }) => kind === 'cluster')
  if (left) return findUnderWay(`cluster ${left.name}`, left.phase)
  return workloads ? undefined : unseen({ code: 'workloads', message: 'the workloads were not checked' })
}

const omitted = "the cluster exists, but Azure's list of clusters omitted it"

/** Whether `*` may include a cluster: it does in the scopes that it listed, and anywhere if its list has a gap. */
function isListed(target: string, { searched, targets }: Observed): boolean {
  if (targets.some(({ asked }) => asked === '*')) return true
  return searched.some(scope => normalizeId(target).startsWith(`${normalizeId(scope)}/`))
}

/** A later run sees what became of a resource that is being created or deleted. */
function findUnderWay(what: string, phase: Phase): Fate {
  return unseen({ code: phase, message: `the ${what} is being ${describePhase(phase)}` })
}

/** Undefined if the cluster or identity exists. */
async function findOut(azure: AzureContext, id: string): Promise<Fate | undefined> {
  const parsed = parseResourceId(id)
  if (!parsed) return unseen({ code: 'id', message: 'its resource ID is damaged' })
  const isCluster = sameId(parsed.type, resourceTypes.cluster)
  const cluster = isCluster ? await attempt(getResource(azure, resources.cluster, parsed)) : undefined
  const { error } = cluster ?? (await attempt(getResource(azure, resources.identity, parsed)))
  if (!error) return cluster?.value?.phase && findUnderWay('cluster', cluster.value.phase)
  return isGone(error.code)
    ? { kind: 'gone', code: error.code, text: `the ${isCluster ? 'cluster' : 'identity'} was deleted` }
    : unseen(error)
}
