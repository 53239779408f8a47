import { printFix } from 'kernel'
import { describe, expect, it } from 'vitest'
import { groupRules, readGroup, type DirectoryGroup } from '../src/graph/errors.js'
import { findExplanation } from '../src/rule.js'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'

describe("a group whose members can't be changed", () => {
  const own = 'az ad group member add --group the-group --member-id me'
  const explainGroup = (group: DirectoryGroup) =>
    findExplanation(groupRules, group, { groupId: 'the-group', command: own })

  it('is refused, and the advice does not repeat the request in vain', () => {
    const cases = {
      'a synchronised group has no managed identity': explainGroup({ onPremisesSyncEnabled: true }),
      'a dynamic group wants another rule': explainGroup({ groupTypes: ['Unified', 'DynamicMembership'] }),
      'a mail-enabled group is managed in Exchange': explainGroup({ mailEnabled: true }),
      'a role-assignable group is changed by hand': explainGroup({ isAssignableToRole: true, displayName: 'Pullers' }),
    }
    const text = printCatalogue(cases, told => [told?.code ?? '', told?.sentence ?? '', printFix(told?.fix ?? [])])
    return expect(text).toMatchFileSnapshot('refusals/a-group.txt')
  })

  it('is named on one line, whatever its name is', () => {
    expect(explainGroup({ displayName: 'Pull\n::error::x', mailEnabled: true })?.sentence).toMatch(
      /^the group Pull ::error::x is/,
    )
  })

  it.each<DirectoryGroup>([
    {},
    { groupTypes: [], isAssignableToRole: false, mailEnabled: false, onPremisesSyncEnabled: false },
    { groupTypes: null, isAssignableToRole: null, mailEnabled: null, onPremisesSyncEnabled: null },
    { groupTypes: ['Unified'] },
  ])('is none with %o', group => {
    expect(explainGroup(group)).toBeUndefined()
  })
})

it.each([
  ['Cannot Update a mail-enabled security groups and or distribution list.', true, false],
  ['Unable to update the specified properties for on-premises mastered Directory Sync objects.', false, true],
  ['Something new.', false, false],
])('a refusal can say what kind of group it is: %s', (message, mailEnabled, onPremisesSyncEnabled) => {
  expect(readGroup(message)).toEqual({ mailEnabled, onPremisesSyncEnabled })
})
