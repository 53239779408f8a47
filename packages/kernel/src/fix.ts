import { wrapCommand } from './wrap-command.js'

/** What to do about an error or a finding: prose, and whole commands that run in bash as they stand. These two fields are all that a report has. */
export interface Fix {
  text: string
  commands: string[]
  /** Set if the commands must not be pasted together, or if the text has a block. Not enumerable, so that no report has it. */
  readonly parts?: readonly FixPart[]
}

/** A part of a fix whose commands may be pasted together, but not with those of other parts. */
export interface FixPart {
  text: string
  /** Lines below the text that keep their form: YAML to paste, or values to compare. */
  block?: { language: 'yaml' | 'text'; lines: readonly string[] }
  commands: string[]
  /** What the part opens, costs or interrupts beyond what was asked for. Such a part comes last, folded if possible. */
  caution?: string
}

/** Prose with commands, in the order in which they must run; also both in one list, and a fix as it is. */
export function fix(advice: string | readonly [text: string, ...commands: string[]] | Fix, ...commands: string[]): Fix {
  if (typeof advice === 'string') return { text: advice, commands }
  return 'text' in advice ? advice : fix(...advice)
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
  return isPlain ? all : Object.defineProperty(all, 'parts', { value: given })
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
