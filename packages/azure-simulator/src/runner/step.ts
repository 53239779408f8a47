import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parse } from 'yaml'

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
  /** Forces the post step. By default it only runs if the step saved state, because otherwise it has nothing to do. */
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

export interface StepResult {
  exitCode: number | null
  stdout: string
  stderr: string
  /** The last value of each output, as in the runner. */
  outputs: Record<string, string>
  /** The outputs of a job to which all of the step's are mapped. */
  jobOutputs: Record<string, string>
  summary: string
  /** The content of the file named by the output `report-file`. */
  reportFile: string
  /** Files left in the runner's temporary folder: content by path. */
  temporary: Record<string, string>
  /** State that the step saved for its post step. */
  state: Record<string, string>
  /** How the post step ended, if it ran. */
  post?: ProcessEnd
}

interface ProcessEnd {
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
 * variables, files for outputs, summary and state, and no other variable of this process than the path. Then runs the
 * post step with its state as `STATE_*` variables, however the main step ended (actions/runner, `StepsRunner.cs` and
 * `Handler.cs`).
 */
export async function runStep(step: Step): Promise<StepResult> {
  const manifest = readManifest(step.action)
  const folder = mkdtempSync(join(tmpdir(), 'runner-'))
  const temporary = join(folder, 'temp')
  mkdirSync(temporary)
  const files = {
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
    GITHUB_STATE: join(folder, 'state'),
  }
  for (const file of Object.values(files)) writeFileSync(file, '')
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    RUNNER_TEMP: temporary,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: folder,
    ...files,
    ...toInputVariables(manifest, step.inputs),
    ...step.environment,
  }
  const main = await startProcess(step, manifest.runs.main, environment, step)
  const outputs = readVariables(readFileSync(files.GITHUB_OUTPUT, 'utf8'))
  const reportFile = outputs['report-file'] ? readFileSync(outputs['report-file'], 'utf8') : ''
  const summary = readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')
  const state = readVariables(readFileSync(files.GITHUB_STATE, 'utf8'))
  const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
  step.meanwhile?.()
  const isPosted = step.post ?? Object.keys(state).length > 0
  const post = isPosted && (await startProcess(step, manifest.runs.post, { ...environment, ...saved }))
  const left = readdirSync(temporary, { recursive: true, withFileTypes: true }).filter(entry => !entry.isDirectory())
  const paths = left.map(({ parentPath, name }) => join(parentPath, name))
  const texts = Object.fromEntries(paths.map(path => [relative(temporary, path), readFileSync(path, 'utf8')]))
  rmSync(folder, { recursive: true })
  return {
    ...main,
    outputs,
    jobOutputs: toJobOutputs(outputs),
    summary,
    reportFile,
    temporary: texts,
    state,
    ...(post && { post }),
  }
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
  return { exitCode, stdout, stderr }
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

/**
 * Parses `name<<delimiter`, lines, `delimiter`
 * (docs.github.com/actions/reference/workflow-commands-for-github-actions).
 */
function readVariables(text: string): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const [, name = '', , value = ''] of text.matchAll(/^(\S+?)<<(\S+)\r?\n(.*?)\r?\n\2$/gms))
    variables[name] = value
  return variables
}
