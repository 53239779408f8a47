import { describe, expect, it } from 'vitest'
import { printFix, ActionError, fix } from 'kernel'
import type { ObservedImage } from 'azure'
import {
  adviseProbeImage,
  explainAbsent,
  explainInterruptedImport,
  explainMismatch,
  explainOpen,
} from '../../../src/apply/shown-image.js'
import { sampleRegistry } from '../../support/sample.js'

const image = (sourceDigest?: string) =>
  ({
    registry: sampleRegistry(),
    request: { repository: 'app', tag: '1', source: { host: 'docker.io', repository: 'app', tag: '1', digest: '' } },
    ...(sourceDigest && { sourceDigest }),
  }) as Partial<ObservedImage> as ObservedImage

const refused = new ActionError('AUTHORIZATION_FAILED', { what: 'no', why: 'the firewall does not let it in' })

describe('an import whose end is not known', () => {
  it.each([
    [
      'the registry can’t be read',
      { kind: 'unknown', error: refused } as const,
      undefined,
      'the firewall does not let it in',
    ],
    ['Azure does not say', { kind: 'missing' } as const, new ActionError('AZURE_UNAVAILABLE', 'it broke'), 'it broke'],
    ['it has not arrived', { kind: 'missing' } as const, undefined, 'after 90 s'],
  ])('says why: %s', (_, shown, cause, why) => {
    const error = explainOpen(image(), 90_000, shown, cause)
    expect(error).toMatchObject({ code: 'IMPORT_FAILED', subject: sampleRegistry().name })
    expect(error.message).toContain(why)
    expect(printFix(error.fix)).not.toContain('sha256:')
  })

  it('has Azure’s own words, and the digest to look for', () => {
    const cause = new ActionError('AZURE_UNAVAILABLE', 'it broke', { azure: { status: 503, message: 'Busy' } })
    const error = explainOpen(image('sha256:aa'), 1000, { kind: 'missing' }, cause)
    expect(error.message).toContain('(Busy)')
    expect(error.azure).toMatchObject({ status: 503 })
    expect(error.cause).toBe(cause)
    expect(printFix(error.fix)).toContain('(sha256:aa)')
    expect(printFix(error.fix)).toContain('az acr')
  })

  it('is cancelled with the job', () => {
    const cause = new Error('stop')
    expect(explainInterruptedImport(image(), cause)).toMatchObject({ code: 'CANCELLED', cause })
  })
})

describe('an image whose import Azure reports as done', () => {
  it('can be missing, or be another image', () => {
    const absent = explainAbsent(image())
    expect(absent).toMatchObject({ code: 'IMPORT_FAILED', subject: sampleRegistry().name })
    const other = explainMismatch(image('sha256:aa'), 'sha256:bb')
    expect(other).toMatchObject({ code: 'IMAGE_DIGEST_MISMATCH', subject: sampleRegistry().name })
    for (const digest of ['sha256:aa', 'sha256:bb']) expect(other.message).toContain(digest)
    expect(explainMismatch(image(), 'sha256:bb').message).toContain('sha256:bb')
    for (const error of [absent, other]) expect(printFix(error.fix)).toContain('az acr ')
  })
})

it('the advice about the pause image comes after the other', () => {
  const error = adviseProbeImage(new ActionError('IMPORT_FAILED', 'no', { fix: fix('Try again.') }))
  expect(error.fix.map(({ text }) => text.includes('probe-image'))).toEqual([false, true])
})
