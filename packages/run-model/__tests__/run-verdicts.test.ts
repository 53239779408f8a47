import { describe, expect, it } from 'vitest'
import type { GrantedBy } from 'azure'
import { roleLack } from '../../../__tests__/support/drift.js'
import { sampleAccess, sampleOperation, sampleTarget } from '../../../__tests__/support/sample.js'
import { wordsOfOperation } from '../src/plan.js'
import type { Lack } from '../src/plan.js'
import { hasAccess, judge, stateOf, statusOf, type Ending, type Standing } from '../src/standing.js'

type Status = Ending<{ code: string }>['status']
const [pull, read] = [roleLack(), { ...roleLack(), role: 'Container Registry Repository Reader' }]

/** How a pair stands that ended so. */
const standing = (status: Status, by: GrantedBy | null, more: Partial<Ending<{ code: string }>> = {}) =>
  judge({ status, by, proof: 'none', lacks: [], onlyTo: null, error: null, ...more })
const todayOf = (of: Standing<unknown>): string => (of.is === 'lacking' ? of.today : of.is)

describe('a pair', () => {
  const denied = { error: { code: 'PULL_DENIED' } }
  it.each<[Status, 'direct' | null, 'no' | 'its rights' | 'something else', boolean]>([
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
  ])('that is %s, through %s, with %s error, has access: %s', (status, by, about, expected) => {
    const more = about === 'no' ? {} : { ...denied, isBeyondRights: about === 'something else' }
    expect(hasAccess(standing(status, by, more))).toBe(expected)
  })

  it.each<[Status, GrantedBy | null, readonly Lack[], string]>([
    ['attached', 'direct', [read], 'until-ABAC'],
    ['attached', 'group', [pull], 'until-RBAC'],
    ['attached', 'direct', [], 'granted'],
    ['attached', 'broader-role', [pull], 'by-broader-role'],
    ['attached', 'broader-role', [pull, read], 'until-ABAC'],
    ['missing', 'direct', [pull], 'otherwise'],
    ['missing', null, [pull, read], 'none'],
  ])('that is %s through %s and lacks %j pulls today: %s', (status, by, lacks, expected) => {
    expect(todayOf(standing(status, by, { lacks }))).toBe(expected)
  })

  it('that can pull some repositories pulls these, unless something else gives access to all', () => {
    expect(todayOf(standing('missing', null, { lacks: [pull], onlyTo: ['app'] }))).toBe('some')
    expect(todayOf(standing('missing', 'group', { lacks: [pull], onlyTo: ['app'] }))).toBe('otherwise')
  })

  const withCode = (code: string) => ({ error: { code } })
  it.each<[what: string, of: Standing<unknown>, state: string, status: Status]>([
    ['granted', standing('attached', 'direct'), 'fine', 'attached'],
    ['without its role', standing('missing', null, { lacks: [pull] }), 'refused', 'missing'],
    ['limited', standing('missing', null, { lacks: [pull], onlyTo: [] }), 'refused', 'missing'],
    ['not through the group', standing('missing', 'direct', { lacks: [pull] }), 'drifted', 'missing'],
    ['with a broader role', standing('attached', 'broader-role', { lacks: [pull] }), 'drifted', 'attached'],
    ['soon without its role', standing('attached', 'direct', { lacks: [read] }), 'drifted', 'attached'],
    ['with an ignored role, and none', standing('missing', null, withCode('DRIFT')), 'refused', 'missing'],
    ['with an ignored role, and another', standing('missing', 'inherited', withCode('DRIFT')), 'drifted', 'missing'],
    ['not there', standing('missing', null, withCode('CLUSTER_NOT_FOUND')), 'gone', 'missing'],
    ['without its registry', standing('missing', null, withCode('REGISTRY_NOT_FOUND')), 'refused', 'missing'],
    ['without an identity', standing('missing', null, withCode('NO_KUBELET_IDENTITY')), 'refused', 'missing'],
    ['with a dead identity', standing('missing', 'direct', withCode('PRINCIPAL_NOT_FOUND')), 'refused', 'missing'],
    ['refused', standing('missing', 'direct', denied), 'refused', 'missing'],
    ['not checked', standing('unknown', 'direct', denied), 'unknown', 'unknown'],
    ['failed', standing('failed', 'direct', denied), 'failed', 'failed'],
    ['detached', standing('detached', null), 'fine', 'detached'],
    ['detached in part', standing('detached', 'inherited', { left: [sampleAccess()] }), 'remaining', 'detached'],
  ])('%s has the state that its marks show, and the status of the report', (_, of, state, status) => {
    expect([stateOf(of), statusOf(of)]).toEqual([state, status])
  })
})

it('a failure begins with a capital, and says what could not be done', () => {
  expect(wordsOfOperation(sampleOperation()).failure).toBe('AcrPull on contosoacr for aks-prod-1 could not be created')
  const joining = { operation: 'add-group-member', target: sampleTarget(), groupId: 'g', reason: '' } as const
  expect(wordsOfOperation(joining).failure).toBe('Membership of aks-prod-1 in group g could not be added')
})
