import { createHash } from 'node:crypto'
import type { Issue } from './github/issues.js'

/** Whose an issue is, and what wrote it last. */
export interface IssueOwner extends Writer {
  /** The name that the input `drift-issue` declares, or else that of the step. */
  name: string
}

/** A job that writes an issue. */
export interface Writer {
  /** ID and attempt of the run, `1658821493.1`; empty outside of Actions. */
  run: string
  /** Path of the workflow file, and ID of the job; empty if the runner does not set them. */
  file: string
  job: string
  /** Hash of the job with its inputs: the legs of a matrix have others. */
  leg: string
  /** When it writes, in ms since the epoch. */
  at: number
}

/** The label by which people find the issues, and by which the action knows its own, beside their author and their hidden lines. */
export const driftLabel = {
  name: 'attach-acr-drift',
  color: 'd1242f',
  description: "Clusters that can't pull, or images that are missing; kept by attach-acr",
}

/** The line below which people can write. */
export const belowLine = '<!-- attach-acr: what is written below this line is kept -->'

/**
 * The hidden lines: `owner` says whose the issue is and what wrote it last; `seal` has the owner's name and the title that the action gave the issue, as
 * hashes, because people may delete the first line; `memory` has what the issue lists.
 */
const patterns = {
  owner:
    /^<!-- attach-acr drift name=(?<name>\S*) run=(?<run>[\d.]*) file=(?<file>\S*) job=(?<job>\S*) leg=(?<leg>[0-9a-f]*) at=(?<at>[\d-]+T[\d:.]+Z) -->[ \t]*\r?$/gm,
  seal: /^<!-- attach-acr seal=(?<name>[0-9a-f]+) title=(?<title>[0-9a-f]+) -->[ \t]*\r?$/gm,
  memory:
    /^<!-- attach-acr state=(?<state>[0-9a-f]+) count=(?<count>\d+) prove=(?<prove>[a-z,]+|-) since=(?<since>[\d.-]+) on=(?<shownOn>[\d-]+) drifts=(?<drifts>[\w+/=]+|-) -->[ \t]*\r?$/gm,
}

/** The first hidden line of an issue. */
export function ownerMarker({ name, run, file, job, leg, at }: IssueOwner): string {
  const writer = `run=${run} file=${encode(file)} job=${encode(job)} leg=${leg} at=${new Date(at).toISOString()}`
  return `<!-- attach-acr drift name=${encode(name)} ${writer} -->`
}

export function sealMarker(name: string, title: string): string {
  return `<!-- attach-acr seal=${hash(name, 16)} title=${title} -->`
}

/**
 * Finds a hidden line, wherever it is, because people write above it: the first owner, the last seal, the last memory above the line for people. A quoted line
 * is another text.
 * @returns its fields, and its place in the body
 */
export function findLine(body: string, kind: keyof typeof patterns) {
  const ours = kind === 'memory' ? (body.split(belowLine, 1)[0] ?? '') : body
  const found = [...ours.matchAll(patterns[kind])].at(kind === 'owner' ? 0 : -1)
  return found && { fields: found.groups ?? {}, start: found.index, end: found.index + found[0].length }
}

/** A body with another hidden line in the place of its own. Without one, an owner is put at its beginning. */
export function replaceLine(body: string, kind: keyof typeof patterns, line: string): string {
  const found = findLine(body, kind)
  if (found) return `${body.slice(0, found.start)}${line}${body.slice(found.end)}`
  return kind === 'owner' ? `${line}\n${body}` : body
}

export const hashTitle = (title: string): string => hash(title, 8)

/** Whether an issue has a hidden line that says whose it is. */
export function isMarked({ body }: Pick<Issue, 'body'>): boolean {
  return findLine(body, 'owner') !== undefined || findLine(body, 'seal') !== undefined
}

/**
 * Whether an issue is this owner's: it has the owner's name, and the label or the title that the action gave it. Other bots that use the job's token have the
 * same author, and may quote a body with its hidden lines.
 */
export function isOwnIssue({ body, title, labels }: Issue, { name }: IssueOwner): boolean {
  const [owner, seal] = [findLine(body, 'owner')?.fields, findLine(body, 'seal')?.fields]
  const isSealed = seal?.name === hash(name, 16)
  const isNamed = owner ? owner.name === encode(name) : isSealed
  return isNamed && (labels.includes(driftLabel.name) || (isSealed && seal.title === hashTitle(title)))
}

/** Whether an issue has all its hidden lines. */
export function isComplete({ body }: Pick<Issue, 'body'>, { name }: IssueOwner): boolean {
  return findLine(body, 'owner')?.fields.name === encode(name) && findLine(body, 'seal') !== undefined
}

/** The ID of the run that wrote an issue last, if it is newer than this owner's: GitHub numbers all runs of a server upwards. */
export function findNewerRun({ body }: Pick<Issue, 'body'>, { run }: IssueOwner): string | undefined {
  const [written, own] = [findLine(body, 'owner')?.fields.run, run].map(each => each?.split('.')[0])
  return written && own && BigInt(written) > BigInt(own) ? written : undefined
}

/** How long after its last write an issue belongs to the job of a workflow file that wrote it, in ms: a nightly run may be late, and a file may be renamed. */
const heldMs = 36 * 3_600_000

/**
 * The other job that an issue of this name belongs to: another leg of this run, in whatever attempt, or a job of another workflow file that has written it
 * lately. Two that took turns would each undo what the other has written. The first leg writes it each day, because the number of days changes.
 */
export function findOtherWriter({ body }: Pick<Issue, 'body'>, owner: IssueOwner): Writer | undefined {
  const fields = findLine(body, 'owner')?.fields
  if (!fields) return undefined
  const { run = '', leg = '' } = fields
  const [file, job] = [decodeText(fields.file), decodeText(fields.job)]
  const at = Date.parse(fields.at ?? '')
  const isOther = (a: string, b: string): boolean => a !== '' && b !== '' && a !== b
  const isOtherJob = isOther(file, owner.file) || isOther(job, owner.job)
  const isHeld = (isOfSameRun({ run }, owner) && leg !== owner.leg) || (isOtherJob && owner.at - at < heldMs)
  return isHeld ? { run, file, job, leg, at } : undefined
}

/** Whether two jobs are of one run, in whatever attempts; outside of Actions, there are no runs. */
export function isOfSameRun(a: Pick<Writer, 'run'>, b: Pick<Writer, 'run'>): boolean {
  return a.run !== '' && a.run.split('.')[0] === b.run.split('.')[0]
}

/** The first characters of a text's SHA-256. */
export function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** Without spaces, and without anything that would end an HTML comment. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('--', '%2D%2D')
}

/** Empty for what `encode` did not make: people can edit the text. */
function decodeText(text = ''): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** The first words of the text that is rewritten. */
const head = /^\*\*[^\n]*\*\*, found by \[/m

const hidden = /^<!-- attach-acr[ :][^\n]*-->[ \t]*\r?(?:\n|$)/gm

/**
 * The text of people above and below the text that is rewritten, which stays, also if they deleted some of its hidden lines or wrote below the first one: the text
 * begins with its headline, or else with the hidden line before it, and without the line that ends it, it ends with its memory. Without any, or with neither
 * headline nor end, all is the text of people.
 */
export function readWords(body: string): { above: string; below: string } {
  const first = findLine(body, 'owner')?.start
  const end = findEnd(body)
  const from = first ?? 0
  const headline = head.exec(body.slice(from))
  if (end === undefined && (first === undefined || !headline)) return { above: '', below: strip(body) }
  const begins = [headline ? from + headline.index : first, end].filter(each => each !== undefined)
  return { above: strip(body.slice(0, Math.min(...begins))), below: strip(body.slice(end ?? body.length)) }
}

/** Where the text that is rewritten ends: at the line for people, else at the rule before it, which follows the memory. */
function findEnd(body: string): number | undefined {
  const line = body.indexOf(belowLine)
  if (line >= 0) return line + belowLine.length
  const last = (findLine(body, 'memory') ?? findLine(body, 'seal'))?.end
  const after = last ?? findLine(body, 'owner')?.start ?? body.length
  const rules = [...body.slice(after).matchAll(/^---[ \t]*\r?$/gm)]
  const rule = last === undefined ? rules.at(-1) : rules[0]
  return rule ? after + rule.index + rule[0].length : last
}

/** Without our hidden lines, which would be read as those of the new text. */
const strip = (text: string): string => text.replace(hidden, '')
