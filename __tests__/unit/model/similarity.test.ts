import { expect, test } from 'vitest'
import { isAlmost } from '../../../src/model/similarity.js'

test.each([
  ['contsoacr.azurecr.io', true],
  ['contosoacrr.azurecr.io', true],
  ['cnotosoacr.azurecr.io', true],
  ['contosoacr.azurecr.oi', true],
  ['c0nt0soacr.azurecr.io', true],
  ['c0nt0s0acr.azurecr.io', false],
  ['contosoacr.azurecr.io', false],
  ['fabrikamacr.azurecr.io', false],
])('%s is almost contosoacr.azurecr.io: %j', (host, expected) => {
  expect(isAlmost(host, 'contosoacr.azurecr.io')).toBe(expected)
  expect(isAlmost('contosoacr.azurecr.io', host)).toBe(expected)
})
