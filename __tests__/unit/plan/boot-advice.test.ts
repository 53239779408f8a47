import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { aksCommand, builtInRoles, type Puller, type RoleAssignment, type Target } from 'azure'
import type { Observed, ObservedPair } from 'run-model'
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

const { acrPull, repositoryReader } = builtInRoles
const registry = realRegistry()
const elsewhere = realRegistry('bootacr')
const target = realTarget()
const booting: Target = { ...target, bootstrapRegistryId: registry.id.toUpperCase() }
const pull = sampleAssignment(acrPull)

/** Another cluster, which boots its nodes. */
const blue: Puller = { id: realTarget('aks-blue').id, name: 'aks-blue', bootstrapRegistryId: registry.id }

/** Other clusters pull with an identity, the target's by default. */
const pulledBy = (found: Puller, { objectId } = target.identity) => samplePullers([objectId.toUpperCase(), [found]])

/** The only planned pair of a detach. */
function detach(pair: ObservedPair, pullers?: Observed['pullers']) {
  const observed = sampleObserved([pair], pullers && { pullers })
  const [planned] = makePlan(observed, { ...sampleWish, mode: 'detach' }).pairs
  return { ...planned, kinds: planned?.operations.map(({ operation }) => operation) }
}

const showBoot = (id: string): string => aksCommand('show', id, '--query bootstrapProfile')

describe('a detach from the registry that nodes boot from', () => {
  it('is refused for the cluster itself, with the command that shows its boot registry', () => {
    const { error, kinds } = detach(sampleObservedPair([pull], { target: booting }))
    expect(kinds).toEqual([])
    expect(error).toMatchObject({ code: 'BOOTSTRAP_REGISTRY', subject: registry.name })
    expect(error?.fix.commands).toEqual([showBoot(target.id)])
    expect(error?.fix.text).toContain(`let ${target.name} boot`)
    expect(error?.message).toContain(`${target.name} boots its nodes from ${registry.name}:`)
  })

  it('is refused for another cluster with the same identity, which is named', () => {
    const { error, kinds } = detach(sampleObservedPair([pull]), pulledBy(blue))
    expect(kinds).toEqual([])
    expect(error).toMatchObject({ code: 'BOOTSTRAP_REGISTRY', subject: registry.name })
    expect(error?.fix.commands).toEqual([showBoot(blue.id)])
    expect(error?.message).toContain(
      `aks-blue boots its nodes from ${registry.name} with the identity ${target.identity.name}, which ${target.name} also pulls with:`,
    )
    expect(error?.fix.text).toContain('this cluster')
  })

  it('names the identity alone if the target is one', () => {
    const pair = sampleObservedPair([pull], { target: { ...target, kind: 'kubelet-identity' } })
    const { error } = detach(pair, pulledBy(blue))
    expect(error?.message).toContain(`with the identity ${target.identity.name}:`)
    expect(error?.fix.text).toContain('this identity')
  })

  it('names the cluster itself before others that boot with its identity', () => {
    const pairs = [{ ...realTarget('aks-blue'), identity: target.identity }, target].map(each =>
      sampleObservedPair([pull], { target: { ...each, bootstrapRegistryId: registry.id } }),
    )
    const { pairs: planned } = makePlan(sampleObserved(pairs), { ...sampleWish, mode: 'detach' })
    expect(planned.map(({ error }) => error?.fix.commands)).toEqual(pairs.map(each => [showBoot(each.target.id)]))
  })

  it('is no reason to refuse one from other registries, or for other identities', () => {
    const pullers = pulledBy({ ...blue, bootstrapRegistryId: elsewhere.id })
    expect(detach(sampleObservedPair([pull]), pullers).error?.code).toBe('SHARED_IDENTITY')
    const ofOthers = pulledBy(blue, realTarget('aks-green').identity)
    const { error, kinds } = detach(sampleObservedPair([pull]), ofOthers)
    expect(error).toBeUndefined()
    expect(kinds).toEqual(['delete-role-assignment'])
  })
})

describe('a limit at the registry that nodes boot from', () => {
  const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
  const isolated: Target = { ...target, bootstrapRegistryId: abac.id.toUpperCase() }
  const limit = (repositories: string[], assignments: RoleAssignment[] = [], from: Target = isolated) => {
    const pair = sampleObservedPair(assignments, { target: from, registry: abac, role: repositoryReader })
    return makePlan(sampleObserved([pair]), { ...sampleWish, repositories }).pairs[0]
  }
  const held = (condition?: string): RoleAssignment =>
    sampleAssignment(repositoryReader, { scope: abac.id, ...(condition && { condition }) })

  it('is refused if it leaves out the repositories that the nodes need', () => {
    for (const assignments of [[], [held(repositoryCondition(['shop/*']))]]) {
      const pair = limit(['shop/*'], assignments)
      expect(pair?.operations).toEqual([])
      expect(pair?.error).toMatchObject({ code: 'INVALID_INPUT', subject: abac.name })
      expect(pair?.error?.message).toContain(`nodes of ${target.name} boot from on ${abac.name}`)
      expect(pair?.error?.fix.commands).toEqual([])
      expect(pair?.error?.fix.text).toContain('aks-managed-repository/*')
    }
  })

  it('is fine with these repositories, without a limit, and at any other registry', () => {
    for (const pair of [
      limit(['shop/*', 'aks-managed-repository/*']),
      limit([]),
      limit(['shop/*'], [], { ...target, bootstrapRegistryId: elsewhere.id }),
      limit(['shop/*'], [], target),
    ]) {
      expect(pair?.error).toBeUndefined()
      expect(pair?.operations).toHaveLength(1)
    }
  })

  it('is fine if the nodes have that access already, or may have it', () => {
    expect(limit(['shop/*'], [held(repositoryCondition(['aks-managed-repository/*']))])?.error).toBeUndefined()
    const unclear = "@Environment[UtcNow] DateTimeLessThan '2030-01-01T00:00:00.0Z'"
    expect(limit(['shop/*'], [held(unclear)])?.error?.code).not.toBe('INVALID_INPUT')
  })
})
