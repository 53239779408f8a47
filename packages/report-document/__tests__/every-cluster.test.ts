import { expect, it } from 'vitest'
import { countUnchecked } from '../src/drift-text.js'
import { sampleItem } from '../../../__tests__/support/drift.js'

it('a * whose list may have a gap is not shown as a name', () => {
  expect(countUnchecked([sampleItem('*')])).toBe('other clusters on contosoacr could not be checked')
  const noRegistry = sampleItem('aks-1', { registry: '*', registryId: '' })
  expect(countUnchecked([noRegistry])).toBe('aks-1 on other registries could not be checked')
})
