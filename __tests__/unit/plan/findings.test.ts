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
import { printCatalogue, sayScopes } from '../../support/catalogue.js'
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
    'without public access: PUBLIC_ACCESS_DISABLED': at({ publicNetworkAccess: false }),
    'without public access, and with a firewall: PUBLIC_ACCESS_DISABLED alone': at({
      publicNetworkAccess: false,
      firewall: true,
    }),
    'with a firewall: FIREWALL': at({ firewall: true }),
    'behind a perimeter: a warning that names it': at({ otherNetworkAccess: 'SecuredByPerimeter' }),
    'behind a perimeter, where its own firewall does not decide: its own firewall is not told': at({
      otherNetworkAccess: 'SecuredByPerimeter',
      firewall: true,
    }),
    'with an access that is not known: a warning that it is not known': at({ otherNetworkAccess: 'Restricted' }),
    'that takes no tokens for Azure Resource Manager: ARM_AUDIENCE_DISABLED': at({ armTokensAccepted: false }),
    'with an admin user: ADMIN_USER_ENABLED': at({ adminUserEnabled: true }),
    'that nobody can connect to: NO_PRIVATE_ENDPOINT': at(closed),
    'whose private endpoints are not approved: NO_PRIVATE_ENDPOINT': at({ ...closed, privateEndpoints: endpoints }),
  }),
  'a cluster': () => ({
    'that is stopped: CLUSTER_STOPPED, a warning': of({ isStopped: true }),
    'that pulls as its service accounts: SERVICE_ACCOUNT_PULL': accounts(true),
    'that pulls as its service accounts, or as an identity: SERVICE_ACCOUNT_PULL, with the identity': accounts(
      true,
      puller,
    ),
    'that * leaves out: notices, each by its name': leave('check'),
    'with a secret that ends: SECRET_EXPIRES, with the day': secret({ hasEnded: false, count: 1 }),
    'with a secret that has ended: SECRET_EXPIRES, as past': secret({ hasEnded: true, count: 1 }),
    'with a secret that is one of several: SECRET_EXPIRES, of which only nodes know whether it counts': secret({
      hasEnded: true,
      count: 3,
    }),
    'that is moving to managed identities: a notice with what it pulls with until then': move('check'),
  }),
  'a role': () => ({
    'that allows more: EXCESS_ROLE, shown and not deleted': find(
      sampleObservedPair([pull, sampleAssignment(acrPush, { scope: above })]),
    ),
    'that is the one of the inputs and allows more: EXCESS_ROLE, and role: auto would do': find(
      sampleObservedPair([], { role: acrPush }),
    ),
    'that is the one of the inputs, allows more and is held: EXCESS_ROLE once': find(
      sampleObservedPair([sampleAssignment(acrPush)], { role: acrPush }),
    ),
    'that allows more, by which a group pulls: EXCESS_ROLE of the group': find(sampleObservedPair([ofGroup(acrPush)])),
    'that the mode of the registry ignores: ROLE_IGNORED_BY_ABAC': find(
      inAbac([sampleAssignment(acrPull, { scope: abac.id })]),
    ),
    'with a condition about @Resource, of which only a pull shows whether it counts: a notice': aboutResource([
      written('@Resource'),
    ]),
    'that loses its condition: CONDITION_REMOVED, with what it was': find(inAbac([limited('team/app', 'tools/*')])),
    'that loses a condition that allowed nothing: CONDITION_REMOVED, with nothing': find(inAbac([held(none)])),
  }),
  'a group': () => ({
    'by which a cluster pulls: GROUP_LATENCY': find(sampleObservedPair([ofGroup()])),
    'by which a cluster pulls, and that is the one of the inputs: GROUP_LATENCY': find(
      sampleObservedPair([ofGroup()], grouped),
      { group: sampleGroup },
    ),
    'by which a cluster will pull: GROUP_LATENCY, of what is to come': find(sampleObservedPair(), {
      group: sampleGroup,
    }),
  }),
  'the registry that nodes boot from': () => ({
    'without the role that lists repositories: BOOTSTRAP_REGISTRY': boots([held()]),
    'without that role, after a move: BOOTSTRAP_REGISTRY already': find(
      sampleObservedPair([pull, sampleAssignment(repositoryReader)], { ...own, nextRole: repositoryReader }),
    ),
    'without the pull role: BOOTSTRAP_REGISTRY, the grant is missing': boots([lister]),
    'with a pull role that is too narrow: BOOTSTRAP_REGISTRY, both': boots([limited('team/app')]),
    'with a condition that is not understood: BOOTSTRAP_REGISTRY, whether it is enough is not known': boots(
      [held('(other)'), lister],
      { mode: 'check' },
    ),
  }),
}

/** Code, severity, subject, sentence, and advice with its commands and cautions. */
function show({ code, severity, subject, message, fix }: Finding): string {
  const cautions = fix.flatMap(({ caution }) => caution ?? [])
  return sayScopes([`${code}, ${severity}, ${subject}`, message, printFix(fix), ...cautions].join('\n'))
}

describe('findings', () => {
  it.each(Object.keys(found))('about %s are as in findings/', async about => {
    const text = printCatalogue(found[about]?.() ?? {}, all => all.map(show))
    await expect(text).toMatchFileSnapshot(`findings/${about.replaceAll(' ', '-')}.txt`)
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
