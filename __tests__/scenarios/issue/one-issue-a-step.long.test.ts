import type { RequestRecord } from 'azure-simulator'
import { describe, expect } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { beginFleet, downloaded, merge, moveToRun } from '../../support/fleet.js'
import { inRun } from '../../support/nights.js'
import { warningsOf } from '../../support/reading.js'
import { expectFailure, onceIt, whenRequested, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'true' }
const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

const stateOf = ({ world: { github } }: Scenario) =>
  github.issues.map(({ number, state, comments }) => [number, state, comments.length])

describe('two legs of one run', () => {
  onceIt('with the same name: the second says that each needs one, and touches nothing', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world } = scenario
    group.addCluster('aks-prod-2')
    const night = async (run: number, day: string) => {
      await attach(check, inRun(run, day))
      const before = JSON.stringify(world.github.issues)
      const second = await attach({ ...check, cluster: 'aks-prod-2' }, inRun(run, day))
      expectFailure(second, 'DRIFT')
      expect(JSON.stringify(world.github.issues)).toBe(before)
      expect(second.outputs['drift-issue-number']).toBe('1')
      expect(warningsOf(second)).toEqual([
        expect.stringMatching(
          /"\.github\/workflows\/nightly-drift\.yml \/ check \/ __attach".*#1 at .*drift-issue: \$\{\{ matrix\.name \}\}/,
        ),
      ])
    }
    await night(1, '2026-11-25')
    await night(2, '2026-11-26')
    expect(stateOf(scenario)).toEqual([[1, 'open', 0]])
  })

  onceIt('at the same time, with the same name, have one issue in the end', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, simulator } = scenario
    group.addCluster('aks-prod-2')
    // Neither sees the other's issue before it opens its own.
    const isOpening = ({ method, path }: RequestRecord): boolean => method === 'POST' && path.endsWith('/issues')
    const until = () => whenRequested(simulator, isOpening, 2)
    simulator.faults.add({ method: 'POST', path: /\/issues$/, times: 2, until })
    const ends = await Promise.all(['aks-prod-1', 'aks-prod-2'].map(cluster => attach({ ...check, cluster }, inRun(1))))
    expect(stateOf(scenario).filter(([, state]) => state === 'open')).toHaveLength(1)
    expect(ends.flatMap(warningsOf).filter(text => text.includes('matrix.name'))).toHaveLength(1)
  })

  onceIt('with a name each have an issue each, and close their own alone', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, cluster, group, registry, world } = scenario
    group.addCluster('aks-prod-2')
    const night = async (run: number) => {
      await attach({ ...check, 'drift-issue': 'one' }, inRun(run))
      await attach({ ...check, 'drift-issue': 'two', cluster: 'aks-prod-1\naks-prod-2' }, inRun(run))
      return stateOf(scenario)
    }
    const both = [
      [1, 'open', 0],
      [2, 'open', 0],
    ]
    expect(await night(1)).toEqual(both)
    expect(await night(2)).toEqual(both)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expect(await night(3)).toEqual([
      [1, 'closed', 1],
      [2, 'open', 1],
    ])
  })

  onceIt('that merge two fleets have a name each', async ({ begin }) => {
    const { scenario, entries, checkAll } = await beginFleet(begin)
    for (const run of ['1', '2'])
      for (const [index, end] of (await checkAll()).entries()) {
        const reports = downloaded([end.reportFile])
        moveToRun(reports, run)
        await merge(
          scenario,
          { 'drift-issue': `fleet ${index}`, reports, fleet: JSON.stringify([entries[index]]) },
          { GITHUB_RUN_ID: run },
        )
      }
    expect(stateOf(scenario)).toEqual([
      [1, 'open', 0],
      [2, 'open', 0],
    ])
  })
})

describe('two legs of one run with the same name have one issue, and the second says that each needs a name', () => {
  onceIt('if their subscriptions are in AZURE_SUBSCRIPTION_ID', async ({ begin }) => {
    const { scenario, entries, grant } = await beginFleet(begin)
    grant(scenario.cluster, scenario.registry)
    const inputs = { ...check, cluster: '*', 'resource-group': '', 'fail-on-drift': 'false' }
    const { environment } = inRun(1)
    const other = { ...environment, AZURE_SUBSCRIPTION_ID: entries[1]?.['subscription-id'] ?? '' }
    await scenario.attach(inputs, { environment: other })
    const before = JSON.stringify(scenario.world.github.issues)
    expect(before).toContain("can't pull from contosoacr")
    const second = await scenario.attach(inputs, { environment })
    expect(JSON.stringify(scenario.world.github.issues)).toBe(before)
    expect(warningsOf(second)).toEqual([expect.stringContaining('matrix.name')])
  })

  onceIt('if they merge the reports of two folders', async ({ begin }) => {
    const { scenario, checkAll, grant } = await beginFleet(begin)
    grant(scenario.cluster, scenario.registry)
    const [fine, drifting] = await checkAll()
    const [first = '', second = ''] = [drifting, fine].map(end => downloaded([end?.reportFile]))
    for (const folder of [first, second]) moveToRun(folder, '77')
    await merge(scenario, { reports: first, 'drift-issue': 'true' }, { GITHUB_RUN_ID: '77' })
    const before = JSON.stringify(scenario.world.github.issues)
    expect(before).toContain("can't pull from testacr")
    const end = await merge(scenario, { reports: second, 'drift-issue': 'true' }, { GITHUB_RUN_ID: '77' })
    expect(JSON.stringify(scenario.world.github.issues)).toBe(before)
    expect(end.log + JSON.stringify(end.annotations)).toContain('matrix.name')
  })
})

describe('two workflow files with one name', () => {
  onceIt(
    'do not take turns: the second one names both and touches nothing, until the first is silent',
    async ({ begin }) => {
      const scenario = await begin(schedule)
      const { attach, group, world } = scenario
      group.addCluster('aks-prod-2')
      const named = { ...check, 'drift-issue': 'production', 'fail-on-drift': 'false' }
      const weekly = 'contoso/shop/.github/workflows/weekly.yml@refs/heads/main'
      const inFile = (run: number, day: string) => {
        const { environment } = inRun(run, day)
        return { environment: { ...environment, GITHUB_WORKFLOW_REF: weekly } }
      }
      await attach(named, inRun(1, '2026-12-01'))
      const before = JSON.stringify(world.github.issues)
      const other = await attach({ ...named, cluster: 'aks-prod-2' }, inFile(2, '2026-12-02'))
      expect(JSON.stringify(world.github.issues)).toBe(before)
      const [warning = ''] = warningsOf(other).filter(text => text.includes('matrix.name'))
      for (const file of ['nightly', 'weekly'])
        expect(warning).toMatch(new RegExp(`the job \\w+ of \\S+${file}\\S*\\.yml`))
      await attach({ ...named, cluster: 'aks-prod-2' }, inFile(3, '2026-12-03'))
      expect(JSON.stringify(world.github.issues)).not.toBe(before)
      expect(stateOf(scenario).map(([number]) => number)).toEqual([1])
    },
  )
})

describe("another bot's issue", () => {
  onceIt('stays as it is, though it has copied the whole text with its hidden lines', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, cluster, registry, world } = scenario
    const { github } = world
    await attach(check, inRun(1))
    const [{ body = '', author = '' } = {}] = github.issues
    // Every workflow's bot has the same name.
    const copy = github.addIssue({ title: 'Weekly digest', body: `From the last week:\n\n${body}`, author })
    const before = JSON.stringify(copy)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    await attach(check, inRun(2))
    expect(stateOf(scenario)).toEqual([
      [1, 'closed', 1],
      [2, 'open', 0],
    ])
    expect(JSON.stringify(copy)).toBe(before)
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
    for (const fleet of spelled)
      await merge(scenario, {
        'drift-issue': 'true',
        reports: downloaded(fleet[0] === second ? [...reports].reverse() : reports),
        fleet: JSON.stringify(fleet),
      })
    expect(stateOf(scenario)).toEqual([[1, 'open', 0]])
  })
})

describe('a step', () => {
  onceIt('keeps its issue, whatever it wants to be proven and however its registry is spelled', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, registry } = scenario
    letDeploy(scenario, group.id)
    const wishes: Record<string, string>[] = [
      ...[{}, { verify: 'none' }, { verify: 'none', 'probe-image': 'app:v1' }],
      ...['ContosoAcr', 'contosoacr.azurecr.io', registry.id.toUpperCase()].map(text => ({ registry: text })),
    ]
    for (const [run, wish] of wishes.entries()) await attach({ ...check, ...wish }, inRun(run))
    expect(stateOf(scenario).map(([number, state]) => [number, state])).toEqual([[1, 'open']])
  })

  onceIt('takes its issue along when its clusters change, and says what became of each', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { attach, group, world, registry } = scenario
    const second = group.addCluster('aks-prod-2')
    await attach({ ...check, cluster: 'aks-prod-1\naks-prod-2' }, inRun(1))
    await attach(check, inRun(2))
    const [issue] = world.github.issues
    expect(stateOf(scenario)).toEqual([[1, 'open', 0]])
    expect(issue?.body).toMatch(/^- aks-prod-2 on contosoacr: not looked at since /m)
    // The rest is repaired: what nobody looks at keeps it open, without a comment.
    world.assignRole({ principalId: scenario.cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    await attach(check, inRun(3))
    await attach(check, inRun(4))
    expect(stateOf(scenario)).toEqual([[1, 'open', 1]])
    // It is closed when the cluster is seen repaired.
    world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    await attach({ ...check, cluster: 'aks-prod-1\naks-prod-2' }, inRun(5))
    expect(stateOf(scenario)).toEqual([[1, 'closed', 2]])
  })

  onceIt('says that its only cluster was replaced, until a person closes the issue', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { group, world } = scenario
    group.addCluster('aks-prod-2')
    await scenario.attach(check, inRun(1))
    await scenario.attach({ ...check, cluster: 'aks-prod-2' }, inRun(2))
    expect(stateOf(scenario)).toEqual([[1, 'open', 1]])
    expect(world.github.issues[0]?.body).toMatch(/^- aks-prod-1 on contosoacr: not looked at since /m)
  })
})
