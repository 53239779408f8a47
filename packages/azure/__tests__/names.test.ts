import { describe, expect, it } from 'vitest'
import { describePlace, describePlaceOf, namesOf, shortenGuids } from '../src/names.js'
import { describeSource, formatResourceScope, titlesOf } from '../src/scopes.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

const guid = '11111111-2222-4333-8444-5555555577f3'
const cluster = 'Microsoft.ContainerService/managedClusters'
const at = (group: string, subscription = '00000000-0000-0000-0000-00000000abcd', name = 'aks') => ({
  target: sampleId(name, group, cluster, subscription),
})

describe('names', () => {
  it('are alone if no other resource has them', () => {
    const upper = { target: at('rg-a').target.toUpperCase() }
    const nameOf = namesOf([at('rg-a'), upper, at('rg-a', undefined, 'other')])
    expect(nameOf(at('rg-a'))).toBe('aks')
    expect(nameOf(upper)).toBe('AKS')
    // It isn't one of them.
    expect(nameOf(at('rg-b', undefined, 'third'))).toBe('third')
  })

  it('have their resource group and subscription if another one has them, in any letter case', () => {
    const [a, b] = [at('rg-a'), at('rg-b', undefined, 'AKS')]
    expect([a, b].map(namesOf([a, b]))).toEqual(['aks (rg-a, subscription …abcd)', 'AKS (rg-b, subscription …abcd)'])
  })

  it('have the whole subscription ID if its end is not enough', () => {
    const one = at('rg', '10000000-0000-0000-0000-00000000abcd')
    const two = at('rg', '20000000-0000-0000-0000-00000000abcd')
    const nameOf = namesOf([one, two, at('rg-b')])
    expect(nameOf(one)).toBe('aks (rg, subscription 10000000-0000-0000-0000-00000000abcd)')
    expect(nameOf(at('rg-b'))).toBe('aks (rg-b, subscription …abcd)')
  })

  it('without a resource ID have the place where they were looked for', () => {
    const lost = { target: 'aks', where: 'rg-c, subscription …abcd' }
    const nameOf = namesOf([lost, at('rg-a')])
    expect(nameOf(lost)).toBe('aks (rg-c, subscription …abcd)')
    expect(nameOf({ target: 'aks' })).toBe('aks')
    expect(namesOf([lost])(lost)).toBe('aks')
  })
})

describe('a subscription', () => {
  const [one, two, twin] = ['10000000-0000-0000-0000-00000000ABCD', '2-abce', '3-abcd'] as const
  const label = (all: Record<string, string | null>) =>
    titlesOf(Object.entries(all).map(([id, name]) => ({ id, name })))

  it('has its name, in any letter case of its ID, else the last digits of the ID', () => {
    const nameOf = label({ [one]: 'Contoso production', [two]: null })
    const names = ['Contoso production', 'Contoso production', '…abce', '…1234', '']
    expect([one, one.toLowerCase(), two, 'x-1234', ''].map(nameOf)).toEqual(names)
  })

  it('has digits, too, if another one has its name, and its whole ID if these are the same', () => {
    expect([one, two].map(label({ [one]: 'Prod', [two]: 'PROD' }))).toEqual(['Prod (…ABCD)', 'PROD (…abce)'])
    expect([one, two, twin].map(label({ [one]: 'Prod', [two]: 'Prod', [twin]: 'Prod' }))).toEqual([
      `Prod (${one})`,
      'Prod (…abce)',
      `Prod (${twin})`,
    ])
    expect([one, two, twin].map(label({ [one]: null, [two]: ' ', [twin]: '' }))).toEqual([one, '…abce', twin])
  })

  it('has a name of one line and no more than 100 characters', () => {
    expect([one, two].map(label({ [one]: 'a\n::b\u202e', [two]: 'x'.repeat(999) }))).toEqual(['a ::b', 'x'.repeat(100)])
  })

  it('names a place and a scope', () => {
    const nameOf = label({ '00000000-0000-0000-0000-00000000abcd': 'Prod' })
    expect(describePlaceOf(at('rg-a'), nameOf)).toBe('rg-a, subscription Prod')
    expect(describeSource('inherited', '/subscriptions/00000000-0000-0000-0000-00000000ABCD', nameOf)).toBe(
      'inherited from subscription Prod',
    )
  })
})

describe('a place', () => {
  it('is a resource group and a subscription, if they are known', () => {
    expect(describePlaceOf(at('rg-a'))).toBe('rg-a, subscription …abcd')
    expect(describePlaceOf({ target: 'aks' })).toBe('')
    expect(describePlace({ resourceGroup: '', subscriptionId: '0000abcd' })).toBe('subscription …abcd')
    expect(describePlace({ resourceGroup: 'rg-a', subscriptionId: '' })).toBe('rg-a')
  })
})

describe('GUIDs', () => {
  it('are shown by their last four digits, wherever they stand and however they are written', () => {
    expect(shortenGuids(`client ${guid} and ${guid.toUpperCase()}.`)).toBe('client …77f3 and …77F3.')
  })

  it('are distinguished from similar strings', () => {
    const digest = `sha256:${'0a'.repeat(32)}`
    for (const text of [digest, '11111111-2222-4333-8444', '1-2222-4333-8444-555555555555', 'aks-2222-4333-8444-prod'])
      expect(shortenGuids(text)).toBe(text)
  })
})

describe('a scope', () => {
  it.each([
    ['/', 'the tenant'],
    ['/providers/Microsoft.Management/managementGroups/platform', 'management group platform'],
    [`/subscriptions/${guid}`, 'subscription …77f3'],
    [`/subscriptions/${guid}/resourcegroups/rg-shop`, 'resource group rg-shop'],
    [sampleRegistry().id, 'contosoacr'],
    // A scope within a group or subscription isn't the whole group or subscription.
    [`/providers/Microsoft.Management/managementGroups/platform/providers/x/y/z`, 'z'],
    [`/providers/x/y/z/subscriptions/${guid}`, guid],
    [`/providers/x/y/z${sampleRegistry().id.replace(/\/providers.*/, '')}`, 'rg-shop'],
    [`/providers/x/y/z/providers/Microsoft.Management/managementGroups/platform`, 'platform'],
  ])('%s is %s', (scope, text) => {
    expect(formatResourceScope(scope)).toBe(text)
  })

  it('is named in the source of access', () => {
    const { id } = sampleRegistry()
    const group = `/subscriptions/${guid}/resourceGroups/rg-shop`
    expect(describeSource('direct', id)).toBe('directly at contosoacr')
    expect(describeSource('inherited', group)).toBe('inherited from resource group rg-shop')
    expect(describeSource('group', id)).toBe('through a group at contosoacr')
    expect(describeSource('broader-role', `/subscriptions/${guid}`)).toBe('broader role at subscription …77f3')
  })
})
