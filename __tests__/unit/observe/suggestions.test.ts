import { describe, expect, it } from 'vitest'
import { ActionError } from 'kernel'
import { resources } from 'azure-clients'
import { explainMisnamed, suggest, toSentence, withSuggestion } from '../../../src/observe/named-resources.js'

describe('a suggestion', () => {
  it('is a name in which one letter was added, left out, replaced or swapped, in any letter case', () => {
    for (const asked of ['aks-prod-l', 'aks-pro-1', 'aks-prood-1', 'AKS-PORD-1'])
      expect(suggest(asked, ['other', 'aks-prod-1'])).toBe('did you mean aks-prod-1?')
    for (const asked of ['aks-prxx-1', 'aks', 'aks-prod-1']) expect(suggest(asked, ['aks-prod-1'])).toBe('')
  })

  it('is never the next number, and lists a few names', () => {
    expect(suggest('aks-01', ['aks-1', 'aks-02', 'aks-11'])).toBe('did you mean aks-1?')
    expect(suggest('aks-1', ['aks-01', 'aks-10'])).toBe('did you mean aks-01?')
    expect(suggest('aks-prod-1', ['aks-prod-2', 'aks-prod-11', 'aks-prod-'])).toBe('')
    expect(suggest('aks-x', ['aks-d', 'aks-c', 'aks-b', 'aks-a'])).toBe('did you mean aks-a or aks-b or aks-c?')
  })

  it('is a sentence behind an error, or alone', () => {
    const error = new ActionError('CLUSTER_NOT_FOUND', 'It is lost: there is none', {
      failure: 'It is lost',
      reason: 'there is none',
    })
    expect(withSuggestion(error, 'did you mean aks?')).toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
      message: 'It is lost: there is none. Did you mean aks?',
      reason: 'there is none',
    })
    expect(withSuggestion(error, '')).toBe(error)
    expect([toSentence('did you mean aks?'), toSentence('')]).toEqual([' Did you mean aks?', ''])
  })
})

describe('a refused resource', () => {
  const subscriptionId = '11111111-1111-4111-8111-111111111111'
  const idOf = (group: string, name: string): string =>
    `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/${name}`
  const asked = {
    subscriptionId,
    resourceGroup: 'rg-shop',
    type: 'Microsoft.ContainerService/managedClusters',
    name: 'aks-l',
  }
  const refusal = (code: string): ActionError =>
    new ActionError('AUTHORIZATION_FAILED', 'It is refused.', { azure: { status: 403, code, message: '' } })
  const explain = (seen: [group: string, name: string][], code = 'AuthorizationFailed') =>
    explainMisnamed(
      refusal(code),
      resources.cluster,
      asked,
      seen.map(([group, name]) => ({ id: idOf(group, name), name })),
    )

  it('was probably meant under a name that is near, or in another group', () => {
    const place = 'The signed-in identity can read no cluster aks-l in resource group rg-shop. Did you mean'
    expect(explain([['RG-Shop', 'aks-1']])).toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
      message: `${place} aks-1?`,
      isUnknowable: true,
    })
    expect(explain([['rg-b', 'AKS-L']])?.message).toBe(`${place} ${idOf('rg-b', 'AKS-L')}?`)
  })

  it('stays refused if nothing is near, if it is seen meanwhile, and if no role would help', () => {
    expect(explain([])).toBeUndefined()
    expect(explain([['rg-shop', 'web']])).toBeUndefined()
    expect(explain([['rg-shop', 'AKS-L']])).toBeUndefined()
    expect(explain([['rg-shop', 'aks-1']], 'DenyAssignmentAuthorizationFailed')).toBeUndefined()
  })
})
