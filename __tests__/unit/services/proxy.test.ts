import { expect, it } from 'vitest'
import { readProxy } from '../../../src/services/proxy.js'

it.each([
  ['of either spelling', { https_proxy: 'http://proxy:3128' }, 'http://proxy:3128'],
  ['without its credentials', { HTTPS_PROXY: 'http://user:hunter2@proxy:3128/' }, 'http://proxy:3128'],
  ['that is not an address, without showing it', { HTTPS_PROXY: 'user:hunter2 at proxy' }, 'that of HTTPS_PROXY'],
  ['that is not there', {}, ''],
])('tells a proxy %s', (_, environment, told) => {
  expect(readProxy(environment)).toBe(told)
})
