import { describe, expect } from 'vitest'
import { expectDetached, findingCodes, letDeploy } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import { expectFailure, onceIt, writes, type Beginning, type Scenario } from '../../support/scenario.js'

const detach = { mode: 'detach' }

/** Azure Resource Manager counts no change of a group's members for an hour. */
const slow = { timing: { groupListingMs: 3_600_000 } }

/** The pull identity of `aks-prod-1` in `inner`, which is in `outer`; and a second registry. */
async function beginNested(begin: (beginning?: Beginning) => Promise<Scenario>, beginning?: Beginning) {
  const scenario = await begin(beginning)
  const { world, deployer, cluster, group, subscription } = scenario
  letDeploy(scenario, subscription.id)
  const { objectId } = cluster.kubeletIdentity
  const inner = world.addGroup('inner', { members: [objectId], owners: [deployer.objectId] })
  const outer = world.addGroup('outer', { members: [inner.objectId] })
  const other = group.addRegistry('otheracr')
  const assign = (principalId: string, scope: string) => world.assignRole({ principalId, role: 'AcrPull', scope })
  const members = () => world.directory.membersOf(inner)
  return { ...scenario, objectId, inner, outer, other, assign, members, inputs: { ...detach, group: inner.objectId } }
}

const canReadGroups = ({ world, deployer }: Pick<Scenario, 'world' | 'deployer'>): void => {
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
}

describe('a detach from a group names the registries that it carried through a parent group', () => {
  onceIt('if the groups that it is in can be read', async ({ begin }) => {
    const scenario = await beginNested(begin)
    const { attach, assign, inner, inputs, other, outer, registry, world } = scenario
    canReadGroups(scenario)
    const outermost = world.addGroup('outermost', { members: [outer.objectId] })
    const third = scenario.group.addRegistry('thirdacr')
    assign(inner.objectId, registry.id)
    assign(outer.objectId, other.id)
    assign(outermost.objectId, third.id)
    const losers = ['aks-prod-1 on otheracr', 'aks-prod-1 on thirdacr']
    const end = await attach(inputs, { losers })
    expectDetached(end, { changed: true })
    const { reason = '' } = end.report.plan[0] ?? {}
    for (const name of ['otheracr', 'thirdacr']) expect(reason).toContain(name)
    expect(reason).not.toContain('could not be read')
  })

  onceIt('and says that there may be others if they cannot be read', async ({ begin }) => {
    const { attach, assign, inner, inputs, other, outer, registry } = await beginNested(begin)
    assign(inner.objectId, registry.id)
    assign(outer.objectId, other.id)
    const end = await attach(inputs, { losers: ['aks-prod-1 on otheracr'] })
    expectDetached(end, { changed: true })
    expect(end.report.plan[0]?.reason).toMatch(/\bgroups that the group is in\b.*\bcould not be read\b/)
    expect(end.report.plan[0]?.reason).not.toContain('otheracr')
  })
})

describe('a new member that boots its nodes through a parent group', () => {
  /** `aks-blue` boots from `contosoacr`, by an identity that joined the group just now. */
  async function beginBooting(begin: (beginning?: Beginning) => Promise<Scenario>) {
    const scenario = await beginNested(begin, slow)
    const { assign, group, inner, outer, other, registry, world } = scenario
    const shared = group.addUserAssignedIdentity('shared-kubelet')
    group.addCluster('aks-blue', { kubeletIdentity: shared, bootstrapRegistryId: registry.id })
    group.addCluster('aks-green', { kubeletIdentity: shared })
    world.directory.addMember(inner, shared.objectId)
    assign(inner.objectId, other.id)
    assign(outer.objectId, registry.id)
    return { ...scenario, shared, inputs: { ...scenario.inputs, cluster: 'aks-green' } }
  }

  onceIt.for(['otheracr', 'contosoacr'])('stays, at %s', async (name, { begin }) => {
    const scenario = await beginBooting(begin)
    canReadGroups(scenario)
    const end = await scenario.attach({ ...scenario.inputs, registry: name })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(errorsOf(end)[0]?.message).toMatch(/aks-blue .*contosoacr/)
    expect(writes(end)).toEqual([])
    expect(scenario.members()).toContain(scenario.shared.objectId)
  })

  onceIt('stays, too, if the groups that the group is in cannot be read', async ({ begin }) => {
    const { attach, inputs, members, shared } = await beginBooting(begin)
    const end = await attach({ ...inputs, registry: 'otheracr' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(members()).toContain(shared.objectId)
  })

  onceIt('leaves if it boots only by its own role', async ({ begin }) => {
    const scenario = await beginBooting(begin)
    const { assign, attach, inputs, members, outer, registry, shared, world } = scenario
    canReadGroups(scenario)
    const [ofOuter] = world.roleAssignments.filter(({ principalId }) => principalId === outer.objectId)
    if (ofOuter) world.assignments.remove(ofOuter)
    assign(shared.objectId, registry.id)
    const cluster = 'aks-green\naks-blue'
    const end = await attach({ ...inputs, cluster, registry: 'otheracr', timeout: '1s' })
    expect(findingCodes(end)).not.toContain('BOOTSTRAP_REGISTRY')
    expect(members()).not.toContain(shared.objectId)
  })
})
