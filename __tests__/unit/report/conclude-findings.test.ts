import { describe, expect, it } from 'vitest'
import { ActionError } from '../../../src/model/error.js'
import { fix } from '../../../src/model/fix.js'
import type { Inputs } from '../../../src/model/inputs.js'
import type { Observed } from '../../../src/model/observed.js'
import type { Outcome, Verification } from '../../../src/model/outcome.js'
import type { PlannedPair } from '../../../src/model/plan.js'
import type { Run } from '../../../src/model/run.js'
import type { CheckedRunningImage } from '../../../src/model/running-image.js'
import type { Target } from '../../../src/model/target.js'
import { conclude } from '../../../src/report/conclude.js'
import { failure, heldPair, proven, pullRun } from '../../support/concluding.js'
import {
  sampleAccess,
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleTarget,
} from '../../support/sample.js'

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
      const { unknown } = conclude(pullRun('check', [], { observed: observing({ unread: pairs }) }))
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
  const image = (status: CheckedRunningImage['status'], more: Partial<CheckedRunningImage> = {}) => ({
    ...{ registry, repository: 'api', reference: status, runningDigest: '', registryDigest: '', uses: [], status },
    ...more,
  })
  const ended = (mode: Inputs['mode'], ...running: CheckedRunningImage[]) => conclude(pullRun(mode, [], { running }))

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

describe('the notes of a run', () => {
  it('say for which clusters it is not known whether they pull as service accounts, once per reason', () => {
    const target = (name: string, reason: string) => {
      const error = new ActionError('AZURE_UNAVAILABLE', reason)
      return { asked: name, value: { ...sampleTarget(name), serviceAccountPull: { error } } }
    }
    const isEnabled = { value: { isEnabled: true, defaultIdentityId: '' } }
    const targets = [
      target('aks-1', 'no answer'),
      target('aks-2', 'refused'),
      target('aks-3', 'no answer'),
      { asked: 'aks-4', value: { ...sampleTarget('aks-4'), serviceAccountPull: isEnabled } },
      { asked: 'aks-5', value: sampleTarget('aks-5') },
    ]
    const { notes } = conclude(pullRun('attach', [], { observed: observing({ targets, registries: [] }) }))
    expect(notes).toEqual([
      'could not check whether pods on aks-1, aks-3 pull as their service accounts: no answer',
      'could not check whether pods on aks-2 pull as their service accounts: refused',
    ])
  })

  it('leave out clusters that nodes were asked to pull on although a role is missing', () => {
    const broader = { ...sampleAccess(), grantedBy: 'broader-role' as const }
    const [asked, unasked] = ['aks-1', 'aks-2'].map(name =>
      samplePair({ access: broader, operation: sampleOperation(sampleTarget(name)) }),
    )
    if (!asked || !unasked) throw new Error('there are two')
    const pulls = [{ node: 'n', pool: 'p', image: 'i', pulled: true }] as unknown as Verification['pulls'] & object
    const { notes } = conclude(pullRun('check', [asked, unasked], proven(asked, { verified: 'pull', pulls })))
    expect(notes).toEqual(['the role is missing, so no node was asked to pull: aks-2 on contosoacr'])
  })

  describe('about identities that may no longer exist', () => {
    const ended = (mode: Inputs['mode'], whys: string[], more: Partial<Run> = {}) => {
      const pairs = whys.map((_, index) => samplePair({ access: sampleAccess() }, sampleTarget(`aks-${index}`)))
      const unreadIdentities = new Map(pairs.map(({ target }, index) => [target, { why: whys[index] ?? '' }]))
      const inputs: Inputs = { ...sampleInputs, mode }
      // The last one is known to exist.
      const rest = samplePair({ access: sampleAccess() }, sampleTarget('aks-fine'))
      return pullRun(mode, [...pairs, rest], { observed: observing({ unreadIdentities }), inputs, ...more })
    }
    const note = (who: string, why: string) =>
      `could not check whether the kubelet identity of ${who} still exists: ${why}`

    it('name the cluster, or count the clusters of one reason', () => {
      expect(conclude(ended('attach', ['no right'])).notes).toEqual([note('aks-0', 'no right')])
      expect(conclude(ended('attach', ['no right', 'no answer', 'no right'])).notes).toEqual([
        note('each of 2 clusters', 'no right'),
        note('aks-1', 'no answer'),
      ])
      expect(conclude(ended('attach', [])).notes).toEqual([])
    })

    it('are about a cluster once, however many registries it has', () => {
      const run = ended('attach', ['no right'])
      const [pair] = run.plan?.pairs ?? []
      const again = run.plan && pair && { plan: { ...run.plan, pairs: [...run.plan.pairs, { ...pair }] } }
      expect(conclude({ ...run, ...again }).notes).toEqual([note('aks-0', 'no right')])
    })

    it('are not about what pulled, failed or is checked otherwise', () => {
      expect(conclude(ended('check', ['no right'])).notes).toEqual([])
      const run = ended('attach', ['no right'])
      const [pair] = run.plan?.pairs ?? []
      if (!pair) throw new Error('there is one')
      expect(conclude({ ...run, ...proven(pair) }).notes).toEqual([])
      const refused = proven(pair, { verified: 'none', error: failure('PULL_DENIED') })
      expect(conclude({ ...run, ...refused }).notes).toEqual([])
    })
  })
})
