import { defineConfig } from 'vitest/config'
import { operationsReporter } from '../operations.js'

/** Real clients against the simulator: `npm run test:conformance`. They take their time, and are not on every machine. */
export default defineConfig({
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['__tests__/conformance/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['verbose', operationsReporter],
    provide: { node: process.execPath, once: true },
  },
})
