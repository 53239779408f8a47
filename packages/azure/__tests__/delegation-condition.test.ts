import { describe, expect, it } from 'vitest'
import { allowsDelegation, delegationCondition, type DelegatedWrite } from '../src/delegation-condition.js'
import { builtInRoles } from '../src/roles.js'

const guid = (digit: number) => `${digit}fc6673f-c37b-4448-b557-adeba43adc5a`
const [own, foreign, group] = [guid(1), guid(2), guid(3)]
const write = {
  action: 'write',
  roleId: builtInRoles.acrPull.id,
  principalId: own,
  principalType: 'ServicePrincipal',
} as const satisfies DelegatedWrite
const named = delegationCondition({ principalIds: [own] })
const deleting = delegationCondition({ principalIds: [own], deletes: true })
const ofType = delegationCondition({ principalTypes: ['ServicePrincipal'] })
const ofBoth = delegationCondition({ principalTypes: ['ServicePrincipal'], principalIds: [group] })

describe('what a condition lets its holder write', () => {
  it.each([
    ['what it names', named, write, true],
    ['in any letter case', named.toUpperCase(), write, true],
    ['no other identity', named, { ...write, principalId: foreign }, false],
    ['no other role', named, { ...write, roleId: builtInRoles.acrPush.id }, false],
    ['no other role, whoever would hold it', named, { action: 'write', roleId: builtInRoles.acrPush.id }, false],
    ['perhaps the role, if the holder is not known', named, { action: 'write', roleId: write.roleId }, undefined],
    ['no deletion', named, { ...write, action: 'delete' }, false],
    ['no deletion, whatever it is', named, { action: 'delete' }, false],
    ['a deletion of the same', deleting, { ...write, action: 'delete' }, true],
    ['the deletion of no other', deleting, { ...write, action: 'delete', principalId: foreign }, false],
    ['any service principal', ofType, { ...write, principalId: foreign }, true],
    ['no group', ofType, { ...write, principalType: 'Group' }, false],
    ['a group that it names', ofBoth, { ...write, principalId: group, principalType: 'Group' }, true],
  ] as const)('is %s', (_, condition, asked, expected) => {
    expect(allowsDelegation(condition, asked)).toBe(expected)
  })

  it.each([
    ['with another operator', named.replaceAll('GuidEquals', 'GuidNotEquals')],
    ['with another quantifier', named.replaceAll('ForAnyOfAnyValues', 'ForAllOfAnyValues')],
    ['with another attribute', named.replaceAll(':PrincipalId]', ':Description]')],
    ['that has no meaning', `${named} AND`],
  ])('is unknown for a condition %s', (_, condition) => {
    expect(allowsDelegation(condition, write)).toBeUndefined()
  })
})
