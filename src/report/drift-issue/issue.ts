import type { SettleDrift } from '../../model/former-drift.js'
import type { Issue, Issues } from '../../services/github/issues.js'
import type { Drift } from '../drift.js'
import { compare, createFinder } from './compare.js'
import { identityMarker, isFormerStep, isSameStep, readIdentity, type StepIdentity } from './marker.js'
import { belowLine, memoryMarker, readBelow, readMemory, remember, type Memory } from './memory.js'
import {
  changeComment,
  closingComment,
  countComment,
  driftBody,
  driftTitle,
  duplicateText,
  reopeningComment,
  type RunReference,
  type Standing,
} from './text.js'

/** What happened to the issue. `waiting`: nothing that was checked has drifted, but something that the issue lists was not seen. */
export interface Kept {
  did: 'opened' | 'reopened' | 'edited' | 'unchanged' | 'waiting' | 'left' | 'closed' | 'rejected' | 'nothing'
  issue?: Issue
}

interface IssueDeps {
  issues: Issues
  identity: StepIdentity
  run: RunReference
  /** Finds out the fate of earlier drift that this run did not see. */
  settle: SettleDrift
  /** In ms since the epoch. */
  now: number
}

/** The label by which people find the issues; the action finds its own by their author and first line. */
const driftLabel = {
  name: 'attach-acr-drift',
  color: 'd1242f',
  description: "Clusters that can't pull, or images that are missing; kept by attach-acr",
}

/** GitHub's limit of a body (its error names it). */
const maxBodyLength = 65_536

/** How long after it was closed an issue can be reopened, in ms. */
const reopenMs = 7 * 24 * 3_600_000

/**
 * Keeps one issue for one step: opens it on drift, edits it when the drift changes, closes it when the drift is gone, and otherwise leaves it
 * alone. It closes only if everything that it lists was seen repaired or is known to be gone.
 *
 * Two runs at once can open an issue each, because GitHub has no unique titles: each then lists the issues again, and closes all but the oldest as
 * duplicates.
 */
export async function keepDriftIssue(drift: Drift, deps: IssueDeps): Promise<Kept> {
  if (drift.items.length + drift.fine.length === 0) return { did: 'left' }
  const [kept] = await findOpen(drift, deps)
  if (kept) return update(kept, drift, deps)
  return drift.items.length > 0 ? reopenOrOpen(drift, deps) : { did: 'nothing' }
}

/** The step's open issue, the oldest of exactly this step first; others are closed as its duplicates. */
async function findOpen(drift: Drift, { issues, identity }: IssueDeps): Promise<Issue[]> {
  const open = (await issues.listOwn({ state: 'open' })).sort((a, b) => a.number - b.number)
  const exact = open.filter(issue => isOf(issue, identity))
  const own = [...exact, ...open.filter(issue => !exact.includes(issue) && isAdoptable(issue, drift, identity))]
  const [kept, ...duplicates] = own
  for (const { number } of kept ? duplicates : []) {
    const text = duplicateText(kept?.number ?? 0)
    // Without its marker it is not found and reopened later.
    await issues.update(number, { body: text, state: 'closed' })
    await issues.comment(number, text)
  }
  return own
}

function isOf({ body }: Issue, identity: StepIdentity): boolean {
  const own = readIdentity(body)
  return own !== undefined && isSameStep(own, identity)
}

/** Whether an issue belongs to an earlier form of this step, and this run has seen everything that it remembers. */
function isAdoptable({ body }: Issue, drift: Drift, identity: StepIdentity): boolean {
  const own = readIdentity(body)
  const { former } = readMemory(body)
  if (!own || !isFormerStep(own, identity) || !former || former.length === 0) return false
  const find = createFinder(drift)
  return former.every(each => find(each).length > 0)
}

async function update(kept: Issue, drift: Drift, deps: IssueDeps): Promise<Kept> {
  const { issues, run, settle } = deps
  const before = readMemory(kept.body)
  const { carried, isItemized, ...change } = await compare(before, drift, settle)
  const isClean = drift.items.length === 0
  // A count doesn't show which items it counted: all of them were seen only if as many were.
  const isAllSeen = drift.unknown.length + drift.blind.length === 0 && drift.fine.length >= before.count
  if (isClean && carried.length === 0 && (isItemized || isAllSeen)) {
    // The comment comes first, so that the notification of the closing has the reason.
    await issues.comment(kept.number, closingComment(drift, change.settled, run))
    return { did: 'closed', issue: await issues.update(kept.number, { state: 'closed' }) }
  }
  if (isClean && carried.length === 0) return { did: 'left', issue: kept }
  const now = remember(drift, carried)
  const did = isClean ? 'waiting' : 'edited'
  if (now.state === before.state && isOf(kept, deps.identity))
    return { did: isClean ? 'waiting' : 'unchanged', issue: kept }
  const standing = { drift, carried, settled: change.settled }
  const issue = await issues.update(kept.number, textOf(standing, now, deps, readBelow(kept.body)))
  const comment = isItemized
    ? changeComment(change, run)
    : before.count === now.count
      ? ''
      : countComment(before.count, now.count, run)
  if (comment) await issues.comment(kept.number, comment)
  return { did, issue }
}

async function reopenOrOpen(drift: Drift, deps: IssueDeps): Promise<Kept> {
  const { issues, identity, run, now } = deps
  const memory = remember(drift)
  const standing = { drift, carried: [], settled: [] }
  const closed = (await issues.listOwn({ state: 'closed' })).filter(issue => isOf(issue, identity))
  // A person has decided to accept this drift.
  const rejected = closed.find(({ isNotPlanned, body }) => isNotPlanned && readMemory(body).state === memory.state)
  if (rejected) return { did: 'rejected', issue: rejected }
  const [latest] = closed
    .filter(({ closedAt = 0 }) => closedAt >= now - reopenMs)
    .sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
  if (latest) {
    const text = textOf(standing, memory, deps, readBelow(latest.body))
    const issue = await issues.update(latest.number, { ...text, state: 'open' })
    await issues.comment(latest.number, reopeningComment(drift, run))
    return { did: 'reopened', issue }
  }
  await issues.createLabel(driftLabel)
  const opened = await issues.create({ ...textOf(standing, memory, deps, ''), label: driftLabel.name })
  const [oldest] = await findOpen(drift, deps)
  return { did: 'opened', issue: oldest ?? opened }
}

/** @param below the text that people have written below the line, which is kept */
function textOf(
  standing: Standing,
  memory: Memory,
  { identity, run }: IssueDeps,
  below: string,
): { title: string; body: string } {
  const [first, last] = [identityMarker(identity), memoryMarker(memory)]
  const kept = below.slice(0, maxBelowLength)
  const room = maxBodyLength - first.length - last.length - belowLine.length - kept.length - 20
  const body = [first, driftBody(standing, run, room), '', last, '', '---', `${belowLine}${kept || '\n'}`].join('\n')
  return { title: driftTitle(standing), body }
}

/** Maximum length of the text of people, in characters: the rest of the body is for the drift. */
const maxBelowLength = 30_000
