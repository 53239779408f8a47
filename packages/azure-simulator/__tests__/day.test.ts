import { X509Certificate } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { sharedCertificateAuthority } from '../src/front/certificates.js'
import { clientEnvironment } from '../src/front/environment.js'

const isOfDay = ([name]: [string, string]): boolean => /^(?:.*FAKE.*|LD_PRELOAD|TZ)$/.test(name)
const ofDay = () => Object.fromEntries(Object.entries(clientEnvironment('http://proxy', '/ca.pem')).filter(isOfDay))

it('gives clients the day that faketime has given the simulator, and otherwise nothing', () => {
  const names = ['LD_PRELOAD', 'FAKETIME', 'FAKETIME_DISABLE_SHM', 'FAKETIME_DONT_FAKE_MONOTONIC', 'NO_FAKE_STAT', 'TZ']
  for (const name of names) vi.stubEnv(name, undefined)
  vi.stubEnv('LD_PRELOAD', 'lib.so')
  vi.stubEnv('TZ', 'Pacific/Auckland')
  expect(ofDay()).toEqual({})
  vi.stubEnv('FAKETIME', '+86400')
  vi.stubEnv('FAKETIME_DISABLE_SHM', '1')
  expect(ofDay()).toEqual({
    LD_PRELOAD: 'lib.so',
    FAKETIME: '+86400',
    FAKETIME_DISABLE_SHM: '1',
    TZ: 'Pacific/Auckland',
  })
})

it('issues certificates that clients with another day accept', async () => {
  const authority = await sharedCertificateAuthority()
  const { certificate } = await authority.clientCertificate('client', 'group')
  for (const pem of [authority.certificate, certificate]) {
    const { validFrom, validTo } = new X509Certificate(pem)
    for (const days of [-3600, 3600]) {
      const other = Date.now() + days * 86_400_000
      expect(Date.parse(validFrom)).toBeLessThan(other)
      expect(Date.parse(validTo)).toBeGreaterThan(other)
    }
  }
})
