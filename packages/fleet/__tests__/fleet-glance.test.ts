import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mergeDrifts, toGrid, toReportJson, type Report } from 'report-document'
import { conclude } from 'run-report'
import { listSubscriptions, toJobRows, toSpots } from '../src/fleet.js'
import { readDrift } from '../src/read-drift.js'
import { readReports } from '../src/read-reports.js'
import { lay } from '../../../__tests__/support/merging.js'
import { acr, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import { sampleRun } from '../../../__tests__/support/sample.js'

const guid = (end: number | string): string => `00000000-0000-0000-0000-${String(end).padStart(12, '0')}`
type Spot = ReturnType<typeof toSpots>[number]

const keyed = (spots: readonly Spot[]) =>
  toGrid(spots, 'subscription').rows.map(({ key, cells }) => [key, ...cells.map(({ text }) => text)].join(' | '))

/** A report of all clusters of a subscription. */
const listed = (subscription: string, pairs: Pair[]): Partial<Report> => ({
  searched: [`/subscriptions/${subscription}`],
  pairs: pairs.map(pair => ({ ...pair, target: pair.target.replace(guid('abcd'), subscription) })),
})

const nothing = toReportJson(conclude(sampleRun()))

/** The legs of a fleet whose entries left these reports; undefined for a job that left none. */
function legsOf(fleet: readonly unknown[], reports: readonly (Partial<Report> | undefined)[]) {
  const folder = mkdtempSync(join(tmpdir(), 'glance-'))
  reports.forEach((report, index) => {
    if (!report) return
    mkdirSync(join(folder, `r-${index}`))
    writeFileSync(
      join(folder, `r-${index}`, 'report.json'),
      JSON.stringify({ ...nothing, mode: 'check', requests: index, entry: { entry: fleet[index] }, ...report }),
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

  it('are all in the table, the worst first', () => {
    expect(
      rowsOf(legs).map(({ name, gap, ...row }) => [name.slice(-26), gap !== '', ...Object.values(row)].join(' ')),
    ).toEqual([
      expect.stringContaining(' false refused 2 1 0'),
      expect.stringContaining(' false failed 1 0 1'),
      expect.stringContaining(' true unknown 0 0 0'),
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

  it('count each image once, by its place', () => {
    const missing = (image: string): Report['manifests'][number] => ({
      ...{ image, registry: acr, file: 'a.yaml', document: 1, resource: 'Pod a', field: 'spec' },
      ...{ status: 'missing', error: null },
    })
    const manifests = ['contosoacr.azurecr.io/a:1', 'contosoacr.azurecr.io/b:1'].map(missing)
    const [row] = rowsOf(
      legsOf(
        ['rg-eu'],
        [
          {
            pairs: [lost('aks-1'), lost('aks-1', { registry: `${acr}2`, loginServer: 'contosoacr2.azurecr.io' })],
            manifests,
          },
        ],
      ),
    )
    expect(row).toMatchObject({ state: 'refused', clusters: 1, drifted: 3, unchecked: 0 })
  })

  it('are known by their paths if neither a report nor an entry says anything about them', () => {
    const legs = readReports(lay({ 'r-0/report.json': '{' }), [])
    const unchecked = { state: 'unknown', text: '? not checked', job: 'r-0/report.json' }
    expect(toSpots(legs)).toEqual([{ subscription: '', place: '', registry: '', ...unchecked }])
    expect(rowsOf(legs)).toMatchObject([{ name: 'r-0/report.json', state: 'unknown', clusters: 0, hasReport: false }])
  })

  it('show the error that ended a check', () => {
    const [row] = rowsOf(legsOf(['rg-eu'], [{ pairs: [], error: refusal('AUTHORIZATION_FAILED') }]))
    expect(row).toMatchObject({ state: 'unknown', gap: 'AUTHORIZATION_FAILED: It is refused.' })
  })

  it('without a fleet have the subscription of their other clusters', () => {
    const pairs = [lost('aks-5', { target: 'aks-5', status: 'failed', error: refusal() }), good('aks-6')]
    expect(keyed(toSpots(legsOf([], [{ pairs }])))).toEqual([`${guid('abcd')} | ✗ 1 ✓ 1`])
  })

  it('are placed by their clusters, and without a report by their entries', () => {
    expect(toGrid(toSpots(legs), 'subscription').columns).toEqual(['contosoacr'])
    expect(keyed(toSpots(legs))).toEqual([
      `${guid('a2')} | ✗ 1 ✓ 1`,
      // The cluster that was not found has the subscription of its job.
      `${guid('a4')} | ✗ 1`,
      `${guid('a3')} | ?`,
      `${guid('a5')} | ? 1 ✓ 1`,
      `${guid('a1')} | ✓ 2`,
    ])
  })

  it('without a report are unknown everywhere that their entry names', () => {
    const without = (value: unknown) => keyed(toSpots(legsOf([value], [undefined])))
    expect(without(entry(guid(1), { registry: 'one\ntwo\n!three' }))).toEqual([`${guid(1)} | ? | ?`])
    const ids = `${sampleId('aks-1')}\n${sampleId('aks-2', 'rg', undefined, guid(2))}`
    expect(without(entry(guid(1), { cluster: ids }))).toEqual([`${guid(2)} | ?`, `${guid('abcd')} | ?`])
    expect(without(entry(guid(1), { cluster: `${ids}\naks-3` }))).toHaveLength(3)
    expect(without({ 'subscription-id': guid(1), registry: 'one' })).toEqual([`${guid(1)} | ?`])
    expect(without({ 'subscription-id': guid(1), cluster: '*' })).toEqual([`${guid(1)} | ?`])
    // Without a subscription, it is a row of its own.
    const row = (value: unknown) => toGrid(toSpots(legsOf([value], [undefined])), 'subscription').rows
    expect(row({ name: 'lab', registry: 'one\ntwo' })).toMatchObject([
      { name: 'lab', cells: [{ text: '?' }, { text: '?' }] },
    ])
    expect(row({ cluster: 'aks-1' })).toMatchObject([{ name: 'aks-1', cells: [{ text: '?' }] }])
    expect(row('rg-eu')).toMatchObject([{ name: 'rg-eu', cells: [{ text: '?' }] }])
    // Whatever its keys are called.
    expect(row({ name: 'lab', sub: guid(1), registry: ['one', 'two'] })).toMatchObject([
      { key: guid(1), name: 'lab', cells: [{ text: '?' }, { text: '?' }] },
    ])
    expect(without({ scope: `/subscriptions/${guid(1)}`, 'client-id': guid(2), registry: 'one' })).toEqual([
      `${guid(1)} | ?`,
    ])
    const fleet = [
      { 'subscription-id': guid('a1'), cluster: '*', registry: 'contosoacr' },
      { team: 'b', acr: 'contosoacr' },
    ]
    expect(keyed(toSpots(legsOf(fleet, [listed(guid('a1'), [good('aks-1')]), undefined])))).toEqual([
      'team: b, acr: contosoacr | ?',
      `${guid('a1')} | ✓ 1`,
    ])
    // Once, whether others have reported about its registry or not.
    for (const id of [guid('a1'), guid('a2')])
      expect(
        toSpots(legsOf([fleet[0], entry(id, { team: 'b' })], [listed(guid('a1'), [good('aks-1')]), undefined])).filter(
          ({ job }) => job,
        ),
      ).toHaveLength(1)
    // A text that merely has an ID in it names no subscription.
    for (const text of [`x-${guid(1)}`, `${guid(1)}-x`])
      expect(row({ name: 'lab', note: text, registry: 'one' })).toMatchObject([{ name: 'lab' }])
  })
})

describe('the subscriptions of a fleet', () => {
  const named = (id: string, name: string | null) => ({ id, name })
  const subscriptionsOf = (fleet: object[], ...reports: Report['subscriptions'][]) =>
    listSubscriptions(
      legsOf(
        fleet,
        reports.map(subscriptions => ({ pairs: [good('aks-1')], subscriptions })),
      ),
    )
  const inLab = { name: 'lab', 'subscription-id': guid('A1') }

  it('have the names of their entries, or else those that Azure gave them', () => {
    const azure = [named(guid('a1'), 'Contoso-1'), named(guid('A2'), 'Contoso-2'), named(guid('a3'), null)]
    expect(subscriptionsOf([inLab], azure)).toEqual([
      named(guid('a1'), 'lab'),
      named(guid('a2'), 'Contoso-2'),
      named(guid('a3'), null),
    ])
    expect(subscriptionsOf([{ 'subscription-id': guid('a1') }], azure)[0]).toEqual(named(guid('a1'), 'Contoso-1'))
  })

  it('have no name of an entry if several entries call them differently', () => {
    const fleet = [inLab, { ...inLab, name: 'shop' }, { ...inLab, name: 'lab', 'subscription-id': guid('a2') }]
    expect(subscriptionsOf(fleet, [named(guid('a1'), 'Contoso-1')])).toEqual([
      named(guid('a1'), 'Contoso-1'),
      named(guid('a2'), 'lab'),
    ])
    expect(subscriptionsOf(fleet.slice(0, 2), [])).toEqual([named(guid('a1'), null)])
  })

  it('are none if nothing names one', () => {
    expect(subscriptionsOf([{ cluster: 'aks-1' }], [])).toEqual([])
  })
})
