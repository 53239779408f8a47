import { describe, expect, it } from 'vitest'
import type { ObservedImage } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError } from 'kernel'
import { readBack, type Shown } from '../../../src/apply/shown-image.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { sampleRegistry } from '../../support/sample.js'

const { signal } = new AbortController()
const absent = new ActionError('IMAGE_NOT_FOUND', 'it is not there', { azure: { status: 404, message: '' } })
const refused = new ActionError('AUTHORIZATION_FAILED', { what: 'no', why: 'the firewall does not let it in' })

interface Case {
  /** The digest of the source, where it could be read. */
  source?: string
  /** What had the name before. */
  before: 'missing' | 'unknown' | `sha256:${string}`
  /** What the registry shows from one time on, in seconds since the import: a digest, or why there is none. */
  shows: [seconds: number, string | ActionError][]
  isDone?: boolean
  tag?: string
}

/** What is read back within a minute, after how many seconds, and the references that were asked for. */
async function read({ source, before, shows, isDone = true, tag = '1' }: Case) {
  const clock = createFakeClock()
  const startedAt = clock.now()
  const seconds = () => (clock.now() - startedAt) / 1000
  const asked: string[] = []
  const content = {
    read(_: unknown, __: unknown, reference: string) {
      asked.push(reference)
      const shown = shows.findLast(([from]) => from <= seconds())?.[1] ?? absent
      if (shown instanceof Error) return Promise.reject(shown)
      return Promise.resolve({ digest: reference.startsWith('sha256:') ? reference : shown })
    },
  }
  const image = {
    registry: sampleRegistry(),
    request: { repository: 'app', tag },
    present: before.startsWith('sha256:') ? { kind: 'found', content: { digest: before } } : { kind: before },
    ...(source && { sourceDigest: source }),
  } as unknown as ObservedImage
  const wait = { clock, deadline: startedAt + 60_000, signal }
  const shown: Shown = await readBack({ content } as unknown as AzureContext, image, wait, { isDone })
  return { shown, seconds: seconds(), asked }
}

const [wanted, old, other] = ['sha256:aa', 'sha256:bb', 'sha256:cc'] as const
const there = { kind: 'found', content: { digest: wanted } }

describe('an imported image', () => {
  it('has arrived when the registry shows its digest, with one look', async () => {
    const { shown, asked, seconds } = await read({ source: wanted, before: 'missing', shows: [[0, wanted]] })
    expect(shown).toEqual(there)
    expect(seconds).toBe(0)
    expect(asked).toEqual(['1'])
  })

  it('without a tag is read by digest', async () => {
    const { asked } = await read({ source: wanted, before: 'missing', shows: [[0, wanted]], tag: '' })
    expect(asked[0]).toBe(wanted)
  })

  it('that is not shown yet is waited for', async () => {
    const { shown, seconds } = await read({ source: wanted, before: 'missing', shows: [[20, wanted]] })
    expect(shown).toEqual(there)
    expect(seconds).toBeGreaterThanOrEqual(20)
  })

  it('that never arrives is missing', async () => {
    const { shown, seconds } = await read({ source: wanted, before: 'missing', shows: [] })
    expect(shown).toEqual({ kind: 'missing' })
    expect(seconds).toBe(60)
  })

  it('is waited for some seconds if the registry shows an unknown image', async () => {
    const shows: Case['shows'] = [
      [0, other],
      [3, wanted],
    ]
    expect((await read({ source: wanted, before: 'missing', shows })).shown).toEqual(there)
  })

  it('that was replaced by another one is reported after some seconds', async () => {
    for (const before of ['missing', 'unknown', old] as const) {
      const { shown, seconds } = await read({ source: wanted, before, shows: [[0, other]] })
      expect(shown).toEqual({ kind: 'other', digest: other })
      expect(seconds).toBeGreaterThanOrEqual(5)
      expect(seconds).toBeLessThan(15)
    }
  })

  it('is waited for until the deadline if the registry shows the previous image', async () => {
    const shows: Case['shows'] = [
      [0, old],
      [40, wanted],
    ]
    expect((await read({ source: wanted, before: old, shows })).shown).toEqual(there)
    const { shown, seconds } = await read({ source: wanted, before: old, shows: [[0, old]] })
    expect(shown).toEqual({ kind: 'other', digest: old })
    expect(seconds).toBe(60)
  })

  it('that Azure has not finished is waited for, whatever the registry shows meanwhile', async () => {
    const shows: Case['shows'] = [
      [0, other],
      [40, wanted],
    ]
    expect((await read({ source: wanted, before: 'missing', shows, isDone: false })).shown).toEqual(there)
  })

  it("is unknown immediately if the registry can't be read", async () => {
    const { shown, seconds } = await read({ source: wanted, before: 'missing', shows: [[0, refused]] })
    expect(shown).toMatchObject({ kind: 'unknown', error: { said: { why: 'the firewall does not let it in' } } })
    expect(seconds).toBe(0)
  })

  it('is no longer waited for after any other failure', async () => {
    const broken = new TypeError('broken') as unknown as ActionError
    await expect(read({ source: wanted, before: 'missing', shows: [[0, broken]] })).rejects.toThrow('broken')
  })
})

describe('an imported image whose source could not be read', () => {
  it.each<[string, Omit<Case, 'shows'>]>([
    ['Azure says that it is done', { before: old, isDone: true }],
    ['Azure says that it is done, and the same one was there', { before: wanted, isDone: true }],
    ['Azure says that it is done, and it is not known what was there', { before: 'unknown', isDone: true }],
    ['nothing was there', { before: 'missing', isDone: false }],
    ['another one was there', { before: old, isDone: false }],
  ])('is whatever is shown where %s', async (_, how) => {
    expect(await read({ ...how, shows: [[0, wanted]] })).toMatchObject({ shown: there, seconds: 0 })
  })

  it.each<[string, Omit<Case, 'shows'>]>([
    ['the same one was there', { before: wanted, isDone: false }],
    ['it is not known what was there', { before: 'unknown', isDone: false }],
  ])('is not proven by what is shown where %s', async (_, how) => {
    expect(await read({ ...how, shows: [[0, wanted]] })).toMatchObject({
      shown: { kind: 'other', digest: wanted },
      seconds: 60,
    })
  })
})
