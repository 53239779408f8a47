import { describe, expect } from 'vitest'
import { hour } from '../../support/hour.js'
import { whenRequested, catchUpAfter, expectAttached, it, writes } from '../../support/scenario.js'

const putAssignment = { method: 'PUT', path: '/roleAssignments/' }

describe('a second run', () => {
  it('writes nothing and reports that', async ({ begin }) => {
    const { attach, grants } = await begin()
    await attach()
    const [granted] = grants()
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(writes(end)).toEqual([])
    expect(grants()).toEqual([granted])
    expect(end.outputs).toMatchObject({
      verified: 'assignment',
      'role-assignment-id': granted?.id,
      'propagation-seconds': '',
    })
    expect(end.report).toMatchObject({ plan: [], pairs: [{ grantedBy: 'direct', changed: false }] })
  })
})

describe('two runs at once', () => {
  it('create one assignment, and both succeed', async ({ begin }) => {
    const { attach, grants, simulator } = await begin()
    // Both have checked before either writes.
    const until = () => whenRequested(simulator, ({ method }) => method === 'PUT', 2)
    simulator.faults.add({ ...putAssignment, until, times: 2 })
    const [one, other] = await Promise.all([attach(), attach()])
    for (const end of [one, other]) {
      expect(end.outputs, end.log).toMatchObject({ attached: 'true', 'error-code': '', verified: 'assignment' })
      expect(end.exitCode).toBe(0)
    }
    expect(grants()).toHaveLength(1)
    expect(simulator.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2)
    expect(one.outputs['role-assignment-id']).toBe(other.outputs['role-assignment-id'])
  })
})

describe('RoleAssignmentExists', () => {
  // The wording of older services: without the ID.
  const error = { code: 'RoleAssignmentExists', message: 'The role assignment already exists.' }

  it('is waited for while the existing assignment is not listed yet', async ({ begin }) => {
    const scenario = await begin({ timing: { readAfterWriteMs: hour } })
    const { attach, grants, simulator } = scenario
    catchUpAfter(scenario, 2)
    // The write is carried out, but reported as if another run had done it.
    simulator.faults.add({ ...putAssignment, after: true, status: 409, body: { error } })
    simulator.faults.add({ ...putAssignment, times: Infinity, status: 409, body: { error } })
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(end.outputs['role-assignment-id']).toBe(grants()[0]?.id)
  })
})
