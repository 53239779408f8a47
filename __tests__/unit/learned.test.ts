import { expect, it } from 'vitest'
import { ActionError } from 'kernel'
import { learn } from '../../src/stages.js'
import { identitiesOf } from '../support/concluding.js'
import { imageOf } from '../support/verdict.js'
import { sampleOperation, samplePair, sampleRun, sampleTarget } from '../support/sample.js'

const target = sampleTarget()
const error = new ActionError('AUTHORIZATION_FAILED', 'no')

it('a run keeps its results when it learns new ones', () => {
  const operation = sampleOperation()
  const news = {
    outcomes: [{ operation, changed: true, finishedAt: 1 }],
    images: [imageOf('sha256:1')],
    verifications: new Map([[samplePair({ operation }), { verified: 'pull' as const }]]),
    findings: [],
    unknown: [{ subject: 'x', message: 'y' }],
    notes: ['a note'],
  }
  const begun = { ...sampleRun(), ...identitiesOf([target, { state: 'unknown', why: 'no answer' }]) }
  const identities = new Map([[target, { state: 'gone' as const, error }]])
  const once = learn(begun, { ...news, identities })
  expect(once).toMatchObject({ ...news, observed: { identities } })
  expect(learn(once, {})).toEqual(once)
  const other = sampleTarget('other')
  const twice = learn(once, {
    ...news,
    verifications: new Map([[samplePair(), { verified: 'none' as const }]]),
    identities: new Map([[other, { state: 'alive' as const }]]),
  })
  expect([twice.outcomes, twice.images, twice.unknown, twice.notes].map(({ length }) => length)).toEqual([2, 2, 2, 2])
  expect(twice.verifications.size).toBe(2)
  expect([...(twice.observed?.identities.keys() ?? [])]).toEqual([target, other])
})
