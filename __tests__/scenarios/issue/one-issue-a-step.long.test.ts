import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { inRun } from '../../support/nights.js'
import { onceIt, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'true' }
const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

const stateOf = ({ world: { github } }: Scenario) =>
  github.issues.map(({ number, state, comments }) => [number, state, comments.length])

describe('two calls of one reusable workflow', () => {
  onceIt('that check clusters have an issue each, even if one checks what the other does', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group } = scenario
    group.addCluster('aks-prod-2')
    const night = async (run: number) => {
      await attach(check, inRun(run))
      await attach({ ...check, cluster: 'aks-prod-1\naks-prod-2' }, inRun(run))
      return stateOf(scenario)
    }
    const first = await night(1)
    expect(first).toEqual([
      [1, 'open', 0],
      [2, 'open', 0],
    ])
    const before = JSON.stringify(scenario.world.github.issues)
    for (const run of [2, 3]) expect(await night(run)).toEqual(first)
    expect(JSON.stringify(scenario.world.github.issues)).toBe(before)
  })

  onceIt('that merge two fleets have an issue each, and close their own alone', async ({ begin }) => {
    const { scenario, entries, checkAll, grant, cluster, registry } = await beginFleet(begin)
    const night = async (run: number) => {
      const ends = await checkAll()
      for (const [index, end] of ends.entries())
        await merge(
          scenario,
          {
            'drift-issue': 'true',
            reports: downloaded([end.reportFile]),
            fleet: JSON.stringify([entries[index]]),
          },
          { GITHUB_RUN_ID: String(run) },
        )
      return stateOf(scenario)
    }
    const both = [
      [1, 'open', 0],
      [2, 'open', 0],
    ]
    expect(await night(1)).toEqual(both)
    expect(await night(2)).toEqual(both)
    grant(cluster, registry)
    expect(await night(3)).toEqual([
      [1, 'open', 0],
      [2, 'closed', 1],
    ])
    expect(await night(4)).toEqual([
      [1, 'open', 0],
      [2, 'closed', 1],
    ])
  })
})

describe('a fleet', () => {
  onceIt('is the same step if an entry gets another key, or names its registry otherwise', async ({ begin }) => {
    const { scenario, entries, checkAll, registry } = await beginFleet(begin)
    const reports = (await checkAll()).map(({ reportFile }) => reportFile)
    const [first = {}, second = {}]: Record<string, string>[] = entries
    const spelled = [
      entries,
      [first, { ...second, stage: 'test' }],
      [first, { ...second, registry: registry.id.toUpperCase(), stage: 'test' }],
      [first, { ...second, registry: 'TestAcr.azurecr.io' }],
      [first, { ...second, registry: 'testacr.westeurope.geo.azurecr.io', cluster: ' * ' }],
      [second, first],
    ]
    for (const [run, fleet] of spelled.entries())
      await merge(
        scenario,
        {
          'drift-issue': 'true',
          reports: downloaded(fleet[0] === second ? [...reports].reverse() : reports),
          fleet: JSON.stringify(fleet),
        },
        { GITHUB_RUN_ID: String(run) },
      )
    expect(stateOf(scenario)).toEqual([[1, 'open', 0]])
  })
})

describe('a step', () => {
  onceIt('is another one if it wants something else to be proven', async ({ begin }) => {
    const scenario = await begin(schedule)
    const wishes: Record<string, string>[] = [{}, { verify: 'none' }, { verify: 'none', 'probe-image': 'app:v1' }]
    const night = async () => {
      for (const wish of wishes) await scenario.attach({ ...check, ...wish })
      return stateOf(scenario)
    }
    const first = await night()
    expect(first.map(([, state]) => state)).toEqual(['open', 'open', 'open'])
    expect(await night()).toEqual(first)
  })

  onceIt('is the same one however its registry is spelled', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, registry, world } = scenario
    letDeploy(scenario, group.id)
    const spellings = [
      'contosoacr',
      'ContosoAcr',
      'contosoacr.azurecr.io',
      `contosoacr.westeurope.geo.azurecr.io`,
      registry.id,
      registry.id.toUpperCase(),
    ]
    for (const [run, spelling] of spellings.entries()) await attach({ ...check, registry: spelling }, inRun(run))
    expect(stateOf(scenario)).toEqual([[1, 'open', 0]])
    // A name with the hash of a domain name label after it.
    const labelled = group.addRegistry('labelacr', { loginServer: 'labelacr-ekf2h6b5cnd3.azurecr.io' })
    for (const [run, spelling] of ['labelacr-ekf2h6b5cnd3.azurecr.io', labelled.id, 'labelacr'].entries())
      await attach({ ...check, registry: spelling }, inRun(run))
    expect(world.github.issues).toHaveLength(2)
  })

  onceIt('takes its issue along when its clusters change, and says what became of each', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world, registry } = scenario
    const second = group.addCluster('aks-prod-2')
    await attach({ ...check, cluster: 'aks-prod-1\naks-prod-2' }, inRun(1))
    await attach(check, inRun(2))
    const [issue] = world.github.issues
    expect(stateOf(scenario)).toEqual([[1, 'open', 1]])
    expect(issue?.body).toMatch(/^- aks-prod-2 on contosoacr: .*\bno longer\b/m)
    // The rest is repaired: what is no longer checked keeps it open, and it is not repeated.
    world.assignRole({ principalId: scenario.cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    await attach(check, inRun(3))
    await attach(check, inRun(4))
    expect(stateOf(scenario)).toEqual([[1, 'open', 2]])
    // It is closed when the cluster is seen repaired.
    world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    await attach({ ...check, cluster: 'aks-prod-1\naks-prod-2' }, inRun(5))
    expect(stateOf(scenario)).toEqual([[1, 'closed', 3]])
  })

  onceIt('is no longer the one whose only cluster was replaced', async ({ begin }) => {
    const scenario = await begin(schedule)
    scenario.group.addCluster('aks-prod-2')
    await scenario.attach(check, inRun(1))
    await scenario.attach({ ...check, cluster: 'aks-prod-2' }, inRun(2))
    expect(stateOf(scenario)).toEqual([
      [1, 'open', 0],
      [2, 'open', 0],
    ])
  })
})
