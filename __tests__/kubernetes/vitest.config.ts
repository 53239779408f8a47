import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** In alphabetical order, but last what disturbs the cluster. */
class DisturbancesLast extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const disturbs = ({ moduleId }: TestSpecification): number => Number(moduleId.endsWith('/disturbances.test.ts'))
    const byName = (a: TestSpecification, b: TestSpecification): number => (a.moduleId < b.moduleId ? -1 : 1)
    return Promise.resolve([...files].sort((a, b) => disturbs(a) - disturbs(b) || byName(a, b)))
  }
}

/** The action against a real cluster: `npm run test:kubernetes`, which checks first that the cluster has what they need. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['__tests__/kubernetes/**/*.test.ts'],
    globalSetup: '__tests__/support/temp-folder.ts',
    testTimeout: 300_000,
    hookTimeout: 180_000,
    // All simulators listen at the one address that the nodes know.
    fileParallelism: false,
    sequence: { sequencer: DisturbancesLast },
    reporters: ['verbose'],
    provide: { node: process.execPath, once: true, part: '' },
  },
})
