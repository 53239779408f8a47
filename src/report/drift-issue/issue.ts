import type { Issue, Issues } from '../../services/github/issues.js'
import type { Drift, DriftItem } from '../drift.js'
import { hashOf, identityMarker, memoryMarker, readMemory, remember, type Memory, type StepIdentity } from './marker.js'
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

/** What became of the issue. */
export interface Kept {
  did: 'opened' | 'reopened' | 'edited' | 'unchanged' | 'left' | 'closed' | 'nothing'
  issue?: Issue
}

/** What the issue is kept with. */
export interface Keeping {
  issues: Issues
  identity: StepIdentity
  run: RunReference
  /** In ms since the epoch. */
  now: number
}

/** What the issues are found by. People without rights in the repository can't set a label, so no one else's text is taken for ours. */
const driftLabel = {
  name: 'attach-acr-drift',
  color: 'd1242f',
  description: 'Clusters or images that are not as wanted; kept by attach-acr',
}

/** GitHub's own limit of a body (its error says so). */
const longestBody = 65_536

/** How long after it was closed an issue is reopened, in ms. */
const reopenMs = 7 * 24 * 3_600_000

/**
 * Keeps one issue for one step: opens it on drift, edits it when the drift is another one, closes it when the drift is gone, and touches it in
 * no other case. What could not be looked at neither opens nor closes it.
 *
 * Two runs at once can open an issue each, for GitHub knows no unique title: each looks again afterwards, the oldest stays, and whoever
 * sees another one closes that as its duplicate.
 */
export async function keepDriftIssue(drift: Drift, keeping: Keeping): Promise<Kept> {
  if (drift.items.length + drift.fine.length === 0) return { did: 'left' }
  const [kept] = await findOpen(keeping)
  if (drift.items.length > 0) return kept ? edit(kept, drift, keeping) : reopenOrOpen(drift, keeping)
  return kept ? closeIfGone(kept, drift, keeping) : { did: 'nothing' }
}

/** The step's open issue, the oldest of them; others are closed as its duplicates. */
async function findOpen({ issues, identity }: Keeping): Promise<Issue[]> {
  const open = await issues.list(driftLabel.name, { state: 'open' })
  const own = open.filter(issue => isOf(issue, identity)).sort((a, b) => a.number - b.number)
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
  return body.includes(identityMarker(identity))
}

async function edit(kept: Issue, drift: Drift, keeping: Keeping): Promise<Kept> {
  const { issues, run } = keeping
  const before = readMemory(kept.body)
  const { change, carried } = compare(before, drift)
  const now = remember(drift, carried)
  if (now.state === before.state) return { did: 'unchanged', issue: kept }
  const issue = await issues.update(kept.number, textOf(drift, now, keeping))
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
  const text = textOf(drift, remember(drift, []), keeping)
  const closed = await issues.list(driftLabel.name, { state: 'closed', since: now - reopenMs })
  const [latest] = closed
    .filter(issue => isOf(issue, identity) && (issue.closedAt ?? 0) >= now - reopenMs)
    .sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
  if (latest) {
    const issue = await issues.update(latest.number, { ...text, state: 'open' })
    await issues.comment(latest.number, reopeningComment(drift, run))
    return { did: 'reopened', issue }
  }
  await issues.createLabel(driftLabel)
  const opened = await issues.create({ ...text, label: driftLabel.name })
  const [oldest] = await findOpen(keeping)
  return { did: 'opened', issue: oldest ?? opened }
}

async function closeIfGone(kept: Issue, drift: Drift, keeping: Keeping): Promise<Kept> {
  const { issues, run } = keeping
  const { carried, isSure } = compare(readMemory(kept.body), drift)
  if (carried.length > 0 || !isSure) return { did: 'left', issue: kept }
  // First the comment: who is told of the end is told why.
  await issues.comment(kept.number, closingComment(drift, run))
  return { did: 'closed', issue: await issues.update(kept.number, { state: 'closed' }) }
}

interface Comparison {
  /** Undefined where the issue could not remember each thing. */
  change: Change | undefined
  /** Hashes of what was not as wanted and could not be looked at now. */
  carried: string[]
  /** Whether everything that was not as wanted was looked at, apart from what is carried. */
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

function textOf(drift: Drift, memory: Memory, { identity, run }: Keeping): { title: string; body: string } {
  const [first, last] = [identityMarker(identity), memoryMarker(memory)]
  const room = longestBody - first.length - last.length - 10
  return { title: driftTitle(drift), body: `${first}\n${driftBody(drift, run, room)}\n\n${last}\n` }
}
