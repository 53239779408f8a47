import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { beginFleet, downloaded, merge } from '../../support/fleet.js'
import { headlineOf } from '../../support/reading.js'
import { it, onceIt, type StepEnd } from '../../support/scenario.js'

type Report = StepEnd['report']

const runId = '1658821493'

/** The same report, as a job of another run or attempt would have left it. */
const from = (text: string, run: Partial<NonNullable<Report['run']>>): string => {
  const report = JSON.parse(text) as Report
  return JSON.stringify({ ...report, run: { ...report.run, ...run } })
}

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString()

const inRun = (attempt: number) => ({ GITHUB_RUN_ID: runId, GITHUB_RUN_ATTEMPT: String(attempt) })

/** A fleet in which all is well, and the reports of its two jobs. */
async function beginCalm(begin: Parameters<typeof beginFleet>[0]) {
  const fleet = await beginFleet(begin)
  const { scenario, cluster, registry, grant, checkAll } = fleet
  grant(cluster, registry)
  grant(scenario.cluster, scenario.registry)
  const [first = '', second = ''] = (await checkAll()).map(({ reportFile }) => reportFile)
  return { ...fleet, first, second }
}

describe('a report', () => {
  it('knows its run', async ({ begin }) => {
    const { first } = await beginCalm(begin)
    const { run } = JSON.parse(first) as Report
    expect(run).toEqual({
      id: runId,
      number: 42,
      attempt: 1,
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    })
  })

  it('that another run has left is none', async ({ begin }) => {
    const { scenario, fleet, first, second } = await beginCalm(begin)
    const old = from(second, { id: '1658821400', number: 41, startedAt: '2026-11-28T03:17:04.000Z' })
    const end = await merge(scenario, { reports: downloaded([first, old]), fleet }, inRun(1))
    expect(end, end.log).toMatchObject({ exitCode: 1, outputs: { attached: 'false', 'error-code': 'REPORT_MISSING' } })
    expect(headlineOf(end)).toMatch(/^\? subscription .* \(registry testacr\) was not checked$/)
    expect(end.log).toContain(
      'its job left no report: report.json is that of run 41, which began at 2026-11-28T03:17:04',
    )
    const alone = await merge(scenario, { reports: downloaded([first, old]) }, inRun(1))
    expect(alone.outputs, alone.log).toMatchObject({ attached: 'false', 'error-code': 'REPORT_MISSING' })
  })

  it('of an earlier attempt counts, and headline and issue say so', async ({ begin }) => {
    const { scenario, entries, first, second, check } = await beginCalm(begin)
    const entry = { ...entries[0], cluster: 'aks-prod-1\naks-none' }
    const wanted = { ...entry, 'resource-group': 'rg-shop', 'fleet-entry': JSON.stringify(entry) }
    const broken = await check(0, wanted)
    const fleet = JSON.stringify([entry, entries[1]])
    const earlier = from(second, { startedAt: hoursAgo(3) })
    const later = from(broken.reportFile, { attempt: 2 })
    const end = await merge(scenario, { reports: downloaded([later, earlier]), fleet, 'drift-issue': 'true' }, inRun(2))
    const told = /1 of 2 jobs checked 3 h ago, in attempt 1/
    expect(headlineOf(end)).toMatch(told)
    expect(headlineOf(end)).toContain('re-run all jobs to check again')
    expect(scenario.world.github.issues[0]?.body).toMatch(told)
    const all = await merge(
      scenario,
      {
        reports: downloaded([from(first, { attempt: 2 }), from(second, { attempt: 2 })]),
        fleet: JSON.stringify(entries),
      },
      inRun(2),
    )
    expect(all, all.log).toMatchObject({ exitCode: 0, outputs: { attached: 'true' } })
    expect(headlineOf(all)).not.toContain('attempt')
  })

  it('of a later attempt replaces the earlier one, wherever it is', async ({ begin }) => {
    const { scenario, fleet, first, second, check, rights } = await beginCalm(begin)
    const [, right] = rights
    if (right) scenario.world.assignments.remove(right)
    const refused = await check(1)
    const folder = downloaded([first, refused.reportFile, from(second, { attempt: 2 })])
    renameSync(join(folder, 'drift-2'), join(folder, 'drift-1-again'))
    const end = await merge(scenario, { reports: folder, fleet }, inRun(2))
    expect(end, end.log).toMatchObject({ exitCode: 0, outputs: { attached: 'true', 'error-code': '' } })
    const before = downloaded([first, from(refused.reportFile, { attempt: 2 }), second])
    const worse = await merge(scenario, { reports: before, fleet }, inRun(2))
    expect(worse, worse.log).toMatchObject({ exitCode: 1, outputs: { attached: 'false' } })
  })
})

describe('the entry of a report', () => {
  it('is the one that its job declares, if the matrix has a second dimension', async ({ begin }) => {
    const { scenario, entries, first, second } = await beginCalm(begin)
    const fleet = JSON.stringify(entries)
    const pulling = JSON.parse(first) as Report
    const other = JSON.stringify({ ...pulling, entry: { ...pulling.entry, verify: 'none' } })
    // Both jobs of the second entry were cancelled.
    const end = await merge(scenario, { reports: downloaded([first, other]), fleet }, inRun(1))
    expect(end, end.log).toMatchObject({ exitCode: 1, outputs: { attached: 'false', 'error-code': 'REPORT_MISSING' } })
    const folder = downloaded([undefined, undefined, second, first])
    const whole = await merge(scenario, { reports: folder, fleet }, inRun(1))
    expect(whole, whole.log).toMatchObject({ exitCode: 0, outputs: { attached: 'true' } })
  })

  it('that the fleet no longer has, or that the report does not say, is a problem with the line to add', async ({
    begin,
  }) => {
    const { scenario, entries, first, second } = await beginCalm(begin)
    const [entry] = entries
    const fleet = JSON.stringify([entry, { ...entry, cluster: 'aks-prod-10' }])
    const silent = JSON.stringify({ ...(JSON.parse(second) as Report), entry: null })
    for (const report of [second, silent]) {
      const end = await merge(scenario, { reports: downloaded([first, report]), fleet }, inRun(1))
      expect(end, end.log).toMatchObject({ exitCode: 1, outputs: { attached: 'false', 'error-code': 'INVALID_INPUT' } })
      expect(end.log).toContain('drift-1/report.json')
      expect(end.log).toContain('fleet-entry: ${{ toJSON(matrix) }}')
      expect(end.log).toContain('aks-prod-10 of subscription')
    }
  })

  onceIt('can stand twice in the fleet', async ({ begin }) => {
    const { scenario, entries, first } = await beginCalm(begin)
    const fleet = JSON.stringify([entries[0], entries[0]])
    const twice = downloaded([first, first])
    const end = await merge(scenario, { reports: twice, fleet }, inRun(1))
    expect(end, end.log).toMatchObject({ exitCode: 0, outputs: { attached: 'true' } })
    writeFileSync(join(twice, 'drift-1', 'report.json'), '{')
    const broken = await merge(scenario, { reports: twice, fleet }, inRun(1))
    expect(broken.outputs, broken.log).toMatchObject({ attached: 'false', 'error-code': 'INVALID_INPUT' })
  })
})
