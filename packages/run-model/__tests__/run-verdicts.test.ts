import { roleLack } from '../../../__tests__/support/drift.js'
import { describe, expect, it } from 'vitest'
import { wordsOf } from '../src/plan.js'
import { hasAccess, isDrifted, modeOfLoss, type PairResult } from '../src/run.js'
import { sampleOperation, sampleTarget } from '../../../__tests__/support/sample.js'

describe('a pair', () => {
  it.each<[PairResult['status'], 'direct' | null, string | undefined, boolean]>([
    ['attached', 'direct', undefined, true],
    ['missing', 'direct', undefined, true],
    ['missing', 'direct', 'DRIFT', true],
    ['missing', 'direct', 'PULL_DENIED', false],
    ['missing', null, undefined, false],
    ['unknown', 'direct', undefined, false],
    ['failed', 'direct', undefined, false],
    ['detached', 'direct', undefined, false],
    // Network, images and clusters are in `ready`.
    ['failed', 'direct', 'REGISTRY_UNREACHABLE', true],
    ['missing', 'direct', 'NO_PRIVATE_ENDPOINT', true],
    ['missing', null, 'NO_PRIVATE_ENDPOINT', false],
    ['missing', 'direct', 'IMAGE_NOT_FOUND', true],
    ['failed', 'direct', 'CLUSTER_STOPPED', true],
    ['unknown', 'direct', 'CLUSTER_UNREACHABLE', true],
    ['failed', 'direct', 'PULL_DENIED', false],
    ['failed', 'direct', 'PRINCIPAL_NOT_FOUND', false],
    ['unknown', 'direct', 'AUTHORIZATION_FAILED', false],
  ])('that is %s, through %s, with the error %s, has access: %s', (status, grantedBy, code, expected) => {
    expect(hasAccess({ status, grantedBy, error: code === undefined ? null : { code } })).toBe(expected)
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
  expect(wordsOf(sampleOperation()).failure).toBe('AcrPull on contosoacr for aks-prod-1 could not be created')
  const joining = { operation: 'add-group-member', target: sampleTarget(), groupId: 'g', reason: '' } as const
  expect(wordsOf(joining).failure).toBe('Membership of aks-prod-1 in group g could not be added')
})
