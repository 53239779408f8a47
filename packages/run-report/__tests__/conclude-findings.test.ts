import { describe, expect, it } from 'vitest'
import type { Target } from 'azure'
import { ActionError } from 'kernel'
import type { CheckedImage, Inputs, Observed } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, heldPair, pullRun } from '../../../__tests__/support/concluding.js'
import { sampleContainer, sampleLost, sampleRegistry, sampleTarget } from '../../../__tests__/support/sample.js'

const observing = (more: Partial<Observed>): Observed => ({ ...sampleLost(failure('UNEXPECTED')), ...more })

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
