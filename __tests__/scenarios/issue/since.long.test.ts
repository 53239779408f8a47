import { expect } from 'vitest'
import { inRun } from '../../support/nights.js'
import { onceIt, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' }
const nights = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const thirdDay = '2026-11-27'
const today = (): string => new Date().toISOString().slice(0, 10)

const issueOf = ({ world: { github } }: Scenario) => {
  expect(github.issues).toHaveLength(1)
  const [issue] = github.issues
  if (!issue) throw new Error('there is no issue')
  return issue
}

const writes = ({ requests }: { requests: readonly { method: string; path: string }[] }) =>
  requests.filter(({ method, path }) => path.includes('/repos/') && method !== 'GET').map(({ method }) => method)

onceIt('the drift issue says since which day and which run', async ({ begin }) => {
  const scenario = await begin(nights)
  const { attach, group, registry, world } = scenario
  await attach(check, inRun(101, '2026-11-25'))
  expect(issueOf(scenario).body).toMatch(/Since 2026-11-25 \(day 1\), first seen by .*\/runs\/101\)/)

  issueOf(scenario).body += 'My words.\n'
  const { title } = issueOf(scenario)
  const third = await attach(check, inRun(103, thirdDay))
  const { body } = issueOf(scenario)
  expect(body).toMatch(/Since 2026-11-25 \(day 3\), first seen by \[run \d+\]\(\S+\/runs\/101\)/)
  expect(body).toContain('found by [')
  expect(body).toMatch(/My words\.\n$/)
  expect(issueOf(scenario)).toMatchObject({ title, state: 'open', comments: [] })
  expect(writes(third)).toEqual(['PATCH'])
  for (const text of [third.log, third.summary]) expect(text).toContain('drift since 2026-11-25 (day 3)')
  expect(third.summary).toMatch(/first seen by \[run \d+\]\(\S+\/runs\/101\)/)

  // The same day again: nothing is written.
  const again = await attach(check, inRun(104, thirdDay))
  expect(writes(again)).toEqual([])
  expect(issueOf(scenario).body).toBe(body)

  // New drift has a date of its own.
  const second = group.addCluster('aks-prod-2')
  const more = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
  await attach(more, inRun(105, thirdDay))
  expect(issueOf(scenario).body).toMatch(/\(day 3\), first seen by .*runs\/101\)/)
  expect(issueOf(scenario).body).toMatch(/^\| aks-prod-1 \|.*\| day 3, .*\|$/m)
  expect(issueOf(scenario).body).toMatch(/^\| aks-prod-2 \|.*\| day 1, .*\|$/m)
  // What is left after the oldest was repaired is younger.
  world.assignRole({ principalId: scenario.cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  await attach(more, inRun(106, thirdDay))
  expect(issueOf(scenario).body).toMatch(/\(day 1\), first seen by .*runs\/105\)/)
  world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  await attach(more, inRun(107, thirdDay))
  expect(issueOf(scenario).state).toBe('closed')
})

onceIt('outside of the nights of these tests, it says the day of the machine in UTC', async ({ begin }) => {
  const scenario = await begin()
  const before = today()
  await scenario.attach(check)
  const [, day] = /Since (\S+) \(day 1\)/.exec(issueOf(scenario).body) ?? []
  expect([before, today()]).toContain(day)
})

onceIt.for([1, 2, 3])(
  'the drift issue is neither edited nor opened anew because Azure writes IDs in other letter case: seed %i',
  async (seed, { begin }) => {
    const scenario = await begin({ ...nights, variations: { seed, of: 'all' } })
    const { attach } = scenario
    await attach(check, inRun(101, thirdDay))
    const issue = issueOf(scenario)
    for (const run of [102, 103, 104]) expect(writes(await attach(check, inRun(run, thirdDay)))).toEqual([])
    Object.assign(issue, { state: 'closed', stateReason: 'not_planned', closedAt: Date.now() })
    for (const run of [105, 106]) expect(writes(await attach(check, inRun(run, thirdDay)))).toEqual([])
    expect(issueOf(scenario)).toMatchObject({ state: 'closed', comments: [] })
  },
)
