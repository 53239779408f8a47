import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { slowestReporter } from '../support/slowest.js'

/** Starts first: az takes two minutes for it, mostly sleeping. */
class SleepersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const sleeps = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/az-refused.test.ts')
    return [...sorted.filter(sleeps), ...sorted.filter(file => !sleeps(file))]
  }
}

/** Real clients against the simulator: `npm run test:conformance`, or an eighth of it with `PART=1/8`. They are slow, and not on every machine. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['__tests__/conformance/**/*.test.ts', 'packages/azure-simulator/__tests__/compatibility/**/*.test.ts'],
    globalSetup: '__tests__/support/temp-folder.ts',
    // For what hangs: no test is judged by how long a busy machine takes for it.
    testTimeout: 3_600_000,
    // It imports JSON in a way that bundlers support, but Node does not.
    server: { deps: { inline: ['@actions/workflow-parser'] } },
    hookTimeout: 3_600_000,
    maxWorkers: 3,
    // Each process signs in with az once, and loads the modules once.
    isolate: false,
    sequence: { sequencer: SleepersFirst },
    // As in vitest.config.ts.
    css: { include: [/page\.css/] },
    reporters: ['verbose', slowestReporter],
    provide: { node: process.execPath, once: true, part: process.env.PART ?? '' },
  },
})
