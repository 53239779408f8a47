import { expect, it } from 'vitest'
import type { AzureContext } from 'azure-clients'
import { ActionError } from 'kernel'
import { apply, selectOpen } from '../../../src/apply/apply.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { restError } from '../../support/rest-error.js'
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

it('an identity that the directory does not know stops no other write', async () => {
  const [unknown, known] = ['aks-1', 'aks-2'].map(name => sampleOperation(sampleTarget(name))) as [Operation, Operation]
  const create = (_scope: string, _name: string, { principalId }: { principalId: string }) =>
    principalId === unknown.principalId
      ? Promise.reject(restError(400, { error: { code: 'PrincipalNotFound', message: 'It does not exist.' } }))
      : Promise.resolve({ id: 'its-id' })
  const clients = { caller: { name: '', objectId: '' }, authorization: { roleAssignments: { create } } }
  const newRoles = { patiently: (work: () => unknown) => work() }
  const azure = { clients, newRoles, signal: new AbortController().signal } as unknown as AzureContext
  const nothing = (): void => undefined
  const clock = createFakeClock()
  const limits = { clock, deadline: clock.now(), concurrency: 2 }
  const progress = { onStart: nothing, onWait: nothing, onDone: nothing }
  const outcomes = await apply(azure, [unknown, known], limits, progress)
  const codes = outcomes.map(({ operation, error: failure }) => [operation, failure?.code] as const)
  expect(new Map(codes)).toEqual(
    new Map([
      [unknown, 'PRINCIPAL_NOT_FOUND'],
      [known, undefined],
    ] as const),
  )
})

type Operation = ReturnType<typeof sampleOperation>
