import { wrapCommand } from './wrap-command.js'

/** What to do about an error or a finding: prose, and whole commands that run in bash as they stand. These two fields are all that a report has. */
export interface Fix {
  text: string
  commands: string[]
  /** Set if the commands must not be pasted together, or if the text has a block. Not enumerable, so that no report has it. */
  readonly parts?: readonly FixPart[]
  /** What to do in one sentence, where the first sentence of the text needs the others: annotations have no more. Not enumerable either. */
  readonly short?: string | undefined
}

/** A part of a fix whose commands may be pasted together, but not with those of other parts. */
export interface FixPart {
  text: string
  /** Lines below the text that keep their form: YAML to paste, or values to compare. */
  block?: { language: 'yaml' | 'text'; lines: readonly string[] }
  commands: string[]
  /** What the part opens, costs or interrupts beyond what was asked for. Such a part comes last, folded if possible. */
  caution?: string
  /** That of the fix whose part it was. */
  readonly short?: string | undefined
}

/** Prose with commands, in the order in which they must run; also both in one list, and a fix as it is. */
export function fix(advice: string | readonly [text: string, ...commands: string[]] | Fix, ...commands: string[]): Fix {
  if (typeof advice === 'string') return { text: advice, commands }
  return 'text' in advice ? advice : fix(...advice)
}

/** A fix with a sentence of its own for annotations. */
export function inShort(short: string, advice: Parameters<typeof fix>[0]): Fix {
  return Object.defineProperty({ ...fix(advice) }, 'short', { value: short })
}

/**
 * What an annotation says of a fix: its own sentence, or else the first one of its text. One that ends with a colon comes with what it announces: lines, or the
 * first command.
 */
export function shortenFix(advice: Fix): string {
  const [{ text, block, commands, short } = { text: '', commands: [] }] = partsOf(advice)
  if (short !== undefined) return short
  const [first = ''] = /^.+?(?:[.?!](?=\s|$)|(?=\n|$))/.exec(text) ?? []
  if (!first.endsWith(':')) return first
  const lines = [...text.slice(first.length + 1).split('\n'), ...(block?.lines ?? [])].filter(Boolean)
  return printFix({ text: [first, ...lines].join('\n'), commands: lines.length > 0 ? [] : commands.slice(0, 1) })
}

/**
 * A fix whose parts, or other fixes with theirs, are shown apart: alternatives, or a look and what may follow from it. The narrowest comes first, the most
 * dangerous last.
 */
export function choices(...parts: (FixPart | Fix)[]): Fix {
  const given = parts.flatMap(partsOf).filter(({ text, commands }) => text !== '' || commands.length > 0)
  const lines = given.flatMap(({ text, block }) => [text, ...(block?.lines ?? [])])
  const all = fix(lines.filter(Boolean).join('\n'), ...new Set(given.flatMap(({ commands }) => commands)))
  const isPlain = given.length < 2 && given.every(({ caution, block }) => !caution && !block)
  if (!isPlain) return Object.defineProperty(all, 'parts', { value: given })
  const short = given[0]?.short
  return short === undefined ? all : inShort(short, all)
}

/** The parts of a fix, each of which is shown by itself. */
export function partsOf(advice: Fix | FixPart): readonly FixPart[] {
  return 'parts' in advice ? advice.parts : [advice]
}

/** A fix as plain text: prose, each with its block and its commands below it, these wrapped and indented. */
export function printFix(advice: Fix): string {
  const lines = partsOf(advice).flatMap(({ text, block, commands }) => [
    text,
    ...(block?.lines ?? []),
    ...commands.map(command => wrapCommand(command).replace(/^/gm, '  ')),
  ])
  return lines.filter(Boolean).join('\n')
}
