import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { codesReporter } from './__tests__/support/codes.js'
import { operationsReporter } from './__tests__/support/operations.js'
import { LongestFirst } from './__tests__/support/sequencer.js'

// The Node versions that GitHub's runners start the action with. `npm run test:runtimes` installs them where there is a build of them.
// Every scenario runs with the one that action.yml asks for; those that depend on Node run with the other, too.
const runtimes = [
  { name: 'scenarios', version: 20, once: true },
  { name: 'scenarios-node24', version: 24, once: false },
].map(runtime => ({
  ...runtime,
  node: `${import.meta.dirname}/__tests__/runtimes/node_modules/node${runtime.version}/bin/node`,
}))

/** The Node of that version; where there is no build of it, the one that runs the tests. */
function findNode({ node, version }: (typeof runtimes)[number]): string {
  if (existsSync(node)) return node
  console.warn(`Node ${version} is not in __tests__/runtimes: scenarios run on this Node ${process.versions.node}.`)
  return process.execPath
}

export default defineConfig({
  test: {
    // For what hangs: no test is judged by how long a busy machine takes for it.
    testTimeout: 600_000,
    // What a test stubs, no other one sees.
    unstubEnvs: true,
    restoreMocks: true,
    reporters: ['default', operationsReporter, codesReporter],
    sequence: { sequencer: LongestFirst },
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['__tests__/**/*.test.ts'],
          // Modules keep nothing from one file to the next, and loading them is most of the cost.
          isolate: false,
          // It imports JSON as bundlers understand it, and Node does not.
          server: { deps: { inline: ['@actions/workflow-parser'] } },
          exclude: ['**/scenarios/**', '**/conformance/**', '**/faults/**', '**/node_modules/**'],
        },
      },
      ...runtimes.map(runtime => ({
        extends: true as const,
        test: {
          name: runtime.name,
          include: ['__tests__/scenarios/**/*.test.ts'],
          // They share nothing but modules without state, whose loading is half of their cost.
          isolate: false,
          provide: { node: findNode(runtime), once: runtime.once },
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
