import { describe, expect, it } from 'vitest'
import type { Target } from 'azure'
import { ActionError, fix, type Finding } from 'kernel'
import type { Inputs, PlannedPair, Run, Verification } from 'run-model'
import { conclude } from '../src/conclude.js'
import { failure, pullRun } from '../../../__tests__/support/concluding.js'
import {
  sampleAccess,
  sampleInputs,
  samplePair,
  sampleRegistry,
  sampleTarget,
} from '../../../__tests__/support/sample.js'

const registry = sampleRegistry()
const held = (target = sampleTarget(), at = registry): PlannedPair => samplePair({ access: sampleAccess() }, target, at)

/** The codes of the findings of a plan that are left at the end. */
const codesOf = (
  mode: Inputs['mode'],
  findings: Pick<Finding, 'code' | 'severity' | 'subject'>[],
  pairs: PlannedPair[],
  verifications: [PlannedPair, Verification][],
): string[] => {
  const run = pullRun(mode, pairs, { verifications: new Map(verifications) })
  const all = findings.map(finding => ({ ...finding, message: 'It is so.', fix: fix('') }))
  return conclude({ ...run, ...(run.plan && { plan: { ...run.plan, findings: all } }) }).findings.map(
    ({ code }) => code,
  )
}

const pulled: Verification = { verified: 'pull' }
const listed: Verification = { verified: 'assignment' }

describe('a finding of the plan', () => {
  it('about a registry without a private endpoint ends when nodes have pulled from it', () => {
    const findings = [{ code: 'NO_PRIVATE_ENDPOINT', severity: 'warning', subject: registry.id }] as const
    const [pair, other] = [held(), held(sampleTarget('aks-2'), sampleRegistry('baseacr'))]
    expect(codesOf('attach', [...findings], [pair], [[pair, pulled]])).toEqual([])
    expect(codesOf('attach', [...findings], [pair], [[pair, listed]])).toEqual(['NO_PRIVATE_ENDPOINT'])
    expect(codesOf('attach', [...findings], [pair, other], [[other, pulled]])).toEqual(['NO_PRIVATE_ENDPOINT'])
    // The others have something else to do with it.
    const excess = [{ code: 'EXCESS_ROLE', severity: 'warning', subject: registry.id }] as const
    expect(codesOf('attach', [...excess], [pair], [[pair, pulled]])).toEqual(['EXCESS_ROLE'])
  })

  it('about the registry that nodes boot from ends when they have its role, and stays in check', () => {
    const target: Target = { ...sampleTarget(), bootstrapRegistryId: registry.id.toUpperCase() }
    const findings = [{ code: 'BOOTSTRAP_REGISTRY', severity: 'warning', subject: target.id }] as const
    const [pair, elsewhere] = [held(target), held(target, sampleRegistry('baseacr'))]
    expect(codesOf('attach', [...findings], [pair], [[pair, listed]])).toEqual([])
    expect(codesOf('check', [...findings], [pair], [[pair, listed]])).toEqual(['BOOTSTRAP_REGISTRY'])
    expect(codesOf('attach', [...findings], [elsewhere], [[elsewhere, listed]])).toEqual(['BOOTSTRAP_REGISTRY'])
    const refused: Verification = { verified: 'none', error: failure('PULL_DENIED') }
    expect(codesOf('attach', [...findings], [pair], [[pair, refused]])).toEqual(['BOOTSTRAP_REGISTRY'])
  })

  it('that a condition may not count ends when all clusters have pulled with it, in every mode', () => {
    const doubt = (severity: Finding['severity'] = 'notice', code: Finding['code'] = 'ROLE_IGNORED_BY_ABAC') => [
      { code, severity, subject: registry.id },
    ]
    const [one, two] = [held(sampleTarget('aks-1')), held(sampleTarget('aks-2'))]
    const other = held(sampleTarget('aks-3'), sampleRegistry('baseacr'))
    const all: [PlannedPair, Verification][] = [
      [one, pulled],
      [two, pulled],
      [other, listed],
    ]
    for (const mode of ['attach', 'check'] as const) {
      expect(codesOf(mode, doubt(), [one, two, other], all)).toEqual([])
      expect(codesOf(mode, doubt(), [one, two, other], [...all.slice(1), [one, listed]])).toEqual([
        'ROLE_IGNORED_BY_ABAC',
      ])
      // A warning says that it does not count.
      expect(codesOf(mode, doubt('warning'), [one, two], all.slice(0, 2))).toEqual(['ROLE_IGNORED_BY_ABAC'])
      expect(codesOf(mode, doubt('notice', 'EXCESS_ROLE'), [one, two], all.slice(0, 2))).toEqual(['EXCESS_ROLE'])
    }
  })
})

describe('the secret that nodes pull with', () => {
  type Secret = NonNullable<Target['identity']['secret']>
  const withSecret = (secret: Secret, name = 'aks-1'): Target => {
    const target = sampleTarget(name)
    return { ...target, identity: { ...target.identity, isApplication: true, secret } }
  }
  const ended = (haveAllEnded: boolean): Secret => ({ value: { endsAt: 1, hasEnded: true, haveAllEnded, count: 2 } })
  const resultOf = (secret: Secret, verification: Verification = listed) => {
    const pair = held(withSecret(secret))
    return conclude(pullRun('attach', [pair], { verifications: new Map([[pair, verification]]) }))
  }

  it('that has ended leaves open whether they pull, unless they have', () => {
    const message = 'aks-1 has the role, but the secret that it pulls with has ended'
    expect(resultOf(ended(true)).unknown).toEqual([{ subject: sampleTarget('aks-1').id, message }])
    expect(resultOf(ended(true), pulled).unknown).toEqual([])
    expect(resultOf(ended(true), { verified: 'none', error: failure('PULL_DENIED') }).unknown).toEqual([])
    // Another one is valid.
    expect(resultOf(ended(false)).unknown).toEqual([])
    expect(resultOf({ value: undefined }).unknown).toEqual([])
  })

  it('is a note if nobody knows when it ends', () => {
    const error = new ActionError('AUTHORIZATION_FAILED', 'No.', { reason: 'the directory refuses it.' })
    const { notes, unknown } = resultOf({ error })
    expect(notes).toEqual(['could not check when the secret of aks-1 ends: the directory refuses it'])
    expect(unknown).toEqual([])
  })
})

describe('the subscriptions of a run', () => {
  const [one, two, three] = ['1', '2', '3'].map(end => `00000000-0000-0000-0000-00000000000${end}`) as [
    string,
    string,
    string,
  ]
  const moved = <T extends { id: string }>(resource: T, subscription: string): T => ({
    ...resource,
    id: resource.id.replace('/subscriptions/s', `/subscriptions/${subscription}`),
  })

  it('are those of its clusters, its registries and its input, once, with the names that Azure has shown', () => {
    const pair = held(moved(sampleTarget(), one), moved(registry, two))
    const run: Partial<Run> = {
      inputs: { ...sampleInputs, subscriptionId: three.toUpperCase() },
      subscriptions: [
        { id: one, name: 'Contoso lab' },
        { id: '00000000-0000-0000-0000-000000000009', name: 'Others' },
      ],
    }
    const named = [one, two, three].map((id, index) => ({ id, name: index === 0 ? 'Contoso lab' : null }))
    expect(conclude(pullRun('attach', [pair], run)).subscriptions).toEqual(named)
    const same = { ...run, inputs: { ...sampleInputs, subscriptionId: two } }
    expect(conclude(pullRun('attach', [pair], same)).subscriptions).toEqual(named.slice(0, 2))
    expect(conclude(pullRun('attach', [], { inputs: { ...sampleInputs, subscriptionId: '' } })).subscriptions).toEqual(
      [],
    )
  })

  it('can be that of a resource ID that was not found', () => {
    const { id } = moved(sampleTarget(), one)
    const targets = [{ asked: id, error: failure('CLUSTER_NOT_FOUND') }]
    const { observed } = pullRun('attach', [held()])
    if (!observed) throw new Error('it has one')
    const run = pullRun('attach', [], { observed: { ...observed, targets } })
    expect(conclude(run).subscriptions.map(subscription => subscription.id)).toContain(one)
  })
})
