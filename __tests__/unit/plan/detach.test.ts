import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, showAssignmentCommand, type Target } from 'azure'
import { ActionError, fix } from 'kernel'
import type { Observed, ObservedPair } from 'run-model'
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
  sampleWish,
} from '../../support/observed.js'

const { acrDelete, acrPull, acrPush, owner, reader, repositoryReader } = builtInRoles
const detach = { ...sampleWish, mode: 'detach' as const }
const registry = realRegistry()
const target = realTarget()
const above = registry.id.slice(0, registry.id.indexOf('/providers'))
const plan = (assignments: ObservedPair['assignments'], more: Partial<Observed> = {}, desired = detach) => {
  const observed = sampleObserved([sampleObservedPair(assignments)], more)
  const made = makePlan(observed, desired)
  return { ...made, findings: [...made.findings, ...findResiduals(observed, made.pairs, desired)] }
}

describe('detach', () => {
  it('deletes every role for pulling, in either mode of the registry', () => {
    const [one, two] = [sampleAssignment(acrPull), sampleAssignment(repositoryReader)]
    expect(plan([one, two]).operations).toEqual([
      {
        operation: 'delete-role-assignment',
        target,
        registry,
        assignment: one,
        role: 'AcrPull',
        reason: 'a pull role assigned at the registry itself',
      },
      expect.objectContaining({ assignment: two, role: 'Container Registry Repository Reader' }),
    ])
  })

  it.each([
    ['is inherited', sampleAssignment(acrPull, { scope: above })],
    ['a group holds', sampleAssignment(acrPull, { principalId: sampleGroup })],
    ['may do more', sampleAssignment(acrPush)],
    ['does not pull', sampleAssignment(acrDelete)],
    ['is not known', sampleAssignment({ ...acrPull, id: 'unknown' })],
  ])('leaves what %s', (_, assignment) => {
    expect(plan([assignment]).operations).toEqual([])
  })

  it('deletes the role of the inputs even if it allows more than pulling', () => {
    const pair = sampleObservedPair([sampleAssignment(acrPush)], { role: acrPush })
    expect(makePlan(sampleObserved([pair]), detach).operations).toMatchObject([{ role: 'AcrPush' }])
  })

  it('deletes an assignment that targets share once', () => {
    const { identity } = target
    const twin = { ...realTarget('aks-twin'), identity }
    const pairs = [
      sampleObservedPair([sampleAssignment(acrPull)]),
      sampleObservedPair([sampleAssignment(acrPull)], { target: twin }),
    ]
    expect(makePlan(sampleObserved(pairs), detach).operations).toHaveLength(1)
  })
})

describe('detach of an identity that another cluster may pull with', () => {
  const unread = new ActionError('AUTHORIZATION_FAILED', "Can't tell which clusters exist there.", {
    fix: fix('x', 'az role assignment create'),
  })
  const planWith = (names: string[], errors: ActionError[] = [], more: Partial<Target> = {}) => {
    const { objectId } = target.identity
    const clusters = names.map(name => realTarget(name))
    const pullers = samplePullers([objectId, [target, ...clusters], errors], ['other', [realTarget('aks-other')]])
    const pairs = [registry, realRegistry('otheracr')].map(each =>
      sampleObservedPair(each === registry ? [sampleAssignment(acrPull)] : [], {
        registry: each,
        target: { ...target, ...more },
      }),
    )
    return makePlan(sampleObserved(pairs, { pullers }), detach)
  }

  it('is refused where it would delete something, and names the others', () => {
    const { pairs, operations } = planWith(['aks-2', 'aks-3'])
    expect(operations).toEqual([])
    expect(pairs.map(({ error }) => error?.code)).toEqual(['SHARED_IDENTITY', undefined])
    const { error } = pairs[0] ?? {}
    expect(error).toMatchObject({ subject: target.name, resource: target.id })
    expect(error?.message).toBe(
      `${target.name} was not detached from ${registry.name}: aks-2, aks-3 pull with its identity ${target.identity.name}, too, and would lose access.`,
    )
    expect(error?.fix.commands).toEqual([
      expect.stringContaining('--name aks-2'),
      expect.stringContaining('--name aks-3'),
    ])
    const many = planWith(Array.from({ length: 7 }, (_, index) => `aks-${index}`)).pairs[0]?.error
    expect(many?.message).toContain('aks-4 and 2 more pull')
    expect(many?.fix.commands).toHaveLength(5)
    expect(planWith(['aks-2'], [], { kind: 'kubelet-identity' }).pairs[0]?.error?.message).toContain(
      ': aks-2 pulls with this identity, too,',
    )
  })

  it("is refused if that can't be ruled out, and says what could not be read", () => {
    const { error } = planWith([], [unread, unread]).pairs[0] ?? {}
    expect(error).toMatchObject({ code: 'SHARED_IDENTITY', fix: { commands: ['az role assignment create'] } })
    expect(error?.message).toContain(
      `pull, or boot their nodes, with its identity ${target.identity.name}: ${unread.message}`,
    )
    const down = new ActionError('AZURE_UNAVAILABLE', 'No answer.', { fix: fix('Try later.') })
    expect(planWith([], [down]).pairs[0]?.error?.fix).toEqual(down.fix)
  })
})

describe('detach from some repositories', () => {
  const abac = { ...registry, roleAssignmentMode: 'ABAC' as const }
  const planWith = (condition: string | undefined, ...repositories: string[]) => {
    const held = sampleAssignment(repositoryReader, { ...(condition !== undefined && { condition }) })
    const pair = sampleObservedPair([held], { registry: abac, role: repositoryReader })
    const [planned] = makePlan(sampleObserved([pair]), { ...detach, repositories }).pairs
    return { ...planned, held }
  }

  it('deletes an assignment of nothing else, and leaves one of others', () => {
    expect(planWith(repositoryCondition(['team/app']), 'team/*').operations).toMatchObject([
      { operation: 'delete-role-assignment' },
    ])
    expect(planWith(repositoryCondition(['shop/*']), 'team/*').operations).toEqual([])
  })

  it('refuses what would take others, too', () => {
    const whole = planWith(undefined, 'team/app')
    expect(whole.error).toMatchObject({
      code: 'INVALID_INPUT',
      message:
        "Container Registry Repository Reader on contosoacr for aks-prod-1 allows the whole registry: team/app can't be taken out of it without other repositories, so it was left as it is.",
    })
    expect(planWith(repositoryCondition(['team/*', 'shop/x']), 'team/app').error?.message).toContain(
      'allows team/* and shop/x: team/app',
    )
    const list = planWith(repositoryCondition(['team/app', 'shop/x']), 'team/app')
    expect(list.operations).toEqual([])
    expect(list.error?.fix.commands).toEqual([showAssignmentCommand(list.held.id)])
    expect(planWith('(strange)', 'team/app').error?.code).toBe('CONDITION_NOT_UNDERSTOOD')
  })
})

describe('access that remains after a detach', () => {
  it('is limited by its condition', () => {
    const abac = { ...registry, roleAssignmentMode: 'ABAC' as const }
    const message = (condition: string) => {
      const held = sampleAssignment(repositoryReader, { scope: above, condition })
      const observed = sampleObserved([sampleObservedPair([held], { registry: abac, role: repositoryReader })])
      return findResiduals(observed, makePlan(observed, detach).pairs, detach)[0]?.message
    }
    const holds =
      'aks-prod-1 can still pull from contosoacr: aks-prod-1-agentpool holds Container Registry Repository Reader'
    expect(message(repositoryCondition(['team/app', 'shop/*']))).toBe(
      `${holds}, limited to team/app and shop/*, at ${above}.`,
    )
    expect(message("@Environment[UtcNow] DateTimeLessThan '2030-01-01T00:00:00.0Z'")).toBe(
      `${holds}, limited to what a condition allows, at ${above}.`,
    )
  })

  it('is not reported for a pair that could not be planned', () => {
    const observed = sampleObserved([sampleObservedPair([sampleAssignment(owner)])])
    const error = new ActionError('BOOTSTRAP_REGISTRY', 'It boots from it.', { subject: registry.name })
    const pairs = makePlan(observed, detach).pairs.map(pair => ({ ...pair, error }))
    expect(findResiduals(observed, pairs, detach)).toEqual([])
  })

  it('is not reported together with findings about registries or roles', () => {
    expect(plan([sampleAssignment(reader)], {}, detach).findings.map(({ code }) => code)).not.toContain('EXCESS_ROLE')
    const loose = { ...registry, adminUserEnabled: true }
    const pair = sampleObservedPair([], { registry: loose, target: { ...target, isStopped: true } })
    expect(makePlan(sampleObserved([pair]), detach).findings).toEqual([])
  })

  it('is named one by one: inherited, and through a group, which it never leaves', () => {
    const held = [sampleAssignment(acrPull, { principalId: sampleGroup }), sampleAssignment(acrPull, { scope: above })]
    const { operations, findings } = plan(held, {}, { ...detach, group: sampleGroup })
    expect(operations).toEqual([])
    expect(findings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      `RESIDUAL_ACCESS: aks-prod-1 can still pull from contosoacr: the group ${sampleGroup} holds AcrPull at ${registry.id}.`,
      `RESIDUAL_ACCESS: aks-prod-1 can still pull from contosoacr: aks-prod-1-agentpool holds AcrPull at ${above}.`,
    ])
    const observed = sampleObserved([sampleObservedPair(held)])
    expect(findResiduals(observed, makePlan(observed, sampleWish).pairs, sampleWish)).toEqual([])
  })
})
