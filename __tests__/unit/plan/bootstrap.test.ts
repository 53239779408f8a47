import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtInRoles, normalizeId, sameId, type Target } from 'azure'
import { ActionError, groupBy } from 'kernel'
import type { ObservedPair } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleObserved,
  sampleObservedPair,
  samplePullers,
  sampleWish,
} from '../../support/observed.js'

const { acrPull, acrPush } = builtInRoles
const detach = { ...sampleWish, mode: 'detach' as const }
const registries = ['one', 'two', 'three'].map(name => realRegistry(name))
const above = realRegistry().id.replace(/\/providers\/.*$/, '')
const identities = [0, 1, 2].map(index => realTarget(`identity-${index}`).identity)
const unread = new ActionError('AUTHORIZATION_FAILED', 'It could not be read')

const oneOf = <T>(items: readonly T[]) => fc.constantFrom(...items)
const estate = fc.record({
  clusters: fc.array(
    fc.record({
      identity: oneOf(identities),
      boots: fc.option(oneOf(registries).chain(({ id }) => oneOf([id, id.toUpperCase()]))),
      isTarget: fc.boolean(),
      isIdentity: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  asked: fc.subarray(registries, { minLength: 1 }),
  assignments: fc.array(
    fc.record({
      holder: oneOf([...identities.map(({ objectId }) => objectId), '99999999-0000-4000-8000-000000000000']),
      scope: oneOf([...registries.map(({ id }) => id), above]),
      role: oneOf([acrPull, acrPush]),
    }),
    { maxLength: 10 },
  ),
  /** Identities of which it could not be read who pulls with them. */
  unknown: fc.subarray(identities),
})
type Estate = typeof estate extends fc.Arbitrary<infer T> ? T : never

/** The plan of a detach there, and all clusters. */
function detachFrom({ clusters, asked, assignments, unknown }: Estate) {
  const all = clusters.map(({ identity, boots, isTarget, isIdentity }, index) => {
    const more = isIdentity ? { kind: 'kubelet-identity' as const } : boots && { bootstrapRegistryId: boots }
    const target: Target = { ...realTarget(`aks-${index}`), identity, ...more }
    return { target, isTarget: isTarget || index === 0 }
  })
  const held = assignments.map(({ holder, scope, role }, index) => {
    const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${index}`
    return sampleAssignment(role, { id, scope, principalId: holder })
  })
  const targets = all.flatMap(({ target, isTarget }) => (isTarget ? target : []))
  const pairs = targets.flatMap(target =>
    asked.map((registry): ObservedPair => {
      const here = held.filter(({ scope }) => scope === registry.id || scope === above)
      return sampleObservedPair(here, { target, registry })
    }),
  )
  const seen = groupBy(
    all.flatMap(({ target }) => (target.kind === 'cluster' ? target : [])),
    ({ identity }) => identity.objectId,
  )
  const pullers = identities.map(({ objectId }) =>
    samplePullers([
      objectId,
      seen.get(objectId) ?? [],
      unknown.some(each => each.objectId === objectId) ? [unread] : [],
    ]),
  )
  const observed = sampleObserved(pairs, { pullers: new Map(pullers.flatMap(each => [...each])) })
  return { all, pairs, plan: makePlan(observed, detach) }
}

describe('a detach', () => {
  it('deletes exactly the direct pull roles of targets with whose identity nobody else pulls, boots, or may', () => {
    fc.assert(
      fc.property(estate, made => {
        const { all, pairs, plan } = detachFrom(made)
        const wanted = pairs.flatMap(({ target, registry, assignments }) => {
          const ofIdentity = all.filter(each => each.target.identity === target.identity)
          const isShared = ofIdentity.some(each => !each.isTarget && each.target.kind === 'cluster')
          const isBooting = ofIdentity.some(each => sameId(each.target.bootstrapRegistryId ?? '', registry.id))
          if (isShared || isBooting || made.unknown.includes(target.identity)) return []
          const isDirect = ({ principalId, scope, roleId }: (typeof assignments)[number]): boolean =>
            principalId === target.identity.objectId && scope === registry.id && roleId === acrPull.id
          return assignments.filter(isDirect).map(({ id }) => normalizeId(id))
        })
        const deleted = plan.operations.map(each =>
          each.operation === 'delete-role-assignment' ? normalizeId(each.assignment.id) : each.operation,
        )
        expect(deleted.sort()).toEqual([...new Set(wanted)].sort())
      }),
      { numRuns: 300 },
    )
  })
})
