import { describe, expect, it } from 'vitest'
import { parseImageRequest, type ObservedImage, type PlannedImage, type Seen } from 'azure'
import { fix } from 'kernel'
import { toImageJson } from 'report-document/src/report-json.js'
import { endImage, type Inputs, type Run, type CheckedImage } from 'run-model'
import { concludeImages, describeUnread, findNotCompared } from '../src/conclude-images.js'
import { failure } from '../../../__tests__/support/concluding.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import { sampleInputs, sampleRegistry, sampleRun } from '../../../__tests__/support/sample.js'

const digest = `sha256:${'a'.repeat(64)}`
const request = parseImageRequest('nginx:1.27')
if (!request) throw new Error('it is an image')
const id = sampleId('contosoacr', 'rg-shop', 'Microsoft.ContainerRegistry/registries')
const registry = { ...sampleRegistry(), id }
const observed: ObservedImage = { request, registry, present: { kind: 'missing' }, notes: ['a note'] }
const name = 'docker.io/library/nginx:1.27 → library/nginx:1.27 on contosoacr'

describe('an image about which nothing was done', () => {
  const ended = (
    mode: Inputs['mode'],
    plan: PlannedImage['plan'],
    more: Partial<ObservedImage> = {},
    rest: Partial<Run> = {},
  ) => {
    const inputs = { ...sampleInputs, mode }
    const images = [{ image: { ...observed, ...more }, plan }]
    const planned = { pairs: [], operations: [], images, findings: [], unknown: [] }
    return concludeImages(sampleRun([], { inputs, plan: planned, ...rest }))
  }
  const wanted: PlannedImage['plan'] = { kind: 'import', force: false, reason: 'it is not there' }
  const conflict: PlannedImage['plan'] = { kind: 'conflict', reason: 'it has another digest' }
  const replaced: PlannedImage['plan'] = { ...wanted, force: true, reason: 'it has another digest' }
  const there: Seen = { kind: 'found', content: { digest } }
  const withLock: Seen = { kind: 'found', content: { digest, locks: ['manifest'] } }
  const lock = failure(
    'AZURE_REFUSED',
    'library/nginx:1.27 on contosoacr is locked, so no node can pull it: readEnabled is false on its manifest.',
  )
  const sourceGone = failure('IMAGE_NOT_FOUND', 'The source is gone.')
  const refused = failure('AZURE_UNAVAILABLE')
  const unseen: Seen = { kind: 'unknown', error: refused }
  const different = 'library/nginx:1.27 on contosoacr is a different image: it has another digest.'
  const gone =
    'library/nginx:1.27 is not on contosoacr, and its source docker.io/library/nginx:1.27 does not exist either.'

  it.each<[Inputs['mode'], PlannedImage['plan'], Partial<ObservedImage>, Partial<CheckedImage<'input'>>]>([
    ['check', { kind: 'present' }, { present: there, sourceDigest: digest }, { status: 'present', digest }],
    ['attach', { kind: 'present' }, { present: there, sourceDigest: digest }, { status: 'present', digest }],
    ['check', { kind: 'present' }, { present: there }, { status: 'present' }],
    ['check', { kind: 'locked' }, { present: withLock }, { status: 'locked', digest, error: lock }],
    [
      'attach',
      { kind: 'locked' },
      { present: withLock, sourceDigest: digest },
      { status: 'locked', digest, error: lock },
    ],
    ['check', wanted, { present: unseen }, { status: 'unknown' }],
    [
      'check',
      replaced,
      { present: there, sourceDigest: 'sha256:b' },
      { status: 'missing', isImportable: true, error: failure('IMAGE_CONFLICT', `${name}: it has another digest`) },
    ],
    // Whether force-import would change it is not known.
    ['check', replaced, { present: there }, { status: 'present' }],
    ['check', { kind: 'failed' }, { present: unseen, sourceError: sourceGone }, { status: 'unknown' }],
    ['check', wanted, {}, { status: 'missing', error: failure('IMAGE_NOT_FOUND', `${name}: it is not there`) }],
    ['check', conflict, { present: there }, { status: 'missing', error: failure('IMAGE_CONFLICT', different) }],
    [
      'check',
      { kind: 'failed' },
      { sourceError: sourceGone },
      { status: 'missing', error: failure('IMAGE_NOT_FOUND', gone) },
    ],
    ['attach', { kind: 'failed' }, { sourceError: sourceGone }, { status: 'failed', error: sourceGone }],
    // An attach that ended before the imports has not looked at them again.
    ['attach', wanted, {}, { status: 'failed', error: refused }],
    ['attach', wanted, { present: unseen }, { status: 'failed', error: refused }],
    ['attach', conflict, { present: there }, { status: 'failed', error: refused }],
  ])('in %s is concluded from its plan %j and its state %j', (mode, plan, more, { error, ...expected }) => {
    const [result, ...others] = ended(mode, plan, more, { error: refused })
    expect(others).toEqual([])
    expect(result).toMatchObject({ changed: false, digest: '', notes: ['a note'], ...expected })
    expect([result?.error?.code, result?.error?.message]).toEqual([error?.code, error?.message])
  })

  it('was cancelled if the run has no error', () => {
    expect(ended('attach', wanted)).toMatchObject([{ status: 'failed', error: { code: 'CANCELLED' } }])
  })

  it('comes with what can be done about it', () => {
    const adviceOf = (plan: PlannedImage['plan']) => ended('check', plan, { sourceError: sourceGone })[0]?.error
    expect(adviceOf(conflict)?.fix.text).toContain('force-import: true')
    expect(adviceOf({ kind: 'failed' })).toMatchObject({ subject: 'nginx:1.27', cause: sourceGone })
    expect(adviceOf({ kind: 'failed' })?.fix.text).toContain("Attach can't import it.")
    const forced = ended('check', replaced, { present: there, sourceDigest: 'sha256:b' })[0]?.error
    expect(forced?.fix.text).toContain('overwrites the tag')
    expect(adviceOf(wanted)?.fix).toEqual(fix('Run this step with mode: attach. It imports the image.'))
  })

  it('is importable only if attach would import it', () => {
    const importable = (...args: Parameters<typeof ended>) =>
      ended(...args).map(result => toImageJson(result).importable)
    expect(importable('check', wanted)).toEqual([true])
    expect(importable('check', conflict, { present: there })).toEqual([false])
    expect(importable('check', { kind: 'failed' }, { sourceError: sourceGone })).toEqual([false])
    // Only a missing image is or isn't.
    expect(importable('check', { kind: 'present' }, { present: there })).toEqual([null])
    expect(importable('check', wanted, { present: unseen })).toEqual([null])
    expect(importable('attach', wanted)).toEqual([null])
  })

  it('has the result of the imports once they have ended', () => {
    const images = [endImage(observed, { status: 'imported', changed: true, digest })]
    expect(ended('attach', wanted, {}, { images })).toEqual(images)
    expect(concludeImages(sampleRun())).toEqual([])
  })
})

describe('an image that was not compared with its source', () => {
  const result = (more: Partial<CheckedImage<'input'>> = {}): CheckedImage<'input'> =>
    endImage(observed, { status: 'present', notes: ['a note', 'another'], ...more })
  const unseen = result({ status: 'unknown' })
  const probe = result({ request: { ...request, isProbe: true } })

  it('is a finding about its registry, with a command that shows it', () => {
    const findings = findNotCompared([result(), unseen, probe, result({ digest }), result({ status: 'failed' })])
    expect(findings).toMatchObject(
      [describeUnread(result()), describeUnread(unseen)].map(text => ({
        ...{ code: 'IMAGE_NOT_COMPARED', severity: 'warning', subject: registry.id, message: `${text}.` },
        fix: { commands: [expect.stringContaining('library/nginx:1.27')] },
      })),
    )
    expect(findings.map(({ fix }) => fix.text)).toEqual([
      'It is assumed to be the right image, and is not pinned to a digest. Give the runner read access to both registries, or check yourself:',
      'It may be missing, and is not pinned to a digest. Give the runner read access to the registry, or check yourself:',
    ])
  })

  it('is described with what is not known about it, and why', () => {
    expect([result(), unseen, result({ notes: [] })].map(describeUnread)).toEqual([
      'Could not check whether library/nginx:1.27 on contosoacr is docker.io/library/nginx:1.27: a note; another',
      'Could not check whether library/nginx:1.27 is on contosoacr: a note; another',
      'Could not check whether library/nginx:1.27 on contosoacr is docker.io/library/nginx:1.27',
    ])
  })
})
