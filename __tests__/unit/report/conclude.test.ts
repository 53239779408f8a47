import { describe, expect, it } from 'vitest'
import { ActionError, type ErrorCode } from '../../../src/model/error.js'
import type { ImageResult } from '../../../src/model/image.js'
import type { CheckedManifest } from '../../../src/model/manifest.js'
import type { Verification } from '../../../src/model/outcome.js'
import type { PlannedPair } from '../../../src/model/plan.js'
import type { Run } from '../../../src/model/run.js'
import type { Inputs } from '../../../src/model/wanted.js'
import { conclude } from '../../../src/report/conclude.js'
import {
  sampleAccess,
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../support/sample.js'

const failure = (code: ErrorCode, message = 'no') => new ActionError(code, message)
const run = (mode: Inputs['mode'], pairs: PlannedPair[] = [], more: Partial<Run> = {}): Run =>
  sampleRun(pairs, { inputs: { ...sampleInputs, mode, verify: 'pull' }, ...more })
const held = () => samplePair({ access: sampleAccess() })
const proven = (pair: PlannedPair, verification: Verification = { verified: 'pull' }) => ({
  verifications: new Map([[pair, verification]]),
})

describe('what could not be found or read', () => {
  it.each<[Inputs['mode'], ErrorCode, string, boolean]>([
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
    const result = conclude(run(mode, [], { observed: sampleLost(failure(code), 'aks-1') }))
    expect(result).toMatchObject({ attached: false, drift, pairs: [{ status, asked: { target: 'aks-1' } }] })
    expect(result.errors).toHaveLength(status === 'missing' ? 0 : 1)
    expect(result.unknown.map(({ message }) => message)).toEqual(status === 'unknown' ? ['no'] : [])
  })

  it('stands in the order of the inputs, among what was found', () => {
    const lost = sampleLost(failure('CLUSTER_NOT_FOUND'), 'aks-1', 'aks-3')
    const pair = held()
    const [first, last] = lost.targets
    if (!first || !last) throw new Error('two are lost')
    const targets = [first, { asked: 'the second', found: pair.target }, last]
    const registries = [{ asked: 'the registry', found: { registry: pair.registry, role: pair.role } }]
    const result = conclude(run('attach', [pair], { observed: { ...lost, targets, registries }, ...proven(pair) }))
    expect(result.pairs.map(({ asked }) => asked.target)).toEqual(['aks-1', 'the second', 'aks-3'])
    expect(result.pairs[1]).toMatchObject({ status: 'attached', asked: { registry: 'the registry' } })
  })

  it('is a pair whose role assignments could not be read', () => {
    const { target, registry } = held()
    const unread = [{ target, registry, error: failure('AUTHORIZATION_FAILED', 'not readable') }]
    const observed = { ...sampleLost(failure('UNEXPECTED')), unread }
    const { pairs, unknown, drift } = conclude(run('check', [], { observed }))
    expect(pairs).toMatchObject([{ status: 'unknown', target, registry, verified: 'none' }])
    expect(unknown).toEqual([{ subject: target.id, message: 'not readable' }])
    expect(drift).toBe(false)
  })
})

describe('a pair that has its role', () => {
  it.each<[Inputs['mode'], ErrorCode, string, boolean]>([
    ['attach', 'PULL_DENIED', 'failed', false],
    ['check', 'PULL_DENIED', 'missing', true],
    ['check', 'IMAGE_NOT_FOUND', 'missing', true],
    ['check', 'PROBE_FAILED', 'unknown', false],
    ['check', 'REGISTRY_UNREACHABLE', 'failed', false],
  ])('in %s, whose nodes end with %s, is %s', (mode, code, status, drift) => {
    const pair = held()
    const result = conclude(run(mode, [pair], proven(pair, { verified: 'none', error: failure(code) })))
    expect(result).toMatchObject({ attached: false, drift, verified: 'assignment' })
    expect(result.pairs).toMatchObject([{ status, verified: 'assignment', error: { code } }])
  })

  it('is known to the level that was proven', () => {
    const pair = held()
    expect(conclude(run('attach', [pair], proven(pair)))).toMatchObject({ attached: true, verified: 'pull' })
  })

  it('of an identity that no longer exists is drift, and a failure of attach', () => {
    const pair = held()
    const dead = new Map([[pair.target, failure('PRINCIPAL_NOT_FOUND')]])
    const statusIn = (mode: Inputs['mode']) => conclude(run(mode, [pair], { dead, ...proven(pair) })).pairs[0]?.status
    expect([statusIn('check'), statusIn('attach'), statusIn('detach')]).toEqual(['missing', 'failed', 'detached'])
  })

  it('in doubt is unknown, and attach goes by what was written', () => {
    const doubt = failure('AUTHORIZATION_FAILED', 'in doubt')
    const pair = { ...held(), doubt }
    expect(conclude(run('check', [pair], proven(pair))).pairs).toMatchObject([{ status: 'unknown', error: doubt }])
    expect(conclude(run('detach', [pair])).pairs).toMatchObject([{ status: 'unknown', lacks: [] }])
    expect(conclude(run('attach', [pair], proven(pair))).pairs).toMatchObject([{ status: 'attached' }])
  })
})

describe('a pair that lacks its role', () => {
  it('is missing in check, with what it lacks', () => {
    const pair = samplePair({ operation: sampleOperation() })
    const result = conclude(run('check', [pair]))
    expect(result).toMatchObject({ attached: false, drift: true, errors: [], changed: false })
    expect(result.pairs[0]?.lacks).toHaveLength(1)
  })
})

describe('a detach', () => {
  const { assignment } = sampleAccess()
  const { target, registry } = samplePair()
  const operation = { operation: 'delete-role-assignment', target, registry, assignment, role: 'AcrPull', reason: 'x' }
  const pair = { ...samplePair(), operations: [operation] } as unknown as PlannedPair
  const ended = (changed: boolean) =>
    conclude(
      run('detach', [pair], {
        outcomes: [{ operation, changed, finishedAt: 1 }] as unknown as Run['outcomes'],
        ...proven(pair, { verified: 'assignment' }),
      }),
    )

  it('says that nodes keep their tokens for a while, where something was taken away', () => {
    expect(ended(true)).toMatchObject({ changed: true, pairs: [{ status: 'detached', roleAssignmentId: '' }] })
    expect(ended(true).notes).toEqual([expect.stringContaining('Nodes may go on pulling from contosoacr')])
    expect(ended(false).notes).toEqual([])
  })
})

describe('images and manifests', () => {
  const source = { host: 'docker.io', repository: 'app', tag: '1', digest: '' }
  const request = { text: 'app', source, repository: 'app', tag: '1', isProbe: false }
  const image = { request, registry: sampleRegistry(), present: 'no', notes: [] } as unknown as ImageResult['image']
  const ended = (more: Partial<ImageResult>): Partial<Run> => {
    const base: ImageResult = { image, status: 'imported', changed: true, digest: 'sha256:aa', notes: ['a note'] }
    return { images: [{ ...base, ...more }] }
  }
  const manifest = (more: object) => ({ manifests: [more as CheckedManifest] })

  it('that were imported are a change, with their notes', () => {
    const pair = held()
    const result = conclude(run('attach', [pair], { ...ended({}), ...proven(pair) }))
    expect(result).toMatchObject({ changed: true, drift: false, notes: ['a note'], errors: [] })
    expect(conclude(run('attach', [pair], { ...ended({ changed: false }), ...proven(pair) })).changed).toBe(false)
  })

  it('that failed are failures, and those that could not be read are unknown', () => {
    const error = failure('IMPORT_FAILED')
    expect(conclude(run('attach', [], ended({ status: 'failed', error }))).errors).toEqual([error])
    expect(conclude(run('attach', [], ended({ status: 'present', digest: '' }))).unknown).toMatchObject([
      { message: 'The digest of contosoacr.azurecr.io/app:1 could not be read; a note' },
    ])
    expect(conclude(run('attach', [], ended({}))).unknown).toEqual([])
  })

  it('of a manifest that are not there are drift in check, and else the first failure', () => {
    const error = failure('IMAGE_NOT_FOUND')
    const gone = manifest({ status: 'missing', error })
    expect(conclude(run('check', [], gone))).toMatchObject({ drift: true, errors: [] })
    const later = failure('PULL_DENIED')
    const pair = held()
    const attach = conclude(run('attach', [pair], { ...gone, ...proven(pair, { verified: 'none', error: later }) }))
    expect(attach).toMatchObject({ drift: false, errors: [error, later] })
    expect(conclude(run('check', [], manifest({ status: 'unknown', error })))).toMatchObject({
      drift: false,
      errors: [error],
    })
  })
})

it('a failure of many pairs is told once, and that of a second operation, too', () => {
  const [one, two] = [sampleOperation(), sampleOperation(sampleTarget('aks-2'))]
  const pair = { ...samplePair(), operations: [one, two] }
  const [first, second] = [failure('AUTHORIZATION_FAILED', 'a'), failure('SCOPE_LOCKED', 'b')]
  const outcomes = [
    { operation: one, changed: false, finishedAt: 1, error: first },
    { operation: two, changed: true, finishedAt: 1, error: second },
  ]
  const result = conclude(run('attach', [pair], { outcomes }))
  expect(result.errors).toEqual([first, second])
  expect(result).toMatchObject({ changed: true, pairs: [{ status: 'failed', changed: true, error: first }] })
})
