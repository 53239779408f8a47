import { acrCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Registry } from '../model/registry.js'
import type { Outcome, Verification } from '../model/outcome.js'
import { isDirect, type PlannedPair } from '../model/plan.js'
import type { Logger, PullsProgress } from '../model/progress.js'
import { sameId } from '../model/resource-id.js'
import type { Finding, Unknown } from '../model/finding.js'
import type { ImageResult } from '../model/image.js'
import type { CheckedManifest } from '../model/manifest.js'
import type { PlacedProbe } from '../model/observed.js'
import type { Target } from '../model/target.js'
import type { Clock } from '../model/time.js'
import type { Inputs } from '../model/wanted.js'
import type { AzureContext } from '../services/context.js'
import { verifyClusters, type PullingPair, whyNoPulls } from './clusters.js'
import { nothingThere } from './findings.js'
import { chooseProbeImages } from './probe-images.js'
import { createSessions, type Sessions } from './sessions.js'

/** What has been done for the pairs whose nodes are to pull. */
export interface Done {
  outcomes: readonly Outcome[]
  images: ImageResult[]
  manifests: CheckedManifest[]
  probes: readonly PlacedProbe[]
}

/** What pulling needs. */
export interface PullMeans {
  azure: AzureContext
  inputs: Inputs
  clock: Clock
  log: Logger
  progress: PullsProgress
}

/** The nodes of the clusters, as they are being looked at. */
export type Nodes = Sessions

/** Begins to look at the nodes of the pairs' clusters, which takes no write. */
export function lookAtNodes(pairs: readonly PlannedPair[], means: PullMeans): Nodes {
  const sessions = createSessions(means)
  // Who waits for a cluster sees why it can't be looked at.
  for (const target of clustersOf(pairs)) sessions.of(target).catch(() => undefined)
  return sessions
}

/** The results of the nodes' pulls. */
export interface PullsVerified {
  verifications: ReadonlyMap<PlannedPair, Verification>
  findings: Finding[]
  unknown: Unknown[]
  /** Pairs without nodes that could pull: those of identities that no cluster has yet, and of clusters that have none now. */
  nodeless: PlannedPair[]
}

/** Lets the nodes pull for the pairs that everything planned was written for. Never throws: what failed is a verification with an error. */
export async function verifyPulls(
  pairs: readonly PlannedPair[],
  done: Done,
  nodes: Nodes,
  means: PullMeans,
): Promise<PullsVerified> {
  const { inputs, clock } = means
  const classes = pairs.map(pair => classify(pair, inputs, done))
  const pulling = classes.flatMap(is => (is.kind === 'pulling' ? is : []))
  const pulled = await verifyClusters(pulling, clock.now() + inputs.timeoutMs, nodes, means)
  const settled = classes.flatMap((is): [PlannedPair, Verification][] =>
    is.kind === 'settled' ? [[is.pair, is.verification]] : [],
  )
  return {
    verifications: new Map([...settled, ...pulled.verifications]),
    findings: [...classes.flatMap(is => (is.kind === 'settled' ? is.findings : [])), ...pulled.findings],
    unknown: [],
    nodeless: [...classes.flatMap(is => (is.kind === 'nodeless' ? is.pair : [])), ...pulled.nodeless],
  }
}

/** Deletes what is left in the clusters. Never throws. */
export async function releaseNodes(nodes: Nodes): Promise<void> {
  await nodes.close()
}

/** The clusters that a pair without an error is about, and that run. */
function clustersOf(pairs: readonly PlannedPair[]): Target[] {
  const targets = pairs.flatMap(({ target, error }) => (error ? [] : target))
  return [...new Set(targets)].filter(target => target.kind === 'cluster' && !whyNoPulls(target))
}

/** What becomes of a pair. */
type Class =
  | ({ kind: 'pulling' } & PullingPair)
  | { kind: 'settled'; pair: PlannedPair; verification: Verification; findings: Finding[] }
  | { kind: 'nodeless' | 'unwritten'; pair: PlannedPair }

function classify(pair: PlannedPair, inputs: Inputs, { outcomes, images: ended, manifests, probes }: Done): Class {
  const written = outcomes.filter(({ operation }) => pair.operations.includes(operation))
  const isWritten = written.length === pair.operations.length && !written.some(({ error }) => error)
  // A pair whose access is missing needs no pull.
  if (pair.error || !isWritten) return { kind: 'unwritten', pair }
  const { target, registry } = pair
  if (target.kind === 'kubelet-identity') return { kind: 'nodeless', pair }
  const settle = (verification: Verification, findings: Finding[] = []): Class => ({
    kind: 'settled',
    pair,
    verification,
    findings,
  })
  const isCheck = inputs.mode === 'check'
  const why = whyNoPulls(target)
  // A stopped cluster is no drift; it is a finding.
  if (why) return settle(isCheck ? { verified: 'assignment' } : { verified: 'none', error: why })
  const images = chooseProbeImages(registry, { probes, images: ended, manifests })
  if (images.length === 0) {
    if (isCheck) return settle({ verified: 'assignment' }, [nothingThere(registry)])
    const absent = manifests.find(each => each.error && sameId(each.registry.id, registry.id))
    const failed = ended.find(({ image, error }) => error && sameId(image.registry.id, registry.id))
    return settle({ verified: 'none', error: absent?.error ?? failed?.error ?? nothingToPull(registry) })
  }
  const throughGroup = pair.access?.grantedBy === 'group' ? pair.access.assignment.principalId : ''
  const group = pair.operations.some(isDirect) ? '' : inputs.group || throughGroup
  return {
    kind: 'pulling',
    pair,
    target,
    registry,
    images,
    group,
    ...(written.length > 0 && { writtenAt: Math.max(...written.map(({ finishedAt }) => finishedAt)) }),
  }
}

function nothingToPull({ id, name }: Registry): ActionError {
  const message = `There is nothing on ${name} for the nodes to pull: none of the manifests' images is there.`
  return new ActionError('PROBE_FAILED', message, {
    subject: name,
    reason: 'nothing is there to pull',
    fix: fix('Name one that is there in probe-image:', acrCommand('repository list', id, '--output table')),
  })
}
