import { readdirSync, readFileSync } from 'node:fs'
import { createLogReader, parseCommand } from 'azure-simulator/runner/log'
import { createMasker } from 'azure-simulator/runner/masker'
import type { Scenario, Start, StepEnd } from './scenario.js'

/** All switches that make programs print more than they should. */
const debugSwitches = {
  AZURE_LOG_LEVEL: 'verbose',
  ACTIONS_STEP_DEBUG: 'true',
  RUNNER_DEBUG: '1',
  DEBUG: '*',
  NODE_DEBUG: 'http,https,http2,tls,net,undici,fetch,child_process',
}

/** A program that the step has started. */
interface Child {
  commandLine: string
  environment: string
}

/** A scenario whose steps run with all debug switches on, and the programs that they have started so far. */
export function letDebug(scenario: Scenario): { scenario: Scenario; children: Map<number, Child> } {
  const children = new Map<number, Child>()
  const attach: Scenario['attach'] = (inputs, start: Start = {}) => {
    let watch: NodeJS.Timeout | undefined
    const onStart = (pid: number): void => {
      watch = setInterval(() => {
        for (const child of descendantsOf(pid))
          children.set(child, readProcess(child) ?? children.get(child) ?? nothing)
      }, 5)
    }
    const environment = { ...debugSwitches, ...start.environment }
    return scenario.attach(inputs, { ...start, environment, onStart }).finally(() => {
      clearInterval(watch)
    })
  }
  return { scenario: { ...scenario, attach }, children }
}

const nothing: Child = { commandLine: '', environment: '' }

/** The descendants of a process (proc_pid_status(5), `PPid`). */
function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap(name => {
    const [, parent] = /^PPid:\s*(\d+)/m.exec(read(`/proc/${name}/status`)) ?? []
    return /^\d+$/.test(name) && parent ? [[Number(name), Number(parent)] as const] : []
  })
  const of = (ancestor: number): number[] =>
    parents.flatMap(([child, parent]) => (parent === ancestor ? [child, ...of(child)] : []))
  return of(pid)
}

function readProcess(pid: number): Child | undefined {
  const commandLine = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
  return commandLine ? { commandLine, environment: read(`/proc/${pid}/environ`).replaceAll('\0', '\n') } : undefined
}

/** The process may have ended in the meantime. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Where a step and its programs wrote one of the secrets, as the runner shows it: masked, if the secret was registered before. */
export function findLeaks(
  end: Omit<StepEnd, 'report'>,
  { simulator, world }: Scenario,
  children: Iterable<Child>,
  more: readonly string[] = [],
): string[] {
  // GitHub's runner masks its own tokens in logs by itself.
  const { requestToken, runtimeToken } = simulator.runner
  const secrets = [...new Set([...simulator.secrets, runtimeToken, ...more])]
  const masker = createMasker()
  for (const token of [requestToken, runtimeToken, ...world.github.tokens.keys()]) masker.add(token)
  const read = createLogReader(masker)
  const show = (text: string): string =>
    text
      .split('\n')
      .flatMap(line => {
        const entry = read(line)
        if (entry?.kind === 'text') return entry.text
        const command = parseCommand(line)
        return command?.name === 'add-mask' ? [] : masker.mask(command ? `${line}\n${command.message}` : line)
      })
      .join('\n')
  const log = show([end.stdout, end.post?.stdout ?? ''].join('\n'))
  const places: Record<string, string> = {
    log,
    'standard error': show(end.stderr + (end.post?.stderr ?? '')),
    // The runner masks the summary, too, but not outputs, states, files and issues.
    summary: masker.mask(end.summary),
    outputs: JSON.stringify(end.outputs),
    'report file': end.reportFile,
    state: JSON.stringify(end.state),
    ...Object.fromEntries(Object.entries(end.temporary).map(([path, text]) => [`file ${path}`, text])),
    issues: JSON.stringify(world.github.issues),
    'command lines': [...children].map(({ commandLine }) => commandLine).join('\n'),
    "programs' environments": [...children].map(({ environment }) => environment).join('\n'),
  }
  return Object.entries(places).flatMap(([place, text]) =>
    secrets.flatMap(secret =>
      formsOf(secret).some(form => text.includes(form))
        ? `${place}: ${secret.slice(0, 6)}… (${whereIn(text, secret)})`
        : [],
    ),
  )
}

/** A secret as it is, in JSON, in a URL, in Markdown and HTML, and by itself in Base64. */
function formsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    secret.replace(/[\\`*_[\]<>#|~]/g, '\\$&'),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ]
}

function whereIn(text: string, secret: string): string {
  const at = Math.max(0, ...formsOf(secret).map(form => text.indexOf(form)))
  return text.slice(Math.max(0, at - 60), at).replaceAll('\n', ' ')
}
