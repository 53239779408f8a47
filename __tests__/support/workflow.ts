import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { readPairs } from 'azure-simulator/runner/file-commands'
import { runStep } from 'azure-simulator/runner/step'
import { parseAsGitHub } from './github-workflow.js'
import { data, Evaluator, Lexer, Parser } from '@actions/expressions'

/** The state for the status functions of an expression. */
interface Status {
  /** An earlier step, or a needed job, has failed. */
  failed: boolean
}

/** The contexts that an expression can use, as plain values. */
type Contexts = Readonly<Record<string, unknown>>

/** The value of an expression, as GitHub evaluates it. */
function evaluate(expression: string, contexts: Contexts, { failed }: Status): data.ExpressionData {
  const answers: Record<string, boolean> = { always: true, cancelled: false, failure: failed, success: !failed }
  const functions = Object.entries(answers).map(([name, answer]) => ({
    name,
    minArgs: 0,
    maxArgs: 255,
    call: () => new data.BooleanData(answer),
  }))
  const { tokens } = new Lexer(expression).lex()
  const parsed = new Parser(tokens, Object.keys(contexts), functions).parse()
  const values = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary
  return new Evaluator(parsed, values, new Map(functions.map(definition => [definition.name, definition]))).evaluate()
}

/** Whether a condition (`if:`, without its braces) holds. */
function holds(condition: string, contexts: Contexts, status: Status): boolean {
  const value = evaluate(condition, contexts, status)
  return value.kind === data.Kind.String
    ? value.coerceString() !== ''
    : value.coerceString() !== 'false' && value.kind !== data.Kind.Null
}

/** A text of a workflow with its expressions filled in. */
function fillIn(text: string, contexts: Contexts, status: Status): string {
  return text.replaceAll(/\$\{\{([\s\S]+?)\}\}/g, (_, expression: string) =>
    evaluate(expression.trim(), contexts, status).coerceString(),
  )
}

/** A value of a workflow that is one expression, such as a matrix from JSON. */
function valueOf(value: unknown, contexts: Contexts, status: Status): unknown {
  if (typeof value !== 'string') return value
  const [, expression] = /^\s*\$\{\{([\s\S]+?)\}\}\s*$/.exec(value) ?? []
  if (expression === undefined) return value
  return JSON.parse(JSON.stringify(evaluate(expression.trim(), contexts, status), data.replacer)) as unknown
}

/** Replaces a third-party action. @returns its outputs. @throws Error if the action would fail */
export type StandIn = (step: {
  inputs: Readonly<Record<string, string>>
  workspace: string
  environment: Readonly<Record<string, string>>
}) => Promise<Record<string, string> | undefined>

/** The environment of a workflow run. */
export interface WorkflowStart {
  /** A separate folder, below which each job has its workspace and its home. */
  folder: string
  /** Variables of the runner and of the simulator. */
  environment: Record<string, string>
  node: string
  vars: Record<string, string>
  secrets?: Record<string, string>
  /** The inputs of `workflow_dispatch`; they have their defaults. */
  inputs?: Record<string, string | boolean>
  /** Changes the text before it is parsed, like a reader of the example would. */
  edit?: (text: string) => string
  /** The only job to run; all by default. */
  only?: string
  /** Keyed by `owner/name`, without the version. */
  standIns: Readonly<Record<string, StandIn>>
}

/** The result of a job. A matrix has one for each entry. */
export interface JobEnd {
  id: string
  result: 'success' | 'failure' | 'skipped'
  outputs: Record<string, string>
  /** The output of all its steps. */
  log: string
  summary: string
}

interface StepText {
  id?: string
  name?: string
  uses?: string
  run?: string
  with?: Record<string, unknown>
  env?: Record<string, unknown>
  background?: boolean
  'continue-on-error'?: boolean
  /** Instead of `uses` and `run`: the IDs of the background steps that it waits for, all of them, or the one that it cancels. */
  wait?: string | string[]
  'wait-all'?: unknown
  cancel?: string
}

interface JobText {
  needs?: string | string[]
  strategy?: { matrix: { include: unknown } }
  env?: Record<string, unknown>
  outputs?: Record<string, string>
  steps: StepText[]
}

interface WorkflowText {
  on: { workflow_dispatch?: { inputs?: Record<string, { default?: string | boolean }> } | null }
  env?: Record<string, unknown>
  jobs: Record<string, JobText>
}

const root = resolve(import.meta.dirname, '../..')

/**
 * Runs a workflow like GitHub, with the features that the examples and `integration.yml` use: jobs in the order of their needs, matrices by `include`,
 * conditions, outputs, environments, and steps in the background, with GitHub's own parser and evaluator. The action itself is the bundle of this repository.
 */
export async function runWorkflow(path: string, start: WorkflowStart): Promise<JobEnd[]> {
  const content = (start.edit ?? String)(await readFile(join(root, path), 'utf8'))
  const { errors, template } = await parseAsGitHub(path, content)
  expect(errors).toEqual([])
  if (!template) throw new Error(`${path} is empty`)
  const { on, env, jobs } = parse(content) as WorkflowText
  const presets = Object.entries(on.workflow_dispatch?.inputs ?? {}).map(([name, input]) => [name, input.default ?? ''])
  const inputs = { ...(Object.fromEntries(presets) as object), ...start.inputs }

  const ends: JobEnd[] = []
  // GitHub rejects missing or circular needs; the examples list jobs in order.
  for (const job of template.jobs) {
    const id = job.id.value
    if (start.only !== undefined && start.only !== id) continue
    const text = jobs[id]
    if (job.type !== 'job' || !text) throw new Error(`${id} is no job with steps`)
    const needs = Object.fromEntries([text.needs ?? []].flat().map(need => [need, foldEnds(ends, need)]))
    const base = { vars: start.vars, secrets: start.secrets ?? {}, inputs, needs, github: githubOf(start) }
    const status = { failed: Object.values(needs).some(({ result }) => result === 'failure') }
    const isSkipped = Object.values(needs).some(({ result }) => result === 'skipped')
    const conditions = job.steps.map(step => step.if?.expression ?? 'success()')
    if (!holds(job.if.expression, base, { failed: status.failed || isSkipped })) {
      ends.push({ id, result: 'skipped', outputs: {}, log: '', summary: '' })
      continue
    }
    const entries = text.strategy ? (valueOf(text.strategy.matrix.include, base, status) as unknown[]) : [{}]
    for (const [index, matrix] of entries.entries()) {
      const contexts = { ...base, matrix, strategy: { 'job-index': index, 'job-total': entries.length } }
      ends.push(await runJob({ id, text: { ...text, env: { ...env, ...text.env } }, conditions, contexts, start }))
    }
  }
  return ends
}

function githubOf({ environment }: WorkflowStart): Record<string, string> {
  const { GITHUB_RUN_ID: id = '', GITHUB_RUN_ATTEMPT: attempt = '' } = environment
  return { run_id: id, run_attempt: attempt }
}

/** For a matrix, one failure fails the job, and the last outputs count. */
function foldEnds(ends: readonly JobEnd[], id: string): Pick<JobEnd, 'result' | 'outputs'> {
  const own = ends.filter(end => end.id === id)
  const result = (['failure', 'skipped'] as const).find(one => own.some(end => end.result === one)) ?? 'success'
  return { result, outputs: Object.assign({}, ...own.map(({ outputs }) => outputs)) as Record<string, string> }
}

interface JobStart {
  id: string
  text: JobText
  /** The `if` of each step, as completed by GitHub. */
  conditions: string[]
  contexts: Contexts
  start: WorkflowStart
}

async function runJob({ id, text, conditions, contexts, start }: JobStart): Promise<JobEnd> {
  const home = await mkdtemp(join(start.folder, `${id}-`))
  const workspace = join(home, 'work')
  const temporary = join(home, 'temp')
  for (const path of [workspace, temporary]) await mkdir(path)
  const steps: Record<string, { outputs: Record<string, string>; outcome: string }> = {}
  const status: Status = { failed: false }
  const end: JobEnd = { id, result: 'success', outputs: {}, log: '', summary: '' }
  const running = new Map<string, RunningStep>()
  /** What steps have written to GITHUB_ENV. */
  const kept: Record<string, string> = {}
  const finish = (step: StepText, done: StepDone, isCancelled = false): void => {
    end.log += done.log
    end.summary += done.summary
    const outcome = isCancelled ? 'cancelled' : done.failed ? 'failure' : 'success'
    if (step.id) steps[step.id] = { outputs: done.outputs, outcome }
    Object.assign(kept, done.kept)
    status.failed ||= done.failed && !isCancelled && !step['continue-on-error']
  }
  const waitFor = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const one = running.get(id)
      if (!one) continue
      running.delete(id)
      finish(one.step, await one.done, one.isCancelled)
    }
  }
  for (const [index, step] of text.steps.entries()) {
    const jobEnv = fillAll(text.env, { ...contexts, steps, env: {} }, status)
    const own = { ...contexts, steps, env: { ...jobEnv, ...kept } }
    if (!holds(conditions[index] ?? '', own, status)) continue
    if (step.cancel !== undefined) running.get(step.cancel)?.cancel()
    const awaited = 'wait-all' in step ? [...running.keys()] : [step.wait ?? step.cancel ?? []].flat()
    await waitFor(awaited)
    if (step.run === undefined && step.uses === undefined) continue
    const environment = {
      ...start.environment,
      HOME: home,
      AZURE_CONFIG_DIR: join(home, '.azure'),
      GITHUB_WORKSPACE: workspace,
      GITHUB_JOB: id,
      RUNNER_TEMP: temporary,
      ...own.env,
      ...fillAll(step.env, own, status),
    }
    const one: RunningStep = {
      step,
      isCancelled: false,
      cancel: () => (one.isCancelled = true),
      done: undefined as never,
    }
    one.done =
      step.run === undefined
        ? useAction(step, fillAll(step.with, own, status), environment, start, one)
        : runScript(fillIn(step.run, own, status), environment)
    // Its outputs are there after the wait for it.
    if (step.background && step.id) running.set(step.id, one)
    else finish(step, await one.done)
  }
  // The runner waits for the others before it runs post steps (actions/runner, pull request 4416).
  await waitFor([...running.keys()])
  for (const [name, output] of Object.entries(text.outputs ?? {}))
    end.outputs[name] = fillIn(output, { ...contexts, steps }, status)
  return { ...end, result: status.failed ? 'failure' : 'success' }
}

const fillAll = (values: Record<string, unknown> = {}, contexts: Contexts, status: Status): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fillIn(String(value), contexts, status)]))

/** A step that has been started. */
interface RunningStep {
  step: StepText
  done: Promise<StepDone>
  isCancelled: boolean
  cancel: () => void
}

/** How long a cancelled step in the background may take, in ms, before it gets the next signal (actions/runner, pull request 4416). */
const graceMs = 7500

interface StepDone {
  failed: boolean
  outputs: Record<string, string>
  log: string
  summary: string
  /** What it has written to GITHUB_ENV. */
  kept?: Record<string, string>
}

type Environment = Record<string, string> & { GITHUB_WORKSPACE: string; HOME: string }

async function useAction(
  { uses = '' }: StepText,
  inputs: Record<string, string>,
  environment: Environment,
  { standIns, node }: WorkflowStart,
  running: RunningStep,
): Promise<StepDone> {
  const [name = ''] = uses.split('@')
  if (name === 'OWNER/attach-acr' || name === './') {
    const { exitCode, stdout, stderr, outputs, summary } = await runStep({
      node,
      inputs,
      environment,
      onStart({ kill }) {
        running.cancel = () => {
          running.isCancelled = true
          kill('SIGINT')
          setTimeout(() => {
            kill('SIGTERM')
          }, graceMs).unref()
        }
      },
    })
    return { failed: exitCode !== 0, outputs, log: stdout + stderr, summary }
  }
  const standIn = standIns[name]
  if (!standIn) throw new Error(`nothing stands in for ${name}`)
  try {
    const outputs = (await standIn({ inputs, workspace: environment.GITHUB_WORKSPACE, environment })) ?? {}
    return { failed: false, outputs, log: '', summary: '' }
  } catch (error) {
    return { failed: true, outputs: {}, log: String(error), summary: '' }
  }
}

/** The default shell, without `shell: bash`: `bash -e`. */
async function runScript(script: string, environment: Environment): Promise<StepDone> {
  const files = {
    GITHUB_ENV: join(environment.HOME, 'env'),
    GITHUB_OUTPUT: join(environment.HOME, 'output'),
    GITHUB_STEP_SUMMARY: join(environment.HOME, 'summary'),
  }
  for (const file of Object.values(files)) await writeFile(file, '')
  const child = spawn('bash', ['-e', '-c', script], {
    cwd: environment.GITHUB_WORKSPACE,
    env: {
      LANG: 'C.UTF-8',
      ...environment,
      ...files,
      PATH: `${environment.STAND_INS ?? ''}:${process.env.PATH ?? ''}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text))
  const exitCode = await new Promise<number | null>((done, failed) => child.on('error', failed).on('close', done))
  const [kept, outputs] = await Promise.all(
    (['GITHUB_ENV', 'GITHUB_OUTPUT'] as const).map(async name =>
      Object.fromEntries(
        readPairs(await readFile(files[name], 'utf8'), name === 'GITHUB_ENV' ? 'variables' : 'outputs'),
      ),
    ),
  )
  const summary = await readFile(files.GITHUB_STEP_SUMMARY, 'utf8')
  return { failed: exitCode !== 0, outputs: outputs ?? {}, log, summary, kept: kept ?? {} }
}
