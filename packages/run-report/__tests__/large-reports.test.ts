import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ActionError, fix, type Finding } from 'kernel'
import { toReportJson } from 'report-document'
import { groupByFix, maxAnnotations } from 'report-document/src/problems.js'
import { maxOutputCharacters, toReportOutput } from '../src/fit.js'
import { toStory } from '../src/story.js'
import { fitSummary, toMarkdown } from '../src/summary.js'
import { conclude } from '../src/conclude.js'
import {
  sampleAccess,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

/** An estate in which every pair is refused except the first one of each cluster. */
function concludeEstate(clusters: number, registries: number) {
  const pairs = Array.from({ length: clusters * registries }, (_, index) => {
    const target = sampleTarget(`aks-${Math.floor(index / registries)}`)
    const registry = sampleRegistry(`registry${index % registries}`)
    if (index % registries === 0) return samplePair({ access: sampleAccess(registry.id) }, target, registry)
    return samplePair({ operation: sampleOperation(target, registry) })
  })
  const run = sampleRun(pairs)
  const outcomes = (run.plan?.operations ?? []).map(operation => {
    const { target, registry } = operation as ReturnType<typeof sampleOperation>
    const message = `AcrPull on ${registry.name} for ${target.name} could not be created: gh-deployer is not allowed to perform Microsoft.Authorization/roleAssignments/write`
    const error = new ActionError('AUTHORIZATION_FAILED', message, {
      subject: registry.name,
      fix: fix('az\n'.repeat(200)),
    })
    return { operation, changed: false, finishedAt: 1, error }
  })
  const finding = (index: number): Finding => ({
    code: 'EXCESS_ROLE',
    severity: 'warning',
    subject: `/clusters/${index}`,
    message: `aks-${index} may do more`,
    fix: { text: '', commands: ['az role assignment delete'] },
  })
  const findings = Array.from({ length: clusters }, (_, index) => finding(index))
  return conclude({ ...run, outcomes, findings })
}

describe('ten thousand pairs', () => {
  const result = concludeEstate(2000, 5)

  it('fit a summary, the worst first', () => {
    const text = toMarkdown(toStory(result))
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
    expect(text).toContain(
      '### ✗ 2000 of 2000 clusters failed at some registries: AcrPull on registry1 for aks-0 could not be created',
    )
    expect(text.split('\n').find(line => /^\| [✓✗] \| aks/.test(line))).toMatch(/^\| ✗/)
    // Counts come before the rows.
    expect(text).toContain('| ✗ | registry1.azurecr.io | AUTHORIZATION\\_FAILED | 2000 |')
    expect(text).toContain('<summary>9950 more rows</summary>')
    expect(text).toMatch(/\band 8950 more\b/)
    expect(text).toContain('<summary>7999 more like it</summary>')
    expect(text).toContain('**⚠ EXCESS_ROLE** (2000)')
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0)
  })

  it('fit an output, which has their number', () => {
    const report = toReportJson(result)
    const text = toReportOutput(report, JSON.stringify(report), {})
    expect(text.length).toBeLessThan(maxOutputCharacters)
    expect(JSON.parse(text)).toMatchObject({ attached: false, pairs: [], omitted: { pairs: 10_000 } })
    expect(report.pairs).toHaveLength(10_000)
  })

  it('are reported in a few annotations', () => {
    expect(groupByFix(result.errors).map(([first, ...others]) => [first.subject, others.length])).toEqual([
      ['registry1', 7999],
    ])
  })
})

describe('four hundred pairs', () => {
  it('are complete if the report is short', () => {
    const report = toReportJson(concludeEstate(20, 5))
    expect(JSON.parse(toReportOutput(report, JSON.stringify(report), {}))).toEqual(JSON.parse(JSON.stringify(report)))
  })
})

describe('a summary', () => {
  const full = 'The summary is full; the report file has the rest.'

  it('has all parts that fit, counted in bytes, and says if others were left out', () => {
    expect(fitSummary(['a', false, '', 'b'])).toBe('a\n\nb')
    expect(fitSummary(['a', 'é'.repeat(500_000), 'b'])).toBe(`a\n\nb\n\n${full}`)
    const half = 'x'.repeat(499_998)
    expect(fitSummary([half, half])).toBe(`${half}\n\n${half}`)
    expect(fitSummary([half, `${half}x`, 'b'])).toBe(`${half}\n\nb\n\n${full}`)
  })
})

describe('groups', () => {
  it('contain everything once, in order, and are few if the last key has few values', () => {
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
})
