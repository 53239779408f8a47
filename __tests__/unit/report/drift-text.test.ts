import { describe, expect, it } from 'vitest'
import { countUnlooked, describeDrift } from '../../../src/report/drift-text.js'
import { driftTitle } from '../../../src/report/drift-issue/text.js'
import { sampleDrift, sampleItem } from '../../support/drift.js'

describe('drift in words', () => {
  const gone = (target: string) => sampleItem(target, { code: 'CLUSTER_NOT_FOUND', what: 'The cluster was not found.' })

  it('tells what is gone apart from what has lost its role', () => {
    expect(driftTitle(sampleDrift([gone('aks-1')], { fine: [sampleItem('aks-2')] }))).toBe('Drift: aks-1 was not found')
    expect(driftTitle(sampleDrift([gone('aks-1'), gone('aks-2'), sampleItem('aks-3')]))).toBe(
      'Drift: 1 of 3 clusters can no longer pull from contosoacr and 2 clusters were not found',
    )
    const registry = { code: 'REGISTRY_NOT_FOUND', what: 'The registry was not found.' }
    expect(driftTitle(sampleDrift([sampleItem('aks-1', registry), sampleItem('aks-2', registry)]))).toBe(
      'Drift: contosoacr was not found',
    )
  })

  it('says of a failure its code and what it is about', () => {
    const refused = sampleItem('aks-1', { code: 'PULL_DENIED', what: 'The probed node is refused.' })
    expect(describeDrift(refused)).toBe(
      'aks-1 can no longer pull from contosoacr (PULL_DENIED): The probed node is refused.',
    )
  })

  it('names what could not be looked at, or counts it', () => {
    const image = sampleItem('nginx:1.27', { kind: 'image' })
    expect(countUnlooked([sampleItem('/subscriptions/s/x/aks-1')])).toBe('aks-1 on contosoacr could not be looked at')
    expect(countUnlooked([sampleItem('aks-1'), sampleItem('aks-2'), image])).toBe(
      '2 clusters and 1 image could not be looked at',
    )
  })
})
