import { wrapCommand } from './wrap-command.js'

/**
 * What to do about an error or a finding, part by part: alternatives, or a look and what may follow from it. The narrowest comes first, the most dangerous
 * last. Empty if there is nothing to say.
 */
export type Fix = readonly FixPart[]

/** Prose, and whole commands that run in bash as they stand. They may be pasted together, but not with those of other parts. */
export interface FixPart {
  text: string
  /** Lines below the text that keep their form: YAML to paste, or values to compare. */
  block?: { language: 'yaml' | 'text'; lines: readonly string[] }
  commands: readonly string[]
  /** What the part opens, costs or interrupts beyond what was asked for. Such a part comes last, folded if possible. */
  caution?: string
  /** The same in one sentence, for annotations, where the text is long. */
  short?: string
}

/** Prose with commands, in the order in which they must run; also both in one list, and a fix as it is. */
export function fix(advice: string | readonly [text: string, ...commands: string[]] | Fix, ...commands: string[]): Fix {
  if (typeof advice === 'string') return choices({ text: advice, commands })
  return isProse(advice) ? fix(...advice) : advice
}

const isProse = (
  advice: readonly [text: string, ...commands: string[]] | Fix,
): advice is readonly [string, ...string[]] => typeof advice[0] === 'string'

/** A fix with a sentence of its own for annotations. */
export function inShort(short: string, advice: Parameters<typeof fix>[0]): Fix {
  return fix(advice).map((part, index) => (index === 0 ? { ...part, short } : part))
}

/** A fix of which annotations have the first sentence alone. @param more the sentences after it; the last one announces the commands */
export function briefly(short: string, more: string, ...commands: string[]): Fix {
  return inShort(short, [`${short} ${more}`, ...commands])
}

/** What an annotation says of a fix: the sentence of its first part, or else all of it, with what a colon announces: lines, or the first command. */
export function sayShort([part]: Fix): string {
  if (!part || part.text === '') return ''
  const { text, block, commands, short } = part
  if (short !== undefined) return short
  const announced = text.endsWith(':') && !block ? commands.slice(0, 1) : []
  return printFix([{ text, ...(block && { block }), commands: announced }])
}

/** A fix whose parts, or other fixes with theirs, are shown apart. Those that say nothing are left out. */
export function choices(...parts: (FixPart | Fix)[]): Fix {
  return parts.flat().filter(({ text, commands }) => text !== '' || commands.length > 0)
}

/** A fix as reports have it: its prose with the lines below it, and each command once. */
export function toFixJson(advice: Fix): { text: string; commands: string[] } {
  const lines = advice.flatMap(({ text, block }) => [text, ...(block?.lines ?? [])])
  return { text: lines.filter(Boolean).join('\n'), commands: [...new Set(advice.flatMap(({ commands }) => commands))] }
}

/** A fix as plain text: prose, each with its block and its commands below it, these wrapped and indented. */
export function printFix(advice: Fix): string {
  const lines = advice.flatMap(({ text, block, commands }) => [
    text,
    ...(block?.lines ?? []),
    ...commands.map(command => wrapCommand(command).replace(/^/gm, '  ')),
  ])
  return lines.filter(Boolean).join('\n')
}
