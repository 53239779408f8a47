import { describe, expect, it } from 'vitest'
import { fix } from 'kernel'
import { readReports } from '../src/read-reports.js'
import { fine, lay, layReports, reportOf } from '../../../__tests__/support/merging.js'

const subscription = '1fc6673f-c37b-4448-b557-adeba43adc5a'
const id = (name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/rg-eu/providers/Microsoft.ContainerService/managedClusters/${name}`

describe('a fleet entry', () => {
  /** The names of its job, whether these are several clusters, and where it looks for them. */
  it.each<[unknown, string, boolean?, string?]>([
    [
      { cluster: '*', 'resource-group': 'rg-eu', registry: 'contosoacr' },
      'rg-eu (registry contosoacr)',
      false,
      'rg-eu',
    ],
    [
      { cluster: '*', 'subscription-id': subscription, registry: 'contosoacr\nbaseacr' },
      `subscription ${subscription} (registries contosoacr and baseacr)`,
      false,
      'subscription …dc5a',
    ],
    [
      { cluster: '*', 'resource-group': 'rg-eu', 'subscription-id': subscription },
      `rg-eu (subscription ${subscription})`,
      false,
      'rg-eu, subscription …dc5a',
    ],
    [{ cluster: '*\n!aks-9' }, 'the subscription'],
    [{ cluster: 'aks-1' }, 'aks-1'],
    [{ cluster: ' aks-1 \n\n', count: 1 }, 'aks-1'],
    [{ cluster: 'aks-1', 'resource-group': 'rg-eu' }, 'aks-1 of rg-eu', false, 'rg-eu'],
    [
      { cluster: `${id('aks-1')}\n${id('aks-2')}`, 'client-id': 'x', stage: 'prod' },
      'aks-1 and aks-2 (stage prod)',
      true,
    ],
    [{ cluster: 'a\nb\nc', registry: 'contosoacr' }, '3 clusters (registry contosoacr)', true],
    // As an input is read.
    [{ cluster: '# the shop\n"aks-1"', 'resource-group': "'rg-eu'" }, 'aks-1 of rg-eu', false, 'rg-eu'],
    // Unless it declares a name.
    [{ name: '#1 in Europe', cluster: '*' }, '#1 in Europe'],
    [{ name: 'Production EU', cluster: '*\n!aks-9', 'resource-group': 'rg-eu' }, 'Production EU', false, 'rg-eu'],
    [{ name: 'shop', team: 'x' }, 'shop'],
    [{ name: '', cluster: 'aks-1' }, 'aks-1'],
    // An entry that names no clusters is shown as it is.
    [{ team: 'shop', region: 'eu' }, 'team: shop, region: eu'],
    [{ cluster: ['a', 'b'] }, 'a and b', true],
    [{ nodes: ['a', 7] }, 'nodes: ["a",7]'],
    ['rg-eu', 'rg-eu'],
    [7, '7'],
    [null, 'null'],
  ])('is named after its content: %j', (entry, called, isPlural = false, where = '') => {
    expect(readReports('/no/such/folder', [entry])).toMatchObject([{ called, isPlural, where, entries: [entry] }])
    const declared = { ...reportOf([fine('aks-1')]), entry: { entry } }
    const present = readReports(lay({ 'report.json': JSON.stringify(declared) }), [entry])
    expect(present).toMatchObject([{ called, isPlural, where, entries: [entry] }])
    expect(present[0]).not.toHaveProperty('problem')
  })
})

describe('the jobs of a merged report', () => {
  it('are jobs of the fleet if they did not check everything', () => {
    const error = {
      ...{ code: 'SIGN_IN_FAILED' as const, message: 'No.', fix: fix('') },
      ...{ reason: null, cause: null, quote: null, azure: null },
    }
    const jobs = [
      { name: 'whole', error: null, problem: null },
      { name: 'lost', error: null, problem: 'its job left no report' },
      { name: 'failed', error, problem: null },
    ]
    const legs = readReports(layReports([reportOf([fine('aks-1')], { mode: 'merge', jobs })]), [])
    const names = { isPlural: false, where: '', entries: [] }
    expect(legs.slice(1)).toEqual([
      { ...names, name: 'lost', called: 'lost', error: null, problem: 'its job left no report' },
      { ...names, name: 'failed', called: 'failed', error },
    ])
    expect(legs[0]).toMatchObject({ name: 'r-0/report.json', report: { pairs: [{ status: 'attached' }] } })
  })
})
