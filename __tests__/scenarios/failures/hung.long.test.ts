import { expect } from 'vitest'
import { grantAccess } from '../../support/estate.js'
import { armRequests, expectAttached, it, onceIt } from '../../support/scenario.js'

onceIt('a request without an answer is given up after a minute, and repeated', async ({ begin }) => {
  const { attach, simulator } = await begin()
  simulator.faults.add({ method: 'GET', path: '/managedClusters/', delayMs: 600_000 })
  const end = await attach()
  expectAttached(end, { changed: true })
  const [first, second] = armRequests(end, 'GET', '/managedClusters/')
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(59_000)
})

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
