import { describe, expect, it, vi } from 'vitest'
import { limitedByCondition, limitedToOthers } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError, systemClock } from 'kernel'
import type { Outcome } from 'run-model'
import { apply, selectOpen } from '../../../src/apply/apply.js'
import { createRegistries } from '../../../src/apply/registries.js'
import { answering } from '../../support/answering.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { realRegistry } from '../../support/observed.js'
import { restError } from '../../support/rest-error.js'
import { sampleOperation, samplePair, sampleRegistry, sampleTarget } from '../../support/sample.js'

const error = new ActionError('AUTHORIZATION_FAILED', 'no')
const nothing = (): void => undefined
const progress = { onStart: nothing, onWait: nothing, onDone: nothing }

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

const refusal = (detail: string) => {
  const message = detail ? 'The ABAC condition is not fulfilled.' : 'No.'
  return new ActionError('AUTHORIZATION_FAILED', 'no', { detail, azure: { status: 403, message } })
}
const unknownHolder = restError(400, { error: { code: 'PrincipalNotFound', message: 'It does not exist.' } })

it.each<[string, Error, string, string | undefined, string?]>([
  ['an identity that the directory does not know stops no other one', unknownHolder, 'PRINCIPAL_NOT_FOUND', undefined],
  ['a condition that refuses one holder stops no other one', refusal(limitedToOthers), error.code, undefined],
  ['a condition that refuses the role stops all', refusal(limitedByCondition), error.code, error.code],
  ['a missing permission stops all', refusal(''), error.code, error.code],
  ...(['SCOPE_LOCKED', 'ASSIGNMENT_LIMIT', 'GROUP_ACCESS_DENIED'] as const).map(
    (code): [string, Error, string, string] => [`${code} stops all`, new ActionError(code, 'no'), code, code],
  ),
  [
    'a lock of one registry stops none at another',
    new ActionError('SCOPE_LOCKED', 'no'),
    'SCOPE_LOCKED',
    undefined,
    'other',
  ],
])('of two writes, %s', async (_, thrown, first, second, registry = 'contosoacr') => {
  const operations = [
    sampleOperation(sampleTarget('aks-1')),
    sampleOperation(sampleTarget('aks-2'), sampleRegistry(registry)),
  ]
  const writes: string[] = []
  const create = (_scope: string, _name: string, { principalId }: { principalId: string }) => {
    writes.push(principalId)
    return principalId === operations[0]?.principalId ? Promise.reject(thrown) : Promise.resolve({ id: 'its-id' })
  }
  const clients = { caller: { name: '', objectId: '' }, authorization: { roleAssignments: { create } } }
  const newRoles = { patiently: (work: () => unknown) => work() }
  const azure = { clients, newRoles, signal: new AbortController().signal } as unknown as AzureContext
  const clock = createFakeClock()
  const outcomes = await apply(azure, operations, { clock, deadline: clock.now(), concurrency: 2 }, progress)
  const codeOf = new Map(outcomes.map(({ operation, error: failure }) => [operation, failure?.code]))
  expect(operations.map(each => codeOf.get(each))).toEqual([first, second])
  expect(writes).toHaveLength(second ? 1 : 2)
})

it('a write that is running when the job is cancelled has some seconds, and may or may not be done', async () => {
  vi.useFakeTimers()
  const job = new AbortController()
  const create = (_: string, __: string, ___: object, { abortSignal }: { abortSignal: AbortSignal }) =>
    new Promise((_resolve, reject) => {
      abortSignal.addEventListener('abort', () => {
        reject(new DOMException('', 'AbortError'))
      })
    })
  const clients = { caller: { name: '', objectId: '' }, authorization: { roleAssignments: { create } } }
  const azure = { clients, newRoles: { patiently: (work: () => unknown) => work() }, signal: job.signal }
  const clock = createFakeClock()
  let ended: Outcome | undefined
  const limits = { clock, deadline: clock.now(), concurrency: 2 }
  void apply(azure as unknown as AzureContext, [sampleOperation()], limits, progress).then(([each]) => (ended = each))
  await vi.advanceTimersByTimeAsync(0)
  job.abort()
  await vi.advanceTimersByTimeAsync(4900)
  expect(ended).toBeUndefined()
  await vi.advanceTimersByTimeAsync(200)
  vi.useRealTimers()
  expect(ended?.error?.code).toBe('CANCELLED')
  expect(ended?.error?.said.why).toBeDefined()
})

describe('a registry that is created', () => {
  const registry = realRegistry()
  const state = (provisioningState: string) => ({
    id: registry.id,
    sku: { name: 'Basic' },
    properties: { provisioningState },
  })
  const create = async (more: object, minutes: { timeout: number; over: number }, answers = {}) => {
    vi.useFakeTimers()
    const { azure, asked } = answering({
      'put https': state('Creating'),
      '/resourcegroups/rg-shop?': { location: 'northeurope' },
      '/registries/': state('Creating'),
      ...answers,
    })
    const operation = {
      operation: 'create-registry',
      reason: '',
      registry,
      sku: 'Basic',
      location: '',
      ...more,
    } as const
    const wait = { clock: systemClock, timeoutMs: minutes.timeout * 60_000 }
    let ended: Outcome | undefined
    void createRegistries(azure, [operation], wait, progress).then(([outcome]) => (ended = outcome))
    await vi.advanceTimersByTimeAsync(minutes.over * 60_000)
    vi.useRealTimers()
    return { code: ended && (ended.error?.code ?? 'created'), changed: ended?.changed, asked }
  }

  it.each([
    [2, 9.9, undefined],
    [2, 10.1, 'AZURE_UNAVAILABLE'],
    [15, 14.9, undefined],
    [15, 15.1, 'AZURE_UNAVAILABLE'],
  ])(
    'is waited for ten minutes, and for a longer timeout: %d min, after %d min it is %s',
    async (timeout, over, code) => {
      expect(await create({}, { timeout, over })).toMatchObject({ code, changed: code && true })
    },
  )

  const failed = { status: 'Failed', error: { code: 'SkuQuotaExceeded', message: 'The region has no room.' } }
  it.each([
    ['was created by a request whose answer was lost, if it is there', 500, state('Succeeded'), 'created', true],
    ['was not if it is not there', 500, 404, 'AZURE_UNAVAILABLE', false],
    ['was not if it is refused, whatever is there', 403, state('Succeeded'), 'AUTHORIZATION_FAILED', false],
    ['was not if it is there, and Azure gave it up', state('Creating'), state('Failed'), 'AZURE_UNAVAILABLE', true],
    ['was not if Azure says so later: a new run may succeed', state('Creating'), failed, 'AZURE_UNAVAILABLE', true],
    ['was refused by Azure where it did not accept', 400, 404, 'AZURE_REFUSED', false],
  ])('%s', async (_, put, there, code, changed) => {
    const answers = { 'put https': put, '/registries/': there }
    expect(await create({}, { timeout: 15, over: 1 }, answers)).toMatchObject({ code, changed })
  })

  it.each([
    ['northeurope', ''],
    ['swedencentral', 'swedencentral'],
  ])('is in %s where the input location is "%s"', async (expected, location) => {
    const { code, asked } = await create({ location }, { timeout: 15, over: 1 }, { 'put https': state('Succeeded') })
    expect(code).toBe('created')
    expect(asked.find(line => line.startsWith('put '))).toContain(`"location":"${expected}"`)
  })
})
