import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { it, onceIt, type Scenario } from '../../support/scenario.js'

const onlyIssue = ({ world: { github } }: Pick<Scenario, 'world'>) => {
  expect(github.issues).toHaveLength(1)
  const [issue] = github.issues
  if (!issue) throw new Error('there is no issue')
  return issue
}

/** A fleet with drift in its second subscription, which the issue lists, and none in the first. */
async function beginWithIssue(begin: Parameters<typeof beginFleet>[0]) {
  const fleet = await beginFleet(begin)
  const { scenario, check, entries, grant } = fleet
  grant(scenario.cluster, scenario.registry)
  /** A night with these jobs: each with its fleet entry and its report. */
  const night = async (jobs: [entry: object, report: string | undefined][]) =>
    merge(scenario, {
      'drift-issue': 'true',
      reports: downloaded(jobs.map(([, report]) => report)),
      fleet: JSON.stringify(jobs.map(([entry]) => entry)),
    })
  const [first, second] = entries as [object, object]
  const report = async (index: number, more?: Record<string, string>) => (await check(index, more)).reportFile
  const calm = await report(0)
  await night([
    [first, calm],
    [second, await report(1)],
  ])
  expect(onlyIssue(scenario).title).toMatch(/^Drift: 1 of 2 clusters$/)
  return { ...fleet, subscription: fleet.second, first, second, calm, report, night, issue: onlyIssue(scenario) }
}

/** The line about the cluster of the second entry, which no run has looked at. */
const line = /^- aks-prod-1 \(rg-test, subscription (?:…\w+|Contoso test)\) on testacr: not looked at since [\d-]+$/im

describe('a drift of the issue that no report mentions', () => {
  it('is not resolved because its entry was removed from the fleet', async ({ begin }) => {
    const { scenario, first, calm, night, issue } = await beginWithIssue(begin)
    const end = await night([[first, calm]])
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.log).toMatch(/^drift issue {2}#1 /m)
    expect(issue.state).toBe('open')
    expect(issue.title).toMatch(/^Drift: aks-prod-1 \(rg-test, subscription (?:…\w+|Contoso test)\) on testacr /i)
    expect(issue.body).toMatch(line)
    expect(issue.body).not.toContain('AcrPull')
    expect(issue.comments).toEqual([])
    const before = JSON.stringify(issue)
    await night([[first, calm]])
    expect(JSON.stringify(onlyIssue(scenario))).toBe(before)
  })

  onceIt('is not resolved, and not repeated, if its job left no report', async ({ begin }) => {
    const { scenario, first, second, calm, night, issue, report, grant, cluster, registry } =
      await beginWithIssue(begin)
    await night([
      [first, calm],
      [second, undefined],
    ])
    expect(issue.state).toBe('open')
    expect(issue.body).toMatch(line)
    expect(issue.body).not.toContain('AcrPull')
    expect(issue.comments).toEqual([])
    grant(cluster, registry)
    await night([
      [first, calm],
      [second, await report(1)],
    ])
    expect(onlyIssue(scenario)).toMatchObject({ state: 'closed' })
    expect(issue.comments).toHaveLength(1)
  })

  it('is not resolved because its job can no longer read its cluster', async ({ begin }) => {
    const { scenario, first, second, calm, night, issue, report, rights, subscription, grant, registry } =
      await beginWithIssue(begin)
    const { world, deployer } = scenario
    const [, right] = rights
    if (right) world.assignments.remove(right)
    // Another group stays readable, so that the list is only shorter.
    const other = subscription.addResourceGroup('rg-other')
    grant(other.addCluster('aks-prod-2'), registry)
    for (const { id } of [other, registry])
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: id })
    const end = await night([
      [first, calm],
      [second, await report(1)],
    ])
    expect(end.exitCode).toBe(1)
    expect(issue.state).toBe('open')
    expect(issue.body).toMatch(line)
  })

  it('is gone with its cluster if a complete list lacks it', async ({ begin }) => {
    const { scenario, first, second, calm, night, issue, report, cluster, group } = await beginWithIssue(begin)
    const { world } = scenario
    world.resources.splice(world.resources.indexOf(cluster), 1)
    const staying = group.addCluster('aks-prod-2')
    const { id } = world.resources.find(each => each.id.endsWith('/testacr')) ?? { id: '' }
    world.assignRole({ principalId: staying.kubeletIdentity.objectId, role: 'AcrPull', scope: id })
    const end = await night([
      [first, calm],
      [second, await report(1)],
    ])
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(issue.state).toBe('closed')
    expect(issue.comments.at(-1)?.body).toMatch(
      /^[^\n]+\n- aks-prod-1 \(rg-test, subscription (?:…\w+|Contoso test)\) on testacr: .*\bdeleted\b.*\bsubscription /,
    )
  })

  onceIt('is not gone while its cluster is being deleted', async ({ begin }) => {
    const { first, second, calm, night, issue, report, cluster, group, grant, registry, scenario } =
      await beginWithIssue(begin)
    grant(group.addCluster('aks-prod-2'), registry)
    Object.assign(cluster.body.properties, { provisioningState: 'Deleting' })
    const leaving = await report(1)
    await night([
      [first, calm],
      [second, leaving],
    ])
    expect(issue.state).toBe('open')
    expect(issue.body).toMatch(line)
    scenario.world.resources.splice(scenario.world.resources.indexOf(cluster), 1)
    await night([
      [first, calm],
      [second, await report(1)],
    ])
    expect(issue.state).toBe('closed')
  })

  onceIt('is not gone while its cluster is being created again', async ({ begin }) => {
    const { first, second, calm, night, issue, report, cluster, group, grant, registry } = await beginWithIssue(begin)
    grant(group.addCluster('aks-prod-2'), registry)
    Object.assign(cluster.body.properties, { provisioningState: 'Creating' })
    await night([
      [first, calm],
      [second, await report(1)],
    ])
    expect(issue.state).toBe('open')
    expect(issue.body).toMatch(line)
  })

  onceIt('is not dropped while its registry is being deleted', async ({ begin }) => {
    const { first, second, calm, night, issue, report, cluster, group, grant, registry } = await beginWithIssue(begin)
    grant(cluster, group.addRegistry('stayingacr'))
    Object.assign(registry.body.properties, { provisioningState: 'Deleting' })
    const all = { registry: '*', 'resource-group': group.name }
    const entry = { ...second, ...all }
    await night([
      [first, calm],
      [entry, await report(1, { ...all, 'fleet-entry': JSON.stringify(entry) })],
    ])
    expect(issue.state).toBe('open')
    expect(issue.body).toMatch(line)
  })

  onceIt('is recognised whatever the fleet calls its registry and its entry', async ({ begin }) => {
    const { scenario, first, second, calm, night, issue, report, registry } = await beginWithIssue(begin)
    const before = JSON.stringify(issue)
    for (const spelling of [registry.id, 'TestAcr.azurecr.io']) {
      const entry = { ...second, registry: spelling, stage: 'test' }
      await night([
        [first, calm],
        [entry, await report(1, { registry: spelling, 'fleet-entry': JSON.stringify(entry) })],
      ])
      expect(JSON.stringify(onlyIssue(scenario))).toBe(before)
    }
  })

  onceIt(
    'stays if it did not exist and is no longer requested: nobody knows whether that was meant',
    async ({ begin }) => {
      const { first, second, calm, night, issue, report, grant, cluster, registry } = await beginWithIssue(begin)
      grant(cluster, registry)
      const entry = { cluster: 'aks-nowhere' }
      const wanted = { cluster: 'aks-nowhere', 'resource-group': 'rg-test', 'fleet-entry': JSON.stringify(entry) }
      await night([
        [first, calm],
        [entry, await report(1, wanted)],
      ])
      expect(issue.body).toContain('CLUSTER_NOT_FOUND')
      expect(issue.body).toMatch(line)
      await night([
        [first, calm],
        [second, await report(1)],
      ])
      expect(issue.state).toBe('open')
      expect(issue.body).toMatch(/^- aks-nowhere on testacr: not looked at since /m)
      expect(issue.body).not.toMatch(line)
    },
  )

  onceIt('is not repaired by a healthy cluster of its name in another job', async ({ begin }) => {
    const { first, second, calm, night, issue, report, grant, cluster, registry } = await beginWithIssue(begin)
    grant(cluster, registry)
    const entry = { cluster: 'aks-prod-1', 'resource-group': 'rg-none' }
    await night([
      [first, calm],
      [second, await report(1)],
      [entry, await report(1, { ...entry, 'fleet-entry': JSON.stringify(entry) })],
    ])
    expect(issue.body).toContain('CLUSTER_NOT_FOUND')
    // Its job dies: the other one's cluster of the same name, at the same registry, is another one.
    await night([
      [first, calm],
      [second, await report(1)],
      [entry, undefined],
    ])
    expect(issue.state).toBe('open')
    expect(issue.body).toMatch(/^- aks-prod-1\b.* on testacr: not looked at since /m)
  })

  onceIt('can belong to a job without a report, if the fleet is not given', async ({ begin }) => {
    const { scenario, calm, issue } = await beginWithIssue(begin)
    await merge(scenario, { 'drift-issue': 'true', reports: downloaded([calm]) })
    expect(issue.state).toBe('open')
    expect(issue.body).toMatch(line)
  })
})
