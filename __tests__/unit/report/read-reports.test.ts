import { expect, it } from 'vitest'
import { readReports } from '../../../src/report/merge/read-reports.js'

const subscription = '1fc6673f-c37b-4448-b557-adeba43adc5a'
const id = (name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/rg-eu/providers/Microsoft.ContainerService/managedClusters/${name}`

it.each<[unknown, string]>([
  [{ cluster: '*', 'resource-group': 'rg-eu', registry: 'contosoacr' }, 'rg-eu (registry contosoacr)'],
  [
    { cluster: '*', 'subscription-id': subscription, registry: 'contosoacr\nbaseacr' },
    `subscription ${subscription} (registries contosoacr and baseacr)`,
  ],
  [
    { cluster: '*', 'resource-group': 'rg-eu', 'subscription-id': subscription },
    `rg-eu (subscription ${subscription})`,
  ],
  [{ cluster: `${id('aks-1')}\n${id('aks-2')}`, 'client-id': 'x', stage: 'prod' }, 'aks-1 and aks-2 (stage prod)'],
  [{ cluster: 'a\nb\nc', registry: 'contosoacr' }, '3 clusters (registry contosoacr)'],
  // An entry that names no clusters is shown as it is.
  [{ team: 'shop', region: 'eu' }, 'team: shop, region: eu'],
  [{ cluster: ['a', 'b'] }, 'cluster: ["a","b"]'],
  ['rg-eu', 'rg-eu'],
  [7, '7'],
])('a fleet entry without a report is named after its content: %j', (entry, called) => {
  expect(readReports('/no/such/folder', [entry])).toMatchObject([{ called }])
})
