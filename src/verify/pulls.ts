import { ActionError } from '../model/error.js'
import type { Outcome, Verification } from '../model/outcome.js'
import { isDirect, type PlannedPair } from '../model/plan.js'
import type { Logger, ProofProgress } from '../model/progress.js'
import { sameId } from '../model/resource-id.js'
import type { Finding, Unknown } from '../model/finding.js'
import type { ImageResult } from '../model/image.js'
import type { CheckedManifest } from '../model/manifest.js'
import type { PlacedProbe } from '../model/observed.js'
import type { Target } from '../model/target.js'
import type { Clock } from '../model/time.js'
import type { Inputs } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'
import { createProver, type ProvablePair, type Prover, whyNotProvable } from './clusters.js'
import { chooseProbeImages } from './probe-images.js'

/** What has been done for the pairs whose nodes are to pull. */
export interface Done {
  outcomes: readonly Outcome[]
  images: ImageResult[]
  manifests: CheckedManifest[]
  probes: readonly PlacedProbe[]
}

/** What pulling takes. */
export interface PullMeans {
  azure: AzureContext
  inputs: Inputs
  clock: Clock
  log: Logger
  progress: ProofProgress
}

/** The nodes of the clusters, as they are being looked at. */
export type Nodes = Prover

/** Begins to look at the nodes of the pairs' clusters, which takes no write. */
export function lookAtNodes(pairs: readonly PlannedPair[], means: PullMeans): Nodes {
  const prover = createProver(means)
  prover.prepare(clustersOf(pairs))
  return prover
}

/** What the nodes' pulls have shown. */
export interface PullsVerified {
  verifications: ReadonlyMap<PlannedPair, Verification>
  findings: Finding[]
  unknown: Unknown[]
  /** Pairs without nodes that could pull: those of identities that no cluster has yet. */
  nodeless: PlannedPair[]
}

/** Lets the nodes pull for the pairs that everything planned was written for. Never throws: what failed is a verification with an error. */
export async function verifyPulls(
  pairs: readonly PlannedPair[],
  done: Done,
  nodes: Nodes,
  { inputs, clock }: Pick<PullMeans, 'inputs' | 'clock'>,
): Promise<PullsVerified> {
  const classified = pairs.map(pair => ({ pair, is: classify(pair, inputs, done) }))
  const provable = classified.flatMap(({ is }) => (typeof is === 'object' && 'images' in is ? is : []))
  const settled = classified.flatMap(({ pair, is }): [PlannedPair, Verification][] =>
    typeof is === 'object' && 'verified' in is ? [[pair, is]] : [],
  )
  const proven = await nodes.prove(provable, clock.now() + inputs.timeoutMs)
  return {
    verifications: new Map([...settled, ...proven]),
    findings: nodes.findings(),
    unknown: [],
    nodeless: classified.flatMap(({ pair, is }) => (is === 'nodeless' ? pair : [])),
  }
}

/** Deletes what is left in the clusters. Never throws. */
export async function releaseNodes(nodes: Nodes): Promise<void> {
  await nodes.close()
}

/** The clusters that a pair without an error is about, and that run. */
function clustersOf(pairs: readonly PlannedPair[]): Target[] {
  const targets = pairs.flatMap(({ target, error }) => (error ? [] : target))
  return [...new Set(targets)].filter(target => target.kind === 'cluster' && !whyNotProvable(target))
}

/** Undefined for a pair that is not as wanted, which needs no proof. */
function classify(
  pair: PlannedPair,
  inputs: Inputs,
  { outcomes, images: ended, manifests, probes }: Done,
): ProvablePair | Verification | 'nodeless' | undefined {
  if (pair.error) return undefined
  const written = outcomes.filter(({ operation }) => pair.operations.includes(operation))
  if (written.length < pair.operations.length || written.some(({ error }) => error)) return undefined
  const { target, registry } = pair
  if (target.kind === 'kubelet-identity') return 'nodeless'
  const isCheck = inputs.mode === 'check'
  const why = whyNotProvable(target)
  // To be stopped is no drift; a finding tells of it.
  if (why) return isCheck ? { verified: 'assignment' } : { verified: 'none', error: why }
  const images = chooseProbeImages(registry, { probes, images: ended, manifests })
  if (images.length === 0) {
    if (isCheck) return { verified: 'assignment' }
    const absent = manifests.find(each => each.error && sameId(each.registry.id, registry.id))
    const failed = ended.find(({ image, error }) => error && sameId(image.registry.id, registry.id))
    return { verified: 'none', error: absent?.error ?? failed?.error ?? nothingToPull(registry.name) }
  }
  const throughGroup = pair.access?.grantedBy === 'group' ? pair.access.assignment.principalId : ''
  const group = pair.operations.some(isDirect) ? '' : inputs.group || throughGroup
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
