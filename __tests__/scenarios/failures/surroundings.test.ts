import { describe, expect } from 'vitest'
import { verdictLineOf, warningsOf } from '../../support/reading.js'
import { expectAttached, it } from '../../support/scenario.js'

describe('a runner', () => {
  it.for([
    ['whose disk is full', '/dev/full'],
    ['that has no file for them', '/nowhere/outputs'],
  ])('%s gets no outputs, and the step ends with the result of its work', async ([, file = ''], { begin }) => {
    const { attach, grants } = await begin()
    const end = await attach({}, { environment: { GITHUB_OUTPUT: file } })
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(warningsOf(end)).toHaveLength(1)
    expect(verdictLineOf(end)).toMatch(/^✓ .*\baks-prod-1\b/)
    expect(grants()).toHaveLength(1)
  })

  it.for([
    ['whose disk is full', '/dev/full'],
    ['that has no file for it', '/nowhere/summary.md'],
  ])('%s gets no summary, and the step ends with the result of its work', async ([, file = ''], { begin }) => {
    const { attach } = await begin()
    const end = await attach({}, { environment: { GITHUB_STEP_SUMMARY: file } })
    expectAttached(end, { changed: true })
    expect(warningsOf(end)).toHaveLength(1)
  })
})
