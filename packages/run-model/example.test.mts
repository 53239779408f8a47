import { expect, test } from 'vitest'
import { wordsOfOperation, isGrant, startRun, type Run } from 'run-model'
import { sampleOperation, samplePair, sampleRegistry, sampleTarget } from '../../__tests__/support/sample.js'

test('a run grows by what each stage hands on, such as the operations of the plan', () => {
  const operation = sampleOperation(sampleTarget('aks-prod-1'), sampleRegistry('contosoacr'))
  const plan = { pairs: [samplePair({ operation })], operations: [operation], images: [], findings: [], unknown: [] }
  const run: Run = { ...startRun(Date.now(), 'attach'), plan }
  expect(run.plan?.operations.filter(isGrant).map(each => wordsOfOperation(each).failure)).toEqual([
    'AcrPull on contosoacr for aks-prod-1 could not be created',
  ])
})
