import { describe, expect } from 'vitest'
import { graphRequests } from '../../support/estate.js'
import { expectFailure, onceIt, type Beginning, type Scenario, type StepEnd } from '../../support/scenario.js'

/** A group that holds the pull role, of which the cluster is not a member yet. */
async function beginWithGroup(begin: (beginning?: Beginning) => Promise<Scenario>, beginning?: Beginning) {
  const scenario = await begin(beginning)
  const { world, registry, deployer } = scenario
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  const pullers = world.addGroup('pullers')
  const held = world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
  return { ...scenario, pullers, held, inputs: { group: pullers.objectId, timeout: '2s' } }
}

const isJoining = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'POST' && path.endsWith('/members/$ref')

/** The advice of a pair that has timed out. */
function adviceOf(end: StepEnd) {
  expectFailure(end, 'PROPAGATION_TIMEOUT')
  const { error } = end.report.pairs[0] ?? {}
  return { message: error?.message ?? '', text: error?.fix.text ?? '', commands: error?.fix.commands ?? [] }
}

const notLost = 'is not lost'

describe('a wait for a group that ends too late does not say that nothing is lost', () => {
  onceIt("if the group's role was deleted meanwhile", async ({ begin }) => {
    const { attach, inputs, world, held, whenAnswered } = await beginWithGroup(begin)
    whenAnswered(isJoining, () => {
      world.assignments.remove(held)
    })
    const { message, text, commands } = adviceOf(await attach(inputs))
    expect(message).toMatch(/\bdeleted\b/)
    expect(message).toContain(inputs.group)
    expect(text).not.toContain(notLost)
    expect(commands.at(-1)).toMatch(/^az monitor activity-log list /)
  })

  onceIt('if the identity was removed from the group meanwhile', async ({ begin }) => {
    const { attach, inputs, world, pullers, cluster, whenAnswered } = await beginWithGroup(begin)
    whenAnswered(isJoining, () => {
      world.directory.removeMember(pullers, cluster.kubeletIdentity.objectId)
    })
    const end = await attach(inputs)
    const { message, text, commands } = adviceOf(end)
    expect(message).toMatch(/\bremoved\b/)
    expect(text).not.toContain(notLost)
    expect(commands.at(-1)).toContain(`az ad group member list --group ${inputs.group}`)
  })

  onceIt('if it can not be read what became of it', async ({ begin }) => {
    const { attach, simulator } = await begin()
    const body = { error: { code: 'AuthorizationFailed', message: 'No.' } }
    simulator.faults.add({ method: 'GET', path: /\/roleAssignments\/[\da-f-]+$/, status: 403, body, times: Infinity })
    simulator.faults.add({
      method: 'GET',
      path: /\/roleAssignments$/,
      status: 200,
      body: { value: [] },
      times: Infinity,
    })
    expect(adviceOf(await attach({ timeout: '2s' })).text).not.toContain(notLost)
  })
})

describe('a wait for a group that ends too late', () => {
  onceIt('says that nothing is lost if both were seen there', async ({ begin }) => {
    const { attach, inputs } = await beginWithGroup(begin, { timing: { groupListingMs: 3_600_000 } })
    const end = await attach(inputs)
    expect(adviceOf(end).text).toContain(notLost)
    expect(graphRequests(end).at(-1)).toMatch(/^GET .*\/transitiveMembers /)
  })

  onceIt('asks nothing if a direct assignment follows', async ({ begin }) => {
    const { attach, inputs, world, held, whenAnswered } = await beginWithGroup(begin)
    whenAnswered(isJoining, () => {
      world.assignments.remove(held)
    })
    const end = await attach({ ...inputs, 'on-timeout': 'assign-directly' })
    expect(end.report.pairs).toMatchObject([{ changed: true, grantedBy: 'direct' }])
    expect(graphRequests(end).at(-1)).toMatch(/^POST .*\/members\/\$ref /)
  })
})
