import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { expect } from 'vitest'
import { onceIt, type Scenario } from '../../support/scenario.js'

const check = { mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false' }
const day = 24 * 3_600_000
const daysAgo = (days: number): string => new Date(Date.now() - days * day).toISOString().slice(0, 10)

const issueOf = ({ world: { github } }: Scenario) => {
  expect(github.issues).toHaveLength(1)
  const [issue] = github.issues
  if (!issue) throw new Error('there is no issue')
  return issue
}

/** Changes what the issue remembers: the dates in its marker and, unpacked, those of its items. */
function rewriteMemory(scenario: Scenario, change: (dates: string, packed: unknown) => [string, unknown]): void {
  const issue = issueOf(scenario)
  issue.body = issue.body.replace(
    /( count=\d+)(.*?) drifts=(\S+) -->/,
    (_, count: string, dates: string, drifts: string) => {
      const packed = JSON.parse(inflateRawSync(Buffer.from(drifts, 'base64')).toString()) as unknown
      const [newDates, value] = change(dates, packed)
      return `${count}${newDates} drifts=${deflateRawSync(JSON.stringify(value)).toString('base64')} -->`
    },
  )
}

const inRun = (run: number) => ({ environment: { GITHUB_RUN_ID: String(run) } })
const writes = ({ requests }: { requests: readonly { method: string; path: string }[] }) =>
  requests.filter(({ method, path }) => path.includes('/repos/') && method !== 'GET').map(({ method }) => method)

onceIt('the drift issue says since which day and which run', async ({ begin }) => {
  const scenario = await begin({ runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } })
  const { attach, group, registry, world } = scenario
  await attach(check, inRun(101))
  expect(issueOf(scenario).body).toMatch(new RegExp(`Since ${daysAgo(0)} \\(day 1\\), first seen by .*/runs/101\\)`))

  // As if that had been two days ago.
  rewriteMemory(scenario, (dates, packed) => [
    dates.replaceAll(daysAgo(0), daysAgo(2)),
    JSON.parse(JSON.stringify(packed).replaceAll(daysAgo(0), daysAgo(2))) as unknown,
  ])
  issueOf(scenario).body += 'My words.\n'
  const { title } = issueOf(scenario)
  const third = await attach(check, inRun(103))
  const { body } = issueOf(scenario)
  expect(body).toMatch(new RegExp(`Since ${daysAgo(2)} \\(day 3\\), first seen by \\[run \\d+\\]\\(\\S+/runs/101\\)`))
  expect(body).toContain('found by [')
  expect(body).toMatch(/My words\.\n$/)
  expect(issueOf(scenario)).toMatchObject({ title, state: 'open', comments: [] })
  expect(writes(third)).toEqual(['PATCH'])
  for (const text of [third.log, third.summary]) expect(text).toContain(`drift since ${daysAgo(2)} (day 3)`)
  expect(third.summary).toMatch(/first seen by \[run \d+\]\(\S+\/runs\/101\)/)

  // The same day again: nothing is written.
  const again = await attach(check, inRun(104))
  expect(writes(again)).toEqual([])
  expect(issueOf(scenario).body).toBe(body)

  // New drift has a date of its own.
  const second = group.addCluster('aks-prod-2')
  const more = { ...check, cluster: 'aks-prod-1\naks-prod-2' }
  await attach(more, inRun(105))
  expect(issueOf(scenario).body).toMatch(/\(day 3\), first seen by .*runs\/101\)/)
  expect(issueOf(scenario).body).toMatch(/^\| aks-prod-1 \|.*\| day 3, .*\|$/m)
  expect(issueOf(scenario).body).toMatch(/^\| aks-prod-2 \|.*\| day 1, .*\|$/m)
  // What is left after the oldest was repaired is younger.
  world.assignRole({ principalId: scenario.cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  await attach(more, inRun(106))
  expect(issueOf(scenario).body).toMatch(/\(day 1\), first seen by .*runs\/105\)/)
  world.assignRole({ principalId: second.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  await attach(more, inRun(107))
  expect(issueOf(scenario).state).toBe('closed')
})

onceIt('an issue of a version that remembered no dates is read, and dated from now or earlier', async ({ begin }) => {
  const scenario = await begin({ runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } })
  const { attach, grants, world, cluster, registry } = scenario
  expect(grants()).toEqual([])
  await attach(check, inRun(101))
  rewriteMemory(scenario, (_, packed) => {
    const { rows } = packed as { rows: unknown[][] }
    return ['', rows.map(row => row.slice(0, 4))]
  })
  const next = await attach(check, inRun(102))
  expect(writes(next)).toEqual(['PATCH'])
  expect(issueOf(scenario).body).toContain(`Since ${daysAgo(0)} or earlier (day 1 or later).`)
  expect(issueOf(scenario).comments).toEqual([])
  expect(writes(await attach(check, inRun(103)))).toEqual([])
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  await attach(check, inRun(104))
  expect(issueOf(scenario).state).toBe('closed')
})
