import { describe, expect, it } from 'vitest'
import { ActionError } from 'kernel'
import type { ObservedPair, PlannedRun } from 'run-model'
import { isGreen, selectSuspicious } from '../../../src/observe/inspect.js'
import { sampleObserved } from '../../support/observed.js'
import {
  sampleAccess,
  sampleLost,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../support/sample.js'

const error = new ActionError('AUTHORIZATION_FAILED', 'no')
const pair = samplePair({ access: sampleAccess() })

/** A check that has observed these pairs and planned for them. */
function check(pairs = [pair], more: Partial<PlannedRun> = {}): PlannedRun {
  const plan = { pairs, operations: [], images: [], findings: [], unknown: [] }
  return { ...sampleRun(), mode: 'check', observed: sampleObserved(pairs), plan, ...more }
}

describe('a check', () => {
  const lostRegistry = { ...sampleObserved([pair]), registries: [{ asked: 'gone', error }] }
  const lost: Pick<ObservedPair, 'target' | 'registry'> = { target: sampleTarget(), registry: sampleRegistry() }

  it.each<[string, PlannedRun, boolean]>([
    ['every access is there', check([pair, samplePair({ access: sampleAccess() })]), true],
    ['nothing was planned, because there is nothing', check([]), true],
    [
      'a verification found access',
      check([pair], { verifications: new Map([[pair, { verified: 'assignment' }]]) }),
      true,
    ],
    ['one of several accesses is missing', check([pair, samplePair({ operation: sampleOperation() })]), false],
    ['nothing can be planned for a pair', check([{ ...pair, error }]), false],
    ['it is unknown whether a pair needs something', check([{ ...pair, unknown: error }]), false],
    ['a verification failed', check([pair], { verifications: new Map([[pair, { verified: 'none', error }]]) }), false],
    ['a cluster was not found', check([pair], { observed: sampleLost(error, 'aks-1') }), false],
    ['a registry was not found', check([pair], { observed: lostRegistry }), false],
    [
      'role assignments could not be read',
      check([pair], { observed: { ...sampleObserved([pair]), lost: [{ ...lost, error }] } }),
      false,
    ],
    ['it is an attach', { ...check(), mode: 'attach' }, false],
  ])('where %s is green: %s', (_, run, expected) => {
    expect(isGreen(run)).toBe(expected)
  })
})

describe('an inspection', () => {
  it('is of failed pairs in attach, and of all pairs in the other modes', () => {
    const grant = sampleOperation()
    const leaving = { operation: 'remove-group-member', target: sampleTarget(), groupId: 'g', reason: '' } as const
    const [failed, refused, fine, pulled] = [
      { ...samplePair(), operations: [grant] },
      samplePair(),
      { ...samplePair(), operations: [leaving] },
      samplePair(),
    ]
    const pairs = [failed, refused, fine, pulled]
    const run = check(pairs, {
      outcomes: [
        { operation: grant, changed: false, finishedAt: 1, error },
        { operation: leaving, changed: true, finishedAt: 1 },
      ],
      verifications: new Map([
        [refused, { verified: 'none', error }],
        [pulled, { verified: 'pull' }],
      ]),
    })
    expect(selectSuspicious({ ...run, mode: 'attach' })).toEqual([failed, refused])
    expect(selectSuspicious({ ...run, mode: 'check' })).toHaveLength(4)
  })
})
