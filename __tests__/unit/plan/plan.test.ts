import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtInRoles, pullRole, sameId, type Registry, type RoleAssignment, type Target } from 'azure'
import type { Observed, ObservedPair, Operation, Plan } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import { findResiduals } from '../../../src/plan/residual.js'
import { realRegistry, realTarget, sampleObserved, sampleWish } from '../../support/observed.js'
import type { Desired } from '../../../src/plan/context.js'

// The smallest world that has every kind of neighbour: assignments at registries, above them, of groups, of other roles and of others.

const group = realRegistry().id.replace(/\/providers.*/, '')
const subscription = group.replace(/\/resourceGroups.*/, '')
const pullersGroup = '99999999-0000-0000-0000-000000000000'

const roles = new Map(Object.values(builtInRoles).map(role => [role.id, role]))

interface World {
  targets: Target[]
  registries: Registry[]
  assignments: RoleAssignment[]
  members: string[]
}

/** What `observe` reads of a world: the same rules, without Azure. */
function look({ targets, registries, assignments, members }: World, desired: Desired): Observed {
  const isAbove = (scope: string, id: string): boolean =>
    sameId(scope, id) || id.toLowerCase().startsWith(`${scope.toLowerCase()}/`)
  const pairs = targets.flatMap(target =>
    registries.map((registry): ObservedPair => {
      const atOrAbove = assignments.filter(({ scope }) => isAbove(scope, registry.id))
      const { objectId } = target.identity
      const ids = [objectId, ...(members.includes(objectId) ? [pullersGroup] : [])]
      return {
        target,
        registry,
        role: pullRole(registry),
        assignments: atOrAbove.filter(({ principalId }) => ids.includes(principalId)),
        groupAssignments: atOrAbove.filter(({ principalId }) => desired.group && principalId === desired.group),
      }
    }),
  )
  return sampleObserved(pairs, {
    roles,
    pullers: new Map(),
    ...(desired.group && { group: { id: desired.group, members: { value: new Set(members) } } }),
  })
}

/** What Azure makes of the operations. */
function write(world: World, operations: Operation[]): World {
  let { assignments, members } = world
  for (const operation of operations) {
    switch (operation.operation) {
      case 'create-role-assignment':
      case 'update-role-assignment': {
        const { scope, name, principalId, principalType, role, condition } = operation
        const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`
        const written = { id, scope, principalId, principalType, roleId: role.id, ...(condition && { condition }) }
        assignments = [...assignments.filter(assignment => !sameId(assignment.id, id)), written]
        break
      }
      case 'delete-role-assignment':
        assignments = assignments.filter(({ id }) => !sameId(id, operation.assignment.id))
        break
      case 'add-group-member':
        members = [...members, operation.target.identity.objectId]
        break
      case 'create-registry':
        throw new Error('every registry of these worlds exists')
    }
  }
  return { ...world, assignments, members }
}

const worlds = fc
  .record({
    targets: fc
      .integer({ min: 1, max: 3 })
      .map(count => Array.from({ length: count }, (_, index) => realTarget(`aks${index}`))),
    registries: fc
      .array(fc.constantFrom<Registry['roleAssignmentMode']>('RBAC', 'ABAC'), { minLength: 1, maxLength: 3 })
      .map(modes => modes.map((roleAssignmentMode, at) => ({ ...realRegistry(`registry${at}`), roleAssignmentMode }))),
    choices: fc.array(
      fc.record({
        scope: fc.nat(4),
        principal: fc.nat(5),
        role: fc.constantFrom(...roles.keys()),
        condition: fc.option(fc.constant('(some condition that nobody can read)'), { nil: undefined, freq: 6 }),
      }),
      { maxLength: 12 },
    ),
    memberFlags: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  })
  .map(({ targets, registries, choices, memberFlags }): World => {
    const scopes = [...registries.map(({ id }) => id), group, subscription]
    const principals = [...targets.map(({ identity }) => identity.objectId), pullersGroup, 'someone-else']
    const assignments = choices.map(({ scope, principal, role, condition }, index): RoleAssignment => {
      const at = scopes[scope % scopes.length] ?? subscription
      const principalId = principals[principal % principals.length] ?? 'someone-else'
      return {
        id: `${at}/providers/Microsoft.Authorization/roleAssignments/noise-${index}`,
        scope: at,
        principalId,
        principalType: principalId === pullersGroup ? 'Group' : 'ServicePrincipal',
        roleId: role,
        ...(condition && { condition }),
      }
    })
    const members = targets.flatMap(({ identity }, index) => (memberFlags[index] ? identity.objectId : []))
    // Azure allows one assignment of a role to a principal at a scope.
    const unique = new Map(assignments.map(entry => [`${entry.scope} ${entry.principalId} ${entry.roleId}`, entry]))
    return { targets, registries, assignments: [...unique.values()], members }
  })

/** What a step asks for in these modes, with or without a group. */
const wishIn =
  (mode: Desired['mode']) =>
  (group: string): Desired => ({ ...sampleWish, mode, group })
const groups = fc.constantFrom('', pullersGroup)
const [attachOf, checkOf, detachOf] = [wishIn('attach'), wishIn('check'), wishIn('detach')]
const planOf = (world: World, wish: Desired): Plan => makePlan(look(world, wish), wish)
/** The world after the plan was carried out. */
const after = (world: World, wish: Desired): World => write(world, planOf(world, wish).operations)

describe('the plan', () => {
  it('attach after attach is empty', () => {
    fc.assert(
      fc.property(worlds, groups.map(attachOf), (world, wish) => {
        expect(planOf(after(world, wish), wish).operations).toEqual([])
      }),
    )
  })

  it('attach gives every pair access, unless it would have to change a condition that it does not understand', () => {
    fc.assert(
      fc.property(worlds, groups.map(attachOf), (world, wish) => {
        for (const { access, error } of planOf(after(world, wish), wish).pairs) {
          if (error) expect(error.code).toBe('CONDITION_NOT_UNDERSTOOD')
          else expect(access).not.toBeNull()
        }
      }),
    )
  })

  it('attach writes only what is missing: pull roles for pull identities or their group, at the registries', () => {
    fc.assert(
      fc.property(worlds, groups.map(attachOf), (world, desired) => {
        for (const operation of planOf(world, desired).operations) {
          if (operation.operation === 'add-group-member') {
            expect(desired.group).toBe(operation.groupId)
            expect(world.members).not.toContain(operation.target.identity.objectId)
            continue
          }
          expect(operation.operation).toMatch(/^(create|update)-role-assignment$/)
          if (!('principalId' in operation)) continue
          const registry = world.registries.find(({ id }) => id === operation.scope)
          expect(registry && pullRole(registry).id).toBe(operation.role.id)
          const identities = world.targets.map(({ identity }) => identity.objectId)
          expect(desired.group ? [desired.group] : identities).toContain(operation.principalId)
          const same = world.assignments.filter(
            ({ scope, principalId, roleId, condition }) =>
              sameId(scope, operation.scope) &&
              principalId === operation.principalId &&
              roleId === operation.role.id &&
              !condition,
          )
          expect(same).toEqual([])
        }
      }),
    )
  })

  it('check plans the same as attach, unless it does not understand a condition', () => {
    fc.assert(
      fc.property(worlds, groups, (world, group) => {
        const planned = planOf(world, attachOf(group)).pairs
        for (const [index, pair] of planOf(world, checkOf(group)).pairs.entries()) {
          const isConditional = [...pair.assignments, ...pair.groupAssignments].some(({ condition }) => condition)
          if (!isConditional) expect(pair.operations).toEqual(planned[index]?.operations)
          // It is never an error, and never drift, that a condition is not understood.
          expect(pair).not.toHaveProperty('error')
          if (planned[index]?.error) expect(pair.operations.filter(each => 'role' in each)).toEqual([])
        }
      }),
    )
  })

  it('detach after attach restores the original state', () => {
    fc.assert(
      fc.property(worlds, groups, (anyWorld, group) => {
        const before = withoutPullRoles(anyWorld, group)
        const attached = after(before, attachOf(group))
        const detached = after(attached, detachOf(''))
        // What an attach gave through a group stays.
        const isOwn = ({ principalId }: RoleAssignment): boolean => principalId !== group
        expect(detached.assignments.filter(isOwn)).toEqual(before.assignments.filter(isOwn))
        expect(detached.members).toEqual(attached.members)
      }),
    )
  })

  it('detach names all access that remains', () => {
    fc.assert(
      fc.property(worlds, world => {
        const wish = detachOf('')
        const findings = findResiduals(look(world, wish), planOf(world, wish).pairs, wish)
        for (const { target } of planOf(after(world, wish), wish).pairs.filter(({ access }) => access)) {
          const isTargets = findings.filter(({ code, subject }) => code === 'RESIDUAL_ACCESS' && subject === target.id)
          expect(isTargets).not.toEqual([])
        }
      }),
    )
  })
})

/** The world without pull roles of the targets at the registries, and with nobody in the group. */
function withoutPullRoles(world: World, wishedGroup: string): World {
  const registries = world.registries.map(({ id }) => id)
  const identities = world.targets.map(({ identity }) => identity.objectId)
  const isTheirs = ({ scope, principalId }: RoleAssignment): boolean =>
    registries.includes(scope) && identities.includes(principalId)
  return {
    ...world,
    assignments: world.assignments.filter(assignment => !isTheirs(assignment)),
    members: wishedGroup ? [] : world.members,
  }
}
