import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { letDeploy } from '../../support/estate.js'
import { inRun } from '../../support/nights.js'
import { letPull } from '../../support/pull-scenario.js'
import { onceIt, type Beginning, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'pulls', 'fail-on-drift': 'false', timeout: '10s' }

const issueOf = ({ world: { github } }: Scenario) => {
  expect(github.issues).toHaveLength(1)
  return github.issues[0]
}

/** A cluster that has held the role for an hour, whose node was refused in the first night: the issue lists it. */
async function beginRefused(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const runner = { workflow: 'nightly', job: 'check', eventName: 'schedule' }
  const scenario = letPull(await begin({ runner, variations: 'none' }), {})
  const { world, cluster, registry, group } = scenario
  letDeploy(scenario, group.id)
  const grant = world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  grant.updatedOn = new Date(Date.now() - 3_600_000).toISOString()
  cluster.kubernetes.pullFaults.push({ message: pullMessages.denied('contosoacr.azurecr.io/team/app:v1') })
  const end = await scenario.pull(check, inRun(1))
  expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'PULL_DENIED' } }])
  expect(issueOf(scenario)?.state).toBe('open')
  const repair = () => {
    cluster.kubernetes.pullFaults.length = 0
  }
  return { ...scenario, repair }
}

/** The line of the issue that says why it stays open. */
const stillRefused = /^- aks-pull on contosoacr: not looked at since [\d-]+ \(no node has tried to pull\)$/m

describe('a refused pull that an issue lists', () => {
  onceIt(
    'is not repaired while the cluster is stopped, but when a node pulls: until then, its issue stays open',
    async ({ begin }) => {
      const scenario = await beginRefused(begin)
      const { properties } = scenario.cluster.body
      Object.assign(properties, { powerState: { code: 'Stopped' } })
      const end = await scenario.pull(check, inRun(2))
      expect(end.report.pairs).toMatchObject([{ status: 'attached', verified: 'assignment', pulls: [] }])
      expect(end.exitCode).toBe(0)
      expect(issueOf(scenario)).toMatchObject({ state: 'open', comments: [] })
      expect(issueOf(scenario)?.body).toMatch(stillRefused)
      const before = JSON.stringify(issueOf(scenario))
      await scenario.pull(check, inRun(3))
      expect(JSON.stringify(issueOf(scenario))).toBe(before)

      Object.assign(properties, { powerState: { code: 'Running' } })
      scenario.repair()
      const healed = await scenario.pull(check, inRun(4))
      expect(healed.report.pairs).toMatchObject([{ status: 'attached', verified: 'pull' }])
      expect(issueOf(scenario)).toMatchObject({ state: 'closed' })
    },
  )

  onceIt(
    'is not repaired because the step lets no node pull any more, also not after its role was missing',
    async ({ begin }) => {
      const scenario = await beginRefused(begin)
      const { world, cluster, registry } = scenario
      const assigned = { ...check, verify: 'assignment' }
      await scenario.pull(assigned, inRun(2))
      expect(issueOf(scenario)).toMatchObject({ state: 'open', comments: [] })
      expect(issueOf(scenario)?.body).toMatch(stillRefused)

      const { objectId: principalId } = cluster.kubeletIdentity
      for (const each of world.roleAssignments.filter(each => each.principalId === principalId))
        world.assignments.remove(each)
      await scenario.pull(assigned, inRun(3))
      expect(issueOf(scenario)?.body).not.toMatch(stillRefused)
      world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
      await scenario.pull(assigned, inRun(4))
      expect(issueOf(scenario)?.state).toBe('open')
      expect(issueOf(scenario)?.body).toMatch(stillRefused)
    },
  )

  onceIt('is repaired if nodes pull because anybody is allowed to', async ({ begin }) => {
    const scenario = await beginRefused(begin)
    scenario.repair()
    Object.assign(scenario.registry.body.properties, { anonymousPullEnabled: true })
    const end = await scenario.pull(check, inRun(2))
    expect(end.report.pairs).toMatchObject([
      { status: 'attached', verified: 'assignment', pulls: [{ verdict: 'pulled' }] },
    ])
    expect(issueOf(scenario)).toMatchObject({ state: 'closed' })
  })
})
