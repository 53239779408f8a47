import type { PullDeps, Sessions } from 'pull-proof'
import { isGrant } from 'run-model'
import type { CheckedImage, Outcome, PlannedPair, Progress, Run, Verification } from 'run-model'
import { selectWritten, verifyAssignments } from './assignments.js'

/** The pairs to verify, and the writes that were made for them. */
export interface Verifiable {
  pairs: readonly PlannedPair[]
  /** The result of everything that was written for the pairs. */
  outcomes: readonly Outcome[]
  /** The images that nodes can pull, when their states are known: those that run only with `probe-image: workloads`. Role assignments don't wait for it. */
  images: Promise<readonly CheckedImage[]>
}

export interface VerifyDeps extends Omit<PullDeps, 'progress'> {
  progress: Pick<Progress, 'assignments' | 'pulls'>
}

/** The sessions of the clusters, opened before anything is written; undefined if no cluster is entered. */
export type Prepared = Promise<Sessions | undefined>

/** Begins to list the nodes that verify() will need; a failure shows only when verify() uses them. */
export async function prepare(pairs: readonly PlannedPair[], deps: VerifyDeps): Prepared {
  if (deps.inputs.verify !== 'pull' && !deps.inputs.workloads) return undefined
  const { openSessions } = await import('pull-proof/pulls')
  const { log, inputs, progress } = deps
  const onFallBack: Progress['pulls']['onFallBack'] = ({ name }, why) => {
    log.line(`${name}: ${why.message}`)
    log.line(`${name}: continuing with AKS Run Command`)
  }
  const pulls = inputs.verify === 'pull' ? progress.pulls : { ...progress.pulls, onFallBack }
  return openSessions(pairs, { ...deps, progress: pulls })
}

/**
 * Waits until the desired access works, to the level of the input `verify`, for every pair whose operations were all written.
 * Never throws: a failure or a cancellation is a verification with an error.
 */
export async function verify(
  what: Verifiable,
  prepared: Prepared,
  deps: VerifyDeps,
): Promise<Pick<Run, 'verifications' | 'findings' | 'notes'>> {
  const { pairs, outcomes } = what
  const sessions = await prepared
  if (!sessions || deps.inputs.verify !== 'pull')
    return { verifications: await verifyWritten(pairs, outcomes, deps), findings: [], notes: [] }
  // Another job may have changed an assignment's condition meanwhile: its nodes would be refused for nothing.
  const limiting = pairs.filter(({ operations }) => operations.some(each => isGrant(each) && each.condition))
  const limited = await verifyWritten(limiting, outcomes, deps)
  const overtaken = [...limited].filter(([, { overtakenBy }]) => overtakenBy)
  const open = pairs.filter(pair => !limited.get(pair)?.overtakenBy)
  const images = await what.images
  const { verifyPulls } = await import('pull-proof/pulls')
  const pulling = { ...deps, progress: deps.progress.pulls }
  const pulled = await verifyPulls(open, { outcomes, images }, sessions, pulling)
  const reported = await verifyWritten([...pulled.nodeless, ...pulled.imageless], outcomes, deps)
  return {
    verifications: new Map([...overtaken, ...pulled.verifications, ...reported]),
    findings: pulled.findings,
    notes: pulled.notes,
  }
}

/** Deletes everything that verifying and its preparation left in the clusters. Never throws. */
export async function release(prepared: Prepared): Promise<void> {
  const sessions = await prepared
  await sessions?.close()
}

/** Waits until Azure Resource Manager reports what was written for the pairs. */
async function verifyWritten(
  pairs: readonly PlannedPair[],
  outcomes: readonly Outcome[],
  { azure, inputs, clock, progress }: VerifyDeps,
): Promise<ReadonlyMap<PlannedPair, Verification>> {
  const written = selectWritten(pairs, outcomes)
  if (inputs.verify === 'none' || written.size === 0) return new Map()
  const limits = { clock, deadline: clock.now() + inputs.timeoutMs }
  return verifyAssignments(azure, written, inputs, limits, progress.assignments)
}
