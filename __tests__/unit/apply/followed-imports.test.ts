// How an import that Azure has accepted is followed until its end is known; that of a request is in imports.test.ts.
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ObservedImage } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError } from 'kernel'
import { applyImages } from '../../../src/apply/images.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { realRegistry } from '../../support/observed.js'
import { restError } from '../../support/rest-error.js'
import { sampleInputs } from '../../support/sample.js'

const [digest, other] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`]
const refused = (status: number, message: string) => restError(status, { error: { code: 'No', message } })
const unreadable = new ActionError('AUTHORIZATION_FAILED', { what: 'no', why: 'the firewall does not let it in' })

interface Case {
  /** How long it takes, in seconds. */
  takes?: number
  /** What Azure answers to the request, and when it is asked whether it is done. */
  refusal?: Error
  fails?: Error
  isFollowed?: boolean
  isUnanswered?: boolean
  /** What the registry shows from this time on, in seconds. */
  shows?: string | ActionError
  showsAfter?: number
  /** The pause that Azure demands, in seconds. */
  demands?: number
  isCancelled?: boolean
  attachments?: 'some' | 'none' | { why: string }
  image?: { request?: object; sourceDigest?: undefined }
}

/** Imports an image from quay.io within a minute. */
function follow({ takes = 0, refusal, fails, shows = digest, showsAfter = 0, ...more }: Case) {
  const clock = createFakeClock()
  const startedAt = clock.now()
  const seconds = (): number => (clock.now() - startedAt) / 1000
  const job = new AbortController()
  const asked: number[] = []
  const poller = {
    isDone: false,
    poll: () => {
      asked.push(seconds())
      if (more.isCancelled) job.abort()
      poller.isDone = seconds() >= takes
      return fails ? Promise.reject(fails) : Promise.resolve()
    },
  }
  const demandedMs = () => (more.demands ?? 0) * 1000
  const begun = { poller, isFollowed: more.isFollowed ?? true, isRepeated: false, demandedMs }
  const absent = new ActionError('IMAGE_NOT_FOUND', 'no', { azure: { status: 404, message: '' } })
  const shown = () => (seconds() < showsAfter ? absent : shows)
  const answer = () => (refusal ? Promise.reject(refusal) : Promise.resolve(begun))
  const start = () => (more.isUnanswered ? new Promise(() => undefined) : answer())
  const azure = {
    clients: { caller: { name: '', objectId: '' }, resourceManager: { start } },
    content: {
      read: () => {
        const found = shown()
        return typeof found === 'string' ? Promise.resolve({ digest: found }) : Promise.reject(found)
      },
    },
    sources: { findAttachments: () => Promise.resolve(more.attachments ?? 'none') },
    newRoles: { patiently: (work: () => unknown) => work() },
    signal: job.signal,
  }
  const source = { host: 'quay.io', repository: 'app', tag: '1', digest: '' }
  const request = { text: 'quay.io/app:1', source, repository: 'app', tag: '1', ...more.image?.request }
  const present = { kind: 'missing' }
  const image = { registry: realRegistry(), sourceDigest: digest, present, notes: [], ...more.image, request }
  const plan = { kind: 'import' as const, force: false, reason: '' }
  const planned = [{ image: image as unknown as ObservedImage, plan }]
  const progress = { onStart: () => undefined, onWait: vi.fn(), onDone: () => undefined }
  const inputs = { ...sampleInputs, timeoutMs: 60_000 }
  const ending = applyImages(azure as unknown as AzureContext, planned, inputs, clock, progress)
  return { ending, asked, onWait: progress.onWait }
}

describe('an import', () => {
  const message = 'Tag app:1 already exists in target registry.'
  const taken = { refusal: restError(409, { error: { code: 'Conflict', message } }), shows: other }
  const [imported, present] = [
    ['imported', true, ''],
    ['present', false, ''],
  ]
  const [lost, broken] = [refused(400, 'manifest unknown'), refused(409, 'It broke.')]
  it.each<[string, Case, unknown[]]>([
    ['is done when Azure says so, also in a registry that can not be read', { takes: 5, shows: unreadable }, imported],
    [
      'is done when the registry has it, if Azure refuses to say',
      { fails: refused(403, 'No'), showsAfter: 14 },
      imported,
    ],
    ['is done when the registry has it, if it can not be followed', { isFollowed: false, showsAfter: 3 }, imported],
    ['has failed when Azure says so', { fails: lost }, ['failed', false, 'IMAGE_NOT_FOUND']],
    ['has failed when Azure says so, whatever is there', { fails: broken }, ['failed', false, 'IMPORT_FAILED']],
    [
      'that does not end in time may be done later',
      { takes: Infinity, showsAfter: 99 },
      ['failed', true, 'IMPORT_FAILED'],
    ],
    ['may be done if the job is cancelled', { takes: 5, isCancelled: true }, ['failed', true, 'CANCELLED']],
    ['of a pause image is not needed if any is there', { ...taken, image: { request: { isProbe: true } } }, present],
    ['that can not be compared keeps what is there', { ...taken, image: { sourceDigest: undefined } }, present],
  ])('%s', async (_, given, end) => {
    const [{ status, changed, error } = {}] = await follow(given).ending
    expect([status, changed, error?.code ?? '']).toEqual(end)
  })

  it('is asked for often at first, and at the pause that Azure demands once it lasts longer', async () => {
    const { ending, asked } = follow({ takes: 45, demands: 10 })
    await ending
    // Up to the last one, which is at the end.
    const pauses = asked.slice(1, -1).map((at, index) => ({ at, pause: at - (asked[index] ?? 0) }))
    expect(pauses.filter(({ at, pause }) => at < 10 && pause > 2)).toEqual([])
    expect(pauses.filter(({ at, pause }) => at > 20 && pause < 9)).toEqual([])
    expect(pauses.map(({ at }) => at > 20)).toEqual(expect.arrayContaining([true, false]))
  })

  it.each<[NonNullable<Case['attachments']>, RegExp[]]>([
    ['none', []],
    ['some', [/oras copy/]],
    [{ why: 'it is closed' }, [/it is closed/]],
  ])('comes without signatures, which is a note if there may be some: %j', async (attachments, notes) => {
    const [end] = await follow({ attachments }).ending
    expect(end?.notes).toEqual(notes.map(note => expect.stringMatching(note) as unknown))
  })
})

describe('imports that take long', () => {
  afterEach(() => vi.useRealTimers())

  it('are in the log at least every half minute', async () => {
    vi.useFakeTimers()
    const { onWait } = follow({ isUnanswered: true })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(onWait).toHaveBeenCalledTimes(2)
  })
})
