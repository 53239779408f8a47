import { sameId } from './azure/resource-id.js'
import type { Clock } from './clock.js'
import { ActionError } from './errors.js'
import type { Inputs } from './inputs.js'
import type { Logger } from './log.js'
import type { AzureContext } from './lookup.js'
import { chooseProbeImages } from './probe-images.js'
import { createProver, whyNotProvable, type ProofProgress, type ProvablePair } from './prove.js'
import { concludeImages, type Run } from './result.js'
import type { Outcome, PlannedPair, Target, Verification } from './state.js'

/** Proof by pulling, of the pairs of a run. */
export interface Proof {
  /** Proves these pairs as far as they are as wanted, and notes in the run what was found. @returns the pairs that have no nodes to prove them with */
  prove(pairs: PlannedPair[], inputs: Inputs): Promise<PlannedPair[]>
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
export function createProof(run: Run, means: Means): Proof {
  const { clock } = means
  const prover = createProver(means)
  prover.prepare(clustersOf(run))

  return {
    async prove(pairs, inputs) {
      const outcomes = new Map(run.outcomes.map(outcome => [outcome.operation, outcome]))
      const provable: ProvablePair[] = []
      const nodeless: PlannedPair[] = []
      for (const pair of pairs) {
        const is = classify(pair, outcomes, run, inputs)
        if (is === 'nodeless') nodeless.push(pair)
        else if (is && 'images' in is) provable.push(is)
        else if (is) run.verifications.set(pair, is)
      }
      const proven = await prover.prove(provable, clock.now() + inputs.timeoutMs)
      for (const [pair, verification] of proven) run.verifications.set(pair, verification)
      run.findings = [...new Set([...run.findings, ...prover.findings()])]
      return nodeless
    },
    close: () => prover.close(),
  }
}

/** The clusters that a pair without an error is about, and that run. */
function clustersOf({ plan }: Run): Target[] {
  const targets = (plan?.pairs ?? []).flatMap(({ target, error, registry }) =>
    'found' in target && 'found' in registry && !error ? target.found : [],
  )
  return [...new Set(targets)].filter(target => target.kind === 'cluster' && !whyNotProvable(target))
}

/** Undefined for a pair that is not as wanted, which needs no proof. */
function classify(
  pair: PlannedPair,
  outcomes: ReadonlyMap<unknown, Outcome>,
  run: Run,
  inputs: Inputs,
): ProvablePair | Verification | 'nodeless' | undefined {
  if (pair.error || 'error' in pair.target || 'error' in pair.registry) return undefined
  const written = pair.operations.flatMap(operation => outcomes.get(operation) ?? [])
  if (written.length < pair.operations.length || written.some(({ error }) => error)) return undefined
  const target = pair.target.found
  if (target.kind === 'kubelet-identity') return 'nodeless'
  const isCheck = inputs.mode === 'check'
  const why = whyNotProvable(target)
  // To be stopped is no drift; a finding tells of it.
  if (why) return isCheck ? { verified: 'assignment' } : { verified: 'none', error: why }
  const { registry } = pair.registry.found
  const ended = concludeImages(run)
  const images = chooseProbeImages(registry, { inputs, images: ended, manifests: run.manifests })
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
