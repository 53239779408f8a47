import { existsSync, readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { slowestReporter } from './__tests__/support/slowest.js'

// What takes many steps, or waits for long: tables of what services can answer, an hour's wait, thousands of pairs.
const long = '**/*.long.test.ts'

// The scenarios that depend on Node: its network, its proxies, its processes, signals and files, and how it loads the parts of the bundle.
const ofNode = [
  'attach/attach',
  'attach/outputs',
  'failures/broken-runners.long',
  'failures/cancellation.long',
  'failures/credentials.long',
  'failures/secrets.long',
  'failures/surroundings',
  'fleet/merge.long',
  'images/images',
  'issue/github.long',
  'proof/post.long',
  'proof/pull-cleanliness.long',
  'proof/pull-direct',
  'sign-in/proxy',
  'sign-in/proxy-variables.long',
  'sign-in/sign-in-types',
].map(name => `__tests__/scenarios/${name}.test.ts`)

// The packages that the action is made of.
const parts = readdirSync(`${import.meta.dirname}/packages`).filter(name => name !== 'azure-simulator')

// The Node versions that GitHub's runners start the action with. `npm run test:runtimes` installs them where there is a build of them.
// Every scenario runs with the one that action.yml asks for; in the files that depend on Node, those that aren't marked run with the other, too, and
// so does the fault matrix. `PART=1/8 npm run test:long` runs an eighth of the long ones.
const scenarios = [
  {
    name: 'scenarios',
    version: 20,
    once: true,
    include: ['__tests__/scenarios/**/*.test.ts'],
    exclude: [long],
    part: '',
  },
  {
    name: 'long',
    version: 20,
    once: true,
    include: [`__tests__/scenarios/${long}`],
    exclude: [],
    part: process.env.PART ?? '',
  },
  { name: 'scenarios-node24', version: 24, once: false, include: ofNode, exclude: [], part: '' },
]

/** The Node of that version; where there is no build of it, the one that runs the tests. */
export function findNode(version: number): string {
  const node = `${import.meta.dirname}/__tests__/runtimes/node_modules/node${version}/bin/node`
  if (existsSync(node)) return node
  console.warn(`Node ${version} is not in __tests__/runtimes: scenarios run on this Node ${process.versions.node}.`)
  return process.execPath
}

// What is blessed is read by a person first.
if (process.env.CI && process.argv.some(each => /^(-u|--update(=.*)?)$/.test(each)))
  throw new Error(
    'Catalogues are not written in CI: run npx vitest run -u on your machine, and commit the diff that you have read.',
  )

export default defineConfig({
  test: {
    globalSetup: '__tests__/support/temp-folder.ts',
    // For what hangs: no test is judged by how long a busy machine takes for it.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // What a test stubs, no other one sees.
    unstubEnvs: true,
    restoreMocks: true,
    // The style of the HTML report, which Vitest would replace by an empty one.
    css: { include: [/page\.css/] },
    reporters: ['default', slowestReporter],
    // A fourth loads all modules once more, and two cores have no time for it.
    maxWorkers: 3,
    // What a file was compiled to, for the runs after this one.
    experimental: { fsModuleCache: true },
    projects: [
      ...[
        // It imports JSON as bundlers understand it, and Node does not.
        {
          name: 'parts',
          folders: ['__tests__/unit', ...parts.map(name => `packages/${name}`)],
          inline: ['@actions/workflow-parser'],
        },
        // Its compatibility with real clients is tested by `npm run test:conformance`.
        { name: 'simulator', folders: ['packages/azure-simulator/__tests__'], inline: [] },
      ].map(({ name, folders, inline }) => ({
        extends: true as const,
        test: {
          name,
          include: folders.map(folder => `${folder}/**/*.test.{ts,mts}`),
          exclude: ['**/compatibility/**', long],
          setupFiles: name === 'parts' ? ['__tests__/support/seed.ts'] : [],
          // Modules keep nothing from one file to the next, and loading them is most of the cost.
          isolate: false,
          server: { deps: { inline } },
        },
      })),
      ...scenarios.map(({ name, version, once, include, exclude, part }) => ({
        extends: true as const,
        test: {
          name,
          include,
          exclude,
          // More at once only take turns on two cores; the long ones mostly wait.
          maxConcurrency: name === 'long' ? 5 : 3,
          // They share nothing but modules without state, whose loading is half of their cost.
          isolate: false,
          provide: { node: findNode(version), once, part },
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
    /** The part of the suite that runs, such as `1/8`; empty for all of it. */
    part: string
  }
}
