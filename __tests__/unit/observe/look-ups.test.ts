import { describe, expect, it } from 'vitest'
import { builtInRoles } from 'azure'
import { dayMs } from 'kernel'
import { lookAgain } from '../../../src/observe/look-again.js'
import { misnamed } from '../../../src/observe/named-resources.js'
import { findPullers } from '../../../src/observe/pullers.js'
import { findRegistries } from '../../../src/observe/registries.js'
import { findRole } from '../../../src/observe/roles.js'
import { findTargets } from '../../../src/observe/targets.js'
import { answering } from '../../support/answering.js'
import { idOf, realRegistry, realTarget, sampleAssignment, sampleObservedPair } from '../../support/observed.js'
import { sampleInputs, samplePair, sampleRun } from '../../support/sample.js'

const registry = realRegistry()
const target = realTarget()
const { subscriptionId } = registry
const modes = ['attach', 'check', 'detach'] as const
const raw = { id: registry.id, name: registry.name, sku: { name: 'Basic' }, location: 'westeurope' }
const rawRegistry = (properties = {}) => ({ ...raw, properties: { loginServer: registry.loginServer, ...properties } })
const rawCluster = (objectId: string, more: object = {}) => ({
  ...{ id: target.id, name: target.name, location: 'westeurope' },
  properties: { provisioningState: 'Succeeded', identityProfile: { kubeletidentity: { objectId } }, ...more },
})

describe('repositories at a registry in RBAC mode', () => {
  const { azure } = answering({})
  const repositories = [{ text: 'team/*' }] as never
  const find = async (mode: (typeof modes)[number], kind: 'auto' | 'both') =>
    (await findRole(azure, registry, { ...sampleInputs, mode, repositories, role: { kind } })).error?.code

  it.each(modes)('are refused in %s', async mode => {
    expect(await find(mode, 'auto')).toBe('INVALID_INPUT')
  })

  it('are the limit of the other role with both, except where nothing is assigned', async () => {
    expect(await Promise.all(modes.map(mode => find(mode, 'both')))).toEqual([undefined, undefined, 'INVALID_INPUT'])
  })
})

describe('a role of the inputs', () => {
  const abac = { ...registry, roleAssignmentMode: 'ABAC' as const }
  const custom = {
    id: '/x/custom',
    name: 'custom',
    properties: { roleName: 'Mine', type: 'CustomRole', permissions: [] },
  }
  const [mine, gone] = [{ '/roledefinitions': { value: [custom] } }, { '/roledefinitions': { value: [] } }]
  const named = (name: string) => ({ kind: 'name' as const, name })
  it.each([
    ['that does not exist is refused', gone, named('Mine'), 'attach', 'INVALID_INPUT'],
    ['whose ID does not exist is refused', {}, { kind: 'id' as const, id: 'x' }, 'attach', 'INVALID_INPUT'],
    [
      "that can't be read is not",
      { '/roledefinitions': 403 },
      { kind: 'id' as const, id: 'x' },
      'attach',
      'AUTHORIZATION_FAILED',
    ],
    ['that the mode ignores is refused', {}, named('AcrPull'), 'attach', 'INVALID_INPUT'],
    ['that the mode ignores is drift in check', {}, named('AcrPull'), 'check', undefined],
    ['of somebody that no longer pulls is refused', mine, named('Mine'), 'attach', 'INVALID_INPUT'],
    ['of somebody that no longer pulls is drift in check', mine, named('Mine'), 'check', undefined],
  ] as const)('%s', async (_, answers, role, mode, code) => {
    expect((await findRole(answering(answers).azure, abac, { ...sampleInputs, mode, role })).error?.code).toBe(code)
  })
})

describe('a cluster', () => {
  const cluster = target.id.slice(target.id.indexOf('/resource')).toLowerCase()
  const near = { ...rawCluster('o'), id: target.id.replace('prod-1', 'prd-1'), name: 'aks-prd-1' }
  const find = async (answers: Parameters<typeof answering>[0], mode: 'attach' | 'check' | 'detach' = 'check') => {
    const inputs = { ...sampleInputs, mode, clusters: [idOf(target.id)] }
    return (await findTargets(answering(answers).azure, inputs, {} as never)).lookups[0]
  }

  it.each([
    ['misspelled, if one that is near can be read', [near], 'CLUSTER_NOT_FOUND', misnamed],
    ['refused, if none is near', [], 'AUTHORIZATION_FAILED', undefined],
    ['refused, if it is in the list', [near, rawCluster('o')], 'AUTHORIZATION_FAILED', undefined],
  ])("that can't be read is %s", async (_, value, code, detail) => {
    const found = await find({ [cluster]: 403, '/managedclusters?': { value } })
    expect([found?.error?.code, found?.error?.detail]).toEqual([code, detail])
  })

  it.each([
    [[12], false],
    [[31], undefined],
    [[30, 300], false],
    [[-3, 300], true],
    [[-30, 300], true],
    [[-31, 300], undefined],
    [[-31], true],
    [[12], undefined, 'detach' as const],
  ])('with a service principal needs attention if its secrets end in %j days: %s', async (days, hasEnded, mode?) => {
    const now = answering({}).clock.now()
    const passwordCredentials = days.map(day => ({ endDateTime: new Date(now + day * dayMs).toISOString() }))
    const found = await find(
      {
        '/serviceprincipals?': { value: [{ id: 'o' }] },
        '/applications?': { value: [{ id: 'a', passwordCredentials }] },
        [cluster]: { ...rawCluster(''), properties: { servicePrincipalProfile: { clientId: 'c' } } },
      },
      mode,
    )
    expect(found?.value?.identity.objectId).toBe('o')
    expect(found?.value?.identity.secret?.value?.hasEnded).toBe(hasEnded)
  })
})

describe('a cluster by name, without a resource group', () => {
  const called = (name: string, group: string) => ({
    ...rawCluster('o'),
    id: target.id.replace('rg-shop', group).replace(target.name, name),
    name,
  })
  it.each([
    ['is found in the subscription, in any letter case', [called('AKS-Prod-1', 'a'), called('aks-2', 'a')], 'found'],
    ['is an error where there are two', [called(target.name, 'a'), called(target.name, 'b')], 'AMBIGUOUS_NAME'],
    ['is an error where there is none', [called('aks-2', 'a')], 'CLUSTER_NOT_FOUND'],
  ])('%s', async (_, value, end) => {
    const { azure } = answering({ '/managedclusters?': { value }, '/resources?': { data: [] } })
    const clusters = [{ kind: 'name' as const, text: target.name, resourceGroup: '' }]
    const { lookups } = await findTargets(azure, { ...sampleInputs, subscriptionId, clusters }, {} as never)
    expect(lookups.map(({ value: found, error }) => error?.code ?? (found ? 'found' : ''))).toEqual([end])
  })
})

describe('a registry', () => {
  const find = async (answer: number | object, more: Partial<typeof sampleInputs>, kind: 'id' | 'name' = 'id') => {
    const { azure } = answering({ '/resources?': { data: [] }, [`/registries/${registry.name}?`]: answer })
    const named = { kind: 'name' as const, text: registry.name }
    const registries = [kind === 'id' ? idOf(registry.id) : named]
    const { lookups } = await findRegistries(azure, { ...sampleInputs, subscriptionId, registries, ...more })
    const [{ value, error } = {}] = lookups
    return error?.code ?? (value?.exists ? 'found' : 'planned')
  }
  const createRegistry = { sku: 'Basic', location: '' }

  it.each([
    ['attach', 'planned'],
    ['check', 'planned'],
    ['detach', 'REGISTRY_NOT_FOUND'],
  ] as const)('that does not exist and is to be created is, in %s, %s', async (mode, end) => {
    expect(await find(404, { mode, createRegistry })).toBe(end)
  })

  it('that does not exist is not found unless it is to be created, and given by its ID', async () => {
    expect(await find(404, {})).toBe('REGISTRY_NOT_FOUND')
    expect(await find(404, { createRegistry }, 'name')).toBe('REGISTRY_NOT_FOUND')
  })

  it.each([
    ['Deleting', 'attach', 'AZURE_REFUSED'],
    ['Deleting', 'check', 'AZURE_REFUSED'],
    ['Deleting', 'detach', 'found'],
    ['Creating', 'attach', 'found'],
    ['Creating', 'check', 'AZURE_REFUSED'],
    ['Creating', 'detach', 'found'],
  ] as const)('that is %s is, in %s, %s', async (provisioningState, mode, end) => {
    expect(await find(rawRegistry({ provisioningState }), { mode })).toBe(end)
  })
})

describe('a detach', () => {
  const away = '/subscriptions/22222222-2222-4222-8222-222222222222'
  const identity = {
    ...target,
    kind: 'kubelet-identity' as const,
    id: `${away}/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i`,
  }
  const pull = sampleAssignment(builtInRoles.acrPull)
  const pullers = async (more: Partial<typeof target>, inputs = {}, answers = {}) => {
    const own = { value: [rawCluster(target.identity.objectId)] }
    const base = {
      '/resources?': { data: [] },
      [`/${subscriptionId}/providers`]: own,
      '/managedclusters?': { value: [] },
    }
    const { azure, asked } = answering({ ...base, ...answers })
    const pair = sampleObservedPair([pull], { target: { ...identity, ...more } })
    const [found] = (await findPullers(azure, [pair], { ...sampleInputs, subscriptionId, ...inputs })).values()
    const lists = asked.filter(line => line.includes('/managedclusters?')).map(line => line.split('/')[4])
    return {
      found: found?.found.map(({ id }) => id),
      errors: found?.errors.map(({ code }) => code),
      lists: new Set(lists),
    }
  }

  const far = `/subscriptions/33333333-2222-4222-8222-222222222222/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/far`
  const row = { id: far, name: 'far', objectId: target.identity.objectId }
  const closed = { [`/${subscriptionId}/providers`]: 403, '/managedclusters?': 403 }
  const indexed = (answer: number | object) => ({ '/resources?': { data: [row] }, '/managedclusters/far': answer })
  it.each<[string, Parameters<typeof pullers>, string[], string[]]>([
    [
      'names a cluster of another subscription that pulls with it',
      [{}, {}, indexed({ ...rawCluster(target.identity.objectId), id: far, name: 'far' })],
      [target.id, far],
      [],
    ],
    ['leaves out one that is gone, whatever the index says', [{}, {}, indexed(404)], [target.id], []],
    ["doubts one that can't be read, and names it", [{}, {}, indexed(403)], [target.id, far], ['AUTHORIZATION_FAILED']],
    ["doubts a list that can't be read", [{}, {}, closed], [], ['AUTHORIZATION_FAILED', 'AUTHORIZATION_FAILED']],
    ['has no doubt about the identity that AKS made', [{ ownsIdentity: true }, {}, closed], [], []],
  ])('%s', async (_, given, expected, codes) => {
    const { found, errors } = await pullers(...given)
    expect([found, errors]).toEqual([expected, codes])
  })

  it('from an identity of another subscription sees the clusters of both', async () => {
    const { found, lists } = await pullers({})
    expect(found).toEqual([target.id])
    expect(lists).toEqual(new Set([subscriptionId, away.slice(-36)]))
  })

  it('without a subscription, and of a cluster, lists those of the targets alone', async () => {
    expect((await pullers({}, { subscriptionId: '' })).lists).toEqual(new Set([away.slice(-36)]))
    expect((await pullers({ kind: 'cluster' })).lists).toEqual(new Set([away.slice(-36)]))
  })
})

describe('after a long wait, a pair', () => {
  const identityId = target.id.replace(/providers.*/, 'providers/Microsoft.ManagedIdentity/userAssignedIdentities/i')
  const ofIdentity = { ...target, identity: { ...target.identity, resourceId: identityId } }
  const look = async (cluster: number | object, ofRegistry: number | object, principalId: string, more: object) => {
    const identity = { id: identityId, location: 'westeurope', properties: { principalId } }
    const answers = { '/managedclusters/': cluster, '/registries/': ofRegistry }
    const { azure } = answering({ ...answers, '/userassignedidentities/': principalId ? identity : 404 })
    const pair = { ...samplePair({}, ofIdentity, { ...registry, createdAt: '2026-01-01' }), ...more }
    const run = sampleRun([pair], { verifications: new Map([[pair, { verified: 'assignment' }]]) })
    const { verifications } = await lookAgain(azure, run, sampleInputs, { ageMs: 60_000, meanwhile: [] })
    const { error, isBeyondRights } = verifications.get(pair) ?? {}
    return [error?.code, isBeyondRights]
  }
  const same = rawCluster(target.identity.objectId)
  const leaving = { provisioningState: 'Deleting' }
  const inAbac = { roleAssignmentMode: 'AbacRepositoryPermissions' }
  const anew = { creationDate: '2026-02-02' }

  const { objectId } = target.identity
  it.each([
    ['is as before', same, rawRegistry(), [undefined, undefined]],
    ['whose identity was recreated is not attached', same, rawRegistry(), ['PRINCIPAL_NOT_FOUND', undefined], 'other'],
    ['whose identity is gone is not attached', same, rawRegistry(), ['PRINCIPAL_NOT_FOUND', undefined], ''],
    [
      'that has the role of each mode loses nothing in the other one',
      same,
      rawRegistry(inAbac),
      [undefined, undefined],
      objectId,
      { nextRole: builtInRoles.repositoryReader },
    ],
    [
      'of a cluster that is being deleted has its roles',
      rawCluster('o', leaving),
      rawRegistry(),
      ['CLUSTER_STOPPED', true],
    ],
    ['at a registry that is being deleted has its roles', same, rawRegistry(leaving), ['AZURE_REFUSED', true]],
    [
      'of a cluster that was recreated is not attached',
      rawCluster('other'),
      rawRegistry(),
      ['PROPAGATION_TIMEOUT', undefined],
    ],
    ['of a cluster that is gone is not attached', 404, rawRegistry(), ['CLUSTER_NOT_FOUND', undefined]],
    ['at a registry in another mode is not attached', same, rawRegistry(inAbac), ['PROPAGATION_TIMEOUT', undefined]],
    ['at a registry that was recreated is not attached', same, rawRegistry(anew), ['PROPAGATION_TIMEOUT', undefined]],
    ['is as before if nothing can be read again', 500, 500, [undefined, undefined]],
  ])('%s', async (_, cluster, ofRegistry, end, principalId = objectId, more: object = {}) => {
    expect(await look(cluster, ofRegistry, principalId, more)).toEqual(end)
  })
})
