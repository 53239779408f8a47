import { expect, test } from 'vitest'
import { countDrift, mergeDrifts } from 'report-document'
import { sampleDrift, sampleItem } from '../../__tests__/support/drift.js'

test('the drift of several documents has one wording', () => {
  const [night, other] = [
    sampleDrift([sampleItem('aks-prod-1')]),
    sampleDrift([], { fine: [sampleItem('aks-prod-2')] }),
  ]
  const drift = mergeDrifts([night, other])
  expect(countDrift(drift)).toBe("1 of 2 clusters can't pull from contosoacr")
})
