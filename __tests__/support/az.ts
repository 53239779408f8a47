import { execFileSync } from 'node:child_process'

/** A command to its end: over line ends behind a backslash, and within quotes. */
const command = /^[ \t]*\S(?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^'"\\\n])*/gm

/** The commands of a block of shell, one by one, as a person copies them. */
export function splitCommands(block: string): string[] {
  return block.match(command) ?? []
}

/** The `az` commands in a text, each as the arguments that a POSIX shell makes of it. */
export function readAzCommands(text: string): string[][] {
  const commands = text.match(new RegExp(command.source.replace('\\S', 'az '), 'gm')) ?? []
  return commands.map(text => {
    // What the reader is to fill in: `<identity>`.
    const command = text.replace(/ <(\w+)>/g, ' $1')
    // What goes through a pipe is for another command, which must not run.
    const script = `xargs() { cat; }\naz() { for word; do printf '%s\\0' "$word"; done; }\n${command}`
    return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
  })
}

/** The value of an option in a command's arguments. */
export function option(command: string[] | undefined, name: string): string {
  return command?.[command.indexOf(name) + 1] ?? ''
}
