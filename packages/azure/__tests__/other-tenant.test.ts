import { describe, expect, it } from 'vitest'
import { ActionError } from 'kernel'
import { unknowable } from '../src/other-tenant.js'

const subscriptionId = '11111111-1111-4111-8111-111111111111'
const id = `/subscriptions/${subscriptionId}/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/aks-theirs`

describe('an identity that only the directory of another tenant knows', () => {
  const explain = () =>
    unknowable(
      'Could not check whether aks-theirs should pull from contosoacr by its own role',
      { id, name: 'aks-theirs' },
      { who: 'its identity kubelet' },
    )

  it('is reported with what could not be done, and how to see its tenant', () => {
    const error = explain()
    expect(error.message).toBe(
      'Could not check whether aks-theirs should pull from contosoacr by its own role: its identity kubelet may belong to another tenant, ' +
        'whose directory this step does not see.',
    )
    expect(error).toMatchObject({ code: 'PRINCIPAL_NOT_FOUND', subject: 'aks-theirs', resource: id, recovers: false })
    expect(error.fix.commands).toEqual([
      `az account show --subscription ${subscriptionId} --query homeTenantId --output tsv`,
    ])
  })

  it('comes with advice for the tenant that knows it', () => {
    expect(explain().fix.text).toMatch(/^Sign in to the tenant that aks-theirs belongs to \(input tenant-id\)\./)
  })

  it('comes with the way across tenants that an application has, and a managed identity has not', () => {
    const cluster = { id, name: 'aks-theirs' }
    const identity = { clientId: 'the-client', isApplication: true } as const
    for (const why of [{ who: 'aks-theirs' }, { reason: 'it is elsewhere' }]) {
      const texts = [unknowable('f', cluster, why), unknowable('f', cluster, why, identity)].map(({ fix }) => fix.text)
      expect(texts[0]).toMatch(/managed identity can't be given access across tenants: .*import the images/)
      expect(texts[1]).toMatch(/service principal can be given access across tenants: .*the-client multi-tenant/)
      expect(texts[1]).not.toContain('managed identity')
    }
  })

  it('is distinguished from one that was deleted', () => {
    expect(explain().isUnknowable).toBe(true)
    expect(explain().with({ subject: 'other' }).isUnknowable).toBe(true)
    expect(new ActionError('PRINCIPAL_NOT_FOUND', 'There is none.').detail).toBeUndefined()
  })
})

describe('a registry of another tenant', () => {
  it('is reported with what could not be done, why, and how to see its tenant', () => {
    const registry = {
      id: id.replace(/providers.*/, 'providers/Microsoft.ContainerRegistry/registries/theirs'),
      name: 'theirs',
    }
    const error = unknowable('AcrPull on theirs for aks-1 could not be created', registry, {
      reason: 'theirs belongs to another tenant',
    })
    expect(error.message).toBe('AcrPull on theirs for aks-1 could not be created: theirs belongs to another tenant.')
    expect(error).toMatchObject({
      code: 'PRINCIPAL_NOT_FOUND',
      subject: 'theirs',
      resource: registry.id,
      recovers: false,
    })
    expect(error.fix.commands).toEqual([
      `az account show --subscription ${subscriptionId} --query homeTenantId --output tsv`,
    ])
    expect(error.fix.text).toMatch(
      /import the images into a registry in the tenant of the cluster\. The tenant of theirs:$/,
    )
    expect(error.isUnknowable).toBe(true)
  })
})
