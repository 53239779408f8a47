import { describe, expect, it } from 'vitest'
import { builtInRoles } from '../src/roles.js'
import { isCounted } from '../src/role-assignment.js'
import { sampleAssignment, sampleGroup } from '../../../__tests__/support/observed.js'

describe('whether Azure treats a pull identity as a member of a group', () => {
  const ofGroup = sampleAssignment(builtInRoles.acrPull, { principalId: sampleGroup.toUpperCase() })
  const own = sampleAssignment(builtInRoles.acrPull)

  it('is shown by the assignments that it has through the group', () => {
    const pair = { assignments: [own, ofGroup], isOwnOnly: true, groupAssignments: [] }
    expect(isCounted(pair, sampleGroup)).toBe(true)
  })

  it('is denied if the group has an assignment that the identity is not listed with', () => {
    expect(isCounted({ assignments: [own], groupAssignments: [ofGroup] }, sampleGroup)).toBe(false)
  })

  it.each([
    ['the group holds nothing', { groupAssignments: [] }],
    ['what groups bring could not be listed', { isOwnOnly: true, groupAssignments: [ofGroup] }],
  ])('is unknown if %s', (_, more) => {
    expect(isCounted({ assignments: [own], ...more }, sampleGroup)).toBeUndefined()
  })
})
