import { describe } from 'vitest'
import { images, imports, letImport } from '../../support/image-world.js'
import { expectAttached, onceIt } from '../../support/scenario.js'

describe('imports that take longer than the pause that Azure demands', () => {
  onceIt('are polled together at most five times per second, and then at that pause', async ({ begin, expect }) => {
    const { attach, hub } = letImport(await begin({ timing: { importMs: 11_000 } }))
    const names = Array.from({ length: 20 }, (_, index) => `team/app${index}`)
    for (const name of names) hub.push(name, 'v1')
    const end = await attach({ images: names.map(name => `${name}:v1`).join('\n'), concurrency: '20' })
    expectAttached(end, { changed: true })
    expect(images(end).map(({ status }) => status)).toEqual(names.map(() => 'imported'))
    const begun = Math.min(...imports(end).map(({ at }) => at))
    const polls = end.requests.filter(({ path }) => path.includes('/operationResults/')).map(({ at }) => at - begun)
    expect(polls.length).toBeLessThanOrEqual(1 + (5 * Math.max(...polls)) / 1000)
    // At most 50 in the first 10 s, then 10 s without any, and the last one of each.
    expect(polls.length).toBeLessThan(50 + 2 * names.length)
  })
})

describe('imports that start after others have ended', () => {
  onceIt('are not asked about before they have lasted as long as the shortest one', async ({ begin, expect }) => {
    const { attach, hub } = letImport(await begin({ timing: { importMs: 1000 } }))
    const names = Array.from({ length: 12 }, (_, index) => `team/app${index}`)
    for (const name of names) hub.push(name, 'v1')
    const end = await attach({ images: names.map(name => `${name}:v1`).join('\n'), concurrency: '4' })
    expectAttached(end, { changed: true })
    const firstAnswers = new Map<string, number>()
    for (const { path, status } of end.requests)
      if (path.includes('/operationResults/') && !firstAnswers.has(path)) firstAnswers.set(path, status)
    expect(firstAnswers.size).toBe(names.length)
    const early = [...firstAnswers.values()].filter(status => status === 202)
    expect(early.length).toBeLessThanOrEqual(4)
  })
})
