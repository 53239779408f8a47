import { describe, expect, it } from 'vitest'
import type { Report } from 'report-document'
import { readReports } from '../src/read-reports.js'
import { fine, lay, reportOf as reportIn } from '../../../__tests__/support/merging.js'

const text = JSON.stringify(reportIn([fine('aks-x')]))
const whole = (name: string) => JSON.parse(text.replaceAll('aks-x', name)) as Report
/** The report of a job about a cluster, with the entry that it declares. */
const reportOf = (name: string, entry: object | null = null): string => JSON.stringify({ ...whole(name), entry })

const noReport = 'its job left no report: it was cancelled or failed'

/** The name of each job, with its problem or the target of its report. */
const read = (files: Record<string, string>, fleet: unknown[] = []): string[] =>
  readReports(lay(files), fleet).map(({ name, report, problem }) =>
    [name, problem ?? report?.pairs[0]?.target.split('/').at(-1)].join(' | '),
  )

describe('the reports of a fleet', () => {
  it('are read in the order of its entries, whatever their folders and clusters are called', () => {
    const files = {
      'r-0/a.json': reportOf('aks-2', { n: 2 }),
      'r-1/a.json': reportOf('aks-10', { n: 10 }),
      'other/deep/a.json': reportOf('aks-0', { n: 0 }),
      'r-3/notes.txt': 'no report',
    }
    expect(read(files, [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 10 }])).toEqual([
      'n: 0 | aks-0',
      'n: 2 | aks-2',
      'n: 10 | aks-10',
      `n: 1 | ${noReport}`,
    ])
  })

  it('without a fleet are called by their paths, in order', () => {
    expect(readReports('/there/is/no/such/folder', [])).toEqual([])
    const files = { 'b/1.json': reportOf('aks-b'), 'a/10.json': reportOf('aks-10'), 'a/9.json': reportOf('aks-9') }
    expect(read(files)).toEqual(['a/9.json | aks-9', 'a/10.json | aks-10', 'b/1.json | aks-b'])
  })

  it('that are missing are reported one by one', () => {
    expect(read({}, ['a', 'b'])).toEqual([`a | ${noReport}`, `b | ${noReport}`])
  })

  it.each([
    [{ cluster: 'aks-0\n !aks-2', 'subscription-id': 's' }, 'cluster: aks-0, !aks-2, subscription-id: s'],
    [{ n: 1, list: ['a'] }, 'n: 1, list: ["a"]'],
    ['text\n::error::x', 'text ::error::x'],
    [7, '7'],
    ['x'.repeat(201), `${'x'.repeat(199)}…`],
    ['x'.repeat(200), 'x'.repeat(200)],
  ])('are named after the entry %j: %s', (entry, name) => {
    const declared = typeof entry === 'object' ? entry : { cluster: entry }
    expect(read({ 'a.json': reportOf('aks-0', declared) }, [entry])).toEqual([`${name} | aks-0`])
  })
})

describe('a report without an entry of the fleet', () => {
  const line = 'fleet-entry: ${{ toJSON(matrix) }}'

  it('is an error that shows the line to add, under the name of its folder, and its entry has none', () => {
    const legs = readReports(lay({ 'r-0/a.json': reportOf('aks-1') }), [{ cluster: 'aks-1' }])
    expect(legs).toMatchObject([
      {
        name: 'r-0/a.json',
        entries: [],
        report: { pairs: [{}] },
        problem: 'its report does not say which entry of the fleet it is of',
        advice: `Add this line to the inputs of the step that makes it:\n${line}`,
      },
      { called: 'aks-1', problem: noReport },
    ])
  })

  it('is an error if the fleet does not have its entry', () => {
    const [leg] = readReports(lay({ 'a.json': reportOf('aks-1', { cluster: 'aks-9' }) }), [{ cluster: 'aks-1' }])
    expect(leg?.problem).toBe('its report is of an entry that the fleet does not have: cluster: aks-9')
    expect(leg?.advice).toContain(line)
  })

  it('is none that merge could do without if there is no fleet', () => {
    expect(read({ 'a.json': reportOf('aks-1') })).toEqual(['a.json | aks-1'])
  })

  it('keeps the problem that it has', () => {
    expect(read({ 'r-0/a.json': '{' }, ['a'])).toEqual([
      expect.stringMatching(/^r-0\/a\.json \| its file a\.json can't be read/),
      `a | ${noReport}`,
    ])
  })
})

describe('the entry of a report', () => {
  const two = { name: 'eu', cluster: 'aks-1' }

  it.each<[string, object, unknown, boolean]>([
    ['has the same keys and values', { name: 'eu', cluster: 'aks-1' }, two, true],
    ['has one more, of another dimension', { cluster: 'aks-1', name: 'eu', verify: 'pull' }, two, true],
    ['lacks one', { name: 'eu' }, two, false],
    ['has another value', { name: 'eu', cluster: 'aks-10' }, two, false],
    ['has it as the value of a key', { entry: two, verify: 'pull' }, two, true],
    ['has the text as the value of a key', { cluster: 'aks-1' }, 'aks-1', true],
    ['has the text in another one', { cluster: 'aks-10' }, 'aks-1', false],
    ['has a list', { nodes: ['a', 7] }, { nodes: ['a', 7] }, true],
    ['has another list', { nodes: [7, 'a'] }, { nodes: ['a', 7] }, false],
    ['has a number', { n: 1 }, { n: '1' }, false],
  ])('%s', (_, declared, entry, isIts) => {
    const [leg] = readReports(lay({ 'a.json': reportOf('aks-1', declared) }), [entry])
    expect(leg?.problem === undefined).toBe(isIts)
  })

  it('is the one with the most keys', () => {
    const fleet = [{ cluster: 'aks-1' }, { cluster: 'aks-1', registry: 'contosoacr' }]
    const files = { 'a.json': reportOf('aks-2', fleet[1]), 'b.json': reportOf('aks-1', fleet[0]) }
    expect(read(files, fleet)).toEqual(['cluster: aks-1 | aks-1', 'cluster: aks-1, registry: contosoacr | aks-2'])
    expect(read({ 'a.json': reportOf('aks-2', fleet[1]) }, fleet)[1]).toBe(`cluster: aks-1 | ${noReport}`)
  })

  it('can stand twice in the fleet, which is one job', () => {
    expect(read({ 'a.json': reportOf('aks-1', two) }, [two, { ...two }])).toEqual(['name: eu, cluster: aks-1 | aks-1'])
  })

  it('has several reports if the matrix has a second dimension, each named after it', () => {
    const legs = readReports(
      lay({
        'a.json': reportOf('aks-1', { ...two, verify: 'pull' }),
        'b.json': reportOf('aks-1', { ...two, verify: 'none' }),
      }),
      [two],
    )
    expect(legs.map(({ called, problem }) => [called, problem])).toEqual([
      ['eu (verify: pull)', undefined],
      ['eu (verify: none)', undefined],
    ])
  })
})

describe('the same report twice', () => {
  it('counts once, wherever it is', () => {
    const one = reportOf('aks-1', { n: 1 })
    expect(read({ 'a/1.json': one, 'b/1.json': one })).toEqual(['a/1.json | aks-1'])
    expect(read({ 'r-0/1.json': one, 'r-1/1.json': one }, [{ n: 1 }])).toEqual(['n: 1 | aks-1'])
    expect(read({ 'a/1.json': '{', 'b/1.json': '{' })).toHaveLength(1)
  })

  it('does not count if both are empty', () => {
    expect(read({ 'a/1.json': '', 'b/1.json': '' })).toEqual([
      'a/1.json | its file 1.json is empty',
      'b/1.json | its file 1.json is empty',
    ])
  })
})
