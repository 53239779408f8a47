import { describe } from 'vitest'
import { images, imports, letImport } from '../../support/image-world.js'
import { expectAttached, onceIt, type Beginning, type Scenario } from '../../support/scenario.js'

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
  onceIt('are polled together at most five times per second, and then at that pause', async ({ begin, expect }) => {
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
  onceIt('are not asked about before they can have ended', async ({ begin, expect }) => {
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
