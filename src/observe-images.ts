import { isForbidden, isNotFound, isUnauthorized } from './azure-errors.js'
import { formatResourceId, sameId } from './azure/resource-id.js'
import { ActionError, isAbort } from './errors.js'
import { findRegistries } from './find-registries.js'
import { formatImageSource, type ImageRequest, type ImageSource } from './image-reference.js'
import { fixes, nameOf, type ObservedImage } from './images.js'
import type { Inputs, RegistryReference } from './inputs.js'
import type { AzureContext } from './lookup.js'
import type { Registry } from './state.js'
import type { ResolvedSource } from './source-registry.js'

/** Reads, for every image and registry, what the source is and what the registry has: one request each, side by side. */
export async function observeImages(
  azure: AzureContext,
  registries: Registry[],
  inputs: Inputs,
): Promise<ObservedImage[]> {
  const observed = await Promise.all(
    inputs.images.map(async request => {
      const found = await findSource(azure, request, registries, inputs)
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
    notes.push(`the digest of ${nameOf(request)} on ${registry.name} can't be read: ${present.why}`)
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

/** Why a registry's content can't be read, and what would let it be. */
export function whyUnreadable(error: unknown, { name, roleAssignmentMode }: Registry): string {
  if (isForbidden(error)) return `the firewall of ${name} does not let the runner in`
  if (isUnauthorized(error)) {
    const role = roleAssignmentMode === 'ABAC' ? 'Container Registry Repository Reader' : 'AcrPull'
    return `the signed-in identity lacks ${role} on ${name}`
  }
  return error instanceof Error ? error.message : String(error)
}

/** The source's registry, when it is one that the caller can see, and its digest: by Azure's data plane there, else by the distribution protocol. */
async function findSource(
  azure: AzureContext,
  request: ImageRequest,
  registries: Registry[],
  inputs: Inputs,
): Promise<FoundSource> {
  const { source } = request
  const sourceRegistry = await findSourceRegistry(azure, source, registries, inputs)
  if (source.digest)
    return { ...(sourceRegistry && { sourceRegistry }), resolved: { kind: 'found', digest: source.digest } }
  if (!sourceRegistry) return { resolved: await azure.sources.resolve(source, azure.signal) }
  try {
    const { digest } = await azure.content.read(sourceRegistry.loginServer, source.repository, source.tag, azure.signal)
    return { sourceRegistry, resolved: { kind: 'found', digest } }
  } catch (error) {
    if (isAbort(error)) throw error
    const resolved: ResolvedSource = isNotFound(error)
      ? { kind: 'missing' }
      : { kind: 'unknown', why: whyUnreadable(error, sourceRegistry) }
    return { sourceRegistry, resolved }
  }
}

/** With credentials of its own, the source is asked as the registry of any other maker. */
async function findSourceRegistry(
  azure: AzureContext,
  { host, registryId }: ImageSource,
  registries: Registry[],
  inputs: Inputs,
): Promise<Registry | undefined> {
  if (registryId) {
    const id = formatResourceId(registryId)
    const known = registries.find(registry => sameId(registry.id, id))
    return known ?? (await findOne(azure, { kind: 'id', text: id, id: registryId }, inputs))
  }
  if (!host.endsWith(inputs.cloud.registrySuffix) || inputs.sourceCredentials) return undefined
  const known = registries.find(({ loginServer }) => loginServer === host)
  return known ?? findOne(azure, { kind: 'login-server', text: host }, inputs)
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
