import { expect } from 'vitest'
import { grantAccess } from '../../support/estate.js'
import { expectAttached, it } from '../../support/scenario.js'

it('a GitHub that never answers costs a warning, and two tries', async ({ begin }) => {
  const scenario = await begin()
  const { attach, simulator } = scenario
  grantAccess(scenario)
  simulator.faults.add({ host: 'api.github.com', delayMs: 600_000, times: Infinity })
  const end = await attach({ mode: 'check', 'drift-issue': 'true' })
  expectAttached(end, { changed: false })
  const warnings = end.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message)
  expect(warnings).toEqual([expect.stringContaining('GitHub') as string])
  expect(end.requests.filter(({ host }) => host === 'api.github.com')).toHaveLength(2)
})
