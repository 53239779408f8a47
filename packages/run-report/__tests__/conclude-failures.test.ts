import { describe, expect, it } from 'vitest'
import type { ActionError } from 'kernel'
import type { CheckedImage, Inputs, Outcome } from 'run-model'
import { endImage } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, heldPair } from '../../../__tests__/support/concluding.js'
import { imageOf } from '../../../__tests__/support/verdict.js'
import {
  sampleInputs,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

const registry = sampleRegistry()
const manifest = (status: CheckedImage<'manifest'>['status'], error?: ActionError): CheckedImage<'manifest'> => ({
  ...{ wantedBy: 'manifest', registry, repository: 'shop/web', reference: 'v1', status, digest: '' },
  uses: [{ image: 'contosoacr.azurecr.io/shop/web:v1', file: 'a.yaml', document: 1, resource: '', field: 'f' }],
  ...(error && { error }),
})
const inputImage = (status: CheckedImage<'input'>['status'], error: ActionError): CheckedImage<'input'> =>
  endImage(imageOf(''), { status, error })

const of = (mode: Inputs['mode'], ...images: CheckedImage[]) =>
  conclude(sampleRun([heldPair()], { inputs: { ...sampleInputs, mode }, images }))

describe('the failures of a run', () => {
  const [one, two] = [sampleOperation(), sampleOperation(sampleTarget('aks-2'))]

  it('are that of the run, of manifests, of pairs, of images and of operations, in this order', () => {
    const ended = (operation: typeof one, code: ActionError['code']): Outcome => ({
      ...{ operation, changed: false, finishedAt: 1, error: failure(code, `${code} happened`) },
    })
    const { errors } = conclude(
      sampleRun([{ ...samplePair({ operation: one }), operations: [one, two] }], {
        error: failure('CANCELLED', 'It was cancelled'),
        images: [
          inputImage('failed', failure('IMPORT_FAILED', 'It was not imported')),
          manifest('missing', failure('IMAGE_NOT_FOUND', 'It is not there')),
        ],
        outcomes: [ended(one, 'AUTHORIZATION_FAILED'), ended(two, 'THROTTLED')],
      }),
    )
    expect(errors.map(({ code }) => code)).toEqual([
      'CANCELLED',
      'IMAGE_NOT_FOUND',
      'AUTHORIZATION_FAILED',
      'IMPORT_FAILED',
      'THROTTLED',
    ])
  })

  it('are each once, by what failed at which resource', () => {
    const images = ['No.', 'No.', 'Neither.'].map(message => manifest('unknown', failure('AZURE_UNAVAILABLE', message)))
    expect(of('attach', ...images).errors.map(({ message }) => message)).toEqual(['No.', 'Neither.'])
  })

  it.each<[string, CheckedImage]>([
    ['missing', inputImage('missing', failure('IMAGE_NOT_FOUND'))],
    ['locked', inputImage('locked', failure('AZURE_REFUSED'))],
    ['missing in a manifest', manifest('missing', failure('IMAGE_NOT_FOUND'))],
    ['locked in a manifest', manifest('locked', failure('AZURE_REFUSED'))],
  ])('have an image that is %s, except for check, which calls it drift', (_, image) => {
    expect(of('check', image)).toMatchObject({ drift: true, errors: [] })
    expect(of('attach', image)).toMatchObject({ drift: false, errors: [image.error] })
  })

  it.each<[string, CheckedImage]>([
    ['can not be read', inputImage('unknown', failure('AZURE_UNAVAILABLE'))],
    ['of a manifest can not be read', manifest('unknown', failure('AZURE_UNAVAILABLE'))],
  ])('have an image that %s, in every mode', (_, image) => {
    for (const mode of ['attach', 'check'] as const)
      expect(of(mode, image)).toMatchObject({ drift: false, errors: [image.error] })
  })
})

describe('a run', () => {
  it('that ended before it planned anything has no pairs', () => {
    const { observed } = sampleRun([heldPair()])
    expect(observed?.targets).toHaveLength(1)
    const ended = conclude({ ...sampleRun(), ...(observed && { observed }), error: failure('CANCELLED') })
    expect(ended).toMatchObject({ pairs: [], attached: false, errors: [{ code: 'CANCELLED' }] })
  })
})
