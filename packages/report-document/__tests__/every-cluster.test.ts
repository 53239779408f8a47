import { describe, expect, it, vi } from 'vitest'
import { annotateDrift, countDrift, countUnchecked } from '../src/drift-text.js'
import { sampleDrift, sampleItem } from '../../../__tests__/support/drift.js'

const noCluster = sampleItem('*', {
  code: 'CLUSTER_NOT_FOUND',
  message: 'There is no cluster that passes the filters.',
})
const noRegistry = sampleItem('aks-1', { code: 'REGISTRY_NOT_FOUND', registry: '*', registryId: '' })

describe('a * that matches nothing', () => {
  it('is not shown as a name', () => {
    expect(countDrift(sampleDrift([noCluster]))).toBe('no cluster was found')
    expect(countDrift(sampleDrift([noRegistry]))).toBe('no registry was found')
    expect(countUnchecked([sampleItem('*')])).toBe('other clusters on contosoacr could not be checked')
    expect(countUnchecked([noRegistry])).toBe('aks-1 on other registries could not be checked')
  })

  it('has an annotation without a subject', () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    annotateDrift(sampleDrift([noCluster]), true)
    const lines = written.mock.calls.map(([line]) => String(line)).join('')
    written.mockRestore()
    expect(lines).toContain('::error title=attach-acr%3A CLUSTER_NOT_FOUND::')
  })
})
