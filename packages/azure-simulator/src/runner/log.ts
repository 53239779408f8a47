// Reads a step's log as GitHub shows it: text, groups and annotations.

/** A box on the run's page. */
export interface Annotation {
  kind: 'annotation'
  level: 'error' | 'warning' | 'notice'
  title: string
  message: string
}

/** How GitHub shows a line of a step's standard output. */
export type LogEntry = { kind: 'text'; text: string; grouped: boolean } | { kind: 'group'; title: string } | Annotation

/** Reads a step's standard output like the runner: hides debug lines and masks secrets. */
export function createLogReader(): (line: string) => LogEntry | undefined {
  const secrets: string[] = []
  let grouped = false
  const mask = (text: string): string => secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)

  return line => {
    const command = parseCommand(line)
    if (!command) return { kind: 'text', text: mask(line), grouped }
    const message = mask(command.message)
    switch (command.name) {
      case 'add-mask':
        if (command.message) secrets.push(command.message)
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
        return { kind: 'annotation', level: command.name, title: mask(command.properties.title ?? ''), message }
      case 'debug':
        return undefined
      default:
        return { kind: 'text', text: mask(line), grouped }
    }
  }
}

/** A workflow command: `::name key=value,key=value::message` (escapes: actions/toolkit `command.ts`). */
export interface WorkflowCommand {
  name: string
  properties: Record<string, string>
  message: string
}

/** Parses a workflow command; undefined for any other line. */
export function parseCommand(line: string): WorkflowCommand | undefined {
  const [, name, properties = '', message = ''] = /^::([\w-]+)(?: ([^:]*))?::(.*)$/s.exec(line) ?? []
  if (!name) return undefined
  const pairs = properties.split(',').flatMap((property): [string, string][] => {
    const [key, ...value] = property.split('=')
    return key ? [[key, unescape(value.join('=')).replaceAll('%3A', ':').replaceAll('%2C', ',')]] : []
  })
  return { name, properties: Object.fromEntries(pairs), message: unescape(message) }
}

function unescape(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}
