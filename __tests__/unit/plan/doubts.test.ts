import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, parseImageRequest, type ObservedImage, type Target } from 'azure'
import { partsOf } from 'kernel'
import type { RoleAssignment } from 'azure'
import type { Observed, ObservedPair } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import type { Desired } from '../../../src/plan/context.js'
import {
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleObserved,
  sampleObservedPair,
  sampleWish,
} from '../../support/observed.js'

const target = realTarget()
const registry = realRegistry()
const planOf = (pairs: ObservedPair[], desired: Partial<Desired> = {}, more: Partial<Observed> = {}) =>
  makePlan(sampleObserved(pairs, more), { ...sampleWish, ...desired })

describe('a secret that nodes pull with', () => {
  type Secret = NonNullable<NonNullable<Target['identity']['secret']>['value']>
  const endsAt = Date.parse('2026-12-24T23:30:00Z')
  const findingsOf = (secret?: Secret) => {
    const identity = {
      ...target.identity,
      clientId: 'client-1',
      isApplication: true as const,
      secret: { value: secret },
    }
    return planOf([sampleObservedPair([], { target: { ...target, identity } })]).findings
  }

  it.each<[string, Omit<Secret, 'endsAt' | 'haveAllEnded'>, string]>([
    ['ends', { hasEnded: false, count: 1 }, "ends on 2026-12-24: nodes can't pull with it after that."],
    ['has ended', { hasEnded: true, count: 1 }, "ended on 2026-12-24: with it, nodes can't pull."],
    [
      'is one of several',
      { hasEnded: true, count: 3 },
      "ended on 2026-12-24: with it, nodes can't pull. The application has 3 secrets, and only the nodes know which one they use.",
    ],
  ])('that %s is a warning with the ways to give them another one', (_, more, text) => {
    const [finding, ...others] = findingsOf({ endsAt, haveAllEnded: false, ...more })
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      ...{ code: 'SECRET_EXPIRES', severity: 'warning', subject: target.id },
      message: `A secret of the application that aks-prod-1 pulls with ${text}`,
    })
    const [look, renew] = finding ? partsOf(finding.fix) : []
    expect(look?.commands).toEqual(['az ad app credential list --id client-1 --query "[].endDateTime"'])
    expect(renew?.commands).toEqual([
      // An empty secret never reaches the nodes.
      expect.stringMatching(
        /^az ad app credential reset .* \| xargs -r -n 1 az aks update-credentials .*--service-principal client-1 --client-secret$/s,
      ),
    ])
    expect([look?.caution, renew?.caution]).toEqual([undefined, expect.any(String)])
  })

  it('is nothing to report if it needs no attention', () => {
    expect(findingsOf(undefined)).toEqual([])
  })
})

describe('access through a condition about @Resource', () => {
  const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
  const role = builtInRoles.repositoryReader
  const written = (attribute: string): string => repositoryCondition(['team/app']).replaceAll('@Request', attribute)
  const assigned = (attribute: string, more: Partial<RoleAssignment> = {}): RoleAssignment =>
    sampleAssignment(role, { scope: abac.id, condition: written(attribute), ...more })
  const findingsOf = (assignments: RoleAssignment[], at = abac, repositories = ['team/app']) => {
    const plan = planOf([sampleObservedPair(assignments, { registry: at, role })], { repositories })
    return plan.findings.filter(({ code }) => code === 'ROLE_IGNORED_BY_ABAC')
  }

  it('is a notice: only a pull shows whether it counts', () => {
    const [finding, ...others] = findingsOf([assigned('@Resource')])
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      ...{ severity: 'notice', subject: abac.id },
      message:
        'aks-prod-1 has access to abacacr through a condition about @Resource attributes of repositories, which is not known to work at registries: ' +
        'the role is assigned, and only a pull shows whether it counts.',
      fix: { commands: [expect.stringContaining(assigned('').id)] },
    })
  })

  it('is fine next to another assignment that is enough', () => {
    const own = assigned('@Request', { id: `${abac.id}/2` })
    expect(findingsOf([assigned('@Resource'), own])).toEqual([])
    expect(findingsOf([own])).toEqual([])
  })

  it('is not what matters where something is missing, or where conditions do not count', () => {
    expect(findingsOf([assigned('@Resource')], abac, ['team/app', 'shop'])).toEqual([])
    expect(findingsOf([])).toEqual([])
  })
})

describe('a registry that nobody can connect to', () => {
  const sealed = { ...registry, publicNetworkAccess: false, isSealed: true as const }
  const message =
    'No node can pull from contosoacr, whatever its role: it only accepts connections through private endpoints, and it has none.'

  it('is drift of each of its pairs in check, and a warning of attach', () => {
    const pair = sampleObservedPair([sampleAssignment(builtInRoles.acrPull)], { registry: sealed })
    const check = planOf([pair], { mode: 'check' })
    expect(check.findings).toEqual([])
    expect(check.pairs).toMatchObject([
      { access: { role: 'AcrPull' }, operations: [], error: { code: 'NO_PRIVATE_ENDPOINT', message } },
    ])
    expect(check.pairs[0]?.error).toMatchObject({
      ...{ subject: 'contosoacr', resource: registry.id },
      reason: 'it only accepts connections through private endpoints, and it has none',
    })
    const attach = planOf([pair])
    expect(attach.findings).toMatchObject([{ code: 'NO_PRIVATE_ENDPOINT', severity: 'warning', message }])
    expect(attach.pairs[0]).not.toHaveProperty('error')
    // In detach, nobody is to pull.
    expect(planOf([pair], { mode: 'detach' }).findings).toEqual([])
  })

  it('still has the roles that attach would add', () => {
    const [pair] = planOf([sampleObservedPair([], { registry: sealed })], { mode: 'check' }).pairs
    expect(pair?.operations).toHaveLength(1)
  })
})

describe("the action's own image for probes", () => {
  const request = parseImageRequest('mcr.microsoft.com/oss/kubernetes/pause:3.9')
  if (!request) throw new Error('it is an image')
  const image = (isProbe: boolean): ObservedImage => ({
    ...{ registry, present: { kind: 'missing' }, notes: [], request: isProbe ? { ...request, isProbe } : request },
  })
  const imported = (images: ObservedImage[], ...pairs: ObservedPair[]) => planOf(pairs, {}, { images }).images.length

  it('is only imported where nodes may pull it', () => {
    const pair = sampleObservedPair()
    expect(imported([image(true)], pair)).toBe(1)
    expect(imported([image(true)], sampleObservedPair([], { registry: realRegistry('other') }), pair)).toBe(1)
    expect(imported([image(true)], sampleObservedPair([], { registry: realRegistry('other') }))).toBe(0)
    expect(imported([image(true)])).toBe(0)
    const identity = { ...target, kind: 'kubelet-identity' as const }
    expect(imported([image(true)], sampleObservedPair([], { target: identity }))).toBe(0)
    // One that the inputs name is imported in any case.
    expect(imported([image(false)])).toBe(1)
  })
})
