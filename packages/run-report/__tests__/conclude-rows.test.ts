import { describe, expect, it } from 'vitest'
import type { IdentityState, PairResult, PlannedPair, Run } from 'run-model'
import { builtInRoles } from 'azure'
import { conclude } from '../src/conclude.js'
import { failure, heldPair, identitiesOf, proven, pullRun } from '../../../__tests__/support/concluding.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import {
  sampleAccess,
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

describe('the pull identity of a pair', () => {
  const pair = heldPair()
  const gone = failure('PRINCIPAL_NOT_FOUND')

  it.each<[string, IdentityState | undefined, 'assignment' | 'pull', PairResult['identitySeen']]>([
    ['was seen if nobody doubts it', undefined, 'assignment', true],
    ['was seen if the directory has it', { state: 'alive' }, 'assignment', true],
    ['was not seen if that is not known', { state: 'unknown', why: 'no right' }, 'assignment', false],
    ['was seen if it has pulled', { state: 'unknown', why: 'no right' }, 'pull', true],
    ['was not seen if it is gone', { state: 'gone', error: gone }, 'assignment', false],
    ['was not seen if it is gone, whatever it has pulled', { state: 'gone', error: gone }, 'pull', false],
  ])('%s', (_, state, verified, identitySeen) => {
    const seen = state ? identitiesOf([pair.target, state]) : {}
    const { pairs } = conclude(pullRun('attach', [pair], { ...seen, ...proven(pair, { verified }) }))
    expect(pairs).toMatchObject([{ principalId: pair.target.identity.objectId, identitySeen }])
  })

  it('is not known of a cluster that was not found', () => {
    const observed = sampleLost(failure('CLUSTER_NOT_FOUND'), 'aks-9')
    expect(conclude(pullRun('check', [], { observed })).pairs).toMatchObject([
      { target: 'aks-9', principalId: null, identitySeen: null },
    ])
  })
})

describe('the row of a pair', () => {
  it('has nothing but what was asked for, if nothing was found', () => {
    const id = sampleId('next', 'rg', 'Microsoft.ManagedIdentity/userAssignedIdentities')
    const error = failure('IDENTITY_NOT_FOUND')
    const observed = {
      ...sampleLost(error),
      targets: [{ asked: id, error }],
      registries: [{ asked: 'nowhere', error: failure('REGISTRY_NOT_FOUND') }],
    }
    expect(conclude(sampleRun([], { observed })).pairs).toEqual([
      {
        ...{ target: id, targetKind: 'kubelet-identity', principalId: null, identitySeen: null },
        ...{ registry: 'nowhere', loginServer: null, asked: { target: id, registry: 'nowhere' } },
        ...{ status: 'failed', grantedBy: null, role: null, scope: null, roleAssignmentId: null },
        ...{ changed: false, verified: 'none', propagationSeconds: null, pulls: [], lacks: [], limitedTo: null, error },
      },
    ])
  })

  it('of a detach has no role any more, unless something is left', () => {
    const operation = {
      operation: 'delete-role-assignment' as const,
      target: sampleTarget(),
      registry: sampleRegistry(),
      assignment: sampleAccess().assignment,
      role: builtInRoles.acrPull,
      reason: '',
    }
    const pair = { ...samplePair({ access: sampleAccess() }), operations: [operation] } as unknown as PlannedPair
    const { plan, ...run } = sampleRun([pair], { inputs: { ...sampleInputs, mode: 'detach' } })
    const outcomes = [{ operation, changed: true, finishedAt: 1 }] as unknown as Run['outcomes']
    const { pairs } = conclude({ ...run, ...(plan && { plan }), outcomes, ...proven(pair, { verified: 'assignment' }) })
    expect(pairs).toMatchObject([
      { status: 'detached', grantedBy: null, scope: null, roleAssignmentId: null, changed: true, error: null },
    ])
  })
})

describe('a registry that nobody can reach', () => {
  it('keeps only its own pairs from being ready', () => {
    const sealed = { ...sampleRegistry('sealedacr'), isSealed: true as const }
    const [open, closed] = [heldPair(), samplePair({ access: sampleAccess(sealed.id) }, sampleTarget(), sealed)]
    const registries = [sampleRegistry(), sealed].map(registry => ({
      ...{ asked: registry.name, value: { registry, role: builtInRoles.acrPull } },
    }))
    const observed = { ...sampleLost(failure('UNEXPECTED')), registries }
    const isReady = (pairs: PlannedPair[], ...pulled: PlannedPair[]) =>
      conclude(
        sampleRun(pairs, {
          observed,
          verifications: new Map(pulled.map(pair => [pair, { verified: 'pull' as const }])),
        }),
      ).ready
    expect(isReady([open, closed])).toBe(false)
    expect(isReady([open, closed], closed)).toBe(true)
    expect(isReady([open, closed], open)).toBe(false)
  })
})

describe('an image that only nodes could look at', () => {
  it('is there if any node of any cluster has pulled it', () => {
    const operation = sampleOperation(sampleTarget('aks-2'))
    const [one, two] = [heldPair(), samplePair({ access: sampleAccess() }, operation.target)]
    const pull = (reference: string, verdict: 'pulled' | 'denied') => ({
      ...{ node: 'n', pool: 'p', os: 'linux', arch: 'amd64', verdict, message: '', attempts: 1, cacheMs: 0 },
      ...{
        startedAt: 0,
        finishedAt: 1,
        image: { reference, registryId: sampleRegistry().id, isThere: false, from: '' },
      },
    })
    const reference = 'contosoacr.azurecr.io/shop/web:v1'
    const images: Run['images'] = [
      {
        ...{ wantedBy: 'manifest', registry: sampleRegistry(), repository: 'shop/web', reference: 'v1', digest: '' },
        ...{ status: 'unknown', uses: [{ image: reference, file: 'a', document: 1, resource: '', field: 'f' }] },
      },
    ]
    const isReady = (verdict: 'pulled' | 'denied') =>
      conclude(
        pullRun('attach', [one, two], {
          images,
          verifications: new Map([
            [one, { verified: 'pull' as const, pulls: [pull('contosoacr.azurecr.io/other:1', 'pulled')] }],
            [two, { verified: 'pull' as const, pulls: [pull(reference, verdict)] }],
          ]),
        }),
      ).ready
    expect([isReady('pulled'), isReady('denied')]).toEqual([true, false])
  })
})
