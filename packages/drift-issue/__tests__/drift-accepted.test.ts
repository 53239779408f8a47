import { describe, expect, it } from 'vitest'
import type { Drift } from 'report-document'
import type { Issue } from '../src/github/issues.js'
import { forgetRepaired, isAccepted, isDecided } from '../src/compare.js'
import { isComplete, ownerMarker, replaceLine, sealMarker } from '../src/hidden-lines.js'
import { memoryMarker, nothingLeft } from '../src/memory.js'
import {
  sampleDrift,
  sampleGap,
  sampleId,
  sampleIssue,
  sampleItem,
  sampleMemory,
  sampleRepair,
} from '../../../__tests__/support/drift.js'

const [a, b, c] = ['a', 'b', 'c'].map(name => sampleItem(name)) as [Item, Item, Item]
type Item = ReturnType<typeof sampleItem>

/** An issue that lists this drift, with text around its memory. */
const listing = (drift: Drift): Issue => sampleIssue(`On it.\n${memoryMarker(sampleMemory(drift))}\nours`)

/** One that only counts its drift, as there is too much of it. */
const counting = (count: number): Issue =>
  sampleIssue(memoryMarker({ ...nothingLeft, state: '0a', count, former: undefined }))

describe('an issue that was closed', () => {
  it.each([
    ['not_planned', true],
    ['duplicate', true],
    ['completed', false],
    ['', false],
  ])('as %j was decided about: %s', (stateReason, isIt) => {
    expect(isDecided(sampleIssue('', { stateReason }))).toBe(isIt)
  })
})

describe('drift that a person has accepted', () => {
  const accepted = listing(sampleDrift([a, b]))

  it.each<[string, Drift, boolean]>([
    ['the same', sampleDrift([b, a]), true],
    ['a part of it', sampleDrift([a], { fine: [b] }), true],
    ['a part of it, while the rest could not be checked', sampleDrift([a], { unknown: [b] }), true],
    ['the same in other letter case', sampleDrift([{ ...a, message: 'acrpull IS missing' }, b]), true],
    ['all of it in another way', sampleDrift([a, { ...b, message: 'AcrPush is missing' }]), false],
    ['a part of it, in another way', sampleDrift([{ ...a, access: { onlyTo: ['app'] } }], { fine: [b] }), false],
    ['all of it, for which other commands are printed', sampleDrift([{ ...a, repairs: [sampleRepair('p')] }, b]), true],
    ['all of it, while something else is unknown', sampleDrift([a, b], { unknown: [c] }), true],
    ['all of it, while a job left no report', sampleDrift([a, b], { gaps: [sampleGap('a job: no')] }), true],
    ['more', sampleDrift([a, b, c]), false],
    ['as much, but of something else', sampleDrift([a, c]), false],
    ['less, but of something else', sampleDrift([c]), false],
  ])('is %s', (_, drift, isIt) => {
    expect(isAccepted(accepted, drift)).toBe(isIt)
  })

  it('is not the same once an image that runs has spread to another cluster', () => {
    const running = (...clusters: string[]) => sampleDrift([sampleItem('web:1', { kind: 'workload', clusters })])
    const [one, other] = [sampleId('aks-1'), sampleId('aks-2')] as const
    const issue = listing(running(one, other))
    expect(isAccepted(issue, running(one.toUpperCase()))).toBe(true)
    expect(isAccepted(issue, running(other, one))).toBe(true)
    expect(isAccepted(listing(running(one)), running(one, other))).toBe(false)
  })

  it('is only the same if the issue counts', () => {
    expect(isAccepted(counting(2), sampleDrift([a]))).toBe(false)
  })

  it('is what is left of it after a part was repaired, and again new if that drifts again or the rest in another way', () => {
    const memory = forgetRepaired(accepted, sampleDrift([a], { fine: [b] }))
    expect(memory).toMatchObject({ state: '0', count: 1, former: [{ target: 'a' }] })
    const left = sampleIssue(replaceLine(accepted.body, 'memory', memoryMarker(memory ?? nothingLeft)))
    expect(left.body).toMatch(/^On it\.\n<!-- attach-acr state=0 count=1 .*-->\nours$/)
    expect(isAccepted(left, sampleDrift([a]))).toBe(true)
    expect(isAccepted(left, sampleDrift([a, b]))).toBe(false)
    expect(isAccepted(left, sampleDrift([{ ...a, message: 'AcrPush is missing' }]))).toBe(false)
    expect(isAccepted(left, sampleDrift([{ ...a, access: 'by-broader-role' }]))).toBe(false)
  })

  it('is not forgotten unless something was seen repaired', () => {
    for (const drift of [sampleDrift([a, b]), sampleDrift([a]), sampleDrift([a], { unknown: [b] })])
      expect(forgetRepaired(accepted, drift)).toBeUndefined()
    expect(forgetRepaired(sampleIssue('thanks'), sampleDrift([], { fine: [a, b] }))).toBeUndefined()
  })

  it('is forgotten as a whole if the issue counts, once as much was seen repaired', () => {
    expect(forgetRepaired(counting(2), sampleDrift([], { fine: [a, b] }))).toBe(nothingLeft)
    expect(forgetRepaired(counting(2), sampleDrift([], { fine: [a] }))).toBeUndefined()
    expect(forgetRepaired(counting(2), sampleDrift([c], { fine: [a, b] }))).toBeUndefined()
    expect(forgetRepaired(counting(0), sampleDrift([], { fine: [a, b] }))).toBeUndefined()
  })
})

describe('an issue', () => {
  const owner = { name: 'production', run: '1.1', file: 'a.yml', job: 'check', leg: '0a', at: 0 }
  const [first, seal] = [ownerMarker(owner), sealMarker('production', '0b')]

  it.each([
    ['both lines', `${first}\n${seal}`, true],
    ['only the first', first, false],
    ['only the second', seal, false],
    ['the first of another', `${ownerMarker({ ...owner, name: 'test' })}\n${seal}`, false],
  ])('is complete with %s: %s', (_, body, isIt) => {
    expect(isComplete(sampleIssue(body), owner)).toBe(isIt)
  })

  it("whose name has a broken escape is nobody's", () => {
    const broken = first.replace('name=production', 'name=%zz')
    expect(isComplete(sampleIssue(`${broken}\n${seal}`), owner)).toBe(false)
    expect(isComplete(sampleIssue(`${broken}\n${seal}`), { ...owner, name: '%zz' })).toBe(false)
  })
})
