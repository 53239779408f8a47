import { describe, expect, it } from 'vitest'
import { weakest, type ObservedImage } from 'azure'
import type { ActionError } from 'kernel'
import {
  endImage,
  type Inputs,
  type NodePull,
  type Operation,
  type Outcome,
  type Run,
  type CheckedImage,
} from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, heldPair, identitiesOf, proven, pullRun } from '../../../__tests__/support/concluding.js'
import {
  sampleAccess,
  sampleInputs,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

describe('a pair that has its role', () => {
  it.each<[Inputs['mode'], ActionError['code'], string, boolean, boolean]>([
    ['attach', 'PULL_DENIED', 'failed', false, false],
    ['check', 'PULL_DENIED', 'missing', true, false],
    // These say nothing about rights.
    ['check', 'IMAGE_NOT_FOUND', 'missing', true, true],
    ['check', 'PROBE_FAILED', 'unknown', false, true],
    ['check', 'AZURE_REFUSED', 'missing', true, true],
    ['check', 'NO_PRIVATE_ENDPOINT', 'missing', true, true],
    ['check', 'CLUSTER_NOT_FOUND', 'missing', true, false],
    ['check', 'CLUSTER_STOPPED', 'failed', false, true],
    ['check', 'AZURE_UNAVAILABLE', 'unknown', false, false],
    ['attach', 'REGISTRY_UNREACHABLE', 'failed', false, true],
    ['check', 'REGISTRY_UNREACHABLE', 'failed', false, true],
  ])('in %s, whose nodes end with %s, is %s', (mode, code, status, drift, attached) => {
    const pair = heldPair()
    const result = conclude(pullRun(mode, [pair], proven(pair, { verified: 'none', error: failure(code) })))
    expect(result).toMatchObject({ attached, ready: false, drift, verified: 'assignment' })
    expect(result.pairs).toMatchObject([{ status, verified: 'assignment', error: { code } }])
  })

  it('is known to the proven level, with its role and the images that its nodes pulled', () => {
    const pair = heldPair()
    const broader = samplePair({ access: { ...sampleAccess(), role: 'Contributor', grantedBy: 'broader-role' } })
    const pulls = [{ node: 'a', verdict: 'pulled' }] as unknown as NodePull[]
    expect(conclude(pullRun('check', [broader], proven(broader, { verified: 'pull', pulls }))).pairs).toMatchObject([
      { role: 'Contributor', grantedBy: 'broader-role', pulls },
    ])
    expect(conclude(pullRun('check', [broader])).pairs).toMatchObject([{ pulls: [] }])
    expect(conclude(pullRun('attach', [pair], proven(pair)))).toMatchObject({ attached: true, verified: 'pull' })
  })

  it.each<[Inputs['mode'], string]>([
    ['attach', 'attached'],
    ['check', 'attached'],
    ['detach', 'detached'],
  ])("in %s without a proof is known by Azure's report, or not at all with verify: none", (mode, status) => {
    const pair = heldPair()
    const verifiedOf = (verify: Inputs['verify']) =>
      conclude(pullRun(mode, [pair], { inputs: { ...sampleInputs, mode, verify } }))
    expect(verifiedOf('assignment')).toMatchObject({ verified: 'assignment', pairs: [{ status }] })
    expect(verifiedOf('none')).toMatchObject({ verified: 'none', pairs: [{ status, lacks: [] }] })
  })

  it('of a cluster that a failed run did not prove is not attached', () => {
    const error = failure('AZURE_UNAVAILABLE')
    const cluster = heldPair()
    const identity = samplePair({ access: sampleAccess() }, { ...sampleTarget('id-1'), kind: 'kubelet-identity' })
    const ended = (more: Partial<Run>) => conclude(pullRun('attach', [cluster, identity], more)).pairs
    const failed = { status: 'failed', verified: 'assignment', error }
    const fine = { status: 'attached', verified: 'assignment' }
    expect(ended({ error })).toMatchObject([failed, fine])
    expect(ended({ error, ...proven(cluster) })).toMatchObject([{ status: 'attached', verified: 'pull' }, fine])
    expect(ended({})).toMatchObject([fine, fine])
    expect(ended({ error, inputs: { ...sampleInputs, verify: 'assignment' } })).toMatchObject([fine, fine])
    const checked = conclude(pullRun('check', [cluster], { error }))
    expect(checked).toMatchObject({ attached: false, drift: false, pairs: [{ status: 'unknown', error }] })
  })

  it('at a registry that was created for it is a change, and missing without the registry', () => {
    const pair = heldPair()
    const { registry } = pair
    const creation: Operation = { operation: 'create-registry', reason: '', registry, sku: 'Basic', location: '' }
    const ended = (exists: boolean, outcome: Partial<Outcome>) => {
      const created = { ...pair, registry: { ...registry, exists }, operations: [creation] }
      const outcomes = [{ operation: creation, changed: true, finishedAt: 1, ...outcome }]
      return conclude(pullRun('attach', [created], { outcomes })).pairs
    }
    expect(ended(true, {})).toMatchObject([{ status: 'attached', changed: true, lacks: [] }])
    expect(ended(true, { changed: false })).toMatchObject([{ status: 'attached', changed: false }])
    const error = failure('AZURE_REFUSED')
    const lacks = [{ kind: 'registry' }]
    expect(ended(false, { changed: false, error })).toMatchObject([{ status: 'failed', error, lacks }])
  })

  it('in part is limited to the repositories it reaches, in check', () => {
    const pair = { ...samplePair({ operation: sampleOperation() }), limitedTo: ['team/app'] }
    expect(conclude(pullRun('check', [pair])).pairs).toMatchObject([{ limitedTo: ['team/app'] }])
    expect(conclude(pullRun('attach', [pair])).pairs[0]).toHaveProperty('limitedTo', null)
    expect(conclude(pullRun('check', [samplePair()])).pairs[0]).toHaveProperty('limitedTo', null)
  })

  it('of an identity that no longer exists is drift, and a failure of attach', () => {
    const pair = heldPair()
    const seen = identitiesOf([pair.target, { state: 'gone', error: failure('PRINCIPAL_NOT_FOUND') }])
    const statusIn = (mode: Inputs['mode']) =>
      conclude(pullRun(mode, [pair], { ...seen, ...proven(pair) })).pairs[0]?.status
    expect([statusIn('check'), statusIn('attach'), statusIn('detach')]).toEqual(['missing', 'failed', 'detached'])
  })

  it('in doubt is unknown in check and detach, while attach goes by its writes', () => {
    const doubt = failure('AUTHORIZATION_FAILED', 'in doubt')
    const pair = { ...heldPair(), unknown: doubt }
    expect(conclude(pullRun('check', [pair], proven(pair))).pairs).toMatchObject([{ status: 'unknown', error: doubt }])
    expect(conclude(pullRun('detach', [pair])).pairs).toMatchObject([{ status: 'unknown', lacks: [] }])
    expect(conclude(pullRun('attach', [pair], proven(pair))).pairs).toMatchObject([{ status: 'attached' }])
  })
})

describe('images and manifests', () => {
  const source = { host: 'docker.io', repository: 'app', tag: '1', digest: '' }
  const request = { text: 'app', source, repository: 'app', tag: '1', isProbe: false }
  const image = {
    request,
    registry: sampleRegistry(),
    present: { kind: 'missing' },
    notes: ['a note'],
  } as unknown as ObservedImage
  const ended = (more: Partial<CheckedImage<'input'>>): Partial<Run> => {
    return { images: [endImage(image, { status: 'imported', changed: true, digest: 'sha256:aa', ...more })] }
  }

  it('that were imported are a change, with their notes', () => {
    const pair = heldPair()
    const result = conclude(pullRun('attach', [pair], { ...ended({}), ...proven(pair) }))
    expect(result).toMatchObject({ changed: true, drift: false, notes: ['a note'], errors: [] })
    expect(conclude(pullRun('attach', [pair], { ...ended({ changed: false }), ...proven(pair) })).changed).toBe(false)
  })

  it('that are missing are drift, not a failure', () => {
    const error = failure('IMAGE_NOT_FOUND')
    const missing = ended({ status: 'missing', changed: false, digest: '', error })
    expect(conclude(pullRun('check', [], missing))).toMatchObject({ drift: true, errors: [], unknown: [] })
    expect(conclude(pullRun('check', [], ended({ status: 'present' })))).toMatchObject({ drift: false })
  })
})

it('each failed operation of a pair is reported once', () => {
  const [one, two] = [sampleOperation(), sampleOperation(sampleTarget('aks-2'))]
  const pair = { ...samplePair(), operations: [one, two] }
  const [first, second] = [failure('AUTHORIZATION_FAILED', 'a'), failure('SCOPE_LOCKED', 'b')]
  const outcomes = [
    { operation: one, changed: false, finishedAt: 1, error: first },
    { operation: two, changed: true, finishedAt: 1, error: second },
  ]
  const result = conclude(pullRun('attach', [pair], { outcomes }))
  expect(result.errors).toEqual([first, second])
  expect(result).toMatchObject({ changed: true, pairs: [{ status: 'failed', changed: true, error: first }] })
})

it('the level is none without pairs, and otherwise that of the weakest pair', () => {
  const levelOf = (...verified: Parameters<typeof weakest>[0][number]['verified'][]) =>
    weakest(verified.map(each => ({ verified: each })))
  expect([levelOf(), levelOf('pull'), levelOf('pull', 'assignment'), levelOf('assignment', 'none', 'pull')]).toEqual([
    'none',
    'pull',
    'assignment',
    'none',
  ])
})
