import { dayMs } from 'kernel'
import type { Drift, DriftItem } from 'report-document'
import type { currentRun } from 'texts'
import { countNights, dayOf, oldestOf, type Since } from './former-drift.js'
import { IssueGone } from './github/errors.js'
import type { Issue, Issues } from './github/issues.js'
import {
  compareNights,
  createDating,
  forgetRepaired,
  isAccepted,
  isAllSeen,
  isDecided,
  type Comparison,
} from './compare.js'
import {
  belowLine,
  driftLabel,
  findLine,
  findNewerRun,
  findOtherWriter,
  hashTitle,
  isComplete,
  isMarked,
  isOwnIssue,
  ownerMarker,
  readWords,
  replaceLine,
  sealMarker,
  type IssueOwner,
  type Writer,
} from './hidden-lines.js'
import type { Leaves } from './leaving.js'
import { memoryMarker, nothingLeft, readMemory, remember, type Memory, type Staying } from './memory.js'
import {
  changeComment,
  closingComment,
  countComment,
  driftBody,
  driftTitle,
  duplicateText,
  reopeningComment,
} from './text.js'
import type { RunReference, IssueContent } from './text.js'

/** What can happen to the issue, in words. */
export const fates = {
  opened: 'opened',
  reopened: 'reopened',
  edited: 'edited',
  unchanged: 'is unchanged',
  waiting: 'left open: some of what it lists was not checked',
  forgotten: 'left open: the hidden line that remembers what it lists was deleted, so close it by hand',
  left: 'left as it is: too little could be checked',
  closed: 'closed',
  rejected: 'stays closed as "not planned" or as a duplicate until the drift changes',
  nothing: 'none open',
  taken: 'left as it is: another job with this name for it has written it',
  overtaken: 'left as it is: a newer run has written it',
  full: 'left as it is: the text that people wrote in it leaves no room',
}

/** What happened to the issue. */
export interface Kept {
  did: keyof typeof fates
  issue?: Issue
  /** The other job that it belongs to. */
  writer?: Writer
  /** The ID of the newer run. */
  newerRun?: string
  /** Since when the oldest drift that it lists lasts. */
  since?: Since | undefined
  /** Since when an item lasts; absent if the issue doesn't list today's drift. */
  sinceOf?: (item: DriftItem) => Since
}

interface IssueDeps {
  issues: Issues
  owner: IssueOwner
  run: Pick<ReturnType<typeof currentRun>, 'id' | 'number' | keyof RunReference>
  /** Finds out why earlier drift leaves the issue that this run did not see. */
  leaves: Leaves
  /** In ms since the epoch. */
  now: number
}

/**
 * GitHub's limit of a body and of a comment, in characters: its error names it. People have measured 262,144 bytes (github.com/dead-claudia/github-limits/pull/13),
 * which is no less.
 */
const maxBodyLength = 65_536

/** How long after it was closed an issue can be reopened, in ms. */
const reopenMs = 7 * dayMs

/** How many issues may vanish during one run. */
const maxGone = 3

/**
 * Keeps one issue for one owner: opens it on drift, edits it when the drift changes, closes it when the drift is gone, and otherwise leaves it
 * alone. It closes only if everything that it lists was seen repaired or is known to be gone.
 *
 * Two runs at once can open an issue each, because GitHub has no unique titles: each then lists the issues again, and closes all but the oldest as
 * duplicates.
 */
export async function keepDriftIssue(drift: Drift, deps: IssueDeps): Promise<Kept> {
  // A run that has not even begun to look asks GitHub nothing.
  if (drift.items.length + drift.fine.length + drift.unknown.length === 0) return { did: 'left' }
  const gone = new Set<number>()
  for (;;) {
    try {
      return await keep(drift, deps, gone)
    } catch (error) {
      // Deleted or transferred since it was listed: as if it had not been there.
      if (!(error instanceof IssueGone) || gone.size >= maxGone) throw error
      gone.add(error.number)
    }
  }
}

async function keep(drift: Drift, deps: IssueDeps, gone: ReadonlySet<number>): Promise<Kept> {
  const { issues, owner } = deps
  const all = await issues.listOwn()
  const [open = [], past = []] = [all.open, all.closed].map(list => list.filter(({ number }) => !gone.has(number)))
  const own = past.filter(issue => isOwnIssue(issue, owner)).sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0))
  const others = findOthers([...open.filter(each => isOwnIssue(each, owner)), ...own], owner)
  if (others) return others
  // A run that could check nothing leaves an open issue as it is.
  if (drift.items.length + drift.fine.length === 0) {
    const [oldest] = open.filter(issue => isOwnIssue(issue, owner)).sort((a, b) => a.number - b.number)
    return oldest ? { did: 'left', issue: oldest } : reopenUnseen(drift, own, deps)
  }
  const kept = await findOpen(open, drift, deps)
  const closed = await Promise.all(own.map(issue => forget(issue, drift, deps)))
  if (kept) return update(kept, drift, closed, deps)
  if (drift.items.length === 0) return reopenUnseen(drift, closed, deps)
  const { rejected, mistaken } = await findFormer(closed, drift, deps)
  if (rejected) return { did: 'rejected', issue: rejected }
  const reopened = mistaken && (await update(mistaken, drift, closed, deps))
  return reopened && reopened.did !== 'full' ? reopened : openNew(closed, drift, deps)
}

/** The first of the owner's issues that a newer run or another job has written, which leaves it to them; undefined if there is none. */
function findOthers(own: readonly Issue[], owner: IssueOwner): Kept | undefined {
  for (const issue of own) {
    const newerRun = findNewerRun(issue, owner)
    if (newerRun) return { did: 'overtaken', issue, newerRun }
    const writer = findOtherWriter(issue, owner)
    if (writer) return { did: 'taken', issue, writer }
  }
  return undefined
}

/** Takes what this run saw repaired out of the memory of a closed issue. */
async function forget(issue: Issue, drift: Drift, { issues, owner }: IssueDeps): Promise<Issue> {
  const memory = forgetRepaired(issue, drift)
  return memory ? issues.update(issue.number, { body: rewriteHidden(issue, memory, owner) }) : issue
}

/**
 * The closed issue whose drift a person has accepted as it is today, or else the latest one that was closed by mistake, not long ago.
 * @param closed the latest first
 */
async function findFormer(
  closed: readonly Issue[],
  drift: Drift,
  deps: IssueDeps,
): Promise<{ rejected?: Issue; mistaken?: Issue | undefined }> {
  let mistaken: Issue | undefined
  for (const issue of closed) {
    const isRecent = (issue.closedAt ?? 0) >= deps.now - reopenMs
    const isDeciding = isDecided(issue) && isAccepted(issue, drift)
    if (!isDeciding && (!isRecent || mistaken)) continue
    const isMistaken = !isDecided(issue) || (await isClosedByBot(issue, deps))
    if (!isMistaken && isDeciding) return { rejected: issue }
    if (isMistaken && isRecent) mistaken ??= issue
  }
  return { mistaken }
}

/** Without drift, opens the latest issue again that a bot closed, not long ago, although it lists what no run has seen right since: nobody has accepted that. */
async function reopenUnseen(drift: Drift, closed: readonly Issue[], deps: IssueDeps): Promise<Kept> {
  const recent = closed.filter(issue => (issue.closedAt ?? 0) >= deps.now - reopenMs)
  for (const issue of recent.filter(({ body }) => readMemory(body).count > 0)) {
    const kept = await update(issue, drift, closed, deps)
    if (kept.did !== 'nothing') return kept
  }
  return { did: 'nothing' }
}

/** If GitHub doesn't say who closed it, it can be a person's decision. */
async function isClosedByBot(issue: Issue, { issues }: IssueDeps): Promise<boolean> {
  return issue.isClosedByBot ?? (await issues.get(issue.number)).isClosedByBot ?? false
}

/** A body with another memory and this run in its hidden lines, and the same text. */
function rewriteHidden(issue: Issue, memory: Memory, owner: IssueOwner): string {
  const body = replaceLine(issue.body, 'memory', memoryMarker(memory))
  const marked = replaceLine(body, 'owner', ownerMarker(owner))
  return marked.length <= limitOf(issue) ? marked : body
}

/** The owner's open issue: the oldest of this name, of which others are closed as duplicates, or else the only one whose hidden lines people have deleted. */
async function findOpen(all: readonly Issue[], drift: Drift, deps: IssueDeps): Promise<Issue | undefined> {
  const open = [...all].sort((a, b) => a.number - b.number)
  const [oldest, ...duplicates] = open.filter(issue => isOwnIssue(issue, deps.owner))
  for (const duplicate of oldest ? duplicates : []) await closeDuplicate(duplicate, oldest?.number ?? 0, deps)
  if (oldest) return oldest
  const bare = open.filter(
    issue => issue.labels.includes(driftLabel.name) && !isMarked(issue) && issue.body.length + minRoom <= maxBodyLength,
  )
  // Whose it was can't be seen, and our text has room below that of people: it is only taken for drift, and only closed once it lists this step's drift.
  return drift.items.length > 0 && bare.length === 1 ? bare[0] : undefined
}

async function closeDuplicate(duplicate: Issue, number: number, deps: IssueDeps): Promise<void> {
  const text = duplicateText(number)
  const { above, below } = readWords(duplicate.body)
  const words = [above.trim(), below.trim()].filter(Boolean)
  const join = (...parts: string[]): string => parts.join('\n\n---\n\n')
  const body = join(text, ...words)
  // Without its hidden lines it is not found and reopened later.
  const left = body.length > limitOf(duplicate) ? join(...words) : body
  await deps.issues.update(duplicate.number, { body: left, state: 'closed' })
  await postComment(duplicate, text, deps)
}

/** Comments on an issue, unless its conversation is locked: then GitHub refuses comments, but not changes. */
async function postComment({ number, isLocked }: Issue, text: string, { issues }: IssueDeps): Promise<void> {
  if (!isLocked) await issues.comment(number, text)
}

/**
 * Brings an issue up to date, and opens it again if it is closed: it was closed by mistake, or its drift is back.
 * @param closed the owner's, the latest first
 */
async function update(kept: Issue, drift: Drift, closed: readonly Issue[], deps: IssueDeps): Promise<Kept> {
  const before = readMemory(kept.body)
  const comparison = await compareNights(before, drift, deps.leaves)
  const isClosed = kept.state === 'closed'
  const isUnseen = comparison.staying.length > 0 || !comparison.isItemized
  // If a person has closed it, what no run sees stays closed.
  const isOpen = !isClosed || (isUnseen && (await isClosedByBot(kept, deps)))
  const staying = isOpen ? comparison.staying : []
  if (drift.items.length > 0 || staying.length > 0)
    return rewrite(kept, drift, closed, { ...comparison, staying }, deps)
  if (isClosed) return isOpen ? openAsItIs(kept, drift, deps) : { did: 'nothing' }
  // Without a memory nobody knows what it lists.
  if (before.state === '') return { did: 'forgotten', issue: kept }
  if (!comparison.isItemized && !isAllSeen(before, drift)) return { did: 'left', issue: kept }
  return close(kept, drift, comparison, deps)
}

/** Opens an issue again that only counts its drift: a run without drift can't list it. */
async function openAsItIs(kept: Issue, drift: Drift, deps: IssueDeps): Promise<Kept> {
  const issue = await deps.issues.update(kept.number, { state: 'open' })
  await postComment(kept, reopeningComment(drift, deps.run), deps)
  return { did: 'reopened', issue }
}

async function close(kept: Issue, drift: Drift, { gone }: Comparison, deps: IssueDeps): Promise<Kept> {
  // The comment comes first, so that the notification of the closing has the reason.
  await postComment(kept, closingComment(drift, gone, deps.run), deps)
  // Drift that returns is new, and an older run must see that this one closed it.
  const body = rewriteHidden(kept, nothingLeft, deps.owner)
  return { did: 'closed', issue: await deps.issues.update(kept.number, { body, state: 'closed' }) }
}

/** Writes what an issue shows and remembers anew, and comments on what is worth a notification. */
async function rewrite(
  kept: Issue,
  drift: Drift,
  closed: readonly Issue[],
  comparison: Comparison,
  deps: IssueDeps,
): Promise<Kept> {
  const { issues, owner } = deps
  const before = readMemory(kept.body)
  const { standing, memory } = show(drift, recall(closed, kept), comparison, deps)
  const isClosed = kept.state === 'closed'
  const isSame = !isClosed && memory.state === before.state && isComplete(kept, owner)
  const did = nameChange(isClosed, isSame, drift)
  const result = { did, since: memory.since, sinceOf: standing.age.sinceOf }
  if (isSame && memory.shownOn === before.shownOn) return { ...result, issue: kept }
  const { isTooLong, ...text } = textOfIssue(standing, memory, deps, kept)
  if (isTooLong) return { ...result, did: isSame ? did : 'full', issue: kept }
  const issue = await issues.update(kept.number, { ...text, ...(isClosed && { state: 'open' }) })
  // If only the day is another, nobody is notified: GitHub notifies nobody about an edit.
  const comment = isSame ? '' : commentOn(kept, drift, comparison, memory.count, deps)
  if (comment) await postComment(kept, comment, deps)
  return { ...result, issue }
}

function nameChange(isClosed: boolean, isSame: boolean, { items }: Drift): Kept['did'] {
  if (isClosed) return 'reopened'
  if (items.length === 0) return 'waiting'
  return isSame ? 'unchanged' : 'edited'
}

/** What a comment says about a change; empty if there is nothing to say. @param count how many items the issue lists now */
function commentOn(kept: Issue, drift: Drift, comparison: Comparison, count: number, { run }: IssueDeps): string {
  const before = readMemory(kept.body)
  if (kept.state === 'closed') return reopeningComment(drift, run)
  if (comparison.isItemized) return changeComment(comparison, drift, run)
  const isSameCount = before.state === '' || before.count === count
  return isSameCount ? '' : countComment(before.count, count, run)
}

/** What an issue remembers, after what closed ones do: if they only counted their drift, nobody knows whether today's was part of it. */
function recall(closed: readonly Issue[], kept?: Issue): Memory[] {
  const others = closed.filter(each => each !== kept).map(({ body }) => readMemory(body))
  return [...others.filter(({ former }) => former).reverse(), ...(kept ? [readMemory(kept.body)] : [])]
}

/**
 * What an issue shows and remembers of a drift, with the dates of earlier runs.
 * @param before what issues remember of them, the latest last
 */
function show(
  drift: Drift,
  before: readonly Memory[],
  { staying, doubts }: Pick<Comparison, 'staying' | 'doubts'>,
  { run: { number, id }, now }: IssueDeps,
): { standing: IssueContent & Required<Pick<IssueContent, 'age'>>; memory: Memory } {
  const today = dayOf(now)
  const sinceOf = createDating(before, drift, { on: today, number, run: id, isOrEarlier: false, nights: 1 })
  const shownOn = before.at(-1)?.shownOn ?? ''
  const aged = staying.map((each): Staying => {
    const { former } = each
    const since = { ...former.since, ...countNights(former.since, shownOn, today, false) }
    return { ...each, former: { ...former, since } }
  })
  const memory = remember(drift, sinceOf, today, aged, doubts)
  // What was only counted can be as old as the oldest of it.
  const counted = before.filter(({ former }) => !former).map(({ since }) => since)
  const since = oldestOf([...counted, memory.since].filter(each => each !== undefined))
  return {
    standing: { drift, staying, age: { since, sinceOf, now } },
    memory: { ...memory, since, shownOn: today },
  }
}

async function openNew(closed: readonly Issue[], drift: Drift, deps: IssueDeps): Promise<Kept> {
  const { issues } = deps
  const { standing, memory } = show(drift, recall(closed), { staying: [], doubts: [] }, deps)
  await issues.createLabel()
  const { title = '', body } = textOfIssue(standing, memory, deps)
  const opened = await issues.create({ title, body })
  const oldest = await findOpen((await issues.listOwn()).open, drift, deps)
  const writer = oldest && findOtherWriter(oldest, deps.owner)
  if (writer) return { did: 'taken', issue: oldest, writer }
  return { did: 'opened', issue: oldest ?? opened, sinceOf: standing.age.sinceOf }
}

/**
 * The new text of an issue, in which everything stays that people wrote: above and below the text that is rewritten, and their own title. Its memory
 * stays whole: nobody can say whether items that are only counted were all seen.
 * @returns whether their text leaves no room for it
 * @param issue the one to rewrite; a new one if absent
 */
function textOfIssue(
  standing: IssueContent,
  memory: Memory,
  { owner, run }: IssueDeps,
  issue?: Pick<Issue, 'title' | 'body'>,
): { title?: string; body: string; isTooLong: boolean } {
  const title = driftTitle(standing)
  const given = issue && findLine(issue.body, 'seal')?.fields.title
  // A title that the action did not give is that of a person.
  const isOwnTitle = given === undefined || given === hashTitle(issue?.title ?? '')
  const { above, below } = issue ? readWords(issue.body) : { above: '', below: '' }
  const bodyOf = (text: string): string => {
    const last = [sealMarker(owner.name, isOwnTitle ? hashTitle(title) : given), memoryMarker(memory)]
    return above + [ownerMarker(owner), text, '', ...last, '', '---', `${belowLine}${below || '\n'}`].join('\n')
  }
  const limit = limitOf(issue)
  const room = limit - bodyOf('').length
  const body = bodyOf(driftBody(standing, run, room))
  return { ...(isOwnTitle && { title }), body, isTooLong: room < minRoom || body.length > limit }
}

/** Maximum length of a body. GitHub keeps one that is as long as it is. */
const limitOf = (issue: Pick<Issue, 'body'> = { body: '' }): number => Math.max(maxBodyLength, issue.body.length)

/** The least room for the text that is rewritten, in characters: in less, its list shows next to nothing. */
const minRoom = 2000
