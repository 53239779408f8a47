import { createHash } from 'node:crypto'
import type { Issue } from './github/issues.js'

/** Whose an issue is, and what wrote it last. */
export interface Owner {
  /** The name that the input `drift-issue` declares, or else that of the step. */
  name: string
  /** ID and attempt of the run, `1658821493.1`; empty outside of Actions. */
  run: string
  /** What was checked, as text: the legs of a matrix check different things. */
  about: string
}

/** The label by which people find the issues, and by which the action knows its own, beside their author and their hidden lines. */
export const driftLabel = {
  name: 'attach-acr-drift',
  color: 'd1242f',
  description: "Clusters that can't pull, or images that are missing; kept by attach-acr",
}

/** The first hidden line of an issue. */
export function ownerMarker({ name, run, about }: Owner): string {
  return `<!-- attach-acr drift name=${encode(name)} run=${run} about=${hash(about, 16)} -->`
}

const ownerPattern = /^<!-- attach-acr drift name=(\S*) run=([\d.]*) about=([0-9a-f]*) -->[ \t]*\r?$/m

/** Reads the first hidden line, wherever it is: people write above it. Undefined if it is not there; a quoted line is another text. */
function readOwner(body: string): Owner | undefined {
  const [found, name = '', run = '', about = ''] = ownerPattern.exec(body) ?? []
  return found === undefined ? undefined : { name: decode(name), run, about }
}

/** A body whose first hidden line says that this owner's run wrote it last; at its beginning if people deleted that line. */
export function replaceOwner(body: string, owner: Owner): string {
  const line = ownerMarker(owner)
  return ownerPattern.test(body) ? body.replace(ownerPattern, () => line) : `${line}\n${body}`
}

/** The text above the first hidden line; undefined without that line. */
export function readAbove(body: string): string | undefined {
  const found = ownerPattern.exec(body)
  return found ? body.slice(0, found.index) : undefined
}

const sealPattern = /^<!-- attach-acr seal=([0-9a-f]+) title=([0-9a-f]+) -->[ \t]*\r?$/gm

/** The second hidden line, because people may delete the first one: the owner's name and the title that the action gave the issue, as hashes. */
export function sealMarker(name: string, title: string): string {
  return `<!-- attach-acr seal=${hash(name, 16)} title=${title} -->`
}

/** What the second hidden line says, and where it ends; undefined without it. */
export function readSeal(body: string): { name: string; title: string; end: number } | undefined {
  const found = [...body.matchAll(sealPattern)].at(-1)
  if (!found) return undefined
  const [text, name = '', title = ''] = found
  return { name, title, end: found.index + text.length }
}

export const hashTitle = (title: string): string => hash(title, 8)

/** Whether an issue has a hidden line that says whose it is. */
export function isMarked({ body }: Pick<Issue, 'body'>): boolean {
  return readAbove(body) !== undefined || readSeal(body) !== undefined
}

/**
 * Whether an issue is this owner's: it has the owner's name, and the label or the title that the action gave it. Other bots that use the job's token have the
 * same author, and may quote a body with its hidden lines.
 */
export function isOwn({ body, title, labels }: Issue, { name }: Owner): boolean {
  const [owner, seal] = [readOwner(body), readSeal(body)]
  const isNamed = owner ? owner.name === name : seal?.name === hash(name, 16)
  const isSealed = seal?.name === hash(name, 16) && seal.title === hashTitle(title)
  return isNamed && (labels.includes(driftLabel.name) || isSealed)
}

/** Whether an issue has all its hidden lines. */
export function isComplete({ body }: Pick<Issue, 'body'>, { name }: Owner): boolean {
  return readOwner(body)?.name === name && readSeal(body) !== undefined
}

/** The ID of the run that wrote an issue last, if it is newer than this owner's: GitHub numbers all runs of a server upwards. */
export function findNewerRun({ body }: Pick<Issue, 'body'>, { run }: Owner): string | undefined {
  const [written, own] = [readOwner(body)?.run, run].map(each => each?.split('.')[0])
  return written && own && BigInt(written) > BigInt(own) ? written : undefined
}

/**
 * Whether another leg of this run, which checked something else, wrote the issue of this name last. The first leg writes it each day, because the number of
 * days changes.
 */
export function isOfAnotherLeg({ body }: Pick<Issue, 'body'>, { run, about }: Owner): boolean {
  const written = readOwner(body)
  return run !== '' && written?.run === run && written.about !== hash(about, 16)
}

/** The first characters of a text's SHA-256. */
export function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** Without spaces, and without anything that would end an HTML comment. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('--', '%2D%2D')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
