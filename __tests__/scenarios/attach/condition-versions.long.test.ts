import { expect } from 'vitest'
import { beginWithAbac, pairEnds } from '../../support/estate.js'
import { expectFailure, onceIt, writes } from '../../support/scenario.js'

onceIt('a condition of another version than 2.0 is unknown in check, and left unchanged', async ({ begin }) => {
  const { attach, abac, inputs, limit, objectId } = await beginWithAbac(begin)
  const assignment = limit(objectId, abac.id, 'team/*')
  Object.assign(assignment, { conditionVersion: '1.0' })
  const before = { ...assignment }
  const wanted = { ...inputs, repositories: 'shop/*' }
  const night = await attach({ ...wanted, mode: 'check' })
  expectFailure(night, 'CONDITION_NOT_UNDERSTOOD')
  expect(night.report.pairs).toMatchObject([{ status: 'unknown' }])
  expect(night.outputs.drift).toBe('false')
  const end = await attach(wanted)
  expectFailure(end, 'CONDITION_NOT_UNDERSTOOD')
  expect(pairEnds(end)).toEqual(['CONDITION_NOT_UNDERSTOOD'])
  expect(writes(end)).toEqual([])
  expect(assignment).toEqual(before)
})
