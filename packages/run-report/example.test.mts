import { expect, test } from 'vitest'
import { conclude } from 'run-report'
import { sampleAccess, sampleOperation, samplePair, sampleRun, sampleTarget } from '../../__tests__/support/sample.js'

test('a run ends attached if each pair has access', () => {
  const has = samplePair({ access: sampleAccess() })
  const lacks = samplePair({ operation: sampleOperation(sampleTarget('aks-prod-2')) })
  expect(conclude(sampleRun([has])).attached).toBe(true)
  expect(conclude(sampleRun([has, lacks])).pairs.map(({ standing }) => standing.is)).toEqual(['granted', 'failed'])
})
