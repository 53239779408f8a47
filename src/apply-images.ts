import pLimit from 'p-limit'
import { isForbidden, isNotFound, isUnauthorized } from './azure-errors.js'
import { importImage, type Import } from './azure/import-image.js'
import { formatResourceId, parseResourceId } from './azure/resource-id.js'
import type { Clock } from './clock.js'
import { ActionError, cancelled, isAbort } from './errors.js'
import { explainImport } from './import-errors.js'
import { describeImage, nameOf, settle, type ImageResult, type ObservedImage, type PlannedImage } from './images.js'
import type { Inputs } from './inputs.js'
import type { AzureContext } from './lookup.js'
import { whyUnreadable } from './observe-images.js'
import type { Content } from './azure/registry-content.js'
import { waitFor } from './wait.js'

export interface ImageProgress {
  onDone(result: ImageResult): void
}

/** How long a registry may take to show what it has imported. */
const readBackMs = 10_000

/** Imports what is planned, at most `concurrency` at once. Never throws: what failed or was cancelled is a result too. */
export async function applyImages(
  azure: AzureContext,
  planned: PlannedImage[],
  inputs: Inputs,
  clock: Clock,
  progress: ImageProgress,
): Promise<ImageResult[]> {
  const limit = pLimit(inputs.concurrency)
  return Promise.all(
    planned.map(async each => {
      const result = each.plan.kind === 'import' ? await limit(() => run(azure, each, inputs, clock)) : settle(each)
      progress.onDone(result)
      return result
    }),
  )
}

async function run(
  azure: AzureContext,
  { image, plan }: PlannedImage,
  inputs: Inputs,
  clock: Clock,
): Promise<ImageResult> {
  const startedAt = clock.now()
  const force = plan.kind === 'import' && plan.force
  const failed = (error: ActionError): ImageResult => ({
    image,
    status: 'failed',
    digest: '',
    notes: image.notes,
    error,
  })
  try {
    azure.signal.throwIfAborted()
    const registry = parseResourceId(image.registry.id)
    if (!registry) throw new Error(`not a registry's resource ID: ${image.registry.id}`)
    await importImage(azure.clients, registry, toImport(image, inputs, force), azure.signal)
  } catch (thrown) {
    const error = isAbort(thrown) ? interrupted(image, thrown) : explainImport(thrown, image, azure.caller)
    // What the runner could not see is there; any pause image will do.
    if (image.request.isProbe && error.code === 'IMAGE_CONFLICT')
      return { image, status: 'present', digest: '', notes: image.notes }
    return failed(image.request.isProbe ? adviseProbeImage(error) : error)
  }
  try {
    const read = await readBack(azure, image, clock)
    const wanted = image.sourceDigest
    if (typeof read === 'object' && wanted !== undefined && read.digest !== wanted)
      return failed(mismatch(image, read.digest, wanted))
    const notes = [...image.notes, ...(typeof read === 'string' ? [read] : []), ...(await noteReferrers(azure, image))]
    const content = typeof read === 'object' ? read : { digest: '' }
    return { image, status: 'imported', ...content, seconds: (clock.now() - startedAt) / 1000, notes }
  } catch (thrown) {
    return failed(
      thrown instanceof ActionError
        ? thrown
        : isAbort(thrown)
          ? cancelled(thrown)
          : explainImport(thrown, image, azure.caller),
    )
  }
}

function toImport(
  { request, sourceRegistry, sourceDigest }: ObservedImage,
  { sourceCredentials }: Inputs,
  force: boolean,
): Import {
  const { source, repository, tag } = request
  const resourceId = sourceRegistry?.id ?? (source.registryId && formatResourceId(source.registryId))
  // By digest, so that a tag that moves meanwhile can't leave half of each (Azure/azure-cli issue 29974).
  const sourceImage = sourceDigest ? `${source.repository}@${sourceDigest}` : `${source.repository}:${source.tag}`
  return {
    source: resourceId ? { resourceId } : { registryUri: source.host },
    sourceImage,
    ...(sourceCredentials && !resourceId && !request.isProbe && { credentials: sourceCredentials }),
    target: tag ? { tag: `${repository}:${tag}` } : { repository },
    force,
  }
}

/** What the registry has now, or why that can't be read; it decides, for Azure's word alone is not enough (arm-containerregistry 12.0.0). */
async function readBack(
  { content, signal }: AzureContext,
  image: ObservedImage,
  clock: Clock,
): Promise<Content | string> {
  const { registry, request, sourceDigest } = image
  if (!registry.loginServer) return ''
  const look = async (): Promise<Content | string | undefined> => {
    try {
      const { digest } = await content.read(
        registry.loginServer,
        request.repository,
        request.tag || (sourceDigest ?? ''),
        signal,
      )
      return await content.read(registry.loginServer, request.repository, digest, signal)
    } catch (error) {
      if (isNotFound(error)) return undefined
      if (!isForbidden(error) && !isUnauthorized(error)) throw error
      return `the digest of ${nameOf(request)} on ${registry.name} can't be read: ${whyUnreadable(error, registry)}`
    }
  }
  const read = await waitFor(look, { clock, deadline: clock.now() + readBackMs, signal })
  if (read === undefined) {
    throw new ActionError(
      'IMPORT_FAILED',
      `${describeImage(image)}: Azure says that it is imported, but the registry does not have it.`,
      {
        subject: registry.name,
        fix: `Run the step again. What the registry has:\n  az acr repository show-tags --name ${registry.name} --repository ${request.repository}`,
      },
    )
  }
  return read
}

function mismatch(image: ObservedImage, arrived: string, wanted: string): ActionError {
  return new ActionError(
    'IMAGE_DIGEST_MISMATCH',
    `${describeImage(image)}: ${wanted} was asked for, and ${arrived} is there.`,
    {
      subject: image.registry.name,
      fix: 'Something else wrote the tag meanwhile. Run the step again, with force-import: true if the source is to win.',
    },
  )
}

/** Azure copies the image alone: that signatures and attestations stay behind is said, never silent. */
async function noteReferrers(
  { sources, signal }: AzureContext,
  { request, sourceRegistry, sourceDigest }: ObservedImage,
): Promise<string[]> {
  const { source } = request
  if (request.isProbe || !sourceDigest || sourceRegistry || !source.host) return []
  if (!(await sources.hasReferrers(source, sourceDigest, signal))) return []
  return [`${request.text} has signatures or attestations (OCI referrers), which an import does not copy`]
}

function adviseProbeImage(error: ActionError): ActionError {
  const { code, message, fix = '', subject, azure, cause } = error
  const advice =
    'Or name an image in probe-image that the registry has; then nothing needs to be imported for verify: pull.'
  return new ActionError(code, message, {
    fix: [fix, advice].filter(Boolean).join('\n'),
    cause,
    ...(subject && { subject }),
    ...(azure && { azure }),
  })
}

function interrupted(image: ObservedImage, cause: unknown): ActionError {
  return new ActionError(
    'CANCELLED',
    `The job was cancelled before Azure had answered: ${describeImage(image)} may be imported or not.`,
    {
      fix: 'Run the job again: what is there by then is not imported again.',
      cause,
    },
  )
}
