import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import { checkSummary, fileCommands, readPairs } from './file-commands.js'
import { createLogReader } from './log.js'
import { createMasker, type Masker } from './masker.js'

/** A workflow step and its runner settings. */
export interface Step {
  /** The action's folder; the working directory by default. */
  action?: string
  /** The step's `with:`. */
  inputs: Record<string, string>
  environment: Record<string, string>
  /** Node binary; the current one by default. */
  node?: string
  /** Node options before the action's file; the real runner has none. */
  nodeOptions?: string[]
  /** False skips the post step if the step saved no state: the real runner starts it whenever the main step was started. */
  post?: boolean
  /** Called between the step and its post step, in place of the rest of the job. */
  meanwhile?: () => void
  /** Called with the main process after it has started. */
  onStart?: (started: { pid: number; kill: (signal: NodeJS.Signals) => void }) => void
  /** Called with all standard output so far whenever there is more; not for the post step. */
  onOutput?: (stdout: string) => void
  /** Prints the log while the step runs. */
  echo?: boolean
}

export interface StepResult extends ProcessEnd {
  /** Whether the runner shows the step as failed: by its exit code, or because its files could not be read. */
  isFailed: boolean
  /** What the runner itself annotates: its errors about the step's files, and its warning about inputs that the action doesn't have. */
  issues: string[]
  /** The last value of each output, as in the runner. */
  outputs: Record<string, string>
  /** The outputs of a job to which all of the step's are mapped. */
  jobOutputs: Record<string, string>
  /** As the runner keeps it: masked, and empty if it was too large. */
  summary: string
  /** The content of the file named by the output `report-file`. */
  reportFile: string
  /** Files left in the runner's temporary folder: content by path. */
  temporary: Record<string, string>
  /** State that the step saved for its post step. */
  state: Record<string, string>
  /** How the post step ended, if it ran. */
  post?: ProcessEnd & Pick<StepResult, 'summary' | 'issues' | 'isFailed'>
}

interface ProcessEnd {
  /** In ms since the epoch. */
  startedAt: number
  exitCode: number | null
  stdout: string
  stderr: string
}

/** The parts of an action's manifest that the runner needs. */
interface ActionManifest {
  inputs: Record<string, { default?: string }>
  outputs: Record<string, unknown>
  runs: { main: string; post: string }
}

export function readManifest(folder = process.cwd()): ActionManifest {
  const known = manifests.get(folder)
  if (known) return known
  const manifest = parse(readFileSync(join(folder, 'action.yml'), 'utf8')) as ActionManifest
  manifests.set(folder, manifest)
  return manifest
}

const manifests = new Map<string, ActionManifest>()

/**
 * Starts the action like GitHub's runner: the bundle named in action.yml, inputs with their defaults as `INPUT_*`
 * variables, files for what the step sets, and no other variable of this process than the path. Then runs the
 * post step with its state as `STATE_*` variables and files of its own, however the main step ended (actions/runner, `StepsRunner.cs` and
 * `Handler.cs`).
 */
export async function runStep(step: Step): Promise<StepResult> {
  const manifest = readManifest(step.action)
  const folder = mkdtempSync(join(tmpdir(), 'runner-'))
  const temporary = join(folder, 'temp')
  const event = join(folder, 'event.json')
  mkdirSync(temporary)
  writeFileSync(event, '{}')
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    RUNNER_TEMP: temporary,
    RUNNER_TOOL_CACHE: join(folder, 'tools'),
    RUNNER_WORKSPACE: folder,
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__attach',
    GITHUB_EVENT_PATH: event,
    GITHUB_WORKSPACE: folder,
    ...toInputVariables(manifest, step.inputs),
    ...step.environment,
  }
  const masker = createMasker()
  const main = await startWithFiles(step, manifest.runs.main, environment, join(folder, 'main'), masker, step)
  const unexpected = Object.keys(step.inputs).filter(name => !isInput(manifest, name))
  const outputs = Object.fromEntries(main.outputs)
  const reportFile = outputs['report-file'] ? readFileSync(outputs['report-file'], 'utf8') : ''
  const state = Object.fromEntries(main.state)
  const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
  step.meanwhile?.()
  const isPosted = step.post ?? true
  const post =
    (isPosted || Object.keys(state).length > 0) &&
    (await startWithFiles(step, manifest.runs.post, { ...environment, ...saved }, join(folder, 'post'), masker))
  const left = readdirSync(temporary, { recursive: true, withFileTypes: true }).filter(entry => !entry.isDirectory())
  const paths = left.map(({ parentPath, name }) => join(parentPath, name))
  const texts = Object.fromEntries(paths.map(path => [relative(temporary, path), readFileSync(path, 'utf8')]))
  await rm(folder, { recursive: true })
  const inputs = Object.keys(manifest.inputs).join("', '")
  return {
    ...main,
    // ActionRunner.cs
    issues: [
      ...(unexpected.length > 0
        ? [`Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${inputs}']`]
        : []),
      ...main.issues,
    ],
    outputs,
    jobOutputs: toJobOutputs(outputs),
    reportFile,
    temporary: texts,
    state,
    ...(post && { post }),
  }
}

const isInput = ({ inputs }: ActionManifest, name: string): boolean =>
  Object.keys(inputs).some(each => each.toLowerCase() === name.toLowerCase())

/** Runs a process with files for what it sets, in a folder of their own, and reads them like the runner. */
async function startWithFiles(
  step: Step,
  file: string,
  environment: Record<string, string | undefined>,
  folder: string,
  masker: Masker,
  listeners: Pick<Step, 'onStart' | 'onOutput'> = {},
) {
  mkdirSync(folder)
  const files = Object.fromEntries(Object.keys(fileCommands).map(name => [name, join(folder, name)]))
  for (const each of Object.values(files)) writeFileSync(each, '')
  const end = await startProcess(step, file, { ...files, ...environment }, listeners)
  const read = createLogReader(masker)
  for (const line of `${end.stdout}\n${end.stderr}`.split('\n')) read(line)
  const issues: string[] = []
  let isFailed = end.exitCode !== 0
  const take = <T>(name: keyof typeof fileCommands, work: (path: string) => T, failed: T): T => {
    // The step can have removed it.
    const path = files[name]
    if (path === undefined || !existsSync(path)) return failed
    try {
      return work(path)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      // Of all files, only a summary does no harm.
      if (name === 'GITHUB_STEP_SUMMARY') issues.push(message)
      else issues.push(`Unable to process file command '${fileCommands[name]}' successfully.`, message)
      isFailed ||= name !== 'GITHUB_STEP_SUMMARY'
      return failed
    }
  }
  const readFile = (path: string): Map<string, string> => readPairs(readFileSync(path, 'utf8'))
  const none = new Map<string, string>()
  take('GITHUB_ENV', readFile, none)
  const outputs = take('GITHUB_OUTPUT', readFile, none)
  const state = take('GITHUB_STATE', readFile, none)
  const readSummary = (path: string): string => {
    checkSummary(statSync(path).size)
    return masker.mask(readFileSync(path, 'utf8'))
  }
  return { ...end, isFailed, issues, outputs, state, summary: take('GITHUB_STEP_SUMMARY', readSummary, '') }
}

/** What GitHub keeps of a job's outputs, in bytes. */
const jobOutputBytes = 1_000_000

/**
 * "Outputs can be a maximum of 1 MB per job. […] Size is approximated based on UTF-16 encoding" (github/docs pull request 36846,
 * data/reusables/actions/output-limitations.md). What happens to larger ones is not documented: here, they are all lost.
 */
function toJobOutputs(outputs: Record<string, string>): Record<string, string> {
  const bytes = Object.entries(outputs)
    .flat()
    .reduce((sum, text) => sum + Buffer.byteLength(text, 'utf16le'), 0)
  return bytes <= jobOutputBytes ? outputs : {}
}

async function startProcess(
  step: Step,
  file: string,
  environment: Record<string, string | undefined>,
  { onStart, onOutput }: Pick<Step, 'onStart' | 'onOutput'> = {},
): Promise<ProcessEnd> {
  const startedAt = Date.now()
  const child = spawn(
    step.node ?? process.execPath,
    [...(step.nodeOptions ?? []), join(step.action ?? process.cwd(), file)],
    {
      // Actions run in the workspace.
      ...(environment.GITHUB_WORKSPACE && { cwd: environment.GITHUB_WORKSPACE }),
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const { pid } = child
  if (pid !== undefined) onStart?.({ pid, kill: signal => child.kill(signal) })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (step.echo) process.stdout.write(text)
    onOutput?.(stdout)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    if (step.echo) process.stderr.write(text)
  })
  const exitCode = await new Promise<number | null>((done, failed) => child.on('error', failed).on('close', done))
  return { startedAt, exitCode, stdout, stderr }
}

/**
 * Every input has a variable; it is empty if neither the step nor the manifest sets a value (actions/runner,
 * `ActionRunner.cs`).
 */
function toInputVariables(manifest: ActionManifest, inputs: Record<string, string>): Record<string, string> {
  const names = new Set([...Object.keys(manifest.inputs), ...Object.keys(inputs)])
  return Object.fromEntries(
    [...names].map(name => {
      const preset = manifest.inputs[name]?.default ?? ''
      const value = inputs[name] ?? (preset.startsWith('${{') ? 'ghs_simulated' : preset)
      return [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]
    }),
  )
}
