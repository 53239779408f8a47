import { roleLack } from '../../../__tests__/support/drift.js'
import { describe, expect, it } from 'vitest'
import { wordsOfOperation } from '../src/plan.js'
import { hasAccess, isDrifted, modeOfLoss, type PairResult } from '../src/run.js'
import { sampleOperation, sampleTarget } from '../../../__tests__/support/sample.js'

describe('a pair', () => {
  it.each<[PairResult['status'], 'direct' | null, 'no' | 'its rights' | 'something else', boolean]>([
    ['attached', 'direct', 'no', true],
    ['missing', 'direct', 'no', true],
    ['missing', 'direct', 'its rights', false],
    ['missing', 'direct', 'something else', true],
    ['missing', null, 'no', false],
    ['missing', null, 'something else', false],
    ['unknown', 'direct', 'its rights', false],
    ['unknown', 'direct', 'something else', true],
    ['failed', 'direct', 'its rights', false],
    ['failed', 'direct', 'something else', true],
    ['failed', null, 'something else', false],
    ['detached', 'direct', 'no', false],
    ['detached', 'direct', 'something else', false],
  ])('that is %s, through %s, with %s error, has access: %s', (status, grantedBy, about, expected) => {
    const error = about === 'no' ? null : {}
    expect(hasAccess({ status, grantedBy, error, ...(about === 'something else' && { isBeyondRights: true }) })).toBe(
      expected,
    )
  })

  it.each<[PairResult['status'], PairResult['lacks'], boolean]>([
    ['missing', [], true],
    ['attached', [roleLack()], true],
    ['attached', [], false],
    ['unknown', [roleLack()], false],
    ['failed', [roleLack()], false],
  ])('that is %s and lacks %j has drifted: %s', (status, lacks, expected) => {
    expect(isDrifted({ status, lacks })).toBe(expected)
  })

  const [pull, read] = [roleLack(), { ...roleLack(), role: 'Container Registry Repository Reader' }]
  it.each<[PairResult['status'], PairResult['grantedBy'], PairResult['lacks'], string | undefined]>([
    ['attached', 'direct', [read], 'ABAC'],
    ['attached', 'group', [pull], 'RBAC'],
    ['attached', 'direct', [], undefined],
    ['attached', 'broader-role', [pull], undefined],
    ['attached', 'broader-role', [pull, read], 'ABAC'],
    ['missing', null, [pull, read], undefined],
  ])('that is %s through %s and lacks %j loses access in the mode %s', (status, grantedBy, lacks, expected) => {
    expect(modeOfLoss({ status, grantedBy, lacks })).toBe(expected)
  })
})

it('a failure begins with a capital, and says what could not be done', () => {
  expect(wordsOfOperation(sampleOperation()).failure).toBe('AcrPull on contosoacr for aks-prod-1 could not be created')
  const joining = { operation: 'add-group-member', target: sampleTarget(), groupId: 'g', reason: '' } as const
  expect(wordsOfOperation(joining).failure).toBe('Membership of aks-prod-1 in group g could not be added')
})
