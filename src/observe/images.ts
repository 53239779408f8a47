import {
  fixes,
  formatImageSource,
  formatResourceId,
  loginServerOf,
  nameSource,
  parseImageSource,
  pauseImage,
  sameId,
} from 'azure'
import type { ImageRequest, ImageSource, ObservedImage, Registry, Seen } from 'azure'
import { describeUnreadable, type AzureContext, type ResolvedSource } from 'azure-clients'
import { findUsed, lookUpImage } from 'image-uses'
import { ActionError, fix, once, valuesOf, reasonOf } from 'kernel'
import type { Inputs, Observed, CheckedImage } from 'run-model'
import { findRegistries } from './registries.js'

/** Looks up the images of the inputs, and places those that nodes pull as a proof. In `detach`, none of them matters. */
export async function observeImages(
  azure: AzureContext,
  registries: Registry[],
  inputs: Inputs,
): Promise<Pick<Observed, 'images' | 'probes'>> {
  if (inputs.mode === 'detach') return { images: [], probes: [] }
  const probes = await placeProbeImages(azure, registries, inputs)
  return { probes, images: await lookUpImages(azure, registries, inputs, probes) }
}

/**
 * Looks up every image at its source and in each registry, in parallel: one request each. The pause image is added for registries that would have no
 * image for nodes to pull.
 */
async function lookUpImages(
  azure: AzureContext,
  registries: Registry[],
  inputs: Inputs,
  probes: readonly CheckedImage<'probe'>[],
): Promise<ObservedImage[]> {
  const find = createFinder(azure, registries, inputs)
  const bare = findBare(registries, inputs, probes)
  const requests = [
    ...inputs.images.map(request => ({ request, targets: registries })),
    ...(bare.length > 0 ? [{ request: pauseImage, targets: bare }] : []),
  ]
  const observed = await Promise.all(
    requests.map(async ({ request, targets }) => {
      const { repository, tag, source } = request
      const reading = targets.map(async registry => ({
        registry,
        present: await look(azure, registry, repository, tag || source.digest),
      }))
      const [found, seen] = await Promise.all([findSource(azure, request, find), Promise.all(reading)])
      return seen.map(({ registry, present }) => compose(request, registry, found, present))
    }),
  )
  // A check imports nothing, and a pause image that nodes can't pull isn't drift.
  const isLacking = ({ request, present }: ObservedImage): boolean =>
    request.isProbe === true && (present.kind === 'missing' || (present.kind === 'found' && !!present.content.locks))
  return observed.flat().filter(image => inputs.mode !== 'check' || !isLacking(image))
}

/** Finds the registries for which no image is named that nodes could pull. */
function findBare(registries: Registry[], inputs: Inputs, probes: readonly CheckedImage<'probe'>[]): Registry[] {
  // A role that is limited to some repositories doesn't include that of the pause image.
  // Nor is it needed where nodes pull what runs: what that is, the clusters show later.
  const hasOthers = inputs.images.length > 0 || inputs.probesWorkloads === true
  if (inputs.verify !== 'pull' || hasOthers || inputs.repositories.length > 0) return []
  return registries.filter(
    registry =>
      !probes.some(probe => probe.registry === registry) && findUsed(inputs.manifests, [registry]).length === 0,
  )
}

/** A cancellation ends the run here. */
function look(azure: AzureContext, registry: Registry, repository: string, tagOrDigest: string): Promise<Seen> {
  return lookUpImage(azure, registry, repository, tagOrDigest, { orCancelled: false })
}

function compose(
  request: ImageRequest,
  registry: Registry,
  { resolved, ...origin }: Awaited<ReturnType<typeof findSource>>,
  present: Seen,
): ObservedImage {
  const name = formatImageSource(request.source)
  const notes: string[] = []
  if (resolved.kind === 'unknown') notes.push(`the digest of ${name} could not be read: ${resolved.why}`)
  const sourceDigest = resolved.kind === 'found' && { sourceDigest: resolved.digest }
  const seen = { request, registry, ...origin, ...sourceDigest, present, notes }
  // An imported image stays good after its source is deleted.
  if (resolved.kind === 'missing' && present.kind === 'found')
    notes.push(`${name} no longer exists; the image in the registry is kept`)
  if (present.kind === 'unknown') notes.push(describeUnreadable(seen, reasonOf(present.error.said)))
  if (resolved.kind !== 'missing') return seen
  const details = { subject: nameSource(request), fix: fix(fixes.missing) }
  return { ...seen, sourceError: new ActionError('IMAGE_NOT_FOUND', `The image ${name} does not exist`, details) }
}

/**
 * Finds the source's registry and reads its digest: through Azure if the signed-in identity can see the registry, otherwise through the distribution
 * protocol.
 */
async function findSource(
  azure: AzureContext,
  { source }: ImageRequest,
  find: ReturnType<typeof createFinder>,
): Promise<Pick<ObservedImage, 'sourceRegistry'> & { resolved: ResolvedSource }> {
  const sourceRegistry = await find(source)
  const found = sourceRegistry && { sourceRegistry }
  if (source.digest) return { ...found, resolved: { kind: 'found', digest: source.digest } }
  if (!sourceRegistry) {
    if (source.host) return { resolved: await azure.sources.resolve(source) }
    return { resolved: { kind: 'unknown', why: 'the signed-in identity has no access to its registry' } }
  }
  const seen = await look(azure, sourceRegistry, source.repository, source.tag)
  if (seen.kind === 'unknown') return { ...found, resolved: { kind: 'unknown', why: reasonOf(seen.error.said) } }
  if (seen.kind === 'missing') return { ...found, resolved: seen }
  return { ...found, resolved: { kind: 'found', digest: seen.content.digest } }
}

/** Finds the registry of a source if it is an Azure registry that the signed-in identity can see: each once, however many images come from it. */
function createFinder(azure: AzureContext, registries: Registry[], inputs: Inputs) {
  const known = new Map<string, Promise<Registry | undefined>>()
  const lookUp = (reference: Inputs['registries'][number]) =>
    once(known, reference.text, async () => {
      const { lookups } = await findRegistries(azure, { ...inputs, registries: [reference] })
      const [found] = valuesOf(lookups)
      return found?.exists ? found : undefined
    })
  return async ({ host, registryId }: ImageSource): Promise<Registry | undefined> => {
    if (registryId) {
      const id = formatResourceId(registryId)
      return registries.find(registry => sameId(registry.id, id)) ?? lookUp({ kind: 'id', text: id, id: registryId })
    }
    // A registry with its own credentials is treated like one outside Azure.
    if (!host.endsWith(inputs.cloud.registrySuffix) || host === inputs.sourceCredentials?.host) return undefined
    const server = loginServerOf(host)
    return (
      registries.find(({ loginServer }) => loginServer === server) ?? lookUp({ kind: 'login-server', text: server })
    )
  }
}

/**
 * Finds the registries that nodes pull each image of the input `probe-image` from: those that have it. An image is looked up only if several registries
 * come into question. If none is known to have it, the nodes decide.
 */
async function placeProbeImages(
  azure: AzureContext,
  registries: Registry[],
  { probeImages, verify }: Inputs,
): Promise<CheckedImage<'probe'>[]> {
  if (verify !== 'pull') return []
  return (await Promise.all(probeImages.map(name => place(azure, name, registries)))).flat()
}

async function place(
  azure: AzureContext,
  name: Inputs['probeImages'][number],
  registries: Registry[],
): Promise<CheckedImage<'probe'>[]> {
  const meant = name.loginServer
    ? registries.filter(({ loginServer }) => loginServer.toLowerCase() === name.loginServer)
    : registries
  const all = await Promise.all(
    meant.map(async registry => {
      const text = `${registry.loginServer}/${name.path}`
      const { repository = '', tag = '', digest = '' } = parseImageSource(text) ?? {}
      const reference = digest || tag
      const seen = meant.length > 1 ? await look(azure, registry, repository, reference) : undefined
      const state =
        seen?.kind === 'found'
          ? { status: 'present' as const, digest: seen.content.digest }
          : { status: 'unknown' as const, digest: '' }
      const image = { registry, repository, reference, text: name.loginServer ? name.text : text, ...state }
      return { kind: seen?.kind, image: { wantedBy: 'probe' as const, ...image } }
    }),
  )
  const ofKind = (wanted: Seen['kind']) => all.filter(({ kind }) => kind === wanted)
  const chosen = [ofKind('found'), ofKind('unknown'), all].find(({ length }) => length > 0) ?? []
  return chosen.map(({ image }) => image)
}
