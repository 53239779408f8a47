import { describe, expect, it } from 'vitest'
import type { Target } from 'azure'
import { ActionError, fix } from 'kernel'
import type { CheckedImage, Inputs, Observed, Outcome, PlannedPair, Verification } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, heldPair, pullRun } from '../../../__tests__/support/concluding.js'
import {
  sampleContainer,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

const observing = (more: Partial<Observed>): Observed => ({ ...sampleLost(failure('UNEXPECTED')), ...more })

describe('advice that relies on a planned operation', () => {
  const operation = sampleOperation()
  const pair = samplePair({ operation })
  const [advice, otherwise] = [fix('Delete the other one:', 'az delete'), fix('Run attach first.')]
  const finding = { code: 'EXCESS_ROLE', severity: 'warning', subject: 'x', message: 'Too much.' } as const
  const done: Outcome = { operation, changed: true, finishedAt: 1 }
  const failed: Verification = { verified: 'none', error: failure('PULL_DENIED') }
  const fine: Verification = { verified: 'pull' }
  const other = samplePair({ operation: sampleOperation(sampleTarget('aks-2')) })

  it.each<[string, Outcome[], [PlannedPair, Verification][], boolean]>([
    ['stays if it is done and seen', [done], [[pair, fine]], true],
    ['stays if it is done and nothing is verified', [done], [], true],
    ['stays if another pair was refused', [done], [[other, failed]], true],
    [
      'stays if only an earlier look failed',
      [done],
      [
        [pair, failed],
        [{ ...pair }, fine],
      ],
      true,
    ],
    ['is taken back if it is not done', [], [], false],
    ['is taken back if only another one is done', [{ ...done, operation: sampleOperation() }], [], false],
    ['is taken back if it failed', [{ ...done, error: failure('AUTHORIZATION_FAILED') }], [], false],
    ['is taken back if its effect was not seen', [done], [[pair, failed]], false],
    [
      'is taken back if the last look failed',
      [done],
      [
        [{ ...pair }, fine],
        [pair, failed],
      ],
      false,
    ],
  ])('%s', (_, outcomes, verifications, stays) => {
    const begun = pullRun('attach', [pair], { outcomes, verifications: new Map(verifications) })
    const findings = [{ ...finding, fix: advice, premise: { operation, otherwise } }]
    const ended = conclude({ ...begun, ...(begun.plan && { plan: { ...begun.plan, findings } }) })
    expect(ended.findings).toEqual([{ ...finding, fix: stays ? advice : otherwise }])
  })
})

describe('what could not be checked', () => {
  const unread = (target: Target, message: string, resource: string) => ({
    ...{ target, registry: sampleRegistry() },
    error: new ActionError('AUTHORIZATION_FAILED', message, { resource, failure: 'Not readable' }),
  })

  it('is listed once for the same failure at the same resource', () => {
    const [one, two] = [sampleTarget('aks-1'), sampleTarget('aks-2')]
    const messagesOf = (...resources: string[]) => {
      const pairs = [one, two].map((target, index) => unread(target, `No ${index}.`, resources[index] ?? ''))
      const { unknown } = conclude(pullRun('check', [], { observed: observing({ lost: pairs }) }))
      return unknown.map(({ message }) => message)
    }
    expect(messagesOf('/r', '/r')).toEqual(['No 0.'])
    expect(messagesOf('/r', '/s')).toEqual(['No 0.', 'No 1.'])
    expect(messagesOf('', '')).toEqual(['No 0.'])
  })

  it('is listed once in the same words, wherever it comes from', () => {
    const { unknown } = conclude({
      ...pullRun('check', [heldPair()]),
      unknown: ['a role', 'a group', 'a role'].map(message => ({ subject: message, message })),
    })
    expect(unknown.map(({ message }) => message)).toEqual(['a role', 'a group'])
  })

  it('is about the registry if that is what could not be read', () => {
    const lost = sampleLost(failure('UNEXPECTED'))
    const targets = [{ asked: 'aks-1', value: sampleTarget() }]
    const registries = [{ asked: 'contosoacr', error: failure('AZURE_UNAVAILABLE') }]
    const { unknown } = conclude(pullRun('check', [], { observed: { ...lost, targets, registries } }))
    expect(unknown).toEqual([{ subject: 'contosoacr', message: 'no', about: 'pair' }])
  })
})

describe('images that run', () => {
  const registry = sampleRegistry()
  const image = (
    status: CheckedImage<'workload'>['status'],
    more: Partial<CheckedImage<'workload'>> = {},
  ): CheckedImage<'workload'> => {
    const place = { registry, repository: 'api', reference: status, runningDigest: '', digest: '' }
    return { wantedBy: 'workload', ...place, uses: [sampleContainer()], status, ...more }
  }
  const ended = (mode: Inputs['mode'], ...images: CheckedImage<'workload'>[]) =>
    conclude(pullRun(mode, [], { images, workloads: [] }))

  it('are drift in check if they are gone, and a warning of attach', () => {
    const gone = image('gone', { error: failure('IMAGE_NOT_FOUND', 'It is gone.') })
    expect(ended('check', gone)).toMatchObject({ drift: true, findings: [] })
    expect(ended('check', image('present'), image('moved'))).toMatchObject({ drift: false, errors: [] })
    expect(ended('attach', gone)).toMatchObject({ drift: false, findings: [{ code: 'RUNNING_IMAGE_GONE' }] })
  })

  it('are a failure of check if they could not be checked', () => {
    const unknown = image('unknown', { error: failure('AZURE_UNAVAILABLE', 'No answer') })
    const message = 'Could not check 1 image that runs on contosoacr (api:unknown): No answer.'
    expect(ended('check', unknown)).toMatchObject({
      errors: [{ code: 'AZURE_UNAVAILABLE', message }],
      unknown: [{ subject: registry.id, message, about: 'image' }],
    })
    const attach = ended('attach', unknown)
    expect(attach.errors).toEqual([])
    expect(attach.unknown).toEqual([{ subject: registry.id, message }])
  })
})
