import { defineConfig } from 'vitest/config'

/** Every request of every job meets every fault: `npm run test:faults`. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['__tests__/faults/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    // Most wait: for an answer that never comes, or for their turn.
    maxConcurrency: 1000,
    provide: { node: process.execPath, once: true },
  },
})
