import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { inRun } from '../../support/nights.js'
import { onceIt, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' }
const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const [monday, friday] = ['2026-11-23', '2026-11-27']

/** The run of Monday again, on Friday: its ID stays. */
const again = (run: number, day: string) => {
  const { environment } = inRun(run, day)
  return { environment: { ...environment, GITHUB_RUN_ATTEMPT: '2' } }
}

const snapshot = ({ world: { github } }: Scenario) => JSON.stringify(github.issues)

const heal = ({ world, cluster, registry }: Scenario) =>
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })

describe('an older run that is run again', () => {
  onceIt('leaves an issue that is open or closed as a newer run has written it', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world } = scenario
    const second = group.addCluster('aks-prod-2')
    const both = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
    await attach(check, inRun(101, monday))
    await attach(both, inRun(105, friday))
    const open = snapshot(scenario)
    const grant = heal(scenario)
    const end = await attach(check, again(101, friday))
    expect(snapshot(scenario)).toBe(open)
    expect(end).toMatchObject({ exitCode: 0, annotations: [], outputs: { 'drift-issue-number': '1' } })
    expect(end.log).toMatch(/^drift issue {2}#1 left as it is: a newer run has written it \(run 105\): https:/m)
    expect(end.summary).toMatch(/left as it is: a newer run has written it \(\[run 105\]\(\S+\/runs\/105\)\)/)

    // Run 106 sees everything repaired, and closes it.
    const principalId = second.kubeletIdentity.objectId
    world.assignRole({ principalId, role: 'AcrPull', scope: scenario.registry.id })
    await attach(both, inRun(106, friday))
    const closed = snapshot(scenario)
    expect(world.github.issues).toMatchObject([{ state: 'closed' }])
    expect(world.github.issues[0]?.body).toContain('| aks-prod-2 |')
    world.assignments.remove(grant)
    expect((await attach(check, again(105, friday))).log).toContain('(run 106)')
    expect(snapshot(scenario)).toBe(closed)
    // The same run again is not older.
    expect((await attach(both, again(106, friday))).log).toContain('drift issue  #1 reopened')
  })

  onceIt('says nothing about an issue of another name', async ({ begin }) => {
    const scenario = await begin(schedule)
    await scenario.attach({ ...check, 'drift-issue': 'other' }, inRun(105, friday))
    await scenario.attach(check, again(101, friday))
    expect(scenario.world.github.issues.map(({ state }) => state)).toEqual(['open', 'open'])
  })

  onceIt('by merge does not close the issue of Friday by the reports of Monday', async ({ begin }) => {
    const { scenario, entries, cluster, registry, grant } = await beginFleet(begin)
    const reportsIn = async (run: number) => {
      const ends = []
      for (const entry of entries)
        ends.push(
          await scenario.attach({ ...check, 'drift-issue': 'false', 'resource-group': '', ...entry }, inRun(run)),
        )
      return ends.map(({ reportFile }) => reportFile)
    }
    const mergeIn = (run: number, reports: (string | undefined)[], attempt: string) =>
      merge(
        scenario,
        { 'drift-issue': 'true', reports: downloaded(reports), fleet: JSON.stringify(entries) },
        { GITHUB_RUN_ID: String(run), GITHUB_RUN_ATTEMPT: attempt },
      )
    const grants = [grant(cluster, registry), heal(scenario)]
    const fine = await reportsIn(101)
    for (const each of grants) scenario.world.assignments.remove(each)
    await mergeIn(105, await reportsIn(105), '1')
    const open = snapshot(scenario)
    await mergeIn(101, fine, '2')
    expect(snapshot(scenario)).toBe(open)
    expect(scenario.world.github.issues).toMatchObject([{ state: 'open', comments: [] }])
  })
})
