import type { PairResult } from 'run-model'
import { describe, expect } from 'vitest'
import { findingCodes, letDeploy, letReadOnly } from '../../support/estate.js'
import { refusedByArm } from '../../support/reading.js'
import { expectAttached, expectFailure, it, writes, type Scenario } from '../../support/scenario.js'

/** Deletes a resource and all assignments at it, like Azure. */
function remove({ world }: Scenario, { id }: { id: string }): void {
  world.resources.splice(
    world.resources.findIndex(resource => resource.id === id),
    1,
  )
  for (const assignment of [...world.roleAssignments]) if (assignment.scope === id) world.assignments.remove(assignment)
}

interface Loss {
  inputs?: (scenario: Scenario) => Record<string, string>
  /** A change made outside of the action. */
  happens: (scenario: Scenario) => void
  /** The missing access in the report; empty if a resource is gone. */
  lacks?: Partial<PairResult['lacks'][number]>
  /** The code that the step fails with; `DRIFT` by default. */
  code?: string
  findings?: string[]
  /** Whether attach can repair it. */
  heals?: boolean
}

const abac = (scenario: Scenario): Record<string, string> => {
  Object.assign(scenario.registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
  return { repositories: 'team/app\nbase/*' }
}

const pullers = ({ world, deployer, registry }: Scenario): Record<string, string> => {
  const group = world.addGroup('pullers')
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  world.assignRole({ principalId: group.objectId, role: 'AcrPull', scope: registry.id })
  return { group: group.objectId }
}

const losses: Record<string, Loss> = {
  'a grant that was deleted': {
    happens: ({ world, grants }) => {
      for (const grant of grants()) world.assignments.remove(grant)
    },
    lacks: { kind: 'role', role: 'AcrPull' },
  },
  'a grant that was narrowed by a condition': {
    inputs: abac,
    happens: ({ grants }) => {
      for (const grant of grants())
        Object.assign(grant, {
          condition: grant.condition
            ?.replaceAll(/ OR \(@Resource.*?base\/'\)/g, '')
            .replaceAll("'team/app'", "'team/other'"),
        })
    },
    lacks: { kind: 'reach', role: 'Container Registry Repository Reader' },
    findings: ['LIMIT_NOT_IN_FORCE'],
  },
  'a registry that was switched to ABAC': {
    happens: ({ registry }) => {
      Object.assign(registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
    },
    lacks: { kind: 'role', role: 'Container Registry Repository Reader' },
    findings: ['ROLE_IGNORED_BY_ABAC'],
  },
  'a kubelet identity that was swapped': {
    happens: ({ cluster, group }) => {
      const { resourceId, clientId, objectId } = group.addUserAssignedIdentity('new-kubelet')
      Object.assign(cluster.body.properties, {
        identityProfile: { kubeletidentity: { resourceId, clientId, objectId } },
      })
    },
    lacks: { kind: 'role', role: 'AcrPull' },
  },
  'a cluster that is gone': {
    happens: scenario => {
      remove(scenario, scenario.cluster)
    },
    code: 'CLUSTER_NOT_FOUND',
    heals: false,
  },
  'a registry that is gone': {
    happens: scenario => {
      remove(scenario, scenario.registry)
    },
    code: 'REGISTRY_NOT_FOUND',
    heals: false,
  },
  'an identity that was taken out of the group': {
    inputs: pullers,
    happens: ({ world, cluster }) => {
      for (const group of world.directory.groups())
        world.directory.removeMember(group, cluster.kubeletIdentity.objectId)
    },
    lacks: { kind: 'member', role: null },
    findings: ['GROUP_LATENCY'],
  },
}

describe('drift', () => {
  it.for(Object.entries(losses))('is %s, seen with read-only access', async ([, loss], { begin }) => {
    const scenario = await begin()
    const { attach, world, deployer } = scenario
    const inputs = loss.inputs?.(scenario) ?? {}
    letDeploy(scenario, scenario.subscription.id)
    expectAttached(await attach(inputs), { changed: true })
    const rights = world.roleAssignments.filter(({ principalId }) => principalId === deployer.objectId)
    letReadOnly(scenario)
    const before = await attach({ ...inputs, mode: 'check' })
    expectAttached(before, { changed: false })
    expect(refusedByArm(before)).toEqual([])

    loss.happens(scenario)
    const end = await attach({ ...inputs, mode: 'check' })
    expectFailure(end, loss.code ?? 'DRIFT')
    expect(end.outputs.drift).toBe('true')
    expect(end.report.pairs.map(pair => pair.lacks)).toMatchObject([loss.lacks ? [loss.lacks] : []])
    expect(refusedByArm(end)).toEqual([])
    expect(writes(end)).toEqual([])
    expect(findingCodes(end)).toEqual(loss.findings ?? [])
    const graphRefused = end.requests.some(({ status, path }) => status === 403 && path.endsWith('/getByIds'))
    expect(end.report.notes.some(note => note.includes('Microsoft Graph'))).toBe(graphRefused)

    if (loss.heals === false) return
    for (const { roleDefinitionId, scope } of rights)
      world.assignRole({ principalId: deployer.objectId, role: roleDefinitionId.slice(-36), scope })
    expectAttached(await attach(inputs), { changed: true })
    letReadOnly(scenario)
    expectAttached(await attach({ ...inputs, mode: 'check' }), { changed: false })
  })
})
