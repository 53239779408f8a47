import { describe, expect, it } from 'vitest'
import { fix } from 'kernel'
import { toReportJson, type Report } from 'report-document'
import { conclude } from '../src/conclude.js'
import { fitReport, maxImagesCharacters, maxOutputCharacters, toListOutput, toReportOutput } from '../src/fit.js'
import { refusal, reportedGrant, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { expectReport } from '../../../__tests__/support/report-schema.js'
import { nothingOmitted, sampleRun } from '../../../__tests__/support/sample.js'

const empty = toReportJson(conclude(sampleRun()))
const reportOf = (more: Partial<Report>): Report => ({ ...empty, ...more })
const sizeOf = (json: unknown): number => JSON.stringify(json).length
const fit = (report: Report, max: number): Report => {
  const json = fitReport(report, JSON.stringify(report), max)
  expect(json.length).toBeLessThanOrEqual(max)
  return JSON.parse(json) as Report
}
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const targetsOf = ({ pairs }: Report): string[] => pairs.map(({ asked }) => asked.target)

const refused = (name: string): Pair => reportedPair(name, { status: 'failed', error: refusal() })
const unknown = (message: string) => ({ subject: 'x', message, about: null })
const imageOf = (name: string, more: Partial<Report['images'][number]> = {}): Report['images'][number] => ({
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
    expect((JSON.parse(cut) as Report).omitted).not.toBeNull()
    expect(Buffer.byteLength(cut)).toBeLessThan(bytes)
  })

  it('never loses its result, however long its error and its scopes are', () => {
    const error = { ...refusal(), message: '漢'.repeat(9000), fix: fix('x'.repeat(9000)) }
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

  it('that is too long loses the advice of its pairs first, and states that', () => {
    const wordy = { ...refusal(), fix: fix('x'.repeat(4000), 'az') }
    const report = reportOf({
      pairs: times(3, index => reportedPair(`aks-${index}`, { status: 'failed', error: wordy })),
    })
    const { pairs, omitted, ...rest } = fit(report, 6000)
    expect(pairs).toEqual(report.pairs.map(pair => ({ ...pair, error: { ...wordy, fix: fix('') } })))
    expect(omitted).toEqual({ ...nothingOmitted, fixes: true })
    // Everything that isn't a list stays.
    expect({ ...rest, pairs: [], omitted: null }).toEqual(empty)
  })

  it('keeps the worst pairs, in order', () => {
    const statuses = ['attached', 'unknown', 'missing', 'failed'] as const
    const pairs = times(50, index =>
      reportedPair(`aks-${index}`, { status: statuses[index % 4] ?? 'failed', lacks: [] }),
    )
    const size = sizeOf(pairs[0]) + 30
    const kept = (count: number) => fit(reportOf({ pairs }), sizeOf(empty) + 600 + size * count).pairs
    const order = ['failed', 'missing', 'unknown', 'attached']
    for (const [count, worst] of [
      [8, 1],
      [20, 2],
      [32, 3],
      [44, 4],
    ] as const) {
      const some = kept(count)
      expect(new Set(some.map(({ status }) => status))).toEqual(new Set(order.slice(0, worst)))
      const places = some.map(({ asked }) => Number(asked.target.slice(4)))
      expect(places).toEqual([...places].sort((a, b) => a - b))
    }
  })

  it('counts the omitted entries of each list', () => {
    const lists = {
      pairs: times(1500, index => reportedPair(`aks-${index}`)),
      images: times(150, index => imageOf(`app:${index}`)),
      manifests: times(150, () => ({
        ...{ image: 'x', registry: '/r', status: 'missing' as const, file: 'a', document: 1, resource: '', field: 'f' },
        error: null,
      })),
      plan: times(150, index => reportedGrant(`aks-${index}`)),
      findings: times(150, index => ({
        ...{ code: 'EXCESS_ROLE' as const, severity: 'warning' as const, subject: `/x/${index}`, message: 'no' },
        fix: fix('', 'az'),
      })),
      unknown: times(150, index => unknown(`no ${index}`)),
      notes: times(150, index => `note ${index}`),
      jobs: times(150, index => ({ name: `job ${index}`, error: null, problem: null })),
    }
    const report = reportOf({ ...lists, mode: 'merge' })
    const names = Object.keys(lists) as (keyof typeof lists)[]
    for (const room of [30_000, 60_000, 120_000, 400_000]) {
      const cut = fit(report, room)
      for (const name of names) {
        const kept = cut[name] ?? []
        expect(kept.length + (cut.omitted?.[name] ?? 0), name).toBe(lists[name].length)
        expect(kept.length, name).toBeGreaterThan(0)
        // The first entries of all lists except the pairs, and only a readable number.
        if (name !== 'pairs') expect(kept, name).toEqual(lists[name].slice(0, Math.min(100, kept.length)))
        if (room === 400_000 && name !== 'pairs') expect(kept.length, name).toBe(100)
      }
    }
    expect(fit(reportOf({ pairs: lists.pairs }), 30_000).jobs).toBeNull()
    expect(fit(reportOf({ pairs: lists.pairs }), 30_000).omitted?.jobs).toBe(0)
  })

  it('leaves room for pairs, however long the other lists are', () => {
    const long = 'x'.repeat(500)
    const pairs = times(60, index => reportedPair(`aks-${index}`))
    const lists = { unknown: times(90, () => unknown(long)), notes: times(90, () => long) }
    const room = sizeOf(empty) + 40_000
    const cut = fit(reportOf({ pairs, ...lists }), room)
    // Each list gets a quarter of the remaining room, and the pairs get the rest.
    expect(sizeOf(cut.unknown)).toBeLessThanOrEqual(10_000)
    expect(sizeOf(cut.unknown)).toBeGreaterThan(9000)
    expect(sizeOf(cut.notes)).toBeLessThanOrEqual(7600)
    expect(sizeOf(cut.notes)).toBeGreaterThan(6800)
    expect(sizeOf(cut)).toBeGreaterThan(room - sizeOf(pairs[0]) - 300)
    expect(targetsOf(cut)).toEqual(targetsOf({ ...cut, pairs: pairs.slice(0, cut.pairs.length) }))
  })

  it('keeps the images that have problems', () => {
    const images = [
      ...times(120, index => imageOf(`fine:${index}`, { status: 'present', digest: 'sha256:0a' })),
      ...times(40, index => imageOf(`imported:${index}`, { status: 'imported' })),
      imageOf('not-compared:1', { status: 'present' }),
      imageOf('gone:1', { status: 'missing' }),
      imageOf('failed:1'),
      imageOf('failed-later:1', { digest: 'sha256:0a' }),
    ]
    const pairs = times(2000, index => reportedPair(`aks-${index}`))
    const names = fit(reportOf({ images, pairs }), 600_000).images.map(({ name }) => name)
    expect(names).toHaveLength(100)
    expect(names.slice(0, 5)).toEqual(['not-compared:1', 'gone:1', 'failed:1', 'failed-later:1', 'fine:0'])
    expect(names.at(-1)).toBe('fine:95')
  })
})

describe('the workloads of a report that is cut', () => {
  const pairs = times(2000, index => reportedPair(`aks-${index}`))
  const row = (name: string, status: NonNullable<Report['workloads']>[number]['status']) => ({
    ...{ cluster: 'aks-1', namespace: 'shop', kind: 'Deployment', name, container: 'api', image: 'x.azurecr.io/a:1' },
    ...{ runningDigest: null, registryDigest: null, status, pods: 1 },
  })

  it('are the worst ones, and the others are counted', () => {
    const workloads = [
      ...times(120, index => row(`fine-${index}`, 'present')),
      ...[row('moved', 'moved'), row('unknown', 'unknown'), row('gone', 'gone')],
    ]
    const cut = fit(reportOf({ workloads, pairs }), 600_000)
    expect(cut.workloads?.map(({ name }) => name).slice(0, 4)).toEqual(['gone', 'unknown', 'moved', 'fine-0'])
    expect(cut.omitted?.workloads).toBe(23)
  })

  it('stay null if they were not checked', () => {
    expect(fit(reportOf({ pairs }), 600_000)).toMatchObject({ workloads: null, omitted: { workloads: 0 } })
  })
})

const imagesOutput = (images: Report['images'][number][]): string => toListOutput(images, maxImagesCharacters)

describe('the outputs', () => {
  it('have the first images, as many as fit', () => {
    const few = [imageOf('a:1'), imageOf('b:1')]
    expect(JSON.parse(imagesOutput(few))).toEqual(few)
    expect(imagesOutput([])).toBe('[]')
    expect(imagesOutput([imageOf('a:1', { source: 'x'.repeat(150_000) }), imageOf('b:1')])).toBe('[]')
    // Each takes a thousand characters, including the comma.
    const bare = sizeOf(imageOf(''))
    const thousand = (index: number) =>
      imageOf(String(index).padStart(4, '0'), { source: 'x'.repeat(28 + 999 - bare - 8) })
    expect(sizeOf(thousand(0))).toBe(999)
    const images = times(150, thousand)
    const kept = JSON.parse(imagesOutput(images)) as Report['images'][number][]
    expect(kept).toEqual(images.slice(0, 149))
    const exact = [...images.slice(0, 149), { ...thousand(149), source: thousand(149).source.slice(2) }]
    expect(JSON.parse(imagesOutput(exact))).toEqual(exact)
    expect(imagesOutput(exact).length).toBeLessThanOrEqual(150_000)
  })

  it.each(['x', 'é', '🚢'])('fit together within the limit of GitHub for a job: %s', letter => {
    const images = times(400, index => imageOf(`app:${index}`, { source: letter.repeat(400) }))
    const report = reportOf({ images, pairs: times(2500, index => reportedPair(`aks-${index}`)) })
    const others = { images: imagesOutput(images), 'registry-login-servers': JSON.stringify(times(900, () => letter)) }
    const all = { ...others, report: toReportOutput(report, JSON.stringify(report), others) }
    const bytes = Buffer.byteLength(Object.entries(all).flat().join(''), 'utf16le')
    expect(bytes).toBeLessThanOrEqual(2 * maxOutputCharacters)
    expect(2 * maxOutputCharacters).toBeLessThan(1_000_000)
    expect(bytes).toBeGreaterThan(930_000)
  })
})
