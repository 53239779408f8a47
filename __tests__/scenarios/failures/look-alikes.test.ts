import { describe, expect } from 'vitest'
import { option, readAzCommands } from '../../support/az.js'
import { images, letImport } from '../../support/image-world.js'
import { expectFailure, onceIt, type Scenario, type StepEnd } from '../../support/scenario.js'

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
  onceIt("two imports, each with Azure's reason", async ({ begin }) => {
    const { attach, simulator, hub } = letImport(await begin())
    hub.push('library/redis', '7')
    const reasons = ['The layer 1 is damaged.', 'The layer 2 is damaged.']
    for (const message of reasons)
      simulator.faults.add({
        method: 'POST',
        path: '/importImage',
        status: 400,
        body: { error: { code: 'InvalidLayer', message } },
      })
    const end = await attach({ images: 'nginx:1.27\nredis:7', concurrency: '1' })
    expectFailure(end, 'IMPORT_FAILED')
    expect(images(end)).toMatchObject([{ error: { code: 'IMPORT_FAILED' } }, { error: { code: 'IMPORT_FAILED' } }])
    const lines = failureLines(end, 'IMPORT_FAILED')
    expect(lines).toHaveLength(2)
    reasons.forEach((reason, index) => {
      expect(lines[index]).toContain(reason)
      expect(end.summary).toContain(reason)
    })
  })

  onceIt("three clusters that can't join a group, each with its command", async ({ begin }) => {
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

  onceIt('two clusters with the same name, each with its command and its row', async ({ begin }) => {
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

  onceIt('two unreadable clusters with the same name', async ({ begin }) => {
    const scenario = await begin()
    const { attach, cluster, simulator } = scenario
    const other = addNamesake(scenario)
    const error = { code: 'Strange', message: 'Something is wrong.' }
    simulator.faults.add({ method: 'GET', path: '/managedClusters/', status: 400, body: { error }, times: Infinity })
    const end = await attach({ mode: 'check', cluster: [cluster.id, other.id].join('\n') })
    expectFailure(end, 'AZURE_REFUSED')
    expect(end.report.pairs.map(({ status }) => status)).toEqual(['unknown', 'unknown'])
    expect(end.report.unknown.map(({ subject }) => subject)).toEqual([cluster.id, other.id])
    expect(failureLines(end, 'AZURE_REFUSED')).toHaveLength(2)
    expect(new Set(rowsOf(end, cluster.name)).size).toBe(2)
  })
})
