import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mergeDrifts, toReportJson, type Report, type State } from 'report-document'
import { conclude, toSpot, type JobRow, type Spot } from 'run-report'
import { toJobRows, toSpots } from '../src/fleet.js'
import { describeGlance } from 'run-report/src/glance.js'
import { toHeatMap } from 'run-report/src/heat-map.js'
import { readDrift } from '../src/read-drift.js'
import { readReports } from '../src/read-reports.js'
import { acr, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import { sampleRun } from '../../../__tests__/support/sample.js'

const guid = (end: number | string): string => `00000000-0000-0000-0000-${String(end).padStart(12, '0')}`
const spot = (subscription: string, registry: string, target: string, state: State): Spot => ({
  subscription,
  registry,
  target,
  state,
})
const textOf = ({ rows }: ReturnType<typeof toHeatMap>) =>
  rows.map(({ subscription, cells }) => [subscription, ...cells.map(({ text }) => text)].join(' | '))

describe('a heat map', () => {
  it('counts the clusters of each subscription at each registry by state, the worst subscription first', () => {
    const map = toHeatMap([
      spot('s1', 'acr10.azurecr.io', 'a', 'fine'),
      spot('s1', 'acr2.azurecr.io', 'a', 'fine'),
      spot('S2', 'acr2.azurecr.io', 'a', 'fine'),
      spot('s2', 'acr2.azurecr.io', 'b', 'drifted'),
      spot('s2', 'acr2.azurecr.io', 'c', 'failed'),
      spot('s2', 'acr2.azurecr.io', 'd', 'unknown'),
    ])
    expect(map.registries).toEqual(['acr2', 'acr10'])
    expect(textOf(map)).toEqual(['s2 | ✗ 1 ⟳ 1 ? 1 ✓ 1 | ', 's1 | ✓ 1 | ✓ 1'])
  })

  it('counts a cluster that several jobs have checked once, in its worst state', () => {
    const map = toHeatMap([
      spot('s', 'acr', 'AKS-1', 'fine'),
      spot('s', 'acr', 'aks-1', 'drifted'),
      spot('s', 'acr', 'aks-1', 'fine'),
    ])
    expect(textOf(map)).toEqual(['s | ⟳ 1'])
  })

  it('shows a part that nobody has checked, and never as good', () => {
    const blind: Spot = { subscription: 's', registry: 'acr', state: 'unknown' }
    expect(textOf(toHeatMap([blind]))).toEqual(['s | ?'])
    expect(textOf(toHeatMap([blind, spot('s', 'acr', 'a', 'fine')]))).toEqual(['s | ? ✓ 1'])
    expect(textOf(toHeatMap([blind, spot('t', 'acr', 'a', 'fine')]))).toEqual(['s | ?', 't | ✓ 1'])
    // Neither its subscription nor its registry is known.
    expect(toHeatMap([{ subscription: '', registry: '', state: 'unknown' }]).rows).toEqual([])
  })

  it('knows a registry by its name, its ID and its login server', () => {
    const map = toHeatMap([
      spot('s', 'contosoacr-h4sh.azurecr.io', 'a', 'fine'),
      spot('s', 'ContosoAcr', 'b', 'drifted'),
      spot('s', acr, 'c', 'failed'),
    ])
    expect(map.registries).toEqual(['contosoacr-h4sh'])
    expect(textOf(map)).toEqual(['s | ✗ 1 ⟳ 1 ✓ 1'])
  })

  it('takes the subscription from the ID of a cluster, and otherwise from its job', () => {
    const pair = reportedPair('aks-1')
    expect(toSpot(pair)).toMatchObject({ subscription: guid('abcd'), state: 'drifted', target: pair.target })
    expect(toSpot({ ...pair, target: 'aks-1', status: 'failed' }, 's')).toMatchObject({
      subscription: 's',
      state: 'failed',
    })
    expect(toSpot({ ...pair, target: '*', status: 'unknown' }, 's').target).toBeUndefined()
    expect(toSpot({ ...pair, status: 'attached' }).state).toBe('drifted')
    expect(toSpot({ ...pair, status: 'attached', lacks: [] }).state).toBe('fine')
  })

  it('has a limited number of columns, in which the best registries are added up', () => {
    const spots = Array.from({ length: 30 }, (_, index) =>
      spot('s', `acr${index}`, 'a', index === 17 ? 'drifted' : index === 29 ? 'unknown' : 'fine'),
    )
    const few = toHeatMap(spots, 4)
    expect(few).toMatchObject({ registries: ['acr0', 'acr17', 'acr29'], merged: 27 })
    expect(textOf(few)).toEqual(['s | ✓ 1 | ⟳ 1 | ? 1 | ✓ 27'])
    expect(toHeatMap(spots, 30)).toMatchObject({ merged: 0 })
  })
})

/** A report of all clusters of a subscription. */
const listed = (subscription: string, pairs: Pair[]): Partial<Report> => ({
  searched: [`/subscriptions/${subscription}`],
  pairs: pairs.map(pair => ({ ...pair, target: pair.target.replace(guid('abcd'), subscription) })),
})

/** The legs of a fleet whose entries left these reports; undefined for a job that left none. */
function legsOf(fleet: readonly unknown[], reports: readonly (Partial<Report> | undefined)[]) {
  const folder = mkdtempSync(join(tmpdir(), 'glance-'))
  reports.forEach((report, index) => {
    if (!report) return
    mkdirSync(join(folder, `r-${index}`))
    writeFileSync(
      join(folder, `r-${index}`, 'report.json'),
      JSON.stringify({ ...toReportJson(conclude(sampleRun())), mode: 'check', requests: index, ...report }),
    )
  })
  return readReports(folder, fleet)
}

const lost = (name: string, more: Partial<Pair> = {}) => reportedPair(name, { principalId: null, ...more })
const good = (name: string, more: Partial<Pair> = {}) =>
  lost(name, { status: 'attached', grantedBy: 'direct', lacks: [], ...more })
const rowsOf = (legs: ReturnType<typeof legsOf>) =>
  toJobRows(
    legs,
    legs.map(({ report, name }) => (report ? readDrift(report, name) : mergeDrifts([]))),
  )

describe('the jobs of a fleet', () => {
  const entry = (subscription: string, more: Record<string, string> = {}) => ({
    'subscription-id': subscription,
    cluster: '*',
    registry: 'contosoacr',
    ...more,
  })
  const fleet = ['a1', 'a2', 'a3', 'a4', 'a5'].map(end => entry(guid(end)))
  const legs = legsOf(fleet, [
    listed(guid('a1'), [good('aks-1'), good('aks-2')]),
    listed(guid('a2'), [lost('aks-3'), good('aks-4')]),
    undefined,
    listed(guid('a4'), [lost('aks-5', { target: 'aks-5', status: 'failed', error: refusal() })]),
    listed(guid('a5'), [good('aks-6', { status: 'unknown', error: refusal('AUTHORIZATION_FAILED') }), good('aks-7')]),
  ])

  it('are all in the table, those with a gap first, then the worst', () => {
    expect(
      rowsOf(legs).map(({ name, gap, ...row }) => [name.slice(-26), gap !== '', ...Object.values(row)].join(' ')),
    ).toEqual([
      expect.stringContaining(' true unknown 0 0 0'),
      expect.stringContaining(' false failed 1 0 1'),
      expect.stringContaining(' false drifted 2 1 0'),
      expect.stringContaining(' false unknown 2 0 1'),
      expect.stringContaining(' false fine 2 0 0'),
    ])
  })

  it('count each cluster once, and are as bad as the worst pair', () => {
    const [row] = rowsOf(
      legsOf(
        ['rg-eu'],
        [
          {
            pairs: [
              good('aks-1'),
              lost('aks-1', { status: 'failed', error: refusal(), target: sampleId('AKS-1'), registry: `${acr}2` }),
              // Nobody knows how many others there are.
              good('*', { target: '*', status: 'unknown', error: refusal('AUTHORIZATION_FAILED') }),
            ],
          },
        ],
      ),
    )
    expect(row).toMatchObject({ name: 'rg-eu', state: 'failed', clusters: 1, drifted: 0, unchecked: 2, gap: '' })
  })

  it('show the error that ended a check', () => {
    const [row] = rowsOf(legsOf(['rg-eu'], [{ pairs: [], error: refusal('AUTHORIZATION_FAILED') }]))
    expect(row).toMatchObject({ state: 'unknown', gap: 'AUTHORIZATION_FAILED: It is refused.' })
  })

  it('without a fleet have the subscription of their other clusters', () => {
    const pairs = [lost('aks-5', { target: 'aks-5', status: 'failed', error: refusal() }), good('aks-6')]
    expect(textOf(toHeatMap(toSpots(legsOf([], [{ pairs }]))))).toEqual([`${guid('abcd')} | ✗ 1 ✓ 1`])
  })

  it('are placed by their clusters, and without a report by their entries', () => {
    const map = toHeatMap(toSpots(legs))
    expect(map.registries).toEqual(['contosoacr'])
    expect(textOf(map)).toEqual([
      // The cluster that was not found has the subscription of its job.
      `${guid('a4')} | ✗ 1`,
      `${guid('a2')} | ⟳ 1 ✓ 1`,
      `${guid('a5')} | ? 1 ✓ 1`,
      `${guid('a3')} | ?`,
      `${guid('a1')} | ✓ 2`,
    ])
  })

  it('without a report are unknown everywhere that their entry names', () => {
    const without = (value: unknown) => textOf(toHeatMap(toSpots(legsOf([value], [undefined]))))
    expect(without(entry(guid(1), { registry: 'one\ntwo\n!three' }))).toEqual([`${guid(1)} | ? | ?`])
    const ids = `${sampleId('aks-1')}\n${sampleId('aks-2', 'rg', undefined, guid(2))}`
    expect(without(entry(guid(1), { cluster: ids }))).toEqual([`${guid('abcd')} | ?`, `${guid(2)} | ?`])
    expect(without(entry(guid(1), { cluster: `${ids}\naks-3` }))).toHaveLength(3)
    expect(without({ 'subscription-id': guid(1), registry: 'one' })).toEqual([`${guid(1)} | ?`])
    expect(without({ 'subscription-id': guid(1), cluster: '*' })).toEqual([`${guid(1)} | ?`])
    expect(without({ registry: 'one' })).toEqual([' | ?'])
    expect(without({ cluster: 'aks-1' })).toEqual([])
    expect(without('rg-eu')).toEqual([])
  })
})

describe('the summary', () => {
  const job = (name: string, more: Partial<JobRow> = {}): JobRow => ({
    ...{ name, state: 'fine', clusters: 3, drifted: 0, unchecked: 0, gap: '', lack: '', hasReport: true },
    ...more,
  })

  it('has the map and all jobs, without columns that are empty', () => {
    const spots = [spot(guid(1), 'acr', 'a', 'fine'), spot(guid(2), 'acr', 'a', 'drifted')]
    expect(describeGlance(spots, [job('rg-eu', { state: 'drifted', drifted: 1 }), job('rg-us')])).toBe(
      [
        '**Subscriptions and registries**: the numbers count clusters (⟳ drift, ✓ as expected).',
        '| subscription | acr |\n| - | - |\n| …0002 | ⟳ 1 |\n| …0001 | ✓ 1 |',
        '**Jobs**',
        '|  | job | clusters | drift |\n| - | - | - | - |\n| ⟳ | rg-eu | 3 | 1 |\n| ✓ | rg-us | 3 |  |',
      ].join('\n\n'),
    )
  })

  it('has the map for a single subscription or registry, and the reasons of jobs with a gap', () => {
    const spots = [spot(guid(1), 'acr', 'a', 'fine'), spot(guid(1), 'bcr', 'a', 'drifted')]
    expect(describeGlance(spots, [job('rg-eu', { gap: 'No report.' }), job('rg-us', { unchecked: 2 })])).toBe(
      [
        '**Subscriptions and registries**: the numbers count clusters (⟳ drift, ✓ as expected).',
        '| subscription | acr | bcr |\n| - | - | - |\n| …0001 | ✓ 1 | ⟳ 1 |',
        '**Jobs**',
        '|  | job | clusters | not checked | why |\n| - | - | - | - | - |\n' +
          '| ✓ | rg-eu | 3 |  | No report. |\n| ✓ | rg-us | 3 | 2 |  |',
      ].join('\n\n'),
    )
  })

  it('has neither for one job, one subscription and one registry', () => {
    expect(describeGlance([spot(guid(1), 'acr', 'a', 'fine')], [job('rg-eu')])).toBe('')
  })

  it('names subscriptions that end alike in full', () => {
    const twins = [guid('10001'), guid('20001')]
    const text = describeGlance(
      twins.map(id => spot(id, 'acr', 'a', 'fine')),
      [],
    )
    for (const id of twins) expect(text).toContain(`| ${id} |`)
  })

  it('of hundreds of subscriptions and jobs counts what it leaves out, and fits', () => {
    const spots = Array.from({ length: 900 }, (_, index) =>
      Array.from({ length: 60 }, (_, registry) =>
        spot(guid(index), `registry${registry}.azurecr.io`, `aks-${index}`, registry === 7 ? 'drifted' : 'fine'),
      ),
    ).flat()
    const jobs = Array.from({ length: 900 }, (_, index) => job(`${'|$'.repeat(99)}${index}`))
    const text = describeGlance(spots, jobs)
    expect(Buffer.byteLength(text)).toBeLessThan(400_000)
    expect(text).toContain('<summary>850 more subscriptions</summary>')
    expect(text).toContain('| 49 more registries |')
    const shown = text.match(/^\| …\d{4} \|/gm)?.length ?? 0
    expect(text).toContain(`and ${900 - shown} more, which the report file lists`)
    const named = text.match(/^\| ✓ \|/gm)?.length ?? 0
    expect(text).toContain(`and ${900 - named} more, which the report file lists`)
  })
})
