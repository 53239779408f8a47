// Shows where a step spends its processor time: a start with one cluster and one registry, and a check of 1,000
// clusters and 5 registries.
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { createContoso } from 'azure-simulator/contoso'
import { startSimulator } from 'azure-simulator'
import { measureStep } from './measured-step.js'
import { inEstate } from './scale.js'
import { heading, row } from './table.js'

const folder = resolve('build/profiles')

const mapsFolder = 'build/source-maps'

const maxFunctions = 20

mkdirSync(folder, { recursive: true })
const maps = new Map(
  readdirSync(mapsFolder).map(file => {
    const payload = JSON.parse(readFileSync(join(mapsFolder, file), 'utf8')) as SourceMapPayload
    return [basename(file, '.map'), new SourceMap(payload)]
  }),
)

const { world, cluster, registry, variables } = createContoso()
const simulator = await startSimulator({ world })
const start = join(folder, 'start.cpuprofile')
await measureStep({ simulator, variables, inputs: { cluster: cluster.id, registry: registry.id }, profile: start })
await simulator.close()
describeProfile('One cluster and one registry, first attach', start)

await inEstate(1000, 5, { attached: 1 }, async ({ run }) => {
  const check = join(folder, 'check.cpuprofile')
  await run('check', { profile: check })
  describeProfile('1,000 clusters and 5 registries, check', check)
})

/**
 * Prints the packages and functions that take the most time, in milliseconds; the profile itself opens in Chrome's
 * developer tools.
 */
function describeProfile(title: string, file: string): void {
  const { nodes, samples = [], timeDeltas = [] } = JSON.parse(readFileSync(file, 'utf8')) as Profiler.Profile
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const byPackage = new Map<string, number>()
  const byFunction = new Map<string, number>()
  samples.forEach((sample, index) => {
    const frame = frames.get(sample)
    if (!frame || frame.functionName === '(idle)') return
    const ms = (timeDeltas[index] ?? 0) / 1000
    const { owner, name } = placeOf(frame)
    byPackage.set(owner, (byPackage.get(owner) ?? 0) + ms)
    byFunction.set(name, (byFunction.get(name) ?? 0) + ms)
  })
  heading(`${title} (${file})`)
  for (const [owner, ms] of slowestFirst(byPackage)) if (ms >= 1) row(owner, `${ms.toFixed(0)} ms`)
  heading('By function')
  for (const [name, ms] of slowestFirst(byFunction).slice(0, maxFunctions)) row(name, `${ms.toFixed(1)} ms`)
}

function slowestFirst(times: ReadonlyMap<string, number>): [string, number][] {
  return [...times].sort(([, a], [, b]) => b - a)
}

/** The original package and function of a frame in the bundle; Node's own are `node`, V8's have no package. */
function placeOf({ functionName, url, lineNumber, columnNumber }: Profiler.Profile['nodes'][number]['callFrame']): {
  owner: string
  name: string
} {
  if (!url) return { owner: functionName || '(V8)', name: functionName || '(V8)' }
  const entry = maps.get(basename(url))?.findEntry(lineNumber, columnNumber)
  if (!entry || !('originalSource' in entry)) return { owner: 'node', name: `${functionName} ${url}:${lineNumber + 1}` }
  const [, name = 'attach-acr'] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(entry.originalSource) ?? []
  const file = entry.originalSource.replace(/^.*?(?=src\/|node_modules\/)/, '')
  return { owner: name, name: `${functionName || '(anonymous)'} ${file}:${entry.originalLine + 1}` }
}
