import { describe, expect, it } from 'vitest'
import { builtInRoles } from 'azure'
import { ActionError } from 'kernel'
import type { PlannedRun } from 'run-model'
import { selectSuspicious } from '../../../src/observe/inspect.js'
import { refuteDetached } from '../../../src/observe/new-assignments.js'
import { answering } from '../../support/answering.js'
import { assignmentBody, sampleAssignment, sampleObserved, sampleObservedPair } from '../../support/observed.js'
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

describe('what a list after a detach shows of a pair that the first list did not have', () => {
  const { acrPull } = builtInRoles
  const [one, two] = ['1', '2'].map(name =>
    sampleAssignment(acrPull, { id: `${sampleAssignment(acrPull).id}/${name}` }),
  )
  const late = two && { ...two, updatedAt: Date.parse('2100-01-01') }
  it.each([
    ['refutes it while its ID is found', [one], { '/1': one }, 'PROPAGATION_TIMEOUT'],
    ['is out of date once its ID is gone', [one], {}, undefined],
    ['is as many as there are: one is gone, and the other is found', [one, two], { '/2': two }, 'PROPAGATION_TIMEOUT'],
    ['is not asked for if it was written during the run', [late], {}, 'PROPAGATION_TIMEOUT'],
  ])('%s', async (_, listed, there, code) => {
    const found = Object.entries(there).map(([id, each]) => [`${id}?`, each && assignmentBody(each)])
    const { azure, clock } = answering(Object.fromEntries(found) as Parameters<typeof answering>[0])
    const detached = { ...sampleObservedPair(), access: null, operations: [] }
    const waited: string[] = []
    const later = {
      clock,
      onListed: (role: string) => waited.push(role),
      roles: new Map([[acrPull.id, acrPull]]),
      heldBy: () => listed.flatMap(each => (each ? { assignment: each } : [])),
    }
    const refuted = await refuteDetached(azure, [detached], check([detached], { mode: 'detach' }), later)
    expect(refuted.get(detached)?.error?.code).toBe(code)
    expect([...new Set(waited)]).toEqual(found.length > 0 ? [acrPull.name] : [])
  })
})
