import { defineConfig } from 'vitest/config'
import { SmallestFirst } from './sequencer.js'

/** The unit tests alone, for `npm run test:mutation`: those that a mutant of a pure part can be found by. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['__tests__/unit/{apply,inputs,model,plan,report,services,verify}/**/*.test.ts'],
    // They play whole runs, or measure how long and how large something becomes: they cost more than all others together, and what they find others find.
    exclude: ['**/{large-reports,long-text,verify-pull}.test.ts'],
    runner: '__tests__/mutation/every-mutant.ts',
    // Every mutant is tried in the one process that has everything loaded.
    isolate: false,
    sequence: { sequencer: SmallestFirst },
    setupFiles: ['__tests__/mutation/seed.ts'],
    // As in vitest.config.ts.
    unstubEnvs: true,
    restoreMocks: true,
    testTimeout: 120_000,
  },
})
