// Reads a step's log as GitHub shows it: text, groups and annotations (actions/runner, src/Runner.Common/ActionCommand.cs and ActionCommandManager.cs).
import { createMasker, type Masker } from './masker.js'

/** A box on the run's page. */
export interface Annotation {
  kind: 'annotation'
  level: 'error' | 'warning' | 'notice'
  title: string
  message: string
}

/** How GitHub shows a line of a step's output. */
export type LogEntry = { kind: 'text'; text: string; grouped: boolean } | { kind: 'group'; title: string } | Annotation

/** Reads the lines of a step's standard output, and then those of its standard error, like the runner: hides debug lines and masks secrets. */
export function createLogReader(masker: Masker = createMasker()): (line: string) => LogEntry | undefined {
  let grouped = false
  let resumeToken: string | undefined
  const toText = (line: string): LogEntry => ({ kind: 'text', text: masker.mask(line), grouped })
  return line => {
    const command = parseCommand(line, resumeToken)
    if (resumeToken !== undefined) {
      if (command?.name === resumeToken.toLowerCase()) resumeToken = undefined
      return toText(line)
    }
    if (!command) return toText(line)
    const message = masker.mask(command.message)
    switch (command.name) {
      case 'add-mask':
        // The lines of a value are often printed one by one.
        for (const value of [command.message, ...command.message.split(/[\r\n]/).map(each => each.trim())])
          masker.add(value)
        return undefined
      case 'group':
        grouped = true
        return { kind: 'group', title: message }
      case 'endgroup':
        grouped = false
        return undefined
      case 'error':
      case 'warning':
      case 'notice':
        return { kind: 'annotation', level: command.name, title: masker.mask(command.properties.title ?? ''), message }
      case 'debug':
        return undefined
      case 'stop-commands':
        resumeToken = command.message
        return toText(line)
      default:
        // Old ways to set variables and outputs, which fail or are deprecated: an action that uses them has a defect.
        return {
          kind: 'annotation',
          level: 'error',
          title: '',
          message: `Unable to process command '${masker.mask(line)}' successfully.`,
        }
    }
  }
}

/** A workflow command: `::name key=value,key=value::message`, or `##[name key=value;key=value]message`. */
export interface WorkflowCommand {
  /** In lower case. */
  name: string
  /** By their names in lower case. */
  properties: Record<string, string>
  message: string
}

const names = [
  ...['add-mask', 'add-matcher', 'add-path', 'debug', 'echo', 'endgroup', 'error', 'group', 'internal-set-repo-path'],
  ...['notice', 'remove-matcher', 'save-state', 'set-env', 'set-output', 'stop-commands', 'warning'],
]

const forms = [
  // Only white space can be in front of it, but anything in front of the old form.
  {
    pattern: /^\s*::([^ ]*?)(?: (.*?))?::(.*)$/s,
    separator: ',',
    property: { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' },
    message: { '%0D': '\r', '%0A': '\n', '%25': '%' },
  },
  {
    pattern: /##\[([^ \]]*)(?: ([^\]]*))?\](.*)$/s,
    separator: ';',
    property: { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%25': '%' },
    message: { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%25': '%' },
  },
]

/**
 * Parses a workflow command; undefined for any other line, also one with a command that the runner doesn't know.
 * @param more another name that is known, such as the token that ends `stop-commands`
 */
export function parseCommand(line: string, more = ''): WorkflowCommand | undefined {
  for (const { pattern, separator, property, message } of forms) {
    const [, name = '', given = '', text = ''] = pattern.exec(line) ?? []
    const lower = name.toLowerCase()
    if (lower === '' || ![...names, more.toLowerCase()].includes(lower)) continue
    const pairs = given
      .trim()
      .split(separator)
      .flatMap((each): [string, string][] => {
        const [, key = '', value = ''] = /^=*(.+?)=(.+)$/s.exec(each) ?? []
        return key ? [[key.toLowerCase(), unescape(value, property)]] : []
      })
    return { name: lower, properties: Object.fromEntries(pairs), message: unescape(text, message) }
  }
  return undefined
}

/** One mapping after the other, as the runner does it: `%` comes last. */
function unescape(text: string, mapping: Record<string, string>): string {
  return Object.entries(mapping).reduce((read, [escaped, char]) => read.replaceAll(escaped, char), text)
}
