// What is found of what the inputs ask for: what `*` stands for, what is under way, and what a list may lack.
import { describe, expect, it } from 'vitest'
import { builtInRoles, findAccess } from 'azure'
import type { AzureContext } from 'azure-clients'
import type { Finding } from 'kernel'
import { listEach } from '../../../src/observe/assignment-lists.js'
import type { Waiting } from '../../../src/observe/identities.js'
import { lookAtIdentities } from '../../../src/observe/identity-states.js'
import { findRegistries } from '../../../src/observe/registries.js'
import { findRole } from '../../../src/observe/roles.js'
import { findTargets } from '../../../src/observe/targets.js'
import { answering } from '../../support/answering.js'
import { assignmentBody, idOf, realRegistry, realTarget, sampleAssignment } from '../../support/observed.js'
import { sampleInputs } from '../../support/sample.js'

const [registry, target] = [realRegistry(), realTarget()]
const { subscriptionId } = registry
type Answers = Parameters<typeof answering>[0]
type Mode = (typeof sampleInputs)['mode']

const every = (text = '') => ({
  ...{ kind: 'all' as const, text: '*', resourceGroup: 'rg-shop' },
  filters: text ? [{ kind: 'not' as const, name: text, text: `!${text}` }] : [],
})
/** A cluster as Azure answers, with an identity unless it is none yet. */
const cluster = (name: string, provisioningState = 'Succeeded', more: object = {}) => ({
  ...{ id: target.id.replace('aks-prod-1', name), name, location: 'westeurope' },
  identity: { type: 'SystemAssigned' },
  properties: {
    provisioningState,
    identityProfile: { kubeletidentity: { objectId: 'o', clientId: 'c', resourceId: '/id' } },
    ...more,
  },
})
const early = { identityProfile: undefined }
const listOf = (...value: object[]) => ({ '/managedclusters?': { value } })

/** The targets that are found, each by name or by the code of its error, with what the list of them says. */
async function find(
  mode: Mode,
  answers: Answers,
  clusters: (typeof sampleInputs)['clusters'],
  beside: object = { lookups: [{ value: {} }], problems: [] },
) {
  const { azure: answered, clock } = answering(answers)
  const azure = { ...answered, tenantId: 'own' } as AzureContext
  const startedAt = clock.now()
  const waiting = { clock, onIdentity: () => undefined, beside: Promise.resolve(beside) } as unknown as Waiting
  const inputs = { ...sampleInputs, mode, subscriptionId, clusters, timeoutMs: 60_000 }
  const { lookups, leftOut, findings, searched, problems } = await findTargets(azure, inputs, waiting)
  return {
    ends: lookups.map(({ value, error }) => error?.code ?? value?.name),
    by: lookups.map(({ value }) => value?.identity.objectId),
    leftOut: leftOut.map(({ name }) => name),
    codes: findings.map(({ code }) => code),
    searched: searched.length,
    problems: problems.length,
    seconds: (clock.now() - startedAt) / 1000,
  }
}

describe('* stands for', () => {
  const [a, making, leaving] = [cluster('a'), cluster('b', 'Creating', early), cluster('c', 'Deleting')]
  const made = cluster('b', 'Creating')
  const codes: Finding['code'][] = ['FILTER_WITHOUT_EFFECT']
  const unknown = 'AUTHORIZATION_FAILED'
  /** By the list, or its refusal, and the answer about a cluster that need not exist. */
  it.each<[string, Mode, object[] | number, number, string[], Partial<Awaited<ReturnType<typeof find>>>]>([
    ['all that stay', 'check', [a, making, leaving], 404, ['a'], { leftOut: ['b', 'c'], codes: [], searched: 1 }],
    ['what is being created, if an attach finds no other', 'attach', [made, leaving], 404, ['b'], { leftOut: ['c'] }],
    ['nothing to a check, if it is being created', 'check', [made], 404, [], { leftOut: ['b'], codes }],
    ['nothing, if there is none', 'attach', [], 404, [], { codes }],
    ['what nobody knows, if a check can’t read all', 'check', [a], 403, ['a', unknown], { searched: 0 }],
    ['what nobody knows, if Azure does not say', 'check', [a], 500, ['a', 'AZURE_UNAVAILABLE'], { searched: 0 }],
    ['what is listed, to an attach', 'attach', [a], 403, ['a'], {}],
    ['what nobody knows, if an attach finds none', 'attach', [], 403, [unknown], { codes: [] }],
    ['what nobody knows, if the list is refused', 'attach', 403, 404, [unknown], {}],
  ])('%s', async (_, mode, listed, probed, ends, more) => {
    const list = typeof listed === 'number' ? { '/managedclusters?': listed } : listOf(...listed)
    expect(await find(mode, { ...list, '/anything': probed }, [every()])).toMatchObject({ ends, ...more })
  })

  it('what a filter keeps: what it leaves out may exist', async () => {
    const found = await find('check', listOf(a, cluster('d')), [every('a')])
    expect(found).toMatchObject({ ends: ['d'], searched: 0 })
  })
})

describe('a cluster that has no kubelet identity', () => {
  const making = cluster('aks-prod-1', 'Creating', early)
  /** It is so at first, and then as given. */
  const then = (next: object | number) => {
    let looks = 0
    return { '/managedclusters/aks-prod-1': () => ((looks += 1) === 1 ? making : next) }
  }
  const byId = [idOf(target.id)]
  const refused = { lookups: [{ value: {} }], problems: [{}] }
  const none = 'NO_KUBELET_IDENTITY'
  it.each<[string, Mode, object | number, string, boolean, object?]>([
    ['is waited for', 'attach', cluster('aks-prod-1', 'Creating'), 'aks-prod-1', true],
    ['is given up when its creation failed', 'attach', cluster('aks-prod-1', 'Failed', early), none, true],
    ['is given up when it is deleted', 'attach', cluster('aks-prod-1', 'Deleting', early), 'CLUSTER_STOPPED', true],
    ['is given up when it is gone', 'attach', 404, 'CLUSTER_NOT_FOUND', true],
    ['is waited for until timeout', 'attach', making, none, true],
    ['is not waited for by a check', 'check', cluster('aks-prod-1'), none, false],
    ['is not waited for if other inputs are refused', 'attach', cluster('aks-prod-1'), none, false, refused],
  ])('%s', async (_, mode, next, end, isWaited, beside) => {
    const { ends, seconds } = await find(mode, then(next), byId, beside)
    expect([ends, seconds > 0]).toEqual([[end], isWaited])
  })

  it('is not waited for if a line beside it is probably a typo', async () => {
    const answers = { ...listOf(cluster('aks-private')), ...then(cluster('aks-prod-1')) }
    expect(await find('attach', answers, [every('aks-privat'), ...byId])).toMatchObject({ problems: 1, seconds: 0 })
  })

  it.each([
    ['pulls as its application while that is known', 'app', ['aks-prod-1'], ['sp']],
    ['is unknown while that is not known', 'msi', ['NO_KUBELET_IDENTITY'], [undefined]],
  ])('and moves to managed identities %s', async (_, clientId, ends, by) => {
    const moving = cluster('aks-prod-1', 'Updating', { ...early, servicePrincipalProfile: { clientId } })
    const answers = { '/managedclusters/': moving, '/serviceprincipals?': { value: [{ id: 'sp' }] } }
    expect(await find('check', answers, byId)).toMatchObject({ ends, by })
  })

  it.each<[string, Answers, string]>([
    ['whose principal is gone', { '/serviceprincipals?': { value: [] } }, 'IDENTITY_NOT_FOUND'],
    ['whose principal can’t be read', { '/serviceprincipals?': 403 }, 'AUTHORIZATION_FAILED'],
  ])('but an application %s has none to pull with', async (_, graph, end) => {
    const old = {
      ...cluster('aks-prod-1', 'Succeeded', { ...early, servicePrincipalProfile: { clientId: 'app' } }),
      identity: { type: 'None' },
    }
    const own = { '/subscriptions?': { value: [{ subscriptionId, tenantId: 'own' }] } }
    expect(await find('attach', { '/managedclusters/': old, ...graph, ...own }, byId)).toMatchObject({ ends: [end] })
  })

  it.each([
    ['attach', ['CLUSTER_STOPPED']],
    ['check', ['CLUSTER_STOPPED']],
    ['detach', ['aks-prod-1']],
  ] as const)('or is being deleted is, in %s, %j', async (mode, ends) => {
    const answers = { '/managedclusters/': cluster('aks-prod-1', 'Deleting') }
    expect(await find(mode, answers, byId)).toMatchObject({ ends })
  })
})

describe('a cluster by name that a list lacks', () => {
  const named = [{ kind: 'name' as const, text: 'aks-prod-1', resourceGroup: '' }]
  const [gone, hidden] = ['CLUSTER_NOT_FOUND', { '/managedclusters/aks': 403 }]
  const elsewhere = { '/resources?': { data: [{ id: target.id.replace('rg-shop', 'rg-b') }] } }
  it.each<[string, Mode, Answers, string]>([
    ['is not found', 'check', {}, gone],
    ['is not found although another has its name', 'check', elsewhere, gone],
    ['is unknown to a check that can’t read all', 'check', hidden, 'AUTHORIZATION_FAILED'],
    ['is not found by an attach that can’t read all', 'attach', hidden, gone],
  ])('%s', async (_, mode, answers, end) => {
    const none = { ...listOf(), '/resources?': { data: [] } }
    expect(await find(mode, { ...answers, ...none }, named)).toMatchObject({ ends: [end] })
  })
})

describe('a registry by name', () => {
  const far = '22222222-2222-4222-8222-222222222222'
  const type = 'providers/Microsoft.ContainerRegistry/registries'
  const at = (group: string, subscription = subscriptionId) => ({
    id: `/subscriptions/${subscription}/resourceGroups/${group}/${type}/contosoacr`,
    ...{ name: 'contosoacr', sku: { name: 'Basic' }, location: 'westeurope' },
    properties: { loginServer: 'contosoacr-a1b2.azurecr.io' },
  })
  const listIn = (subscription: string) => `${subscription}/${type}?`.toLowerCase()
  const away = at('rg-far', far)
  const index = { '/resources?': { data: [{ ...away, loginServer: away.properties.loginServer }] } }
  const subscriptions = { '/subscriptions?': { value: [{ subscriptionId: far }] } }
  const nothing: Answers = { '/resources?': { data: [] }, '/registries?': { value: [] }, ...subscriptions }
  const [read, beside, own] = ['rg-far/providers', 'rg-shop/providers', listIn(subscriptionId)]
  const [gone, unknown] = ['REGISTRY_NOT_FOUND', 'AUTHORIZATION_FAILED']

  it.each<[string, Mode, Answers, string]>([
    ['is found by the index', 'attach', { ...index, [read]: away }, 'found'],
    [
      'is found by lists, if the index refuses',
      'attach',
      { '/resources?': 403, [listIn(far)]: { value: [away] } },
      'found',
    ],
    ['is not found, if the index has one that is gone', 'attach', index, gone],
    ['is unknown, if the index has one that can’t be read', 'check', { ...index, [read]: 403 }, unknown],
    ['is found although the own list is refused', 'attach', { [own]: 403, ...index, [read]: away }, 'found'],
    ['is unknown, if the own list is refused', 'attach', { [own]: 403 }, unknown],
    ['is found beside its cluster although no list has it', 'check', { [beside]: at('rg-shop') }, 'found'],
    ['is unknown, if it can’t be read beside its cluster', 'check', { [beside]: 403 }, unknown],
    ['is unknown to a check whose list may lack it', 'check', { 'groups/contosoacr/': 403 }, unknown],
    ['is not found by an attach whose list may lack it', 'attach', { 'groups/contosoacr/': 403 }, gone],
    ['is not found, if no list lacks anything', 'check', {}, gone],
  ])('%s', async (_, mode, answers, end) => {
    const others = Object.entries(nothing).filter(([part]) => !(part in answers))
    const { azure } = answering({ ...answers, ...Object.fromEntries(others) })
    const registries = [{ kind: 'name' as const, text: 'contosoacr' }]
    const inputs = { ...sampleInputs, mode, subscriptionId, registries, clusters: [idOf(target.id)] }
    const [{ value, error } = {}] = (await findRegistries(azure, inputs)).lookups
    expect(error?.code ?? (value ? 'found' : '')).toBe(end)
  })

  it.each([
    ['Contosoacr-a1b2.azurecr.io', 'contosoacr'],
    ['contosoacr.azurecr.io', undefined],
  ])('is found by its login server alone, which its name need not make: %s', async (text, name) => {
    const { azure } = answering({ '/registries?': { value: [at('rg-a')] } })
    const inputs = { ...sampleInputs, subscriptionId, registries: [{ kind: 'login-server' as const, text }] }
    expect((await findRegistries(azure, inputs)).lookups.map(({ value }) => value?.name)).toEqual([name])
  })
})

describe('the role assignments of registries of one resource group', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'].map(name => realRegistry(`contoso${name}`).id)
  const group = ids[0]?.replace(/\/providers.*/, '') ?? ''
  const list = (...scopes: string[]) => ({
    'rg-shop/providers/microsoft.authorization': {
      value: scopes.map(scope => assignmentBody(sampleAssignment(builtInRoles.acrPull, { scope }))),
    },
  })
  const refused = { 'rg-shop/providers/microsoft.authorization': 403 }

  /** The number of requests, and of the assignments that each has. */
  it.each<[string, number, Answers, number, number]>([
    ['are read at each of four', 4, {}, 4, 0],
    ['are read in one list of five, each its own', 5, list(...ids), 1, 1],
    ['are those of the group, too', 5, list(...ids, group), 1, 2],
    ['are read at each if the list of the group is refused', 5, refused, 6, 0],
  ])('%s', async (_, count, answers, requests, each) => {
    const { azure, asked } = answering({ ...answers, '/roleassignments': { value: [] } })
    const lists = await listEach(azure)(ids.slice(0, count))
    expect([asked.length, lists.map(({ value }) => value?.length)]).toEqual([requests, Array(count).fill(each)])
  })
})

describe('the kubelet identities of clusters', () => {
  const targets = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const { identity, ...more } = realTarget(`aks-${index}`)
      const resourceId = `/subscriptions/${subscriptionId}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i${index}`
      return { ...more, identity: { ...identity, resourceId } }
    })
  const list = '/userassignedidentities?'
  const listed = (shown: ReturnType<typeof targets>) => ({
    value: shown.map(({ identity }) => ({ id: identity.resourceId, properties: { principalId: identity.objectId } })),
  })
  it.each<[string, number, (all: ReturnType<typeof targets>) => Answers, number, string[]]>([
    ['are read one by one if they are four', 4, () => ({ '/userassignedidentities/': 403 }), 4, ['unknown']],
    ['are read in one list if they are five', 5, all => ({ [list]: listed(all) }), 1, ['alive']],
    [
      'that a list lacks are gone if Azure says so',
      6,
      ([, ...rest]) => ({ [list]: listed(rest) }),
      2,
      ['gone', 'alive'],
    ],
    [
      'are not asked for one by one if one is refused',
      9,
      () => ({ [list]: listed([]), identities: 403 }),
      2,
      ['unknown'],
    ],
  ])('%s', async (_, count, answers, asked, states) => {
    const all = targets(count)
    const { azure, asked: lines } = answering(answers(all))
    const found = await lookAtIdentities(azure, all)
    expect([lines.length, [...new Set(all.map(each => found.get(each)?.state))]]).toEqual([asked, states])
  })
})

describe('what Azure may leave out, or answer in another form', () => {
  const profiles = ['aadProfile', 'apiServerAccessProfile', 'bootstrapProfile', 'securityProfile', 'agentPoolProfiles']
  const parts = [...profiles, 'powerState', 'servicePrincipalProfile', 'nodeResourceGroup', 'networkProfile']
  it.each([null, undefined])('is each part of a cluster but its identity: %s', async value => {
    const without = Object.fromEntries(parts.map(part => [part, value]))
    const answers = { '/managedclusters/': cluster('aks-prod-1', 'Succeeded', without) }
    expect(await find('check', answers, [idOf(target.id)])).toMatchObject({ ends: ['aks-prod-1'], by: ['o'] })
  })

  it.each<[Mode, string, string]>([
    ['attach', 'SomethingNew', 'AZURE_REFUSED'],
    ['check', 'SomethingNew', 'AZURE_REFUSED'],
    ['detach', 'SomethingNew', 'found'],
    ['attach', 'legacyregistrypermissions', 'found'],
  ])('is the mode of a registry: in %s, %s is %s', async (mode, roleAssignmentMode, end) => {
    const { id, name, loginServer } = registry
    const properties = { loginServer, roleAssignmentMode }
    const { azure } = answering({ '/registries/': { id, name, location: '', sku: { name: 'Basic' }, properties } })
    const [{ value, error } = {}] = (await findRegistries(azure, { ...sampleInputs, mode, registries: [idOf(id)] }))
      .lookups
    expect(error?.code ?? (value && 'found')).toBe(end)
  })

  it.each([
    ['Enabled', {}, false],
    ['SecuredByPerimeter', {}, true],
    ['securedbyperimeter', {}, true],
    ['SomethingNew', {}, true],
    ['Enabled', { networkRuleSet: { defaultAction: 'Deny' } }, true],
  ])('is the network of a registry: %s, %j', async (publicNetworkAccess, more, isLimited) => {
    const { id, name, loginServer } = registry
    const properties = { loginServer, publicNetworkAccess, ...more }
    const { azure } = answering({ '/registries/': { id, name, location: '', sku: { name: 'Premium' }, properties } })
    const [{ value } = {}] = (await findRegistries(azure, { ...sampleInputs, registries: [idOf(id)] })).lookups
    expect(value?.firewall === true || value?.otherNetworkAccess !== undefined).toBe(isLimited)
  })

  it('are scope, type of principal and letter case of an assignment', async () => {
    const roleDefinitionId = `/PROVIDERS/Microsoft.Authorization/roleDefinitions/${builtInRoles.acrPull.id.toUpperCase()}`
    const id = `${registry.id.toUpperCase()}/providers/Microsoft.Authorization/roleAssignments/1`
    const value = [{ id, properties: { roleDefinitionId, principalId: target.identity.objectId.toUpperCase() } }]
    const [list] = await listEach(answering({ '/roleassignments': { value } }).azure)([registry.id])
    const roles = new Map([[builtInRoles.acrPull.id, builtInRoles.acrPull]])
    const grant = { role: builtInRoles.acrPull, repositories: [] }
    expect(findAccess(target, registry, list?.value ?? [], { roles, grant })).toMatchObject({ grantedBy: 'direct' })
  })

  it('are the empty lists of a role, which is found by its exact name', async () => {
    const named = (name: string, roleName: string, actions: string[]) => {
      const permissions = [{ actions, notActions: null, dataActions: null, notDataActions: null }]
      return { id: `/x/${name}`, name, properties: { roleName, permissions } }
    }
    const pull = 'Microsoft.ContainerRegistry/registries/pull/read'
    const value = [named('1', 'Image puller and more', ['*']), named('2', 'image puller', [pull])]
    const inputs = { ...sampleInputs, role: { kind: 'name' as const, name: 'Image puller' } }
    const { value: found } = await findRole(answering({ '/roledefinitions': { value } }).azure, registry, inputs)
    expect(found?.id).toBe('2')
  })
})
