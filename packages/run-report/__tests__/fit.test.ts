import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fix } from 'kernel'
import { toReport, toReportJson, type ReportJson } from 'report-document'
import { groupByFix, maxAnnotations } from 'report-document/src/problems.js'
import { conclude } from '../src/conclude.js'
import { fitReport, toListOutput } from '../src/fit.js'
import { fitSummary } from '../src/summary.js'
import { refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { expectReport } from '../../../__tests__/support/report-schema.js'
import { sampleRun, sampleTarget } from '../../../__tests__/support/sample.js'

const empty = toReportJson(toReport(conclude(sampleRun())))
const reportOf = (more: Partial<ReportJson>): ReportJson => ({ ...empty, ...more })
const sizeOf = (json: unknown): number => JSON.stringify(json).length
const fit = (report: ReportJson, max: number): ReportJson => {
  const json = fitReport(report, JSON.stringify(report), max)
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(max)
  return JSON.parse(json) as ReportJson
}
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

const refused = (name: string): Pair => reportedPair(name, { status: 'failed', error: refusal() })
const imageOf = (name: string, more: Partial<ReportJson['images'][number]> = {}): ReportJson['images'][number] => ({
  source: 'docker.io/library/nginx:1.27',
  name,
  image: `contosoacr.azurecr.io/${name}`,
  digest: null,
  status: 'failed',
  registry: '/r',
  sizeInBytes: null,
  durationSeconds: null,
  importable: null,
  error: null,
  ...more,
})

describe('a report', () => {
  it.each(['x', 'é', '漢', '🚢'])('is complete if it fits, measured in UTF-8: %s', letter => {
    const report = reportOf({ pairs: [refused(`aks-${letter}`)], notes: times(40, () => letter.repeat(100)) })
    const bytes = Buffer.byteLength(JSON.stringify(report))
    expect(fit(report, bytes)).toEqual(report)
    expect(fit(report, bytes).omitted).toBeNull()
    expect(fit(report, bytes - 1)).toMatchObject({ notes: [], omitted: { notes: 40 } })
  })

  it.each(['x', '漢'])('is whole as an output up to 120 KiB, and its counts above: %s', letter => {
    const sized = (bytes: number): ReportJson => {
      const notes = times(300, () => letter.repeat(100))
      const rest = bytes - Buffer.byteLength(JSON.stringify(reportOf({ notes: [...notes, ''] })))
      return reportOf({ notes: [...notes, 'x'.repeat(rest)] })
    }
    const outputOf = (report: ReportJson): ReportJson =>
      JSON.parse(fitReport(report, JSON.stringify(report))) as ReportJson
    expect(outputOf(sized(122_880)).omitted).toBeNull()
    expect(outputOf(sized(122_881))).toMatchObject({ notes: [], omitted: { notes: 301 } })
  })

  it('never has more than an output can have, whatever its entry of a matrix has', () => {
    const entry = { cluster: times(2000, index => sampleTarget(`aks-${index}`).id).join('\n') }
    const text = fitReport(reportOf({ entry, attached: true }), JSON.stringify(reportOf({ entry })))
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(122_880)
    expect(JSON.parse(text)).toMatchObject({ attached: true, entry: null })
    expectReport(text)
    const short = { cluster: 'aks-1' }
    expect(fit(reportOf({ entry: short, notes: ['x'.repeat(20_000)] }), 10_000)).toMatchObject({ entry: short })
  })

  it('never loses its result, however long its error and its scopes are', () => {
    const error = { ...refusal(), message: '漢'.repeat(9000), fix: { text: 'x'.repeat(9000), commands: [] } }
    const searched = times(3000, index => `/subscriptions/${index}`)
    const report = reportOf({ attached: true, drift: true, verified: 'pull', error, searched, notes: ['x'] })
    const cut = fit(report, 20_000)
    expect(cut).toMatchObject({ attached: true, drift: true, verified: 'pull', searched: [], notes: [] })
    expect(cut.error).toMatchObject({ code: error.code, fix: { text: '', commands: [] } })
    expect(cut.error?.message).toMatch(/^漢{4000}/)
    expect(cut.omitted).toMatchObject({ notes: 1 })
    expectReport(JSON.stringify(cut))
    expect(fit(reportOf({ searched }), 20_000)).toMatchObject({ searched: [], error: null })
    const subscriptions = times(3000, index => ({ id: `${index}`, name: null }))
    expect(fit(reportOf({ subscriptions }), 20_000)).toMatchObject({ subscriptions: [] })
  })
})

describe('a report that is too long', () => {
  const pairs = times(2000, index => reportedPair(`aks-${index}`))

  it('is its result and its counts: all lists are empty', () => {
    const images = times(3, index => imageOf(`app:${index}`))
    const row = { cluster: 'aks-1', namespace: 'n' } as NonNullable<ReportJson['workloads']>[number]
    const cut = fit(reportOf({ attached: true, pairs, images, workloads: [row], jobs: null }), 600_000)
    expect(cut).toMatchObject({ attached: true, pairs: [], images: [], workloads: [], jobs: null })
    expect(cut.omitted).toMatchObject({ pairs: 2000, images: 3, findings: 0, workloads: 1, jobs: 0, fixes: true })
  })

  it('says that workloads were not checked', () => {
    expect(fit(reportOf({ pairs }), 600_000)).toMatchObject({ workloads: null, omitted: { workloads: 0 } })
  })
})

describe('the outputs', () => {
  it('fit within the limit of GitHub for a job, which counts two bytes for each character', () => {
    const report = reportOf({ notes: times(6, () => 'x'.repeat(20_000)) })
    const list = times(2000, () => 'x'.repeat(100))
    const outputs = [fitReport(report, JSON.stringify(report)), toListOutput(list), toListOutput(list)]
    expect(outputs.map(sizeOf).every(size => size > 100_000)).toBe(true)
    expect(Buffer.byteLength(outputs.join(''), 'utf16le')).toBeLessThan(1_000_000)
  })

  it('have the first images, as many as fit', () => {
    expect(toListOutput([])).toBe('[]')
    expect(toListOutput([imageOf('a:1', { source: 'x'.repeat(122_880) }), imageOf('b:1')])).toBe('[]')
    // Each takes a KiB, including the comma.
    const bare = sizeOf(imageOf('0000', { source: '' }))
    const source = '漢'.repeat(100)
    const image = imageOf('0000', { source: `${source}${'x'.repeat(1023 - 300 - bare)}` })
    expect(Buffer.byteLength(JSON.stringify(image))).toBe(1023)
    expect(JSON.parse(toListOutput(times(120, () => image)))).toHaveLength(119)
    const last = { ...image, source: image.source.slice(0, -2) }
    expect(JSON.parse(toListOutput([...times(119, () => image), last]))).toHaveLength(120)
  })
})

it('a summary has all parts that fit, counted in bytes, and says if others were left out', () => {
  const full = 'The summary is full; the report file has the rest.'
  expect(fitSummary(['a', false, '', 'b'])).toBe('a\n\nb')
  expect(fitSummary(['a', 'é'.repeat(500_000), 'b'])).toBe(`a\n\nb\n\n${full}`)
  const half = 'x'.repeat(499_998)
  expect(fitSummary([half, half])).toBe(`${half}\n\n${half}`)
  expect(fitSummary([half, `${half}x`, 'b'])).toBe(`${half}\n\nb\n\n${full}`)
})

it('groups contain everything once, in order, and are few if the last key has few values', () => {
  const things = fc.array(
    fc
      .record({ code: fc.integer({ min: 0, max: 8 }), advice: fc.integer() })
      .map(({ code, advice }) => ({ code: String(code), fix: fix(String(advice)) })),
  )
  fc.assert(
    fc.property(things, all => {
      const groups = groupByFix(all)
      expect(groups.length).toBeLessThanOrEqual(maxAnnotations)
      const members = groups.flat()
      expect(new Set(members)).toEqual(new Set(all))
      expect(members).toHaveLength(all.length)
      expect(groups.map(([first]) => all.indexOf(first))).toEqual(
        groups.map(([first]) => all.indexOf(first)).sort((a, b) => a - b),
      )
    }),
  )
})
