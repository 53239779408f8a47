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
    'nothing is held': plan(pair()),
    'the role is held at the registry': plan(pair([held()])),
    'the role is held above it': plan(pair([held(acrPull, { scope: above })])),
    'the role is held through a group': plan(pair([held(acrPull, ofGroup)])),
    'a broader role is held': plan(pair([held(acrPush)])),
    'an unknown role is held': plan(pair([held({ ...acrPull, id: 'unknown' })])),
    'clusters share an identity, at two registries': plan([
      pair(),
      pair([], { target: twin }),
      pair([], { registry: otherRegistry }),
    ]),
    'the registry does not exist': plan(pair([], missing()), {
      createRegistry: { sku: 'Premium', location: 'westeurope' },
    }),
    'the registry does not exist, without a location': plan(pair([], missing())),
    'the registry does not exist, for two clusters and a group': plan(
      [target, other].map(each => pair([], { target: each, ...missing() })),
      grouped,
    ),
    'a registry that nobody can connect to, in check': plan(pair([held()], { registry: sealed }), check),
    'a registry that nobody can connect to': plan(pair([held()], { registry: sealed })),
    'a registry that nobody can connect to, in detach': plan(pair([held()], { registry: sealed }), detach),
    'a registry that nobody can connect to, and no role': plan(pair([], { registry: sealed }), check),
    'a role that the mode ignores, in check': plan(
      pair([held()], { registry: { ...abac, id: registry.id }, role: acrPull }),
      check,
    ),
  }),
  'a limited attach': () => ({
    'nothing is held': plan(inAbac(), limitedTo('team/app')),
    'nothing is held, and the role pushes': plan(inAbac([], { role: repositoryWriter }), limitedTo('team/app')),
    'less is held': plan(inAbac([limited('team/app')]), limitedTo('team/app', 'tools/*')),
    'something else is held': plan(inAbac([limited('shop/*', 'team/app')]), { ...check, ...limitedTo('tools/*') }),
    'enough is held': plan(inAbac([limited('shop/*', 'team/app')]), limitedTo('shop/api')),
    'less is held, and the step has no limit': plan(inAbac([limited('team/app')])),
    'a condition that allows nothing is held': plan(inAbac([read({ condition: nothing })]), limitedTo('team')),
    'the condition would be too long': plan(
      inAbac(),
      limitedTo(...Array.from({ length: 100 }, (_, index) => `team/application-${index}`)),
    ),
    'the condition would be too long with what is held': plan(
      inAbac([limited('team/app')]),
      limitedTo(...Array.from({ length: 100 }, (_, index) => `team/application-${index}`)),
    ),
    'everything is held': plan(inAbac([read()], { target: { ...target, ownsIdentity: true } }), limitedTo('shop/*')),
    'everything is held by the group of two clusters': plan(
      [target, other].map(each => inAbac([], { target: each, groupAssignments: [read(ofGroup)] })),
      { ...limitedTo('shop/*'), ...grouped },
      members(objectId, other.identity.objectId),
    ),
    'more is held': plan(inAbac([limited('shop/web', 'team/*', 'base')]), limitedTo('shop/*')),
    'a role of the other mode is held': plan(
      inAbac([limited('shop/*'), held(contributor, { scope: abac.id })]),
      limitedTo('shop/*'),
    ),
  }),
  'a condition that is not understood': () => ({
    'in attach': plan(inAbac([unclear]), limitedTo('team/app')),
    'in attach without a limit': plan(inAbac([unclear])),
    'in check': plan(inAbac([unclear]), { ...check, ...limitedTo('team/app') }),
    'in check without a limit': plan(inAbac([unclear]), check),
    'above, and one that allows less, in check': plan(
      inAbac([limited('team/app'), read({ condition: strange, scope: above })]),
      { ...check, ...limitedTo('shop/*') },
    ),
    'above, and one that allows less': plan(
      inAbac([limited('team/app'), read({ condition: strange, scope: above })]),
      limitedTo('shop/*'),
    ),
    'beside one that allows less, in check': plan(inAbac([limited('team/app'), { ...unclear, id: 'two' }]), check),
    'beside one for everything above': plan(inAbac([unclear, read({ scope: above })])),
    'beside one for everything above, in check': plan(inAbac([unclear, read({ scope: above })]), check),
    above: plan(inAbac([read({ condition: strange, scope: above })])),
    'of a broader role, in check': plan(inAbac([held(repositoryWriter, { scope: above, condition: strange })]), check),
    'of a broader role': plan(inAbac([held(repositoryWriter, { scope: above, condition: strange })])),
    'beside a broader role, of two clusters, in check': plan(
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
    'in RBAC mode, in check': plan(pair([held(acrPull, { condition: strange })]), check),
    'in RBAC mode': plan(pair([held(acrPull, { condition: repositoryCondition(['team/app']) })])),
    'in RBAC mode beside a broader role, in check': plan(
      pair([held(acrPull, { condition: strange }), held(acrPush, { scope: above })]),
      check,
    ),
    'of a member’s group, in check': plan(
      inAbac([{ ...unclear, ...ofGroup }], { groupAssignments: [{ ...unclear, ...ofGroup }] }),
      { ...check, ...grouped },
      members(),
    ),
    'of a stranger’s group, in check': plan(
      inAbac([], { groupAssignments: [{ ...unclear, ...ofGroup }] }),
      { ...check, ...grouped },
      members(),
    ),
    'of a group': plan(
      inAbac([{ ...unclear, ...ofGroup }], { groupAssignments: [{ ...unclear, ...ofGroup }] }),
      grouped,
      members(),
    ),
    'above a registry that does not exist, in check': plan(
      inAbac([read({ condition: strange, scope: above })], { registry: { ...abac, exists: false } }),
      check,
    ),
  }),
  'a detach': () => ({
    'pull roles of both modes, in any letter case': plan(
      pair([
        held(acrPull, { principalId: objectId.toUpperCase(), scope: registry.id.toUpperCase() }),
        held(repositoryReader),
      ]),
      detach,
    ),
    'what is inherited, and what a group holds': plan(pair([held(acrPull, ofGroup), held(acrPull, { scope: above })]), {
      ...detach,
      ...grouped,
    }),
    'what may do more': plan(pair([held(acrPush)]), detach),
    'what does not pull': plan(pair([held(acrDelete)]), detach),
    'what is not known': plan(pair([held({ ...acrPull, id: 'unknown' })]), detach),
    'the role of the inputs, which allows more': plan(pair([held(acrPush)], { role: acrPush }), detach),
    'an assignment that targets share': plan([pair([held()]), pair([held()], { target: twin })], detach),
    'limited access that is left': plan(
      inAbac([read({ scope: above, condition: repositoryCondition(['team/app', 'shop/*']) })]),
      detach,
    ),
    'access that is left by an unclear condition': plan(
      inAbac([read({ scope: above, condition: "@Environment[UtcNow] DateTimeLessThan '2030-01-01T00:00:00.0Z'" })]),
      detach,
    ),
    'nothing about the registry or other roles': plan(
      pair([held(reader)], {
        registry: { ...registry, adminUserEnabled: true },
        target: { ...target, isStopped: true },
      }),
      detach,
    ),
    'from repositories that are all of an assignment': plan(inAbac([limited('team/app')]), {
      ...detach,
      ...limitedTo('team/*'),
    }),
    'from other repositories': plan(inAbac([limited('shop/*')]), { ...detach, ...limitedTo('team/*') }),
    'from some repositories of all': plan(inAbac([read()]), { ...detach, ...limitedTo('team/app') }),
    'from some repositories of a prefix': plan(inAbac([limited('team/*', 'shop/x')]), {
      ...detach,
      ...limitedTo('team/app'),
    }),
    'from some repositories of a list': plan(inAbac([limited('team/app', 'shop/x')]), {
      ...detach,
      ...limitedTo('team/app'),
    }),
    'from repositories of an unclear condition': plan(inAbac([unclear]), { ...detach, ...limitedTo('team/app') }),
    'with role: both': plan(both([held(), held(repositoryReader)]), detach),
  }),
  'a detach from an identity of others': () => ({
    'two pull with it, at one of two registries': plan(
      [pair([held()]), pair([], { registry: otherRegistry })],
      detach,
      pulling(['aks-2', 'aks-3']),
    ),
    'many pull with it': plan(pair([held()]), detach, pulling(many)),
    'one pulls with the identity of the inputs': plan(
      pair([held()], { target: { ...target, kind: 'kubelet-identity' } }),
      detach,
      pulling(['aks-2']),
    ),
    'who pulls with it could not be read': plan(pair([held()]), detach, pulling([], [unread, unread])),
    'who pulls with it could not be read, without a command': plan(pair([held()]), detach, pulling([], [down])),
    'it boots its nodes': plan(pair([held()], { target: boots() }), detach),
    'another one boots its nodes': plan(
      pair([held()]),
      detach,
      pulling(['aks-blue'], [], { bootstrapRegistryId: registry.id }),
    ),
    'another one boots its nodes, with the identity of the inputs': plan(
      pair([held()], { target: { ...target, kind: 'kubelet-identity' } }),
      detach,
      pulling(['aks-blue'], [], { bootstrapRegistryId: registry.id }),
    ),
    'two targets boot their nodes': plan(
      [pair([held()], { target: boots(twin) }), pair([held()], { target: boots() })],
      detach,
    ),
    'another one boots its nodes from elsewhere': plan(
      pair([held()]),
      detach,
      pulling(['aks-blue'], [], { bootstrapRegistryId: otherRegistry.id }),
    ),
  }),
  'a limit where nodes boot': () => ({
    'leaves out what they need': plan(inAbac([], { target: boots(target, abac.id) }), limitedTo('shop/*')),
    'leaves out what they need, beside another one': plan(
      inAbac([limited('shop/*')], { target: boots(target, abac.id) }),
      limitedTo('shop/*'),
    ),
    'has what they need': plan(inAbac([], { target: boots(target, abac.id) }), limitedTo('shop/*', needed)),
    'is none': plan(inAbac([], { target: boots(target, abac.id) })),
    'is at another registry': plan(inAbac([], { target: boots(target, otherRegistry.id) }), limitedTo('shop/*')),
    'leaves out what they have': plan(
      inAbac([limited(needed)], { target: boots(target, abac.id) }),
      limitedTo('shop/*'),
    ),
    'leaves out what they may have': plan(inAbac([unclear], { target: boots(target, abac.id) }), limitedTo('shop/*')),
    'leaves out what they need after a move': plan(both([held()], { target: boots() }), limitedTo('team/app')),
  }),
  'the group of the inputs': () => ({
    'has no role, and no member': plan(pair(), grouped, members()),
    'has the role, and the identity its own': plan(pair([held()], hasRole), grouped, members()),
    'has a broader role': plan(pair([], { groupAssignments: [held(acrPush, ofGroup)] }), grouped, isMember),
    'has less': plan(inAbac([], { groupAssignments: [{ ...limited('team/app'), ...ofGroup }] }), grouped, isMember),
    'does not exist': plan(pair([], hasRole), grouped, noGroup),
    'has the member': plan(pair([], hasRole), { ...check, ...grouped }, isMember),
    'has the member, which Azure counts': plan(
      pair([held(acrPull, ofGroup)], hasRole),
      { ...check, ...grouped },
      hidden,
    ),
    'has the member, which Azure counts and Graph does not list': plan(
      pair([held(acrPull, ofGroup)], hasRole),
      grouped,
      members(),
    ),
    'lacks the member, in check': plan(pair([], hasRole), { ...check, ...grouped }, members()),
    'lacks the member, which only Azure shows': plan(pair([], hasRole), grouped, hidden),
    'may lack the member': plan(pair([], { ...hasRole, isOwnOnly: true }), grouped, hidden),
    'may lack the member, at two registries, in check': plan(
      [registry, otherRegistry].map(each => pair([], { ...hasRole, registry: each, isOwnOnly: true })),
      { ...check, ...grouped },
      hidden,
    ),
    'may lack the member, and has no role': plan(pair(), grouped, hidden),
    'does not exist, in check': plan(pair([], { ...hasRole, isOwnOnly: true }), { ...check, ...grouped }, noGroup),
    'is not shown this time': plan(pair([], hasRole), grouped, silent),
    'is not shown this time, in check': plan(pair([], hasRole), { ...check, ...grouped }, silent),
    'is not shown this time, and the identity pulls without it': plan(
      pair([held()], hasRole),
      { ...check, ...grouped },
      silent,
    ),
    'is not shown this time, and has no role': plan(pair(), { ...check, ...grouped }, silent),
    'was not observed': plan(pair([], hasRole), grouped),
    'may have the role through its own groups, in check': plan(
      pair([], { unknownParents: unread }),
      { ...check, ...grouped },
      isMember,
    ),
    'may have the role through its own groups': plan(pair([], { unknownParents: unread }), grouped, isMember),
    'is late where the identity has the role itself': plan(pair([held()]), assignDirectly, members()),
  }),
  'role: both': () => ({
    'nothing is held': plan(both()),
    'nothing is held, in ABAC mode': plan(bothInAbac()),
    "only today's role is held": plan(both([held()])),
    "only today's role is held, in ABAC mode": plan(bothInAbac([read()])),
    "only today's role is held, in check": plan(both([held()]), check),
    'only the other role is held': plan(both([held(repositoryReader)])),
    'both are held': plan(both([held(), held(repositoryReader)])),
    'both are held above the registry': plan(
      both([held(acrPull, { scope: above }), held(repositoryReader, { scope: above })]),
    ),
    'the other one is held through a group': plan(both([held(), held(repositoryReader, ofGroup)])),
    'the other one allows more': plan(both([held(), held(repositoryWriter)])),
    "today's allows more": plan(both([held(acrPush)])),
    'the other one is limited': plan(
      both([held(), held(repositoryReader, { condition: repositoryCondition(['team/app']) })]),
    ),
    'nothing is held, with a limit': plan(both(), limitedTo('team/app')),
    'nothing is held, with a limit, in ABAC mode': plan(bothInAbac(), limitedTo('team/app')),
    'both are held, with a limit': plan(
      both([held(), held(repositoryReader, { condition: repositoryCondition(['team/app']) })]),
      limitedTo('team/app'),
    ),
    'the group has one': plan(both([], hasRole), grouped, isMember),
    'the group has both': plan(
      both([], { groupAssignments: [held(acrPull, ofGroup), held(repositoryReader, ofGroup)] }),
      grouped,
      isMember,
    ),
    'the group has less of the other': plan(
      both([], {
        groupAssignments: [
          held(acrPull, ofGroup),
          held(repositoryReader, { ...ofGroup, condition: repositoryCondition(['team/app']) }),
        ],
      }),
      grouped,
      isMember,
    ),
    'two clusters share an identity': plan([both(), both()]),
    'the registry does not exist': plan(both([], missing()), {
      createRegistry: { sku: 'Basic', location: 'westeurope' },
    }),
    'both are held, in ABAC mode': plan(bothInAbac([read(), held(acrPull, { scope: abac.id })])),
    'both and more are held, in ABAC mode': plan(
      bothInAbac([read(), held(acrPull, { scope: abac.id }), held(acrPush, { scope: abac.id })]),
    ),
    'the condition of the other one is not understood, in check': plan(
      both([held(), held(repositoryReader, { condition: '(other)' })]),
      check,
    ),
    'a role could not be read, in check': plan(
      both([held(), held(unknownRole, { scope: above })]),
      check,
      unknownRoles,
    ),
    'a role could not be read beside a group, in check': plan(
      both([held(unknownRole, { scope: above })], hasRole),
      { ...check, ...grouped },
      { ...unknownRoles, ...isMember },
    ),
    'the identity is of another tenant, in check': plan(both([held()], { target }), check, foreign),
    'the registry is of another tenant, in check': plan(both([held()], { isConcealed: true }), check),
  }),
  'what is unknown': () => ({
    'a role that could not be read': plan(pair([held(unknownRole)]), check, unknownRoles),
    'a role about which Azure did not answer': plan(pair([held(unknownRole)]), check, {
      unknownRoles: new Map([['custom', new ActionError('AZURE_UNAVAILABLE', 'No answer')]]),
    }),
    'a role that could not be read beside the pull role': plan(pair([held(), held(unknownRole)]), check, unknownRoles),
    'a role that could not be read beside a group': plan(
      pair([held(unknownRole)]),
      { ...check, ...grouped },
      { ...unknownRoles, ...members() },
    ),
    'a role that could not be read, of somebody else': plan(pair([held(unknownRole)]), check, {
      unknownRoles: new Map([['other', unread]]),
    }),
    'a role that could not be read, in detach': plan(
      pair([held(), held(unknownRole, { scope: registry.id.toUpperCase() })]),
      detach,
      unknownRoles,
    ),
    'a role above that could not be read, in detach': plan(
      pair([held(), held(unknownRole, { scope: above })]),
      detach,
      unknownRoles,
    ),
    'something that could not be observed': plan(pair([held()]), detach, {
      unknown: [{ subject: above, message: 'Its clusters could not be listed.' }],
    }),
    'an identity of another tenant': plan(stranger(), {}, foreign),
    'an identity of another tenant, in check': plan(stranger(), check, foreign),
    'an identity of another tenant and a group, in check': plan(stranger(), { ...check, ...grouped }, foreign),
    'an identity of another tenant with access': plan(stranger([held()]), {}, foreign),
    'an identity of another tenant with access, in detach': plan(stranger([held()]), detach, foreign),
    'an identity of another tenant at a registry that does not exist, in check': plan(
      stranger([], missing()),
      check,
      foreign,
    ),
    'a role at a registry of another tenant': plan(pair([], { isConcealed: true }), check),
  }),
  'a second plan': () => ({
    'a registry was created': planAfterCreation(
      plan(pair([], missing())),
      sampleObserved(
        [target, other].flatMap(each => [registry, otherRegistry].map(at => pair([], { target: each, registry: at }))),
      ),
      sampleWish,
    ),
    'a group is late for one of two clusters': again(twoClusters, [isLate]),
    'a node of the group was refused': again(pair(), [refused({ verdict: 'pulled' }, { verdict: 'denied' })]),
    'the group took effect': again(pair(), [{ verified: 'assignment' }]),
    'the group took effect, though a node was refused once': again(pair(), [
      { verified: 'pull', pulls: [{ verdict: 'denied' } as NodePull] },
    ]),
    'another thing failed': again(pair(), [refused()]),
    'no node was refused': again(pair(), [refused({ verdict: 'unreachable' })]),
    'a node offered a stale credential': again(pair(), [refused({ verdict: 'denied', cause: 'stale-credential' })]),
    'a group is late, and that may fail': again(pair(), [isLate], grouped),
    'a group is late, in check': again(pair(), [isLate], { ...assignDirectly, ...check }),
    'a group is late, in detach': again(pair(), [isLate], { ...assignDirectly, ...detach }),
    'a group is late, and the identity has the role itself': again(pair([held()]), [isLate]),
    'a group is late twice': again(pair(), [isLate], assignDirectly, 2),
    'nothing was verified': again(twoClusters, []),
    'another job has changed a condition': again(inAbac(), [theirs], limitedTo('team/app')),
    'other jobs change it again and again': again(inAbac(), [theirs], limitedTo('team/app'), 8),
    'the other condition is not understood': again(inAbac(), [overtaken(unclear)], limitedTo('team/app')),
    'the other condition is of somebody else': again(
      inAbac(),
      [overtaken({ ...limited('other/app'), principalId: 'someone-else' })],
      limitedTo('team/app'),
    ),
    'two clusters share the identity': again(
      [inAbac(), inAbac([], { target: twin })],
      [theirs, theirs],
      limitedTo('team/app'),
    ),
    'conditions at two registries were changed': again(
      [inAbac(), inAbac([], { registry: { ...abac, id: `${abac.id}2`, name: 'abacacr2' } })],
      [theirs, overtaken(read({ scope: `${abac.id}2`, condition: repositoryCondition(['other/app2']) }))],
      limitedTo('team/app'),
    ),
    'the condition of a group was changed': again(inAbac(), [overtaken({ ...limited('other/app'), ...ofGroup })], {
      ...assignDirectly,
      ...limitedTo('team/app'),
    }),
    'the condition of the other role was changed': again(
      both([held()]),
      [overtaken(held(repositoryReader, { condition: repositoryCondition(['other/app']) }))],
      limitedTo('team/app'),
    ),
    'a group is late, and its condition was changed': again(pair(), [overtaken(held(acrPull, { condition: 'x' }))]),
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
  const isDerived = sameId(name, roleAssignmentName(scope, principalId, role.id, condition))
  return [
    `${role.name} at ${scope} (${operation.registry.roleAssignmentMode}) to ${principalType} ${principalId} (${operation.target.name})${showCondition(condition)}`,
    `named ${isDerived ? 'after scope, principal, role and condition' : name}`,
    `wants ${wants.repositories.join(', ') || 'all'} to ${wants.actions.map(showAction).join(', ')}`,
    'replaces' in operation ? `replaces ${operation.replaces.id}${showCondition(operation.replaces.condition)}` : '',
    unreached === undefined ? '' : `does not reach ${unreached} yet`,
  ]
}

function showOperation(operation: Operation): string[] {
  switch (operation.operation) {
    case 'create-registry':
      return [`${operation.registry.name}, ${operation.sku} in "${operation.location}"`]
    case 'delete-role-assignment':
      return [
        `${operation.assignment.id} (${operation.role}) of ${operation.target.name} at ${operation.registry.name}`,
      ]
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
  const why = said.why === undefined && said.brief === undefined ? [] : [`reason: ${reasonOf(said)}`]
  return [`${what} ${code} of ${subject}${place}: ${message}`, ...why, printFix(error.fix)].map(indent)
}

const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ')

function show({ operations, pairs, unknown, findings }: Plan): string {
  const numbered = operations.flatMap((each, index) => {
    const [what = '', ...more] = showOperation(each)
    const lines = [`because: ${each.reason}`, ...more.filter(line => line !== '')]
    return [`${index + 1} ${each.operation}: ${what}`, ...lines.map(indent)]
  })
  const ofPairs = pairs.flatMap(({ target: of, registry: at, access, limitedTo: limit, operations: own, ...each }) => {
    const has = access ? `${access.grantedBy} by ${access.role}, ${access.assignment.id}` : 'no access'
    const needs = own.map(operation => operations.indexOf(operation) + 1).join(', ')
    const head = [`${of.name} at ${at.name}: ${has}`, limit && `only ${limit.join(', ')}`, needs && `needs ${needs}`]
    const errors = [...showError('error', each.error), ...showError('unknown', each.unknown)]
    return [head.filter(Boolean).join('; '), ...errors]
  })
  const doubts = unknown.map(({ subject, message }) => `unknown of ${lastSegment(subject)}: ${message}`)
  const found = findings.map(
    ({ code, severity, subject, message }) => `${severity} ${code} of ${lastSegment(subject)}: ${message}`,
  )
  const text = [...numbered, ...ofPairs, ...doubts, ...found].map(indent).join('\n')
  return text.replaceAll(above, '…').replaceAll(sampleGroup, 'GROUP').replaceAll(objectId, 'IDENTITY')
}

describe('the plan', () => {
  it.each(Object.keys(plans))('of %s is as in plans/', async topic => {
    const text = Object.entries(plans[topic]?.() ?? {}).map(([when, made]) => `${when}\n${show(made)}\n`)
    await expect(text.join('\n')).toMatchFileSnapshot(`plans/${topic.replaceAll(/\W+/g, '-')}.txt`)
  })

  it('has no residual access of a pair that could not be planned', () => {
    const observed = sampleObserved([pair([held(owner)])])
    const wish = { ...sampleWish, ...detach }
    const pairs = makePlan(observed, wish).pairs.map(each => ({ ...each, error: down }))
    expect(findResiduals(observed, pairs, wish)).toEqual([])
  })
})
