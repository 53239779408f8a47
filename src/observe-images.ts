import { isNotFound } from './azure-errors.js'
import { formatResourceId, sameId } from './azure/resource-id.js'
import { ActionError, isAbort } from './errors.js'
import { findRegistries } from './find-registries.js'
import { formatImageSource, type ImageRequest, type ImageSource } from './image-reference.js'
import { fixes, type ObservedImage } from './images.js'
import type { Inputs, RegistryReference } from './inputs.js'
import type { AzureContext } from './lookup.js'
import type { Registry } from './state.js'
import type { ResolvedSource } from './source-registry.js'
import { describeUnreadable, whyUnreadable } from './unreadable.js'

/** Reads, for every image and registry, what the source is and what the registry has: one request each, side by side. */
export async function observeImages(
  azure: AzureContext,
  registries: Registry[],
  inputs: Inputs,
): Promise<ObservedImage[]> {
  const find = createFinder(azure, registries, inputs)
  const observed = await Promise.all(
    inputs.images.map(async request => {
      const found = await findSource(azure, request, find)
      return Promise.all(registries.map(registry => observeImage(azure, request, registry, found)))
    }),
  )
  return observed.flat()
}

interface FoundSource {
  sourceRegistry?: Registry
  resolved: ResolvedSource
}

async function observeImage(
  azure: AzureContext,
  request: ImageRequest,
  registry: Registry,
  { sourceRegistry, resolved }: FoundSource,
): Promise<ObservedImage> {
  const base = { request, registry, ...(sourceRegistry && { sourceRegistry }) }
  const name = formatImageSource(request.source)
  if (resolved.kind === 'missing') {
    const error = new ActionError('IMAGE_NOT_FOUND', `The image ${name} does not exist.`, {
      subject: request.text,
      fix: fixes.missing,
    })
    return { ...base, present: 'unknown', notes: [], error }
  }
  const notes =
    resolved.kind === 'unknown' ? [`${name} could not be resolved to a digest beforehand: ${resolved.why}`] : []
  const present = registry.exists ? await readPresent(azure, request, registry) : 'no'
  if (typeof present === 'object' && 'why' in present) {
    notes.push(describeUnreadable({ request, registry }, present.why))
    return { ...base, ...digestOf(resolved), present: 'unknown', notes }
  }
  return { ...base, ...digestOf(resolved), present, notes }
}

function digestOf(resolved: ResolvedSource): Pick<ObservedImage, 'sourceDigest'> {
  return resolved.kind === 'found' ? { sourceDigest: resolved.digest } : {}
}

async function readPresent(
  { content, signal }: AzureContext,
  { repository, tag, source }: ImageRequest,
  registry: Registry,
): Promise<Exclude<ObservedImage['present'], 'unknown'> | { why: string }> {
  try {
    return await content.read(registry.loginServer, repository, tag || source.digest, signal)
  } catch (error) {
    if (isAbort(error)) throw error
    if (isNotFound(error)) return 'no'
    return { why: whyUnreadable(error, registry) }
  }
}

/** Finds the source's registry, when it is one in Azure that the signed-in identity can see. */
type Finder = (source: ImageSource) => Promise<Registry | undefined>

/** The source's registry and its digest: by Azure's data plane where the signed-in identity sees the registry, else by the distribution protocol. */
async function findSource(azure: AzureContext, { source }: ImageRequest, find: Finder): Promise<FoundSource> {
  const sourceRegistry = await find(source)
  const found = sourceRegistry && { sourceRegistry }
  if (source.digest) return { ...found, resolved: { kind: 'found', digest: source.digest } }
  if (!sourceRegistry) {
    if (source.host) return { resolved: await azure.sources.resolve(source, azure.signal) }
    return { resolved: { kind: 'unknown', why: 'the signed-in identity may not see its registry' } }
  }
  try {
    const { digest } = await azure.content.read(sourceRegistry.loginServer, source.repository, source.tag, azure.signal)
    return { ...found, resolved: { kind: 'found', digest } }
  } catch (error) {
    if (isAbort(error)) throw error
    const why = whyUnreadable(error, sourceRegistry)
    return { ...found, resolved: isNotFound(error) ? { kind: 'missing' } : { kind: 'unknown', why } }
  }
}

/** Each registry is looked up once, however many images come from it. */
function createFinder(azure: AzureContext, registries: Registry[], inputs: Inputs): Finder {
  const asked = new Map<string, Promise<Registry | undefined>>()
  const lookUp = (reference: RegistryReference): Promise<Registry | undefined> => {
    const lookup = asked.get(reference.text) ?? findOne(azure, reference, inputs)
    asked.set(reference.text, lookup)
    return lookup
  }
  return async ({ host, registryId }) => {
    if (registryId) {
      const id = formatResourceId(registryId)
      return registries.find(registry => sameId(registry.id, id)) ?? lookUp({ kind: 'id', text: id, id: registryId })
    }
    // With credentials of its own, it is asked and imported from as the registry of any other maker.
    if (!host.endsWith(inputs.cloud.registrySuffix) || host === inputs.sourceCredentials?.host) return undefined
    return registries.find(({ loginServer }) => loginServer === host) ?? lookUp({ kind: 'login-server', text: host })
  }
}

/** Undefined when the caller can't see it. */
async function findOne(
  azure: AzureContext,
  reference: RegistryReference,
  inputs: Inputs,
): Promise<Registry | undefined> {
  const [lookup] = await findRegistries(azure, { ...inputs, registries: [reference] })
  return lookup && 'found' in lookup && lookup.found.exists ? lookup.found : undefined
}
