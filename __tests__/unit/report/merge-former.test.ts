import { describe, expect, it } from 'vitest'
import type { FormerDrift } from '../../../src/model/former-drift.js'
import { createMergeSettler } from '../../../src/report/merge/former.js'
import type { Leg } from '../../../src/report/merge/read-reports.js'
import type { Drift } from '../../../src/report/drift.js'
import type { Report } from '../../../src/report/report-json.js'
import { sampleDrift, sampleFormer, sampleId, sampleItem, sampleGap } from '../../support/drift.js'

const subscription = '/subscriptions/00000000-0000-0000-0000-00000000abcd'
const legOf = (searched: string[], more: Partial<Leg> = {}): Leg => {
  const report = { searched, manifests: [], findings: [] } as Partial<Report> as Report
  return { name: 'a job', called: 'a job', isPlural: false, where: '', entries: [], report, ...more }
}
const cluster = sampleFormer(sampleId('AKS-1'))

async function settle(former: FormerDrift, legs: Leg[], drift: Partial<Drift> = {}, hasFleet = true) {
  const [fate] = await createMergeSettler(legs, sampleDrift([], drift), hasFleet)([former])
  return [fate?.kind, fate?.text]
}

describe('an item that no report mentions', () => {
  it('is gone if a complete list of its scope lacks it', async () => {
    const text = 'the cluster was deleted: it is not in the list of'
    expect(await settle(cluster, [legOf([subscription])])).toEqual([
      'gone',
      `${text} subscription 00000000-0000-0000-0000-00000000abcd`,
    ])
    const group = `${subscription}/resourceGroups/RG-shop/`
    expect(await settle(cluster, [legOf([group])])).toEqual(['gone', `${text} resource group rg-shop`])
    const others = [`${subscription}/resourceGroups/rg`, subscription.replace('abcd', 'abce')]
    expect(await settle(cluster, [legOf(others)])).toEqual(['dropped', 'no entry of the fleet covers it'])
    const identity = sampleId('own', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities')
    expect((await settle(sampleFormer(identity), [legOf([subscription])]))[0]).toBe('dropped')
  })

  it('is not gone if its cluster exists, or if the report with the list is incomplete', async () => {
    const fine = [sampleItem(sampleId('aks-1'), { registry: 'otheracr.azurecr.io' })]
    expect((await settle(cluster, [legOf([subscription])], { fine }))[0]).toBe('dropped')
    const cut = legOf([subscription], { problem: 'its file leaves out 4000 pairs' })
    expect(await settle(cluster, [cut], { blind: [sampleGap('a job: its file leaves out 4000 pairs')] })).toEqual([
      'unseen',
      'a job: its file leaves out 4000 pairs',
    ])
  })

  it('is unknown if a job left no report, or if a list has a gap', async () => {
    const blind = ['rg-eu: no report', 'rg-us: no report', 'rg-in: no report'].map(sampleGap)
    expect(await settle(cluster, [], { blind })).toEqual([
      'unseen',
      'rg-eu: no report; 2 more jobs left no complete report',
    ])
    const unknown = [sampleItem('*', { code: 'AUTHORIZATION_FAILED', what: "Can't tell which clusters exist" })]
    expect(await settle(cluster, [], { unknown })).toEqual(['unseen', "Can't tell which clusters exist"])
    expect(await settle(cluster, [], {}, false)).toEqual(['unseen', 'no report covers it'])
  })

  it('is gone if it did not exist or no manifest names it, and it is no longer requested', async () => {
    const lost = sampleFormer('aks-1', { wasGone: true })
    expect(await settle(lost, [])).toEqual(['gone', 'it did not exist, and the fleet no longer names it'])
    const image = sampleFormer('contosoacr.azurecr.io/web:1', {
      kind: 'image',
      key: 'manifest contosoacr.azurecr.io/web:1',
    })
    expect(await settle(image, [])).toEqual(['gone', 'the manifests no longer name it'])
    expect((await settle({ ...image, key: 'web:1 contosoacr' }, []))[0]).toBe('dropped')
    const unread = (registry: string) => [sampleItem('aks-1', { registry, what: 'No.' })]
    expect(await settle(image, [], { unknown: unread('contosoacr') })).toEqual(['unseen', 'No.'])
    expect((await settle(image, [], { unknown: unread('otheracr') }))[0]).toBe('gone')
  })
})
