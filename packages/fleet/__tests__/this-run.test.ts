import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Report } from 'report-document'
import { readReports } from '../src/read-reports.js'
import { refusal } from '../../../__tests__/support/drift-report.js'
import { fine, lay, reportOf } from '../../../__tests__/support/merging.js'

const noReport = 'its job left no report: it was cancelled or failed'
const runId = '1658821493'

const text = JSON.stringify(reportOf([fine('aks-x')]))

/** A report of this run, or of another one, about a cluster. */
const madeBy = (run: Partial<NonNullable<Report['run']>>, name = 'aks-1'): Report => ({
  ...(JSON.parse(text.replaceAll('aks-x', name)) as Report),
  entry: { cluster: name },
  run: { id: runId, number: 42, attempt: 1, startedAt: '2026-11-28T03:17:04.000Z', ...run },
})

/** What each job is called, with its problem, or the clusters of its report and the attempt that wrote it. */
const read = (files: Record<string, Report>, fleet: readonly unknown[]): string[] => {
  const texts = Object.entries(files).map(([path, report]) => [path, JSON.stringify(report)])
  return readReports(lay(Object.fromEntries(texts) as Record<string, string>), fleet).map(
    ({ called, report, problem }) => {
      const clusters = report?.pairs.map(({ target }) => target.split('/').at(-1)).join(', ')
      return [called, problem ?? `${clusters}, attempt ${report?.run?.attempt}`].join(' | ')
    },
  )
}
/** The attempts of the reports that count for an entry. */
const readJobs = (files: Record<string, Report>, entry: unknown) => {
  const texts = Object.entries(files).map(([path, report]) => [path, JSON.stringify(report)])
  const legs = readReports(lay(Object.fromEntries(texts) as Record<string, string>), [entry])
  return legs.map(({ report }) => report?.run?.attempt).sort()
}

const fleet = [{ cluster: 'aks-1' }, { cluster: 'aks-2' }]

beforeEach(() => {
  vi.stubEnv('GITHUB_RUN_ID', runId)
  vi.stubEnv('GITHUB_RUN_ATTEMPT', '2')
})

describe('a report of another run', () => {
  const old = { id: '1658821400', number: 41 }
  const left = 'its job left no report: r.json is that of run 41, which began at 2026-11-28T03:17:04.000Z'

  it('is none: its job left none in this run', () => {
    expect(read({ 'r-0/r.json': madeBy({}), 'r-1/r.json': madeBy(old, 'aks-2') }, fleet)).toEqual([
      'aks-1 | aks-1, attempt 1',
      `aks-2 | ${left}`,
    ])
  })

  it('is told in the place of the entry that it is of', () => {
    expect(read({ 'x/r.json': madeBy(old, 'aks-2'), 'r-0/r.json': madeBy({}) }, fleet)).toEqual([
      'aks-1 | aks-1, attempt 1',
      `aks-2 | ${left}`,
    ])
    expect(read({ 'r-1/r.json': madeBy(old, 'aks-7') }, fleet)).toEqual([`aks-1 | ${noReport}`, `aks-2 | ${noReport}`])
  })

  it('is a job of its own without a fleet: nothing else shows that there was one', () => {
    expect(read({ 'a/r.json': madeBy(old), 'b/r.json': madeBy({}, 'aks-2') }, [])).toEqual([
      'b/r.json | aks-2, attempt 1',
      `a/r.json | ${left}`,
    ])
    expect(read({ 'a/r.json': madeBy({ ...old, number: null }) }, [])).toEqual([
      `a/r.json | ${left.replace('run 41', 'run 1658821400')}`,
    ])
  })

  it('is one like any other outside of GitHub, where no run has an ID', () => {
    vi.stubEnv('GITHUB_RUN_ID', '')
    expect(read({ 'r-0/r.json': madeBy(old) }, fleet.slice(0, 1))).toEqual(['aks-1 | aks-1, attempt 1'])
  })
})

describe('reports of several attempts', () => {
  it('count once, with the newest attempt, wherever it is', () => {
    for (const names of [
      ['r-0', 'r-0-again'],
      ['r-0-again', 'r-0'],
      ['a', 'b'],
      ['b', 'a'],
    ] as const)
      for (const [first, later] of [
        [1, 2],
        [9, 10],
      ] as const)
        expect(
          read(
            { [`${names[0]}/r.json`]: madeBy({ attempt: first }), [`${names[1]}/r.json`]: madeBy({ attempt: later }) },
            fleet.slice(0, 1),
          ),
        ).toEqual([`aks-1 | aks-1, attempt ${later}`])
  })

  it('count each if they are of one attempt, whichever is newer: entry × verify, × namespaces, × role', () => {
    const earlier = madeBy({ startedAt: '2026-11-28T02:00:00.000Z' })
    expect(readJobs({ 'r-0/a.json': madeBy({}), 'r-0/b.json': earlier }, fleet[0])).toEqual([1, 1])
    // Another leg of the matrix about the same cluster is run again: what the first has found stays.
    const leg = { ...madeBy({ attempt: 2 }), job: 'b' }
    expect(readJobs({ 'r-0/a.json': madeBy({}), 'r-0/b.json': leg }, fleet[0])).toEqual([1, 2])
  })

  it('count each if they do not say which job or which run made them', () => {
    for (const more of [{ run: null }, { job: null }])
      expect(
        readJobs(
          { 'r-0/a.json': { ...madeBy({}), requests: 1, ...more }, 'r-0/b.json': madeBy({ attempt: 2 }) },
          fleet[0],
        ),
      ).toHaveLength(2)
  })

  it('count once, however little the later one was allowed to see', () => {
    const refused = { ...madeBy({ attempt: 2 }), pairs: [], searched: [], error: refusal('AUTHORIZATION_FAILED') }
    expect(readJobs({ 'a/r.json': madeBy({}), 'b/r.json': refused }, fleet[0])).toEqual([2])
  })
})
