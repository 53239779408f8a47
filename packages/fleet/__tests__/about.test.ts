import { describe, expect, it } from 'vitest'
import type { Report } from 'report-document'
import { createFit, readAbout, type About } from '../src/about.js'
import { reportOf } from '../../../__tests__/support/merging.js'
import { refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import { sampleId } from '../../../__tests__/support/drift.js'

const [one, two] = ['00000000-0000-0000-0000-00000000abcd', '00000000-0000-0000-0000-000000000002'] as const

/** A pair as a check reports it that was asked for a cluster by name. */
const named = (name: string, subscription: string = one, more: Partial<Pair> = {}): Pair =>
  reportedPair(name, {
    target: sampleId(name, 'rg', undefined, subscription),
    asked: { target: name, registry: 'contosoacr' },
    ...more,
  })

/** One that was asked for every cluster. */
const listed = (name: string, subscription: string = one): Pair => {
  const pair = named(name, subscription)
  return { ...pair, asked: { ...pair.asked, target: pair.target } }
}

const identity = sampleId('id-1', 'rg-ids', 'Microsoft.ManagedIdentity/userAssignedIdentities')

const aboutOf = (report: Report): About => {
  const found = readAbout(report)
  if (!found) throw new Error('it is about nothing')
  return found
}

const reports = {
  'aks-1 by name': reportOf([], { pairs: [named('aks-1')] }),
  'aks-1 and aks-2 by name': reportOf([], { pairs: [named('aks-1'), named('aks-2')] }),
  'aks-1 on two registries': reportOf([], {
    pairs: ['contosoacr', 'testacr'].map(registry => named('aks-1', one, { asked: { target: 'aks-1', registry } })),
  }),
  'an identity': reportOf([], {
    pairs: [reportedPair('id-1', { target: identity, asked: { target: identity, registry: 'contosoacr' } })],
  }),
  'aks-10 by name': reportOf([], { pairs: [named('aks-10')] }),
  'aks-1 by its ID': reportOf([], { pairs: [listed('aks-1')] }),
  'aks-1, not found': reportOf([], {
    pairs: [named('aks-1', one, { target: 'aks-1', status: 'failed', error: refusal() })],
  }),
  'all of one': reportOf([], { pairs: [listed('aks-1')], searched: [`/subscriptions/${one}`] }),
  'all of a group of one': reportOf([], {
    pairs: [listed('aks-1')],
    searched: [`/subscriptions/${one}/resourceGroups/rg-eu`],
  }),
  'all of two': reportOf([], { pairs: [listed('aks-1', two)], searched: [`/subscriptions/${two}`] }),
  'all, but none listed': reportOf([], {
    pairs: [reportedPair('*', { target: '*', asked: { target: '*', registry: 'contosoacr' } })],
  }),
  'all of one, in which there are none': reportOf([], { searched: [`/subscriptions/${one}`] }),
}

type Name = keyof typeof reports

describe('a report', () => {
  it.each<[object | string, Name, 'yes' | 'no' | 'unknown']>([
    [{ cluster: 'aks-1' }, 'aks-1 by name', 'yes'],
    [{ cluster: 'AKS-1', registry: 'ContosoAcr.azurecr.io' }, 'aks-1 by name', 'yes'],
    [{ cluster: 'aks-1' }, 'aks-1 and aks-2 by name', 'yes'],
    [{ cluster: 'aks-1\naks-2' }, 'aks-1 by name', 'no'],
    [{ cluster: 'aks-1' }, 'aks-10 by name', 'no'],
    [{ cluster: 'aks-1', registry: 'testacr' }, 'aks-1 by name', 'no'],
    [{ cluster: 'aks-1', registry: 'contosoacr\ntestacr' }, 'aks-1 by name', 'no'],
    [{ cluster: 'aks-1', registry: '*' }, 'aks-1 by name', 'yes'],
    [{ cluster: 'aks-1', registry: 'testacr' }, 'aks-1 on two registries', 'yes'],
    [{ cluster: 'aks-1', 'subscription-id': one.toUpperCase() }, 'aks-1 by name', 'yes'],
    [{ cluster: 'aks-1', 'subscription-id': two }, 'aks-1 by name', 'no'],
    [{ cluster: 'aks-1', 'resource-group': 'rg' }, 'aks-1 by name', 'yes'],
    [{ cluster: 'aks-1', 'resource-group': 'r' }, 'aks-1 by name', 'no'],
    // Nothing shows where a cluster is that was not found.
    [{ cluster: 'aks-1', 'subscription-id': two }, 'aks-1, not found', 'yes'],
    [{ cluster: sampleId('aks-1', 'rg'), 'subscription-id': two }, 'aks-1 by its ID', 'yes'],
    [{ cluster: sampleId('aks-9') }, 'aks-1 by its ID', 'no'],
    [{ cluster: 'AKS-1' }, 'aks-1 by its ID', 'yes'],
    // With a cluster by its ID, the entry's place is not that of its clusters.
    [{ cluster: `aks-1\n${sampleId('aks-2', 'rg')}`, 'subscription-id': two }, 'aks-1 and aks-2 by name', 'yes'],
    // The ID of an identity says where it is, which needs no cluster's place.
    [{ 'kubelet-identity': identity.toUpperCase(), 'resource-group': 'rg-eu' }, 'an identity', 'yes'],
    [{ 'kubelet-identity': `${identity}-2` }, 'an identity', 'no'],
    [{ cluster: '*', 'subscription-id': one }, 'all of one', 'yes'],
    [{ cluster: '*', 'subscription-id': one }, 'all of a group of one', 'yes'],
    [{ cluster: '*', 'subscription-id': one, 'resource-group': 'rg-us' }, 'all of a group of one', 'no'],
    [{ cluster: '*', 'subscription-id': one }, 'all of two', 'no'],
    [{ cluster: '*', 'subscription-id': one }, 'aks-1 by name', 'no'],
    [{ cluster: '*', 'subscription-id': one }, 'all, but none listed', 'yes'],
    [{ cluster: '*', 'subscription-id': one, registry: 'contosoacr' }, 'all of one, in which there are none', 'yes'],
    // A filter's list is not complete, and what it leaves out is in no report.
    [{ cluster: '*\n!aks-2', 'subscription-id': one }, 'aks-1 by its ID', 'yes'],
    [{ cluster: '*\n!aks-2', 'subscription-id': two }, 'aks-1 by its ID', 'no'],
    [{ cluster: 'aks-1\n!aks-2' }, 'aks-10 by name', 'no'],
    // Keys that are no inputs: what is the name of something in one of the reports.
    [{ sub: two, cluster: '*' }, 'all of one', 'no'],
    [{ sub: one, stage: 'prod', name: 'aks-10' }, 'all of one', 'yes'],
    ['aks-1', 'aks-1 by name', 'yes'],
    ['aks-1', 'aks-10 by name', 'no'],
    ['contosoacr', 'aks-10 by name', 'yes'],
    ['west', 'aks-1 by name', 'unknown'],
    [{ stage: 'prod', name: 'aks-10' }, 'aks-1 by name', 'unknown'],
    [{}, 'aks-1 by name', 'unknown'],
  ])('of %j: that of %s: %s', (entry, name, verdict) => {
    expect(createFit(entry, Object.values(reports).map(aboutOf))(aboutOf(reports[name]))).toBe(verdict)
  })

  it('without pairs says nothing about what it is', () => {
    expect(readAbout(reportOf([], { pairs: [] }))).toBeUndefined()
  })

  it('is described by its clusters and registries, or by what was listed', () => {
    expect(aboutOf(reports['aks-1 and aks-2 by name']).text).toBe('aks-1, aks-2 on contosoacr')
    expect(aboutOf(reportOf([], { searched: ['/subscriptions/s/resourceGroups/rg-eu'] })).text).toBe('rg-eu')
  })
})
