import { describe, expect, it } from 'vitest'
import { builtInRoles, unknowable } from 'azure'
import { ActionError } from 'kernel'
import type { IdentityState, Inputs, Operation, Run } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, heldPair, identitiesOf, proven, pullRun } from '../../../__tests__/support/concluding.js'
import {
  sampleAccess,
  sampleInputs,
  sampleOperation,
  samplePair,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

const broader = { ...sampleAccess(), grantedBy: 'broader-role' as const, role: 'Contributor' }

describe('a pair in check', () => {
  const of = (verify: Inputs['verify'], pair = samplePair()) =>
    conclude(pullRun('check', [pair], { inputs: { ...sampleInputs, mode: 'check', verify } }))

  it('that only a broader role lets pull is attached and drift, to the level that was asked for', () => {
    const pair = samplePair({ access: broader, operation: sampleOperation() })
    const lacks = [{ kind: 'role', role: 'AcrPull' }]
    expect(of('assignment', pair)).toMatchObject({
      ...{ attached: true, drift: true },
      pairs: [{ status: 'attached', grantedBy: 'broader-role', role: 'Contributor', lacks, verified: 'assignment' }],
    })
    expect(of('none', pair).pairs).toMatchObject([{ status: 'attached', verified: 'none' }])
    const inherited = samplePair({ access: { ...broader, grantedBy: 'inherited' }, operation: sampleOperation() })
    expect(of('assignment', inherited).pairs).toMatchObject([{ status: 'missing', lacks, verified: 'assignment' }])
  })

  it('that only lacks the role after a move to the other mode is attached and drift, with the level of its pulls', () => {
    const nextRole = builtInRoles.repositoryReader
    const operation = { ...sampleOperation(), role: nextRole }
    const pair = { ...heldPair(), nextRole, operations: [operation] }
    const lacks = [{ kind: 'role', role: nextRole.name }]
    expect(of('assignment', pair)).toMatchObject({
      ...{ attached: true, drift: true },
      pairs: [{ status: 'attached', role: 'AcrPull', lacks, verified: 'assignment' }],
    })
    const pulled = pullRun('check', [pair], proven(pair, { verified: 'pull' }))
    expect(conclude(pulled).pairs).toMatchObject([{ status: 'attached', lacks, verified: 'pull' }])
    const denied = proven(pair, { verified: 'none', error: failure('PULL_DENIED') })
    expect(conclude(pullRun('check', [pair], denied)).pairs).toMatchObject([{ status: 'missing', lacks }])
    // Of what attach has written, the assignment that counts today is the one that gives access.
    const outcomes = [{ operation, changed: true, finishedAt: 1, roleAssignmentId: 'next' }]
    const ended = conclude(pullRun('attach', [pair], { ...proven(pair, { verified: 'pull' }), outcomes }))
    expect(ended.pairs).toMatchObject([{ status: 'attached', role: 'AcrPull', lacks: [] }])
    expect(ended.pairs[0]?.roleAssignmentId).toBe(pair.access?.assignment.id)
  })

  it('is missing if its error says that it differs, and unknown if only another tenant knows', () => {
    const error = failure('DRIFT')
    expect(of('assignment', { ...heldPair(), error })).toMatchObject({ drift: true, pairs: [{ status: 'missing' }] })
    const elsewhere = unknowable('Not assignable', { id: '/r', name: 'r' }, { reason: 'it is in another tenant' })
    expect(of('assignment', { ...heldPair(), error: elsewhere })).toMatchObject({
      ...{ drift: false, errors: [elsewhere] },
      pairs: [{ status: 'unknown', error: elsewhere }],
    })
  })

  it('of an identity that may be gone is unknown, unless it has pulled', () => {
    const pair = heldPair()
    const doubt = failure('AUTHORIZATION_FAILED')
    const ended = (verified: 'assignment' | 'pull', mode: 'check' | 'attach' = 'check', more: Partial<Run> = {}) => {
      const seen = identitiesOf([pair.target, { state: 'unknown', why: 'no answer', error: doubt }])
      return conclude(pullRun(mode, [pair], { ...seen, ...proven(pair, { verified }), ...more }))
    }
    expect(ended('assignment').pairs).toMatchObject([{ status: 'unknown', verified: 'none', error: doubt }])
    expect(ended('pull').pairs).toMatchObject([{ status: 'attached', verified: 'pull' }])
    expect(ended('assignment', 'attach').pairs).toMatchObject([{ status: 'attached', verified: 'assignment' }])
    // Nobody has asked the directory then.
    const early = ended('assignment', 'check', { error: failure('CANCELLED') })
    expect(early.pairs).toMatchObject([{ status: 'attached', verified: 'assignment' }])
  })
})

describe('the plan of a run', () => {
  it('leaves out what only serves identities that no longer exist', () => {
    const [gone, there] = [sampleTarget('aks-1'), sampleTarget('aks-2')]
    const [own, other] = [sampleOperation(gone), sampleOperation(there)]
    const shared: Operation = { ...sampleOperation(gone), principalType: 'Group', principalId: 'group' }
    const pairs = [
      { ...samplePair({}, gone), operations: [shared, own] },
      { ...samplePair({}, there), operations: [shared, other] },
    ]
    const operationsOf = (...states: Parameters<typeof identitiesOf>) =>
      conclude(pullRun('check', pairs, identitiesOf(...states))).plan?.operations.map(operation =>
        'principalType' in operation ? operation.principalId : '',
      )
    const idOf = (target: typeof gone) => target.identity.objectId
    expect(new Set(operationsOf([there, { state: 'alive' }]))).toEqual(new Set(['group', idOf(gone), idOf(there)]))
    const lost: IdentityState = { state: 'gone', error: failure('PRINCIPAL_NOT_FOUND') }
    expect(new Set(operationsOf([gone, lost]))).toEqual(new Set(['group', idOf(there)]))
    expect(conclude(pullRun('check', [], identitiesOf([gone, lost]))).plan).toBeUndefined()
  })
})

describe('the assignment of a pair that became a member of the group', () => {
  it("is the group's one of the desired role, whatever else the group has", () => {
    const { target, role } = samplePair()
    const { assignment } = sampleAccess()
    const membership: Operation = { operation: 'add-group-member', target, groupId: 'g', reason: '' }
    const grantOf = (...roleIds: string[]) => {
      const groupAssignments = roleIds.map((roleId, index) => ({ ...assignment, id: `/${index}`, roleId }))
      const pair = { ...samplePair(), groupAssignments, operations: [membership] }
      const outcomes = [{ operation: membership, changed: true, finishedAt: 1 }]
      return conclude(pullRun('attach', [pair], { outcomes, ...proven(pair) })).pairs[0]?.roleAssignmentId
    }
    expect(grantOf('another', role.id, 'third')).toBe('/1')
    expect(grantOf('another', 'third')).toBe('/0')
  })
})

it('failures at one resource for one thing that failed are one, whatever the reasons are', () => {
  const errors = ['a', 'b'].map(
    reason =>
      new ActionError('AZURE_UNAVAILABLE', `Not readable: ${reason}`, { resource: '/r', failure: 'Not readable' }),
  )
  const [one, two] = [sampleOperation(), sampleOperation(sampleTarget('aks-2'))]
  const pair = { ...samplePair(), operations: [one, two] }
  const outcomes = [one, two].map((operation, index) => ({
    ...{ operation, changed: false, finishedAt: 1 },
    ...(errors[index] && { error: errors[index] }),
  }))
  expect(conclude(pullRun('attach', [pair], { outcomes })).errors).toEqual(errors.slice(0, 1))
})

it('a run is attached if each of its pairs is', () => {
  const [held, lacking] = [heldPair(), samplePair({ operation: sampleOperation(sampleTarget('aks-2')) })]
  expect([[held], [held, lacking]].map(pairs => conclude(pullRun('check', pairs)).attached)).toEqual([true, false])
})
