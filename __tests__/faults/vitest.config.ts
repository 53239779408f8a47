import { defineConfig } from 'vitest/config'

/** Every request of every job meets every fault: `npm run test:faults`. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['__tests__/faults/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // They wait more than they compute.
    maxConcurrency: 40,
    provide: { node: process.execPath, once: true },
  },
})
