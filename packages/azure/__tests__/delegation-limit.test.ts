// What a refusal says that the condition of the signed-in identity's own role explains. The words are in delegation-limit.txt, which `npx vitest run -u` writes.
import { describe, expect, it } from 'vitest'
import { builtInRoles, delegationCondition, explainDelegationLimit } from 'azure'
import type { DelegatedAssignment, RoleAssignment } from 'azure'
import { ActionError, fix } from 'kernel'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers'
const registry = `${group}/Microsoft.ContainerRegistry/registries/contosoacr`
const [own, former] = ['22222222-2222-4222-8222-222222222222', '33333333-3333-4333-8333-333333333333']
const objectId = '44444444-4444-4444-8444-444444444444'
const caller = { type: 'ServicePrincipal' as const, objectId, name: 'gh-attach-acr' }
const write: DelegatedAssignment = {
  action: 'write',
  principalId: own,
  principalType: 'ServicePrincipal',
  roleId: builtInRoles.acrPull.id,
  targetId: `${group}/Microsoft.ContainerService/managedClusters/aks-prod-1`,
  name: 'aks-prod-1',
}
const administrator = (condition?: string, more: Partial<RoleAssignment> = {}): RoleAssignment => ({
  id: '1',
  scope: registry,
  principalId: caller.objectId,
  principalType: 'ServicePrincipal',
  roleId: builtInRoles.accessAdministrator.id,
  description: 'attach-acr for contoso/shop',
  updatedAt: Date.UTC(2026, 10, 25, 10),
  ...(condition && { condition }),
  ...more,
})
const toFormer = delegationCondition({ principalIds: [former] })
const byHand: Partial<RoleAssignment> = { description: 'by hand' }

const explain = (
  allowing: RoleAssignment[],
  { isNamed = true, ...more }: Partial<DelegatedAssignment> & { isNamed?: boolean } = {},
) => {
  const what = 'AcrPull on contosoacr for aks-prod-1 could not be created'
  const refusal = new ActionError('AUTHORIZATION_FAILED', { what, why: 'No' }, { resource: registry })
  const known = { allowing, caller, fix: fix('Allow it'), isNamed: () => Promise.resolve(isNamed) }
  return explainDelegationLimit(refusal, { ...write, ...more }, known)
}

describe('a refusal by a condition', () => {
  it('is explained as in delegation-limit.txt', async () => {
    const deleting = delegationCondition({ principalIds: [former], deletes: true })
    const cases: Record<string, Promise<ActionError>> = {
      'a cluster that was created anew has another identity': explain([administrator(toFormer)]),
      'a cluster that was never named is not called a new one': explain([administrator(toFormer)], { isNamed: false }),
      'a condition of somebody else is not called ours': explain([administrator(toFormer, byHand)]),
      'a set-up that deletes nothing says so': explain([administrator(toFormer)], { action: 'delete' }),
      'a deletion is of the identities that are named': explain([administrator(deleting)], { action: 'delete' }),
      'a group that is not named is told from a cluster': explain([administrator(toFormer)], {
        principalType: 'Group',
      }),
      'the youngest role decides about the day': explain([
        administrator(toFormer),
        administrator(toFormer, { updatedAt: Date.UTC(2026, 11, 1) }),
      ]),
      'no day is said that Azure does not say': explain([administrator(toFormer, { updatedAt: 0 })]),
      'a role that nobody could be given is no matter of the holder': explain([administrator(toFormer)], {
        roleId: builtInRoles.acrPush.id,
      }),
    }
    const told = await Promise.all(Object.entries(cases).map(async ([when, error]) => [when, await error] as const))
    const text = printCatalogue(Object.fromEntries(told), ({ message, detail = '' }) => `${detail}: ${message}`)
    await expect(text).toMatchFileSnapshot('delegation-limit.txt')
  })

  it.each([
    ['no role could allow it', []],
    ['the condition allows it', [administrator(delegationCondition({ principalIds: [own] }))]],
    ['another role has no condition', [administrator(toFormer), administrator()]],
    ['the condition is not understood', [administrator(toFormer.replaceAll('GuidEquals', 'GuidNotEquals'))]],
  ])('stays as it is if %s', async (_, allowing) => {
    expect((await explain(allowing)).said.why).toBe('No')
  })
})
