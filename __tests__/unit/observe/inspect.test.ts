import { describe, expect, it } from 'vitest'
import { ActionError } from 'kernel'
import type { PlannedRun } from 'run-model'
import { selectSuspicious } from '../../../src/observe/inspect.js'
import { sampleObserved } from '../../support/observed.js'
import { sampleAccess, sampleOperation, samplePair, sampleRun, sampleTarget } from '../../support/sample.js'

const error = new ActionError('AUTHORIZATION_FAILED', 'no')
const pair = samplePair({ access: sampleAccess() })

/** A check that has observed these pairs and planned for them. */
function check(pairs = [pair], more: Partial<PlannedRun> = {}): PlannedRun {
  const plan = { pairs, operations: [], images: [], findings: [], unknown: [] }
  return { ...sampleRun(), mode: 'check', observed: sampleObserved(pairs), plan, ...more }
}

describe('an inspection', () => {
  it('is of failed pairs in attach, and of all pairs in the other modes', () => {
    const grant = sampleOperation()
    const joining = { operation: 'add-group-member', target: sampleTarget(), groupId: 'g', reason: '' } as const
    const [failed, refused, fine, pulled] = [
      { ...samplePair(), operations: [grant] },
      samplePair(),
      { ...samplePair(), operations: [joining] },
      samplePair(),
    ]
    const pairs = [failed, refused, fine, pulled]
    const run = check(pairs, {
      outcomes: [
        { operation: grant, changed: false, finishedAt: 1, error },
        { operation: joining, changed: true, finishedAt: 1 },
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
