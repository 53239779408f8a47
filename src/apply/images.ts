import { cancelled, isAbort, isUncertain, toActionError, type ActionError } from '../model/error.js'
import { settle, type ImageResult, type ObservedImage, type PlannedImage, type Shown } from '../model/image.js'
import type { ImageProgress } from '../model/progress.js'
import { formatResourceId } from '../model/resource-id.js'
import { type Clock, waitFor, withGrace } from '../model/time.js'
import type { Inputs } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'
import { isVerdict } from '../services/arm/import-errors.js'
import { startImport, type Import } from '../services/arm/import-image.js'
import { createLimit, type Limit } from '../services/http/requests.js'
import { describeUnreadable } from '../services/registry/errors.js'
import { adviseProbeImage, explainAbsent, explainInterrupted, explainMismatch, explainOpen } from './image-errors.js'
import { readBack } from './read-back.js'

/** The pause before an import is tried again that a busy registry did not take on, in milliseconds. */
const busyMs = 3000

/** How long the registry is looked at when Azure does not tell any more how an import stands. */
const untoldMs = 10_000

/** How soon Azure is asked again how an import stands, so that at most a tenth of its time is lost; small images take some seconds. */
const pauseAfter = (elapsedMs: number): number => Math.max(250, elapsedMs / 10)

/** How long the last answer may take, in milliseconds. */
const lastAnswerMs = 5000

interface Means {
  azure: AzureContext
  /** The same, but a request that begins an import and is under way when the job is cancelled may end. */
  writing: AzureContext
  inputs: Inputs
  clock: Clock
  limit: Limit
}

/** Imports what is planned, at most `concurrency` at once. Never throws: what failed or was cancelled is a result too. */
export async function applyImages(
  azure: AzureContext,
  planned: PlannedImage[],
  inputs: Inputs,
  clock: Clock,
  progress: ImageProgress,
): Promise<ImageResult[]> {
  const means = { azure, writing: withGrace(azure), inputs, clock, limit: createLimit(inputs.concurrency) }
  if (planned.some(({ plan }) => plan.kind === 'import')) progress.onStart()
  return Promise.all(
    planned.map(async each => {
      const { image, plan } = each
      if (plan.kind !== 'import') return settle(each)
      const result = await importImage(image, plan.force, means)
      progress.onDone(result)
      return result
    }),
  )
}

/** How an import went, as far as Azure says. */
type Told =
  /** It was not begun, or failed. */
  | { kind: 'failed'; error: ActionError }
  | { kind: 'done' }
  /** Azure accepted it and did not report in time how it ended; what the registry has by then. */
  | { kind: 'open'; shown: Shown; cause?: ActionError }
  /** It is no longer waited for. */
  | { kind: 'interrupted' }

async function importImage(image: ObservedImage, force: boolean, means: Means): Promise<ImageResult> {
  const { azure, clock, limit } = means
  const failed = (error: ActionError, changed: boolean): ImageResult => {
    return { image, status: 'failed', changed, digest: '', notes: image.notes, error }
  }
  let startedAt = clock.now()
  let told: Told | undefined
  try {
    told = await limit(() => {
      startedAt = clock.now()
      return runPatiently(image, force, means)
    })
    if (told.kind === 'interrupted') return failed(explainInterrupted(image), true)
    if (told.kind === 'failed') return (await findOther(image, told.error, means)) ?? failed(told.error, false)
    const shown =
      told.kind === 'open' ? told.shown : await look(image, startedAt + means.inputs.timeoutMs, means, { isDone: true })
    const isProven = shown.kind === 'there' || (shown.kind === 'unreadable' && told.kind === 'done')
    if (!isProven) return failed(explainUnproven(image, told, shown, means), true)
    const content = shown.kind === 'there' ? shown.content : { digest: '' }
    const unreadable = shown.kind === 'unreadable' ? [describeUnreadable(image, shown.why)] : []
    const notes = [...new Set([...image.notes, ...unreadable, ...(await noteAttachments(azure, image))])]
    return { image, status: 'imported', changed: true, ...content, seconds: (clock.now() - startedAt) / 1000, notes }
  } catch (thrown) {
    if (!isAbort(thrown)) throw thrown
    return failed(explainInterrupted(image, thrown), told?.kind !== 'failed')
  }
}

function look(image: ObservedImage, deadline: number, { azure, clock }: Means, { isDone } = { isDone: false }) {
  return readBack(azure, image, { clock, deadline, signal: azure.signal }, { isDone })
}

/** Runs an import, and again as long as the registry is busy with something else, `timeout` at most. */
async function runPatiently(image: ObservedImage, force: boolean, means: Means): Promise<Told> {
  const { azure, inputs, clock } = means
  const deadline = clock.now() + inputs.timeoutMs
  for (;;) {
    const told = await runImport(image, force, means, deadline)
    if (told.kind !== 'failed' || !isBusy(told.error) || clock.now() + busyMs >= deadline) return told
    await clock.sleep(busyMs, azure.signal)
  }
}

/** Whether a registry refuses because of its state at the moment, and not because of what is asked of it. */
function isBusy({ code, recovers }: ActionError): boolean {
  return recovers && code === 'IMPORT_FAILED'
}

/** Begins an import and waits for its end. */
async function runImport(image: ObservedImage, force: boolean, means: Means, deadline: number): Promise<Told> {
  const { azure, writing, inputs, clock } = means
  const late = AbortSignal.timeout(Math.max(0, deadline - clock.now()) + lastAnswerMs)
  let stage: 'before' | 'asked' | 'accepted' = 'before'
  try {
    azure.signal.throwIfAborted()
    stage = 'asked'
    const begun = await startImport(azure.clients, image, toImport(image, inputs, force), writing.signal)
    stage = 'accepted'
    if (!begun.isFollowed) return { kind: 'open', shown: await look(image, deadline, means) }
    const asking = AbortSignal.any([azure.signal, late])
    const ask = async () => (await begun.askWhetherDone(asking)) || undefined
    const isDone = await waitFor(ask, { clock, deadline, signal: azure.signal, pauseAfter })
    return isDone ? { kind: 'done' } : { kind: 'open', shown: await look(image, clock.now(), means) }
  } catch (thrown) {
    if (azure.signal.aborted && isAbort(thrown)) {
      if (stage === 'accepted') return { kind: 'interrupted' }
      return { kind: 'failed', error: stage === 'asked' ? explainInterrupted(image, thrown) : cancelled(thrown) }
    }
    const explained = toActionError(thrown)
    const error = image.request.isProbe ? adviseProbeImage(explained) : explained
    const isOpen = stage === 'accepted' ? !isVerdict(error) : isUncertain(error)
    if (!isOpen) return { kind: 'failed', error }
    // Only the registry can tell now, and it may not be done yet.
    const until = late.aborted ? clock.now() : Math.min(deadline, clock.now() + untoldMs)
    if (stage === 'asked') {
      const shown = await look(image, until, means)
      return shown.kind === 'there' ? { kind: 'open', shown } : { kind: 'failed', error }
    }
    return { kind: 'open', shown: await look(image, until, means), ...(!late.aborted && { cause: error }) }
  }
}

function explainUnproven(image: ObservedImage, told: Told, shown: Shown, { inputs }: Means): ActionError {
  if (told.kind === 'open') return explainOpen(image, inputs.timeoutMs, shown, told.cause)
  return shown.kind === 'other' ? explainMismatch(image, shown.digest) : explainAbsent(image)
}

/**
 * The result of an image that is there and no conflict, because another run has imported it meanwhile, this run has at a try whose answer was
 * lost, or it could not be compared.
 */
async function findOther(image: ObservedImage, { code }: ActionError, means: Means): Promise<ImageResult | undefined> {
  if (code !== 'IMAGE_CONFLICT') return undefined
  const present = { image, status: 'present' as const, changed: false, notes: image.notes }
  // Of what the action imports for itself, any that is there will do, also one that the runner can't see.
  if (image.request.isProbe || image.sourceDigest === undefined) return { ...present, digest: '' }
  const shown = await look(image, means.clock.now(), means)
  if (shown.kind === 'there') return { ...present, ...shown.content }
  if (shown.kind !== 'unreadable') return undefined
  return { ...present, digest: '', notes: [...new Set([...image.notes, describeUnreadable(image, shown.why)])] }
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
  const isFor = !resourceId && source.host === sourceCredentials?.host
  return {
    source: resourceId ? { resourceId } : { registryUri: source.host },
    sourceImage,
    ...(isFor && { credentials: sourceCredentials }),
    target: tag ? { tag: `${repository}:${tag}` } : { repository },
    force,
  }
}

/** Notes that signatures and attestations of an image stay behind, because Azure imports the image alone. */
async function noteAttachments(
  { sources, azureSources, signal }: AzureContext,
  { request: { text, source, isProbe }, sourceRegistry, sourceDigest }: ObservedImage,
): Promise<string[]> {
  // Why a source was not resolved is a note already, and it can't be asked this either.
  if (sourceDigest === undefined || isProbe) return []
  const { repository } = source
  const found = sourceRegistry
    ? await azureSources.findAttachments({ host: sourceRegistry.loginServer, repository }, sourceDigest, signal)
    : source.host
      ? await sources.findAttachments(source, sourceDigest, signal)
      : { why: 'the signed-in identity may not see its registry' }
  if (found === 'none' || signal.aborted) return []
  if (found === 'some')
    return [
      `${text} has signatures or attestations, which an import does not copy; cosign copy or oras copy --recursive does`,
    ]
  return [`not known: whether ${text} has signatures or attestations, which an import does not copy (${found.why})`]
}
