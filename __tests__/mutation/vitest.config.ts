import { defineConfig } from 'vitest/config'
import { SmallestFirst } from './sequencer.js'

/** Only the unit tests that can find a mutant of a pure part, for `npm run test:mutation`. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['__tests__/unit/{apply,inputs,model,plan,report,services,verify}/**/*.test.ts'],
    // They simulate whole runs, or measure times and sizes: they cost more than all others together, and find nothing that others miss.
    exclude: ['**/{html-size,large-reports,long-text,verify-pull}.test.ts'],
    runner: '__tests__/mutation/every-mutant.ts',
    // Every mutant is tried in the one process that has everything loaded.
    isolate: false,
    sequence: { sequencer: SmallestFirst },
    setupFiles: ['__tests__/mutation/seed.ts'],
    // As in vitest.config.ts.
    unstubEnvs: true,
    restoreMocks: true,
    css: { include: [/page\.css/] },
    testTimeout: 120_000,
  },
})
