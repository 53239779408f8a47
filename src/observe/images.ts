import { ActionError, isNotFound } from '../model/error.js'
import { fix } from '../model/fix.js'
import {
  fixes,
  formatImageSource,
  pauseImage,
  type ImageRequest,
  type ImageSource,
  type ObservedImage,
} from '../model/image.js'
import { once } from '../model/memoize.js'
import type { PlacedProbe } from '../model/observed.js'
import { attempt } from '../model/result.js'
import { loginServerOf, type Registry } from '../model/registry.js'
import { formatResourceId, sameId } from '../model/resource-id.js'
import type { Inputs, RegistryReference } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'
import type { ResolvedSource } from '../services/registry/distribution.js'
import { describeUnreadable } from '../services/registry/errors.js'
import { findInRegistries } from './manifests.js'
import { findRegistries } from './registries.js'

/**
 * Reads, for every image and registry, what the source is and what the registry has: one request each, side by side. A pause image is among them
 * for each registry from which nodes would have nothing to pull.
 */
export async function observeImages(
  azure: AzureContext,
  registries: Registry[],
  inputs: Inputs,
  probes: readonly PlacedProbe[],
): Promise<ObservedImage[]> {
  const find = createFinder(azure, registries, inputs)
  const bare = findBare(registries, inputs, probes)
  const wanted = [
    ...inputs.images.map(request => ({ request, targets: registries })),
    ...(bare.length > 0 ? [{ request: pauseImage, targets: bare }] : []),
  ]
  const observed = await Promise.all(
    wanted.map(async ({ request, targets }) => {
      const reading = targets.map(registry => readPresent(azure, request, registry))
      const [found, present] = await Promise.all([findSource(azure, request, find), Promise.all(reading)])
      return targets.map((registry, index) => compose(request, registry, found, present[index] ?? 'no'))
    }),
  )
  // A check imports nothing, and that nothing is there to pull is no drift.
  return observed
    .flat()
    .filter(({ request, present }) => !(request.isProbe && present === 'no' && inputs.mode === 'check'))
}

/** The registries from which nodes are to pull, although no image is named that they could pull. */
function findBare(registries: Registry[], inputs: Inputs, probes: readonly PlacedProbe[]): Registry[] {
  // What is limited to some repositories does not reach the one of the pause image.
  if (inputs.verify !== 'pull' || inputs.images.length > 0 || inputs.repositories.length > 0) return []
  return registries.filter(
    registry =>
      !probes.some(probe => probe.registry === registry) && findInRegistries(inputs.manifests, [registry]).length === 0,
  )
}

interface FoundSource {
  sourceRegistry?: Registry
  resolved: ResolvedSource
}

/** The image as the registry has it, or why it can't be read. */
type Present = Exclude<ObservedImage['present'], 'unknown'> | { why: string }

function compose(
  request: ImageRequest,
  registry: Registry,
  { sourceRegistry, resolved }: FoundSource,
  read: Present,
): ObservedImage {
  const name = formatImageSource(request.source)
  const notes: string[] = []
  if (resolved.kind === 'unknown') notes.push(`${name} could not be resolved to a digest beforehand: ${resolved.why}`)
  const found = { request, registry, ...(sourceRegistry && { sourceRegistry }), ...digestOf(resolved), notes }
  const details = { subject: request.text, fix: fix(fixes.missing) }
  const missing = new ActionError('IMAGE_NOT_FOUND', `The image ${name} does not exist.`, details)
  const error = resolved.kind === 'missing' && { error: missing }
  if (read === 'no') return { ...found, present: 'no', ...error }
  if ('why' in read) {
    notes.push(describeUnreadable({ request, registry }, read.why))
    return { ...found, present: 'unknown', ...error }
  }
  // What was imported once stays good when its source is deleted.
  if (error) notes.push(`${name} does not exist any more; what is in the registry stays`)
  return { ...found, present: read, ...(error && { isSourceGone: true as const }) }
}

function digestOf(resolved: ResolvedSource): Pick<ObservedImage, 'sourceDigest'> {
  return resolved.kind === 'found' ? { sourceDigest: resolved.digest } : {}
}

async function readPresent(
  { content, signal }: AzureContext,
  { repository, tag, source }: ImageRequest,
  registry: Registry,
): Promise<Present> {
  if (!registry.exists) return 'no'
  const { value, error } = await attempt(content.read(registry, repository, tag || source.digest, signal))
  if (!error) return value
  return isNotFound(error) ? 'no' : { why: error.reason }
}

/** Finds the source's registry, when it is one in Azure that the signed-in identity can see. */
type Finder = (source: ImageSource) => Promise<Registry | undefined>

/** Finds the source's registry and reads its digest: by Azure's data plane where the signed-in identity sees the registry, else by the distribution protocol. */
async function findSource(azure: AzureContext, { source }: ImageRequest, find: Finder): Promise<FoundSource> {
  const sourceRegistry = await find(source)
  const found = sourceRegistry && { sourceRegistry }
  if (source.digest) return { ...found, resolved: { kind: 'found', digest: source.digest } }
  if (!sourceRegistry) {
    if (source.host) return { resolved: await azure.sources.resolve(source, azure.signal) }
    return { resolved: { kind: 'unknown', why: 'the signed-in identity may not see its registry' } }
  }
  const { value, error } = await attempt(
    azure.content.read(sourceRegistry, source.repository, source.tag, azure.signal),
  )
  if (!error) return { ...found, resolved: { kind: 'found', digest: value.digest } }
  return { ...found, resolved: isNotFound(error) ? { kind: 'missing' } : { kind: 'unknown', why: error.reason } }
}

/** Each registry is looked up once, however many images come from it. */
function createFinder(azure: AzureContext, registries: Registry[], inputs: Inputs): Finder {
  const asked = new Map<string, Promise<Registry | undefined>>()
  const lookUp = (reference: RegistryReference): Promise<Registry | undefined> =>
    once(asked, reference.text, () => findOne(azure, reference, inputs))
  return async ({ host, registryId }) => {
    if (registryId) {
      const id = formatResourceId(registryId)
      return registries.find(registry => sameId(registry.id, id)) ?? lookUp({ kind: 'id', text: id, id: registryId })
    }
    // With credentials of its own, it is asked and imported from as the registry of any other maker.
    if (!host.endsWith(inputs.cloud.registrySuffix) || host === inputs.sourceCredentials?.host) return undefined
    const server = loginServerOf(host)
    return (
      registries.find(({ loginServer }) => loginServer === server) ?? lookUp({ kind: 'login-server', text: server })
    )
  }
}

/** Undefined when the caller can't see it. */
async function findOne(
  azure: AzureContext,
  reference: RegistryReference,
  inputs: Inputs,
): Promise<Registry | undefined> {
  const [lookup] = await findRegistries(azure, { ...inputs, registries: [reference] })
  return lookup?.value?.exists ? lookup.value : undefined
}
