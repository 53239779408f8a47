import { execFileSync } from 'node:child_process'

/** A complete command, including line breaks after a backslash and within quotes. */
const command = /^[ \t]*\S(?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^'"\\\n])*/gm

/** The commands of a block of shell, one by one, as a person copies them. */
export function splitCommands(block: string): string[] {
  return block.match(command) ?? []
}

/** A loop over IDs, as `forEach` makes it. */
const loop = /^for id in ((?:[^;\\]|\\\n)+); do \\\n +([^]*); done$/

/** The commands that a loop runs, one for each of its IDs; any other command as it is. */
export function unroll(command: string): string[] {
  const [, ids = '', body = ''] = loop.exec(command.trim()) ?? []
  return body ? wordsOf(ids).map(id => body.replaceAll('"$id"', () => id)) : [command]
}

/** The `az` commands in a text, each split into arguments like in a POSIX shell; a loop's, one by one. */
export function readAzCommands(text: string): string[][] {
  const commands = text.match(new RegExp(command.source.replace('\\S', '(?:az|for id in) '), 'gm')) ?? []
  return commands.flatMap(unroll).map(text => {
    // A placeholder for the reader: `<identity>`.
    const command = text.replace(/ <(\w+)>/g, ' $1')
    // The part after a pipe is another command, which must not run.
    const script = `xargs() { cat; }\naz() { for word; do printf '%s\\0' "$word"; done; }\n${command}`
    return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
  })
}

/**
 * The words of a command line as bash splits it, and `|` between two commands; a command substitution is the word `found`. In this process, because
 * properties split thousands of commands.
 */
export function wordsOf(command: string): string[] {
  const pattern = /(?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^\s'"\\|])+|\|/g
  const unquote = (word: string): string =>
    word.replace(/'([^']*)'|"((?:\\[^]|[^"\\])*)"|\\([^])/g, (_, single?: string, double?: string, bare?: string) =>
      bare !== undefined ? bare.replace('\n', '') : (single ?? double?.replace(/\\(["$`\\])/g, '$1') ?? ''),
    )
  const words = command.replace(/\$\([^)]*\)/g, 'found').match(pattern) ?? []
  return words.filter(word => word !== '\\\n').map(unquote)
}

/** The value of an option in a command's arguments; empty if it is missing. */
export function option(command: readonly string[] | undefined, name: string): string {
  const at = command?.indexOf(name) ?? -1
  return at < 0 ? '' : (command?.[at + 1] ?? '')
}
