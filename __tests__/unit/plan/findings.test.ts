import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type Registry, type Target } from 'azure'
import type { Finding } from 'kernel'
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

const { acrPull, acrPush, acrDelete, repositoryReader } = builtInRoles
const registry = realRegistry()
const target = realTarget()
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }

const find = (
  pair: ObservedPair,
  desired: Partial<Desired> = {},
  more: Partial<Observed> = {},
): Plan['findings'][number][] => makePlan(sampleObserved([pair], more), { ...sampleWish, ...desired }).findings
const codes = (findings: Finding[]): string[] => findings.map(({ code }) => code)

describe('a registry', () => {
  const settings = (more: Partial<Registry>): Finding[] =>
    find(sampleObservedPair([], { registry: { ...registry, ...more } }))

  it('without problems has no findings', () => {
    expect(settings({})).toEqual([])
  })

  it.each<[string, Partial<Registry>, RegExp, RegExp]>([
    [
      'PUBLIC_ACCESS_DISABLED',
      { publicNetworkAccess: false },
      /^contosoacr only accepts connections through private endpoints/,
      /private-endpoint/,
    ],
    ['FIREWALL', { firewall: true }, /^contosoacr only accepts listed IP addresses/, /network-rule list/],
    [
      'FIREWALL',
      { otherNetworkAccess: 'SecuredByPerimeter' },
      /^contosoacr is secured by a network security perimeter: except .* private endpoints, .* the perimeter's rules/,
      /acr show .* publicNetworkAccess/,
    ],
    [
      'FIREWALL',
      { otherNetworkAccess: 'Restricted' },
      /^The publicNetworkAccess of contosoacr is Restricted, .* may refuse/,
      /acr show .* publicNetworkAccess/,
    ],
    [
      'ARM_AUDIENCE_DISABLED',
      { armTokensAccepted: false },
      /^contosoacr accepts no tokens for Azure Resource Manager/,
      /authentication-as-arm/,
    ],
    [
      'ADMIN_USER_ENABLED',
      { adminUserEnabled: true },
      /^contosoacr has its admin user enabled/,
      /--admin-enabled false/,
    ],
  ])('is the finding %s', (code, more, message, command) => {
    expect(settings(more)).toMatchObject([
      { code, severity: 'warning', subject: registry.id, message: expect.stringMatching(message) as string },
    ])
    expect(settings(more)[0]?.fix.commands.join()).toMatch(command)
  })

  it('without public access has no finding about its firewall', () => {
    expect(codes(settings({ publicNetworkAccess: false, firewall: true }))).toEqual(['PUBLIC_ACCESS_DISABLED'])
  })

  it('that nobody can connect to says so instead, and why', () => {
    const closed = { publicNetworkAccess: false, isSealed: true as const }
    const waiting = {
      ...closed,
      privateEndpoints: [
        { id: 'p', status: 'Pending' },
        { id: 'q', status: '' },
      ],
    }
    expect([closed, waiting].map(more => codes(settings(more)))).toEqual([
      ['NO_PRIVATE_ENDPOINT'],
      ['NO_PRIVATE_ENDPOINT'],
    ])
    expect(settings(closed)[0]?.message).toMatch(
      /^No node can pull from contosoacr, whatever its role: .* and it has none\.$/,
    )
    expect(settings(waiting)[0]?.message).toContain('none is approved (Pending, unknown)')
    expect(settings(closed)[0]?.fix.commands.join()).toContain('az acr private-endpoint-connection list')
  })

  it('behind a perimeter has no finding about its own firewall, which does not decide there', () => {
    const [finding, ...others] = settings({ otherNetworkAccess: 'SecuredByPerimeter', firewall: true })
    expect(others).toEqual([])
    expect(finding?.message).toContain('perimeter')
  })

  it('that does not exist yet has no findings', () => {
    expect(settings({ exists: false, adminUserEnabled: true, firewall: true })).toEqual([])
  })

  it('of several clusters is reported once, and those that were not found are not reported', () => {
    const loose = { ...registry, adminUserEnabled: true }
    const pairs = [realTarget('aks-1'), realTarget('aks-2')].map(each =>
      sampleObservedPair([], { target: each, registry: loose }),
    )
    expect(codes(makePlan(sampleObserved(pairs), sampleWish).findings)).toEqual(['ADMIN_USER_ENABLED'])
    const lost = { asked: 'x', error: { name: 'x' } as never }
    expect(find(sampleObservedPair(), {}, { targets: [lost], registries: [lost] })).toEqual([])
  })
})

describe('a cluster', () => {
  const of = (more: Partial<Target>): Finding[] => find(sampleObservedPair([], { target: { ...target, ...more } }))

  it("that is stopped can't pull", () => {
    expect(of({ isStopped: true })).toMatchObject([
      {
        code: 'CLUSTER_STOPPED',
        severity: 'warning',
        subject: target.id,
        message: 'aks-prod-1 is stopped: access can be granted, but nothing can pull until it runs.',
      },
    ])
    expect(of({ isStopped: true })[0]?.fix).toMatchObject({
      text: '',
      commands: [expect.stringMatching(/^az aks start /)],
    })
  })

  it('that pulls as its service accounts is reported', () => {
    expect(of({ serviceAccountPull: { value: { isEnabled: false, defaultIdentityId: '' } } })).toEqual([])
    const [finding] = of({ serviceAccountPull: { value: { isEnabled: true, defaultIdentityId: '' } } })
    expect(finding).toMatchObject({ code: 'SERVICE_ACCOUNT_PULL', severity: 'warning', subject: target.id })
    expect(finding?.message).toBe(
      'aks-prod-1 pulls as the service accounts of its pods: on nodes that were created or reimaged since this was set, aks-prod-1-agentpool pulls nothing. ' +
        "Images are pulled with the identity that the pod's service account names, or else anonymously.",
    )
    const identity =
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller'
    const [other] = of({ serviceAccountPull: { value: { isEnabled: true, defaultIdentityId: identity } } })
    expect(other?.message).toMatch(/or else as puller\.$/)
    expect(finding?.fix.commands).toEqual([
      `az rest --method get --url '${target.id}?api-version=2026-08-02-preview' \\\n  --query properties.securityProfile.serviceAccountImagePullProfile`,
    ])
  })

  it('that * leaves out is reported in every mode, with a command that shows its state or waits for it', () => {
    const [idOf, acrOf] = [(name: string) => realTarget(name).id, (name: string) => realRegistry(name).id]
    const s = `--subscription ${registry.subscriptionId}`
    const aks = (verb: string, name: string, more = '') =>
      expect.stringMatching(new RegExp(`^az aks ${verb} .*--name ${name}${more && `.* ${more}`}$`, 's')) as string
    const acr = (name: string) => `az acr show --name ${name} --query provisioningState ${s}`
    for (const mode of ['attach', 'check', 'detach'] as const)
      expect(
        find(
          sampleObservedPair(),
          { mode },
          {
            leftOut: [
              { kind: 'cluster', phase: 'deleting', id: idOf('aks-old'), name: 'aks-old' },
              { kind: 'cluster', phase: 'creating', id: idOf('aks-new'), name: 'aks-new' },
              { kind: 'registry', phase: 'deleting', id: acrOf('oldacr'), name: 'oldacr' },
              { kind: 'registry', phase: 'creating', id: acrOf('newacr'), name: 'newacr' },
            ],
          },
        ).map(({ code, severity, subject, message, fix }) => [code, severity, subject, message, ...fix.commands]),
      ).toEqual([
        [
          'CLUSTER_STOPPED',
          'notice',
          idOf('aks-old'),
          'aks-old is being deleted and was left out.',
          aks('show', 'aks-old'),
        ],
        [
          ...['NO_KUBELET_IDENTITY', 'notice', idOf('aks-new'), 'aks-new is being created and was left out.'],
          aks('wait', 'aks-new', '--created'),
        ],
        ['AZURE_REFUSED', 'notice', acrOf('oldacr'), 'oldacr is being deleted and was left out.', acr('oldacr')],
        ['AZURE_REFUSED', 'notice', acrOf('newacr'), 'newacr is being created and was left out.', acr('newacr')],
      ])
  })

  it('that is moving to managed identities is reported in every mode, and pulls as its service principal', () => {
    const old = { objectId: 'o', clientId: 'c', name: 'service principal …abcd' }
    const target = { ...realTarget(), identity: old, state: 'Updating', isMoving: true }
    for (const mode of ['attach', 'check', 'detach'] as const) {
      const [finding, ...others] = find({ ...sampleObservedPair(), target }, { mode })
      expect(others).toEqual([])
      expect(finding).toMatchObject({ code: 'NO_KUBELET_IDENTITY', severity: 'notice', subject: target.id })
      expect(finding?.message).toBe(
        'aks-prod-1 has no kubelet identity yet: it is moving from service principal …abcd to managed identities (provisioning state: Updating). ' +
          'Its nodes pull with the service principal until their node pools are upgraded after the move.',
      )
      expect(finding?.fix.text).toMatch(/^Run this step again after the move and before you upgrade the node pools/)
      expect(finding?.fix.commands).toEqual([expect.stringMatching(/^az aks wait .* --updated$/s)])
    }
  })
})

describe('a role in addition to the desired one', () => {
  it('that allows more is in excess, and is reported with its scope and its assignment', () => {
    const excess = sampleAssignment(acrPush, { scope: '/subscriptions/s' })
    // It names the assignment, and does not delete it: another registry may be pulled from by it.
    const [finding, ...others] = find(sampleObservedPair([sampleAssignment(acrPull), excess]))
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      code: 'EXCESS_ROLE',
      severity: 'warning',
      subject: target.id,
      message:
        'aks-prod-1-agentpool, which aks-prod-1 pulls with, holds AcrPush at /subscriptions/s. Pods on aks-prod-1 can do more with it than pull from contosoacr: AcrPull is enough.',
    })
    expect(finding?.fix.commands.join()).toContain(excess.id)
  })

  it('that only allows pulling, or does not allow it, is not reported', () => {
    const twin = { ...acrPull, id: 'twin', name: 'Twin' }
    const roles = new Map([acrPull, acrDelete, twin].map(role => [role.id, role]))
    const held = [
      sampleAssignment(acrPull),
      sampleAssignment(twin),
      sampleAssignment(acrDelete),
      sampleAssignment({ ...acrPull, id: 'unknown' }),
    ]
    expect(find(sampleObservedPair(held), {}, { roles })).toEqual([])
  })

  it('that is the role of the inputs is reported as such, whether it is assigned yet or not', () => {
    for (const held of [[], [sampleAssignment(acrPush)]]) {
      const [finding, ...others] = find(sampleObservedPair(held, { role: acrPush }))
      expect(others).toEqual([])
      expect(finding).toMatchObject({
        code: 'EXCESS_ROLE',
        subject: target.id,
        message: 'With the input role, pods on aks-prod-1 can use AcrPush. AcrPull is enough to pull from contosoacr.',
      })
      expect(finding?.fix.commands).toEqual([])
    }
    expect(find(sampleObservedPair([], { role: { ...acrPull, id: 'twin', name: 'Twin' } }))).toEqual([])
    // With another role that is enough, it is never assigned.
    expect(find(sampleObservedPair([sampleAssignment(acrPull)], { role: acrPush }))).toEqual([])
  })

  it('of a group is only reported if groups matter', () => {
    const ofGroup = sampleAssignment(acrPush, { principalId: sampleGroup })
    expect(find(sampleObservedPair([sampleAssignment(acrPull), ofGroup]))).toEqual([])
    expect(find(sampleObservedPair([sampleAssignment(acrPull, { scope: '/subscriptions/s' }), ofGroup]))).toEqual([])
    const [finding] = find(sampleObservedPair([ofGroup]))
    expect(finding?.code).toBe('EXCESS_ROLE')
    expect(finding?.message).toContain(`The group ${sampleGroup}, which aks-prod-1 pulls through, holds AcrPush`)
    const withGroup = find(sampleObservedPair([sampleAssignment(acrPull), ofGroup]), { group: sampleGroup })
    expect(codes(withGroup)).toContain('EXCESS_ROLE')
  })

  it("that the registry's mode ignores is reported for the registry", () => {
    const old = sampleAssignment(acrPull, { scope: abac.id })
    const [finding] = find(sampleObservedPair([old], { registry: abac, role: repositoryReader }))
    expect(finding).toMatchObject({ code: 'ROLE_IGNORED_BY_ABAC', subject: abac.id })
    expect(finding?.message).toContain(
      'but abacacr is in ABAC mode, where this role does not allow pulling; Container Registry Repository Reader replaces it.',
    )
    const other = sampleAssignment(repositoryReader)
    expect(find(sampleObservedPair([sampleAssignment(acrPull), other]))).toEqual([])
    const useless = sampleAssignment(acrDelete, { scope: abac.id })
    expect(find(sampleObservedPair([useless], { registry: abac, role: repositoryReader }))).toEqual([])
  })
})

describe('a condition that is removed', () => {
  const limited = (condition: string) =>
    sampleObservedPair([sampleAssignment(repositoryReader, { scope: abac.id, condition })], {
      registry: abac,
      role: repositoryReader,
    })

  it('is reported with its repositories, if it names any', () => {
    const [finding] = find(limited(repositoryCondition(['team/app', 'tools/*'])))
    expect(finding).toMatchObject({ code: 'CONDITION_REMOVED', severity: 'warning', subject: abac.id })
    expect(finding?.message).toContain(
      'was limited to the repositories team/app, tools/*. Without this condition it applies to the whole registry',
    )
    const none = repositoryCondition(['team']).replace("StringEqualsIgnoreCase 'team'", "StringEquals 'Team'")
    expect(find(limited(none))[0]?.message).toContain('was limited to no repository.')
  })

  it('is not reported if it is only widened or not changed', () => {
    const named = limited(repositoryCondition(['team/app']))
    expect(codes(find(named, { repositories: ['other/app'] }))).toEqual(['LIMIT_NOT_IN_FORCE'])
    expect(codes(find(sampleObservedPair([], { registry: abac, role: repositoryReader })))).toEqual([])
  })
})

describe('access through a group', () => {
  const ofGroup = sampleAssignment(acrPull, { principalId: sampleGroup, principalType: 'Group' })

  it('takes hours to follow a change, with or without a group in the inputs', () => {
    const [held] = find(sampleObservedPair([ofGroup]))
    expect(held).toMatchObject({ code: 'GROUP_LATENCY', severity: 'warning', subject: target.id })
    expect(held?.message).toContain(`aks-prod-1 pulls through the group ${sampleGroup}`)
    const pair = sampleObservedPair([ofGroup], { groupAssignments: [ofGroup] })
    expect(find(pair, { group: sampleGroup })[0]?.message).toContain('aks-prod-1 pulls through')
    const planned = find(sampleObservedPair(), { group: sampleGroup })
    expect(planned[0]?.message).toContain(`aks-prod-1 will pull through the group ${sampleGroup}`)
  })

  it('is not reported if access is direct', () => {
    expect(find(sampleObservedPair([sampleAssignment(acrPull)]))).toEqual([])
  })
})

describe('the registry that nodes boot from', () => {
  const isolated = { ...target, bootstrapRegistryId: abac.id }
  const boots = (...assignments: ObservedPair['assignments']) =>
    find(sampleObservedPair(assignments, { target: isolated, registry: abac, role: repositoryReader })).filter(
      ({ code }) => code === 'BOOTSTRAP_REGISTRY',
    )
  const held = (condition?: string) =>
    sampleAssignment(repositoryReader, { scope: abac.id, ...(condition && { condition }) })

  const lister = sampleAssignment(builtInRoles.catalogLister, { scope: abac.id })

  it('is reported if the role that lists repositories is not held where it counts, or will', () => {
    expect(boots(held())).toMatchObject([{ severity: 'warning', subject: abac.id }])
    expect(boots(held())[0]?.message).toContain('also needs Container Registry Repository Catalog Lister')
    const rbac = realRegistry()
    const own = { target: { ...target, bootstrapRegistryId: rbac.id } }
    const both = { ...own, nextRole: repositoryReader }
    const pull = sampleAssignment(acrPull)
    expect(find(sampleObservedPair([pull], own))).toEqual([])
    expect(find(sampleObservedPair([pull, sampleAssignment(repositoryReader)], both))).toMatchObject([
      { code: 'BOOTSTRAP_REGISTRY', subject: rbac.id },
    ])
  })

  it('is reported if the pull role is missing or does not include its repositories', () => {
    expect(boots(lister)).toMatchObject([{ severity: 'warning', subject: target.id }])
    expect(boots(lister)[0]?.message).toContain(
      'aks-prod-1 boots its nodes from abacacr, and the pull role of aks-prod-1-agentpool there is missing for aks-managed-repository/*',
    )
    expect(boots(held(repositoryCondition(['team/app'])))[0]?.message).toContain('does not reach')
    expect(boots(held(), lister)).toEqual([])
    const unclear = sampleObservedPair([held('(other)')], { target: isolated, registry: abac, role: repositoryReader })
    const [finding] = find(unclear, { mode: 'check' })
    expect(finding?.message).toContain(
      'is not known to reach aks-managed-repository/*: this step does not understand its condition',
    )
    expect(finding?.fix.commands).toEqual([expect.stringContaining(`'${held().id}?`)])
    expect(boots(held(repositoryCondition(['aks-managed-repository/*'])), lister)).toEqual([])
  })

  it('is not reported if it is not a registry of the step', () => {
    expect(codes(find(sampleObservedPair([], { target: isolated })))).toEqual([])
  })
})
