import { ActionError, toFixJson } from 'kernel'
import { describe, expect, it } from 'vitest'
import { builtInRoles, type RoleDefinition } from '../src/roles.js'
import { describeIgnored, isSameLabel, labelOf } from '../src/registry.js'
import { offerOf, phaseOf, principalOf, pullsAsServiceAccounts, type NodeIdentity } from '../src/target.js'
import { realRegistry, realTarget } from '../../../__tests__/support/observed.js'

describe('the phase of a resource', () => {
  it.each([
    ['Creating', 'creating'],
    ['creating', 'creating'],
    ['Deleting', 'deleting'],
    ['Succeeded', undefined],
    ['Updating', undefined],
    [undefined, undefined],
  ])('in the provisioning state %s is %s', (state, phase) => {
    expect(phaseOf(state)).toBe(phase)
  })
})

describe('what the nodes of a cluster offer to a registry', () => {
  const { identity } = realTarget()
  const asAccounts = (isEnabled: boolean, defaultIdentityId = '') => ({
    serviceAccountPull: { value: { isEnabled, defaultIdentityId } },
  })
  const unread = new ActionError('AUTHORIZATION_FAILED', 'no')
  it.each<[string, Omit<Parameters<typeof offerOf>[0], 'identity'>, boolean, ReturnType<typeof offerOf>]>([
    ['a token of the kubelet identity', {}, false, 'exchange'],
    ['the secret of its application', {}, true, 'secret'],
    ['a token of the identity for service accounts', asAccounts(true, '/id'), false, 'service-account'],
    ['nothing, if service accounts have no identity', asAccounts(true), true, 'none'],
    ['the same as before, if Azure did not say', { serviceAccountPull: { error: unread } }, false, 'exchange'],
    ['the same as before, if it does not pull as service accounts', asAccounts(false, '/id'), false, 'exchange'],
  ])('is %s', (_, more, isApplication, offer) => {
    const target = { identity: { ...identity, ...(isApplication && { isApplication }) }, ...more }
    expect(offerOf(target)).toBe(offer)
    expect(pullsAsServiceAccounts(target)).toBe(offer === 'service-account' || offer === 'none')
  })
})

describe('the principal that nodes pull with', () => {
  const applications = new Map([['client-1', 'object-1']])
  it.each<[NodeIdentity, string]>([
    [{ kind: 'managed-identity', objectId: 'object-2', clientId: 'client-1', resourceId: '/id' }, 'object-2'],
    [{ kind: 'service-principal', clientId: 'Client-1' }, 'object-1'],
    [{ kind: 'moving', clientId: 'client-1' }, 'object-1'],
    [{ kind: 'service-principal', clientId: 'client-9' }, ''],
    [{ kind: 'creating' }, ''],
    [{ kind: 'none' }, ''],
  ])('of %j is %j', (by, principal) => {
    expect(principalOf(by, applications)).toBe(principal)
  })
})

describe('a role that does not allow pulling', () => {
  const { acrPull, repositoryReader } = builtInRoles
  const registry = realRegistry()
  const of = (
    roleAssignmentMode: 'ABAC' | 'RBAC',
    role: RoleDefinition = { id: '/1', name: 'Shop Reader', permissions: [] },
  ) => describeIgnored(role, { ...registry, roleAssignmentMode })
  const show = `az role definition list --name 'Shop Reader' --subscription ${registry.subscriptionId}`

  it.each([
    ['RBAC', 'AcrPull', 'action Microsoft.ContainerRegistry/registries/pull/read'],
    ['ABAC', repositoryReader.name, 'data action Microsoft.ContainerRegistry/registries/repositories/content/read'],
  ] as const)('in %s mode lacks an action, or another role has to be assigned', (mode, instead, lacked) => {
    const { said, advice } = of(mode)
    expect(said).toEqual({
      what: `Shop Reader does not allow pulling from contosoacr, which is in ${mode} mode`,
      why: `it lacks the ${lacked}`,
    })
    expect(toFixJson(advice)).toMatchObject({
      text: `Use role: auto, which assigns ${instead} there. If it is a custom role that should allow it, add the action again. What it allows:`,
      commands: [show],
    })
  })

  it('is only the wrong one if it allows it in the other mode', () => {
    const { said, advice } = describeIgnored(acrPull, { ...registry, roleAssignmentMode: 'ABAC' })
    expect(said).toEqual({ what: 'AcrPull does not allow pulling from contosoacr, which is in ABAC mode' })
    expect(toFixJson(advice)).toMatchObject({
      text: 'Use role: auto, which assigns Container Registry Repository Reader there.',
      commands: [],
    })
  })
})

describe('the label of a registry', () => {
  it('is the same in its name, its login server, its regional endpoint and its resource ID', () => {
    const names = ['ContosoAcr', 'contosoacr.azurecr.io', 'contosoacr.westeurope.geo.azurecr.io', realRegistry().id]
    expect(new Set(names.map(labelOf))).toEqual(new Set(['contosoacr']))
  })

  it('can have a hash in the login server that the name does not have', () => {
    expect(isSameLabel('contosoacr-a1b2', 'contosoacr')).toBe(true)
    expect(isSameLabel('contosoacr', 'contosoacr-a1b2')).toBe(true)
    expect(isSameLabel('contosoacr-a1b2', 'contosoacr-c3d4')).toBe(false)
    expect(isSameLabel('contosoacr', 'contoso')).toBe(false)
    expect(isSameLabel('contosoacr', 'contosoacr2-a1b2')).toBe(false)
  })
})
