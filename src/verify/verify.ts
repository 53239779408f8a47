import type { Finding, Unknown } from '../model/finding.js'
import type { ImageResult } from '../model/image.js'
import type { CheckedManifest } from '../model/manifest.js'
import type { PlacedProbe } from '../model/observed.js'
import type { Outcome, Verification } from '../model/outcome.js'
import type { PlannedPair } from '../model/plan.js'
import type { Logger, PullsProgress, VerifyProgress } from '../model/progress.js'
import type { Clock } from '../model/time.js'
import type { Inputs } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'
import { selectWritten, verifyAssignments } from './assignments.js'
import type { Nodes } from './pulls.js'

/** The pairs to be verified, and the writes that were made for them. */
export interface Verifiable {
  pairs: readonly PlannedPair[]
  /** How everything that was written for the pairs ended. */
  outcomes: readonly Outcome[]
  /** How the images ended, once they have; role assignments are looked at meanwhile. */
  images: Promise<ImageResult[]>
  /** Whether the manifests' images are there, once that is known. */
  manifests: Promise<CheckedManifest[]>
  /** What the input `probe-image` names, and where it is pulled from. */
  probes: readonly PlacedProbe[]
}

/** The results of verify(). */
export interface Verified {
  /** Of each pair that was verified. */
  verifications: ReadonlyMap<PlannedPair, Verification>
  findings: Finding[]
  unknown: Unknown[]
  notes: string[]
}

/** What verifying needs. */
export interface VerifyMeans {
  azure: AzureContext
  inputs: Inputs
  clock: Clock
  log: Logger
  progress: { assignments: VerifyProgress; pulls: PullsProgress }
}

/** What can be looked at before anything is written: the clusters' nodes, where they are to pull. */
export type Prepared = Promise<Nodes | undefined>

/** Starts to look at what verify() will need; a failure shows only when verify() uses it. */
export function prepare(pairs: readonly PlannedPair[], means: VerifyMeans): Prepared {
  const { inputs, progress } = means
  if (inputs.verify !== 'pull') return Promise.resolve(undefined)
  return import('./pulls.js').then(({ lookAtNodes }) => lookAtNodes(pairs, { ...means, progress: progress.pulls }))
}

/**
 * Waits until what is wanted holds, to the level in the input `verify`, for every pair that everything planned was written for.
 * Never throws: what failed or was cancelled is a verification with an error.
 */
export async function verify(what: Verifiable, prepared: Prepared, means: VerifyMeans): Promise<Verified> {
  const { pairs, outcomes } = what
  const nodes = await prepared
  if (!nodes) return toVerified(await verifyWritten(pairs, outcomes, means))
  // Another job may have given an assignment another condition meanwhile: its nodes would be refused for nothing.
  const limited = await verifyWritten(pairs.filter(isLimited), outcomes, means)
  const overtaken = [...limited].filter(([, { overtakenBy }]) => overtakenBy)
  const open = pairs.filter(pair => !limited.get(pair)?.overtakenBy)
  const [images, manifests] = await Promise.all([what.images, what.manifests])
  const { verifyPulls } = await import('./pulls.js')
  const done = { outcomes, images, manifests, probes: what.probes }
  const pulling = { ...means, progress: means.progress.pulls }
  const { nodeless, ...pulled } = await verifyPulls(open, done, nodes, pulling)
  const reported = await verifyWritten(nodeless, outcomes, means)
  return {
    ...pulled,
    verifications: new Map([...overtaken, ...pulled.verifications, ...reported]),
    notes: noteNodeless(nodeless),
  }
}

/** Deletes what verifying and its preparation have left behind. Never throws. */
export async function release(prepared: Prepared): Promise<void> {
  const nodes = await prepared
  if (!nodes) return
  const { releaseNodes } = await import('./pulls.js')
  await releaseNodes(nodes)
}

function toVerified(verifications: Verified['verifications']): Verified {
  return { verifications, findings: [], unknown: [], notes: [] }
}

/** Whether a condition was written for a pair. */
function isLimited({ operations }: PlannedPair): boolean {
  return operations.some(operation => 'condition' in operation && operation.condition)
}

/** Waits until Azure Resource Manager reports what was written for the pairs. */
async function verifyWritten(
  pairs: readonly PlannedPair[],
  outcomes: readonly Outcome[],
  { azure, inputs, clock, progress }: VerifyMeans,
): Promise<ReadonlyMap<PlannedPair, Verification>> {
  const written = selectWritten(pairs, outcomes)
  if (inputs.verify === 'none' || written.length === 0) return new Map()
  const limits = { clock, deadline: clock.now() + inputs.timeoutMs }
  return verifyAssignments(azure, written, inputs, limits, progress.assignments)
}

/** The note that some pairs have no nodes yet; empty where all have. */
function noteNodeless(pairs: PlannedPair[]): string[] {
  const names = new Set(pairs.map(({ target }) => target.name))
  return names.size > 0
    ? [`verified by what Azure reports, because there are no nodes yet that could pull: ${[...names].join(', ')}`]
    : []
}
