import { expect, inject, test } from 'vitest'
import { inPart } from 'azure-simulator/testing/parts'
import { toPage } from '../src/page.js'
import { pairThat, rowsOf, samplePage, tenThousandPairs } from '../../../__tests__/support/html-page.js'

const it = inPart(test, inject('part'))

it('the page of ten thousand pairs has all of them in less than 5 MB', () => {
  const many = tenThousandPairs()
  const large = toPage(samplePage(many))
  expect(rowsOf(large)).toHaveLength(10_000)
  expect(Buffer.byteLength(large)).toBeLessThan(5_000_000)
  for (const index of [0, 4321, 9999]) expect(large).toContain(`>aks-prod-westeurope-${index}<`)
  // Long reasons of all of them are cut.
  const refused = many.map((pair, index) =>
    pairThat.failed(`aks-${index}`, 'It is refused. '.repeat(100), { target: pair.target }),
  )
  expect(Buffer.byteLength(toPage(samplePage(refused)))).toBeLessThan(5_000_000)
})

it('the page counts the rows that it leaves out', () => {
  const page = toPage(samplePage(Array.from({ length: 50_002 }, () => pairThat.isFine('aks-1'))))
  expect(rowsOf(page)).toHaveLength(50_000)
  expect(page).toContain('2 more are in the report file.')
})
