import { describe, expect, test } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import type { Registry, RoleAssignment } from 'azure'
import { toRegistry } from 'azure-clients/src/arm/registries.js'
import { findBarred, findPending, findSealed, listOutside } from '../src/pending.js'
import type { PulledImage } from '../src/probe-images.js'
import { sampleAccess, samplePair, sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const now = 100_000_000
const old = now - 16 * 60_000

test.each([
  [15, 'recent'],
  [15.01, 'nothing'],
])('of a grant that is %d minutes old, what may change is %s', (minutes, expected) => {
  const { assignment, ...access } = sampleAccess()
  const pair = samplePair({ access: { ...access, assignment: { ...assignment, updatedAt: now - minutes * 60_000 } } })
  expect(findPending({ pair, images: [], group: '' }, now)).toBe(expected)
})

describe('a refusal by address', () => {
  const isFinal = (more: Partial<Registry>, { isSettled = false, state = 'Running' } = {}): boolean => {
    const registry = { ...sampleRegistry(), changedAt: old, ...more }
    const settled = new Set(isSettled ? [registry.id] : [])
    return findBarred({ ...sampleTarget(), state }, [registry], settled, now).has(registry.id)
  }
  const disabled = { publicNetworkAccess: false }

  test.each([
    [disabled, true],
    [{ firewall: true }, true],
    // Other rules decide there, which this step does not read.
    [{ firewall: true, otherNetworkAccess: 'SecuredByPerimeter' }, false],
    [{}, false],
    [{ ...disabled, isChanging: true as const }, false],
    [{ ...disabled, changedAt: now - 60_000 }, false],
  ])('by %o is final while the role is new: %s', (registry, expected) => {
    expect(isFinal(registry)).toBe(expected)
  })

  test('is not final while the registry or the cluster is updated', () => {
    expect(isFinal({ ...disabled, isChanging: true }, { isSettled: true })).toBe(false)
    for (const state of ['Updating', 'Creating']) expect(isFinal(disabled, { state, isSettled: true })).toBe(false)
  })

  test('is final like a missing role if nothing is under way for the role, whatever the rules are', () => {
    expect(isFinal({}, { isSettled: true })).toBe(true)
    expect(isFinal({ changedAt: now - 60_000 }, { isSettled: true })).toBe(true)
  })

  test('by old rules is final without a date of theirs, too', () => {
    const { changedAt, ...undated } = { ...sampleRegistry(), ...disabled, changedAt: undefined }
    expect(changedAt).toBeUndefined()
    expect(findBarred(sampleTarget(), [undated], new Set(), now).has(undated.id)).toBe(true)
  })
})

describe('an answer of Azure about a registry', () => {
  const { id, loginServer } = sampleRegistry()
  const connection = (status: string, provisioningState = 'Succeeded') => ({
    properties: { privateLinkServiceConnectionState: { status }, provisioningState },
    systemData: { lastModifiedAt: '2026-11-25T10:00:00Z' },
  })
  const read = (properties: NonNullable<Parameters<typeof toRegistry>[0]['properties']>) =>
    toRegistry({ id, sku: { name: 'Premium' }, properties: { loginServer, ...properties } })

  test.each([
    ['is updated', { provisioningState: 'updating' }],
    ['has an endpoint that waits for approval', { privateEndpointConnections: [connection('Pending')] }],
    ['has an endpoint that is updated', { privateEndpointConnections: [connection('Approved', 'Updating')] }],
  ])('that %s says that it is being changed', (_, properties) => {
    expect(read(properties).isChanging).toBe(true)
    expect(read({ provisioningState: 'Succeeded' }).isChanging).toBeUndefined()
  })

  test('can have null in place of an absent value', () => {
    const keys = ['policies', 'networkRuleSet', 'roleAssignmentMode', 'anonymousPullEnabled', 'publicNetworkAccess']
    const others = ['adminUserEnabled', 'privateEndpointConnections', 'encryption', 'provisioningState']
    expect(read(Object.fromEntries([...keys, ...others].map(key => [key, null])))).toEqual(read({}))
  })

  test('has the date of its last change, or of that of an endpoint', () => {
    const raw = { id, sku: { name: 'Premium' }, systemData: { lastModifiedAt: '2026-11-24T10:00:00Z' } }
    const withEndpoint = { ...raw, properties: { privateEndpointConnections: [connection('Approved')] } }
    const dates = [raw, withEndpoint].map(each => toRegistry(each).changedAt)
    expect(dates).toEqual(['2026-11-24T10:00:00Z', '2026-11-25T10:00:00Z'].map(Date.parse))
  })

  test.each([
    [{ publicNetworkAccess: 'Disabled', privateEndpointConnections: [] }, true],
    [{ publicNetworkAccess: 'Disabled', privateEndpointConnections: [connection('Pending')] }, true],
    [{ publicNetworkAccess: 'Disabled', privateEndpointConnections: [connection('approved')] }, undefined],
    [{ publicNetworkAccess: 'Disabled' }, undefined],
    [{ privateEndpointConnections: [] }, undefined],
  ])('says whether nobody gets in: %j', (properties, isSealed) => {
    expect(read(properties).isSealed).toBe(isSealed)
  })
})

test('a private registry without an approved endpoint lets nobody in, unless Azure is changing that', () => {
  const isFound = (more: Partial<Registry>): boolean => findSealed([{ ...sampleRegistry(), ...more }]).size === 1
  expect(isFound({})).toBe(false)
  expect(isFound({ isSealed: true })).toBe(true)
  expect(isFound({ isSealed: true, changedAt: now - 1000, isChanging: true })).toBe(true)
  expect(isFound({ isSealed: true, state: 'Updating' })).toBe(false)
})

describe('an image that no role reaches', () => {
  const registry: Registry = { ...sampleRegistry(), roleAssignmentMode: 'ABAC' }
  const image = (repository: string): PulledImage => {
    const reference = `${registry.loginServer}/${repository}:1`
    return { reference, registryId: registry.id, isThere: true, from: '' }
  }
  const held = (condition?: string): RoleAssignment => ({
    ...sampleAccess().assignment,
    ...(condition !== undefined && { condition }),
  })
  const find = (assignments: RoleAssignment[], repositories: string[], at = registry): string[] => {
    const pair = { ...samplePair({}, sampleTarget(), at), assignments }
    return listOutside({ pair, images: [image('team-a/web'), image('team-b/api')], group: '' }, repositories)
  }

  test('is outside of the repositories of the inputs, and of those that other assignments allow', () => {
    const reference = image('team-b/api').reference
    expect(find([], ['team-a/*'])).toEqual([reference])
    expect(find([held(repositoryCondition(['team-c/*']))], ['team-a/*'])).toEqual([reference])
    expect(find([held(repositoryCondition(['team-b/*']))], ['team-a/*'])).toEqual([])
    expect(find([held('@Other')], ['team-a/*'])).toEqual([])
    expect(find([held()], ['team-a/*'])).toEqual([])
    expect(find([], [])).toEqual([])
    expect(find([], ['team-a/*'], sampleRegistry())).toEqual([])
  })
})
