// What the signed-in identity can't see: its roles may be new, a directory is that of another tenant, and what a list omits may be there.
import { describe, expect, it } from 'vitest'
import { builtInRoles, normalizeId } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError, type Clock } from 'kernel'
import { listAtEach, listEach } from '../../../src/observe/assignment-lists.js'
import { findGone } from '../../../src/observe/gone.js'
import { observeGroup } from '../../../src/observe/group.js'
import { misnamed } from '../../../src/observe/named-resources.js'
import { awaited, mayBeUnseen, observeWithNewRoles } from '../../../src/observe/new-roles.js'
import { markConcealed } from '../../../src/observe/tenants.js'
import { answering } from '../../support/answering.js'
import {
  assignmentBody,
  idOf,
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
} from '../../support/observed.js'
import { sampleInputs } from '../../support/sample.js'

const [registry, target] = [realRegistry(), realTarget()]
const { acrPull, repositoryReader } = builtInRoles
const { subscriptionId } = registry
const { objectId } = target.identity
const [own, other] = ['own-tenant', 'other-tenant']
/** @param tenantId that of the subscription; empty if the list is refused */
const inTenant = (tenantId: string) => ({
  '/subscriptions?': tenantId ? { value: [{ subscriptionId, tenantId }] } : 403,
})
const ask = (answers: Parameters<typeof answering>[0]) => {
  const { azure, asked, clock } = answering(answers)
  return { azure: { ...azure, tenantId: own } as AzureContext, asked, clock }
}

describe('an error', () => {
  const azure = { status: 404, code: 'ResourceNotFound', message: 'No.' }
  it.each([
    ['a refusal', 'AUTHORIZATION_FAILED', {}, true],
    ['a refused name that is near another one', 'AUTHORIZATION_FAILED', { detail: misnamed }, false],
    ['a cluster that no list has', 'CLUSTER_NOT_FOUND', {}, true],
    ['a registry that no list has', 'REGISTRY_NOT_FOUND', {}, true],
    ["Azure's own not found", 'REGISTRY_NOT_FOUND', { azure }, false],
    ['an identity that no list has', 'IDENTITY_NOT_FOUND', {}, false],
  ] as const)('may be for want of a new role: %s', (_, code, details, expected) => {
    expect(mayBeUnseen(new ActionError(code, 'no', details))).toBe(expected)
  })
})

describe('an identity', () => {
  /** Observes a cluster and a registry by ID, of which the cluster is seen after some time. */
  async function observe(sees: { cluster: number; subscription: number }, timeoutMs = 900_000, newRole?: object) {
    let since = (): number => 0
    const after = (ms: number, answer: object, before: number | object) => () => (since() >= ms ? answer : before)
    const rawRegistry = { ...registry, sku: { name: 'Basic' }, properties: { loginServer: registry.loginServer } }
    const found = { id: target.id, name: target.name, location: 'westeurope' }
    const kubeletidentity = { objectId, clientId: 'c', resourceId: '/id' }
    const cluster = { ...found, properties: { provisioningState: 'Succeeded', identityProfile: { kubeletidentity } } }
    const { azure, clock } = ask({
      '/managedclusters/': after(sees.cluster, cluster, 403),
      '/roleassignments': 403,
      '/registries/': newRole ? rawRegistry : 403,
      '/subscriptions?': after(sees.subscription, { value: [{ subscriptionId }] }, { value: [] }),
    })
    const startedAt = clock.now()
    since = () => clock.now() - startedAt
    const explain = (error: ActionError) => Promise.resolve(error.with({ detail: 'explained' }))
    const newRoles = { ...azure.newRoles, explain, find: () => Promise.resolve(newRole), lookAlsoAt: () => undefined }
    const inputs = { ...sampleInputs, timeoutMs, clusters: [idOf(target.id)], registries: [idOf(registry.id)] }
    const limits = new Set<number>()
    const patience = {
      clock: clock as Clock,
      onIdentity: () => undefined,
      onRoles: (_: number, ms: number) => limits.add(ms),
    }
    const observed = await observeWithNewRoles({ ...azure, newRoles } as AzureContext, inputs, patience)
    return {
      waited: since() / 1000,
      limits: [...limits].map(ms => ms / 1000),
      ends: [...observed.targets, ...observed.registries, ...observed.lost].map(
        ({ error }) => error?.detail ?? error?.code ?? 'seen',
      ),
    }
  }

  it.each([
    ['that sees nothing is waited for two minutes', [Infinity, Infinity], 900, 120, [120], [awaited, awaited]],
    ['is waited for no longer than the timeout', [Infinity, Infinity], 30, 30, [30], [awaited, awaited]],
    ['is waited for until it sees something', [40, 40], 900, 40, [120], ['seen', 'AUTHORIZATION_FAILED']],
    ['that sees a cluster is not waited for', [0, Infinity], 900, 0, [], ['seen', 'AUTHORIZATION_FAILED']],
    [
      'that sees a subscription is not waited for',
      [Infinity, 0],
      900,
      0,
      [],
      ['AUTHORIZATION_FAILED', 'AUTHORIZATION_FAILED'],
    ],
  ] as const)('%s', async (_, [cluster, subscription], timeout, waited, limits, ends) => {
    const sees = { cluster: cluster * 1000, subscription: subscription * 1000 }
    expect(await observe(sees, timeout * 1000)).toEqual({ waited, limits, ends })
  })

  it('whose new role is not in effect in time is told so, also where it can’t list role assignments', async () => {
    const { ends } = await observe({ cluster: 0, subscription: 0 }, 900_000, { name: 'Reader' })
    expect(ends).toEqual(['seen', 'seen', 'explained'])
  })
})

describe('a registry in another subscription', () => {
  const far = { ...registry, subscriptionId: subscriptionId.replace('1', '2') }
  const held = sampleAssignment(acrPull)
  const both = { nextRole: repositoryReader }
  it.each([
    ['conceals roles of another tenant', 'check', other, [], {}, true],
    ['conceals roles where nobody says whose it is', 'check', '', [], {}, true],
    ['conceals nothing of the own tenant', 'check', own, [], {}, undefined],
    ['conceals nothing that is there', 'check', other, [held], {}, undefined],
    ['conceals the role of the other mode', 'check', other, [held], both, true],
    ['is no matter of attach', 'attach', other, [], {}, undefined],
  ] as const)('%s', async (_, mode, tenant, assignments, more, expected) => {
    const { azure } = ask(inTenant(tenant))
    const pair = sampleObservedPair([...assignments], { registry: far, ...more })
    const roles = sampleObserved([]).roles
    const [marked] = await markConcealed(azure, [pair], { ...sampleInputs, mode }, roles)
    expect(marked?.isConcealed).toBe(expected)
  })
})

describe('a kubelet identity that Azure did not show', () => {
  const second = { ...realTarget('aks-2'), identity: { ...target.identity, objectId: 'second' } }
  const gone = async (mode: 'attach' | 'check', answers: Parameters<typeof answering>[0], tenant = own) => {
    const observed = sampleObserved([target, second].map(each => sampleObservedPair([], { target: each })))
    const why = { state: 'unknown', why: 'no' } as const
    const identities = new Map([target, second].map(each => [each, why])) as never
    const { azure } = ask({ '/getbyids': { value: [] }, ...answers, ...inTenant(tenant) })
    const found = await findGone(azure, { ...observed, identities }, mode)
    return [target, second].map(each => found.identities.get(each)?.state)
  }
  const shown = { '/serviceprincipals/': { id: 'x' } }
  it.each([
    ['is gone if the directory does not have it, each of them', 'check', {}, own, ['gone', 'gone']],
    ['is foreign if its subscription is of another tenant', 'check', {}, other, ['foreign', 'foreign']],
    ['is foreign if nobody says whose its subscription is', 'check', {}, '', ['foreign', 'foreign']],
    ['is alive if the directory has it', 'check', shown, own, ['alive', 'alive']],
    ['stays unknown if the directory refuses', 'check', { '/serviceprincipals/': 403 }, own, [undefined, undefined]],
    ['is looked up in check alone', 'attach', {}, own, [undefined, undefined]],
  ] as const)('%s', async (_, mode, answers, tenant, expected) => {
    expect(await gone(mode, answers, tenant)).toEqual(expected)
  })
})

describe('the group of the inputs', () => {
  const members = async (answers: Parameters<typeof answering>[0]) => {
    const { azure } = ask({ ...answers, ...inTenant(own), '/roleassignments': { value: [] } })
    const inputs = { ...sampleInputs, group: sampleGroup }
    const { group } = await observeGroup(azure, [sampleObservedPair()], [objectId], listEach(azure), inputs)
    return group.error?.code ?? group.members.error?.code ?? [...(group.members.value ?? [])]
  }
  const isIn = { '/serviceprincipals/': { value: [sampleGroup] } }
  const isNot = { '/serviceprincipals/': { value: [] } }
  const [exists, listed] = [{ '/groups/': { id: sampleGroup } }, { '/groups/': { value: [{ id: objectId }] } }]
  it.each<[string, Parameters<typeof answering>[0], unknown]>([
    ['has the identity', isIn, [normalizeId(objectId)]],
    ['has not', { ...isNot, ...exists }, []],
    ['does not exist', isNot, 'PRINCIPAL_NOT_FOUND'],
    [
      "lists members where identities can't be read",
      { '/serviceprincipals/': 403, ...listed },
      [normalizeId(objectId)],
    ],
    ["can't be read", { '/serviceprincipals/': 403, '/groups/': 403 }, 'GROUP_ACCESS_DENIED'],
  ])('%s', async (_, answers, expected) => {
    expect(await members(answers)).toEqual(expected)
  })
})

describe('role assignments', () => {
  it('at a registry that the list of its resource group omits are listed there', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'].map(name => realRegistry(`contoso${name}`).id)
    const at = (index: number) => assignmentBody(sampleAssignment(acrPull, { scope: ids[index] ?? '' }))
    const { azure, asked } = ask({
      '/contosoe/': { value: [at(4)] },
      '/roleassignments': { value: [0, 1, 2, 3].map(at) },
    })
    const lists = await listEach(azure)(ids)
    expect(lists.map(({ value = [] }) => value.map(({ scope }) => scope))).toEqual(ids.map(id => [id]))
    expect(asked).toHaveLength(2)
  })

  it('of a group below the registry do not count', async () => {
    const below = sampleAssignment(acrPull, { principalId: sampleGroup, scope: `${registry.id}/tokens/t` })
    const here = sampleAssignment(acrPull, { principalId: sampleGroup })
    const { azure } = ask({ '/roleassignments': { value: [below, here].map(assignmentBody) } })
    const inputs = { ...sampleInputs, group: sampleGroup }
    const lists = await listAtEach(azure, [{ registry, role: acrPull }], [objectId], listEach(azure), inputs)
    expect([...lists.values()].map(({ value }) => value?.ofGroup.map(({ scope }) => scope))).toEqual([[registry.id]])
  })
})
