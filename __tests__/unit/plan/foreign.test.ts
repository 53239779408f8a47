import { describe, expect, it } from 'vitest'
import { builtInRoles, type RoleAssignment } from 'azure'
import { makePlan } from '../../../src/plan/plan.js'
import {
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'
import type { Desired } from '../../../src/plan/context.js'

const target = realTarget()
const pull = sampleAssignment(builtInRoles.acrPull)

/** The plan for a pair whose identity belongs to another tenant. */
function planForeign(more: Partial<Desired>, assignments: RoleAssignment[] = []) {
  const [pair] = makePlan(
    sampleObserved([sampleObservedPair(assignments, { target })], {
      identities: new Map([[target, { state: 'foreign' as const }]]),
    }),
    {
      ...sampleWish,
      ...more,
    },
  ).pairs
  return pair
}

describe('an identity of another tenant', () => {
  it('is never given access, and attach says who belongs to another tenant', () => {
    const pair = planForeign({ mode: 'attach' })
    expect(pair?.operations).toEqual([])
    expect(pair?.error).toMatchObject({ code: 'PRINCIPAL_NOT_FOUND', subject: target.name, resource: target.id })
    expect(pair?.error?.reason).toContain(target.identity.name)
  })

  it('is in doubt in check, which names how it would get access: never drift', () => {
    for (const [group, how] of [
      ['', 'by its own role'],
      [sampleGroup, `through group ${sampleGroup}`],
    ] as const) {
      const pair = planForeign({ mode: 'check', group })
      expect(pair?.operations).toEqual([])
      expect(pair?.error).toBeUndefined()
      expect(pair?.unknown).toMatchObject({ code: 'PRINCIPAL_NOT_FOUND', resource: target.id })
      expect(pair?.unknown?.failure).toContain(how)
    }
  })

  it('keeps the access that it has, and loses it with detach', () => {
    expect(planForeign({ mode: 'attach' }, [pull])).toMatchObject({ operations: [], access: { assignment: pull } })
    expect(planForeign({ mode: 'attach' }, [pull])?.error).toBeUndefined()
    expect(planForeign({ mode: 'detach' }, [pull])?.operations).toMatchObject([{ assignment: pull }])
  })
})

it('a role that a registry of another tenant does not list is in doubt, and not planned', () => {
  const [pair] = makePlan(sampleObserved([sampleObservedPair([], { isConcealed: true })]), {
    ...sampleWish,
    mode: 'check',
  }).pairs
  expect(pair?.operations).toEqual([])
  expect(pair?.unknown).toMatchObject({ code: 'PRINCIPAL_NOT_FOUND', resource: pair?.registry.id })
})
