import { belowLine, memoryPattern } from './memory.js'
import { readAbove, readSeal } from './owner.js'

/** The first words of the text that is rewritten. */
const head = /^\*\*[^\n]*\*\*, found by \[/m

const hidden = /^<!-- attach-acr[ :][^\n]*-->[ \t]*\r?(?:\n|$)/gm

/**
 * The text of people above and below the text that is rewritten, which stays, also if they deleted some of its hidden lines or wrote below the first one: the text
 * begins with its headline, or else with the hidden line before it, and without the line that ends it, it ends with its memory. Without any, or with neither
 * headline nor end, all is the text of people.
 */
export function readWords(body: string): { above: string; below: string } {
  const above = readAbove(body)
  const end = findEnd(body)
  const from = above?.length ?? 0
  const headline = head.exec(body.slice(from))
  if (end === undefined && (above === undefined || !headline)) return { above: '', below: strip(body) }
  const begins = [headline ? from + headline.index : above?.length, end].filter(each => each !== undefined)
  return { above: strip(body.slice(0, Math.min(...begins))), below: strip(body.slice(end ?? body.length)) }
}

/** Where the text that is rewritten ends: at the line for people, else at the rule before it, which follows the memory. */
function findEnd(body: string): number | undefined {
  const line = body.indexOf(belowLine)
  if (line >= 0) return line + belowLine.length
  const memory = [...body.matchAll(memoryPattern)].at(-1)
  const last = memory ? memory.index + memory[0].length : readSeal(body)?.end
  const after = last ?? readAbove(body)?.length ?? body.length
  const rules = [...body.slice(after).matchAll(/^---[ \t]*\r?$/gm)]
  const rule = last === undefined ? rules.at(-1) : rules[0]
  return rule ? after + rule.index + rule[0].length : last
}

/** Without our hidden lines, which would be read as those of the new text. */
const strip = (text: string): string => text.replace(hidden, '')
