import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { codesReporter } from './__tests__/support/codes.js'
import { operationsReporter } from './__tests__/support/operations.js'
import { LongestFirst } from './__tests__/support/sequencer.js'

// What takes many steps, or waits for long: tables of what services can answer, an hour's wait, thousands of pairs.
const long = '__tests__/scenarios/**/*.long.test.ts'

// The Node versions that GitHub's runners start the action with. `npm run test:runtimes` installs them where there is a build of them.
// Every scenario runs with the one that action.yml asks for; those that depend on Node run with the other, too.
const scenarios = [
  { name: 'scenarios', version: 20, once: true, include: '__tests__/scenarios/**/*.test.ts', exclude: [long] },
  { name: 'long', version: 20, once: true, include: long, exclude: [] },
  { name: 'scenarios-node24', version: 24, once: false, include: '__tests__/scenarios/**/*.test.ts', exclude: [] },
]

/** The Node of that version; where there is no build of it, the one that runs the tests. */
function findNode(version: number): string {
  const node = `${import.meta.dirname}/__tests__/runtimes/node_modules/node${version}/bin/node`
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
    // The style of the HTML report, which Vitest would replace by an empty one.
    css: { include: [/page\.css/] },
    reporters: ['default', operationsReporter, codesReporter],
    sequence: { sequencer: LongestFirst },
    maxWorkers: 4,
    projects: [
      ...[
        // It imports JSON as bundlers understand it, and Node does not.
        { name: 'parts', folder: '__tests__/unit', inline: ['@actions/workflow-parser'] },
        { name: 'simulator', folder: 'packages/azure-simulator/__tests__', inline: [] },
      ].map(({ name, folder, inline }) => ({
        extends: true as const,
        test: {
          name,
          include: [`${folder}/**/*.test.ts`],
          // Modules keep nothing from one file to the next, and loading them is most of the cost.
          isolate: false,
          server: { deps: { inline } },
        },
      })),
      ...scenarios.map(({ name, version, once, include, exclude }) => ({
        extends: true as const,
        test: {
          name,
          include: [include],
          exclude,
          // They share nothing but modules without state, whose loading is half of their cost.
          isolate: false,
          provide: { node: findNode(version), once },
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
