import { relative } from 'node:path'
import { inject, TestRunner, vi, type RunnerTestCase, type RunnerTestSuite } from 'vitest'

// Unawaited rejections of a mutant must not fail anything.
process.removeAllListeners('unhandledRejection').on('unhandledRejection', () => undefined)

/** The state that code instrumented by Stryker reads and counts (instrumenter, `syntax-helpers.js`). */
interface Stryker {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: Coverage
}

/** How often each mutant was reached: when modules were loaded, and in each test. */
interface Coverage {
  static: object
  perTest: Record<string, Record<string, number>>
}

/** The result of a mutant, in the terms of Stryker's test runners; surviving ones have none. */
type Verdict = { status: 'killed'; killedBy: string[]; failureMessage: string } | { status: 'timeout' }

declare module 'vitest' {
  interface ProvidedContext {
    /** The name of the global variable of Stryker. */
    globalNamespace: string
    mode: 'dry-run' | 'mutant'
  }
  interface TaskMeta {
    mutantCoverage?: Coverage
    verdicts?: Record<string, Verdict>
  }
}

/** CPU time in ms that a test may use with a mutant, in addition to ten times its time without. */
const maxMs = 2000

/** Time in ms that a test may be idle with a mutant, in addition to ten times that without: it waits in vain. */
const maxIdleMs = 1000

/** How often a mutant may be reached in a test: more is an endless loop. */
const maxHits = 200_000

/** How the error begins that instrumented code throws at its limit. */
const hitCount = 'Stryker: Hit count'

// Tests replace these.
const { setTimeout, setInterval, clearInterval, performance } = globalThis

/**
 * CPU time in ms that tests may use for a mutant that they do not find. Then it counts as one that nothing finds, although a later test might: the
 * figures are never too high.
 */
const maxSpentMs = 500

const verdicts = new Map<string, Verdict>()

/** The CPU time that tests have used for each mutant without finding it. */
const spentMs = new Map<string, number>()

/** Runs each test normally, and then once more with each mutant that it reaches and that no test has found yet. */
export default class extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test) as () => Promise<void>
    const before = readCost()
    // Because of what a mutant left behind in the process: a test that fails without one fails in `npm test`, too.
    if (verdicts.size === 0) await run()
    else if (await fails(run)) return
    const stryker = (globalThis as unknown as Record<string, Stryker>)[inject('globalNamespace')]
    const id = stryker?.currentTestId
    const perTest = stryker?.mutantCoverage?.perTest
    if (!stryker || !perTest || id === undefined) return
    const cost = costSince(before)
    const limits = { usedMs: maxMs + 10 * cost.usedMs, idleMs: maxIdleMs + 10 * cost.idleMs }
    const affordable = (mutant: string): boolean => (spentMs.get(mutant) ?? 0) + cost.usedMs <= maxSpentMs
    const mutants = Object.keys(perTest[id] ?? {}).filter(mutant => !verdicts.has(mutant) && affordable(mutant))
    if (mutants.length === 0) return
    await callHooks(test, 'afterEach')
    undoStubs()
    const rerun = (): Promise<void> =>
      runAgain(test, () => {
        // After the hooks, in which Stryker names the test: mutants reached by mutated code don't count as its coverage.
        stryker.currentTestId = 'changed'
        return run()
      })
    const restart = guard(perTest, limits)
    try {
      // A test that can't be repeated, for example because it leaves files behind, finds no mutant.
      if (await fails(rerun)) return
      for (const mutant of mutants) {
        restart()
        const verdict = await tryMutant(stryker, mutant, rerun, limits)
        if (!verdict) {
          spentMs.set(mutant, (spentMs.get(mutant) ?? 0) + cost.usedMs)
          continue
        }
        verdicts.set(mutant, verdict.status === 'killed' ? { ...verdict, killedBy: [relativeId(id)] } : verdict)
        // A test that fails from now on, because of leftovers of the mutant, can't judge others.
        if (await fails(rerun)) return
      }
    } finally {
      forget(perTest, ['changed'])
      stryker.currentTestId = id
      await callHooks(test, 'beforeEach')
    }
  }

  override async onAfterRunSuite(suite: RunnerTestSuite): Promise<void> {
    const { mutantCoverage } = suite.meta
    if ('filepath' in suite && mutantCoverage) {
      suite.meta.mutantCoverage = structuredClone(mutantCoverage)
      suite.meta.verdicts = Object.fromEntries(verdicts)
      forget(mutantCoverage.perTest, Object.keys(mutantCoverage.perTest))
    }
    await super.onAfterRunSuite(suite)
  }
}

/**
 * Ends what uses more CPU time than the limit without ever letting a timer run, as an endless loop does that no longer reaches its mutant: mutated
 * code reads its coverage object whenever it counts what is reached, and throws then.
 * @returns what starts the time again
 */
function guard(perTest: Coverage['perTest'], limits: Cost): () => void {
  let start = readCost()
  let reads = 0
  const ignored = {}
  Object.defineProperty(perTest, 'changed', {
    configurable: true,
    get: () => {
      reads += 1
      if (reads % 1000 === 0 && costSince(start).usedMs > limits.usedMs) throw new Error(`${hitCount}: time`)
      return ignored
    },
    set: () => undefined,
  })
  return () => {
    start = readCost()
  }
}

/** Removes tests from the coverage, whose object the instrumented code keeps. */
function forget(perTest: Coverage['perTest'], tests: readonly string[]): void {
  for (const test of tests) Reflect.deleteProperty(perTest, test)
}

/** As normalised by Stryker's Vitest runner, which takes paths from the folder of the project. */
function relativeId(id: string): string {
  const [path = '', ...name] = id.split('#')
  return `${relative(process.cwd(), path)}#${name.join('#')}`
}

/** The cost of a test in CPU time, not wall-clock time, because the machine can be busy. */
interface Cost {
  usedMs: number
  idleMs: number
}

function readCost(): Cost {
  const { user, system } = process.cpuUsage()
  return { usedMs: (user + system) / 1000, idleMs: performance.eventLoopUtilization().idle }
}

function costSince(before: Cost): Cost {
  const { usedMs, idleMs } = readCost()
  return { usedMs: usedMs - before.usedMs, idleMs: idleMs - before.idleMs }
}

async function tryMutant(
  stryker: Stryker,
  mutant: string,
  rerun: () => Promise<void>,
  limits: Cost,
): Promise<Verdict | undefined> {
  Object.assign(stryker, { activeMutant: mutant, hitCount: 0, hitLimit: maxHits })
  const running = rerun()
  const watch = watchOver(limits)
  try {
    if ((await Promise.race([running, watch.late])) !== 'late') return undefined
    // So that it ends: without the mutant it might continue forever.
    stryker.hitLimit = 0
    await Promise.race([running, pause(100)])
    return { status: 'timeout' }
  } catch (error) {
    const failureMessage = error instanceof Error ? error.message : typeof error
    if (failureMessage.startsWith(hitCount)) return { status: 'timeout' }
    return { status: 'killed', killedBy: [], failureMessage: failureMessage.slice(0, 300) }
  } finally {
    watch.stop()
    Object.assign(stryker, { activeMutant: undefined, hitCount: undefined })
  }
}

/** Reports when a test has exceeded its limits. */
function watchOver(limits: Cost): { late: Promise<'late'>; stop: () => void } {
  const before = readCost()
  let timer: ReturnType<typeof setInterval> | undefined
  const late = new Promise<'late'>(resolve => {
    timer = setInterval(() => {
      const { usedMs, idleMs } = costSince(before)
      if (usedMs > limits.usedMs || idleMs > limits.idleMs) resolve('late')
    }, 50)
  })
  return {
    late,
    stop: () => {
      clearInterval(timer)
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms)
  })
}

async function fails(rerun: () => Promise<void>): Promise<boolean> {
  try {
    await rerun()
    return false
  } catch {
    return true
  }
}

/** Runs a test once more with its hooks. */
async function runAgain(test: RunnerTestCase, run: () => Promise<void>): Promise<void> {
  // Vitest waits for all unawaited assertions of a test, including those that a mutant leaves hanging.
  Reflect.deleteProperty(test, 'promises')
  try {
    await callHooks(test, 'beforeEach')
    await run()
  } finally {
    await callHooks(test, 'afterEach')
    undoStubs()
  }
}

/** Like Vitest between two tests. */
function undoStubs(): void {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
}

/** Calls the hooks of a test, those of the outer suites first, or last for `afterEach`. */
async function callHooks(test: RunnerTestCase, kind: 'beforeEach' | 'afterEach'): Promise<void> {
  const suites: RunnerTestSuite[] = [test.file]
  for (let suite = test.suite; suite && suite !== test.file; suite = suite.suite) suites.splice(1, 0, suite)
  for (const suite of kind === 'beforeEach' ? suites : suites.reverse()) {
    for (const hook of TestRunner.getSuiteHooks(suite)[kind]) await hook(test.context, suite)
  }
}
