import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, listRepositoryActions, roleAssignmentName } from 'azure'
import type { ObservedPair, Operation } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'
import type { Desired } from '../../../src/plan/context.js'

const { acrPull, acrPush, repositoryReader } = builtInRoles
const registry = realRegistry()
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const target = realTarget()
const { objectId } = target.identity

const plan = (pair: ObservedPair, desired: Partial<Desired> = {}): Operation[] =>
  makePlan(sampleObserved([pair]), { ...sampleWish, ...desired }).operations

const held = (condition?: string) =>
  sampleAssignment(repositoryReader, { scope: abac.id, ...(condition !== undefined && { condition }) })
const abacPair = (...conditions: (string | undefined)[]): ObservedPair =>
  sampleObservedPair(conditions.map(held), { registry: abac, role: repositoryReader })

describe('attach', () => {
  it('assigns the role at the registry to the pull identity, with the reason', () => {
    expect(plan(sampleObservedPair())).toEqual([
      {
        operation: 'create-role-assignment',
        target,
        registry,
        scope: registry.id,
        principalId: objectId,
        principalType: 'ServicePrincipal',
        role: { id: acrPull.id, name: 'AcrPull' },
        name: roleAssignmentName(registry.id, objectId, acrPull.id),
        wants: { repositories: [], actions: listRepositoryActions(acrPull) },
        reason: 'no pull role at the registry or above it',
      },
    ])
  })

  it.each([
    ['at the registry', sampleAssignment(acrPull)],
    ['above it', sampleAssignment(acrPull, { scope: '/subscriptions/s' })],
    ['through a group', sampleAssignment(acrPull, { principalId: sampleGroup, principalType: 'Group' })],
  ])('writes nothing where the role is held %s', (_, assignment) => {
    expect(plan(sampleObservedPair([assignment]))).toEqual([])
  })

  it('adds the pull role to a broader one', () => {
    const [operation] = plan(sampleObservedPair([sampleAssignment(acrPush)]))
    expect(operation).toMatchObject({ operation: 'create-role-assignment', role: { name: 'AcrPull' } })
    expect(operation?.reason).toBe(
      'pulls only through AcrPush, which allows more than pulling; removing that role must not break it',
    )
  })

  it('ignores an unknown role', () => {
    expect(plan(sampleObservedPair([sampleAssignment({ ...acrPull, id: 'unknown' })]))).toHaveLength(1)
  })

  it('plans one assignment per registry for clusters that share an identity', () => {
    const twin = { ...realTarget('aks-twin'), identity: { ...target.identity, objectId: objectId.toUpperCase() } }
    const other = realRegistry('otheracr')
    const pairs = [
      sampleObservedPair(),
      sampleObservedPair([], { target: twin }),
      sampleObservedPair([], { registry: other }),
    ]
    const made = makePlan(sampleObserved(pairs), sampleWish)
    expect(made.operations.map(each => 'registry' in each && each.registry.name)).toEqual(['contosoacr', 'otheracr'])
    expect(made.pairs[1]?.operations[0]).toBe(made.pairs[0]?.operations[0])
  })
})

describe('a registry that does not exist', () => {
  const missing = { ...registry, exists: false, sku: 'Premium' }
  const desired = { createRegistry: { sku: 'Premium', location: 'westeurope' } }

  it('is created before the role is assigned', () => {
    expect(plan(sampleObservedPair([], { registry: missing }), desired)).toMatchObject([
      {
        operation: 'create-registry',
        registry: missing,
        sku: 'Premium',
        location: 'westeurope',
        reason: 'the registry does not exist',
      },
      { operation: 'create-role-assignment' },
    ])
    expect(plan(sampleObservedPair([], { registry: missing }))[0]).toMatchObject({ location: '' })
  })

  it('is created once for several clusters, and before the role of a group', () => {
    const pairs = [realTarget('aks-1'), realTarget('aks-2')].map(each =>
      sampleObservedPair([], { target: each, registry: missing }),
    )
    const kinds = makePlan(sampleObserved(pairs), { ...sampleWish, ...desired, group: sampleGroup }).operations.map(
      ({ operation }) => operation,
    )
    expect(kinds).toEqual(['create-registry', 'create-role-assignment', 'add-group-member', 'add-group-member'])
  })
})

describe('a limited assignment', () => {
  const [one, both] = [repositoryCondition(['team/app']), repositoryCondition(['team/app', 'tools/*'])]

  it('is created with its condition, which is part of its name', () => {
    const [operation] = plan(abacPair(), { repositories: ['team/app'] })
    expect(operation).toMatchObject({
      operation: 'create-role-assignment',
      condition: one,
      name: roleAssignmentName(abac.id, objectId, repositoryReader.id, one),
      reason: 'no pull role at the registry or above it',
    })
    expect(operation).not.toHaveProperty('replaces')
  })

  it('of a role that pushes limits pushing, too', () => {
    const role = builtInRoles.repositoryWriter
    const repositories = ['team/app']
    const [operation] = plan(sampleObservedPair([], { registry: abac, role }), { repositories })
    expect(operation).toMatchObject({ condition: repositoryCondition(repositories, listRepositoryActions(role)) })
  })

  it('is widened by the missing repositories, and keeps its name and its repositories', () => {
    expect(plan(abacPair(one), { repositories: ['team/app', 'tools/*'] })).toMatchObject([
      {
        operation: 'update-role-assignment',
        name: 'Container-Registry-Repository-Reader',
        condition: both,
        replaces: held(one),
        reason: 'its role allows only team/app, not tools/*',
      },
    ])
  })

  it('names the repositories that it does not include yet', () => {
    const desired = { ...sampleWish, repositories: ['team/app', 'tools/*'] }
    const [limited] = makePlan(sampleObserved([abacPair(one)]), desired).pairs
    expect(limited?.operations).toMatchObject([{ unreached: 'tools/*' }])
    expect(limited?.limitedTo).toEqual(['team/app'])
    const [fresh] = makePlan(sampleObserved([abacPair()]), desired).pairs
    expect(fresh).not.toHaveProperty('limitedTo')
    expect(fresh?.operations[0]).not.toHaveProperty('unreached')
  })

  it('loses its condition if the step names no repositories', () => {
    expect(plan(abacPair(one))).toMatchObject([
      {
        operation: 'update-role-assignment',
        condition: '',
        reason: 'its role allows only team/app, not the whole registry',
      },
    ])
  })
})
