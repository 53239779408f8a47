import { describe, expect, it } from 'vitest'
import { ActionError, printFix } from 'kernel'
import { unknowable } from '../src/other-tenant.js'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'

const subscriptionId = '11111111-1111-4111-8111-111111111111'
const id = `/subscriptions/${subscriptionId}/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/aks-theirs`

const cluster = { id, name: 'aks-theirs' }
const registry = {
  id: id.replace(/providers.*/, 'providers/Microsoft.ContainerRegistry/registries/theirs'),
  name: 'theirs',
}
const application = { clientId: 'the-client', isApplication: true } as const
const failure = 'It could not be done'
const explain = () => unknowable(failure, cluster, { who: 'its identity kubelet' })

const catalogue: Record<string, ActionError> = {
  'an identity can not be given access across tenants': explain(),
  'an application can, if it is multi-tenant': unknowable(failure, cluster, { who: 'aks-theirs' }, application),
  'a known reason is said of a cluster': unknowable(failure, cluster, { reason: 'it is elsewhere' }),
  'and of an application': unknowable(failure, cluster, { reason: 'it is elsewhere' }, application),
  'a registry is named as the one of another tenant': unknowable(failure, registry, {
    reason: 'theirs belongs to another tenant',
  }),
}

describe('what only another tenant knows', () => {
  it('is told as in other-tenant.txt', () => {
    const show = ({ code, subject, message, fix }: ActionError) => [
      `${code}, ${subject ?? ''}`,
      message,
      sayScopes(printFix(fix)),
    ]
    return expect(printCatalogue(catalogue, show)).toMatchFileSnapshot('other-tenant.txt')
  })

  it('is no failure that recovers, and is distinguished from what was deleted', () => {
    expect(Object.values(catalogue).map(({ isUnknowable, recovers }) => [isUnknowable, recovers])).toEqual(
      Array(5).fill([true, false]),
    )
    expect(catalogue['a registry is named as the one of another tenant']?.resource).toBe(registry.id)
    expect(explain().with({ subject: 'other' }).isUnknowable).toBe(true)
    expect(new ActionError('PRINCIPAL_NOT_FOUND', 'There is none').detail).toBeUndefined()
  })
})
