import { describe, expect, it } from 'vitest'
import { builtInRoles, canPull, mayMoreThanPull, type Permission, type RoleDefinition } from '../src/roles.js'

function role(...permissions: Partial<Permission>[]): RoleDefinition {
  const none = { actions: [], notActions: [], dataActions: [], notDataActions: [] }
  return { id: 'custom', name: 'Custom', permissions: permissions.map(permission => ({ ...none, ...permission })) }
}

const pull = 'Microsoft.ContainerRegistry/registries/pull/read'
const content = 'Microsoft.ContainerRegistry/registries/repositories/content/read'

describe('pulling', () => {
  it.each([
    ['acrPull', true, false],
    ['acrPush', true, false],
    ['reader', true, false],
    ['contributor', true, false],
    ['owner', true, false],
    ['acrDelete', false, false],
    ['repositoryReader', false, true],
    ['repositoryWriter', false, true],
  ] as const)('%s: RBAC %s, ABAC %s', (name, rbac, abac) => {
    expect(canPull(builtInRoles[name], 'RBAC')).toBe(rbac)
    expect(canPull(builtInRoles[name], 'ABAC')).toBe(abac)
  })

  it.each([
    '*',
    '*/read',
    'Microsoft.ContainerRegistry/*',
    'microsoft.containerregistry/REGISTRIES/pull/READ',
    'Microsoft.ContainerRegistry/registries/*/read',
    '*/pull/*',
  ])('is covered by %s', pattern => {
    expect(canPull(role({ actions: [pattern] }), 'RBAC')).toBe(true)
    expect(canPull(role({ dataActions: [pattern] }), 'RBAC')).toBe(false)
  })

  it.each([
    '',
    'Microsoft.ContainerRegistry/registries/read',
    'Microsoft.ContainerRegistry/registries/push/write',
    `${pull}/more`,
    `x${pull}`,
    'Microsoft.ContainerRegistry.registries.pull.read',
    '*/write',
  ])('is not covered by %j', pattern => {
    expect(canPull(role({ actions: [pattern] }), 'RBAC')).toBe(false)
  })

  it('can be excluded only within the same permission', () => {
    expect(canPull(role({ actions: ['*'], notActions: [pull] }), 'RBAC')).toBe(false)
    expect(canPull(role({ actions: ['*'], notActions: ['*/pull/*'] }), 'RBAC')).toBe(false)
    expect(canPull(role({ actions: ['*'], notActions: [pull] }, { actions: [pull] }), 'RBAC')).toBe(true)
    expect(canPull(role({ actions: ['*'] }, { notActions: [pull] }), 'RBAC')).toBe(true)
    expect(canPull(role({ dataActions: ['*'], notDataActions: [content] }), 'ABAC')).toBe(false)
    expect(canPull(role({ dataActions: ['*'], notActions: [content] }), 'ABAC')).toBe(true)
  })

  it('needs a permission', () => {
    expect(canPull(role(), 'RBAC')).toBe(false)
    expect(canPull(role({}), 'ABAC')).toBe(false)
  })
})

describe('more than pulling', () => {
  it.each([
    [role({ actions: [pull] }), false],
    [
      role({ actions: [pull.toUpperCase(), 'Microsoft.ContainerRegistry/registries/read'], dataActions: [content] }),
      false,
    ],
    [role({ actions: [pull, 'Microsoft.ContainerRegistry/registries/push/write'] }), true],
    [role({ actions: [pull] }, { dataActions: ['*'] }), true],
    [builtInRoles.acrPull, false],
    [builtInRoles.repositoryReader, false],
    [builtInRoles.acrPush, true],
    [builtInRoles.reader, true],
    [builtInRoles.owner, true],
  ])('%#', (definition, expected) => {
    expect(mayMoreThanPull(definition)).toBe(expected)
  })
})
