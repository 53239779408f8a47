import { weakest } from 'azure'
import { distinctOf, valuesOf, type ActionError, type Finding } from 'kernel'
import { explainLost, hasAccess, selectWantedBy, stateOf, states } from 'run-model'
import type { CheckedImage, Operation, PairResult, Result, Run } from 'run-model'
import { concludeFindings, concludeNotes, concludeSubscriptions, concludeUnknown } from './conclude-findings.js'
import { concludeImages, describeUnreadRunning, isThere, selectUnread } from './conclude-images.js'
import { findUnserved } from './conclude-endpoints.js'
import { concludePairs } from './conclude-pairs.js'
import { findUnreached } from './conclude-reach.js'

export function conclude(run: Run): Result {
  const pairs = concludePairs(run)
  const imported = concludeImages(run)
  const images = [...imported, ...run.images.filter(({ wantedBy }) => wantedBy !== 'input')]
  const unread = selectUnread(images, pairs)
  const isCheck = run.inputs?.mode === 'check'
  const errors = listErrors(run, pairs, images)
  const attached = pairs.length > 0 && pairs.every(({ standing }) => hasAccess(standing))
  const drift = isCheck && (pairs.some(isDrifted) || images.some(isLacking))
  const outside = { unreached: findUnreached(run, pairs, images), unserved: findUnserved(images, pairs) }
  const findings = concludeFindings(run, pairs, unread, outside, images)
  const isFailed = errors.length > 0 || (drift && run.inputs.failOnDrift)
  const isWithinReach = outside.unreached.length === 0 && outside.unserved.length === 0
  const holdsAll =
    attached && arePairsProven(pairs, run) && isWithinReach && areImagesReady(run, images, pairs, findings)
  return {
    run,
    operations: listOperations(run),
    pairs,
    subscriptions: concludeSubscriptions(run, pairs),
    errors,
    attached,
    ready: holdsAll && !isFailed,
    drift,
    images,
    changed: run.outcomes.some(({ changed }) => changed) || imported.some(image => image.changed),
    verified: weakest(pairs.map(({ standing }) => standing.proof)),
    findings,
    unknown: concludeUnknown(run, pairs, unread, outside),
    notes: concludeNotes(run, pairs, imported),
  }
}

/** Whether a `check` found a pair not as asked. */
const isDrifted = ({ standing }: PairResult): boolean => states[stateOf(standing)].list === 'items'

/** Whether nodes can't pull the image, which `check` tells as drift instead of a failure. */
function isLacking({ status }: CheckedImage): boolean {
  return ['missing', 'locked', 'gone'].includes(status)
}

function listErrors(run: Run, pairs: readonly PairResult[], images: readonly CheckedImage[]): ActionError[] {
  const isCheck = run.inputs?.mode === 'check'
  const errorsOf = (wantedBy: 'input' | 'manifest'): (ActionError | undefined)[] =>
    selectWantedBy(wantedBy, images).map(image => (isCheck && isLacking(image) ? undefined : image.error))
  return distinctErrors([
    run.error,
    // If nodes have nothing to pull, a missing image of a manifest is why, so it comes first.
    ...errorsOf('manifest'),
    ...pairs.map(({ standing }) => (standing.is === 'failed' || standing.is === 'unknown' ? standing.error : null)),
    ...errorsOf('input'),
    // In `check`, running images that could not be checked are failures, like pairs.
    ...(isCheck ? describeUnreadRunning(run).map(({ error }) => error) : []),
    // A pair shows only its first failure, but both of its operations may have failed.
    ...run.outcomes.map(({ error }) => error),
  ])
}

/** Whether every image that was asked for is known to be there for the nodes. */
function areImagesReady(
  { inputs }: Run,
  images: readonly CheckedImage[],
  pairs: readonly PairResult[],
  findings: readonly Finding[],
): boolean {
  if (inputs?.manifestDoubts.length || findings.some(isAboutImage)) return false
  return images.every(each => isThere(each, pairs))
}

/** A warning about an image that was asked for: no node can pull it, or nobody knows. */
function isAboutImage({ code, severity }: Finding): boolean {
  return severity === 'warning' && (code === 'IMAGE_OUT_OF_REACH' || code === 'IMAGE_NOT_PROBED')
}

/**
 * Whether the requested proof holds for each pair, and nobody is known to be unable to pull: because the cluster is stopped, its secrets have ended, or the
 * registry lets nobody in. An identity without a cluster has no nodes that could pull.
 */
function arePairsProven(pairs: readonly PairResult[], { inputs, observed }: Run): boolean {
  const targets = new Map(valuesOf(observed?.targets ?? []).map(target => [target.id, target]))
  const sealed = new Set(
    valuesOf(observed?.registries ?? []).flatMap(({ registry }) => (registry.isSealed ? registry.id : [])),
  )
  return pairs.every(({ target, targetKind, registry, isStopped, standing }) => {
    if (isStopped) return false
    if (standing.proof === 'pull') return true
    if (sealed.has(registry) || targets.get(target)?.identity.secret?.value?.haveAllEnded) return false
    return inputs?.verify !== 'pull' || targetKind === 'kubelet-identity'
  })
}

/** The planned operations without those that only serve targets whose pull identity no longer exists: a grant to its object ID would let nobody pull. */
function listOperations({ plan, observed }: Run): readonly Operation[] {
  const alive = plan?.pairs.filter(({ target }) => !explainLost(observed?.identities.get(target))) ?? []
  if (!plan || alive.length === plan.pairs.length) return plan?.operations ?? []
  const needed = new Set(alive.flatMap(({ operations }) => operations))
  return plan.operations.filter(each => needed.has(each))
}

/** Each failure once, because a missing registry fails every pair. */
function distinctErrors(errors: (ActionError | null | undefined)[]): ActionError[] {
  const present = errors.filter(error => error !== undefined && error !== null)
  return distinctOf(present, ({ code, resource = '', said, message }) =>
    [code, resource, said.why === undefined ? message : said.what].join(' '),
  )
}
