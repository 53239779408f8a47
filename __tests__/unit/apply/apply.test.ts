import { expect, it } from 'vitest'
import { ActionError } from 'kernel'
import { selectOpen } from '../../../src/apply/apply.js'
import { sampleOperation, samplePair, sampleRegistry, sampleTarget } from '../../support/sample.js'

const error = new ActionError('AUTHORIZATION_FAILED', 'no')

it('a step still has to do the operations without an outcome, each once, except registries', () => {
  const first = sampleOperation()
  const second = { operation: 'add-group-member', target: sampleTarget(), groupId: 'g', reason: '' } as const
  const registry = sampleRegistry()
  const creation = { operation: 'create-registry', reason: '', registry, sku: 'Basic', location: '' } as const
  const pairs = [
    { ...samplePair(), operations: [creation, first, second] },
    { ...samplePair(), operations: [second] },
  ]
  expect(selectOpen(pairs, [])).toEqual([first, second])
  expect(selectOpen(pairs, [{ operation: first, changed: false, finishedAt: 1, error }])).toEqual([second])
})
