import { describe, expect, it } from 'vitest'
import { ActionError } from 'kernel'
import { conclude } from '../src/conclude.js'
import {
  sampleAccess,
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

const refused = new ActionError('AUTHORIZATION_FAILED', 'refused')
const operation = sampleOperation()
const written = { operation, changed: true, roleAssignmentId: 'the-id', finishedAt: 1 }
const pair = samplePair({ operation })
const verified = { verified: 'assignment' as const, propagationSeconds: 2.5 }
const verifications = new Map([[pair, verified]])

describe('the conclusion of a run', () => {
  it('without any results is not attached', () => {
    expect(conclude(sampleRun())).toMatchObject({
      attached: false,
      changed: false,
      verified: 'none',
      pairs: [],
      errors: [],
    })
  })

  it('that ended early has its error first', () => {
    expect(conclude(sampleRun([], { error: refused })).errors).toEqual([refused])
  })

  it('that found everything in place is attached and unchanged', () => {
    const result = conclude(sampleRun([samplePair({ access: sampleAccess() })]))
    expect(result).toMatchObject({ attached: true, changed: false, verified: 'assignment', errors: [] })
    expect(result.pairs).toMatchObject([{ status: 'attached', grantedBy: 'direct', role: 'AcrPull', changed: false }])
  })

  it('that wrote and verified is attached and changed', () => {
    const result = conclude(sampleRun([pair], { outcomes: [written], verifications }))
    expect(result).toMatchObject({ attached: true, changed: true, verified: 'assignment' })
    expect(result.pairs).toMatchObject([
      {
        status: 'attached',
        grantedBy: 'direct',
        roleAssignmentId: 'the-id',
        propagationSeconds: 2.5,
        scope: operation.scope,
      },
    ])
  })

  it('whose assignment another run made is unchanged', () => {
    const outcomes = [{ ...written, changed: false }]
    expect(conclude(sampleRun([pair], { outcomes, verifications }))).toMatchObject({
      attached: true,
      changed: false,
    })
  })

  it('with verify: none is attached, and marked as not verified', () => {
    const inputs = { ...sampleInputs, verify: 'none' as const }
    for (const run of [
      sampleRun([samplePair({ operation })], { inputs, outcomes: [written] }),
      sampleRun([samplePair({ access: sampleAccess() })], { inputs }),
    ])
      expect(conclude(run)).toMatchObject({ attached: true, verified: 'none' })
  })

  it('that could not write has failed', () => {
    const outcomes = [{ operation, changed: false, finishedAt: 1, error: refused }]
    const result = conclude(sampleRun([samplePair({ operation })], { outcomes }))
    expect(result).toMatchObject({ attached: false, changed: false, errors: [refused] })
    expect(result.pairs).toMatchObject([{ status: 'failed', error: refused, roleAssignmentId: null }])
  })

  it('that could not verify has failed, but keeps its writes', () => {
    const timeout = new ActionError('PROPAGATION_TIMEOUT', 'late')
    const late = new Map([[pair, { verified: 'none' as const, error: timeout }]])
    const result = conclude(sampleRun([pair], { outcomes: [written], verifications: late }))
    expect(result).toMatchObject({ attached: false, changed: true, verified: 'none', errors: [timeout] })
    expect(result.pairs[0]?.roleAssignmentId).toBe('the-id')
  })

  it('that ended between plan and write, or write and verification, was cancelled there', () => {
    for (const outcomes of [undefined, [written]]) {
      const result = conclude(sampleRun([samplePair({ operation })], outcomes && { outcomes }))
      expect(result.pairs[0]).toMatchObject({ status: 'failed', error: { code: 'CANCELLED' } })
      expect(result.changed).toBe(outcomes !== undefined)
    }
  })

  it('that ended before the nodes pulled has not proven anything, whatever Azure reports', () => {
    const [attached, checked] = (['attach', 'check'] as const).map(mode => {
      const inputs = { ...sampleInputs, mode, verify: 'pull' as const }
      return conclude(sampleRun([samplePair({ access: sampleAccess() })], { inputs, error: refused }))
    })
    expect(attached).toMatchObject({ attached: false, verified: 'assignment', errors: [refused] })
    expect(attached?.pairs).toMatchObject([{ status: 'failed', verified: 'assignment', error: refused }])
    expect(checked).toMatchObject({ attached: false, drift: false, pairs: [{ status: 'unknown', error: refused }] })
  })

  it('that ended early is still attached if no node should pull', () => {
    const error = refused
    const identity = { ...sampleTarget(), kind: 'kubelet-identity' as const }
    const pull = { ...sampleInputs, verify: 'pull' as const }
    expect(conclude(sampleRun([samplePair({ access: sampleAccess() })], { error })).attached).toBe(true)
    const run = sampleRun([samplePair({ access: sampleAccess() }, identity)], { inputs: pull, error })
    expect(conclude(run).attached).toBe(true)
  })

  it('counts a missing resource once, however many pairs it affects', () => {
    const missing = new ActionError('CLUSTER_NOT_FOUND', 'missing')
    const observed = sampleLost(missing, 'aks-nowhere', 'aks-elsewhere')
    const result = conclude(sampleRun([samplePair({ access: sampleAccess() })], { observed }))
    expect(result.errors).toEqual([missing])
    expect(result.pairs.map(({ status }) => status)).toEqual(['attached', 'failed', 'failed'])
    expect(result.pairs[1]).toMatchObject({ asked: { target: 'aks-nowhere' }, error: missing })
    expect(result.attached).toBe(false)
  })

  it('has the level of its weakest pair', () => {
    const other = sampleOperation(sampleTarget('aks-2'))
    const pairs = [samplePair({ operation }), samplePair({ operation: other })]
    const result = conclude(
      sampleRun(pairs, {
        outcomes: [written, { ...written, operation: other }],
        verifications: new Map(
          pairs.map((each, index) => [each, { ...verified, verified: index ? 'assignment' : 'pull' }]),
        ),
      }),
    )
    expect(result.verified).toBe('assignment')
  })
})
