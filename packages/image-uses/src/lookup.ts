import { loginServerOf, namesOf, normalizeId, parseImageSource, type Phase, type Registry, type Seen } from 'azure'
import { isMissing, type AzureContext } from 'azure-clients'
import {
  ActionError,
  attemptOrCancelled,
  azureCode,
  compareNaturally,
  distinctOf,
  fix,
  groupBy,
  type Group,
} from 'kernel'
import type { AskedImage, ManifestImage, Lookup, Observed, WorkloadContainer } from 'run-model'

/** Picks the only resource with a name; undefined if there is none. Several are an error, AMBIGUOUS_NAME, with all their IDs. */
export function pickOnly<T extends { id: string }>(
  asked: string,
  kind: 'clusters' | 'registries',
  named: readonly T[],
): Lookup<T> | undefined {
  // Lists of several subscriptions, or rows of Azure Resource Graph, can name the same resource.
  const all = distinctOf(named, ({ id }) => normalizeId(id))
  const [value, ...others] = all
  if (!value) return undefined
  if (others.length === 0) return { asked, value }
  const error = new ActionError(
    'AMBIGUOUS_NAME',
    `${all.length} ${kind} are called ${asked}. Their resource IDs: ${all.map(({ id }) => id).join(', ')}.`,
    {
      subject: asked,
      fix: fix(
        `Give one of these resource IDs instead of the name${kind === 'clusters' ? ', or resource-group' : ''}.`,
      ),
    },
  )
  return { asked, error }
}

/** Removes the second mention of a resource that was named in two ways. */
export function distinct<T extends { id: string }>(lookups: Lookup<T>[]): Lookup<T>[] {
  const seen = new Set<string>()
  return lookups.filter(lookup => {
    if (lookup.error) return true
    const id = normalizeId(lookup.value.id)
    return !seen.has(id) && seen.add(id)
  })
}

/** The order of resources that the inputs don't name one by one: by name, `aks-2` before `aks-10`. */
export function byName(a: { id: string; name: string }, b: { id: string; name: string }): number {
  return compareNaturally(a.name, b.name) || compareNaturally(a.id, b.id)
}

/**
 * Selects what `*` stands for: without resources that are being created or deleted, which it leaves out. If there are no others, it stands for those that
 * are being created or else for those that are being deleted, because nothing can be said about none at all.
 */
export function selectStaying<T extends { id: string; name: string; phase?: Phase }>(
  kind: 'cluster' | 'registry',
  all: readonly T[],
): { staying: T[]; leftOut: Observed['leftOut'] } {
  const byPhase = [undefined, 'creating', 'deleting'].map(phase => all.filter(each => each.phase === phase))
  const staying = byPhase.find(some => some.length > 0) ?? []
  const leftOut = all.flatMap(each => {
    const { id, name, phase } = each
    return phase && !staying.includes(each) ? { kind, id, name, phase } : []
  })
  return { staying, leftOut }
}

/** Adds their place to the names of resources that share one, so that every text tells them apart. Commands and look-ups use their IDs. */
export function nameApart<T extends { id: string; name: string }>(
  lookups: Lookup<T>[],
  others: readonly { id: string }[] = [],
): Lookup<T>[] {
  const all = [...lookups.map(({ asked, value }) => value?.id ?? asked), ...others.map(({ id }) => id)]
  const nameOf = namesOf(all.map(target => ({ target })))
  return lookups.map(lookup =>
    lookup.error ? lookup : { ...lookup, value: { ...lookup.value, name: nameOf({ target: lookup.value.id }) } },
  )
}

/**
 * Asks an Azure Container Registry about a tag or a digest.
 * @param hold `attempt` where a cancelled job ends here; by default it makes the image unknown
 */
export async function lookUpImage(
  { content, signal }: AzureContext,
  registry: Registry,
  repository: string,
  tagOrDigest: string,
  hold = attemptOrCancelled,
): Promise<Seen> {
  if (!registry.exists) return { kind: 'missing', isRepositoryGone: true }
  const { value, error } = await hold(content.read(registry, repository, tagOrDigest, signal))
  if (!error) return { kind: 'found', content: value }
  if (!isMissing(error)) return { kind: 'unknown', error }
  return { kind: 'missing', isRepositoryGone: azureCode(error) === 'NAME_UNKNOWN', error }
}

/** The images of manifests that are in one of these registries, each once, in whatever places it is used. */
export function findUsed(images: readonly ManifestImage[], registries: readonly Registry[]): AskedImage<'manifest'>[] {
  return findAt(images, registries, ({ image }) => image).map(found => ({ wantedBy: 'manifest', ...found }))
}

/** The images that run and are in one of these registries: once per reference and running digest, whatever clusters and workloads use them. */
export function findRunning(
  containers: readonly WorkloadContainer[],
  registries: readonly Registry[],
): AskedImage<'workload'>[] {
  const keyOf = ({ runningDigest }: WorkloadContainer, { registry, repository, reference }: Place): string =>
    [registry.loginServer, repository, reference, runningDigest].join(' ')
  return findAt(containers, registries, keyOf).map(found => {
    const { runningDigest } = found.uses[0]
    return { wantedBy: 'workload', ...found, runningDigest }
  })
}

type Place = Pick<AskedImage<'manifest'>, 'registry' | 'repository' | 'reference'>

/** Groups the uses of images that are in one of these registries, and leaves the others out. */
function findAt<Use extends { image: string }>(
  uses: readonly Use[],
  registries: readonly Registry[],
  keyOf: (use: Use, place: Place) => string,
): (Place & { uses: Group<Use> })[] {
  const byServer = new Map(registries.map(registry => [registry.loginServer.toLowerCase(), registry]))
  const found = uses.flatMap(use => {
    const { host = '', repository = '', tag = '', digest = '' } = parseImageSource(use.image) ?? {}
    const registry = byServer.get(loginServerOf(host))
    return registry ? [{ use, place: { registry, repository, reference: digest || tag } }] : []
  })
  return [...groupBy(found, ({ use, place }) => keyOf(use, place)).values()].map(same => {
    const [{ use, place }, ...others] = same
    return { ...place, uses: [use, ...others.map(each => each.use)] }
  })
}
