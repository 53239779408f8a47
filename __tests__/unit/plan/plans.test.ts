// What is planned in small worlds, a file for each topic in plans/, which `npx vitest run -u` writes: the operations, what each pair has and lacks, what is
// unknown, and the findings. What holds in all worlds is in plan.test.ts, conditions.test.ts and bootstrap.test.ts.
import { describe, expect, it } from 'vitest'
import { readRepositoryCondition, repositoryCondition } from 'repository-conditions'
import {
  builtInRoles,
  lastSegment,
  roleAssignmentName,
  sameId,
  type RoleAssignment,
  type RoleDefinition,
  type Target,
} from 'azure'
import { ActionError, fix, printFix, reasonOf } from 'kernel'
import type { NodePull, Observed, ObservedPair, Operation, Plan, Verification } from 'run-model'
import { planAgain } from '../../../src/plan/again.js'
import { makePlan, planAfterCreation } from '../../../src/plan/plan.js'
import { findResiduals } from '../../../src/plan/residual.js'
import {
  hiddenMembers,
  realRegistry,
  realTarget,
  sampleAssignment,
  sampleGroup,
  sampleObserved,
  sampleObservedPair,
  samplePullers,
  sampleWish,
} from '../../support/observed.js'
import { printCatalogue, sayScopes } from '../../support/catalogue.js'
import type { Desired } from '../../../src/plan/context.js'

const { acrDelete, acrPull, acrPush, contributor, owner, reader, repositoryReader, repositoryWriter } = builtInRoles
const target = realTarget()
const { objectId } = target.identity
const other = realTarget('aks-2')
const twin = { ...realTarget('aks-twin'), identity: { ...target.identity, objectId: objectId.toUpperCase() } }
const registry = realRegistry()
const otherRegistry = realRegistry('otheracr')
const abac = { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }
const above = registry.id.slice(0, registry.id.indexOf('/providers'))
const ofGroup = { principalId: sampleGroup, principalType: 'Group' }

const [check, detach] = [{ mode: 'check' as const }, { mode: 'detach' as const }]
const grouped = { group: sampleGroup }
const limitedTo = (...repositories: string[]) => ({ repositories })

/** An assignment at the registry in RBAC mode; `read` and `limited` are at the one in ABAC mode. */
const held = (role = acrPull, more: Partial<RoleAssignment> = {}) => sampleAssignment(role, more)
const read = (more: Partial<RoleAssignment> = {}) => sampleAssignment(repositoryReader, { scope: abac.id, ...more })
const limited = (...repositories: string[]) => read({ condition: repositoryCondition(repositories) })
const strange = '(no condition of ours)'
const unclear = read({ condition: strange })
const nothing = repositoryCondition(['team']).replace("StringEqualsIgnoreCase 'team'", "StringEquals 'Team'")

const pair = sampleObservedPair
const inAbac = (assignments: RoleAssignment[] = [], more: Partial<ObservedPair> = {}) =>
  pair(assignments, { registry: abac, role: repositoryReader, ...more })
/** A pair of a step with `role: both`, in each mode. */
const both = (assignments: RoleAssignment[] = [], more: Partial<ObservedPair> = {}) =>
  pair(assignments, { nextRole: repositoryReader, ...more })
const bothInAbac = (assignments: RoleAssignment[] = [], more: Partial<ObservedPair> = {}) =>
  inAbac(assignments, { nextRole: acrPull, ...more })
const missing = (sku = 'Premium') => ({ registry: { ...registry, exists: false, sku } })

function plan(
  pairs: ObservedPair | ObservedPair[],
  desired: Partial<Desired> = {},
  more: Partial<Observed> = {},
): Plan {
  const observed = sampleObserved([pairs].flat(), more)
  const wish = { ...sampleWish, ...desired }
  const made = makePlan(observed, wish)
  return { ...made, findings: [...made.findings, ...findResiduals(observed, made.pairs, wish)] }
}

const unread = new ActionError('AUTHORIZATION_FAILED', 'It could not be read', {
  fix: fix('Its advice:', 'az role assignment create'),
})
const down = new ActionError('AZURE_UNAVAILABLE', 'No answer', { fix: fix('Try later.') })

/** What is known of the group of the inputs. */
const members = (...ids: string[]) => ({ group: { id: sampleGroup, members: { value: new Set(ids) } } })
const isMember = members(objectId.toLowerCase())
const hidden = { group: { id: sampleGroup, members: hiddenMembers } }
const silent = { group: { id: sampleGroup, members: { error: down } } }
const noGroup = { group: { ...hidden.group, error: new ActionError('PRINCIPAL_NOT_FOUND', 'There is no such group') } }
const hasRole = { groupAssignments: [held(acrPull, ofGroup)] }

/** Other clusters that pull with the identity of the target. */
const pulling = (found: string[], errors: ActionError[] = [], more: Partial<Target> = {}) => ({
  pullers: samplePullers(
    [objectId.toUpperCase(), [target, ...found.map(name => ({ ...realTarget(name), ...more }))], errors],
    ['other', [realTarget('aks-other')]],
  ),
})
const many = Array.from({ length: 7 }, (_, index) => `aks-${index}`)
const boots = (each: Target = target, id = registry.id) => ({ ...each, bootstrapRegistryId: id.toUpperCase() })
const needed = 'aks-managed-repository/*'

const unknownRole = { ...acrPush, id: 'custom', name: 'custom' }
const unknownRoles = { unknownRoles: new Map([['custom', unread]]) }
/** A pair whose identity belongs to another tenant. */
const foreign = { identities: new Map([[target, { state: 'foreign' as const }]]) }
const stranger = (assignments: RoleAssignment[] = [], more: Partial<ObservedPair> = {}) =>
  pair(assignments, { target, ...more })
const sealed = { ...registry, publicNetworkAccess: false, isSealed: true as const }

const late = new ActionError('PROPAGATION_TIMEOUT', 'late')
const denied = new ActionError('PULL_DENIED', 'denied')
const isLate: Verification = { verified: 'none', error: late }
const refused = (...pulls: Partial<NodePull>[]): Verification => ({
  verified: 'none',
  error: denied,
  pulls: pulls as NodePull[],
})
const assignDirectly: Partial<Desired> = { ...grouped, onTimeout: 'assign-directly' }

/** The plan after the verification of its first pairs, in the order of these. */
function again(
  pairs: ObservedPair | ObservedPair[],
  verifications: Verification[],
  desired: Partial<Desired> = assignDirectly,
  rounds = 1,
): Plan {
  const observed = sampleObserved([pairs].flat(), desired.group ? members() : {})
  const wish = { ...sampleWish, ...desired }
  let made = makePlan(observed, wish)
  for (let round = 0; round < rounds; round += 1) {
    const found = new Map(
      verifications.flatMap((each, index) => (made.pairs[index] ? [[made.pairs[index], each]] : [])),
    )
    made = planAgain(made, found, observed, wish)
  }
  return made
}
/** Another job has changed the condition that was written. */
const overtaken = (assignment: RoleAssignment): Verification => ({ ...isLate, overtakenBy: assignment })
const theirs = overtaken(limited('other/app'))
const twoClusters = [pair(), pair([], { target: other })]

const plans: Record<string, () => Record<string, Plan>> = {
  'an attach': () => ({
    'nothing is held: the role is assigned': plan(pair()),
    'the role is held at the registry: nothing to do': plan(pair([held()])),
    'the role is held through a group: a group counts': plan(pair([held(acrPull, ofGroup)])),
    'a broader role is held: the pull role is added beside it': plan(pair([held(acrPush)])),
    'clusters share an identity, at two registries: one assignment for both at each': plan([
      pair(),
      pair([], { target: twin }),
      pair([], { registry: otherRegistry }),
    ]),
    'the registry does not exist: it is created, then the role': plan(pair([], missing()), {
      createRegistry: { sku: 'Premium', location: 'westeurope' },
    }),
    'the registry does not exist, for two clusters and a group: it is created once, and each joins': plan(
      [target, other].map(each => pair([], { target: each, ...missing() })),
      grouped,
    ),
    'a registry that nobody can connect to, in check: an error, no drift of the role': plan(
      pair([held()], { registry: sealed }),
      check,
    ),
    'a registry that nobody can connect to: a warning alone': plan(pair([held()], { registry: sealed })),
    'a registry that nobody can connect to, in detach: no concern': plan(pair([held()], { registry: sealed }), detach),
    'a registry that nobody can connect to, and no role: an error, and the role is missing': plan(
      pair([], { registry: sealed }),
      check,
    ),
    'a role that the mode ignores, in check: drift without an operation': plan(
      pair([held()], { registry: { ...abac, id: registry.id }, role: acrPull }),
      check,
    ),
  }),
  'a limited attach': () => ({
    'nothing is held: a condition for these alone': plan(inAbac(), limitedTo('team/app')),
    'nothing is held, and the role pushes: a condition for its actions, too, and that it allows more is said': plan(
      inAbac([], { role: repositoryWriter }),
      limitedTo('team/app'),
    ),
    'less is held: the condition is widened, nothing is taken': plan(
      inAbac([limited('team/app')]),
      limitedTo('team/app', 'tools/*'),
    ),
    'less is held, and the step has no limit: the limit goes, and that is said': plan(inAbac([limited('team/app')])),
    'a condition that allows nothing is held: a clause is added': plan(
      inAbac([read({ condition: nothing })]),
      limitedTo('team'),
    ),
    'the condition would be too long: refused': plan(
      inAbac(),
      limitedTo(...Array.from({ length: 100 }, (_, index) => `team/application-${index}`)),
    ),
    'the condition would be too long with what is held: refused, and what is held stays': plan(
      inAbac([limited('team/app')]),
      limitedTo(...Array.from({ length: 100 }, (_, index) => `team/application-${index}`)),
    ),
    'everything is held: nothing to do, but the limit is said': plan(
      inAbac([read()], { target: { ...target, ownsIdentity: true } }),
      limitedTo('shop/*'),
    ),
    'everything is held by the group of two clusters: nothing to do, and the limit is said once': plan(
      [target, other].map(each => inAbac([], { target: each, groupAssignments: [read(ofGroup)] })),
      { ...limitedTo('shop/*'), ...grouped },
      members(objectId, other.identity.objectId),
    ),
    'a role of the other mode is held: it is no access there': plan(
      inAbac([limited('shop/*'), held(contributor, { scope: abac.id })]),
      limitedTo('shop/*'),
    ),
  }),
  'a condition that is not understood': () => ({
    'in attach: refused': plan(inAbac([unclear]), limitedTo('team/app')),
    'in check: unknown, never drift': plan(inAbac([unclear]), { ...check, ...limitedTo('team/app') }),
    'above, and one that allows less, in check: unknown, never drift': plan(
      inAbac([limited('team/app'), read({ condition: strange, scope: above })]),
      { ...check, ...limitedTo('shop/*') },
    ),
    'above, and one that allows less: the known one is widened': plan(
      inAbac([limited('team/app'), read({ condition: strange, scope: above })]),
      limitedTo('shop/*'),
    ),
    'beside one for everything above: that one is enough': plan(inAbac([unclear, read({ scope: above })])),
    'above: the role is assigned beside it': plan(inAbac([read({ condition: strange, scope: above })])),
    'of a broader role, in check: unknown, never drift': plan(
      inAbac([held(repositoryWriter, { scope: above, condition: strange })]),
      check,
    ),
    'of a broader role: the role is assigned beside it': plan(
      inAbac([held(repositoryWriter, { scope: above, condition: strange })]),
    ),
    'beside a broader role, of two clusters, in check: access by that, and the doubt is said of each': plan(
      [target, other].map(each =>
        inAbac(
          [held(repositoryWriter, { scope: abac.id }), unclear].map(one => ({
            ...one,
            principalId: each.identity.objectId,
          })),
          { target: each },
        ),
      ),
      check,
    ),
    'in RBAC mode, in check: unknown, never drift': plan(pair([held(acrPull, { condition: strange })]), check),
    'in RBAC mode: refused': plan(pair([held(acrPull, { condition: repositoryCondition(['team/app']) })])),
    'in RBAC mode beside a broader role, in check: access by that, and the doubt is said': plan(
      pair([held(acrPull, { condition: strange }), held(acrPush, { scope: above })]),
      check,
    ),
    'of a member’s group, in check: unknown, never drift': plan(
      inAbac([{ ...unclear, ...ofGroup }], { groupAssignments: [{ ...unclear, ...ofGroup }] }),
      { ...check, ...grouped },
      members(),
    ),
    'of a stranger’s group, in check: the membership is drift, the rest is said': plan(
      inAbac([], { groupAssignments: [{ ...unclear, ...ofGroup }] }),
      { ...check, ...grouped },
      members(),
    ),
    'of a group: refused': plan(
      inAbac([{ ...unclear, ...ofGroup }], { groupAssignments: [{ ...unclear, ...ofGroup }] }),
      grouped,
      members(),
    ),
  }),
  'a detach': () => ({
    'pull roles of both modes, in any letter case: both go': plan(
      pair([
        held(acrPull, { principalId: objectId.toUpperCase(), scope: registry.id.toUpperCase() }),
        held(repositoryReader),
      ]),
      detach,
    ),
    'what is inherited, and what a group holds: stays, and is said': plan(
      pair([held(acrPull, ofGroup), held(acrPull, { scope: above })]),
      { ...detach, ...grouped },
    ),
    'what may do more: stays, and is said': plan(pair([held(acrPush)]), detach),
    'what does not pull: stays': plan(pair([held(acrDelete)]), detach),
    'what is not known: stays': plan(pair([held({ ...acrPull, id: 'unknown' })]), detach),
    'the role of the inputs, which allows more: goes, because it was asked for': plan(
      pair([held(acrPush)], { role: acrPush }),
      detach,
    ),
    'limited access that is left: stays, and is said with its limit': plan(
      inAbac([read({ scope: above, condition: repositoryCondition(['team/app', 'shop/*']) })]),
      detach,
    ),
    'access that is left by an unclear condition: stays, and is said': plan(
      inAbac([read({ scope: above, condition: "@Environment[UtcNow] DateTimeLessThan '2030-01-01T00:00:00.0Z'" })]),
      detach,
    ),
    'nothing about the registry or other roles: is not said, but a role that pulls': plan(
      pair([held(reader)], {
        registry: { ...registry, adminUserEnabled: true },
        target: { ...target, isStopped: true },
      }),
      detach,
    ),
    'from repositories that are all of an assignment: goes': plan(inAbac([limited('team/app')]), {
      ...detach,
      ...limitedTo('team/*'),
    }),
    'from other repositories: stays': plan(inAbac([limited('shop/*')]), { ...detach, ...limitedTo('team/*') }),
    'from some repositories of all: refused': plan(inAbac([read()]), { ...detach, ...limitedTo('team/app') }),
    'from some repositories of a prefix: refused': plan(inAbac([limited('team/*', 'shop/x')]), {
      ...detach,
      ...limitedTo('team/app'),
    }),
    'from some repositories of a list: refused': plan(inAbac([limited('team/app', 'shop/x')]), {
      ...detach,
      ...limitedTo('team/app'),
    }),
    'from repositories of an unclear condition: refused': plan(inAbac([unclear]), {
      ...detach,
      ...limitedTo('team/app'),
    }),
    'with role: both: both go': plan(both([held(), held(repositoryReader)]), detach),
  }),
  'a detach from an identity of others': () => ({
    'two pull with it, at one of two registries: refused there, with their names': plan(
      [pair([held()]), pair([], { registry: otherRegistry })],
      detach,
      pulling(['aks-2', 'aks-3']),
    ),
    'many pull with it: refused, with the first five names': plan(pair([held()]), detach, pulling(many)),
    'one pulls with the identity of the inputs: refused, too': plan(
      pair([held()], { target: { ...target, kind: 'kubelet-identity' } }),
      detach,
      pulling(['aks-2']),
    ),
    'who pulls with it could not be read: refused': plan(pair([held()]), detach, pulling([], [unread, unread])),
    'who pulls with it could not be read, without a command: refused': plan(
      pair([held()]),
      detach,
      pulling([], [down]),
    ),
    'it boots its nodes: refused': plan(pair([held()], { target: boots() }), detach),
    'another one boots its nodes: refused': plan(
      pair([held()]),
      detach,
      pulling(['aks-blue'], [], { bootstrapRegistryId: registry.id }),
    ),
    'another one boots its nodes, with the identity of the inputs: refused': plan(
      pair([held()], { target: { ...target, kind: 'kubelet-identity' } }),
      detach,
      pulling(['aks-blue'], [], { bootstrapRegistryId: registry.id }),
    ),
    'two targets boot their nodes: refused for both': plan(
      [pair([held()], { target: boots(twin) }), pair([held()], { target: boots() })],
      detach,
    ),
    'another one boots its nodes from elsewhere: refused, because it shares the identity': plan(
      pair([held()]),
      detach,
      pulling(['aks-blue'], [], { bootstrapRegistryId: otherRegistry.id }),
    ),
  }),
  'a limit where nodes boot': () => ({
    'leaves out what they need: refused': plan(inAbac([], { target: boots(target, abac.id) }), limitedTo('shop/*')),
    'leaves out what they need, beside another one: refused all the same': plan(
      inAbac([limited('shop/*')], { target: boots(target, abac.id) }),
      limitedTo('shop/*'),
    ),
    'has what they need: assigned, and what else they need is said': plan(
      inAbac([], { target: boots(target, abac.id) }),
      limitedTo('shop/*', needed),
    ),
    'is none: no limit to refuse': plan(inAbac([], { target: boots(target, abac.id) })),
    'leaves out what they have: nothing is taken, so it is allowed': plan(
      inAbac([limited(needed)], { target: boots(target, abac.id) }),
      limitedTo('shop/*'),
    ),
    'leaves out what they may have: refused for the condition': plan(
      inAbac([unclear], { target: boots(target, abac.id) }),
      limitedTo('shop/*'),
    ),
    'leaves out what they need after a move: refused already': plan(
      both([held()], { target: boots() }),
      limitedTo('team/app'),
    ),
  }),
  'the group of the inputs': () => ({
    'has no role, and no member: it gets the role, and the member': plan(pair(), grouped, members()),
    'has the role, and the identity its own: the identity joins all the same': plan(
      pair([held()], hasRole),
      grouped,
      members(),
    ),
    'has a broader role: it gets the pull role, too': plan(
      pair([], { groupAssignments: [held(acrPush, ofGroup)] }),
      grouped,
      isMember,
    ),
    'has less: its condition is widened': plan(
      inAbac([], { groupAssignments: [{ ...limited('team/app'), ...ofGroup }] }),
      grouped,
      isMember,
    ),
    'does not exist: refused': plan(pair([], hasRole), grouped, noGroup),
    'has the member: nothing to do': plan(pair([], hasRole), { ...check, ...grouped }, isMember),
    'has the member, which Azure counts: nothing to do': plan(
      pair([held(acrPull, ofGroup)], hasRole),
      { ...check, ...grouped },
      hidden,
    ),
    'has the member, which Azure counts and Graph does not list: nothing to do': plan(
      pair([held(acrPull, ofGroup)], hasRole),
      grouped,
      members(),
    ),
    'lacks the member, in check: the membership is drift': plan(pair([], hasRole), { ...check, ...grouped }, members()),
    'lacks the member, which only Azure shows: the membership is written': plan(pair([], hasRole), grouped, hidden),
    'may lack the member: the membership is written': plan(pair([], { ...hasRole, isOwnOnly: true }), grouped, hidden),
    'may lack the member, at two registries, in check: unknown at each, never drift': plan(
      [registry, otherRegistry].map(each => pair([], { ...hasRole, registry: each, isOwnOnly: true })),
      { ...check, ...grouped },
      hidden,
    ),
    'does not exist, in check: refused': plan(
      pair([], { ...hasRole, isOwnOnly: true }),
      { ...check, ...grouped },
      noGroup,
    ),
    'is not shown this time: the membership is written': plan(pair([], hasRole), grouped, silent),
    'is not shown this time, in check: unknown, never drift': plan(pair([], hasRole), { ...check, ...grouped }, silent),
    'is not shown this time, and the identity pulls without it: unknown beside access': plan(
      pair([held()], hasRole),
      { ...check, ...grouped },
      silent,
    ),
    'may have the role through its own groups, in check: unknown, never drift': plan(
      pair([], { unknownParents: unread }),
      { ...check, ...grouped },
      isMember,
    ),
    'may have the role through its own groups: the role is assigned': plan(
      pair([], { unknownParents: unread }),
      grouped,
      isMember,
    ),
  }),
  'role: both': () => ({
    'nothing is held: both are assigned': plan(both()),
    'nothing is held, in ABAC mode: both are assigned': plan(bothInAbac()),
    "only today's role is held: the other one is added": plan(both([held()])),
    "only today's role is held, in ABAC mode: the other one is added": plan(bothInAbac([read()])),
    "only today's role is held, in check: the other one is drift": plan(both([held()]), check),
    "only the other role is held: today's is added": plan(both([held(repositoryReader)])),
    'both are held: nothing to do': plan(both([held(), held(repositoryReader)])),
    'the other one allows more: the pull role is added': plan(both([held(), held(repositoryWriter)])),
    "today's allows more: both are added": plan(both([held(acrPush)])),
    'the other one is limited: its limit goes': plan(
      both([held(), held(repositoryReader, { condition: repositoryCondition(['team/app']) })]),
    ),
    "nothing is held, with a limit: the limit is the repository role's": plan(both(), limitedTo('team/app')),
    "nothing is held, with a limit, in ABAC mode: the limit is the repository role's": plan(
      bothInAbac(),
      limitedTo('team/app'),
    ),
    'the group has both: nothing to do': plan(
      both([], { groupAssignments: [held(acrPull, ofGroup), held(repositoryReader, ofGroup)] }),
      grouped,
      isMember,
    ),
    'the group has less of the other: its condition is widened': plan(
      both([], {
        groupAssignments: [
          held(acrPull, ofGroup),
          held(repositoryReader, { ...ofGroup, condition: repositoryCondition(['team/app']) }),
        ],
      }),
      grouped,
      isMember,
    ),
    'the registry does not exist: it is created, then both roles': plan(both([], missing()), {
      createRegistry: { sku: 'Basic', location: 'westeurope' },
    }),
    'both are held, in ABAC mode: nothing to do': plan(bothInAbac([read(), held(acrPull, { scope: abac.id })])),
    'both and more are held, in ABAC mode: nothing to do, and what is ignored is said': plan(
      bothInAbac([read(), held(acrPull, { scope: abac.id }), held(acrPush, { scope: abac.id })]),
    ),
    'the condition of the other one is not understood, in check: unknown, never drift': plan(
      both([held(), held(repositoryReader, { condition: '(other)' })]),
      check,
    ),
    'a role could not be read, in check: unknown, never drift': plan(
      both([held(), held(unknownRole, { scope: above })]),
      check,
      unknownRoles,
    ),
    "a role could not be read beside a group, in check: the group's role is drift, whatever it is": plan(
      both([held(unknownRole, { scope: above })], hasRole),
      { ...check, ...grouped },
      { ...unknownRoles, ...isMember },
    ),
    'the identity is of another tenant, in check: unknown, never drift': plan(
      both([held()], { target }),
      check,
      foreign,
    ),
    'the registry is of another tenant, in check: unknown, never drift': plan(
      both([held()], { isConcealed: true }),
      check,
    ),
  }),
  'what is unknown': () => ({
    'a role that could not be read: planned, and unknown whether it is needed': plan(
      pair([held(unknownRole)]),
      check,
      unknownRoles,
    ),
    'a role about which Azure did not answer: unknown, too': plan(pair([held(unknownRole)]), check, {
      unknownRoles: new Map([['custom', new ActionError('AZURE_UNAVAILABLE', 'No answer')]]),
    }),
    'a role that could not be read beside the pull role: no doubt': plan(
      pair([held(), held(unknownRole)]),
      check,
      unknownRoles,
    ),
    'a role that could not be read beside a group: no doubt': plan(
      pair([held(unknownRole)]),
      { ...check, ...grouped },
      { ...unknownRoles, ...members() },
    ),
    'a role that could not be read, of somebody else: no doubt': plan(pair([held(unknownRole)]), check, {
      unknownRoles: new Map([['other', unread]]),
    }),
    'a role that could not be read, in detach: the known one goes, the doubt is said': plan(
      pair([held(), held(unknownRole, { scope: registry.id.toUpperCase() })]),
      detach,
      unknownRoles,
    ),
    'a role above that could not be read, in detach: no concern': plan(
      pair([held(), held(unknownRole, { scope: above })]),
      detach,
      unknownRoles,
    ),
    'something that could not be observed: said': plan(pair([held()]), detach, {
      unknown: [{ subject: above, message: 'Its clusters could not be listed.' }],
    }),
    'an identity of another tenant: refused: the role would be for nobody': plan(stranger(), {}, foreign),
    'an identity of another tenant, in check: unknown, never drift': plan(stranger(), check, foreign),
    'an identity of another tenant and a group, in check: unknown, never drift': plan(
      stranger(),
      { ...check, ...grouped },
      foreign,
    ),
    'an identity of another tenant with access: access counts': plan(stranger([held()]), {}, foreign),
    'an identity of another tenant with access, in detach: goes': plan(stranger([held()]), detach, foreign),
    'an identity of another tenant at a registry that does not exist, in check: everything is drift': plan(
      stranger([], missing()),
      check,
      foreign,
    ),
    'a role at a registry of another tenant: unknown, never drift': plan(pair([], { isConcealed: true }), check),
  }),
  'a second plan': () => ({
    'a registry was created: the grants at it, and all others': planAfterCreation(
      plan(pair([], missing())),
      sampleObserved(
        [target, other].flatMap(each => [registry, otherRegistry].map(at => pair([], { target: each, registry: at }))),
      ),
      sampleWish,
    ),
    'a group is late for one of two clusters: only that one is assigned directly': again(twoClusters, [isLate]),
    'a node of the group was refused: it is assigned directly': again(pair(), [
      refused({ verdict: 'pulled' }, { verdict: 'denied' }),
    ]),
    'the group took effect, though a node was refused once: nothing more': again(pair(), [
      { verified: 'pull', pulls: [{ verdict: 'denied' } as NodePull] },
    ]),
    'another thing failed: nothing more': again(pair(), [refused()]),
    'no node was refused: nothing more': again(pair(), [refused({ verdict: 'unreachable' })]),
    'a node offered a stale credential: nothing more': again(pair(), [
      refused({ verdict: 'denied', cause: 'stale-credential' }),
    ]),
    'a group is late, and that may fail: nothing more': again(pair(), [isLate], grouped),
    'a group is late, in check: nothing more': again(pair(), [isLate], { ...assignDirectly, ...check }),
    'a group is late, in detach: nothing more': again(pair(), [isLate], { ...assignDirectly, ...detach }),
    'a group is late twice: assigned directly once': again(pair(), [isLate], assignDirectly, 2),
    'another job has changed a condition: theirs stays, and ours is added': again(
      inAbac(),
      [theirs],
      limitedTo('team/app'),
    ),
    'other jobs change it again and again: added at most four times': again(
      inAbac(),
      [theirs],
      limitedTo('team/app'),
      8,
    ),
    'the other condition is not understood: nothing is overwritten': again(
      inAbac(),
      [overtaken(unclear)],
      limitedTo('team/app'),
    ),
    'the other condition is of somebody else: nothing is added': again(
      inAbac(),
      [overtaken({ ...limited('other/app'), principalId: 'someone-else' })],
      limitedTo('team/app'),
    ),
    'conditions at two registries were changed: one change for each': again(
      [inAbac(), inAbac([], { registry: { ...abac, id: `${abac.id}2`, name: 'abacacr2' } })],
      [theirs, overtaken(read({ scope: `${abac.id}2`, condition: repositoryCondition(['other/app2']) }))],
      limitedTo('team/app'),
    ),
    'the condition of a group was changed: theirs stays, and ours is added': again(
      inAbac(),
      [overtaken({ ...limited('other/app'), ...ofGroup })],
      { ...assignDirectly, ...limitedTo('team/app') },
    ),
    'the condition of the other role was changed: theirs stays, and ours is added': again(
      both([held()]),
      [overtaken(held(repositoryReader, { condition: repositoryCondition(['other/app']) }))],
      limitedTo('team/app'),
    ),
  }),
}

/** A condition by its patterns, if it is the one that the action writes for these; it is empty for an assignment that loses it. */
function showCondition(condition: string | undefined): string {
  if (!condition) return condition === '' ? ' for the whole registry' : ''
  const { patterns } = readRepositoryCondition(condition)
  return ` only for ${condition === repositoryCondition(patterns) ? patterns.join(', ') : condition}`
}

const showAction = (action: string): string => action.split('/').slice(-2).join('/')

function showGrant(operation: Extract<Operation, { role: RoleDefinition | { id: string; name: string } }>): string[] {
  const { role, principalType, principalId, scope, name, condition, wants, unreached } = operation
  // What is usual is not said: a name after scope, principal, role and condition, and a wish for everything that pulls.
  const isDerived = sameId(name, roleAssignmentName(scope, principalId, role.id, condition))
  const isWhole = wants.repositories.length === 0 && wants.actions.length === 2
  return [
    `${role.name} at ${scope} (${operation.registry.roleAssignmentMode}) to ${principalType} ${principalId} (${operation.target.name})${showCondition(condition)}`,
    isDerived ? '' : `named ${name}`,
    isWhole ? '' : `wants ${wants.repositories.join(', ') || 'all'} to ${wants.actions.map(showAction).join(', ')}`,
    'replaces' in operation ? `replaces ${operation.replaces.id}${showCondition(operation.replaces.condition)}` : '',
    unreached === undefined ? '' : `does not reach ${unreached} yet`,
  ]
}

/** An assignment, which samples call as its role. */
const nameHeld = ({ id }: RoleAssignment, role: string): string =>
  id.endsWith(`/${role.replaceAll(' ', '-')}`) ? id : `${id} (${role})`

function showOperation(operation: Operation): string[] {
  switch (operation.operation) {
    case 'create-registry':
      return [`${operation.registry.name}, ${operation.sku} in "${operation.location}"`]
    case 'delete-role-assignment':
      return [`${nameHeld(operation.assignment, operation.role)} of ${operation.target.name}`]
    case 'add-group-member':
      return [`${operation.target.name} to ${operation.groupId}`]
    default:
      return showGrant(operation)
  }
}

function showError(what: string, error: ActionError | undefined): string[] {
  if (!error) return []
  const { code, subject = '', resource = '', message, said } = error
  const place = resource && ` (${lastSegment(resource)})`
  const reason = said.why === undefined && said.brief === undefined ? '' : reasonOf(said)
  const why = message.includes(reason) ? [] : [`reason: ${reason}`]
  return [`${what} ${code} of ${subject}${place}: ${message}`, ...why, printFix(error.fix)].filter(Boolean).map(indent)
}

const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ')

function show({ operations, pairs, unknown, findings }: Plan): string {
  const numbered = operations.flatMap((each, index) => {
    const [what = '', ...more] = showOperation(each)
    const rest = more.filter(line => line !== '').join('; ')
    return [`${index + 1} ${each.operation}: ${what}, because: ${each.reason}`, ...(rest ? [indent(rest)] : [])]
  })
  const ofPairs = pairs.flatMap(({ target: of, registry: at, access, limitedTo: limit, operations: own, ...each }) => {
    const has = access ? `${access.grantedBy} by ${nameHeld(access.assignment, access.role)}` : 'no access'
    const needs = own.map(operation => operations.indexOf(operation) + 1).join(', ')
    const head = [`${of.name} at ${at.name}: ${has}`, limit && `only ${limit.join(', ')}`, needs && `needs ${needs}`]
    const errors = [...showError('error', each.error), ...showError('unknown', each.unknown)]
    return [[head.filter(Boolean).join('; '), ...errors].join('\n')]
  })
  const isFine = (text: string): boolean => !text.includes('\n')
  const fine = ofPairs.filter(isFine).join(' | ')
  const doubts = unknown.map(({ subject, message }) => `unknown of ${lastSegment(subject)}: ${message}`)
  const found = findings.map(
    ({ code, severity, subject, message }) => `${severity} ${code} of ${lastSegment(subject)}: ${message}`,
  )
  const text = [
    ...numbered,
    ...(fine ? [fine] : []),
    ...ofPairs.filter(each => !isFine(each)),
    ...doubts,
    ...found,
  ].join('\n')
  return sayScopes(text).replaceAll(sampleGroup, 'GROUP').replaceAll(objectId, 'IDENTITY')
}

describe('the plan', () => {
  it.each(Object.keys(plans))('of %s is as in plans/', async topic => {
    const text = printCatalogue(plans[topic]?.() ?? {}, show)
    await expect(text).toMatchFileSnapshot(`plans/${topic.replaceAll(/\W+/g, '-')}.txt`)
  })

  it('has no residual access of a pair that could not be planned', () => {
    const observed = sampleObserved([pair([held(owner)])])
    const wish = { ...sampleWish, ...detach }
    const pairs = makePlan(observed, wish).pairs.map(each => ({ ...each, error: down }))
    expect(findResiduals(observed, pairs, wish)).toEqual([])
  })
})
