import { describe, expect, it } from 'vitest'
import { endImage, type CheckedImage, type NodePull, type PlannedPair, type Run } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, heldPair, proven, pullRun } from '../../../__tests__/support/concluding.js'
import {
  sampleInputs,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
} from '../../../__tests__/support/sample.js'
import { imageOf } from '../../../__tests__/support/verdict.js'

const digest = `sha256:${'a'.repeat(64)}`

const isReady = (run: Run): boolean => conclude(run).ready

const withImages = (...images: CheckedImage[]): Run => sampleRun([heldPair()], { images })

const manifest = (status: CheckedImage<'manifest'>['status']): CheckedImage<'manifest'> => ({
  ...{ wantedBy: 'manifest', registry: sampleRegistry(), repository: 'shop/web', reference: 'v1', status, digest: '' },
  uses: [{ image: 'contosoacr.azurecr.io/shop/web:v1', file: 'a.yaml', document: 1, resource: '', field: 'f' }],
})

const pulled = (reference: string): NodePull => ({
  ...{
    node: 'n',
    pool: 'p',
    arch: 'amd64',
    verdict: 'pulled',
    message: '',
    attempts: 1,
    os: 'linux',
    cacheMs: 3_600_000,
    startedAt: 0,
    finishedAt: 1,
  },
  image: { reference, registryId: sampleRegistry().id, isThere: false, from: '' },
})

const lacking = (): PlannedPair => samplePair({ operation: sampleOperation() })

describe('a run is ready', () => {
  it('if access holds and nothing failed', () => {
    expect(isReady(sampleRun([heldPair()]))).toBe(true)
    expect(isReady(sampleRun([lacking()]))).toBe(false)
    expect(isReady(sampleRun([heldPair(), lacking()]))).toBe(false)
    expect(isReady(sampleRun([heldPair()], { error: failure('AZURE_UNAVAILABLE') }))).toBe(false)
    // Nothing was found that anything could be deployed to.
    expect(isReady(sampleRun([]))).toBe(false)
  })

  it('never after a detach', () => {
    expect(isReady(sampleRun([heldPair()], { inputs: { ...sampleInputs, mode: 'detach' } }))).toBe(false)
  })

  it.each<[CheckedImage<'input'>['status'], boolean]>([
    ['imported', true],
    ['present', true],
    ['missing', false],
    ['failed', false],
    ['unknown', false],
  ])('with an image that is %s: %s', (status, expected) => {
    expect(isReady(withImages(imageOf(digest, status)))).toBe(expected)
    // The action's own image was not asked for, but without it, nothing is proven.
    const pause = { ...imageOf('', 'unknown'), request: { ...imageOf('').request, isProbe: true as const } }
    expect(isReady(withImages(pause))).toBe(true)
  })

  it('with an image that was not compared, as in the run that imported it', () => {
    expect(isReady(withImages(imageOf('', 'present')))).toBe(true)
  })

  it.each<[CheckedImage<'manifest'>['status'], boolean]>([
    ['present', true],
    ['missing', false],
    ['unknown', false],
  ])('with an image of a manifest that is %s: %s', (status, expected) => {
    expect(isReady(withImages(manifest(status)))).toBe(expected)
  })

  it('with an image that only a node could look at', () => {
    const pair = heldPair()
    const run = (image: CheckedImage, reference: string): boolean =>
      isReady(
        pullRun('attach', [pair], {
          images: [image],
          ...proven(pair, { verified: 'pull', pulls: [pulled(reference)] }),
        }),
      )
    expect(run(manifest('unknown'), 'contosoacr.azurecr.io/shop/web:v1')).toBe(true)
    expect(run(manifest('unknown'), 'contosoacr.azurecr.io/shop/web:v2')).toBe(false)
    expect(run(manifest('missing'), 'contosoacr.azurecr.io/shop/web:v1')).toBe(false)
    expect(run(imageOf('', 'unknown'), 'contosoacr.azurecr.io/team/app:v1')).toBe(true)
    expect(run(imageOf('', 'unknown'), 'contosoacr.azurecr.io/team/app:v2')).toBe(false)
  })

  it('whatever runs in the clusters: a deployment may replace it', () => {
    const { uses: _, ...image } = manifest('present')
    const use = { cluster: 'c', namespace: 'n', kind: 'Pod', name: 'p', container: 'c', runningDigest: digest, pods: 1 }
    const gone = {
      ...image,
      wantedBy: 'workload',
      status: 'gone',
      runningDigest: digest,
      uses: [{ ...use, image: '' }],
    }
    expect(isReady(withImages(gone as CheckedImage<'workload'>))).toBe(true)
  })

  it('with verify: pull, only if it is proven for each cluster', () => {
    const [pair, other] = [heldPair(), heldPair()]
    expect(isReady(pullRun('attach', [pair], proven(pair)))).toBe(true)
    expect(isReady(pullRun('attach', [pair], proven(pair, { verified: 'assignment' })))).toBe(false)
    expect(isReady(pullRun('check', [pair], proven(pair, { verified: 'assignment' })))).toBe(false)
    const identity = { ...other, target: { ...other.target, kind: 'kubelet-identity' as const, id: 'i' } }
    const verifications = new Map([
      [pair, { verified: 'pull' as const }],
      [identity, { verified: 'assignment' as const }],
    ])
    expect(isReady(pullRun('attach', [pair, identity], { verifications }))).toBe(true)
  })

  it('with drift that lets everything pull, only if drift does not fail the step', () => {
    const access = { ...heldPair().access, grantedBy: 'broader-role' } as PlannedPair['access']
    const pair = { ...lacking(), access }
    const inputs = { ...sampleInputs, mode: 'check' as const }
    expect(isReady(sampleRun([pair], { inputs }))).toBe(false)
    expect(isReady(sampleRun([pair], { inputs: { ...inputs, failOnDrift: false } }))).toBe(true)
    expect(isReady(sampleRun([lacking()], { inputs: { ...inputs, failOnDrift: false } }))).toBe(false)
    const images = [endImage(imageOf(''), { status: 'missing' })]
    expect(isReady(sampleRun([heldPair()], { inputs: { ...inputs, failOnDrift: false }, images }))).toBe(false)
  })
})
