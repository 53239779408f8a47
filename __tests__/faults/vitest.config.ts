import { defineConfig } from 'vitest/config'
import { findNode } from '../../vitest.config.js'
import { slowestReporter } from '../support/slowest.js'

/** Every request of every job meets every kind of fault: `npm run test:faults`, or an eighth of it with `PART=1/8`. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['__tests__/faults/**/*.test.ts'],
    globalSetup: '__tests__/support/temp-folder.ts',
    // It includes the wait for a turn.
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    reporters: ['default', slowestReporter],
    // Most wait: for an answer that never comes, or for their turn.
    maxConcurrency: 1000,
    // The scenarios run with Node 20.
    provide: { node: findNode(24), once: true, part: process.env.PART ?? '' },
  },
})
