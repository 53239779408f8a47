import { describe, expect, it } from 'vitest'
import { fix, type Finding } from 'kernel'
import type { Report } from 'report-document'
import { maxBytes, readReport } from '../src/read-report.js'
import { fine, reportOf } from '../../../__tests__/support/merging.js'

const read = (value: unknown, content: { size?: number; unreadable?: string } = {}) =>
  readReport('r.json', { text: typeof value === 'string' ? value : JSON.stringify(value), size: 1, ...content })

const whole = reportOf([fine('aks-1')])
const empty = { ...whole, pairs: [] }
const without = (name: keyof Report) => Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name))
const error = {
  ...{ code: 'SIGN_IN_FAILED' as const, message: 'No.', fix: fix('') },
  ...{ reason: null, cause: null, quote: null, azure: null },
}

/** What a check says whose * matches nothing. */
const nothingMatched: Finding = {
  ...{ code: 'FILTER_WITHOUT_EFFECT', severity: 'notice', subject: 'cluster' },
  ...{ message: 'There is no cluster.', fix: fix('Look at it.') },
}

type Job = NonNullable<Report['jobs']>[number]
const job = (name: string, more: Partial<Job> = {}): Job => ({ name, error: null, problem: null, ...more })
const merged = (jobs: Job[], more: Partial<Report> = {}): Report => ({ ...whole, mode: 'merge', jobs, ...more })
const lost = job('lost', { problem: 'its job left no report' })
const failed = job('failed', { error })

const unchanged =
  'Let that job upload the file of its output report-file, unchanged, with the same version of the action.'
const noReport = "isn't a report of this version of attach-acr: "
const newer = (version: number) =>
  `was written by a newer version of attach-acr (schemaVersion ${version}, and this version reads 1)`

describe('a file without a usable report', () => {
  it.each<[unknown, string, string?]>([
    [{ ...whole, schemaVersion: 2 }, newer(2), 'Use the same version of the action in every job.'],
    [{ schemaVersion: 12, anything: 'else' }, newer(12), 'Use the same version of the action in every job.'],
    [{ ...whole, schemaVersion: '2' }, `${noReport}/schemaVersion: `],
    [{ ...whole, schemaVersion: 1.5 }, `${noReport}/schemaVersion: `],
    [without('pairs'), `${noReport}pairs is missing`],
    [{ ...whole, pairs: [null] }, `${noReport}/pairs/0: `],
    [{ ...whole, pairs: null }, `${noReport}/pairs: `],
    [{ ...whole, error: [] }, `${noReport}/error: `],
    ['[]', `${noReport}the whole: `],
    ['null', `${noReport}the whole: `],
    ['7', `${noReport}the whole: `],
    ['"text"', `${noReport}the whole: `],
    ...(['attach', 'detach'] as const).map((mode): [unknown, string, string] => [
      { ...whole, mode },
      `is the report of a step with mode: ${mode}, which does not look for drift`,
      'Let that job upload the report-file of its step with mode: check.',
    ]),
    [{ ...whole, mode: 'merge' }, 'is a merged report without its jobs'],
    [empty, 'names no cluster that was checked'],
    ...(['warning', 'notice'] as const).map((severity): [unknown, string] => [
      {
        ...empty,
        findings: [{ ...nothingMatched, severity, code: severity === 'notice' ? 'NODE_SKIPPED' : nothingMatched.code }],
      },
      'names no cluster that was checked',
    ]),
    [merged([job('a'), job('b')], { pairs: [] }), 'names no cluster that was checked'],
  ])('is reported with the reason and advice: %#', (value, reason, advice = unchanged) => {
    expect(read(value)).toEqual({ problem: expect.stringContaining(`its file r.json ${reason}`) as string, advice })
  })

  it('can be one that can not be read, whatever its size is', () => {
    expect(read('', { unreadable: 'EACCES' })).toEqual({
      problem: "its file r.json can't be read (EACCES)",
      advice: unchanged,
    })
  })

  it('can be one above the maximum size', () => {
    expect(read('', { size: maxBytes + 1 }).problem).toMatch(/the maximum is 100 MB$/)
    expect(read(whole, { size: maxBytes })).not.toHaveProperty('problem')
  })
})

describe('a usable report', () => {
  it('is one with pairs, or with the error that ended its check', () => {
    expect(read(whole)).toEqual({ report: whole, error: null })
    expect(read({ ...empty, error })).toEqual({ report: { ...empty, error }, error })
    // Without a list of pairs, the error says why nothing was checked.
    expect(read({ ...without('pairs'), error })).toEqual({ report: { ...empty, error }, error })
  })

  it('is one without pairs, if it says that there are none', () => {
    const report = { ...empty, findings: [nothingMatched] }
    expect(read(report)).toEqual({ report, error: null })
  })

  it('is a merged one without pairs, if it names the jobs that checked nothing', () => {
    for (const each of [lost, failed])
      expect(read(merged([job('a'), each], { pairs: [] })), each.name).not.toHaveProperty('problem')
  })

  it('has what a merged one does not say elsewhere: its jobs name those without a report', () => {
    const about = (subject: string, kind: 'pair' | null = null) => ({ subject, message: 'It is lost.', about: kind })
    const unknown = [about('lost'), about('a'), about('failed'), about('lost', 'pair'), about('a role')]
    const { report } = read(merged([job('a'), lost, failed], { unknown }))
    expect(report?.unknown).toEqual(unknown.slice(1))
    expect(report?.pairs).toHaveLength(1)
  })
})
