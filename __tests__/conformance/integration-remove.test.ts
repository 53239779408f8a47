import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { parse } from 'yaml'
import { it, type Machine } from '../support/conformance.js'
import type { ClientEnd } from 'azure-simulator/testing/clients'

const { jobs } = parse(readFileSync(new URL('../../.github/workflows/integration.yml', import.meta.url), 'utf8')) as {
  jobs: { remove: { steps: { name?: string; run?: string }[] } }
}

/** Runs a step of the job `remove` like GitHub's runner: bash that ends at the first failure. */
function runStep({ run, group, subscription }: Machine, name: RegExp, members = ''): Promise<ClientEnd> {
  const script = jobs.remove.steps.find(step => name.test(step.name ?? ''))?.run
  if (script === undefined) throw new Error(`no step is called ${String(name)}`)
  const variables = `export GITHUB_RUN_ID=1658821493 GROUP=${group.name} SUBSCRIPTION=${subscription.subscriptionId} MEMBERS=${members}`
  return run('bash', ['-ec', `${variables}\n${script}`])
}

describe('the job of integration.yml that removes everything', () => {
  it('removes the cluster from the group, once, and deletes the resource group', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'bash'] })
    const { world, subscription, cluster } = machine
    const stranger = world.addApplication('stranger')
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId, stranger.objectId] })
    for (const attempt of ['first', 'second']) {
      const end = await runStep(machine, /^Leave the Microsoft Entra group/, pullers.objectId)
      expect(end, `${attempt}: ${end.stderr}`).toMatchObject({ exitCode: 0 })
      expect(world.directory.membersOf(pullers)).toEqual([stranger.objectId])
    }
    for (const attempt of ['first', 'second']) {
      const end = await runStep(machine, /^Delete the resource group/)
      expect(end, `${attempt}: ${end.stderr}`).toMatchObject({ exitCode: 0 })
      expect(subscription.groups).toEqual([])
    }
    expect(await runStep(machine, /^Leave the Microsoft Entra group/, pullers.objectId)).toMatchObject({ exitCode: 0 })
  })

  it('takes away what the questions had made when the run was cancelled', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'bash'] })
    const { world, subscription, registry } = machine
    const type = 'Microsoft.Authorization/roleAssignments'
    world.addLock({ scope: registry.id, level: 'ReadOnly', name: 'asked' })
    world.addPolicy({ id: 'deny-1658821493', name: 'deny-1658821493', scope: registry.id, type })
    const theirs = world.addPolicy({
      id: 'theirs',
      name: 'theirs',
      scope: subscription.id,
      type: 'Microsoft.Compute/disks',
    })
    const definition = `${subscription.id}/providers/Microsoft.Authorization/policyDefinitions/deny-1658821493`
    world.policyDefinitions.push({ id: definition, type })
    for (const name of [/^Delete the policy/, /^Delete the resource group/, /^Delete the policy/]) {
      const end = await runStep(machine, name)
      expect(end, end.stderr).toMatchObject({ exitCode: 0 })
    }
    expect([world.policies, world.policyDefinitions, world.locks, subscription.groups]).toEqual([[theirs], [], [], []])
  })

  it('fails if it has no permission to change the group', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'bash'] })
    const { world, cluster, deployer } = machine
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    world.directory.findClient(deployer.clientId)?.graphPermissions.delete('GroupMember.ReadWrite.All')
    world.directory.findClient(deployer.clientId)?.graphPermissions.delete('Group.Read.All')
    const end = await runStep(machine, /^Leave the Microsoft Entra group/, pullers.objectId)
    expect([end.exitCode, end.stderr]).toEqual([1, expect.stringContaining('Insufficient privileges')])
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
  })
})
