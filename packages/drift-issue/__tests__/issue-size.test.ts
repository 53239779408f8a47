import { expect, it } from 'vitest'
import { keepDriftIssue } from '../src/issue.js'
import { judgeReport, mergeDrifts, type ReportJson } from 'report-document'
import schema from '../../../schemas/report.schema.json' with { type: 'json' }
import { createRepository } from './repository.js'
import { roleLack, sampleLink } from '../../../__tests__/support/drift.js'
import { refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { fine, reportOf } from '../../../__tests__/support/merging.js'
import { quoteReport } from 'fleet/src/quotes.js'
import { readDrift } from 'fleet/src/read-drift.js'
import { findFault } from 'fleet/src/read-report.js'

// docs.github.com and GitHub's own errors: see issue.ts and text.ts of drift-issue.
const [maxTitle, maxBody] = [256, 65_536]

/** The longest text that the schema allows for a field, with a number at its end. The dollar takes fourteen characters in Markdown. */
function longest(definition: keyof typeof schema.$defs, field: string, end: number | string, begin = ''): string {
  const { properties } = schema.$defs[definition] as unknown as { properties: Record<string, { maxLength?: number }> }
  const max = properties[field]?.maxLength ?? 0
  expect(max, `${definition}.${field} has no maximum`).toBeGreaterThan(0)
  const mark = field === 'loginServer' ? 'a' : '$'
  return `${begin}${mark.repeat(max - begin.length - String(end).length)}${end}`
}

const prose = '$'.repeat(50_000)
const error = (code: 'PULL_DENIED' | 'AUTHORIZATION_FAILED') => ({ ...refusal(code), message: prose })
const registry = (n: number): Pick<Pair, 'registry' | 'loginServer'> => ({
  registry: longest('pair', 'registry', n, '/'),
  loginServer: longest('pair', 'loginServer', n),
})
const kinds: Partial<Pair>[] = [
  { lacks: [roleLack({ role: longest('lack', 'role', 1), message: prose })] },
  { limitedTo: Array.from({ length: 300 }, (_, at) => '$'.repeat(500) + at), lacks: [] },
  { error: error('PULL_DENIED') },
  { status: 'unknown', lacks: [], error: error('AUTHORIZATION_FAILED') },
]

/** A report of the longest texts that the schema allows. @param from number of its first cluster */
function largest(from: number): ReportJson {
  const each = Array.from({ length: 120 }, (_, at) => from + at)
  const row = { namespace: longest('workload', 'namespace', 1), kind: longest('workload', 'kind', 1), pods: 3 }
  const digests = { runningDigest: longest('workload', 'runningDigest', 1), registryDigest: null }
  return {
    ...reportOf([fine('aks-1')]),
    drift: true,
    job: '0a',
    pairs: each.map((n, at) =>
      reportedPair('x', {
        ...{ target: longest('pair', 'target', n, '/'), principalId: null, ...registry(at % 20), ...kinds[at % 4] },
        ...{ role: longest('pair', 'role', 1), scope: longest('pair', 'scope', 1) },
      }),
    ),
    subscriptions: [{ id: 'a', name: '$'.repeat(200) }],
    images: each.map(n => ({
      ...{ source: longest('image', 'source', n), name: longest('image', 'name', n), image: null, digest: null },
      ...{ status: 'missing' as const, registry: longest('image', 'registry', n, '/'), sizeInBytes: null },
      ...{ durationSeconds: null, importable: n % 2 === 0, error: null },
    })),
    manifests: each.map(n => ({
      ...{ image: longest('manifest', 'image', n), registry: '/r', status: 'missing' as const, document: 1 },
      ...{ file: longest('manifest', 'file', n), resource: longest('manifest', 'resource', n) },
      ...{ field: longest('manifest', 'field', n), error: error('PULL_DENIED') },
    })),
    workloads: each.map(n => ({
      ...{ ...row, ...digests, cluster: longest('workload', 'cluster', n, '/'), name: longest('workload', 'name', n) },
      ...{ container: longest('workload', 'container', n), image: `a.azurecr.io/b:${n % 7}`, status: 'gone' as const },
    })),
    findings: each.map(n => ({
      ...{
        code: 'SECRET_EXPIRES' as const,
        severity: 'warning' as const,
        message: `${n}${prose}`,
        fix: { text: prose, commands: [] },
      },
      subject: longest('finding', 'subject', n),
    })),
    unknown: each.map(n => ({ subject: longest('unknown', 'subject', n), message: `${n}${prose}`, about: null })),
    error: error('AUTHORIZATION_FAILED'),
  }
}

it('the issue and its comments fit, with the longest texts that the schema allows', async () => {
  let now = Date.parse('2026-11-01T03:00:00Z')
  const { all, issues, comments } = createRepository(() => now)
  const owner = { name: 'x'.repeat(100), file: 'a.yml', job: 'check', leg: '0a' }
  const night = async (report: ReportJson, run: number) => {
    expect(findFault(report)).toBeUndefined()
    now += 24 * 3_600_000
    const drift = { ...mergeDrifts([readDrift(judgeReport(quoteReport(report)), '0a')]), isMerged: true }
    const gaps = Array.from({ length: 50 }, (_, at) => ({ subject: `${at}`, message: '$'.repeat(700) }))
    const kept = await keepDriftIssue(
      { ...drift, gaps: run < 3 ? gaps : [] },
      {
        ...{ issues, now, leaves: () => Promise.resolve(''), run: { ...sampleLink, id: `${run}`, number: `${run}` } },
        owner: { ...owner, run: `${run}.1`, at: now },
      },
    )
    for (const { title, body } of all) expect([title.length <= maxTitle, body.length <= maxBody]).toEqual([true, true])
    return kept.did
  }
  expect(await night(largest(100), 1)).toBe('opened')
  expect(await night(largest(400), 2)).toBe('edited')
  const few = (count: number): ReportJson => ({
    ...reportOf([fine('aks-1')]),
    job: '0a',
    pairs: largest(700)
      .pairs.slice(0, count)
      .map(pair => ({ ...pair, limitedTo: [] })),
  })
  await night(few(4), 3)
  await night(few(8), 4)
  for (const comment of comments) expect(comment.length).toBeLessThanOrEqual(maxBody)
  expect(comments.length).toBeGreaterThan(0)
})
