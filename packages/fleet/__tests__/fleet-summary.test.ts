import { describe, expect, it } from 'vitest'
import { describeDriftInFull, mergeDrifts } from 'report-document'
import type { JobRow } from 'run-report'
import { jobsToMarkdown } from 'run-report/src/summary.js'
import type { toSpots } from '../src/fleet.js'

const guid = (end: number): string => `00000000-0000-0000-0000-${String(end).padStart(12, '0')}`
type Spot = ReturnType<typeof toSpots>[number]

const spot = (subscription: string, registry: string, target: string, state: Spot['state']): Spot => ({
  ...{ subscription, registry, target, state },
  text: state,
})

describe('the summary', () => {
  const job = (name: string, more: Partial<JobRow> = {}): JobRow => ({
    ...{ name, state: 'fine', clusters: 3, drifted: 0, unchecked: 0, gap: '', lack: '', hasReport: true },
    ...more,
  })

  const gridOf = (spots: readonly Spot[]): string => describeDriftInFull({ ...mergeDrifts([]), spots }, 250_000)
  /** So many clusters of a subscription. */
  const many = (count: number, subscription: string, registry: string, state: Spot['state']) =>
    Array.from({ length: count }, (_, at) => spot(subscription, registry, `aks-${subscription}-${at}`, state))

  it('has all jobs, without columns that are empty, and with the reasons of those with a gap', () => {
    expect(jobsToMarkdown([job('rg-eu', { state: 'drifted', drifted: 1 }), job('rg-us')])).toBe(
      '**Jobs**\n\n|  | job | clusters | drift |\n| - | - | - | - |\n| ⟳ | rg-eu | 3 | 1 |\n| ✓ | rg-us | 3 |  |',
    )
    expect(jobsToMarkdown([job('rg-eu', { gap: 'No report.' }), job('rg-us', { unchecked: 2 })])).toBe(
      '**Jobs**\n\n|  | job | clusters | not checked | why |\n| - | - | - | - | - |\n' +
        '| ✓ | rg-eu | 3 |  | No report. |\n| ✓ | rg-us | 3 | 2 |  |',
    )
    expect(jobsToMarkdown([job('rg-eu')])).toBe('')
  })

  it('has a row for each of a few clusters, and counts many of them by subscription, with their rows folded', () => {
    const few = [spot(guid(1), 'acr', 'a', 'fine'), spot(guid(2), 'acr', 'b', 'drifted')]
    expect(gridOf(few)).toBe('| cluster | acr |\n| - | - |\n| b | drifted |\n| a | fine |')
    expect(gridOf(few.slice(1))).toBe('')
    const [one, two] = [many(25, guid(1), 'acr', 'fine'), many(2, guid(2), 'acr', 'drifted')]
    const head = '**Subscriptions and registries**: the numbers count clusters (⟳ pulls, not as wanted, ✓ as expected).'
    const [title, map, summary, rows] = gridOf([...one, ...two]).split('\n\n')
    expect([title, map]).toEqual([head, '| subscription | acr |\n| - | - |\n| …0002 | ⟳ 2 |\n| …0001 | ✓ 25 |'])
    expect(summary).toBe('<details><summary>27 clusters, worst first</summary>')
    expect(rows).toContain(`| cluster | acr |\n| - | - |\n| aks-${guid(2)}-0 | drifted |\n`)
    // Clusters of one subscription have nothing to be counted by.
    expect(gridOf(many(26, guid(1), 'acr', 'fine'))).toMatch(/^\| cluster \| acr \|/)
  })

  it('names subscriptions as their spots do', () => {
    const named = { ...spot(guid(3), 'acr', 'a', 'fine'), place: 'Contoso lab' }
    expect(gridOf([...many(30, guid(1), 'acr', 'fine'), named])).toContain('| Contoso lab | ✓ 1 |')
  })

  it('of hundreds of subscriptions and jobs counts what it leaves out, and fits', () => {
    const spots = Array.from({ length: 900 }, (_, index) =>
      Array.from({ length: 60 }, (_, registry) =>
        spot(guid(index), `registry${registry}.azurecr.io`, `aks-${index}`, registry === 7 ? 'drifted' : 'fine'),
      ),
    ).flat()
    const text = gridOf(spots)
    expect(text.length).toBeLessThan(250_000)
    expect(text).toContain('<summary>850 more subscriptions</summary>')
    expect(text).toContain('| 49 more registries |')
    const jobs = jobsToMarkdown(Array.from({ length: 900 }, (_, index) => job(`${'|$'.repeat(99)}${index}`)))
    expect(Buffer.byteLength(jobs)).toBeLessThan(400_000)
    const named = jobs.match(/^\| ✓ \|/gm)?.length ?? 0
    expect(jobs).toContain(`and ${900 - named} more, which the report file lists`)
  })
})
