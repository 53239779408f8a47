import { describe, expect } from 'vitest'
import { it } from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

describe('job-summary: false', () => {
  it('writes no summary, in success, on drift and with a drift issue; everything else is as ever', async ({
    begin,
  }) => {
    const { attach, grants, world } = await begin(schedule)
    const quiet = { 'job-summary': 'false' }
    expect(await attach(quiet)).toMatchObject({ exitCode: 0, summary: '' })
    for (const grant of grants()) world.assignments.remove(grant)
    const end = await attach({ ...quiet, mode: 'check', 'drift-issue': 'true' })
    expect(end).toMatchObject({ exitCode: 1, summary: '', outputs: { 'error-code': 'DRIFT' } })
    expect(end.report.drift).toBe(true)
    expect(world.github.issues).toHaveLength(1)
  })

  it('shows invalid inputs all the same', async ({ begin }) => {
    const { attach } = await begin()
    expect((await attach({ 'job-summary': 'false', verify: 'yes' })).summary).toContain('INVALID_INPUT')
    expect((await attach({ 'job-summary': 'maybe' })).outputs['error-code']).toBe('INVALID_INPUT')
  })
})

describe('the outputs about the drift issue', () => {
  it('name the issue that is opened, left and closed, and nothing without one', async ({ begin }) => {
    const { attach, grants, world } = await begin(schedule)
    const check = { mode: 'check', 'drift-issue': 'true' }
    const issueOf = ({ outputs }: Awaited<ReturnType<typeof attach>>) => [
      outputs['drift-issue-number'],
      outputs['drift-issue-url'],
    ]
    expect(issueOf(await attach(check))).toEqual(['1', expect.stringMatching(/\/issues\/1$/)])
    expect(issueOf(await attach({ mode: 'check' }))).toEqual(['', ''])
    expect(issueOf(await attach({}))).toEqual(['', ''])
    expect(grants()).toHaveLength(1)
    expect(issueOf(await attach(check))[0]).toBe('1')
    expect(world.github.issues).toMatchObject([{ state: 'closed' }])
    expect(issueOf(await attach(check))).toEqual(['', ''])
  })
})
