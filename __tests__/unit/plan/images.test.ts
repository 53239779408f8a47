import { describe, expect, it } from 'vitest'
import { parseImageRequest, pauseImage, type Content, type ObservedImage, type Seen } from 'azure'
import { ActionError } from 'kernel'
import type { ObservedPair } from 'run-model'
import { planImage } from '../../../src/plan/images.js'
import { makePlan } from '../../../src/plan/plan.js'
import { printCatalogue } from '../../support/catalogue.js'
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
const [same, other] = ['sha256:1', 'sha256:2']
const there = (more: Partial<Content> = {}): Seen => ({ kind: 'found', content: { digest: same, ...more } })
const unseen: Seen = { kind: 'unknown', error: new ActionError('AZURE_UNAVAILABLE', 'no') }
const gone = new ActionError('IMAGE_NOT_FOUND', 'no')
const own = { request: pauseImage, sourceDigest: other }

/** An image at its source: the same one, another one, one that is not known, and the action's own; and what each is. */
const sources = (
  what: string,
  present: Seen,
  [one, another, unknown, ours]: [string, string, string, string],
): [string, Partial<ObservedImage>][] => [
  [`${what}, with the same digest: ${one}`, { present, sourceDigest: same }],
  [`${what}, with another digest: ${another}`, { present, sourceDigest: other }],
  [`${what}, and not compared: ${unknown}`, { present }],
  [`${what}, of the action itself: ${ours}`, { present, ...own }],
]
const conflict = 'conflict, unless forced'
const allLocked: Parameters<typeof sources>[2] = ['locked', 'locked', 'locked', 'locked']

const images: [string, Partial<ObservedImage>][] = [
  ['a missing image is imported', { sourceDigest: same }],
  ['a missing image of the action itself is imported', own],
  ['a missing image that its source refuses failed', { sourceError: new ActionError('SOURCE_UNAUTHORIZED', 'no') }],
  ['an image that is perhaps there is imported', { present: unseen }],
  ['an image of the action itself that is perhaps there is imported', { present: unseen, ...own }],
  ...sources('there', there(), ['present', conflict, 'present, unless forced', 'present']),
  ['an image that is gone from its source is present', { present: there(), sourceError: gone }],
  ...sources('locked against writes', there({ writeLocks: ['tag'] }), ['present', 'conflict', 'present', 'present']),
  ...sources('with a locked tag', there({ locks: ['tag'] }), allLocked),
  ...sources('with a locked repository', there({ locks: ['repository'] }), allLocked),
  ...sources('with a locked tag and manifest', there({ locks: ['tag', 'manifest'] }), allLocked),
  // The lock stays with the old manifest.
  ...sources('with a locked manifest', there({ locks: ['manifest'] }), ['locked', conflict, 'locked', 'locked']),
]

describe('images', () => {
  it('are planned as in images.txt', async () => {
    const text = printCatalogue(Object.fromEntries(images), more => {
      const [plain, forced] = [false, true].map(forceImport => JSON.stringify(planImage(image(more), { forceImport })))
      return plain === forced ? [`${plain}`] : [`${plain}`, `force-import: ${forced}`]
    })
    await expect(text).toMatchFileSnapshot('images.txt')
  })

  it('are in the plan with their planned change', () => {
    const observed = image({ present: there(), sourceDigest: same })
    const planned = makePlan(sampleObserved([], { images: [observed] }), sampleWish).images
    expect(planned).toEqual([{ image: observed, plan: { kind: 'present' } }])
  })
})

describe("the action's own image for probes", () => {
  const probe = image({ request: { ...request, isProbe: true } })
  const imported = (observed: ObservedImage, ...pairs: ObservedPair[]) =>
    makePlan(sampleObserved(pairs, { images: [observed] }), sampleWish).images.length

  it('is only imported where nodes may pull it', () => {
    const pair = sampleObservedPair()
    const elsewhere = sampleObservedPair([], { registry: realRegistry('other') })
    const identity = { ...realTarget(), kind: 'kubelet-identity' as const }
    expect(imported(probe, pair)).toBe(1)
    expect(imported(probe, elsewhere, pair)).toBe(1)
    expect(imported(probe, elsewhere)).toBe(0)
    expect(imported(probe)).toBe(0)
    expect(imported(probe, sampleObservedPair([], { target: identity }))).toBe(0)
    // One that the inputs name is imported in any case.
    expect(imported(image({}))).toBe(1)
  })
})
