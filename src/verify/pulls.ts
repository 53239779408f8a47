import { ActionError } from '../model/error.js'
import type { Outcome, Verification } from '../model/outcome.js'
import type { PlannedPair } from '../model/plan.js'
import type { Logger, ProofProgress } from '../model/progress.js'
import { sameId } from '../model/resource-id.js'
import type { Finding } from '../model/finding.js'
import type { ImageResult } from '../model/image.js'
import type { CheckedManifest } from '../model/manifest.js'
import type { Target } from '../model/target.js'
import type { Clock } from '../model/time.js'
import type { Inputs } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'
import { createProver, type ProvablePair, whyNotProvable } from './clusters.js'
import { chooseProbeImages } from './probe-images.js'

/** What a proof goes by. */
interface Ended {
  inputs: Inputs
  outcomes: Outcome[]
  images: ImageResult[]
  manifests: CheckedManifest[]
}

/** Proof by pulling. */
export interface Proof {
  /** Proves these pairs as far as they are as wanted. `nodeless` have no nodes to prove them with. */
  prove(
    pairs: PlannedPair[],
    ended: Ended,
  ): Promise<{ verifications: Map<PlannedPair, Verification>; nodeless: PlannedPair[] }>
  /** What is worth knowing of the clusters that were looked at. */
  findings(): Finding[]
  /** Deletes what is left in the clusters. Never throws. */
  close(): Promise<void>
}

interface Means {
  azure: AzureContext
  inputs: Inputs
  clock: Clock
  log: Logger
  progress: ProofProgress
}

/** Begins to look at the clusters' nodes, which takes no write. */
export function createProof(planned: PlannedPair[], means: Means): Proof {
  const prover = createProver(means)
  prover.prepare(clustersOf(planned))
  return {
    async prove(pairs, ended) {
      const verifications = new Map<PlannedPair, Verification>()
      const provable: ProvablePair[] = []
      const nodeless: PlannedPair[] = []
      for (const pair of pairs) {
        const is = classify(pair, ended)
        if (is === 'nodeless') nodeless.push(pair)
        else if (is && 'images' in is) provable.push(is)
        else if (is) verifications.set(pair, is)
      }
      const proven = await prover.prove(provable, means.clock.now() + ended.inputs.timeoutMs)
      return { verifications: new Map([...verifications, ...proven]), nodeless }
    },
    findings: () => prover.findings(),
    close: () => prover.close(),
  }
}

/** The clusters that a pair without an error is about, and that run. */
function clustersOf(pairs: PlannedPair[]): Target[] {
  const targets = pairs.flatMap(({ target, error, registry }) =>
    'found' in target && 'found' in registry && !error ? target.found : [],
  )
  return [...new Set(targets)].filter(target => target.kind === 'cluster' && !whyNotProvable(target))
}

/** Undefined for a pair that is not as wanted, which needs no proof. */
function classify(
  pair: PlannedPair,
  { inputs, outcomes, images: ended, manifests }: Ended,
): ProvablePair | Verification | 'nodeless' | undefined {
  if (pair.error || 'error' in pair.target || 'error' in pair.registry) return undefined
  const written = outcomes.filter(({ operation }) => pair.operations.includes(operation))
  if (written.length < pair.operations.length || written.some(({ error }) => error)) return undefined
  const target = pair.target.found
  if (target.kind === 'kubelet-identity') return 'nodeless'
  const isCheck = inputs.mode === 'check'
  const why = whyNotProvable(target)
  // To be stopped is no drift; a finding tells of it.
  if (why) return isCheck ? { verified: 'assignment' } : { verified: 'none', error: why }
  const { registry } = pair.registry.found
  const images = chooseProbeImages(registry, { inputs, images: ended, manifests })
  if (images.length === 0) {
    if (isCheck) return { verified: 'assignment' }
    const failed = ended.find(({ image, error }) => error && sameId(image.registry.id, registry.id))
    return { verified: 'none', error: failed?.error ?? nothingToPull(registry.name) }
  }
  const group = inputs.group || (pair.access?.grantedBy === 'group' ? pair.access.assignment.principalId : '')
  return {
    pair,
    target,
    registry,
    images,
    group,
    ...(written.length > 0 && { writtenAt: Math.max(...written.map(({ finishedAt }) => finishedAt)) }),
  }
}

function nothingToPull(name: string): ActionError {
  return new ActionError(
    'PROBE_FAILED',
    `There is nothing on ${name} for the nodes to pull: none of the manifests' images is there.`,
    {
      subject: name,
      fix: `Name one that is there in probe-image:\n  az acr repository list --name ${name} --output table`,
    },
  )
}
