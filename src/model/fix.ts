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

/** Advice as plain text: the prose, and below it each command, indented. */
export function printFix({ text, commands }: Fix): string {
  return [text, ...commands.map(command => command.replace(/^/gm, '  '))].filter(Boolean).join('\n')
}
