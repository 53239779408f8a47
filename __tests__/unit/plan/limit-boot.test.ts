import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, showAssignmentCommand } from 'azure'
import { makePlan } from '../../../src/plan/plan.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'
import { limitAssignmentCommand } from '../../../src/plan/limits.js'

const { repositoryReader } = builtInRoles
const registry = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const target = { ...realTarget(), ownsIdentity: true, bootstrapRegistryId: registry.id }
const held = sampleAssignment(repositoryReader, { scope: registry.id })

/** The advice for the limit to these repositories, at the registry that the nodes boot from. */
function adviceFor(repositories: string[], assignments = [held]) {
  const pair = sampleObservedPair(assignments, { target, registry, role: repositoryReader })
  const { findings } = makePlan(sampleObserved([pair]), { ...sampleWish, repositories })
  return findings.filter(({ code }) => code === 'LIMIT_NOT_IN_FORCE').map(({ fix }) => fix)
}

describe('a role for everything that nodes boot with', () => {
  it('is left as it is if the limit has no room for what they boot from', () => {
    const [advice, ...others] = adviceFor(['shop/*'])
    expect(others).toEqual([])
    expect(advice?.commands).toEqual([showAssignmentCommand(held.id)])
    expect(advice?.text).toContain(`${target.name} boots its nodes from ${registry.name} with it`)
  })

  it('is limited if the limit has room for it, or another role reaches it', () => {
    const both = ['shop/*', 'aks-managed-repository/*']
    expect(adviceFor(both).map(({ commands }) => commands)).toEqual([
      [limitAssignmentCommand(held, repositoryCondition(both))],
    ])
    const scope = registry.id.slice(0, registry.id.indexOf('/providers'))
    const above = sampleAssignment(repositoryReader, {
      scope,
      condition: repositoryCondition(['aks-managed-repository/*']),
    })
    expect(adviceFor(['shop/*'], [held, above]).map(({ commands }) => commands)).toContainEqual([
      limitAssignmentCommand(held, repositoryCondition(['shop/*'])),
    ])
  })
})
