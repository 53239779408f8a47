import { describe } from 'vitest'
import { hour } from '../../support/hour.js'
import { images, imports, letImport, maxAtOnce, wall, type ImageScenario } from '../../support/image-world.js'
import { advisedCommands, errorsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, onceIt, whenRequested } from '../../support/scenario.js'

const post = { method: 'POST', path: '/importImage' }
const polls = { method: 'GET', path: '/operationResults/' }

describe('imports', () => {
  onceIt('run in parallel, up to a limit', async ({ begin, expect }) => {
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

  onceIt('that do not end are awaited until the timeout, and can still end', async ({ begin, expect }) => {
    const { attach, digest, world } = letImport(await begin({ timing: { importMs: hour } }))
    const end = await attach({ images: 'nginx:1.27', timeout: '2s' })
    expectFailure(end, 'IMPORT_FAILED')
    expect(errorsOf(end)[0]?.message).toMatch(/library\/nginx:1\.27\b.*\b2(\.0)? s/)
    expect(errorsOf(end)[0]?.fix.text).toContain(digest)
    expect(advisedCommands(end)).toEqual([
      expect.stringContaining('az acr repository show --name contosoacr --image library/nginx:1.27'),
    ])
    expect(end.outputs).toMatchObject({ changed: 'true', image: '' })
    expect(end.report.pairs).toMatchObject([{ status: 'attached' }])
    world.timing.importMs = 0
    expectAttached(await attach({ images: 'nginx:1.27' }), { changed: true })
  })

  onceIt('that end after the step are found by the next run', async ({ begin, expect }) => {
    const { attach, registry, digest } = letImport(await begin({ timing: { importMs: hour } }))
    expectFailure(await attach({ images: 'nginx:1.27', timeout: '1s' }), 'IMPORT_FAILED')
    registry.images.push('library/nginx', '1.27', { platforms: ['linux/amd64', 'linux/arm64'] })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: false })
    expect(images(end)).toMatchObject([{ status: 'present', digest }])
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
  onceIt('reports those that have ended, and those that were started', async ({ begin, expect }) => {
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
    expect(JSON.parse(end.reportFile)).toEqual(end.report)
  })

  onceIt('ends soon even if Azure has asked for a long pause', async ({ begin, expect }) => {
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

  onceIt('waits for Azure to accept or refuse an import', async ({ begin, expect }) => {
    const { attach, simulator } = letImport(await begin())
    expectAttached(await attach(), { changed: true })
    simulator.faults.add({ ...post, after: true, delayMs: 1500 })
    const end = await attach({ images: 'nginx:1.27' }, { cancel: { when: ({ path }) => path.endsWith(post.path) } })
    expectFailure(end, 'CANCELLED')
    expect(end.outputs.changed).toBe('true')
  })
})

describe('the registry shows the end of an import', () => {
  onceIt("if the operation can't be followed", async ({ begin, expect }) => {
    const { attach, simulator, digest } = letImport(await begin())
    simulator.faults.add({ ...post, after: true, status: 202 })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    expect(end.requests.filter(({ path }) => path.includes(polls.path))).toEqual([])
  })

  onceIt('even before it is done', async ({ begin, expect }) => {
    const { attach, simulator, digest } = letImport(await begin({ timing: { importMs: 1500 } }))
    simulator.faults.add({ ...post, after: true, status: 202 })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })

  onceIt('and it fails if the image never arrives', async ({ begin, expect }) => {
    const { attach, simulator } = letImport(await begin())
    simulator.faults.add({ ...post, status: 202 })
    const end = await attach({ images: 'nginx:1.27', timeout: '2s' })
    expectFailure(end, 'IMPORT_FAILED')
    expect(errorsOf(end)[0]?.message).toMatch(/\b2(\.0)? s/)
    expect(end.outputs.changed).toBe('true')
  })

  onceIt('and it fails if nothing shows the image', async ({ begin, expect }) => {
    const { attach, simulator, registry } = letImport(await begin())
    wall(registry)
    simulator.faults.add({ ...post, after: true, status: 202 })
    const end = await attach({ images: 'nginx:1.27' })
    expectFailure(end, 'IMPORT_FAILED')
    expect(end.log).toMatch(/\(.*\bfirewall of contosoacr\b/)
  })

  onceIt('if Azure refuses to show its state, until the timeout', async ({ begin, expect }) => {
    const { attach, simulator, digest } = letImport(await begin({ timing: { importMs: 14_000 } }))
    const body = { error: { code: 'AuthorizationFailed', message: 'No.' } }
    simulator.faults.add({ ...polls, status: 403, body, times: Infinity })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })

  onceIt(
    'and it fails if Azure refuses to show its state and the image is missing, although it may still arrive',
    async ({ begin, expect }) => {
      const { attach, simulator } = letImport(await begin({ timing: { importMs: hour } }))
      const body = { error: { code: 'AuthorizationFailed', message: 'No one may know.' } }
      simulator.faults.add({ ...polls, status: 403, body, times: Infinity })
      const end = await attach({ images: 'nginx:1.27', timeout: '2s' })
      expectFailure(end, 'IMPORT_FAILED')
      expect(end.log).toContain('(No one may know.)')
      expect(end.outputs.changed).toBe('true')
    },
  )

  onceIt.for(['post', 'poll'] as const)(
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
