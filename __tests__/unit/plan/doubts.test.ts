import { describe, expect, it } from 'vitest'
import { builtInRoles, parseImageRequest, type ObservedImage } from 'azure'
import type { Observed, ObservedPair } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import type { Desired } from '../../../src/plan/context.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'

const target = realTarget()
const registry = realRegistry()
const planOf = (pairs: ObservedPair[], desired: Partial<Desired> = {}, more: Partial<Observed> = {}) =>
  makePlan(sampleObserved(pairs, more), { ...sampleWish, ...desired })

describe('a registry that nobody can connect to', () => {
  const sealed = { ...registry, publicNetworkAccess: false, isSealed: true as const }
  const message =
    'No node can pull from contosoacr, whatever its role: it only accepts connections through private endpoints, and it has none.'

  it('is drift of each of its pairs in check, and a warning of attach', () => {
    const pair = sampleObservedPair([sampleAssignment(builtInRoles.acrPull)], { registry: sealed })
    const check = planOf([pair], { mode: 'check' })
    expect(check.findings).toEqual([])
    expect(check.pairs).toMatchObject([
      { access: { role: 'AcrPull' }, operations: [], error: { code: 'NO_PRIVATE_ENDPOINT', message } },
    ])
    expect(check.pairs[0]?.error).toMatchObject({
      ...{ subject: 'contosoacr', resource: registry.id },
      reason: 'it only accepts connections through private endpoints, and it has none',
    })
    const attach = planOf([pair])
    expect(attach.findings).toMatchObject([{ code: 'NO_PRIVATE_ENDPOINT', severity: 'warning', message }])
    expect(attach.pairs[0]).not.toHaveProperty('error')
    // In detach, nobody is to pull.
    expect(planOf([pair], { mode: 'detach' }).findings).toEqual([])
  })

  it('still has the roles that attach would add', () => {
    const [pair] = planOf([sampleObservedPair([], { registry: sealed })], { mode: 'check' }).pairs
    expect(pair?.operations).toHaveLength(1)
  })
})

describe("the action's own image for probes", () => {
  const request = parseImageRequest('mcr.microsoft.com/oss/kubernetes/pause:3.9')
  if (!request) throw new Error('it is an image')
  const image = (isProbe: boolean): ObservedImage => ({
    ...{ registry, present: { kind: 'missing' }, notes: [], request: isProbe ? { ...request, isProbe } : request },
  })
  const imported = (images: ObservedImage[], ...pairs: ObservedPair[]) => planOf(pairs, {}, { images }).images.length

  it('is only imported where nodes may pull it', () => {
    const pair = sampleObservedPair()
    expect(imported([image(true)], pair)).toBe(1)
    expect(imported([image(true)], sampleObservedPair([], { registry: realRegistry('other') }), pair)).toBe(1)
    expect(imported([image(true)], sampleObservedPair([], { registry: realRegistry('other') }))).toBe(0)
    expect(imported([image(true)])).toBe(0)
    const identity = { ...target, kind: 'kubelet-identity' as const }
    expect(imported([image(true)], sampleObservedPair([], { target: identity }))).toBe(0)
    // One that the inputs name is imported in any case.
    expect(imported([image(false)])).toBe(1)
  })
})
