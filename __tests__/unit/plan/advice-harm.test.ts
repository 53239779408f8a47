import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { builtInRoles, type RoleAssignment, type RoleDefinition } from 'azure'
import type { Observed, ObservedPair, Plan } from 'run-model'
import { makePlan } from '../../../src/plan/plan.js'
import { findResiduals } from '../../../src/plan/residual.js'
import type { AccessState } from '../../support/access-model.js'
import { findHarm, runCommand } from '../../support/advised.js'
import {
  realRegistry,
  realTarget,
  samplePullers,
  sampleSideEffects,
  sampleGroup,
  sampleObserved,
  sampleWish,
} from '../../support/observed.js'
import type { Desired } from '../../../src/plan/context.js'

// Runs the commands of the plan's findings and of what remains after a detach in a model of Azure, for worlds made at random.

const [plain, abac] = [realRegistry(), { ...realRegistry('abacacr'), roleAssignmentMode: 'ABAC' as const }]
/** In the same resource group, and not in the step. */
const unnamed = realRegistry('otheracr')
const group = plain.id.slice(0, plain.id.indexOf('/providers'))
const own = realTarget()
const twin = { ...realTarget('aks-twin'), identity: own.identity }
const second = realTarget('aks-second')
const targets = [own, twin, second]
/** A cluster outside the step, which may share the identity or the group. */
const outside = { id: `${own.id}-outside`, name: 'aks-outside' }
const outsider = '88888888-0000-4000-8000-000000000000'
const roles = Object.values<RoleDefinition>(builtInRoles)

type Mode = Desired['mode']

interface World {
  assignments: RoleAssignment[]
  members: string[]
  /** Whether the cluster outside pulls with the identity of the first target. */
  isShared: boolean
}

const holders = [own.identity.objectId, second.identity.objectId, outsider, sampleGroup]

const worlds: fc.Arbitrary<World> = fc.record({
  isShared: fc.boolean(),
  members: fc.subarray(holders.slice(0, 3)),
  assignments: fc
    .uniqueArray(
      fc.record({
        principalId: fc.constantFrom(...holders),
        scope: fc.constantFrom(plain.id, abac.id, unnamed.id, group),
        role: fc.constantFrom(...roles),
        limit: fc.option(fc.constantFrom(['team/app'], ['team/*'], ['shop/*', 'team/app']), { freq: 3 }),
      }),
      { maxLength: 8, selector: ({ principalId, scope, role }) => `${principalId} ${scope} ${role.id}` },
    )
    .map(made =>
      made.map(({ principalId, scope, role, limit }, index) => ({
        id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${index}`,
        scope,
        principalId,
        principalType: principalId === sampleGroup ? 'Group' : 'ServicePrincipal',
        roleId: role.id,
        ...(limit && { condition: repositoryCondition(limit) }),
      })),
    ),
})

/** What the step sees of a world. */
function observe({ assignments, members, isShared }: World, mode: Mode, isBroad = false): Observed {
  const pairs = targets.flatMap(target =>
    [plain, abac].map((registry): ObservedPair => {
      const isHeld = ({ principalId, scope }: RoleAssignment): boolean =>
        [registry.id, group].includes(scope) &&
        (principalId === target.identity.objectId ||
          (principalId === sampleGroup && members.includes(target.identity.objectId)))
      const { repositoryReader, repositoryWriter, acrPull, acrPush } = builtInRoles
      const [narrow, broad] = registry === abac ? [repositoryReader, repositoryWriter] : [acrPull, acrPush]
      return {
        target,
        registry,
        role: isBroad ? broad : narrow,
        assignments: assignments.filter(isHeld),
        groupAssignments: [],
      }
    }),
  )
  if (mode !== 'detach') return sampleObserved(pairs)
  const pullers = samplePullers([own.identity.objectId, isShared ? [own, outside] : [own]])
  return sampleObserved(pairs, { pullers, sideEffects: sampleSideEffects() })
}

/** What holds in a world. */
function modelOf({ assignments, members, isShared }: World): AccessState {
  const lower = (text: string): string => text.toLowerCase()
  const pullsAs = isShared ? own.identity.objectId : outsider
  const clusters = [...targets.map(({ id, name, identity }) => ({ id, name, pullsAs: identity.objectId }))]
  return {
    assignments: new Map(
      assignments.map(each => {
        const condition = each.condition ?? null
        return [lower(each.id), { ...each, scope: lower(each.scope), condition }]
      }),
    ),
    groupsOf: new Map(members.map(id => [id, new Set([sampleGroup])])),
    roles: new Map(roles.map(({ id, name, permissions }) => [id, { name: id, roleName: name, permissions } as never])),
    registries: [plain, abac, unnamed].map(({ id, name, loginServer, roleAssignmentMode }) => ({
      id: lower(id),
      name,
      loginServer,
      isAbac: roleAssignmentMode === 'ABAC',
      scopes: new Set([id, group].map(lower)),
      repositories: ['team/app', 'team/web', 'shop/app'],
    })),
    clusters: [...clusters, { ...outside, pullsAs }].map(each => ({ ...each, id: lower(each.id), controlPlane: '' })),
    names: new Map([[outsider, 'outsider']]),
  }
}

/** Does what the plan would do in a model. */
function carryOut(state: AccessState, { operations }: Plan): void {
  for (const operation of operations) {
    if (operation.operation === 'delete-role-assignment')
      state.assignments.delete(operation.assignment.id.toLowerCase())
    if (!('principalType' in operation)) continue
    const { scope, name, principalId, principalType, role, condition = null, replaces } = operation
    const id = replaces?.id ?? `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`
    const held = { id, scope: scope.toLowerCase(), principalId, principalType, roleId: role.id }
    state.assignments.set(id.toLowerCase(), { ...held, condition: condition || null })
  }
}

const told = {
  clusters: new Set(targets.map(({ id }) => id.toLowerCase())),
  identities: new Set(targets.map(({ identity }) => identity.objectId)),
  registries: new Set([plain.name, abac.name]),
  repositories: [],
}

const harmOf = (state: AccessState, { code, subject, fix: { commands } }: Plan['findings'][number]): string[] =>
  findHarm(state, { code, subject, commands }, told)

describe('advice', () => {
  it.each([
    ['auto', false],
    ['one that allows more', true],
  ])('takes access from nobody: check and attach with role: %s', (_, isBroad) => {
    fc.assert(
      fc.property(worlds, fc.constantFrom<Mode>('check', 'attach'), (world, mode) => {
        const state = modelOf(world)
        const plan = makePlan(observe(world, mode, isBroad), { ...sampleWish, mode })
        if (mode === 'attach') carryOut(state, plan)
        expect(plan.findings.flatMap(finding => harmOf(state, finding))).toEqual([])
        // All advice together, too, as somebody follows it who takes every warning seriously.
        const commands = [...new Set(plan.findings.flatMap(({ fix }) => fix.commands))]
        const all = { code: 'EXCESS_ROLE', subject: '', commands }
        expect(findHarm(state, all, told)).toEqual([])
        // If nothing could be written, what is then advised instead takes nothing either.
        const unwritten = plan.findings.flatMap(({ premise, ...finding }) =>
          premise ? { ...finding, fix: premise.otherwise } : finding,
        )
        const before = modelOf(world)
        expect(unwritten.flatMap(finding => harmOf(before, finding))).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  it('takes access only from the targets: detach', () => {
    fc.assert(
      fc.property(worlds, world => {
        const desired = { ...sampleWish, mode: 'detach' as const }
        const observed = observe(world, 'detach')
        const plan = makePlan(observed, desired)
        const state = modelOf(world)
        carryOut(state, plan)
        const residuals = findResiduals(observed, plan.pairs, { outcomes: [], lapses: new Map() }, desired)
        expect([...plan.findings, ...residuals].flatMap(finding => harmOf(state, finding))).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  it('is still given: a role in excess next to a pull role is deleted', () => {
    const held = [builtInRoles.acrPull, builtInRoles.acrPush].map(({ id: roleId, name }) => ({
      id: `${plain.id}/providers/Microsoft.Authorization/roleAssignments/${name}`,
      scope: plain.id,
      principalId: own.identity.objectId,
      principalType: 'ServicePrincipal',
      roleId,
    }))
    const world = { assignments: held, members: [], isShared: false }
    const commands = makePlan(observe(world, 'check'), { ...sampleWish, mode: 'check' }).findings.flatMap(
      ({ fix }) => fix.commands,
    )
    expect(commands.join()).toContain(`delete --ids ${held[1]?.id}`)
  })
})

describe('the model of commands', () => {
  const [first, last] = [own, second].map(({ identity }) => identity.objectId)
  const start = () =>
    modelOf({
      assignments: [
        {
          id: `${plain.id}/providers/Microsoft.Authorization/roleAssignments/1`,
          scope: plain.id,
          principalId: first ?? '',
          principalType: 'ServicePrincipal',
          roleId: builtInRoles.acrPull.id,
        },
      ],
      members: [],
      isShared: false,
    })

  it('deletes, creates, adds and removes', () => {
    const state = start()
    const scope = plain.id
    runCommand(
      state,
      `az role assignment create --assignee-object-id ${last} --assignee-principal-type ServicePrincipal --role 'AcrPull' \\\n  --scope "${scope}"`,
    )
    expect([...state.assignments.values()].map(({ principalId }) => principalId)).toEqual([first, last])
    runCommand(
      state,
      `az role assignment list --assignee-object-id ${last} --role AcrPull --scope ${scope} --query "[].id" --output tsv | xargs -r az role assignment delete --ids`,
    )
    runCommand(state, `az role assignment delete --ids ${scope}/providers/Microsoft.Authorization/roleAssignments/1`)
    expect(state.assignments.size).toBe(0)
    runCommand(state, `az ad group member add --group ${sampleGroup} --member-id ${last}`)
    expect(state.groupsOf.get(last ?? '')).toEqual(new Set([sampleGroup]))
    runCommand(state, `az ad group member remove --group ${sampleGroup} --member-id ${last}`)
    expect(state.groupsOf.get(last ?? '')).toEqual(new Set())
    runCommand(state, 'az acr update --name contosoacr --role-assignment-mode rbac-abac')
    expect(state.registries.map(({ isAbac }) => isAbac)).toEqual([true, true, false])
  })

  it('refuses a command that it does not know', () => {
    for (const command of ['az acr delete --name contosoacr', 'rm -rf /', 'az ad group delete --group x'])
      expect(() => {
        runCommand(start(), command)
      }).toThrow('unknown command')
  })
})
