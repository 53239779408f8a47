import { describe, expect, it } from 'vitest'
import { ActionError } from 'kernel'
import type { PairResult } from '../src/run.js'
import { failure } from '../../../__tests__/support/concluding.js'
import { sampleDrift, sampleId, sampleItem } from '../../../__tests__/support/drift.js'
import { attachedPair, imageOf, lostAt, lostPair, pairOf, verdictOf } from '../../../__tests__/support/verdict.js'

describe('a failure', () => {
  it('is reported by its reason alone for one cluster, and counted for several', () => {
    const errors = [failure('AUTHORIZATION_FAILED', 'contosoacr could not be read: no. More.')]
    expect(verdictOf([], { errors })).toBe('✗ contosoacr could not be read: no')
    expect(verdictOf([pairOf('aks-1', 'failed')], { errors })).toBe('✗ contosoacr could not be read: no')
    expect(verdictOf([pairOf('aks-1', 'failed'), pairOf('aks-2', 'failed')], { errors })).toBe(
      '✗ 2 of 2 clusters failed: contosoacr could not be read: no',
    )
    // One cluster under two spellings of its ID.
    const [lower, upper] = ['aks-1', 'AKS-1'].map(name => pairOf(name, 'failed')) as [PairResult, PairResult]
    expect(verdictOf([lower, upper], { errors })).toBe('✗ contosoacr could not be read: no')
  })

  it('is reported with the results of the others', () => {
    const errors = [failure('AUTHORIZATION_FAILED', 'no')]
    const all = [lostPair('aks-nope'), attachedPair('aks-1'), attachedPair('aks-2')]
    expect(verdictOf(all, { errors })).toBe('✗ 1 of 3 clusters failed: no (2 attached)')
    const detached = [lostPair('aks-nope'), pairOf('aks-1', 'detached')]
    expect(verdictOf(detached, { errors, mode: 'detach' })).toBe('✗ 1 of 2 clusters failed: no (1 detached)')
  })

  it('counts targets if one of several is an identity without its cluster', () => {
    const identity = sampleId('next', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities')
    const gone = { ...lostPair('next'), ...lostAt(identity) }
    expect(verdictOf([gone, attachedPair('aks-1')], { errors: [failure('IDENTITY_NOT_FOUND', 'no')] })).toBe(
      '✗ 1 of 2 targets failed: no (1 attached)',
    )
  })

  it('never calls a failed cluster attached', () => {
    const errors = [failure('AUTHORIZATION_FAILED', 'no')]
    const pairs = [
      pairOf('aks-1', 'failed'),
      pairOf('aks-2', 'missing'),
      lostPair('aks-3', 'unknown'),
      attachedPair('aks-4'),
    ]
    expect(verdictOf(pairs, { errors, mode: 'check', drift: sampleDrift([sampleItem('aks-2')]) })).toBe(
      "✗ aks-2 can't pull from contosoacr; 1 of 4 clusters failed: no (1 attached); aks-3 could not be checked",
    )
    expect(
      verdictOf([...pairs.slice(0, 3), pairOf('aks-4', 'missing'), attachedPair('aks-4', 'other')], { errors }),
    ).toBe('✗ 1 of 4 clusters failed: no; aks-3 could not be checked')
  })

  it('shows which clusters failed at some registries only', () => {
    const errors = [failure('AUTHORIZATION_FAILED', 'no')]
    const half = [pairOf('aks-1', 'failed'), attachedPair('aks-1', 'other')]
    expect(verdictOf([...half, pairOf('aks-2', 'failed')], { errors })).toBe(
      '✗ 2 of 2 clusters failed, 1 of them only at some registries: no',
    )
    expect(verdictOf([...half, attachedPair('aks-2')], { errors })).toBe(
      '✗ 1 of 2 clusters failed, only at some registries: no (1 attached)',
    )
    const detached = [pairOf('aks-1', 'failed'), pairOf('aks-1', 'detached'), pairOf('aks-2', 'failed')]
    expect(verdictOf(detached, { errors, mode: 'detach' })).toBe(
      '✗ 2 of 2 clusters failed, 1 of them only at some registries: no',
    )
    expect(
      verdictOf([...half.slice(0, 1), lostPair('aks-1', 'unknown'), attachedPair('aks-2')], { errors }),
    ).not.toContain('some')
  })

  it('counts the registries of one cluster if some are fine', () => {
    const errors = [failure('AUTHORIZATION_FAILED', 'no')]
    const pairs = [pairOf('aks-1', 'failed'), attachedPair('aks-1', 'other'), attachedPair('aks-1', 'third')]
    expect(verdictOf(pairs, { errors })).toBe('✗ 1 of 3 registries failed: no (2 attached)')
    const detached = [pairOf('aks-1', 'failed'), { ...attachedPair('aks-1', 'other'), status: 'detached' as const }]
    expect(verdictOf(detached, { errors, mode: 'detach' })).toBe('✗ 1 of 2 registries failed: no (1 detached)')
    const missing = [pairOf('aks-1', 'failed'), { ...attachedPair('aks-1', 'other'), status: 'missing' as const }]
    expect(verdictOf(missing, { errors, mode: 'check' })).toBe('✗ 1 of 2 registries failed: no')
  })

  it('counts images if only these failed', () => {
    const errors = [failure('AUTHORIZATION_FAILED', 'no')]
    const images = [imageOf('', 'failed'), imageOf('', 'failed'), imageOf('sha256:1', 'imported')]
    expect(verdictOf([attachedPair('aks-1')], { errors, images })).toBe('✗ 2 of 3 images failed: no')
    expect(verdictOf([attachedPair('aks-1')], { errors, images: images.slice(1) })).toBe('✗ no')
    expect(verdictOf([pairOf('aks-1', 'failed')], { errors, images })).toBe('✗ no')
    expect(verdictOf([attachedPair('aks-1'), attachedPair('aks-2')], { errors, images: images.slice(1) })).toBe('✗ no')
  })
})

describe('the reason', () => {
  const reason = (message: string): string => verdictOf([], { errors: [failure('AUTHORIZATION_FAILED', message)] })

  it('is the first sentence', () => {
    expect(reason('The cluster aks-1 is stopped. Start it.')).toBe('✗ The cluster aks-1 is stopped')
    expect(reason('The image a:v1.2 is gone.\nMore')).toBe('✗ The image a:v1.2 is gone')
    expect(reason('It is gone.')).toBe('✗ It is gone')
    expect(reason('one line\nanother')).toBe('✗ one line')
    expect(reason('The role "x". And more')).toBe('✗ The role "x"')
  })

  it('has names in place of IDs', () => {
    const id = '11111111-2222-4333-8444-5555555577f3'
    expect(reason(`gh-deployer (object ID ${id}) lacks read access to ${sampleId('aks-1')}: no`)).toBe(
      '✗ gh-deployer lacks read access to aks-1: no',
    )
    expect(reason(`The client ${id} is unknown`)).toBe('✗ The client …77f3 is unknown')
    expect(reason(`${sampleId('a(b)-1.c', 'rg-(x)')} is gone`)).toBe('✗ a(b)-1.c is gone')
    expect(reason(`nginx@sha256:${'0a'.repeat(32)} is gone`)).toBe('✗ nginx@sha256:0a0a0a0a0a0a… is gone')
  })

  it('reports a missing resource as not found', () => {
    const reasonOf = (status: number, resource: string): string => {
      const details = { resource, azure: { status, message: 'No.' } }
      return verdictOf([], { errors: [new ActionError('CLUSTER_NOT_FOUND', 'It could not be read', details)] })
    }
    expect(reasonOf(404, sampleId('aks-1'))).toBe('✗ The cluster aks-1 was not found')
    expect(reasonOf(404, '/subscriptions/s/resourceGroups/rg-shop')).toBe('✗ It could not be read')
    expect(reasonOf(403, sampleId('aks-1'))).toBe('✗ It could not be read')
  })

  it('shows the reason alone if both are too long, and is never cut where it stands', () => {
    const failed = `${'AcrPull and '.repeat(9)}more on contosoacr for aks-prod-1 could not be created`
    const reason =
      "gh-deployer (object ID 11111111-2222-4333-8444-555555555555) can't assign roles on contosoacr (Microsoft.Authorization/roleAssignments/write on /subscriptions/s/x)"
    const told = (failed: string) =>
      verdictOf([], {
        errors: [new ActionError('AUTHORIZATION_FAILED', `${failed}: ${reason}`, { failure: failed, reason })],
      })
    expect(told(failed)).toBe("✗ gh-deployer can't assign roles on contosoacr")
    expect(told('It failed')).toBe("✗ It failed: gh-deployer can't assign roles on contosoacr")
  })

  it('is cut at a word boundary, if there is one', () => {
    expect(reason('a'.repeat(300))).toBe(`✗ ${'a'.repeat(159)}…`)
    const whole = `The registry said ${'no '.repeat(48)}`.slice(0, 160)
    expect(reason(whole)).toBe(`✗ ${whole}`)
    expect(reason(`${'word, '.repeat(26)}1234567`)).toBe(`✗ ${'word, '.repeat(26).slice(0, -2)}…`)
    expect(reason(`${'word, '.repeat(26)}12 45678 9`)).toBe(`✗ ${'word, '.repeat(26)}12…`)
  })
})
