import { relative } from 'node:path'
import { inject, TestRunner, vi, type RunnerTestCase, type RunnerTestSuite } from 'vitest'

// What a mutant leaves behind unawaited fails nothing.
process.removeAllListeners('unhandledRejection').on('unhandledRejection', () => undefined)

/** What the code that Stryker has changed reads and counts (instrumenter, `syntax-helpers.js`). */
interface Stryker {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: Coverage
}

/** How often each mutant was come by: when modules were loaded, and in each test. */
interface Coverage {
  static: object
  perTest: Record<string, Record<string, number>>
}

/** How a mutant ended, as Stryker's test runners say it; those that nothing was found of have none. */
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

/** How much of the processor a test may take with a mutant, in milliseconds, over ten times what it takes without. */
const maxMs = 2000

/** How long a test may have nothing to do with a mutant, in milliseconds, over ten times that without: it waits for what does not come. */
const maxIdleMs = 1000

/** How often a mutant may be asked for in a test: more is a loop that does not end. */
const maxHits = 200_000

// Tests put others in their place.
const { setTimeout, setInterval, clearInterval, performance } = globalThis

const verdicts = new Map<string, Verdict>()

/** Runs each test as ever, and then once more with each mutant that it comes by and that no test has found yet. */
export default class extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test) as () => Promise<void>
    const rerun = (): Promise<void> => runAgain(test, run)
    const before = readCost()
    await run()
    const stryker = (globalThis as unknown as Record<string, Stryker>)[inject('globalNamespace')]
    const id = stryker?.currentTestId
    const perTest = stryker?.mutantCoverage?.perTest
    if (!stryker || !perTest || id === undefined) return
    const cost = costSince(before)
    const limits = { usedMs: maxMs + 10 * cost.usedMs, idleMs: maxIdleMs + 10 * cost.idleMs }
    const mutants = Object.keys(perTest[id] ?? {}).filter(mutant => !verdicts.has(mutant))
    if (mutants.length === 0) return
    await callHooks(test, 'afterEach')
    undoStubs()
    // What changed code comes by is no coverage of this test.
    stryker.currentTestId = 'changed'
    try {
      // A test that can't be run again, because of files that it leaves for one, finds no mutant.
      if (await fails(rerun)) return
      for (const mutant of mutants) {
        const verdict = await tryMutant(stryker, mutant, rerun, limits)
        if (!verdict) continue
        verdicts.set(mutant, verdict.status === 'killed' ? { ...verdict, killedBy: [relativeId(id)] } : verdict)
        // A test that fails from now on, because of what the mutant has left, says nothing about others.
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

/** Takes tests out of the coverage, which the changed code holds on to. */
function forget(perTest: Coverage['perTest'], tests: readonly string[]): void {
  for (const test of tests) Reflect.deleteProperty(perTest, test)
}

/** As normalised by Stryker's Vitest runner, which takes paths from the folder of the project. */
function relativeId(id: string): string {
  const [path = '', ...name] = id.split('#')
  return `${relative(process.cwd(), path)}#${name.join('#')}`
}

/** What a test costs, by its work and not by the clock, because the machine may be busy with others. */
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
    // So that it ends: with the mutant taken out it might go on for ever.
    stryker.hitLimit = 0
    await Promise.race([running, pause(100)])
    return { status: 'timeout' }
  } catch (error) {
    const failureMessage = error instanceof Error ? error.message : typeof error
    if (failureMessage.startsWith('Stryker: Hit count')) return { status: 'timeout' }
    return { status: 'killed', killedBy: [], failureMessage: failureMessage.slice(0, 300) }
  } finally {
    watch.stop()
    Object.assign(stryker, { activeMutant: undefined, hitCount: undefined })
  }
}

/** Says when a test has cost too much. */
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
  // Vitest waits for all that a test has asserted and not awaited, also for what a mutant has left hanging.
  Reflect.deleteProperty(test, 'promises')
  try {
    await callHooks(test, 'beforeEach')
    await run()
  } finally {
    await callHooks(test, 'afterEach')
    undoStubs()
  }
}

/** As Vitest does between two tests. */
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
