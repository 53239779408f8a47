import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter } from 'vitest/node'
import type { RequestRecord } from '../../simulator/index.js'

declare module 'vitest' {
  interface TaskMeta {
    /** The operations of Azure that the test has seen; see `operationsOf`. */
    operations?: string[]
  }
}

/**
 * The operations of Azure Resource Manager, Microsoft Graph and the registries in these requests: by the ID that the OpenAPI files give
 * them, and by method and path where those in `simulator/specs` have none.
 */
export function operationsOf(requests: readonly RequestRecord[]): string[] {
  // Storage behind a registry has no operations of its own.
  const ofAzure = requests.filter(
    ({ host }) => /^management\.|graph|\.azurecr\./.test(host) && !host.includes('.data.'),
  )
  return [...new Set(ofAzure.map(request => request.operation ?? shapeOf(request)))]
}

/** A request without the names of things. */
function shapeOf({ method, host, path }: RequestRecord): string {
  const shape = path
    .replace(/^\/+/, '/')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '{id}')
    .replace(/sha256:[0-9a-f]+/g, '{digest}')
    .replace(/\/resourceGroups\/[^/]+/gi, '/resourceGroups/{name}')
    .replace(
      /(\/providers\/[^/]+\/(?:registries|managedClusters|userAssignedIdentities|locations))\/[^/]+/gi,
      '$1/{name}',
    )
    .replace(/(\/operationresults)\/[^/]+$/i, '$1/{name}')
    .replace(/^\/v2\/.+\/(manifests|tags|blobs|referrers)\/[^/]+$/, '/v2/{name}/$1/{reference}')
  const service = host.includes('.azurecr.') ? 'registry' : host.includes('graph') ? 'graph' : 'arm'
  return `${method} ${service} ${shape}`
}

const folder = join(import.meta.dirname, '..')

/** What is run by one command, so that what a whole run of it has not seen nobody has; `lasts` is for two idle cores. */
const suites = {
  test: { files: /^(unit|scenarios)\/.*(?<!\.long)\.test\.ts$/, lasts: 'nine minutes' },
  simulator: { files: /^simulator\/.*\.test\.ts$/, lasts: 'a minute' },
}

/** The suite of which these are all the files; undefined for a part of one. */
export function findWhole(files: readonly string[]): keyof typeof suites | undefined {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const ran = new Set(files)
  const isWhole = (pattern: RegExp): boolean =>
    all.filter(path => pattern.test(path)).every(path => ran.has(join(folder, path)))
  return (['test', 'simulator'] as const).find(name => isWhole(suites[name].files))
}

/** The operations that the specifications must judge in a whole run of each suite; the lists may grow and not shrink. */
const expected = JSON.parse(readFileSync(join(import.meta.dirname, 'operations.json'), 'utf8')) as Record<
  keyof typeof suites,
  string[]
>

/**
 * Says at the start of a whole run how long it takes, and prints at the end which operations the specifications have judged, and which
 * ones they do not have. A whole run fails that has lost one.
 */
export const operationsReporter: Reporter = {
  onTestRunStart(specifications) {
    const suite = findWhole(specifications.map(({ moduleId }) => moduleId))
    if (suite)
      console.log(`These tests take about ${suites[suite].lasts} on two idle cores, and longer on a busy machine.`)
  },
  onTestRunEnd(modules) {
    const seen = modules.flatMap(module =>
      [...module.children.allTests()].flatMap(test => test.meta().operations ?? []),
    )
    const [judged, others] = [true, false].map(isJudged =>
      [...new Set(seen)].filter(operation => isJudged !== operation.includes(' ')).sort(),
    )
    if (judged === undefined || others === undefined || seen.length === 0) return
    console.log(`\nRequests and answers of ${judged.length} operations were checked against Microsoft’s OpenAPI files:`)
    console.log(judged.map(operation => `  ${operation}`).join('\n'))
    console.log(`${others.length} operations are not in the files (Microsoft Graph has none):`)
    console.log(others.map(operation => `  ${operation}`).join('\n'))
    const suite = findWhole(modules.map(({ moduleId }) => moduleId))
    const lost = suite ? expected[suite].filter(operation => !judged.includes(operation)) : []
    if (lost.length === 0) return
    console.error(
      `No test sees these operations any more, which __tests__/support/operations.json lists: ${lost.join(', ')}`,
    )
    process.exitCode = 1
  },
}
