import { describe, expect, it } from 'vitest'
import type { Report } from 'report-document'
import { readReports } from '../src/read-reports.js'
import { fine, lay, reportOf as reportIn } from '../../../__tests__/support/merging.js'

const text = JSON.stringify(reportIn([fine('aks-x')]))
const reportOf = (name: string): string => text.replaceAll('aks-x', name)

const noReport = 'its job left no report: it was cancelled or failed'

/** The name of each job, with its problem or the target of its report. */
const read = (folder: string, fleet: unknown[] = []): string[] =>
  readReports(folder, fleet).map(({ name, report, problem }) =>
    [name, problem ?? report?.pairs[0]?.target.split('/').at(-1)].join(' | '),
  )

describe('the reports of a fleet', () => {
  it('are read in the order of its entries, by the number at the end of the folder name', () => {
    const files = {
      'report-2/report.json': reportOf('aks-2'),
      'report-10/report.json': reportOf('aks-10'),
      'other/deep/report.json': reportOf('aks-x'),
      'report-1/notes.txt': 'no report',
      'report-0/a.json': reportOf('aks-0'),
    }
    const fleet = Array.from({ length: 11 }, (_, index) => `entry ${index}`)
    expect(read(lay(files), fleet)).toEqual([
      'entry 0 | aks-0',
      'entry 2 | aks-2',
      'entry 10 | aks-10',
      'other/deep/report.json | aks-x',
      // One of the remaining reports can be the one without a number.
      `7 of: ${[1, 3, 4, 5, 6, 7, 8, 9].map(index => `entry ${index}`).join('; ')} | their jobs left no report: they were cancelled or failed`,
    ])
  })

  it('without a fleet are called by their paths, in order', () => {
    const files = { 'b/1.json': reportOf('aks-b'), 'a/1.json': reportOf('aks-a') }
    expect(read(lay(files))).toEqual(['a/1.json | aks-a', 'b/1.json | aks-b'])
    expect(read('/there/is/no/such/folder')).toEqual([])
    // The numbers at the ends of their folders count first.
    const numbered = {
      'a-10/1.json': reportOf('aks-10'),
      'b-2/1.json': reportOf('aks-2'),
      'a/1.json': reportOf('aks-a'),
    }
    expect(read(lay(numbered))).toEqual(['b-2/1.json | aks-2', 'a-10/1.json | aks-10', 'a/1.json | aks-a'])
    expect(read(lay({ 'a/10.json': reportOf('aks-10'), 'a/9.json': reportOf('aks-9') }))).toEqual([
      'a/9.json | aks-9',
      'a/10.json | aks-10',
    ])
  })

  it('that are missing are reported, one by one if they are known', () => {
    expect(read('/there/is/no/such/folder', ['a', 'b'])).toEqual([`a | ${noReport}`, `b | ${noReport}`])
    const some = { 'r-1/report.json': reportOf('aks-1') }
    expect(read(lay(some), ['a', 'b'])).toEqual(['b | aks-1', `a | ${noReport}`])
    const unplaced = { 'x/1.json': reportOf('aks-1'), 'y/1.json': reportOf('aks-2') }
    expect(read(lay(unplaced), ['a', 'b'])).toEqual(['x/1.json | aks-1', 'y/1.json | aks-2'])
    expect(read(lay(unplaced), ['a', 'b', 'c'])).toEqual([
      'x/1.json | aks-1',
      'y/1.json | aks-2',
      `1 of: a; b; c | ${noReport}`,
    ])
  })

  it('come only from folders whose names end in a number', () => {
    const files = { 'r-1x/1.json': reportOf('aks-1'), 'r-0/z.json': reportOf('aks-z'), 'r-0/a.json': reportOf('aks-a') }
    expect(read(lay(files), ['a'])).toEqual(['a | aks-a', 'a | aks-z', 'r-1x/1.json | aks-1'])
    const outside = { 'r-1/1.json': reportOf('aks-1'), 'r-0/1.json': reportOf('aks-1') }
    expect(read(lay(outside), ['a'])).toHaveLength(1)
  })

  it('are matched by that number only if nothing follows it, and only below the folder', () => {
    const unmatched = { 'r-0x/1.json': reportOf('aks-1') }
    expect(read(lay(unmatched), ['a', 'b'])).toEqual(['r-0x/1.json | aks-1', `1 of: a; b | ${noReport}`])
    const direct = { 'a.json': reportOf('aks-a'), 'b.json': reportOf('aks-b') }
    expect(read(lay(direct, 'reports-0'), ['a'])).toEqual(['a.json | aks-a', 'b.json | aks-b'])
  })

  it('of jobs that are not in the fleet are called by their paths', () => {
    expect(read(lay({ 'r-7/report.json': reportOf('aks-7') }), ['a'])).toEqual([
      'r-7/report.json | aks-7',
      `a | ${noReport}`,
    ])
  })

  it.each([
    [{ cluster: 'aks-0\n !aks-2', 'subscription-id': 's' }, 'cluster: aks-0, !aks-2, subscription-id: s'],
    [{ n: 1, list: ['a'] }, 'n: 1, list: ["a"]'],
    ['text\n::error::x', 'text ::error::x'],
    [null, 'null'],
    ['x'.repeat(201), `${'x'.repeat(199)}…`],
    ['x'.repeat(200), 'x'.repeat(200)],
  ])('are named after the entry %j: %s', (entry, name) => {
    expect(read(lay({ 'r-0/report.json': reportOf('aks-0') }), [entry])).toEqual([`${name} | aks-0`])
  })
})

describe('a single report directly in the folder', () => {
  const folder = lay({ 'report.json': reportOf('AKS-1') }, 'reports-1')
  const one = { cluster: 'aks-1' }

  it('belongs to the only entry', () => {
    expect(read(folder, ['whatever'])).toEqual(['whatever | AKS-1'])
  })

  it('belongs to the only entry whose values it names, in any letter case', () => {
    expect(read(folder, [{ cluster: 'aks-2' }, one])).toEqual([
      'cluster: aks-1 | AKS-1',
      `cluster: aks-2 | ${noReport}`,
    ])
    const listed = { cluster: 'AKS-1', 'subscription-id': 'S', 'resource-group': 'RG-SHOP', count: 1 }
    expect(read(folder, ['none', listed])[0]).toMatch(/^cluster: AKS-1, .* \| AKS-1$/)
  })

  it('belongs to one of two equal entries', () => {
    expect(read(folder, [one, { cluster: 'AKS-1' }])).toEqual([
      'cluster: aks-1 | AKS-1',
      `cluster: AKS-1 | ${noReport}`,
    ])
  })

  it('belongs to none that names something else, too', () => {
    const [first, ...rest] = read(folder, [{ cluster: 'aks-1\naks-9' }, { cluster: 'aks-10' }])
    expect(first).toBe('report.json | its report is about AKS-1 on contosoacr, which no entry of the fleet names')
    expect(rest).toEqual([`cluster: aks-1, aks-9 | ${noReport}`, `cluster: aks-10 | ${noReport}`])
  })

  it('may be of any entry if none names anything that it is about', () => {
    expect(read(folder, ['not-there', 'nor-there'])).toEqual([
      'report.json | AKS-1',
      `1 of: not-there; nor-there | ${noReport}`,
    ])
  })
})

describe('the same report twice', () => {
  const text = reportOf('aks-1')

  it('counts once, also if two entries have left it', () => {
    expect(read(lay({ 'a/1.json': text, 'b/1.json': text }))).toEqual(['a/1.json | aks-1'])
    expect(read(lay({ 'r-0/1.json': text, 'copy/1.json': text }), ['a'])).toHaveLength(1)
    const legs = readReports(lay({ 'r-0/1.json': text, 'r-1/1.json': text, 'r-1/2.json': text }), ['a', 'b'])
    expect(legs.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(legs[0]).not.toHaveProperty('problem')
    expect(legs[1]).not.toHaveProperty('report')
    expect(legs[1]?.problem).toMatch(/1\.json is a copy/)
  })

  it('counts once for any number of entries', () => {
    const legs = readReports(lay({ 'r-0/a.json': text, 'r-1/b.json': text, 'r-2/c.json': text }), ['a', 'b', 'c'])
    expect(legs.map(({ problem }) => problem)).toEqual([
      undefined,
      "its file b.json is a copy of another job's report",
      "its file c.json is a copy of another job's report",
    ])
  })

  it('does not count beside the own report of a job', () => {
    const files = { 'r-0/1.json': text, 'r-1/1.json': reportOf('aks-2'), 'r-1/2.json': text }
    expect(read(lay(files), ['a', 'b'])).toEqual(['a | aks-1', 'b | aks-2'])
  })

  it('counts once in folders of no entry, also if it can not be used', () => {
    const files = { 'r-0/1.json': '{', 'r-7/1.json': '{', 'r-8/1.json': '{' }
    expect(read(lay(files), ['a'])).toEqual([expect.stringMatching(/^a \| its file 1\.json can't be read: /)])
  })

  it('counts for each entry whose job failed before it checked anything', () => {
    const error = { code: 'SIGN_IN_FAILED', message: 'No.', fix: { text: '', commands: [] } }
    const failed = JSON.stringify({ ...(JSON.parse(text) as Report), pairs: [], error })
    const legs = readReports(lay({ 'r-0/1.json': failed, 'r-1/1.json': failed }), ['a', 'b'])
    for (const leg of legs) {
      expect(leg.error).toMatchObject({ code: 'SIGN_IN_FAILED' })
      expect(leg).not.toHaveProperty('problem')
    }
  })

  it('counts for each entry if it can not be used, under the name of its own file', () => {
    expect(read(lay({ 'r-0/a.json': '{', 'r-1/b.json': '{' }), ['a', 'b'])).toEqual([
      expect.stringMatching(/^a \| its file a\.json can't be read: /),
      expect.stringMatching(/^b \| its file b\.json can't be read: /),
    ])
  })

  it('does not count if both are empty', () => {
    expect(read(lay({ 'a/1.json': '', 'b/1.json': '' }))).toEqual([
      'a/1.json | its file 1.json is empty',
      'b/1.json | its file 1.json is empty',
    ])
  })
})
