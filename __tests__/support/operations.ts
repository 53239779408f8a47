import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter } from 'vitest/node'

declare module 'vitest' {
  interface TaskMeta {
    /** The operations of Azure that the test has seen; see `operationsOf`. */
    operations?: string[]
  }
}

const root = join(import.meta.dirname, '../..')

/** The projects that one command runs, so that its whole run covers the suite; `lasts` is for two idle cores. */
const suites = {
  test: { folder: '__tests__', files: /^(unit|scenarios)\/.*(?<!\.long)\.test\.ts$/, lasts: 'three minutes' },
  simulator: {
    folder: 'packages/azure-simulator/__tests__',
    files: /^(?!compatibility\/).*\.test\.ts$/,
    lasts: 'a minute',
  },
}

/** The suite that consists of exactly these files; undefined for a part of one. */
export function findWhole(files: readonly string[]): keyof typeof suites | undefined {
  const ran = new Set(files)
  const isWhole = ({ folder, files: pattern }: (typeof suites)[keyof typeof suites]): boolean =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(path => pattern.test(path))
      .every(path => ran.has(join(root, folder, path)))
  return (['test', 'simulator'] as const).find(name => isWhole(suites[name]))
}

/** The operations that the specifications must judge in a whole run of each suite; the lists may grow and not shrink. */
const expected = JSON.parse(readFileSync(join(import.meta.dirname, 'operations.json'), 'utf8')) as Record<
  keyof typeof suites,
  string[]
>

/**
 * Prints at the start of a whole run how long it takes, and at the end which operations the specifications have judged, and which
 * ones they lack. A whole run fails if it has lost one.
 */
export const operationsReporter: Reporter = {
  onTestRunStart(specifications) {
    const suite = findWhole(specifications.map(({ moduleId }) => moduleId))
    if (suite)
      console.log(`These tests take about ${suites[suite].lasts} on two idle cores, and longer on a busy machine.`)
  },
  onTestRunEnd(modules) {
    const suite = findWhole(modules.map(({ moduleId }) => moduleId))
    // Another suite in the same run does not count.
    const own = modules.filter(({ moduleId }) => !suite || moduleId.includes(`/${suites[suite].folder}/`))
    const seen = own.flatMap(module => [...module.children.allTests()].flatMap(test => test.meta().operations ?? []))
    const [judged, others] = [true, false].map(isJudged =>
      [...new Set(seen)].filter(operation => isJudged !== operation.includes(' ')).sort(),
    )
    if (judged === undefined || others === undefined || seen.length === 0) return
    console.log(`\nRequests and answers of ${judged.length} operations were checked against Microsoft’s OpenAPI files:`)
    console.log(judged.map(operation => `  ${operation}`).join('\n'))
    console.log(`${others.length} operations are not in the files (Microsoft Graph has none):`)
    console.log(others.map(operation => `  ${operation}`).join('\n'))
    const lost = suite ? expected[suite].filter(operation => !judged.includes(operation)) : []
    if (lost.length === 0) return
    console.error(
      `No test sees these operations any more, which __tests__/support/operations.json lists: ${lost.join(', ')}`,
    )
    process.exitCode = 1
  },
}
