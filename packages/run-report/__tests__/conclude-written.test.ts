import { describe, expect, it } from 'vitest'
import { builtInRoles } from 'azure'
import type { Operation, Outcome, PlannedPair, Run, Verification } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, proven, pullRun } from '../../../__tests__/support/concluding.js'
import {
  sampleAccess,
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

describe('a pair that lacks its role', () => {
  it('is missing in check, with the missing access', () => {
    const pair = samplePair({ operation: sampleOperation() })
    const result = conclude(pullRun('check', [pair]))
    expect(result).toMatchObject({ attached: false, drift: true, errors: [], changed: false })
    expect(result.pairs).toMatchObject([
      {
        status: 'missing',
        lacks: [{ kind: 'role', role: 'AcrPull' }],
        grantedBy: null,
        scope: null,
        roleAssignmentId: null,
      },
    ])
  })

  const [operation, pair] = [sampleOperation(), samplePair()]
  const outcome: Outcome = { operation, roleAssignmentId: 'the-id', changed: true, finishedAt: 1 }
  const written = (more: Partial<Run> = {}, operations: Operation[] = [operation], rest: Partial<PlannedPair> = {}) => {
    const wanting = { ...pair, operations, ...rest }
    const outcomes = operations.map(each => ({ ...outcome, operation: each }))
    return { wanting, ended: conclude(pullRun('attach', [wanting], { outcomes, ...more })) }
  }

  it("is failed if the run ended before the write, with the run's reason", () => {
    const error = failure('AZURE_UNAVAILABLE')
    expect(written({ outcomes: [], error }).ended.pairs).toMatchObject([{ status: 'failed', error, changed: false }])
    expect(written({ outcomes: [] }).ended.pairs).toMatchObject([{ status: 'failed', error: { code: 'CANCELLED' } }])
    const unproven = { ...sampleInputs, verify: 'none' as const }
    const two = [operation, sampleOperation(sampleTarget('aks-2'))]
    const half = written({ outcomes: [outcome], inputs: unproven }, two)
    expect(half.ended.pairs).toMatchObject([{ status: 'failed', error: { code: 'CANCELLED' }, changed: true }])
  })

  it('is failed if the write was not proven', () => {
    const error = failure('AZURE_UNAVAILABLE')
    expect(written({ error }).ended.pairs).toMatchObject([{ status: 'failed', error, changed: true }])
    expect(written().ended.pairs).toMatchObject([{ status: 'failed', error: { code: 'CANCELLED' } }])
    const unproven = { inputs: { ...sampleInputs, verify: 'none' as const } }
    expect(written(unproven).ended.pairs).toMatchObject([{ status: 'attached', verified: 'none', lacks: [] }])
  })

  it('is attached by the write, with the time until it showed', () => {
    const wanting = { ...pair, operations: [operation] }
    const verified = (changed: boolean, verification: Verification) =>
      conclude(
        pullRun('attach', [wanting], {
          outcomes: [{ ...outcome, changed }],
          verifications: new Map([[wanting, verification]]),
        }),
      ).pairs[0]
    expect(verified(true, { verified: 'pull', propagationSeconds: 41 })).toMatchObject({
      status: 'attached',
      verified: 'pull',
      grantedBy: 'direct',
      role: 'AcrPull',
      scope: operation.scope,
      roleAssignmentId: 'the-id',
      propagationSeconds: 41,
    })
    expect(verified(false, { verified: 'pull', propagationSeconds: 41 })).toHaveProperty('propagationSeconds', null)
    expect(verified(true, { verified: 'pull' })).toHaveProperty('propagationSeconds', null)
  })

  it("is attached through the group, whether by the group's role or by membership", () => {
    const none = { inputs: { ...sampleInputs, verify: 'none' as const } }
    const { target } = pair
    const ofGroup: Operation = { ...operation, principalType: 'Group' }
    const membership: Operation = { operation: 'add-group-member', target, groupId: 'g', reason: '' }
    const { assignment } = sampleAccess('/subscriptions/s')
    const held = { groupAssignments: [assignment] }
    const grants = [[ofGroup, membership], [membership, ofGroup], [membership]].map(
      operations => written(none, operations, held).ended.pairs[0],
    )
    expect(grants).toMatchObject([
      { grantedBy: 'group', scope: operation.scope, roleAssignmentId: 'the-id' },
      { grantedBy: 'group', scope: operation.scope, roleAssignmentId: 'the-id' },
      { grantedBy: 'group', scope: '/subscriptions/s', roleAssignmentId: assignment.id },
    ])
    expect(written(none, [membership]).ended.pairs).toMatchObject([{ grantedBy: null, roleAssignmentId: null }])
    const unnamed = { ...none, outcomes: [{ operation, changed: false, finishedAt: 1 }] }
    expect(written(unnamed).ended.pairs).toMatchObject([{ grantedBy: 'direct', roleAssignmentId: null }])
  })
})

describe('a detach', () => {
  const { assignment } = sampleAccess()
  const { target, registry } = samplePair()
  const operation = { operation: 'delete-role-assignment', target, registry, assignment, role: 'AcrPull', reason: 'x' }
  const pair = { ...samplePair(), operations: [operation] } as unknown as PlannedPair
  const ended = (changed: boolean) =>
    conclude(
      pullRun('detach', [pair], {
        outcomes: [{ operation, changed, finishedAt: 1 }] as unknown as Run['outcomes'],
        ...proven(pair, { verified: 'assignment' }),
      }),
    )

  it('reports that nodes keep their tokens for a while if access was removed', () => {
    expect(ended(true)).toMatchObject({
      changed: true,
      pairs: [{ status: 'detached', grantedBy: null, scope: null, roleAssignmentId: null, left: [] }],
    })
    expect(ended(true).notes).toEqual([expect.stringContaining('Nodes can keep pulling from contosoacr')])
    expect(ended(false).notes).toEqual([])
    const attached = samplePair({ operation: sampleOperation() })
    const outcomes = attached.operations.map(each => ({ operation: each, changed: true, finishedAt: 1 }))
    expect(conclude(pullRun('attach', [attached], { outcomes, ...proven(attached) }))).toMatchObject({
      changed: true,
      notes: [],
    })
  })

  it('reports how the nodes can still pull', () => {
    const inherited = sampleAccess('/subscriptions/s').assignment
    const ofGroup = { ...inherited, id: 'of the group', principalId: 'group', principalType: 'Group' }
    const roles = new Map([[inherited.roleId, builtInRoles.acrPull]])
    const observed = { ...sampleLost(failure('UNEXPECTED')), roles }
    const holding = { ...samplePair(), assignments: [inherited, ofGroup] }
    const { pairs } = conclude(pullRun('detach', [holding], { observed }))
    expect(pairs[0]?.left?.map(({ assignment }) => assignment.id)).toEqual([inherited.id, 'of the group'])
  })
})
