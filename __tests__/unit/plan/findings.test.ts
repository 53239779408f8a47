import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type Registry, type Target } from 'azure'
import { printFix, type Finding } from 'kernel'
import type { Observed, ObservedPair, Plan } from 'run-model'
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

const { acrPull, acrPush, acrDelete, catalogLister, repositoryReader } = builtInRoles
const registry = realRegistry()
const target = realTarget()
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const above = '/subscriptions/s'

const find = (
  pair: ObservedPair,
  desired: Partial<Desired> = {},
  more: Partial<Observed> = {},
): Plan['findings'][number][] => makePlan(sampleObserved([pair], more), { ...sampleWish, ...desired }).findings
const codes = (findings: Finding[]): string[] => findings.map(({ code }) => code)
const modes = ['attach', 'check', 'detach'] as const

const at = (more: Partial<Registry>): Finding[] => find(sampleObservedPair([], { registry: { ...registry, ...more } }))
const closed = { publicNetworkAccess: false, isSealed: true as const }
const endpoints = ['Pending', ''].map((status, index) => ({ id: `p${index}`, status }))

const of = (more: Partial<Target>): Finding[] => find(sampleObservedPair([], { target: { ...target, ...more } }))
const accounts = (isEnabled: boolean, defaultIdentityId = '') =>
  of({ serviceAccountPull: { value: { isEnabled, defaultIdentityId } } })
const puller = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller'
const leftOut: Observed['leftOut'] = [
  { kind: 'cluster', phase: 'deleting', id: realTarget('aks-old').id, name: 'aks-old' },
  { kind: 'cluster', phase: 'creating', id: realTarget('aks-new').id, name: 'aks-new' },
  { kind: 'registry', phase: 'deleting', id: realRegistry('oldacr').id, name: 'oldacr' },
  { kind: 'registry', phase: 'creating', id: realRegistry('newacr').id, name: 'newacr' },
]
const leave = (mode: (typeof modes)[number]) => find(sampleObservedPair(), { mode }, { leftOut })
const old = { objectId: 'o', clientId: 'c', name: 'service principal …abcd' }
const move = (mode: (typeof modes)[number]) =>
  find(sampleObservedPair([], { target: { ...target, identity: old, state: 'Updating', isMoving: true } }), { mode })

const pull = sampleAssignment(acrPull)
const ofGroup = (role = acrPull) => sampleAssignment(role, { principalId: sampleGroup, principalType: 'Group' })
const grouped = { groupAssignments: [ofGroup()] }
const inAbac = (assignments: ObservedPair['assignments'], more: Partial<ObservedPair> = {}) =>
  sampleObservedPair(assignments, { registry: abac, role: repositoryReader, ...more })
const held = (condition?: string) =>
  sampleAssignment(repositoryReader, { scope: abac.id, ...(condition && { condition }) })
const limited = (...repositories: string[]) => held(repositoryCondition(repositories))
const none = repositoryCondition(['team']).replace("StringEqualsIgnoreCase 'team'", "StringEquals 'Team'")

const isolated = { ...target, bootstrapRegistryId: abac.id }
const lister = sampleAssignment(catalogLister, { scope: abac.id })
const boots = (assignments: ObservedPair['assignments'], desired: Partial<Desired> = {}) =>
  find(inAbac(assignments, { target: isolated }), desired).filter(({ code }) => code === 'BOOTSTRAP_REGISTRY')
const own = { target: { ...target, bootstrapRegistryId: registry.id } }

type Secret = NonNullable<NonNullable<Target['identity']['secret']>['value']>
const secret = (more?: Omit<Secret, 'endsAt' | 'haveAllEnded'>) => {
  const value = more && { endsAt: Date.parse('2026-12-24T23:30:00Z'), haveAllEnded: false, ...more }
  return of({ identity: { ...target.identity, clientId: 'client-1', isApplication: true, secret: { value } } })
}
const written = (attribute: string) => held(repositoryCondition(['team/app']).replaceAll('@Request', attribute))
const aboutResource = (assignments: ObservedPair['assignments'], ...repositories: string[]) =>
  find(inAbac(assignments), { repositories: ['team/app', ...repositories] }).filter(
    ({ code }) => code === 'ROLE_IGNORED_BY_ABAC',
  )

const found: Record<string, () => Record<string, Finding[]>> = {
  'a registry': () => ({
    'without public access': at({ publicNetworkAccess: false }),
    'without public access, and with a firewall': at({ publicNetworkAccess: false, firewall: true }),
    'with a firewall': at({ firewall: true }),
    'behind a perimeter': at({ otherNetworkAccess: 'SecuredByPerimeter' }),
    'behind a perimeter, where its own firewall does not decide': at({
      otherNetworkAccess: 'SecuredByPerimeter',
      firewall: true,
    }),
    'with an access that is not known': at({ otherNetworkAccess: 'Restricted' }),
    'that takes no tokens for Azure Resource Manager': at({ armTokensAccepted: false }),
    'with an admin user': at({ adminUserEnabled: true }),
    'that nobody can connect to': at(closed),
    'whose private endpoints are not approved': at({ ...closed, privateEndpoints: endpoints }),
  }),
  'a cluster': () => ({
    'that is stopped': of({ isStopped: true }),
    'that pulls as its service accounts': accounts(true),
    'that pulls as its service accounts, or as an identity': accounts(true, puller),
    'that * leaves out': leave('check'),
    'with a secret that ends': secret({ hasEnded: false, count: 1 }),
    'with a secret that has ended': secret({ hasEnded: true, count: 1 }),
    'with a secret that is one of several': secret({ hasEnded: true, count: 3 }),
    'that is moving to managed identities': move('check'),
  }),
  'a role': () => ({
    'that allows more': find(sampleObservedPair([pull, sampleAssignment(acrPush, { scope: above })])),
    'that is the one of the inputs and allows more': find(sampleObservedPair([], { role: acrPush })),
    'that is the one of the inputs, allows more and is held': find(
      sampleObservedPair([sampleAssignment(acrPush)], { role: acrPush }),
    ),
    'that allows more, by which a group pulls': find(sampleObservedPair([ofGroup(acrPush)])),
    'that the mode of the registry ignores': find(inAbac([sampleAssignment(acrPull, { scope: abac.id })])),
    'with a condition about @Resource, of which only a pull shows whether it counts': aboutResource([
      written('@Resource'),
    ]),
    'that loses its condition': find(inAbac([limited('team/app', 'tools/*')])),
    'that loses a condition that allowed nothing': find(inAbac([held(none)])),
  }),
  'a group': () => ({
    'by which a cluster pulls': find(sampleObservedPair([ofGroup()])),
    'by which a cluster pulls, and that is the one of the inputs': find(sampleObservedPair([ofGroup()], grouped), {
      group: sampleGroup,
    }),
    'by which a cluster will pull': find(sampleObservedPair(), { group: sampleGroup }),
  }),
  'the registry that nodes boot from': () => ({
    'without the role that lists repositories': boots([held()]),
    'without that role, after a move': find(
      sampleObservedPair([pull, sampleAssignment(repositoryReader)], { ...own, nextRole: repositoryReader }),
    ),
    'without the pull role': boots([lister]),
    'with a pull role that is too narrow': boots([limited('team/app')]),
    'with a condition that is not understood': boots([held('(other)'), lister], { mode: 'check' }),
  }),
}

/** Code, severity, subject, sentence, and advice with its commands and cautions. */
function show({ code, severity, subject, message, fix }: Finding): string {
  const cautions = fix.flatMap(({ caution }) => caution ?? [])
  const lines = [`${code}, ${severity}, ${subject}`, message, printFix(fix), ...cautions]
  return lines.join('\n').replaceAll(/^(?=.)/gm, '  ')
}

describe('findings', () => {
  it.each(Object.keys(found))('about %s are as in findings/', async about => {
    const text = Object.entries(found[about]?.() ?? {}).map(([name, all]) => `${name}\n${all.map(show).join('\n\n')}\n`)
    await expect(text.join('\n')).toMatchFileSnapshot(`findings/${about.replaceAll(' ', '-')}.txt`)
  })

  it('about what * leaves out, and about a move, are the same in every mode', () => {
    for (const mode of modes) expect([leave(mode), move(mode)]).toEqual([leave('check'), move('check')])
  })

  it('about the registry of several clusters are one, and none about what was not found', () => {
    const loose = { ...registry, adminUserEnabled: true }
    const pairs = [realTarget('aks-1'), realTarget('aks-2')].map(each =>
      sampleObservedPair([], { target: each, registry: loose }),
    )
    expect(codes(makePlan(sampleObserved(pairs), sampleWish).findings)).toEqual(['ADMIN_USER_ENABLED'])
    const lost = { asked: 'x', error: { name: 'x' } as never }
    expect(find(sampleObservedPair(), {}, { targets: [lost], registries: [lost] })).toEqual([])
  })

  const twin = { ...acrPull, id: 'twin', name: 'Twin' }
  const known = new Map([acrPull, acrDelete, twin].map(role => [role.id, role]))
  it.each<[string, Finding[]]>([
    ['a registry without problems', at({})],
    ['a registry that does not exist yet', at({ exists: false, adminUserEnabled: true, firewall: true })],
    ['a cluster whose service accounts are not set to pull', accounts(false)],
    [
      'roles that only pull, do not, or are unknown',
      find(
        sampleObservedPair([
          pull,
          sampleAssignment(twin),
          sampleAssignment(acrDelete),
          sampleAssignment({ ...acrPull, id: 'unknown' }),
        ]),
        {},
        { roles: known },
      ),
    ],
    ['a role of the inputs that only pulls', find(sampleObservedPair([], { role: twin }))],
    // With another role that is enough, it is never assigned.
    ['a role of the inputs that is not needed', find(sampleObservedPair([pull], { role: acrPush }))],
    ["the other mode's role in RBAC mode", find(sampleObservedPair([pull, sampleAssignment(repositoryReader)]))],
    ['a role that pulls in no mode', find(inAbac([sampleAssignment(acrDelete, { scope: abac.id })]))],
    ['a grant in ABAC mode that is planned', find(inAbac([]))],
    ['a secret that needs no attention', secret()],
    [
      'a condition about @Resource beside another assignment',
      aboutResource([written('@Resource'), written('@Request')]),
    ],
    ['a condition about @Request', aboutResource([written('@Request')])],
    ['a condition about @Resource where something is missing', aboutResource([written('@Resource')], 'shop')],
    ['access that is direct', find(sampleObservedPair([pull]))],
    ['a bootstrap registry in RBAC mode with its role', find(sampleObservedPair([pull], own))],
    ['a bootstrap registry with both roles', boots([held(), lister])],
    ['a bootstrap registry with its repositories', boots([limited('aks-managed-repository/*'), lister])],
    ['a bootstrap registry that is none of the step', find(sampleObservedPair([], { target: isolated }))],
  ])('are none about %s', (_, none) => {
    expect(none).toEqual([])
  })

  it("about a group's role that allows more are only there if groups matter", () => {
    expect(find(sampleObservedPair([pull, ofGroup(acrPush)]))).toEqual([])
    expect(find(sampleObservedPair([sampleAssignment(acrPull, { scope: above }), ofGroup(acrPush)]))).toEqual([])
    expect(codes(find(sampleObservedPair([pull, ofGroup(acrPush)]), { group: sampleGroup }))).toContain('EXCESS_ROLE')
  })

  it('about a condition are about its limit if it is only widened', () => {
    expect(codes(find(inAbac([limited('team/app')]), { repositories: ['other/app'] }))).toEqual(['LIMIT_NOT_IN_FORCE'])
  })
})
