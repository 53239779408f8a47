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
  return async former => {
    if (!azure || !inputs || !observed || error) {
      const fate = unseen(error ?? { code: '', message: 'the run ended early' })
      return former.map(() => fate)
    }
    let requested = 0
    const ask = memoize(async (id: string): Promise<Fate | undefined> => {
      requested += 1
      if (requested <= maxLookups) return findOut(azure, id)
      return unseen({ code: 'later', message: `one run looks up at most ${maxLookups}` })
    })
    const named = new Set(inputs.manifests.map(({ image }) => image.toLowerCase()))
    const settleRegistry = createRegistrySettler(inputs, observed)
    const settle = async (each: FormerDrift): Promise<Fate> => {
      if (each.kind === 'pair') return settlePair(each, observed, ask, settleRegistry)
      if (each.kind === 'workload') return settleRunning(each, run, settleRegistry)
      if (each.kind === 'manifest' && !named.has(each.target.toLowerCase())) return unused.manifests
      return settleRegistry(each.registry) ?? notNamed
    }
    return Promise.all(former.map(settle))
  }
}

/** What happened to the registry of a former drift; undefined if this run has checked it. */
type SettleRegistry = (registry: string) => Fate | undefined

function createRegistrySettler({ registries: references }: Inputs, { registries, leftOut }: Observed): SettleRegistry {
  const every = references.find(each => each.kind === 'all')
  const unlisted = registries.find(({ asked }) => asked === '*')?.error
  return registry => {
    const at = registries.find(({ asked }) => isSameLabel(labelOf(asked), labelOf(registry)))
    if (at && !at.error) return undefined
    const error = at?.error ?? (every && unlisted)
    if (error && (!isGone(error.code) || !at)) return unseen(error)
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

/** An image that ran: nothing runs it any more only if the workloads of every cluster could be read. */
function settleRunning({ registry }: FormerDrift, { observed, workloads }: Run, settleRegistry: SettleRegistry): Fate {
  const lost = observed?.targets.find(({ error }) => error && (error.isUnknowable || !isGone(error.code)))?.error
  const unread = workloads?.find(({ error }) => error)?.error ?? lost
  if (unread) return unseen(unread)
  if (!workloads) return unseen({ code: 'workloads', message: 'the workloads were not checked' })
  // A cluster's own item has no registry.
  return (registry === '' ? undefined : settleRegistry(registry)) ?? unused.workloads
}

async function settlePair(
  { target, registry, wasGone }: FormerDrift,
  observed: Observed,
  ask: (id: string) => Promise<Fate | undefined>,
  settleRegistry: SettleRegistry,
): Promise<Fate> {
  if (!target.startsWith('/') && wasGone)
    return { kind: 'gone', code: 'inputs', text: 'it did not exist, and the inputs no longer name it' }
  const fate = target.startsWith('/') ? await ask(normalizeId(target)) : undefined
  const left = isListed(target, observed) ? unseen({ code: 'list', message: omitted }) : notNamed
  return fate ?? settleRegistry(registry) ?? left
}

const omitted = "the cluster exists, but Azure's list of clusters omitted it"

/** Whether `*` may include a cluster: it does in the scopes that it listed, and anywhere if its list has a gap. */
function isListed(target: string, { searched, targets }: Observed): boolean {
  if (targets.some(({ asked }) => asked === '*')) return true
  return searched.some(scope => normalizeId(target).startsWith(`${normalizeId(scope)}/`))
}

/** A later run sees what became of a resource that is being created or deleted. */
function findUnderWay(kind: 'cluster' | 'registry', phase: Phase): Fate {
  return unseen({ code: phase, message: `the ${kind} is being ${describePhase(phase)}` })
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
