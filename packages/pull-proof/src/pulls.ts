import { acrCommand, sameId, type Registry, type Target } from 'azure'
import { ActionError, briefly, type Finding } from 'kernel'
import { isDirect, createOutcomeOf, selectForToday, selectWantedBy } from 'run-model'
import type { CheckedImage, Inputs, Operation, Outcome, PlannedPair, Verification } from 'run-model'
import { failed, join, type PullEnd, verifyClusters, whyNoPulls } from './clusters.js'
import { findUnfetched, nothingPulled, nothingThere } from './findings.js'
import type { PullingPair } from './pending.js'
import { chooseProbeImages, chooseRunning, findLeftOut, nothingRuns } from './probe-images.js'
import { createSessions, type PullDeps, type Sessions } from './sessions.js'

/** Begins to list the nodes of the pairs' clusters if they will pull, which writes nothing. */
export function openSessions(pairs: readonly PlannedPair[], deps: Parameters<typeof createSessions>[0]): Sessions {
  const sessions = createSessions(deps)
  // Without pulls, a cluster is entered only to read its workloads.
  if (deps.inputs.verify !== 'pull') return sessions
  // Whoever uses the session gets the error.
  for (const target of clustersOf(pairs)) sessions.of(target).catch(() => undefined)
  return sessions
}

/**
 * Lets the nodes pull for the pairs whose operations were all written. Never throws: a failure is a verification with an error.
 * @param done what has been written, and the images that nodes can pull; those of workloads only if they are to be pulled
 */
export async function verifyPulls(
  pairs: readonly PlannedPair[],
  done: { outcomes: readonly Outcome[]; images: readonly CheckedImage[] },
  sessions: Sessions,
  deps: PullDeps,
): Promise<PullEnd> {
  const { inputs, clock } = deps
  const running = selectWantedBy('workload', done.images)
  const outcomeOf = createOutcomeOf(done.outcomes)
  const classes = pairs.map(pair => classify(pair, pair.operations.map(outcomeOf), done.images, inputs))
  const pulling = classes.flatMap(each => each.pulling ?? [])
  const pulled = await verifyClusters(pulling, clock.now() + inputs.timeoutMs, sessions, deps)
  const leftOut = [...new Set(pulling.map(({ pair: { target } }) => target))].flatMap(target =>
    findLeftOut(target, running),
  )
  const unshown = pulled.nodeless.map(({ target, registry }) => nothingPulled(target, registry))
  const end = join(...classes, { findings: leftOut }, pulled, { findings: [...findUnfetched(pulled), ...unshown] })
  return { ...end, notes: [...end.notes, ...noteNodeless(end.nodeless)] }
}

/** The note about pairs that have no nodes yet, if there are any. */
function noteNodeless(pairs: readonly PlannedPair[]): string[] {
  const names = [...new Set(pairs.map(({ target }) => target.name))].join(', ')
  return names
    ? [`verified by the role that Azure reports, because there are no nodes yet that could pull: ${names}`]
    : []
}

function clustersOf(pairs: readonly PlannedPair[]): Target[] {
  const targets = pairs.flatMap(({ target, error }) => (error ? [] : target))
  return [...new Set(targets)].filter(target => target.kind === 'cluster' && !whyNoPulls(target))
}

type Known = Partial<PullEnd> & { pulling?: PullingPair }

/** What is known of a pair before anything pulls. Nothing, if what it needs was not written: without access, a pull is pointless. */
function classify(
  pair: PlannedPair,
  outcomes: readonly (Outcome | undefined)[],
  all: readonly CheckedImage[],
  inputs: Inputs,
): Known {
  // What only counts after a move of the registry can't stop today's pulls.
  const needed = selectForToday(pair, pair.operations)
  const done = outcomes.flatMap(outcome => (outcome && !outcome.error ? outcome : []))
  const written = done.filter(({ operation }) => needed.includes(operation))
  const isWritten = written.length === needed.length
  if (pair.error || !isWritten) return {}
  const { target, registry } = pair
  if (target.kind === 'kubelet-identity') return { nodeless: [pair] }
  const why = whyNoPulls(target)
  // A stopped cluster isn't drift; it is a finding.
  if (why) return ended(pair, inputs.mode === 'check' ? { verified: 'assignment' } : failed(why))
  const running = chooseRunning(target, registry, selectWantedBy('workload', all), inputs)
  const images = chooseProbeImages(registry, all, running, inputs.probeServiceAccount)
  if (images.length === 0) return explainImageless(pair, all, inputs)
  const writtenAt = written.length > 0 && { writtenAt: Math.max(...written.map(({ finishedAt }) => finishedAt)) }
  return { pulling: { pair, images, group: groupOf(pair, needed, inputs), ...writtenAt } }
}

function ended(pair: PlannedPair, verification: Verification, ...findings: Finding[]): Known {
  return { verifications: [[pair, verification]], findings }
}

/** What is known of a pair without an image that its nodes could pull. */
function explainImageless(pair: PlannedPair, all: readonly CheckedImage[], inputs: Inputs): Known {
  const { target, registry } = pair
  if (inputs.probesWorkloads) return { imageless: [pair], findings: [nothingRuns(target, registry)] }
  const here = all.filter(image => sameId(image.registry.id, registry.id))
  const [own, named] = [selectWantedBy('input', here), selectWantedBy('manifest', here)]
  const isImported = own.length > 0 || named.length === 0
  if (inputs.mode === 'check') return ended(pair, { verified: 'assignment' }, nothingThere(registry, isImported))
  const absent = named.find(({ error }) => error)
  const lost = own.find(({ error }) => error)
  // An import that failed is an error of its own, and says nothing about the role.
  const note = `not proven: the probe image of ${target.name} on ${registry.name} could not be imported`
  if (!absent && lost?.status === 'failed') return { imageless: [pair], notes: [note] }
  return ended(pair, failed(absent?.error ?? lost?.error ?? nothingToPull(registry)))
}

/** The group that gives access; empty if none does. */
function groupOf({ access }: PlannedPair, needed: readonly Operation[], inputs: Inputs): string {
  if (needed.some(isDirect)) return ''
  if (inputs.group) return inputs.group
  return access?.grantedBy === 'group' ? access.assignment.principalId : ''
}

function nothingToPull({ id, name }: Registry): ActionError {
  const why = 'none of the images in the manifests exist there'
  return new ActionError(
    'PROBE_FAILED',
    { what: `${name} has no image to pull`, why, brief: 'there is no image to pull' },
    {
      subject: name,
      fix: briefly(
        'Set probe-image to an existing image.',
        'To list them:',
        acrCommand('repository list', id, '--output table'),
      ),
    },
  )
}
