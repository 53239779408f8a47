import { describe, expect, it } from 'vitest'
import { builtInRoles, lastSegment } from 'azure'
import { ActionError } from 'kernel'
import type { Inputs, Observed } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, heldPair, proven, pullRun } from '../../../__tests__/support/concluding.js'
import {
  sampleAccess,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

describe('a resource that could not be found or read', () => {
  it.each<[Inputs['mode'], ActionError['code'], string, boolean]>([
    ['check', 'CLUSTER_NOT_FOUND', 'missing', true],
    ['check', 'REGISTRY_NOT_FOUND', 'missing', true],
    ['check', 'PRINCIPAL_NOT_FOUND', 'missing', true],
    ['check', 'AUTHORIZATION_FAILED', 'unknown', false],
    ['check', 'AZURE_UNAVAILABLE', 'unknown', false],
    ['check', 'INVALID_INPUT', 'failed', false],
    ['check', 'AMBIGUOUS_NAME', 'failed', false],
    ['check', 'CLUSTER_STOPPED', 'failed', false],
    ['attach', 'CLUSTER_NOT_FOUND', 'failed', false],
    ['attach', 'AUTHORIZATION_FAILED', 'failed', false],
    ['detach', 'AUTHORIZATION_FAILED', 'failed', false],
  ])('in %s with %s is %s', (mode, code, status, drift) => {
    const result = conclude(pullRun(mode, [], { observed: sampleLost(failure(code), 'aks-1') }))
    expect(result).toMatchObject({ attached: false, drift, pairs: [{ status, asked: { target: 'aks-1' } }] })
    expect(result.errors).toHaveLength(status === 'missing' ? 0 : 1)
    expect(result.unknown.map(({ message }) => message)).toEqual(status === 'unknown' ? ['no'] : [])
  })

  it('keeps its place in the order of the inputs, among found ones', () => {
    const lost = sampleLost(failure('CLUSTER_NOT_FOUND'), 'aks-1', 'aks-3')
    const pair = heldPair()
    const [first, last] = lost.targets
    if (!first || !last) throw new Error('two are lost')
    const targets = [first, { asked: 'the second', value: pair.target }, last]
    const registries = [{ asked: 'the registry', value: { registry: pair.registry, role: pair.role } }]
    const result = conclude(pullRun('attach', [pair], { observed: { ...lost, targets, registries }, ...proven(pair) }))
    expect(result.pairs.map(({ asked }) => asked.target)).toEqual(['aks-1', 'the second', 'aks-3'])
    expect(result.pairs[1]).toMatchObject({ status: 'attached', asked: { registry: 'the registry' } })
  })

  it('gives one pair per target and registry, whether found or not', () => {
    const [a, b] = [sampleTarget('aks-a'), sampleTarget('aks-b')]
    const [near, far] = [sampleRegistry('near'), sampleRegistry('far')]
    const role = builtInRoles.acrPull
    const observed: Observed = {
      ...sampleLost(failure('UNEXPECTED')),
      targets: [
        { asked: 'A', value: a },
        { asked: 'B', value: b },
        { asked: 'C', error: failure('CLUSTER_NOT_FOUND') },
      ],
      registries: [
        { asked: 'Lost', error: failure('REGISTRY_NOT_FOUND') },
        { asked: 'Near', value: { registry: near, role } },
        { asked: 'Far', value: { registry: far, role } },
      ],
      lost: [{ target: b, registry: far, error: failure('AUTHORIZATION_FAILED') }],
    }
    const access = sampleAccess()
    const pairs = [samplePair({ access }, b, near), samplePair({ access }, a, far), samplePair({ access }, a, near)]
    const result = conclude(pullRun('attach', pairs, { observed }))
    const nameOf = (id: string): string | undefined => (id.startsWith('/') ? lastSegment(id) : undefined)
    expect(result.pairs.map(({ asked, target, registry }) => [asked, nameOf(target), nameOf(registry)])).toEqual([
      [{ target: 'A', registry: 'Lost' }, 'aks-a', undefined],
      [{ target: 'A', registry: 'Near' }, 'aks-a', 'near'],
      [{ target: 'A', registry: 'Far' }, 'aks-a', 'far'],
      [{ target: 'B', registry: 'Lost' }, 'aks-b', undefined],
      [{ target: 'B', registry: 'Near' }, 'aks-b', 'near'],
      [{ target: 'B', registry: 'Far' }, 'aks-b', 'far'],
      [{ target: 'C', registry: 'Lost' }, undefined, undefined],
      [{ target: 'C', registry: 'Near' }, undefined, 'near'],
      [{ target: 'C', registry: 'Far' }, undefined, 'far'],
    ])
    expect(result.pairs.map(({ status }) => status)).toEqual([
      'failed',
      'attached',
      'attached',
      'failed',
      'attached',
      'failed',
      'failed',
      'failed',
      'failed',
    ])
  })

  it('is a change only if the write that failed had begun', () => {
    const error = failure('AZURE_UNAVAILABLE')
    const operation = sampleOperation()
    const changedBy = (changed: boolean, of = error) =>
      conclude(
        pullRun('attach', [], {
          observed: sampleLost(error, 'aks-1'),
          outcomes: [
            { operation, changed: true, finishedAt: 1 },
            { operation, changed, finishedAt: 1, error: of },
          ],
        }),
      ).pairs
    expect(changedBy(true)).toMatchObject([{ changed: true, role: null, scope: null, roleAssignmentId: null }])
    expect(changedBy(false)).toMatchObject([{ changed: false }])
    expect(changedBy(true, failure('SCOPE_LOCKED'))).toMatchObject([{ changed: false }])
  })

  it('can be a role definition', () => {
    const observed: Observed = {
      ...sampleLost(failure('UNEXPECTED')),
      unknownRoles: new Map([
        ['a', new ActionError('AUTHORIZATION_FAILED', 'role a is not readable', { subject: 'role a' })],
        ['b', failure('AUTHORIZATION_FAILED', 'role b is not readable')],
        ['c', failure('AUTHORIZATION_FAILED', 'role b is not readable')],
      ]),
    }
    expect(conclude(pullRun('check', [], { observed })).unknown).toEqual([
      { subject: 'role a', message: 'role a is not readable' },
      { subject: '', message: 'role b is not readable' },
    ])
  })

  it('can be the role assignments of a pair', () => {
    const { target, registry } = heldPair()
    const lost = [{ target, registry, error: failure('AUTHORIZATION_FAILED', 'not readable') }]
    const observed = { ...sampleLost(failure('UNEXPECTED')), lost }
    const { pairs, unknown, drift } = conclude(pullRun('check', [], { observed }))
    expect(pairs).toMatchObject([{ status: 'unknown', target: target.id, registry: registry.id, verified: 'none' }])
    expect(unknown).toEqual([{ subject: target.id, message: 'not readable', about: 'pair' }])
    expect(drift).toBe(false)
  })
})
