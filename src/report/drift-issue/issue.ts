import type { Issue, Issues } from '../../services/github/issues.js'
import type { Drift, DriftItem } from '../drift.js'
import {
  belowLine,
  hashOf,
  identityMarker,
  isFormerStep,
  isSameStep,
  memoryMarker,
  readBelow,
  readIdentity,
  readMemory,
  remember,
  type Memory,
  type StepIdentity,
} from './marker.js'
import {
  changeComment,
  closingComment,
  countComment,
  driftBody,
  driftTitle,
  duplicateText,
  reopeningComment,
  type Change,
  type RunReference,
} from './text.js'

/** The outcome for the issue. */
export interface Kept {
  did: 'opened' | 'reopened' | 'edited' | 'unchanged' | 'left' | 'closed' | 'rejected' | 'nothing'
  issue?: Issue
}

/** What keeping the issue needs. */
export interface Keeping {
  issues: Issues
  identity: StepIdentity
  run: RunReference
  /** In ms since the epoch. */
  now: number
}

/** The label by which people find the issues; the action recognises its own by their author and first line. */
const driftLabel = {
  name: 'attach-acr-drift',
  color: 'd1242f',
  description: 'Clusters that can no longer pull, or images that are missing; kept by attach-acr',
}

/** GitHub's own limit of a body (its error says so). */
const longestBody = 65_536

/** How long after it was closed an issue is reopened, in ms. */
const reopenMs = 7 * 24 * 3_600_000

/**
 * Keeps one issue for one step: opens it on drift, edits it when the drift is another one, closes it when the drift is gone, and touches it in
 * no other case. What could not be looked at neither opens nor closes it.
 *
 * Two runs at once can open an issue each, because GitHub knows no unique title: each looks again afterwards, the oldest stays, and whoever
 * sees another one closes that as its duplicate.
 */
export async function keepDriftIssue(drift: Drift, keeping: Keeping): Promise<Kept> {
  if (drift.items.length + drift.fine.length === 0) return { did: 'left' }
  const [kept] = await findOpen(drift, keeping)
  if (drift.items.length > 0) return kept ? edit(kept, drift, keeping) : reopenOrOpen(drift, keeping)
  return kept ? closeIfGone(kept, drift, keeping) : { did: 'nothing' }
}

/** The step's open issue, the oldest of exactly this step first; others are closed as its duplicates. */
async function findOpen(drift: Drift, { issues, identity }: Keeping): Promise<Issue[]> {
  const open = (await issues.listOwn({ state: 'open' })).sort((a, b) => a.number - b.number)
  const exact = open.filter(issue => isOf(issue, identity))
  const own = [...exact, ...open.filter(issue => !exact.includes(issue) && isAdoptable(issue, drift, identity))]
  const [kept, ...duplicates] = own
  for (const { number } of kept ? duplicates : []) {
    const text = duplicateText(kept?.number ?? 0)
    // Without its marker it is not found again, and so not reopened.
    await issues.update(number, { body: text, state: 'closed' })
    await issues.comment(number, text)
  }
  return own
}

function isOf({ body }: Issue, identity: StepIdentity): boolean {
  const own = readIdentity(body)
  return own !== undefined && isSameStep(own, identity)
}

/** Whether an issue is of this step as it was before, and all that it remembers is looked at by this run. */
function isAdoptable({ body }: Issue, { items, unknown, fine }: Drift, identity: StepIdentity): boolean {
  const own = readIdentity(body)
  const { hashes } = readMemory(body)
  if (!own || !isFormerStep(own, identity) || !hashes || hashes.size === 0) return false
  const seen = new Set([...items, ...unknown, ...fine].map(hashOf))
  return [...hashes].every(known => seen.has(known))
}

async function edit(kept: Issue, drift: Drift, keeping: Keeping): Promise<Kept> {
  const { issues, run } = keeping
  const before = readMemory(kept.body)
  const { change, carried } = compare(before, drift)
  const now = remember(drift, carried)
  if (now.state === before.state && isOf(kept, keeping.identity)) return { did: 'unchanged', issue: kept }
  const issue = await issues.update(kept.number, textOf(drift, now, keeping, readBelow(kept.body)))
  const comment = change
    ? changeComment(change, run)
    : before.count === now.count
      ? ''
      : countComment(before.count, now.count, run)
  if (comment) await issues.comment(kept.number, comment)
  return { did: 'edited', issue }
}

async function reopenOrOpen(drift: Drift, keeping: Keeping): Promise<Kept> {
  const { issues, identity, run, now } = keeping
  const memory = remember(drift, [])
  const closed = (await issues.listOwn({ state: 'closed' })).filter(issue => isOf(issue, identity))
  // A person has said that this drift is to stay.
  const rejected = closed.find(({ isNotPlanned, body }) => isNotPlanned && readMemory(body).state === memory.state)
  if (rejected) return { did: 'rejected', issue: rejected }
  const [latest] = closed
    .filter(({ closedAt = 0 }) => closedAt >= now - reopenMs)
    .sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
  if (latest) {
    const text = textOf(drift, memory, keeping, readBelow(latest.body))
    const issue = await issues.update(latest.number, { ...text, state: 'open' })
    await issues.comment(latest.number, reopeningComment(drift, run))
    return { did: 'reopened', issue }
  }
  await issues.createLabel(driftLabel)
  const opened = await issues.create({ ...textOf(drift, memory, keeping, ''), label: driftLabel.name })
  const [oldest] = await findOpen(drift, keeping)
  return { did: 'opened', issue: oldest ?? opened }
}

async function closeIfGone(kept: Issue, drift: Drift, keeping: Keeping): Promise<Kept> {
  const { issues, run } = keeping
  const { carried, isSure } = compare(readMemory(kept.body), drift)
  if (carried.length > 0 || !isSure) return { did: 'left', issue: kept }
  // The comment comes first, so that the notification of the end has the reason.
  await issues.comment(kept.number, closingComment(drift, run))
  return { did: 'closed', issue: await issues.update(kept.number, { state: 'closed' }) }
}

interface Comparison {
  /** Undefined where the issue could not remember each thing. */
  change: Change | undefined
  /** Hashes of the drift that could not be looked at now. */
  carried: string[]
  /** Whether all of the earlier drift was looked at, apart from what is carried. */
  isSure: boolean
}

/** What an issue shows, compared with what was found. */
export function compare({ hashes }: Pick<Memory, 'hashes'>, { items, unknown, fine, blind }: Drift): Comparison {
  const isAllSeen = unknown.length === 0 && blind.length === 0
  if (!hashes) return { change: undefined, carried: [], isSure: isAllSeen }
  const wasDrift = (item: DriftItem): boolean => hashes.has(hashOf(item))
  const seen = new Set([...items, ...unknown, ...fine].map(hashOf))
  const unseen = [...hashes].filter(known => !seen.has(known))
  const isBlind = blind.length > 0
  return {
    change: {
      worse: items.filter(item => !wasDrift(item)),
      better: fine.filter(wasDrift),
      dropped: isBlind ? 0 : unseen.length,
    },
    carried: [...unknown.filter(wasDrift).map(hashOf), ...(isBlind ? unseen : [])],
    isSure: true,
  }
}

/** @param below what people have written below the line, which stays */
function textOf(
  drift: Drift,
  memory: Memory,
  { identity, run }: Keeping,
  below: string,
): { title: string; body: string } {
  const [first, last] = [identityMarker(identity), memoryMarker(memory)]
  const kept = below.slice(0, longestBelow)
  const room = longestBody - first.length - last.length - belowLine.length - kept.length - 20
  const body = [first, driftBody(drift, run, room), '', last, '', '---', `${belowLine}${kept || '\n'}`].join('\n')
  return { title: driftTitle(drift), body }
}

/** Maximum length of what people write into the issue, in characters: the rest is for the drift. */
const longestBelow = 30_000
