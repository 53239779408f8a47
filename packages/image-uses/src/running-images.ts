import pLimit from 'p-limit'
import type { Registry, Seen, SoftDelete } from 'azure'
import { describeUnread, getResource, rememberContent, resources, type AzureContext } from 'azure-clients'
import { attempt, chunk, once, type ActionError, type Result, withReason } from 'kernel'
import type { ClusterWorkloads, CheckedImage } from 'run-model'
import { findRunning, lookUpImage, type AskedImage } from './lookup.js'
import type { AnsweredImage } from './running-findings.js'

/** How many images are looked up at a time for each request in flight: those whose repositories share one token (see `maxTogether`). */
const perRequest = 20

/** After this many look-ups that failed in a way that concerns the registry, its other images are unknown without a request. */
const sampleSize = 3

/** Asks about a tag or a digest of an image's repository. */
type Look = (image: AskedImage<'workload'>, tagOrDigest: string) => Promise<Seen>

/**
 * Looks up images that run at their registries, side by side: each tag or digest that workloads name, and where the registry has something else, the
 * digest that runs and the one that the tag has now. In waves, so that thousands of images don't ask for all their tokens at the same time. What an earlier
 * call has looked up is not asked again, if the context remembers. Never throws: after a cancellation, the rest is unknown.
 */
export function createRunningLookUp(
  azure: AzureContext,
  registries: readonly Registry[],
  concurrency: number,
): (workloads: readonly Pick<ClusterWorkloads, 'containers'>[]) => Promise<AnsweredImage[]> {
  const oneByOne = pLimit(1)
  /** By ID of the registry: its first answers. Thousands of images don't each wait for a registry that answers none of them. */
  const samples = new Map<string, Promise<Seen>[]>()
  const look: Look = async ({ registry, repository }, tagOrDigest) => {
    const ask = (): Promise<Seen> => lookUpImage(azure, registry, repository, tagOrDigest)
    const sample = once(samples, registry.id, () => [])
    if (sample.length < sampleSize) {
      const answer = ask()
      sample.push(answer)
      return answer
    }
    const refusals = (await Promise.all(sample)).flatMap(seen => (seen.kind === 'unknown' ? seen.error : []))
    const [refusal] = refusals
    if (!refusal || refusals.length < sampleSize || !refusals.every(each => concernsAll(each, registry))) return ask()
    return {
      kind: 'unknown',
      error: refusal.with({ said: withReason(describeUnread(registry, repository, tagOrDigest), refusal.said) }),
    }
  }
  return workloads =>
    oneByOne(async () => {
      const containers = workloads.flatMap(each => each.containers)
      const images = findRunning(containers, registries)
      const answered: AnsweredImage[] = []
      for (const wave of chunk(images, concurrency * perRequest))
        answered.push(...(await Promise.all(wave.map(image => answer(image, look)))))
      return answered
    })
}

/** Whether a failure can concern the whole registry: no answer after all retries, its firewall, or a role that is assigned for all of it. */
function concernsAll({ code, azure }: ActionError, { roleAssignmentMode }: Registry): boolean {
  if (code === 'CANCELLED') return false
  if (azure?.status === 401) return roleAssignmentMode !== 'ABAC'
  return azure?.status === undefined || azure.status === 403 || azure.status >= 500
}

async function answer(image: AskedImage<'workload'>, ask: Look): Promise<AnsweredImage> {
  const { reference, runningDigest } = image
  const look = (tagOrDigest: string): Promise<Seen> => ask(image, tagOrDigest)
  const named = await look(reference)
  const digest = named.kind === 'found' ? named.content.digest : reference
  if (named.kind === 'unknown' || runningDigest === '' || runningDigest === digest) return { image, named }
  return { image, named, running: await look(runningDigest) }
}

/** The same context, in which each tag and digest is read once from here on. What the images' own look-ups showed, and no import has changed, is not read again. */
export function rememberImports(azure: AzureContext, images: readonly CheckedImage<'input'>[]): AzureContext {
  const known = images.flatMap(({ registry, repository, reference, present, changed }) =>
    changed || present.kind !== 'found'
      ? []
      : [{ registry, repository, tagOrDigest: reference, content: present.content }],
  )
  return { ...azure, content: rememberContent(azure.content, known) }
}

/** Reads for each of these registries whether it keeps what is deleted. Never throws. */
export async function readSoftDelete(
  azure: AzureContext,
  registries: Iterable<Registry>,
): Promise<Map<Registry, Result<SoftDelete>>> {
  const reads = [...new Set(registries)].map(
    async registry =>
      [registry, await attempt(getResource(azure, resources.softDelete, registry.id), { orCancelled: true })] as const,
  )
  return new Map(await Promise.all(reads))
}
