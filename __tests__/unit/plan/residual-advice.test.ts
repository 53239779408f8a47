import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import {
  builtInRoles,
  deleteRoleAssignmentCommand,
  groupMemberCommand,
  showAssignmentCommand,
  type RoleAssignment,
  type Target,
} from 'azure'
import { ActionError, type Finding } from 'kernel'
import type { Observed } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import { findResiduals } from '../../../src/plan/residual.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  samplePullers,
  sampleSideEffects,
  sampleWish,
  type SideEffects,
} from '../../support/observed.js'
import { listPullersCommand } from '../../../src/plan/limits.js'

const { acrPull, acrPush, repositoryReader } = builtInRoles
const registry = realRegistry()
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const elsewhere = realRegistry('bootacr')
const above = registry.id.slice(0, registry.id.indexOf('/providers'))
const target = realTarget()
const { objectId, name: identity } = target.identity
const nothingYet = { outcomes: [], lapses: new Map<never, never>() }
const unread = new ActionError('AUTHORIZATION_FAILED', 'It could not be read.')

const inherited = sampleAssignment(acrPull, { scope: above })
const ofGroup = sampleAssignment(acrPull, { principalId: sampleGroup, principalType: 'Group' })

interface World {
  sideEffects?: Partial<SideEffects>
  pullers?: Observed['pullers']
  repositories?: string[]
  at?: typeof registry
  of?: Target
}

/** The only access that is left after a detach. */
function leftover(held: RoleAssignment, { sideEffects, pullers, ...more }: World = {}) {
  const { repositories = [], at = registry, of = target } = more
  const role = at === abac ? repositoryReader : acrPull
  const observed = sampleObserved([sampleObservedPair([held], { target: of, registry: at, role })], {
    ...(sideEffects && { sideEffects: sampleSideEffects(sideEffects) }),
    ...(pullers && { pullers }),
  })
  const desired = { ...sampleWish, mode: 'detach' as const, repositories }
  const findings: Finding[] = findResiduals(observed, makePlan(observed, desired).pairs, nothingYet, desired)
  expect(findings).toMatchObject([{ code: 'RESIDUAL_ACCESS', severity: 'warning', subject: of.id }])
  return findings[0]?.fix
}

describe('the advice about an inherited role that is left', () => {
  it('deletes it, and says what else lies below its scope', () => {
    const registryIds = (...names: string[]): Partial<SideEffects> => ({
      registryIds: [...names.map(name => realRegistry(name).id.toUpperCase()), `${above}2/providers/x`],
    })
    const deletion = [deleteRoleAssignmentCommand(inherited.id)]
    for (const [sideEffects, reach] of [
      [undefined, `every registry below ${above}`],
      [registryIds(), `every registry below ${above}`],
      [registryIds('one'), 'access to 1 registry,'],
      [registryIds('one', 'two'), 'access to 2 registries,'],
    ] as const) {
      const advice = leftover(inherited, sideEffects && { sideEffects })
      expect(advice?.commands).toEqual(deletion)
      expect(advice?.text).toContain(reach)
    }
  })

  it('deletes one at the registry itself that allows more, whatever lies below other scopes', () => {
    const push = sampleAssignment(acrPush)
    const advice = leftover(push)
    expect(advice?.commands).toEqual([deleteRoleAssignmentCommand(push.id)])
    expect(advice?.text).not.toContain('inherited')
  })

  it('never deletes one by which nodes boot', () => {
    const advice = leftover(inherited, { of: { ...target, bootstrapRegistryId: elsewhere.id } })
    expect(advice?.commands).toEqual([])
    expect(advice?.text).toContain(
      `Do not delete this one: ${target.name} boots its nodes from ${elsewhere.name} with it`,
    )
  })
})

describe.each([
  ['an inherited role', inherited],
  ['a role of a group', ofGroup],
])('the advice about %s that is left', (_, held) => {
  it('removes nothing that other clusters with the identity pull with', () => {
    const pullers = samplePullers([objectId, [target, realTarget('aks-blue')]], ['other', [realTarget('aks-other')]])
    const advice = leftover(held, { pullers })
    expect(advice?.commands).toEqual([])
    expect(advice?.text).toContain(`Do not remove it: aks-blue pulls with ${identity}, too`)
    expect(advice?.text).not.toContain('aks-other')
  })

  it('removes nothing while it is not known who pulls with the identity, and lists them if it has a resource', () => {
    const pullers = samplePullers([objectId, [target], [unread]])
    const alone = leftover(held, { pullers })
    expect(alone?.commands).toEqual([])
    expect(alone?.text).toContain(`no other cluster pulls with ${identity}`)
    const of = { ...target, identity: { ...target.identity, resourceId: `${target.id}-identity` } }
    const listed = leftover(held, { pullers, of })
    expect(listed?.commands).toEqual([listPullersCommand(target.id, objectId)])
    expect(listed?.text).toContain('Those that you can see:')
  })

  it('removes it if others are in doubt', () => {
    expect(leftover(held, { pullers: samplePullers(['other', [], [unread]]) })?.commands).toHaveLength(1)
  })
})

describe('the advice about a role of a group that is left', () => {
  const booting: Target = { ...target, bootstrapRegistryId: elsewhere.id }
  const holding = (assignments: SideEffects['holdings'][number]['assignments']): Partial<SideEffects> => ({
    holdings: [{ objectId, registryId: elsewhere.id, assignments }],
  })
  const through = sampleAssignment(acrPull, { scope: elsewhere.id, principalId: sampleGroup })
  const own = sampleAssignment(acrPull, { scope: elsewhere.id })

  it('removes the member', () => {
    expect(leftover(ofGroup)?.commands).toEqual([groupMemberCommand('remove', sampleGroup, objectId)])
  })

  it('keeps the member if nodes boot through a group, or may do so', () => {
    for (const sideEffects of [holding({ value: [own, through] }), holding({ error: unread }), {}, undefined]) {
      const advice = leftover(ofGroup, { of: booting, ...(sideEffects && { sideEffects }) })
      expect(advice?.commands).toEqual([])
      expect(advice?.text).toContain(`${target.name} boots its nodes from ${elsewhere.name} with it`)
    }
  })

  it('removes the member if the nodes boot by a role of their own', () => {
    expect(leftover(ofGroup, { of: booting, sideEffects: holding({ value: [own] }) })?.commands).toEqual([
      groupMemberCommand('remove', sampleGroup, objectId),
    ])
  })
})

describe('the advice after a detach from some repositories', () => {
  const scope = above
  const limited = (...repositories: string[]): RoleAssignment =>
    sampleAssignment(repositoryReader, { scope, condition: repositoryCondition(repositories) })

  it('deletes an assignment only if it allows nothing else', () => {
    const only = limited('shop/api')
    expect(leftover(only, { at: abac, repositories: ['shop/*'] })?.commands).toEqual([
      deleteRoleAssignmentCommand(only.id),
    ])
    expect(leftover(only, { at: abac })?.commands).toEqual([deleteRoleAssignmentCommand(only.id)])
  })

  it('shows one that allows others, too, or that it does not understand', () => {
    const more = limited('shop/api', 'team/app')
    for (const held of [more, sampleAssignment(repositoryReader, { scope }), { ...more, condition: '(other)' }]) {
      const advice = leftover(held, { at: abac, repositories: ['shop/*'] })
      expect(advice?.commands).toEqual([showAssignmentCommand(held.id)])
      expect(advice?.text).toContain('shop/*')
    }
  })
})
