import { chunk } from 'kernel'

/** Part of a command that is inserted as it stands; an empty one drops out. */
export interface Raw {
  raw: string
}

/** One word, several words, or a part that is already quoted. An undefined or empty part drops out, with the space before it. */
type CommandPart = string | readonly string[] | Raw | undefined

/**
 * Template for a command line of a POSIX shell: quotes the values, so that each is one word whatever it contains. A line break in the template
 * continues the command on the next line.
 */
export function shell(strings: TemplateStringsArray, ...parts: CommandPart[]): string {
  const [first = '', ...texts] = strings.map(text => text.replace(/\s*\n\s*/g, ' \\\n  '))
  let command = first
  for (const [index, text] of texts.entries()) {
    const part = print(parts[index])
    command = (part ? command + part : command.replace(/ (\\\n {2})?$/, '')) + text
  }
  return command
}

/** Template for a command of the Azure CLI, such as az`acr show --name ${name}`. */
export function az(strings: TemplateStringsArray, ...parts: CommandPart[]): string {
  return `az ${shell(strings, ...parts)}`
}

function print(part: CommandPart = []): string {
  if (typeof part === 'object' && 'raw' in part) return part.raw
  return (typeof part === 'string' ? [part] : part).map(shellQuote).join(' ')
}

/**
 * A command for each of some IDs, as one that is complete: a loop in which `$id` is the ID, or the command itself for a single one, which can be empty. It is
 * one line with continuations, so that nothing tears it apart.
 */
export function forEach(ids: string | readonly string[], toCommand: (id: Raw) => string): string {
  const [only = '', ...others] = [ids].flat()
  if (others.length === 0) return toCommand(raw(only && shellQuote(only)))
  const lines = chunk([only, ...others].map(shellQuote), idsPerLine).map(line => line.join(' '))
  return `for id in ${lines.length > 1 ? '\\\n  ' : ''}${lines.join(' \\\n  ')}; do \\\n  ${toCommand(raw('"$id"'))}; done`
}

/** Number of GUIDs that fit into a line of a log. */
const idsPerLine = 3

/** Inserts text into a template as it stands. */
export function raw(text: string): Raw {
  return { raw: text }
}

/** An option with its value; drops out when the value is empty. */
export function option(name: string, value = ''): Raw {
  return raw(value && `${name} ${shellQuote(value)}`)
}

/** `--subscription` with the subscription of a scope; drops out when the scope is in none. */
export function inSubscriptionOf(scope: string): Raw {
  return option('--subscription', subscriptionOf(scope))
}

/** The ID of the subscription that contains a scope; empty when there is none. */
export function subscriptionOf(scope: string): string {
  return /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1] ?? ''
}

/** One word in double quotes if a shell leaves the text unchanged there, so that single quotes inside stay readable; else as `shellQuote` does it. */
export function doubleQuoted(text: string): Raw {
  // Inside double quotes, a shell interprets " $ ` \ and, when interactive, !.
  return raw(isBare(text) || /["$`\\!]/.test(text) ? shellQuote(text) : `"${text}"`)
}

/** One word that is JSON, with a line for each member, so that no line is longer than it must be. */
export function json(value: object): Raw {
  return raw(shellQuote(JSON.stringify(value, null, 2)))
}

/** A word for a POSIX shell: bare where that is safe, else in single quotes. */
export function shellQuote(word: string): string {
  return isBare(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function isBare(word: string): boolean {
  return /^[\w./:@=,+-]+$/.test(word)
}
