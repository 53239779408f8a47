import { expect } from 'vitest'
import { armRequests, expectAttached, slowIt } from './scenario.js'

slowIt(
  'a request that is never answered is given up after a minute, and repeated',
  { timeout: 90_000 },
  async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ method: 'GET', path: '/managedClusters/', delayMs: 80_000 })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(armRequests(end, 'GET', '/managedClusters/')).toHaveLength(2)
    expect(end.stdout).toContain('no answer within 60 s')
  },
)
