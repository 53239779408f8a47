import { describe, expect, it } from 'vitest'
import { toDrift } from '../src/find-drift.js'
import {
  readJson,
  acr,
  emptyReport,
  reportedGrant,
  reportedPair,
  type Operation,
  type Pair,
} from '../../../__tests__/support/drift-report.js'
import { sampleId } from '../../../__tests__/support/drift.js'

/** The repairs of the pairs of aks-1 and aks-2 with a registry, by a plan. */
const repairsOf = (plan: Operation[], more: Partial<Pair> = {}) => {
  const pairs = ['aks-1', 'aks-2'].map(name => reportedPair(name, more))
  return toDrift(readJson({ ...emptyReport(), job: null, pairs, plan }), '').items.map(({ repairs }) => repairs)
}

const grant = { role: 'AcrPull', type: 'ServicePrincipal', scope: acr, condition: '', group: '' }
const nothing = { role: '', type: '', scope: '', condition: '', group: '' }

describe('the repairs of a pair', () => {
  it('are the role assignments that the plan has for it, whatever the letter case of its IDs is', () => {
    const plan = [
      reportedGrant('aks-1'),
      reportedGrant('aks-2', { target: sampleId('AKS-2').toUpperCase(), condition: 'a = b' }),
    ]
    expect(repairsOf(plan)).toEqual([
      [{ ...grant, principalId: 'id-of-aks-1' }],
      [{ ...grant, principalId: 'id-of-aks-2', condition: 'a = b' }],
    ])
  })

  it('are its memberships, too, and the assignment of the group that all of its members share', () => {
    const member = reportedGrant('aks-1', {
      operation: 'add-group-member',
      registry: null,
      principalId: null,
      principalType: null,
      role: null,
      group: 'pullers',
      memberId: 'id-of-aks-1',
    })
    const shared = reportedGrant('aks-1', { principalId: 'pullers', principalType: 'Group' })
    expect(repairsOf([member, shared])).toEqual([
      [
        { ...grant, type: 'Group', principalId: 'pullers' },
        { ...nothing, group: 'pullers', principalId: 'id-of-aks-1' },
      ],
      [{ ...grant, type: 'Group', principalId: 'pullers' }],
    ])
  })

  it.each<[string, Partial<Operation>]>([
    ['is another operation', { operation: 'update-role-assignment' }],
    ['deletes something', { operation: 'delete-role-assignment' }],
    ['names no target', { target: null }],
    ['names no registry', { registry: null }],
    ['names no role', { role: null }],
    ['names no principal', { principalId: null }],
    ['names no kind of principal', { principalType: null }],
    ['is at another registry', { registry: `${acr}2` }],
    ['is a membership in no group', { operation: 'add-group-member', memberId: 'id', group: null }],
    ['is a membership of nobody', { operation: 'add-group-member', memberId: null, group: 'pullers' }],
    ['is a membership for no target', { operation: 'add-group-member', memberId: 'id', group: 'g', target: null }],
  ])('are none if what is planned %s', (_, more) => {
    expect(repairsOf([reportedGrant('aks-1', more)])).toEqual([undefined, undefined])
  })

  it('are none at a registry that the plan creates, or that was not found', () => {
    const create = { ...reportedGrant('aks-1'), operation: 'create-registry' } as Operation
    expect(repairsOf([create, reportedGrant('aks-1')])).toEqual([undefined, undefined])
    expect(repairsOf([reportedGrant('aks-1', { registry: 'nowhere' })], { registry: 'nowhere' })).toEqual([
      undefined,
      undefined,
    ])
  })
})
