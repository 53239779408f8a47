import { existsSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toReportJson, type Report } from 'report-document'
import { conclude } from 'run-report'
import { readReports } from '../src/read-reports.js'
import { complete, findFault } from '../src/read-report.js'
import { lay } from '../../../__tests__/support/merging.js'
import { nothingOmitted, sampleAccess, samplePair, sampleRun, sampleTarget } from '../../../__tests__/support/sample.js'

const reportOf = (name: string, more: Partial<Report> = {}): string => {
  const run = sampleRun([samplePair({ access: sampleAccess() }, sampleTarget(name))])
  return JSON.stringify({ ...toReportJson(conclude(run)), mode: 'check', ...more })
}

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

describe('a file that can not be used', () => {
  const problemOf = (text: string) => readReports(lay({ 'report.json': text }), [])[0]
  const advice =
    'Let that job upload the file of its output report-file, unchanged, with the same version of the action.'

  it('is reported with the problem and the fix', () => {
    expect(problemOf('')).toMatchObject({ name: 'report.json', problem: 'its file report.json is empty', advice })
    const broken = problemOf('{oops')
    expect(broken?.problem).toMatch(/^its file report\.json can't be read: .*JSON/)
    expect(broken).toMatchObject({ advice })
    expect(problemOf('{}')?.problem).toMatch(/^its file report\.json isn't a report of this version of attach-acr: /)
    expect(problemOf('{}')).not.toHaveProperty('report')
  })

  it('can be too large', () => {
    const folder = lay({ 'report.json': '' })
    truncateSync(join(folder, 'report.json'), 100_600_000)
    expect(readReports(folder, [])).toMatchObject([
      {
        name: 'report.json',
        problem: 'its file report.json has 101 MB; the maximum is 100 MB',
        advice: 'Give that job fewer clusters: split its entry in the matrix, and let each job upload its report-file.',
      },
    ])
  })

  it('can be something else than a file', () => {
    const folder = lay({})
    mkdirSync(join(folder, 'other'))
    symlinkSync('other', join(folder, 'folder.json'))
    symlinkSync('other', join(folder, 'folder-2.json'))
    symlinkSync('nothing', join(folder, 'nowhere.json'))
    symlinkSync('nothing', join(folder, 'nowhere-2.json'))
    const lines = ['folder-2', 'folder'].map(
      name => `${name}.json | its file ${name}.json can't be read (it is not a file)`,
    )
    const lost = ['nowhere-2', 'nowhere'].map(name => `${name}.json | its file ${name}.json can't be read (ENOENT)`)
    expect(read(folder)).toEqual([...lines, ...lost])
  })

  it.runIf(existsSync('/proc/version'))('is not read if it has no size, as below /proc', () => {
    const folder = lay({})
    symlinkSync('/proc/version', join(folder, 'report.json'))
    expect(read(folder)).toEqual(['report.json | its file report.json is empty'])
  })

  it('is that of its folder, unless the job has left a usable one, too', () => {
    const files = { 'r-0/1.json': reportOf('aks-0'), 'r-0/2.json': '{', 'r-1/1.json': '', 'r-1/2.json': '[]' }
    expect(read(lay(files), ['a', 'b'])).toEqual([
      'a | aks-0',
      'b | its file 1.json is empty',
      expect.stringMatching(/^b \| its file 2\.json isn't a report of this version/),
      expect.stringMatching(/^r-0\/2\.json \| its file 2\.json can't be read/),
    ])
  })

  it('is reported with the beginning of the problem, if that is long', () => {
    const { problem = '' } = problemOf(`{"pairs":[],"${'x'.repeat(100_000)}":1}`) ?? {}
    expect(problem).toContain('/xxxx')
    expect(problem.length).toBeLessThan(400)
  })

  it('does not hide others', () => {
    const files = { 'r-0/1.json': '{', 'r-1/1.json': reportOf('aks-1') }
    expect(read(lay(files), ['a', 'b'])[1]).toBe('b | aks-1')
  })

  it('can be incomplete, and is still used', () => {
    const cut = problemOf(reportOf('aks-1', { omitted: { ...nothingOmitted, pairs: 4000, images: 20, fixes: true } }))
    expect(cut).toMatchObject({ problem: 'its file report.json leaves out 4000 pairs and 20 images', advice })
    expect(cut?.report?.pairs).toHaveLength(1)
    expect(problemOf(reportOf('aks-1', { omitted: nothingOmitted }))?.problem).toBe(
      'its file report.json leaves out a part of it',
    )
    expect(problemOf(reportOf('aks-1'))).not.toHaveProperty('problem')
  })

  it('is not rejected for a byte order mark', () => {
    expect(read(lay({ 'report.json': `\uFEFF${reportOf('aks-1')}` }))).toEqual(['report.json | aks-1'])
    expect(read(lay({ 'report.json': ` \uFEFF${reportOf('aks-1')}` }))[0]).toContain("can't be read")
  })
})

describe('a report of another version', () => {
  const whole = JSON.parse(reportOf('aks-1')) as Report & Record<string, unknown>
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name)))

  it('is completed with null and empty lists, at every depth', () => {
    const [pair] = whole.pairs
    const bare = Object.fromEntries(
      Object.entries(pair ?? {}).filter(([name]) => !['limitedTo', 'lacks', 'error'].includes(name)),
    )
    const completed = complete({ ...without('error', 'omitted', 'notes', 'jobs'), pairs: [bare] })
    expect(completed).toEqual({ ...whole, pairs: [{ ...pair, limitedTo: null, lacks: [], error: null }] })
    expect(findFault(completed)).toBeUndefined()
  })

  it('is completed in errors and other nullable parts', () => {
    const error = { code: 'DRIFT', message: 'x', fix: { text: '', commands: [] } }
    expect(complete({ ...whole, error })).toMatchObject({
      error: { ...error, reason: null, cause: null, quote: null, azure: null },
    })
    expect(complete({ ...whole, jobs: [{ name: 'a' }] })).toMatchObject({ jobs: [{ name: 'a', error: null }] })
  })

  it('is completed by the alternative that is not null, in any position', () => {
    const part = { type: 'object', required: ['b'], properties: { b: { type: ['string', 'null'] } } }
    for (const anyOf of [
      [part, { type: 'null' }],
      [{ type: 'null' }, part],
    ])
      expect([complete({ a: 1 }, { anyOf }), complete(null, { anyOf })]).toEqual([{ a: 1, b: null }, null])
  })

  it("keeps its values, and values that can't be guessed stay missing", () => {
    expect(complete(whole)).toEqual(whole)
    expect(complete(without('attached'))).not.toHaveProperty('attached')
    expect([complete(null), complete('text'), complete([1])]).toEqual([null, 'text', [1]])
  })

  it('keeps what the schema does not know as it is, however deep', () => {
    const deep = JSON.parse(`${'{"x":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as unknown
    expect(findFault(complete({ ...whole, deep }))).toBe('/deep is unknown')
  })

  it.each(['1e999', '9007199254740992'])('has no number like %s, which would be written as another one', number => {
    for (const name of ['requests', 'durationSeconds', 'propagationSeconds']) {
      const text = reportOf('aks-1').replace(new RegExp(`("${name}":)[^,}]+`), `$1${number}`)
      const place = name === 'propagationSeconds' ? `/pairs/0/${name}` : `/${name}`
      expect(findFault(JSON.parse(text))).toBe(`${place}: the number is too large`)
    }
  })

  it.each([
    [without('attached'), 'the whole: '],
    [{ ...whole, attached: 'yes' }, '/attached: '],
    [{ ...whole, pairs: [{ ...whole.pairs[0], verified: 'x' }] }, '/pairs/0/verified: '],
    [{ ...whole, more: 1 }, '/more is unknown'],
    ['text', 'the whole: '],
  ])('is reported by its place: %#', (value, fault) => {
    expect(findFault(value)).toContain(fault)
  })
})
