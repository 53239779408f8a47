import { describe, expect } from 'vitest'
import { onceIt, type Scenario } from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const check = { mode: 'check', 'drift-issue': 'true' }

const inRun = (run: number) => ({ environment: { GITHUB_RUN_ID: String(run) } })

/** More pull requests of the same author than GitHub lists at once, all updated later. */
function releaseOften({ world }: Scenario): void {
  for (let index = 0; index < 120; index += 1) {
    const release = world.github.addIssue({
      title: `Release ${index}`,
      author: 'github-actions[bot]',
      isPullRequest: true,
    })
    release.state = 'closed'
  }
}

const drifts = ({ world }: Scenario) => world.github.issues.filter(({ isPullRequest }) => !isPullRequest)

describe('a drift issue that was closed, in a repository with many others', () => {
  onceIt('as not planned stays closed', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach } = scenario
    await attach(check, inRun(1))
    const [issue] = drifts(scenario)
    Object.assign(issue ?? {}, { state: 'closed', stateReason: 'not_planned', closedAt: Date.now() })
    releaseOften(scenario)
    await attach(check, inRun(2))
    expect(drifts(scenario)).toMatchObject([{ state: 'closed', stateReason: 'not_planned' }])
  })

  onceIt('when it had healed is reopened within a week', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, world, grants, cluster, registry } = scenario
    await attach(check, inRun(1))
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    await attach(check, inRun(2))
    expect(drifts(scenario)).toMatchObject([{ state: 'closed', stateReason: 'completed' }])
    releaseOften(scenario)
    for (const grant of grants()) world.assignments.remove(grant)
    await attach(check, inRun(3))
    expect(drifts(scenario)).toMatchObject([{ state: 'open' }])
  })
})
