import { describe, expect } from 'vitest'
import { option, readAzCommands } from '../../support/az.js'
import { expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

/** The lines of the log that report a failure with that code. */
const failureLines = ({ log }: StepEnd, code: string): string[] =>
  log.split('\n').filter(line => line.startsWith(`✗ ${code}`))

/** The rows about a cluster in the table of clusters and registries. */
const rowsOf = ({ summary }: StepEnd, name: string): string[] =>
  summary.split('\n').filter(line => /^\| . \|/.test(line) && line.includes(name))

/** A second cluster with the name of the first one, in another resource group. */
function addNamesake({ subscription, cluster, deployer, world }: Scenario): { id: string } {
  const group = subscription.addResourceGroup('rg-other')
  world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
  return group.addCluster(cluster.name, { withoutIdentityProfile: true, provisioningState: 'Failed' })
}

describe('failures that look alike are all reported:', () => {
  it("three clusters that can't join a group, each with its command", async ({ begin }) => {
    const { attach, world, cluster, group } = await begin()
    const clusters = [cluster, group.addCluster('aks-prod-2'), group.addCluster('aks-prod-3')]
    const pullers = world.addGroup('acr-pullers')
    const end = await attach({ cluster: clusters.map(({ name }) => name).join('\n'), group: pullers.objectId })
    expectFailure(end, 'GROUP_ACCESS_DENIED')
    const lines = failureLines(end, 'GROUP_ACCESS_DENIED')
    const joins = (text: string): string[] =>
      readAzCommands(text)
        .filter(([noun, , member]) => noun === 'ad' && member === 'member')
        .map(command => option(command, '--member-id'))
    const members = clusters.map(({ kubeletIdentity }) => kubeletIdentity.objectId)
    expect(lines).toHaveLength(3)
    clusters.forEach(({ name }, index) => {
      expect(lines[index]).toContain(name)
      expect(end.summary).toContain(name)
    })
    expect(joins(end.log)).toEqual(members)
    expect(joins(end.summary)).toEqual(members)
    expect(end.report.pairs.map(({ error }) => joins(error?.fix.commands.join('\n') ?? ''))).toEqual(
      members.map(member => [member]),
    )
  })

  it('two clusters with the same name, each with its command and its row', async ({ begin }) => {
    const scenario = await begin()
    const { attach, cluster, subscription, group } = scenario
    const other = addNamesake(scenario)
    const broken = group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Failed' })
    const namesake = subscription
      .addResourceGroup('rg-third')
      .addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Failed' })
    scenario.world.assignRole({ principalId: scenario.deployer.objectId, role: 'Reader', scope: namesake.id })
    const end = await attach({ cluster: [cluster.id, other.id, broken.id, namesake.id].join('\n') })
    expectFailure(end, 'NO_KUBELET_IDENTITY')
    expect(failureLines(end, 'NO_KUBELET_IDENTITY')).toHaveLength(3)
    const groups = readAzCommands(end.log).map(command => option(command, '--resource-group'))
    expect(groups).toEqual(['rg-other', 'rg-shop', 'rg-third'])
    for (const name of ['aks-prod-1', 'aks-new']) expect(new Set(rowsOf(end, name)).size).toBe(2)
  })
})
