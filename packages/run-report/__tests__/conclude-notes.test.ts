import { describe, expect, it } from 'vitest'
import { ActionError } from 'kernel'
import { type Inputs, type Observed, type Run, type Verification } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, proven, pullRun } from '../../../__tests__/support/concluding.js'
import {
  sampleAccess,
  sampleInputs,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleTarget,
} from '../../../__tests__/support/sample.js'
import { nameElsewhere } from '../src/conclude-images.js'

const observing = (more: Partial<Observed>): Observed => ({ ...sampleLost(failure('UNEXPECTED')), ...more })

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
    expect(notes).toEqual(['AcrPull is missing, so no node was asked to pull: aks-2 on contosoacr'])
  })

  describe('about identities that may no longer exist', () => {
    const ended = (mode: Inputs['mode'], whys: string[], more: Partial<Run> = {}) => {
      const pairs = whys.map((_, index) => samplePair({ access: sampleAccess() }, sampleTarget(`aks-${index}`)))
      const identities = new Map(
        pairs.map(({ target }, index) => [target, { state: 'unknown' as const, why: whys[index] ?? '' }]),
      )
      const inputs: Inputs = { ...sampleInputs, mode }
      // The last one is known to exist.
      const rest = samplePair({ access: sampleAccess() }, sampleTarget('aks-fine'))
      return pullRun(mode, [...pairs, rest], { observed: observing({ identities }), inputs, ...more })
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

    it('are not about an identity that the directory has shown', () => {
      const run = ended('attach', ['no right'])
      const { observed } = run
      const [pair] = run.plan?.pairs ?? []
      if (!pair || !observed) throw new Error('there is one')
      const seen = { ...observed, identities: new Map([[pair.target, { state: 'alive' as const }]]) }
      expect(conclude({ ...run, observed: seen }).notes).toEqual([])
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

it('counts images of other registries by the most of one cluster, because several can use the same', () => {
  const clusters = [
    {
      elsewhere: new Map([
        ['docker.io', 2],
        ['quay.io', 1],
      ]),
    },
    { elsewhere: new Map([['docker.io', 5]]) },
    { elsewhere: new Map([['docker.io', 3]]) },
  ]
  expect(nameElsewhere(clusters, 2)).toBe('5 from docker.io, 1 from quay.io')
  expect(nameElsewhere([], 2)).toBe('')
})
