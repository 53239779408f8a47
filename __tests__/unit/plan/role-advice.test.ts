import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import {
  builtInRoles,
  deleteRoleAssignmentCommand,
  listMembersCommand,
  showAssignmentCommand,
  type RoleAssignment,
  type RoleDefinition,
} from 'azure'
import type { Plan, Observed, ObservedPair } from 'run-model'
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

const { acrPull, acrPush, repositoryReader, repositoryWriter } = builtInRoles
const registry = realRegistry()
const target = realTarget()
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const above = registry.id.slice(0, registry.id.indexOf('/providers'))
const roles = new Map([acrPull, acrPush, repositoryReader, repositoryWriter].map(each => [each.id, each]))

/** The findings about roles in a plan for these pairs. */
function findRoles(
  pairs: ObservedPair[],
  desired: Partial<Desired> = {},
  more: Partial<Observed> = {},
): Plan['findings'][number][] {
  const { findings } = makePlan(sampleObserved(pairs, { roles, ...more }), { ...sampleWish, ...desired })
  return findings.filter(({ code }) => code === 'EXCESS_ROLE' || code === 'ROLE_IGNORED_BY_ABAC')
}

/** The only finding about the roles of one pair. */
function findRole(pair: ObservedPair, desired: Partial<Desired> = {}, more: Partial<Observed> = {}) {
  const findings = findRoles([pair], desired, more)
  expect(findings).toHaveLength(1)
  return findings[0]
}

/** A pair at the registry in ABAC mode. */
const abacPair = (assignments: RoleAssignment[], role: RoleDefinition = repositoryReader): ObservedPair =>
  sampleObservedPair(assignments, { registry: abac, role })
const limitedTo = (role: RoleDefinition, ...repositories: string[]): RoleAssignment =>
  sampleAssignment(role, { scope: abac.id, condition: repositoryCondition(repositories) })

describe('a role that allows more than pulling', () => {
  const push = sampleAssignment(acrPush)
  const pull = sampleAssignment(acrPull)

  it('is deleted by a command once a role that only pulls is there', () => {
    const found = findRole(sampleObservedPair([pull, push]))
    expect(found?.fix.commands).toEqual([deleteRoleAssignmentCommand(push.id)])
    expect(found?.premise).toBeUndefined()
  })

  it('is recognised as that of the identity in any spelling', () => {
    const principalId = target.identity.objectId.toUpperCase()
    const found = findRole(sampleObservedPair([pull, { ...push, principalId }]))
    expect(found?.message).toContain(`${target.identity.name}, which ${target.name} pulls with, holds AcrPush`)
    expect(found?.fix.commands).toEqual([deleteRoleAssignmentCommand(push.id)])
  })

  it('is deleted only after attach has assigned the pull role: without that, there is no command', () => {
    const found = findRole(sampleObservedPair([push]))
    expect(found?.fix.commands).toEqual([deleteRoleAssignmentCommand(push.id)])
    expect(found?.premise?.operation).toMatchObject({ operation: 'create-role-assignment', role: { id: acrPull.id } })
    expect(found?.premise?.otherwise.commands).toEqual([])
    expect(found?.premise?.otherwise.text).toContain(`Don't delete it until ${acrPull.name} is assigned`)
  })

  it('is not deleted by check: attach comes first', () => {
    const found = findRole(sampleObservedPair([push]), { mode: 'check' })
    expect(found?.fix.commands).toEqual([])
    expect(found?.fix.text).toContain('Run the step with mode: attach, without group')
    expect(found?.premise).toBeUndefined()
  })

  it('is replaced by role: auto if the inputs name a role that allows more', () => {
    const writer = sampleAssignment(repositoryWriter, { scope: abac.id })
    const push2 = { ...repositoryWriter, id: 'custom', name: 'Custom Writer' }
    const findings = findRoles([abacPair([writer], push2)], { mode: 'check' })
    expect(findings.map(({ code, subject }) => [code, subject])).toEqual([
      ['EXCESS_ROLE', target.id],
      ['EXCESS_ROLE', target.id],
    ])
    const [ofInput, ofHeld] = findings
    expect(ofInput?.message).toContain(`${repositoryReader.name} is enough to pull`)
    expect(ofInput?.fix.text).toContain(`assigns ${repositoryReader.name}`)
    expect(ofInput?.fix.commands).toEqual([])
    expect(ofHeld?.message).toContain(`${repositoryReader.name} is enough`)
    expect(ofHeld?.fix.text).toContain('mode: attach, role: auto, without group')
    expect(ofHeld?.fix.commands).toEqual([])
  })

  it('of a group is not deleted: its members are listed', () => {
    const ofGroup = sampleAssignment(acrPush, { principalId: sampleGroup, principalType: 'Group' })
    const found = findRole(sampleObservedPair([ofGroup]))
    expect(found?.fix.commands).toEqual([listMembersCommand(sampleGroup)])
    expect(found?.premise).toBeUndefined()
  })

  it('of a group is reported with the group of the inputs, although the identity has enough itself', () => {
    const ofGroup = sampleAssignment(acrPush, { principalId: sampleGroup, principalType: 'Group' })
    expect(findRoles([sampleObservedPair([pull, ofGroup])])).toEqual([])
    expect(findRoles([sampleObservedPair([sampleAssignment(acrPull, { scope: above }), ofGroup])])).toEqual([])
    expect(findRoles([sampleObservedPair([pull, ofGroup])], { group: sampleGroup })).toHaveLength(1)
    expect(findRoles([sampleObservedPair([push, ofGroup])])).toHaveLength(2)
  })

  it('from above the registry is not deleted: it is shown', () => {
    const inherited = sampleAssignment(acrPush, { scope: above })
    const found = findRole(sampleObservedPair([pull, inherited]))
    expect(found?.fix.commands).toEqual([showAssignmentCommand(inherited.id)])
    expect(found?.fix.text).toContain(above)
  })

  it('of an identity of another tenant is not deleted: it is shown', () => {
    for (const [held, more] of [
      [{ ...push, delegatedTo: target.id }, {}],
      [push, { identities: new Map([[target, { state: 'foreign' as const }]]) }],
    ] as const)
      expect(findRole(sampleObservedPair([pull, held], { target }), {}, more)?.fix.commands).toEqual([
        showAssignmentCommand(push.id),
      ])
  })

  it('is no finding if it is unknown, or allows no more than the pull role', () => {
    const unknown = sampleAssignment({ ...acrPush, id: 'unknown' })
    const twin = { ...acrPull, id: 'twin', name: 'Twin' }
    expect(findRoles([sampleObservedPair([pull, unknown])])).toEqual([])
    expect(
      findRoles([sampleObservedPair([pull, sampleAssignment(twin)])], {}, { roles: new Map(roles).set('twin', twin) }),
    ).toEqual([])
  })
})

describe('a role that allows more in some repositories', () => {
  const writer = limitedTo(repositoryWriter, 'shop/*')
  const deletion = [deleteRoleAssignmentCommand(writer.id)]

  it('is deleted if roles that only pull reach them all, alone or together', () => {
    for (const others of [
      [sampleAssignment(repositoryReader, { scope: abac.id })],
      [limitedTo(repositoryReader, 'shop/*', 'team/app')],
    ])
      expect(findRole(abacPair([...others, writer]), { mode: 'check' })?.fix.commands).toEqual(deletion)
    const both = limitedTo(repositoryWriter, 'shop/api', 'team/app')
    const parts = [
      limitedTo(repositoryReader, 'shop/api'),
      {
        ...limitedTo(repositoryReader, 'team/app'),
        id: `${abac.id}/providers/Microsoft.Authorization/roleAssignments/2`,
      },
    ]
    expect(findRole(abacPair([...parts, both]), { mode: 'check' })?.fix.commands).toEqual(deletion)
    expect(findRole(abacPair([...parts.slice(1), both]), { mode: 'check' })?.fix.commands).toEqual([])
  })

  it('is not deleted if the role of the inputs reaches others', () => {
    const found = findRole(abacPair([limitedTo(repositoryReader, 'team/*'), writer]), {
      mode: 'check',
      repositories: ['team/*'],
    })
    expect(found?.fix.commands).toEqual([])
    expect(found?.fix.text).toContain('input repositories, and run this step with mode: attach')
    // Another role that allows more is not a reason either: it should go, too.
    const other = { ...repositoryWriter, id: 'other', name: 'Other Writer' }
    const twice = findRoles(
      [abacPair([writer, sampleAssignment(other, { scope: abac.id })])],
      { mode: 'check' },
      { roles: new Map(roles).set('other', other) },
    )
    expect(twice.map(({ fix }) => fix.commands)).toEqual([[], []])
  })

  it('is deleted after attach has assigned a role that reaches them', () => {
    for (const repositories of [['shop/*'], []]) {
      const found = findRole(abacPair([writer]), { repositories })
      expect(found?.fix.commands).toEqual(deletion)
      expect(found?.premise?.operation.operation).toBe('create-role-assignment')
    }
    const found = findRole(abacPair([writer]), { repositories: ['team/*'] })
    expect(found?.fix.commands).toEqual([])
    expect(found?.premise).toBeUndefined()
  })

  it('is not deleted because attach adds the group: its role is not the own one', () => {
    const found = findRole(
      abacPair([writer]),
      { group: sampleGroup },
      { group: { id: sampleGroup, members: { value: new Set() } } },
    )
    expect(found?.fix.commands).toEqual([])
    expect(found?.premise).toBeUndefined()
  })

  it('counts as reaching everything if its condition is not understood', () => {
    const unclear = { ...writer, condition: '(other)' }
    const all = sampleAssignment(repositoryReader, { scope: abac.id })
    expect(findRole(abacPair([all, unclear]))?.fix.commands).toEqual(deletion)
    const some = limitedTo(repositoryReader, 'shop/*')
    expect(findRole(abacPair([some, unclear]), { repositories: ['shop/*'] })?.fix.commands).toEqual([])
  })
})

describe('a role that the mode of the registry ignores', () => {
  it('is deleted by a command, because nothing pulls by it', () => {
    const old = sampleAssignment(acrPull, { scope: abac.id })
    const found = findRole(abacPair([old]), { mode: 'check' })
    expect(found).toMatchObject({ code: 'ROLE_IGNORED_BY_ABAC', severity: 'warning', subject: abac.id })
    expect(found?.message).toContain(
      `${target.identity.name}, which ${target.name} pulls with, holds AcrPull at ${abac.id}`,
    )
    expect(found?.fix.commands).toEqual([deleteRoleAssignmentCommand(old.id)])
    expect(found?.premise).toBeUndefined()
  })

  it('of a group is left to its other members', () => {
    const ofGroup = sampleAssignment(acrPull, { scope: abac.id, principalId: sampleGroup, principalType: 'Group' })
    const found = findRole(abacPair([ofGroup]))
    expect(found?.message).toContain(`The group ${sampleGroup}, which ${target.name} pulls through,`)
    expect(found?.fix.commands).toEqual([listMembersCommand(sampleGroup)])
  })

  it('is no finding in RBAC mode, where the other mode has roles of its own', () => {
    expect(findRoles([sampleObservedPair([sampleAssignment(acrPull), sampleAssignment(repositoryReader)])])).toEqual([])
  })
})

describe('a role that nodes boot with', () => {
  const booting = { ...target, bootstrapRegistryId: registry.id.toUpperCase() }
  const push = sampleAssignment(acrPush)
  const findFor = (assignments: RoleAssignment[], more: Partial<ObservedPair> = {}) =>
    findRole(sampleObservedPair(assignments, { target: booting, ...more }), { mode: 'check' })

  it('must stay until a role that only pulls lets them boot', () => {
    const found = findFor([push])
    expect(found?.fix.commands).toEqual([])
    expect(found?.fix.text).toContain(`Do not delete it: ${target.name} boots its nodes from`)
    expect(findFor([sampleAssignment(acrPull), push])?.fix.commands).toEqual([deleteRoleAssignmentCommand(push.id)])
    const other = { ...acrPush, id: 'other', name: 'Other Push' }
    const both = findRoles(
      [sampleObservedPair([push, sampleAssignment(other)], { target: booting })],
      {},
      { roles: new Map(roles).set('other', other) },
    )
    expect(both.map(({ fix }) => fix.text.includes('Do not delete it'))).toEqual([true, true])
  })

  it('must stay if the other role leaves out the repositories that they boot from', () => {
    const writer = sampleAssignment(repositoryWriter, { scope: abac.id })
    const from = { target: { ...target, bootstrapRegistryId: abac.id }, registry: abac, role: repositoryReader }
    expect(findFor([limitedTo(repositoryReader, 'shop/*'), writer], from)?.fix.text).toContain('Do not delete it')
    const enough = limitedTo(repositoryReader, 'aks-managed-repository/*')
    expect(findFor([enough, limitedTo(repositoryWriter, 'aks-managed-repository/*')], from)?.fix.commands).toEqual([
      deleteRoleAssignmentCommand(writer.id),
    ])
  })

  it('must stay if they boot from another registry below its scope', () => {
    const inherited = sampleAssignment(acrPush, { scope: above })
    const found = findFor([sampleAssignment(acrPull), inherited], {
      target: { ...target, bootstrapRegistryId: realRegistry('bootacr').id },
    })
    expect(found?.fix.commands).toEqual([])
    expect(found?.fix.text).toContain(`Do not delete it: ${target.name} boots its nodes from bootacr with it`)
  })

  it('must stay if it is a group by which another cluster boots', () => {
    const ofGroup = sampleAssignment(acrPush, { principalId: sampleGroup, principalType: 'Group' })
    const blue = { ...realTarget('aks-blue'), bootstrapRegistryId: registry.id }
    const pairs = [target, blue].map(each => sampleObservedPair([ofGroup], { target: each }))
    for (const { fix } of findRoles(pairs)) {
      expect(fix.commands).toEqual([])
      expect(fix.text).toContain('Do not delete it: aks-blue boots its nodes from')
    }
  })
})
