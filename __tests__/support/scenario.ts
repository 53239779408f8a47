import { expect, inject, test, vi, type RunnerTestCase, type RunnerTestSuite } from 'vitest'
import { runStep, type StepResult } from 'azure-simulator/runner/step'
import { createLogReader, parseCommand, type Annotation } from 'azure-simulator/runner/log'
import { createContoso, type Contoso } from 'azure-simulator/contoso'
import {
  numberOf,
  startSimulator,
  type CloudName,
  type Machine,
  type RequestRecord,
  type RoleAssignment,
  type RunnerOptions,
  type Simulator,
  type Timing,
  type Varying,
} from 'azure-simulator'
import type { ReportJson } from 'report-document'
import { fromSource } from '../../scripts/from-source.js'
import { hour } from './hour.js'
import { createListeners, type Listening } from 'azure-simulator/testing/listeners'
import { inPart } from 'azure-simulator/testing/parts'
import { waitForMidnight } from './nights.js'
import { readTargets, watchAccess } from './nobody-else.js'
import { expectReport } from './report-schema.js'
import { expectGoodAdvice } from './good-advice.js'
import { readFileSync } from 'node:fs'

/**
 * How long the main thread of a process was runnable but had to wait for a CPU, in ms since its start; 0 if Linux does not
 * show it, and once it has ended. Source: docs.kernel.org/scheduler/sched-stats.html (`/proc/<pid>/schedstat`).
 */
function readQueueingMs(pid: number): number {
  try {
    const [, nanoseconds = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
    return Number(nanoseconds) / 1e6
  } catch {
    return 0
  }
}

/** Which forms a test has at most. */
type Varied = (typeof kinds)[number]

const kinds = ['none', 'encoding', 'all'] as const

/** `VARIATIONS=all` lets every test have as many as it can, and `none` no test any. */
const everywhere = kinds.find(kind => kind === process.env.VARIATIONS)

/** The world and the runner at the start of a scenario. */
export interface Beginning {
  cloud?: CloudName
  runner?: RunnerOptions
  timing?: Partial<Timing>
  /** Name of contoso's resource group. */
  group?: string
  /** The identities of the machine that the job runs on. */
  machine?: (contoso: Contoso) => Machine
  /**
   * The other legal forms of Azure's answers. By default, the file's name and the place of the test in it choose: a quarter of the tests has all, a quarter those that leave pages and
   * IDs alone, and half none. `encoding` is for tests about exact requests, `none` for those about exact bytes: they never have more.
   */
  variations?: Varying | Varied
}

/** Options for starting a step, apart from its inputs. */
export interface Start {
  /** Variables that override those of the runner; an empty one counts as unset. */
  environment?: Record<string, string>
  /**
   * Sends SIGINT to the action as soon as the simulator has seen such a request, or the log shows this text, or this many milliseconds after
   * it began to listen to signals; before that, they kill Node.
   */
  cancel?: { when: (request: RequestRecord) => boolean } | { whenLogged: string } | { msAfterStart: number }
  signal?: NodeJS.Signals
  /** Whether the post step runs even without saved state. */
  post?: boolean
  /** Whether Node trusts the simulator's authority through `NODE_EXTRA_CA_CERTS`, as for users. */
  extraAuthority?: boolean
  /** Called with the process ID, when the step has been started. */
  onStart?: (pid: number) => void
  /** Runs between the step and its post step, like the rest of the job. */
  meanwhile?: () => void
  /**
   * Who loses access while the step runs although it was not told to detach them, each as `aks-2 on contosoacr`: through the step, because
   * it says so itself, or through somebody else in the scenario. Anybody else who loses access fails the test.
   */
  losers?: readonly string[]
}

/** A step's end, as GitHub and its user see it. */
export interface StepEnd extends StepResult {
  /** The output `report`. */
  report: ReportJson
  /** The log for people: without workflow commands, and masked like by the runner. */
  log: string
  annotations: Annotation[]
  /** The requests to the simulator during the step: one for each list, in however many pages it came. */
  requests: RequestRecord[]
  /** The same before its IDs and counts became those without variations. */
  asWritten: StepResult
  /** The time from the signal to the end of the process, excluding the time that both processes waited for a CPU. */
  msToCancel: number
}

/** A world, a simulator for it, and functions that run the step there. */
export interface Scenario extends Contoso, Listening {
  simulator: Simulator
  /** Runs the step: `aks-prod-1` of `rg-shop` and `contosoacr` by default. */
  attach: (inputs?: Record<string, string>, start?: Start) => Promise<StepEnd>
  /** The role assignments of the cluster's kubelet identity. */
  grants: () => RoleAssignment[]
  /** The simulator's problems so far, for a scenario that provokes them; they don't fail the test. */
  takeProblems: () => readonly string[]
}

/**
 * `it` with a fresh scenario; any incorrect request of the step fails the test. The tests of a file run in parallel,
 * because each has its own world and mostly waits.
 */
export const everyIt = test.extend<{ begin: (beginning?: Beginning) => Promise<Scenario> }>({
  begin: async ({ task }, use) => {
    const begun: Begun[] = []
    await use(async beginning => {
      const seed = numberOf(`${task.file.name} ${placeOf(task)}`)
      const most = beginning?.variations ?? 'all'
      const variations = typeof most === 'string' ? varyingOf(seed, most) : most
      const { variations: _, ...others } = beginning ?? {}
      const scenario = await startScenario({ ...others, ...(variations && { variations }) })
      begun.push(scenario)
      return scenario
    })
    for (const { simulator, forgiven } of begun) {
      const problems = simulator.problems.slice(forgiven.length)
      await simulator.close()
      expect(problems).toEqual([])
      expect(simulator.faults.unused, 'entries that no request has asked for').toEqual([])
    }
  },
}).concurrent

/** The same, in the part of the suite that runs. */
export const it = inPart(everyIt, inject('part'))

/** `it` on only one of the Node versions: for slow tests, and for variants of tests that run on all of them. */
export const onceIt = inject('once') ? it : it.skip

/** The place of a test in its file, from 0. Its title is no seed: another wording tests the same. */
function placeOf({ id, file }: RunnerTestCase): number {
  const tests = (suite: RunnerTestSuite): string[] =>
    suite.tasks.flatMap(each => (each.type === 'suite' ? tests(each) : each.id))
  return tests(file).indexOf(id)
}

/** Half of the scenarios have variations, and a quarter all of them. */
const share: readonly Varied[] = ['all', 'none', 'encoding', 'none']

function varyingOf(seed: number, most: Varied): Varying | undefined {
  const wanted = everywhere ?? share[seed % share.length] ?? 'none'
  const of = kinds.indexOf(wanted) < kinds.indexOf(most) ? wanted : most
  return of === 'none' ? undefined : { seed, of }
}

type Begun = Scenario & { forgiven: readonly string[] }

/** A separate world, whose simulator the caller closes. */
export async function startWorld(beginning?: Omit<Beginning, 'variations'>): Promise<Scenario> {
  return startScenario(beginning)
}

async function startScenario({
  cloud,
  runner,
  timing,
  machine,
  group,
  variations,
}: Omit<Beginning, 'variations'> & { variations?: Varying } = {}): Promise<Begun> {
  if (runner?.eventName === 'schedule') await waitForMidnight()
  const contoso = createContoso({ ...(cloud && { cloud }), ...(runner && { runner }), ...(group && { group }) })
  const { onRequest, whenAnswered } = createListeners()
  const simulator = await startSimulator({
    world: contoso.world,
    onRequest: request => {
      if (!request.isFurtherPage) onRequest(request)
    },
    ...(runner && { runner }),
    ...(timing && { timing }),
    ...(machine && { machine: machine(contoso) }),
    ...(variations !== undefined && { variations }),
  })
  const scenario: Begun = {
    ...contoso,
    simulator,
    forgiven: [],
    attach: (inputs = {}, start = {}) => runInWorld(contoso, simulator, inputs, start),
    grants: () =>
      contoso.world.roleAssignments.filter(
        ({ principalId }) => principalId === contoso.cluster.kubeletIdentity.objectId,
      ),
    whenAnswered,
    takeProblems: () => (scenario.forgiven = [...simulator.problems]),
  }
  return scenario
}

/**
 * Makes Node trust the authority in `SSL_CERT_FILE`. With `NODE_EXTRA_CA_CERTS` it also parses its 150 built-in ones at each start: a
 * tenth of a step's CPU time.
 */
const oneAuthority = ['--use-openssl-ca']

const listening = '::debug::listens to signals'

/** Makes a process print that line as soon as the action listens to the last of its signals. */
const announcing = {
  NODE_OPTIONS: `--import=data:text/javascript,const{on}=process;process.on=(...a)=>{on.apply(process,a);if(a[0]==='SIGBREAK')console.log('${listening.replaceAll(' ', '%20')}')}`,
}

/** Runs the step in a simulator of contoso. */
export async function runInWorld(
  contoso: Contoso,
  simulator: Simulator,
  inputs: Record<string, string>,
  { environment = {}, cancel, signal = 'SIGINT', post, meanwhile, onStart, extraAuthority, losers }: Start = {},
): Promise<StepEnd> {
  const before = simulator.requests.length
  const given = { cluster: 'aks-prod-1', 'resource-group': contoso.group.name, registry: 'contosoacr', ...inputs }
  const targets = readTargets(contoso.world, given)
  const expectNobodyElseHarmed = watchAccess(contoso.world, targets)
  let cancelled: { at: number; queued: number } | undefined
  let msToCancel = NaN
  let action: { pid: number; kill: (signal: NodeJS.Signals) => void } | undefined
  let actionQueued = 0
  const readQueued = (): number => {
    // It can't be read once the process has ended.
    if (action) actionQueued = Math.max(actionQueued, readQueueingMs(action.pid))
    return actionQueued + readQueueingMs(process.pid)
  }
  const cancelNow = (): void => {
    if (!action || cancelled) return
    cancelled = { at: performance.now(), queued: readQueued() }
    action.kill(signal)
  }
  const watch = setInterval(() => {
    if (cancelled) readQueued()
    if (cancel && 'when' in cancel && simulator.requests.slice(before).some(cancel.when)) cancelNow()
  }, 5)
  const source = fromSource()
  const raw = await runStep({
    node: inject('node'),
    ...(source && { action: source.action }),
    nodeOptions: [...(extraAuthority ? [] : oneAuthority), ...(source?.nodeOptions ?? [])],
    inputs: given,
    environment: {
      ...source?.environment,
      ...simulator.environment,
      ...simulator.runnerEnvironment,
      ...contoso.variables,
      ...(cancel && 'msAfterStart' in cancel && announcing),
      ...environment,
    },
    // A post step without a state has nothing to do: those that saved none skip it, but for some tests.
    post: post ?? false,
    meanwhile: () => {
      if (cancelled) msToCancel = performance.now() - cancelled.at - (readQueued() - cancelled.queued)
      meanwhile?.()
    },
    onStart: started => {
      action = started
      onStart?.(started.pid)
    },
    onOutput: stdout => {
      if (cancel && 'whenLogged' in cancel && stdout.includes(cancel.whenLogged)) cancelNow()
      if (cancel && 'msAfterStart' in cancel && stdout.includes(listening)) setTimeout(cancelNow, cancel.msAfterStart)
    },
  })
  clearInterval(watch)
  const all = simulator.requests.slice(before)
  const requests = all.filter(({ isFurtherPage }) => !isFurtherPage)
  const result = inOriginal(raw, simulator, all.length - requests.length)
  expectNobodyElseHarmed(losers)
  // A killed step may have ended before it wrote them.
  for (const report of [result.outputs.report, result.reportFile]) if (report) expectReport(report)
  expect(result.jobOutputs, 'the outputs are more than GitHub keeps').toEqual(result.outputs)
  // The runner only warns about names that are no inputs, on which the step fails.
  const isRefused = (issue: string): boolean =>
    issue.startsWith('Unexpected input(s)') && result.outputs['error-code'] === 'INVALID_INPUT'
  const issues = [...result.issues, ...(result.post?.issues ?? [])].filter(issue => !isRefused(issue))
  expect(issues, 'what the runner complains about').toEqual([])
  const read = readLog(`${result.stdout}${result.stderr}`)
  expectGoodAdvice({ report: result.outputs.report, summary: result.summary })
  if (result.outputs.ready === 'true')
    expect(result, 'it is ready').toMatchObject({ exitCode: 0, outputs: { attached: 'true', 'error-code': '' } })
  const report = JSON.parse(result.outputs.report ?? 'null') as StepEnd['report']
  return { ...result, ...read, report, requests, asWritten: raw, msToCancel }
}

/**
 * Everything that a step says, as it would without variations: with the IDs of the world, and with one request for each list. The report of a step that was
 * killed has counted none.
 */
export function inOriginal<T>(said: T, simulator: Pick<Simulator, 'original'>, furtherPages = 0): T {
  if (typeof said === 'string') {
    const text = simulator.original(said)
    return (
      furtherPages === 0
        ? text
        : text.replace(/(?<="requests": ?)\d+/, count => `${Math.max(0, Number(count) - furtherPages)}`)
    ) as T
  }
  if (typeof said !== 'object' || said === null) return said
  const entries = Object.entries(said).map(([key, value]) => [key, inOriginal(value, simulator, furtherPages)] as const)
  return (Array.isArray(said) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T
}

/** Standard output as shown to people. */
export function readLog(stdout: string): Pick<StepEnd, 'log' | 'annotations'> {
  const read = createLogReader()
  const entries = stdout.split('\n').flatMap(line => read(line) ?? [])
  return {
    log: entries
      .flatMap(entry => (entry.kind === 'text' ? entry.text : entry.kind === 'group' ? entry.title : []))
      .join('\n'),
    annotations: entries.filter(entry => entry.kind === 'annotation'),
  }
}

/** The messages of all workflow commands with a name. */
export function commands(stdout: string, name: string): string[] {
  return stdout
    .split('\n')
    .map(line => parseCommand(line))
    .flatMap(command => (command?.name === name ? command.message : []))
}

/** The requests of a method to Azure Resource Manager, by a part of their path. */
export function armRequests({ requests }: Pick<StepEnd, 'requests'>, method: string, path = ''): RequestRecord[] {
  return requests.filter(
    request =>
      request.host.startsWith('management.') &&
      request.method === method &&
      request.path.toLowerCase().includes(path.toLowerCase()),
  )
}

/** A request that lists role assignments. */
const isAssignmentLook = ({ method, path }: RequestRecord): boolean =>
  method === 'GET' && path.includes('/roleAssignments')

/** Makes reads and permission checks catch up with all writes when the nth read of assignments after a write is answered. */
export function catchUpAfter({ world, whenAnswered }: Scenario, looks: number): void {
  let isWritten = false
  whenAnswered(
    request => {
      isWritten ||= request.method === 'PUT' || request.method === 'DELETE'
      return isWritten && isAssignmentLook(request)
    },
    () => {
      world.passTime(hour)
    },
    looks - 1,
  )
}

/** Resolves when the simulator has seen this many such requests; for the `until` of a fault. */
export function whenRequested({ requests }: Simulator, match: (request: RequestRecord) => boolean, times = 1) {
  return vi.waitFor(
    () => {
      expect(requests.filter(each => !each.isFurtherPage && match(each)).length).toBeGreaterThanOrEqual(times)
    },
    { timeout: 300_000, interval: 10 },
  )
}

/** Expects that the wait for Azure was measured: at least as long as between these two requests. */
export function expectWaited(end: StepEnd, first: RequestRecord | undefined, last: RequestRecord | undefined): void {
  const seconds = ((last?.at ?? NaN) - (first?.at ?? NaN)) / 1000
  // The output has one decimal.
  expect(Number(end.outputs['propagation-seconds'])).toBeGreaterThanOrEqual(seconds - 0.1)
  expect(seconds).toBeGreaterThan(0.5)
}

/** The requests that wrote something. A query of Azure Resource Graph is also a POST, but writes nothing. */
export function writes(end: Pick<StepEnd, 'requests'>): RequestRecord[] {
  return ['PUT', 'PATCH', 'POST', 'DELETE']
    .flatMap(method => armRequests(end, method))
    .filter(({ path }) => !path.includes('/Microsoft.ResourceGraph/'))
}

/** Expects success, or shows the log. */
export function expectAttached(end: StepEnd, { changed }: { changed: boolean }): void {
  expect(end.log).not.toContain('✗')
  expect(end).toMatchObject({ exitCode: 0, stderr: '' })
  expect(end.outputs).toMatchObject({ attached: 'true', changed: String(changed), 'error-code': '' })
}

/** Codes that are about networks, images and clusters, not about rights; `DRIFT` is about the desired role. */
const others =
  /^(DRIFT|AZURE_REFUSED|REGISTRY_UNREACHABLE|NO_PRIVATE_ENDPOINT|IMAGE_NOT_FOUND|CLUSTER_STOPPED|CLUSTER_UNREACHABLE|PROBE_FAILED|THROTTLED)$/

/** Codes that a pull, or the way into the cluster, can end with, but also a look at rights: a test about one says which it is. */
const either = /^(AUTHORIZATION_FAILED|AZURE_UNAVAILABLE|CANCELLED|PULL_DENIED|SIGN_IN_FAILED|UNEXPECTED)$/

/** Expects a failure with that code in outputs, log, summary and annotations. */
export function expectFailure(end: StepEnd, code: string): void {
  expect(end.outputs['error-code'], end.log).toBe(code)
  expect(end).toMatchObject({ exitCode: 1, stderr: '' })
  // This output is only about rights: if a network or an image fails, or access differs from the inputs, the roles are there.
  const { pairs } = end.report
  const hasRights = ({ status, grantedBy, error }: (typeof pairs)[number]): boolean =>
    status === 'attached' ||
    (grantedBy !== null && status !== 'detached' && (error ? others.test(error.code) : status === 'missing'))
  const isOpen = pairs.some(({ grantedBy, error }) => grantedBy !== null && error && either.test(error.code))
  if (!isOpen) expect(end.outputs.attached).toBe(String(pairs.length > 0 && pairs.every(hasRights)))
  expect(end.outputs.ready).toBe('false')
  // Drift has the mark of its state.
  expect(end.log).toMatch(new RegExp(`^[✗⟳?] ${code} `, 'm'))
  expect(end.summary).toContain(code)
  expect(end.annotations.filter(({ level }) => level === 'error').map(({ title }) => title)).toContainEqual(
    expect.stringMatching(new RegExp(`^attach-acr: ${code}( on .+)?$`)),
  )
}
