import { hash } from './identity.js'
import { readAbove } from './marker.js'
import { belowLine, memoryPattern } from './memory.js'

/** The first words of the text that is rewritten. */
const head = /^\*\*[^\n]*\*\*, found by \[/m

const sealPattern = /^<!-- attach-acr step=([0-9a-f]+) title=([0-9a-f]+) -->[ \t]*\r?$/gm

const hidden = /^<!-- attach-acr[ :][^\n]*-->[ \t]*\r?(?:\n|$)/gm

/**
 * The text of people above and below the text that is rewritten, which stays, also if they deleted some of its hidden lines or wrote below the first one: the text
 * begins with its headline, or else with the hidden line before it, and without the line that ends it, it ends with its memory. Without any, all is the
 * text of people.
 */
export function readWords(body: string): { above: string; below: string } {
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

/**
 * A second hidden line: whose the issue is, and what it was called.
 * @param step hash of the identity
 * @param title hash of the title that the action gave it
 */
export function sealMarker(step: string, title: string): string {
  return `<!-- attach-acr step=${step} title=${title} -->`
}

/** What the second hidden line says; undefined without it. */
export function readSeal(body: string): { step: string; title: string } | undefined {
  const found = [...body.matchAll(sealPattern)].at(-1)
  return found ? { step: found[1] ?? '', title: found[2] ?? '' } : undefined
}

export const hashTitle = (title: string): string => hash(title, 8)
