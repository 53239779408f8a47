import { expect } from 'vitest'
import { armRequests, expectAttached, onceIt } from '../../support/scenario.js'

onceIt(
  'a request that is never answered is given up after a minute, and repeated',
  { timeout: 90_000 },
  async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ method: 'GET', path: '/managedClusters/', delayMs: 80_000 })
    const end = await attach()
    expectAttached(end, { changed: true })
    const [first, second] = armRequests(end, 'GET', '/managedClusters/')
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(59_000)
  },
)
