import { existsSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Report } from 'report-document'
import { readReports } from '../src/read-reports.js'
import { fine, lay, reportOf as reportIn } from '../../../__tests__/support/merging.js'
import { nothingOmitted } from '../../../__tests__/support/sample.js'

const whole = reportIn([fine('aks-x')])
const reportOf = (name: string, more: Partial<Report> = {}): string =>
  JSON.stringify({ ...whole, ...more }).replaceAll('aks-x', name)

/** The name of each job, with its problem or the target of its report. */
const read = (folder: string, fleet: unknown[] = []): string[] =>
  readReports(folder, fleet).map(({ name, report, problem }) =>
    [name, problem ?? report?.pairs[0]?.target.split('/').at(-1)].join(' | '),
  )

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

  it('is reported with the beginning of the problem, if that is long', () => {
    const { problem = '' } = problemOf(`{"pairs":[],"${'x'.repeat(100_000)}":1}`) ?? {}
    expect(problem).toContain('/xxxx')
    expect(problem.length).toBeLessThan(400)
  })

  it('does not hide others', () => {
    const files = { 'r-0/1.json': '{', 'r-1/1.json': reportOf('aks-1', { entry: { cluster: 'b' } }) }
    expect(read(lay(files), ['a', 'b'])).toEqual([
      'b | aks-1',
      expect.stringMatching(/^r-0\/1\.json \| its file 1\.json can't be read/),
      'a | its job left no report: it was cancelled or failed',
    ])
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
