import type { Reporter } from 'vitest/node'

const shown = 10

/** Prints the slowest tests at the end of a run of more: those that make a suite long. Tests of a file may run side by side, and share the processors. */
export const slowestReporter: Reporter = {
  onTestRunEnd(modules) {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    if (tests.length <= shown) return
    const timed = tests.map(test => ({ name: test.fullName, ms: test.diagnostic()?.duration ?? 0 }))
    const slowest = timed.sort((a, b) => b.ms - a.ms).slice(0, shown)
    console.log(`\nThe slowest ${shown} of ${tests.length} tests:`)
    console.log(slowest.map(({ name, ms }) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`).join('\n'))
  },
}
