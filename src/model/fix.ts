/**
 * What to do about an error or a finding: prose, and whole commands that run as they stand in bash. A report has exactly these two.
 */
export interface Fix {
  text: string
  commands: string[]
  /** Set where the commands are not to be pasted together; not enumerable, so that no report has it. */
  readonly parts?: readonly FixPart[]
}

/** A part of an advice whose commands may be pasted together, and without those of the other parts. */
export interface FixPart {
  text: string
  commands: string[]
  /** What the part opens, costs or interrupts beyond what is asked for. It is then folded where that can be, and comes last. */
  caution?: string
}

/** Advice with the commands that carry it out, in the order they are to be run. */
export function fix(text: string, ...commands: string[]): Fix {
  return { text, commands }
}

/**
 * Advice whose parts do not belong together: alternatives, of which one is run, or a look and what may follow from it. The narrowest is the first,
 * and what is dangerous the last.
 */
export function choices(...parts: FixPart[]): Fix {
  const given = parts.filter(({ text, commands }) => text !== '' || commands.length > 0)
  const texts = given.map(({ text }) => text).filter(Boolean)
  const all = fix(texts.join('\n'), ...new Set(given.flatMap(({ commands }) => commands)))
  const isOne = given.length < 2 && given.every(({ caution }) => caution === undefined)
  return isOne ? all : Object.defineProperty(all, 'parts', { value: given })
}

/** The parts of an advice, each of which is shown in a block of its own. */
export function partsOf(advice: Fix): readonly FixPart[] {
  return advice.parts ?? [advice]
}

/** Several pieces of advice as one; their commands stay apart. */
export function joinFixes(...fixes: Fix[]): Fix {
  return choices(...fixes.flatMap(partsOf))
}

/**
 * The same advice about several things as one: the first command of each, then the second, so that what is dangerous comes last.
 * @param most commands; things whose commands are too many are left out, but for the first
 */
export function mergeFixes(fixes: readonly Fix[], most: number): Fix {
  const [first = fix('')] = fixes
  let known: ReadonlySet<string> = new Set(first.commands)
  const fitting = fixes.filter(({ commands }, index) => {
    const more = new Set([...known, ...commands])
    const isFitting = index === 0 || more.size <= most
    if (isFitting) known = more
    return isFitting
  })
  let left = most
  const merged = partsOf(first).map((part, index): FixPart => {
    const same = fitting.map(each => partsOf(each)[index]?.commands ?? [])
    const commands = interleave(same).slice(0, left)
    left -= commands.length
    return { ...part, commands }
  })
  return choices(...merged)
}

/** The first of each list, then the second, each text once. */
function interleave(lists: readonly (readonly string[])[]): string[] {
  const length = Math.max(...lists.map(list => list.length), 0)
  const inOrder = Array.from({ length }, (_, index) => lists.flatMap(list => list[index] ?? []))
  return [...new Set(inOrder.flat())]
}

/** Advice of another job without its commands, which are not trusted; where it announces them, with where they are. */
export function withoutCommands({ text, commands }: Fix): Fix {
  return fix(commands.length > 0 ? text.replace(/:$/gm, ': see the commands in the log of its job.') : text)
}

/** Advice as plain text: prose, each with the commands that it announces below it, indented. */
export function printFix(advice: Fix): string {
  const lines = partsOf(advice).flatMap(({ text, commands }) => [
    text,
    ...commands.map(command => command.replace(/^/gm, '  ')),
  ])
  return lines.filter(Boolean).join('\n')
}
