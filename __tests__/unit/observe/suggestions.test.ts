import { describe, expect, it } from 'vitest'
import { ActionError, fix } from 'kernel'
import { resources, type AzureContext } from 'azure-clients'
import type { Result } from 'run-model'
import {
  explainMisnamed,
  notListed,
  suggest,
  toSentence,
  withSuggestion,
} from '../../../src/observe/named-resources.js'
import { adviseOnRights } from '../../../src/observe/rights.js'
import { createFakeClock } from '../../support/fake-clock.js'

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
    const error = new ActionError('CLUSTER_NOT_FOUND', { what: 'It is lost', why: 'there is none' })
    expect(withSuggestion(error, 'did you mean aks?')).toMatchObject({
      code: 'CLUSTER_NOT_FOUND',
      message: 'It is lost: there is none. Did you mean aks?',
      said: { what: 'It is lost', why: 'there is none' },
    })
    expect(withSuggestion(error, '')).toBe(error)
    expect([toSentence('did you mean aks?'), toSentence('')]).toEqual(['Did you mean aks?', ''])
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
    new ActionError('AUTHORIZATION_FAILED', 'It is refused', { azure: { status: 403, code, message: '' } })
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

describe('a registry whose name is probably a typo', () => {
  it('needs no permission, so nobody is asked what the identity may do', async () => {
    const error = notListed('registry', 'There is no registry contosoarc', {
      subject: 'contosoarc',
      fix: fix('Correct it.'),
      names: ['contosoacr'],
    })
    const inputs = {
      mode: 'check',
      verify: 'assignment',
      clusters: [],
      registries: [{ kind: 'name', text: 'contosoarc' }],
    }
    const observed = { targets: [], registries: [{ asked: 'contosoarc', error }] }
    const result = { run: { inputs, observed }, errors: [error], findings: [], images: [] } as unknown as Result
    // Has no client: a request would fail.
    const azure = { clients: { caller: { objectId: 'o', name: 'n' } } } as unknown as AzureContext
    const deps = { clock: createFakeClock(), log: { debug: () => undefined } } as unknown as Parameters<
      typeof adviseOnRights
    >[2]
    expect(await adviseOnRights(azure, result, deps)).toBe(result)
    const unseen = { ...result, errors: [error.with({ detail: undefined })] }
    await expect(adviseOnRights(azure, unseen, deps)).rejects.toThrow(TypeError)
  })
})
