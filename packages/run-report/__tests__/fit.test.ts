import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ActionError, fix, warning } from 'kernel'
import { toReport, toReportJson, type ReportJson } from 'report-document'
import { groupByFix, maxAnnotations } from 'report-document/src/problems.js'
import { conclude } from '../src/conclude.js'
import { fitReport, maxImagesCharacters, toListOutput, toReportOutput } from '../src/fit.js'
import { toTelling } from '../src/telling.js'
import { fitSummary, toMarkdown } from '../src/summary.js'
import { refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { expectReport } from '../../../__tests__/support/report-schema.js'
import {
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

const empty = toReportJson(toReport(conclude(sampleRun())))
const reportOf = (more: Partial<ReportJson>): ReportJson => ({ ...empty, ...more })
const sizeOf = (json: unknown): number => JSON.stringify(json).length
const fit = (report: ReportJson, max: number): ReportJson => {
  const json = fitReport(report, JSON.stringify(report), max)
  expect(json.length).toBeLessThanOrEqual(max)
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
  it.each(['x', 'é', '漢', '🚢'])('is complete if it fits, as an output measured in UTF-16: %s', letter => {
    const report = reportOf({ pairs: [refused(`aks-${letter}`)], notes: times(40, () => letter.repeat(100)) })
    const bytes = Buffer.byteLength(JSON.stringify(report), 'utf16le')
    expect(fit(report, bytes / 2)).toEqual(report)
    expect(fit(report, bytes / 2).omitted).toBeNull()
    expect(fit(report, bytes / 2 - 1).omitted).not.toBeNull()
  })

  it('is measured in bytes as a file', () => {
    const report = reportOf({ notes: times(40, () => '漢'.repeat(100)) })
    const json = JSON.stringify(report)
    const countBytes = (text: string): number => Buffer.byteLength(text)
    const bytes = countBytes(json)
    expect(bytes).toBeGreaterThan(json.length)
    expect(fitReport(report, json, bytes, countBytes)).toBe(json)
    const cut = fitReport(report, json, bytes - 1, countBytes)
    expect((JSON.parse(cut) as ReportJson).omitted).not.toBeNull()
    expect(Buffer.byteLength(cut)).toBeLessThan(bytes)
  })

  it('never loses its result, however long its error and its scopes are', () => {
    const error = { ...refusal(), message: '漢'.repeat(9000), fix: { text: 'x'.repeat(9000), commands: [] } }
    const searched = times(3000, index => `/subscriptions/${index}`)
    const report = reportOf({ attached: true, drift: true, verified: 'pull', error, searched, notes: ['x'] })
    const cut = fit(report, 10_000)
    expect(cut).toMatchObject({ attached: true, drift: true, verified: 'pull', searched: [], notes: [] })
    expect(cut.error).toMatchObject({ code: error.code, fix: { text: '', commands: [] } })
    expect(cut.error?.message).toMatch(/^漢{4000}/)
    expect(cut.omitted).toMatchObject({ notes: 1 })
    expectReport(JSON.stringify(cut))
    expect(fit(reportOf({ searched }), 10_000)).toMatchObject({ searched: [], error: null })
    const subscriptions = times(3000, index => ({ id: `${index}`, name: null }))
    expect(fit(reportOf({ subscriptions }), 10_000)).toMatchObject({ subscriptions: [] })
  })
})

describe('a report that is too long', () => {
  const pairs = times(2000, index => reportedPair(`aks-${index}`))

  it('is its result and its counts: all lists are empty', () => {
    const images = times(3, index => imageOf(`app:${index}`))
    const cut = fit(reportOf({ attached: true, pairs, images, workloads: [], jobs: null }), 600_000)
    expect(cut).toMatchObject({ attached: true, pairs: [], images: [], workloads: [], jobs: null })
    expect(cut.omitted).toMatchObject({ pairs: 2000, images: 3, findings: 0, workloads: 0, jobs: 0, fixes: true })
  })

  it('says that workloads were not checked', () => {
    expect(fit(reportOf({ pairs }), 600_000)).toMatchObject({ workloads: null, omitted: { workloads: 0 } })
  })
})

const imagesOutput = (images: ReportJson['images'][number][]): string => toListOutput(images, maxImagesCharacters)

describe('the outputs', () => {
  it('fit within the limit of GitHub for a job, which counts two bytes for each character', () => {
    const report = reportOf({ notes: times(6, () => 'x'.repeat(100_000)) })
    expect(toReportOutput(report, JSON.stringify(report), {}).length).toBeLessThan(475_000)
  })

  it('have the first images, as many as fit', () => {
    expect(imagesOutput([])).toBe('[]')
    expect(imagesOutput([imageOf('a:1', { source: 'x'.repeat(150_000) }), imageOf('b:1')])).toBe('[]')
    // Each takes a thousand characters, including the comma.
    const bare = sizeOf(imageOf('0000', { source: '' }))
    const image = imageOf('0000', { source: 'x'.repeat(999 - bare) })
    expect(sizeOf(image)).toBe(999)
    expect(JSON.parse(imagesOutput(times(150, () => image)))).toHaveLength(149)
    const last = { ...image, source: image.source.slice(2) }
    expect(JSON.parse(imagesOutput([...times(149, () => image), last]))).toHaveLength(150)
  })
})

/** Ten thousand pairs that were refused, each with a finding about its cluster. */
function concludeEstate() {
  const pairs = times(10_000, index => {
    const [target, registry] = [sampleTarget(`aks-${Math.floor(index / 5)}`), sampleRegistry(`registry${index % 5}`)]
    return samplePair({ operation: sampleOperation(target, registry) }, target, registry)
  })
  const run = sampleRun(pairs)
  const outcomes = (run.plan?.operations ?? []).map(operation => {
    const error = new ActionError('AUTHORIZATION_FAILED', 'It could not be created', { fix: fix('az\n'.repeat(200)) })
    return { operation, changed: false, finishedAt: 1, error }
  })
  const findings = times(2000, index =>
    warning('EXCESS_ROLE', `/clusters/${index}`, `aks-${index} may do more`, 'Look.'),
  )
  return conclude({ ...run, outcomes, findings })
}

describe('ten thousand pairs', () => {
  const result = concludeEstate()

  it('fit a summary, which counts what it leaves out', () => {
    const text = toMarkdown(toTelling(result))
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
    expect(text).toContain('<summary>9950 more rows</summary>')
    expect(text).toContain('**⚠ EXCESS_ROLE on 0** (2000)')
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0)
  })

  it('fit an output, which has their number', () => {
    const report = toReportJson(toReport(result))
    const text = toReportOutput(report, JSON.stringify(report), {})
    expect(JSON.parse(text)).toMatchObject({ attached: false, pairs: [], omitted: { pairs: 10_000 } })
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
