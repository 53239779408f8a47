import { expect, it } from 'vitest'
import type { CheckedImage } from 'run-model'
import { listFailures } from '../src/failures.js'
import { toWorkloadRows, type Report } from '../src/report.js'
import { refusal, judgedPair } from '../../../__tests__/support/drift-report.js'
import { failure } from '../../../__tests__/support/concluding.js'
import { sampleContainer } from '../../../__tests__/support/sample.js'

const code = 'AUTHORIZATION_FAILED'
const pair = (status: 'unknown' | 'failed', error: Parameters<typeof refusal>[0] = code) =>
  judgedPair('aks-1', { status, lacks: [], error: refusal(error) })
const image = (state: 'unknown' | 'failed') => ({ state, error: { code } })

/** A report of a check with these parts, and a failure of that code. */
const reportOf = (parts: Record<string, unknown>): Report =>
  ({
    ...{ mode: 'check', pairs: [], images: [], manifests: [], workloads: null },
    ...{ own: { errors: [failure(code)] }, ...parts },
  }) as unknown as Report

it.each<[what: string, parts: Record<string, unknown>, state: string | undefined]>([
  ['a pair that could not be checked', { pairs: [pair('unknown')] }, 'unknown'],
  ['a pair that failed', { pairs: [pair('failed')] }, undefined],
  ['one of each', { pairs: [pair('unknown'), pair('failed')] }, undefined],
  ['one of each, with another code', { pairs: [pair('unknown'), pair('failed', 'PULL_DENIED')] }, 'unknown'],
  ['an image that could not be read', { images: [image('unknown')] }, 'unknown'],
  ['an image that failed', { images: [image('failed')] }, undefined],
  ['an image of a manifest', { manifests: [image('unknown')] }, 'unknown'],
  ['workloads that could not be read', { workloads: [{ errorCode: code, state: 'unknown' }] }, 'unknown'],
  ['nothing else: the step itself', {}, undefined],
])('the state of a failure of %s', (_, parts, state) => {
  expect(listFailures(reportOf(parts)).map(each => each.state)).toEqual([state])
})

it.each([
  ['unknown', failure(code), code],
  ['gone', failure('IMAGE_NOT_FOUND'), undefined],
] as const)(
  'an image that runs and is %s has the code of what it could not be read for',
  (status, error, errorCode) => {
    const image = { wantedBy: 'workload', status, digest: '', runningDigest: '', uses: [sampleContainer()], error }
    expect(toWorkloadRows([], [image as unknown as CheckedImage])?.[0]?.errorCode).toBe(errorCode)
  },
)
