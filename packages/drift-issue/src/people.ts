import { hash } from './hash.js'
import { readAbove } from './marker.js'
import { belowLine, memoryPattern } from './memory.js'

/** What people have written into the body of an issue: it stays when the rest is rewritten. */
interface Words {
  above: string
  below: string
}

/** The first words of the text that is rewritten. */
const head = /^\*\*[^\n]*\*\*, found by \[/m

const sealPattern = /^<!-- attach-acr step=([0-9a-f]+) title=([0-9a-f]+) -->[ \t]*\r?$/gm

const hidden = /^<!-- attach-acr[ :][^\n]*-->[ \t]*\r?(?:\n|$)/gm

/**
 * The text of people above and below the text that is rewritten, also if they deleted some of its hidden lines or wrote below the first one: the text
 * begins with its headline, or else with the hidden line before it, and without the line that ends it, it ends with its memory. Without any, all is the
 * text of people.
 */
export function readWords(body: string): Words {
  const above = readAbove(body)
  const end = findEnd(body)
  if (above === undefined && end === undefined) return { above: '', below: strip(body) }
  const from = above?.length ?? 0
  const headline = head.exec(body.slice(from))
  const begins = [headline ? from + headline.index : above?.length, end].filter(each => each !== undefined)
  return { above: strip(body.slice(0, Math.min(...begins))), below: strip(body.slice(end ?? body.length)) }
}

/** Where the text that is rewritten ends: at the line for people, else at the rule before it, which follows the memory. */
function findEnd(body: string): number | undefined {
  const line = body.indexOf(belowLine)
  if (line >= 0) return line + belowLine.length
  const last = [...body.matchAll(sealPattern), ...body.matchAll(memoryPattern)].at(-1)
  const after = last ? last.index + last[0].length : (readAbove(body)?.length ?? body.length)
  const rules = [...body.slice(after).matchAll(/^---[ \t]*\r?$/gm)]
  const rule = last ? rules[0] : rules.at(-1)
  return rule ? after + rule.index + rule[0].length : last && after
}

/** Without our hidden lines, which would be read as those of the new text. */
const strip = (text: string): string => text.replace(hidden, '')

/** What the issue was called and whose it is, in a second hidden line. */
export interface Seal {
  /** Hash of the identity. */
  step: string
  /** Hash of the title that the action gave it. */
  title: string
}

export function sealMarker({ step, title }: Seal): string {
  return `<!-- attach-acr step=${step} title=${title} -->`
}

export function readSeal(body: string): Seal | undefined {
  const found = [...body.matchAll(sealPattern)].at(-1)
  return found ? { step: found[1] ?? '', title: found[2] ?? '' } : undefined
}

export const hashTitle = (title: string): string => hash(title, 8)
