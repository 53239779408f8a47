import { describe, expect, it } from 'vitest'
import type { CheckedImage } from 'run-model'
import type { ReportJson } from 'report-document'
import { findFault, readReport } from '../src/read-report.js'
import { fine, reportOf as reportIn } from '../../../__tests__/support/merging.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

const text = JSON.stringify(reportIn([fine('aks-x')]))
const reportOf = (name: string): string => text.replaceAll('aks-x', name)

describe('a report that is not of this version', () => {
  const whole = JSON.parse(reportOf('aks-1')) as ReportJson & Record<string, unknown>
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name)))

  it('may have anything that the schema does not know, however deep, and is refused', () => {
    const deep = JSON.parse(`${'{"x":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as unknown
    expect(findFault({ ...whole, deep })).toBe('/deep is unknown')
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

it('a report that lacks a field counts as not checked, and is never completed by a guess', () => {
  const { lacks, ...pair } = (JSON.parse(reportOf('aks-1')) as ReportJson).pairs[0] ?? {}
  const text = JSON.stringify({ ...(JSON.parse(reportOf('aks-1')) as ReportJson), pairs: [pair] })
  const { report, problem } = readReport('report.json', { text, size: text.length })
  expect([lacks, report]).toEqual([[], undefined])
  expect(problem).toContain('"lacks"')
})

it("a report of our own is one, however long the names in the user's files are", () => {
  const long = 'x'.repeat(100_000)
  const use = { image: 'contosoacr.azurecr.io/a:1', file: long, document: 1, resource: long, field: long }
  const asked = { wantedBy: 'manifest' as const, registry: sampleRegistry(), repository: 'a', reference: '1' }
  const image = { ...asked, uses: [use], status: 'present', digest: '' } as unknown as CheckedImage<'manifest'>
  const report = reportIn([fine('aks-1')], {}, { images: [image], notes: [long] })
  expect(report.manifests).toHaveLength(1)
  expect(findFault(JSON.parse(JSON.stringify(report)))).toBeUndefined()
})
