import { describe, expect } from 'vitest'
import { inRun } from '../../support/nights.js'
import { warningsOf } from '../../support/reading.js'
import { onceIt, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' }
const both = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const day = (number: number) => `2026-11-${number}`

/** GitHub's limit of a body, in characters. */
const limit = 65_536

/** Minutes of a meeting, of that length. */
const minutes = (length: number): string =>
  'Ada: how long? Bob: a week.\n'.repeat(Math.ceil(length / 28)).slice(0, length)

async function beginWithIssue(begin: (beginning: object) => Promise<Scenario>) {
  const scenario = await begin(schedule)
  const { world, registry, group } = scenario
  const second = group.addCluster('aks-prod-2')
  await scenario.attach(check, inRun(101, day(20)))
  const [issue] = world.github.issues
  if (!issue) throw new Error('there is no issue')
  const heal = ({ kubeletIdentity: { objectId: principalId } } = scenario.cluster) =>
    world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
  return { ...scenario, scenario, second, issue, heal }
}

describe('the text of people that leaves no room in the drift issue', () => {
  onceIt('stays, and the list goes to a comment when the drift changes', async ({ begin }) => {
    const { attach, issue, heal, second } = await beginWithIssue(begin)
    const [above, below] = [minutes(20_000), minutes(limit - 20_000 - issue.body.length)]
    issue.body = `${above}${issue.body}${below}`
    const isKept = () => {
      expect(issue.body.startsWith(above) && issue.body.endsWith(below)).toBe(true)
      expect(issue.body.length).toBeLessThanOrEqual(limit)
    }
    await attach(both, inRun(102, day(21)))
    isKept()
    expect(issue.body).toMatch(/^\*\*2 of 2 .*\*\*, found by \[.*Since 2026-11-20 \(day 2\)/m)
    expect(issue.body).not.toContain('| aks-prod-2 |')
    const [change, list] = issue.comments.map(({ body }) => body)
    expect(change).toMatch(/^\*\*Worse\*\*: 1 more\.\n- aks-prod-2 /)
    expect(list).toMatch(/^\| aks-prod-1 \|.*day 2[^]*^\| aks-prod-2 \|.*day 1/m)
    expect(list).toContain('mode: attach')
    // The same drift on another day: only its number changes.
    await attach(both, inRun(103, day(22)))
    isKept()
    expect(issue.body).toContain('(day 3)')
    expect(issue.comments).toHaveLength(2)
    // It remembers each item.
    heal()
    await attach(both, inRun(104, day(23)))
    expect(issue.comments[2]?.body).toMatch(/^\*\*Better\*\*: 1 repaired\.\n- aks-prod-1 /)
    expect(issue.comments).toHaveLength(4)
    heal(second)
    await attach(both, inRun(105, day(24)))
    isKept()
    expect(issue.state).toBe('closed')
  })

  onceIt('gets the list in a comment once, if only the text grows', async ({ begin }) => {
    const { attach, issue } = await beginWithIssue(begin)
    const text = minutes(limit - issue.body.length)
    issue.body += text
    for (const number of [21, 29, 30]) await attach(check, inRun(100 + number, day(number)))
    expect(issue.body.endsWith(text)).toBe(true)
    expect(issue.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining("**aks-prod-1 can't pull from contosoacr: AcrPull is missing**"),
    ])
  })

  onceIt('in an issue without hidden lines makes it a different one', async ({ begin }) => {
    const { attach, issue, world } = await beginWithIssue(begin)
    issue.body = minutes(limit - 100)
    const before = JSON.stringify(issue)
    for (const number of [21, 22]) await attach(check, inRun(100 + number, day(number)))
    expect(JSON.stringify(issue)).toBe(before)
    expect(world.github.issues.map(({ number, state }) => [number, state])).toEqual([
      [1, 'open'],
      [2, 'open'],
    ])
  })

  onceIt('not even for a hidden line is named in a warning, and the issue stays as it is', async ({ begin }) => {
    const { attach, issue, world } = await beginWithIssue(begin)
    const [first = ''] = issue.body.split('\n')
    issue.body = `${first}\n${minutes(limit - first.length - 1)}`
    const before = JSON.stringify(issue)
    const end = await attach(both, inRun(102, day(21)))
    expect(JSON.stringify(world.github.issues)).toBe(`[${before}]`)
    expect(end.log).toMatch(/^drift issue {2}#1 left as it is: .*no room: https:/m)
    expect(warningsOf(end)).toContainEqual(expect.stringMatching(/The drift issue was not updated: .*#1.*comment/))
  })
})
