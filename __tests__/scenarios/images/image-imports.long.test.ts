import { describe } from 'vitest'
import { hour } from '../../support/hour.js'
import { images, imports, letImport, maxAtOnce, type ImageScenario } from '../../support/image-world.js'
import { errorsOf } from '../../support/reading.js'
import {
  expectAttached,
  expectFailure,
  it,
  whenRequested,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

const post = { method: 'POST', path: '/importImage' }
const polls = { method: 'GET', path: '/operationResults/' }

describe('imports', () => {
  it('run in parallel, up to a limit', async ({ begin, expect }) => {
    const { attach, hub, simulator } = letImport(await begin({ timing: { importMs: 400 } }))
    const names = ['a', 'b', 'c', 'd', 'e']
    for (const name of names) hub.push(`team/${name}`, 'v1')
    const isImport = ({ path }: { path: string }): boolean => path.endsWith(post.path)
    simulator.faults.add({ ...post, until: () => whenRequested(simulator, isImport, 2) })
    const end = await attach({ images: names.map(name => `team/${name}:v1`).join('\n'), concurrency: '2' })
    expectAttached(end, { changed: true })
    expect(images(end).map(({ status }) => status)).toEqual(names.map(() => 'imported'))
    expect(maxAtOnce(end)).toBe(2)
  })
})

/** Azure imports nginx immediately, and never finishes any later import. */
function letOnlyNginxEnd({ world, registry, hub }: ImageScenario): void {
  for (const name of ['redis', 'never']) hub.push(`library/${name}`, '1')
  Object.defineProperty(world.timing, 'importMs', {
    get: () => (registry.images.find('library/nginx', '1.27') ? hour : 0),
  })
}

describe('a job that is cancelled during its imports', () => {
  it('reports those that have ended, and those that were started', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    letOnlyNginxEnd(scenario)
    const inputs = { images: 'nginx:1.27\nredis:1\nnever:1', concurrency: '1' }
    const end = await scenario.attach(inputs, { cancel: { whenLogged: 'imported  library/nginx:1.27' } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(7000)
    expect(images(end)).toMatchObject([
      { status: 'imported', digest: scenario.digest },
      { status: 'failed', error: { code: 'CANCELLED' } },
      { status: 'failed', error: { code: 'CANCELLED' } },
    ])
    expect(imports(end)).toHaveLength(2)
    expect(end.outputs.changed).toBe('true')
    // Only images that Azure may have imported are named.
    const [begun, other] = errorsOf(end).slice(-2)
    expect(begun?.message).toContain('library/redis:1 ')
    expect(other?.message).not.toContain('library/never:1')
  })

  it('ends soon even if Azure has asked for a long pause', async ({ begin, expect }) => {
    const { attach, simulator } = letImport(await begin({ timing: { importMs: hour } }))
    expectAttached(await attach(), { changed: true })
    const body = { error: { code: 'TooManyRequests', message: 'Slow down.' } }
    simulator.faults.add({ ...polls, status: 429, headers: { 'retry-after': '60' }, body })
    const when = ({ path, status }: { path: string; status: number }) => path.includes(polls.path) && status === 429
    const end = await attach({ images: 'nginx:1.27' }, { cancel: { when } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(7000)
    expect(end.outputs.changed).toBe('true')
  })

  it('waits for Azure to accept or refuse an import', async ({ begin, expect }) => {
    const { attach, simulator } = letImport(await begin())
    expectAttached(await attach(), { changed: true })
    simulator.faults.add({ ...post, after: true, delayMs: 1500 })
    const end = await attach({ images: 'nginx:1.27' }, { cancel: { when: ({ path }) => path.endsWith(post.path) } })
    expectFailure(end, 'CANCELLED')
    expect(end.outputs.changed).toBe('true')
  })
})

describe('the registry shows the end of an import', () => {
  it.for(['post', 'poll'] as const)(
    "and it isn't a conflict if the answer to the first attempt was lost (reported at %s)",
    async (conflictAt, { begin, expect }) => {
      const { attach, simulator, digest, world } = letImport(await begin())
      world.imports.conflictAt = conflictAt
      simulator.faults.add({ ...post, after: true, reset: true })
      const end = await attach({ images: 'nginx:1.27' })
      expectAttached(end, { changed: true })
      expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    },
  )
})

describe('the state of an import', () => {
  it.for(['in-progress-as-200', 'empty', 'free-text', 'with-error'] as const)(
    'is read in each form that Azure gives it: %s',
    async (pollQuirk, { begin, expect }) => {
      const { attach, world, digest } = letImport(await begin({ timing: { importMs: 1500 } }))
      world.imports.pollQuirk = pollQuirk
      const end = await attach({ images: 'nginx:1.27' })
      expectAttached(end, { changed: true })
      expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    },
  )

  it('is asked of the host of the region, if Azure names that one', async ({ begin, expect }) => {
    const { attach, world, digest } = letImport(await begin({ timing: { importMs: 500 } }))
    world.imports.isRegional = true
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    const hosts = end.requests.filter(({ path }) => path.includes('/operationResults/')).map(({ host }) => host)
    expect(new Set(hosts)).toEqual(new Set(['westeurope.management.azure.com']))
  })
})

/** Imports so many images, and returns the requests about whether one is done. */
async function importApps(
  begin: (beginning?: Beginning) => Promise<Scenario>,
  { count, concurrency, importMs }: { count: number; concurrency: number; importMs: number },
) {
  const { attach, hub } = letImport(await begin({ timing: { importMs } }))
  const names = Array.from({ length: count }, (_, index) => `team/app${index}`)
  for (const name of names) hub.push(name, 'v1')
  const given = names.map(name => `${name}:v1`).join('\n')
  const end = await attach({ images: given, concurrency: String(concurrency) })
  expectAttached(end, { changed: true })
  return { end, names, polls: end.requests.filter(({ path }) => path.includes('/operationResults/')) }
}

describe('imports that take longer than the pause that Azure demands', () => {
  it('are polled together at most five times per second, and then at that pause', async ({ begin, expect }) => {
    const { end, names, polls } = await importApps(begin, { count: 20, concurrency: 20, importMs: 11_000 })
    expect(images(end).map(({ status }) => status)).toEqual(names.map(() => 'imported'))
    const begun = Math.min(...imports(end).map(({ at }) => at))
    const polledMs = polls.map(({ at }) => at - begun)
    expect(polls.length).toBeLessThanOrEqual(1 + (5 * Math.max(...polledMs)) / 1000)
    // At most 50 in the first 10 s, then 10 s without any, and the last one of each.
    expect(polls.length).toBeLessThan(50 + 2 * names.length)
  })
})

describe('imports that start after others have ended', () => {
  it('are not asked about before they can have ended', async ({ begin, expect }) => {
    const concurrency = 4
    const { end, names, polls } = await importApps(begin, { count: 8, concurrency, importMs: 3000 })
    const first = new Map(polls.toReversed().map(({ path, at }) => [path, at]))
    expect(first.size).toBe(names.length)
    const asked = [...first.values()].sort((a, b) => a - b)
    const started = imports(end).map(({ at }) => at)
    const waitedMs = asked.map((at, index) => at - (started[index] ?? NaN)).slice(concurrency)
    // The action measures from Azure's answer to the start, which is late on a busy machine: so a third of the time, where others take turns five times a second.
    expect(Math.min(...waitedMs)).toBeGreaterThan(1000)
  })
})
