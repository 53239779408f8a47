import { describe, expect, it } from 'vitest'
import type { Report } from '../src/report-json.js'
import { stateOfFailure } from '../src/row.js'

type Pair = Report['pairs'][number]

const pair = (status: Pair['status'], code: string): Pair =>
  ({ status, lacks: [], grantedBy: null, error: { code } }) as unknown as Pair
const image = (status: string, code: string) => ({ status, error: { code } })

/** A report of a check with these parts. */
const reportOf = (parts: Record<string, unknown>): Report =>
  ({ mode: 'check', pairs: [], images: [], manifests: [], workloads: null, ...parts }) as unknown as Report

describe('the state of a failure', () => {
  const code = 'AUTHORIZATION_FAILED'
  it.each<[what: string, parts: Record<string, unknown>, state: string]>([
    ['a pair that could not be checked', { pairs: [pair('unknown', code)] }, 'unknown'],
    ['a pair that failed', { pairs: [pair('failed', code)] }, 'failed'],
    ['one of each', { pairs: [pair('unknown', code), pair('failed', code)] }, 'failed'],
    ['one of each, with another code', { pairs: [pair('unknown', code), pair('failed', 'UNEXPECTED')] }, 'unknown'],
    ['an image that could not be read', { images: [image('unknown', code)] }, 'unknown'],
    ['an image that failed in check', { images: [image('failed', code)] }, 'unknown'],
    ['an image that failed in attach', { mode: 'attach', images: [image('failed', code)] }, 'failed'],
    ['an image of a manifest', { manifests: [image('unknown', code)] }, 'unknown'],
    ['workloads that could not be read', { workloads: [{ errorCode: code }] }, 'unknown'],
    ['nothing else: the step itself', {}, 'failed'],
    ['anything of a fleet', { mode: 'merge' }, 'unknown'],
  ])('of %s', (_, parts, state) => {
    expect(stateOfFailure(reportOf(parts), code)).toBe(state)
  })
})
