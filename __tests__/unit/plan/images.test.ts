import { describe, expect, it } from 'vitest'
import { parseImageRequest, pauseImage, type Content, type ObservedImage, type Seen } from 'azure'
import { ActionError } from 'kernel'
import type { ObservedPair } from 'run-model'
import { planImage } from '../../../src/plan/images.js'
import { makePlan } from '../../../src/plan/plan.js'
import { realRegistry, realTarget, sampleObserved, sampleObservedPair, sampleWish } from '../../support/observed.js'

const request = parseImageRequest('nginx:1.27')
if (!request) throw new Error('nginx:1.27 is an image')
const image = (more: Partial<ObservedImage>): ObservedImage => ({
  request,
  registry: realRegistry(),
  present: { kind: 'missing' },
  notes: [],
  ...more,
})
const [one, other] = ['sha256:1', 'sha256:2']
const there = (digest: string): Seen => ({ kind: 'found', content: { digest } })
const unseen: Seen = { kind: 'unknown', error: new ActionError('AZURE_UNAVAILABLE', 'no') }
const plain = { forceImport: false }
const forced = { forceImport: true }

describe('an image', () => {
  it('that does not exist is imported without force', () => {
    const told = { kind: 'import', force: false, reason: 'not in the registry' }
    for (const desired of [plain, forced]) expect(planImage(image({ sourceDigest: one }), desired)).toEqual(told)
  })

  it('that has already failed is not imported', () => {
    const error = new ActionError('SOURCE_UNAUTHORIZED', 'no')
    expect(planImage(image({ sourceError: error }), forced)).toEqual({ kind: 'failed' })
  })

  it('that may exist is imported, with force only if the inputs ask for it', () => {
    const reason = 'could not check whether it is in the registry'
    expect(planImage(image({ present: unseen }), plain)).toEqual({ kind: 'import', force: false, reason })
    expect(planImage(image({ present: unseen }), forced)).toEqual({ kind: 'import', force: true, reason })
  })

  it('that could not be compared counts as present, unless force-import is set', () => {
    expect(planImage(image({ present: there(one) }), plain)).toEqual({ kind: 'present' })
    const reason = 'the source could not be compared, and force-import is set'
    expect(planImage(image({ present: there(one) }), forced)).toEqual({ kind: 'import', force: true, reason })
  })

  it('whose name is locked against writes is never replaced, even with force-import', () => {
    const present: Seen = { kind: 'found', content: { digest: one, writeLocks: ['tag'] } }
    const planned = (more: Partial<ObservedImage>) => planImage(image({ present, ...more }), forced).kind
    expect([{ sourceDigest: other }, { sourceDigest: one }, {}].map(planned)).toEqual([
      'conflict',
      'present',
      'present',
    ])
  })

  it.each<[NonNullable<Content['locks']>, string, string]>([
    [['tag'], 'locked', 'locked'],
    [['repository'], 'locked', 'locked'],
    [['tag', 'manifest'], 'locked', 'locked'],
    // The lock stays with the old manifest.
    [['manifest'], 'conflict', 'import'],
  ])('with locks on %j is never present, and with another digest %s, or with force-import %s', (locks, calm, force) => {
    const present: Seen = { kind: 'found', content: { digest: one, locks } }
    const own = { request: pauseImage, sourceDigest: other }
    for (const more of [{ sourceDigest: one }, {}, own])
      for (const desired of [plain, forced])
        expect(planImage(image({ present, ...more }), desired)).toEqual({ kind: 'locked' })
    const differs = image({ present, sourceDigest: other })
    expect([plain, forced].map(desired => planImage(differs, desired).kind)).toEqual([calm, force])
  })

  it('whose source was deleted since stays, even with force-import', () => {
    const kept = image({ present: there(one), sourceError: new ActionError('IMAGE_NOT_FOUND', 'no') })
    for (const desired of [plain, forced]) expect(planImage(kept, desired)).toEqual({ kind: 'present' })
  })

  it('with the same digest is present, with or without force-import', () => {
    for (const desired of [plain, forced])
      expect(planImage(image({ present: there(one), sourceDigest: one }), desired)).toEqual({ kind: 'present' })
  })

  it('with another digest is a conflict, unless force-import is set', () => {
    const conflicting = image({ present: there(one), sourceDigest: other })
    const reason = 'library/nginx:1.27 is sha256:1, and nginx:1.27 is sha256:2'
    expect(planImage(conflicting, plain)).toEqual({ kind: 'conflict', reason })
    expect(planImage(conflicting, forced)).toEqual({ kind: 'import', force: true, reason })
  })

  it('of the action itself may be any version, and is imported if it does not exist', () => {
    const own = { request: pauseImage, sourceDigest: other }
    for (const desired of [plain, forced])
      expect(planImage(image({ ...own, present: there(one) }), desired)).toEqual({ kind: 'present' })
    const reason = 'not in the registry, where probe pods pull it'
    expect(planImage(image(own), plain)).toEqual({ kind: 'import', force: false, reason })
    expect(planImage(image({ ...own, present: unseen }), plain)).toMatchObject({ kind: 'import' })
  })

  it('is in the plan with its planned change', () => {
    const observed = image({ present: there(one), sourceDigest: one })
    const { images } = makePlan(sampleObserved([], { images: [observed] }), sampleWish)
    expect(images).toEqual([{ image: observed, plan: { kind: 'present' } }])
  })
})

describe("the action's own image for probes", () => {
  const probe = image({ request: { ...request, isProbe: true } })
  const imported = (observed: ObservedImage, ...pairs: ObservedPair[]) =>
    makePlan(sampleObserved(pairs, { images: [observed] }), sampleWish).images.length

  it('is only imported where nodes may pull it', () => {
    const pair = sampleObservedPair()
    expect(imported(probe, pair)).toBe(1)
    expect(imported(probe, sampleObservedPair([], { registry: realRegistry('other') }), pair)).toBe(1)
    expect(imported(probe, sampleObservedPair([], { registry: realRegistry('other') }))).toBe(0)
    expect(imported(probe)).toBe(0)
    const identity = { ...realTarget(), kind: 'kubelet-identity' as const }
    expect(imported(probe, sampleObservedPair([], { target: identity }))).toBe(0)
    // One that the inputs name is imported in any case.
    expect(imported(image({}))).toBe(1)
  })
})
