import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type RoleAssignment, type Target } from 'azure'
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

const { repositoryReader } = builtInRoles
const abac = { ...realRegistry(), roleAssignmentMode: 'ABAC' as const }

interface Options {
  repositories?: string[]
  targets?: Target[]
  groupAssignments?: RoleAssignment[]
}

/** The findings about limits of targets that hold these assignments. */
function limitsOf(assignments: RoleAssignment[], options: Options = {}) {
  const {
    repositories = ['shop/*'],
    targets = [{ ...realTarget(), ownsIdentity: true }],
    groupAssignments = [],
  } = options
  const pairs = targets.map(target =>
    sampleObservedPair(assignments, { target, registry: abac, role: repositoryReader, groupAssignments }),
  )
  const group = groupAssignments.length > 0 ? sampleGroup : ''
  const { findings } = makePlan(sampleObserved(pairs), { ...sampleWish, repositories, group })
  return findings.filter(({ code }) => code === 'LIMIT_NOT_IN_FORCE')
}

describe('LIMIT_NOT_IN_FORCE', () => {
  it('names who allows more, where, and what', () => {
    const { identity, name } = realTarget()
    const [finding] = limitsOf([sampleAssignment(repositoryReader)])
    expect(finding?.message).toBe(
      `The limit to shop/* is not in force on ${abac.name}: ${identity.name} holds Container Registry Repository Reader at ${abac.id}, ` +
        `which also allows the whole registry. ${name} pulls with that identity.`,
    )
  })

  it('names the group and all targets that pull through it, once', () => {
    const targets = [realTarget('aks-a'), realTarget('aks-b')]
    const ofGroup = sampleAssignment(repositoryReader, { principalId: sampleGroup, principalType: 'Group' })
    const findings = limitsOf([], { targets, groupAssignments: [ofGroup] })
    expect(findings).toHaveLength(1)
    expect(findings[0]?.message).toContain(`the group ${sampleGroup} holds`)
    expect(findings[0]?.message).toContain('aks-a and aks-b pull through that group')
  })

  it('names only the repositories that are not listed', () => {
    const condition = repositoryCondition(['shop/web', 'team/*', 'base'])
    expect(limitsOf([sampleAssignment(repositoryReader, { condition })])[0]?.message).toContain(
      'also allows team/* and base.',
    )
  })

  it('is absent without repositories, for the same repositories, and for a condition that is not understood', () => {
    expect(limitsOf([sampleAssignment(repositoryReader)], { repositories: [] })).toEqual([])
    expect(limitsOf([sampleAssignment(repositoryReader, { condition: repositoryCondition(['shop/web']) })])).toEqual([])
    expect(limitsOf([sampleAssignment(repositoryReader, { condition: 'Exists @Resource[x]' })])).toEqual([])
    expect(limitsOf([sampleAssignment(builtInRoles.contributor)])).toEqual([])
  })
})
