import pLimit, { type LimitFunction } from 'p-limit'
import { formatResourceId, type ObservedImage, type PlannedImage } from 'azure'
import { describeUnreadable, isVerdict, startImport, type AzureContext, type Import } from 'azure-clients'
import { cancelled, isAbort, toActionError, type ActionError, type Clock, waitFor, reasonOf } from 'kernel'
import { endImage, settle, type Inputs, type Progress, type CheckedImage } from 'run-model'
import { isRepeated, mayBeDone, withGrace } from './lost-answers.js'
import {
  adviseProbeImage,
  explainAbsent,
  explainInterruptedImport,
  explainMismatch,
  explainOpen,
  readBack,
  type Shown,
} from './shown-image.js'

/** How often the log shows what is still being imported, in milliseconds: no wait is silent for longer than half a minute. */
const speakMs = 25_000

/** Pause before an import is repeated that a busy registry rejected, in milliseconds. */
const busyMs = 3000

/** How long the registry is polled for an image whose import Azure might not have accepted, in milliseconds. */
const unreportedMs = 10_000

/**
 * Poll interval in milliseconds: 10 % of the elapsed time, so polling adds at most 10 %. Small images take a few seconds. An import that outlives the pause
 * that Azure demands, 10 s in all recordings, is polled at that pause.
 */
function pauseAfterLook(elapsedMs: number, demandedMs: number): number {
  return Math.max(250, elapsedMs / 10, elapsedMs < demandedMs ? 0 : demandedMs)
}

/**
 * Time between two polls in milliseconds, for all imports of the step together: an ordinary subscription has 250 reads, of which 25 return per second
 * (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling), and other jobs need them, too.
 */
const pollMs = 200

/** How long an import leaves the polls to others at most, while it has not yet lasted as long as the shortest one of the step; in milliseconds. */
const earlyMs = 3000

/** Timeout of the last poll, in milliseconds. */
const lastAnswerMs = 5000

interface Deps {
  azure: AzureContext
  /** The same, but a request that is starting an import when the job is cancelled may finish. */
  graced: AzureContext
  inputs: Inputs
  clock: Clock
  limit: LimitFunction
  /** Waits until the next poll is due. @throws AbortError */
  takeTurn: (signal: AbortSignal) => Promise<void>
  /** How long the shortest import of the step took, in milliseconds; 0 before the first one has ended. */
  shortestMs: number
}

/** Imports the planned images, at most `concurrency` at a time. Never throws: failures and cancelled imports are results too. */
export async function applyImages(
  azure: AzureContext,
  planned: PlannedImage[],
  inputs: Inputs,
  clock: Clock,
  progress: Progress['images'],
): Promise<CheckedImage<'input'>[]> {
  const deps = {
    azure,
    graced: withGrace(azure),
    inputs,
    clock,
    limit: pLimit(inputs.concurrency),
    takeTurn: createTurns(clock),
    shortestMs: 0,
  }
  const waiting = new Set(planned.flatMap(({ image, plan }) => (plan.kind === 'import' ? image : [])))
  if (waiting.size === 0) return planned.map(each => settle(each))
  progress.onStart()
  const ended: CheckedImage<'input'>[] = []
  const speaking = setInterval(() => {
    progress.onWait(ended, [...waiting])
  }, speakMs)
  const results = await Promise.all(
    planned.map(async each => {
      const { image, plan } = each
      if (plan.kind !== 'import') return settle(each)
      const result = await importImage(image, plan.force, deps)
      waiting.delete(image)
      ended.push(result)
      progress.onDone(result)
      return result
    }),
  )
  clearInterval(speaking)
  return results
}

function createTurns(clock: Clock): Deps['takeTurn'] {
  let free = 0
  return signal => {
    const now = clock.now()
    const turn = Math.max(free, now)
    free = turn + pollMs
    return clock.sleep(turn - now, signal)
  }
}

/** The end of an import as Azure reports it. */
type ImportEnd =
  /** It did not start, or failed. `isRepeated`: an earlier try of the request may have started it, too. */
  | { kind: 'failed'; error: ActionError; isRepeated?: boolean }
  | { kind: 'done' }
  /** Azure accepted it but did not report its end in time; `shown` is the registry's content by then. */
  | { kind: 'open'; shown: Shown; cause?: ActionError }
  /** The job was cancelled while Azure was importing. */
  | { kind: 'interrupted' }

async function importImage(image: ObservedImage, force: boolean, deps: Deps): Promise<CheckedImage<'input'>> {
  const { azure, inputs, clock, limit } = deps
  const failed = (error: ActionError, changed: boolean) => endImage(image, { status: 'failed', changed, error })
  let startedAt = clock.now()
  let end: ImportEnd | undefined
  try {
    end = await limit(() => {
      startedAt = clock.now()
      return importWhenFree(image, force, deps)
    })
    if (end.kind === 'interrupted') return failed(explainInterruptedImport(image), true)
    if (end.kind === 'failed') return (await acceptConflict(image, end, deps)) ?? failed(end.error, false)
    const shown =
      end.kind === 'open' ? end.shown : await look(image, startedAt + inputs.timeoutMs, deps, { isDone: true })
    const isProven = shown.kind === 'found' || (shown.kind === 'unknown' && end.kind === 'done')
    if (!isProven) return failed(explainUnproven(image, end, shown, inputs.timeoutMs), true)
    const content = shown.kind === 'found' && shown.content
    const unreadable = shown.kind === 'unknown' ? [describeUnreadable(image, reasonOf(shown.error.said))] : []
    const notes = [...new Set([...image.notes, ...unreadable, ...(await noteAttachments(azure, image))])]
    const seconds = (clock.now() - startedAt) / 1000
    return endImage(image, { status: 'imported', changed: true, ...content, seconds, notes })
  } catch (thrown) {
    if (!isAbort(thrown)) throw thrown
    return failed(explainInterruptedImport(image, thrown), end?.kind !== 'failed')
  }
}

function look(image: ObservedImage, deadline: number, { azure, clock }: Deps, { isDone } = { isDone: false }) {
  return readBack(azure, image, { clock, deadline, signal: azure.signal }, { isDone })
}

/** Runs an import, and repeats it while the registry is busy with something else, until `timeout`. */
async function importWhenFree(image: ObservedImage, force: boolean, deps: Deps): Promise<ImportEnd> {
  const { azure, inputs, clock } = deps
  const deadline = clock.now() + inputs.timeoutMs
  // Not retry(): it throws when the job is cancelled, and only runImport() knows whether Azure has the import then.
  for (;;) {
    const end = await runImport(image, force, deps, deadline)
    // The registry refuses because of its current state, not because of the request.
    const isBusy = end.kind === 'failed' && end.error.recovers && end.error.code === 'IMPORT_FAILED'
    if (!isBusy || clock.now() + busyMs >= deadline) return end
    await clock.sleep(busyMs, azure.signal)
  }
}

/** An import that was asked for. `begun` is set when Azure has accepted it. */
interface AskedImport {
  isAsked: boolean
  begun?: Awaited<ReturnType<typeof startImport>>
}

async function runImport(image: ObservedImage, force: boolean, deps: Deps, deadline: number): Promise<ImportEnd> {
  const { azure, graced, inputs, clock } = deps
  const late = AbortSignal.timeout(Math.max(0, deadline - clock.now()) + lastAnswerMs)
  const asked: AskedImport = { isAsked: false }
  try {
    azure.signal.throwIfAborted()
    asked.isAsked = true
    const start = () => startImport(graced, image, toImport(image, inputs, force))
    asked.begun = await azure.newRoles.patiently(start)
    const { isFollowed } = asked.begun
    const isDone = isFollowed && (await follow(asked.begun, late, deps, deadline))
    if (isDone) return { kind: 'done' }
    return { kind: 'open', shown: await look(image, isFollowed ? clock.now() : deadline, deps) }
  } catch (thrown) {
    if (azure.signal.aborted && isAbort(thrown)) return interrupt(image, asked, thrown)
    return concludeFailure(image, asked.begun, toActionError(thrown), { late, deadline }, deps)
  }
}

/** Asks Azure until an import is done; false if it is not by the deadline. @throws ActionError, AbortError */
async function follow(
  { askWhetherDone, demandedMs }: NonNullable<AskedImport['begun']>,
  late: AbortSignal,
  deps: Deps,
  deadline: number,
): Promise<boolean> {
  const { azure, clock, limit, takeTurn } = deps
  const asking = AbortSignal.any([azure.signal, late])
  const startedAt = clock.now()
  const ask = async () => {
    const early = Math.min(startedAt + deps.shortestMs, deadline) - clock.now()
    if (early > 0 && limit.activeCount > 1) await clock.sleep(Math.min(early, earlyMs), asking)
    await takeTurn(asking)
    return (await askWhetherDone(asking)) || undefined
  }
  const pause = (elapsedMs: number) => pauseAfterLook(elapsedMs, demandedMs())
  const isDone = await waitFor(ask, { clock, deadline, signal: azure.signal, pauseAfter: pause })
  if (!isDone) return false
  const tookMs = clock.now() - startedAt
  deps.shortestMs = Math.min(deps.shortestMs || tookMs, tookMs)
  return true
}

/** The end of an import whose job was cancelled. */
function interrupt(image: ObservedImage, { isAsked, begun }: AskedImport, thrown: unknown): ImportEnd {
  if (begun) return { kind: 'interrupted' }
  return { kind: 'failed', error: isAsked ? explainInterruptedImport(image, thrown) : cancelled(thrown) }
}

/** The end of an import that failed, or whose end Azure did not report: then only the registry shows it. */
async function concludeFailure(
  image: ObservedImage,
  begun: AskedImport['begun'],
  failure: ActionError,
  { late, deadline }: { late: AbortSignal; deadline: number },
  deps: Deps,
): Promise<ImportEnd> {
  const error = image.request.isProbe ? adviseProbeImage(failure) : failure
  if (begun ? isVerdict(error) : !mayBeDone(error))
    return { kind: 'failed', error, ...(begun?.isRepeated && { isRepeated: true }) }
  // It may still be running.
  const shown = await look(image, begun ? deadline : Math.min(deadline, deps.clock.now() + unreportedMs), deps)
  if (begun) return { kind: 'open', shown, ...(!late.aborted && { cause: error }) }
  return shown.kind === 'found' ? { kind: 'open', shown } : { kind: 'failed', error }
}

function explainUnproven(image: ObservedImage, end: ImportEnd, shown: Shown, timeoutMs: number): ActionError {
  if (end.kind === 'open') return explainOpen(image, timeoutMs, shown, end.cause)
  return shown.kind === 'other' ? explainMismatch(image, shown.digest) : explainAbsent(image)
}

/**
 * The result of an import that Azure refused because the tag exists, if that isn't a conflict: another run imported the image meanwhile, this run did
 * in a try whose answer was lost, or it can't be compared.
 */
async function acceptConflict(
  image: ObservedImage,
  { error, isRepeated: changed = isRepeated(error) }: ImportEnd & { kind: 'failed' },
  deps: Deps,
) {
  if (error.code !== 'IMAGE_CONFLICT') return undefined
  const end = { status: changed ? ('imported' as const) : ('present' as const), changed }
  // Any pause image will do, even one that the runner can't see.
  if (image.request.isProbe || image.sourceDigest === undefined) return endImage(image, end)
  const shown = await look(image, deps.clock.now(), deps)
  if (shown.kind === 'found') return endImage(image, { ...end, ...shown.content })
  if (shown.kind !== 'unknown') return undefined
  const notes = [...new Set([...image.notes, describeUnreadable(image, reasonOf(shown.error.said))])]
  return endImage(image, { ...end, notes })
}

function toImport(image: ObservedImage, { sourceCredentials }: Inputs, force: boolean): Import {
  const { request, sourceRegistry, sourceDigest } = image
  const { source, repository, tag } = request
  const resourceId = sourceRegistry?.id ?? (source.registryId && formatResourceId(source.registryId))
  // By digest, so that a tag that moves during the import can't mix two images (Azure/azure-cli issue 29974).
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

/** Notes that Azure imports an image without its signatures and attestations. */
async function noteAttachments(
  { sources, azureSources, signal }: AzureContext,
  { request: { text, source, isProbe }, sourceRegistry, sourceDigest }: ObservedImage,
): Promise<string[]> {
  // A note already says why the source could not be resolved, so it can't be asked this either.
  if (sourceDigest === undefined || isProbe) return []
  const { repository } = source
  const found = sourceRegistry
    ? await azureSources.findAttachments({ host: sourceRegistry.loginServer, repository }, sourceDigest)
    : source.host
      ? await sources.findAttachments(source, sourceDigest)
      : { why: 'the signed-in identity has no access to its registry' }
  if (found === 'none' || signal.aborted) return []
  const what = `${text} has signatures or attestations, which an import does not copy`
  if (found === 'some') return [`${what}; cosign copy or oras copy --recursive does`]
  return [`could not check whether ${what}: ${found.why}`]
}
