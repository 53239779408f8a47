import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { operationsReporter } from './__tests__/support/operations.js'

// The Node versions that GitHub's runners start the action with. `npm run test:runtimes` installs them where there is a build of them.
const runtimes = [20, 24].map(version => ({
  name: `Node ${version}`,
  node: `${import.meta.dirname}/__tests__/runtimes/node_modules/node${version}/bin/node`,
}))
const found = runtimes.filter(({ node }) => existsSync(node))
if (found.length < runtimes.length) {
  console.warn(
    `Scenarios run on this Node ${process.versions.node} only: Node 20 and 24 are not in __tests__/runtimes.`,
  )
  found.splice(0, found.length, { name: `Node ${process.versions.node}`, node: process.execPath })
}

export default defineConfig({
  test: {
    // Some wait for a minute of propagation on a busy machine.
    testTimeout: 90_000,
    reporters: ['default', operationsReporter],
    // Scenarios wait more than they compute.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['__tests__/**/*.test.ts'],
          exclude: ['**/scenarios/**', '**/conformance/**', '**/node_modules/**'],
        },
      },
      ...found.map(({ name, node }, index) => ({
        extends: true as const,
        test: {
          name,
          include: ['__tests__/scenarios/**/*.test.ts'],
          // They share nothing but modules without state, whose loading is half of their cost.
          isolate: false,
          provide: { node, once: index === found.length - 1 },
        },
      })),
    ],
  },
})

declare module 'vitest' {
  interface ProvidedContext {
    /** The Node binary that starts the action. */
    node: string
    /** Whether it runs the scenarios that run on one of the Node versions only. */
    once: boolean
  }
}
