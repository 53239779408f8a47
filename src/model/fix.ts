/** What to do about an error or a finding: prose, and whole commands that run as they stand in bash. */
export interface Fix {
  text: string
  commands: string[]
}

/** Advice with the commands that carry it out, in the order they are to be run. */
export function fix(text: string, ...commands: string[]): Fix {
  return { text, commands }
}

/** Several pieces of advice as one. */
export function joinFixes(...fixes: Fix[]): Fix {
  return {
    text: fixes
      .map(({ text }) => text)
      .filter(Boolean)
      .join('\n'),
    commands: [...new Set(fixes.flatMap(({ commands }) => commands))],
  }
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
  const steps = Math.max(...fitting.map(({ commands }) => commands.length), 0)
  const inOrder = Array.from({ length: steps }, (_, step) => fitting.flatMap(({ commands }) => commands[step] ?? []))
  return fix(first.text, ...[...new Set(inOrder.flat())].slice(0, most))
}

/** Advice of another job without its commands, which are not trusted; where it announces them, with where they are. */
export function withoutCommands({ text, commands }: Fix): Fix {
  return fix(commands.length > 0 ? text.replace(/:$/, ': see the commands in the log of its job.') : text)
}

/** Advice as plain text: the prose, and below it each command, indented. */
export function printFix({ text, commands }: Fix): string {
  return [text, ...commands.map(command => command.replace(/^/gm, '  '))].filter(Boolean).join('\n')
}
