import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import {
  expectNoPods,
  expectProvenOn,
  expectPulls,
  it,
  whenProbed,
  type RealScenario,
} from '../support/real-cluster.js'
import type { Resolver, Way } from '../../scripts/kubernetes/node-network.js'
import { expectFailure, type StepEnd } from '../support/scenario.js'

const withData = { sku: 'Premium', dataEndpointEnabled: true, location: 'westeurope' } as const

/** The hosts of a registry with a data endpoint. */
const hostsOf = ({ registry }: RealScenario) => ({
  login: registry.loginServer,
  data: `${registry.name}.${withData.location}.data.azurecr.io`,
})

async function expectUnreachable(end: StepEnd, scenario: RealScenario, cause: string): Promise<void> {
  expectFailure(end, 'REGISTRY_UNREACHABLE')
  expectPulls(end, { verdict: 'unreachable', cause })
  await expectNoPods(scenario.pods)
}

/** How networks fail, the cause that it is, and for how long a node tries before it says so. */
const failures: [failure: string, network: { way: Way; resolver?: Resolver }, cause: string, timeout: string][] = [
  ['drops packets', { way: 'dropped' }, 'connection', '90s'],
  ['refuses connections', { way: 'refused' }, 'connection', '35s'],
  ['says nothing', { way: 'silent' }, 'connection', '35s'],
  ['resets connections', { way: 'reset' }, 'connection', '35s'],
  ['has a certificate that nodes do not trust', { way: 'untrusted' }, 'tls', '35s'],
  ['has no name', { way: 'unnamed', resolver: 'NXDOMAIN' }, 'dns', '35s'],
  ['has a resolver that fails', { way: 'unnamed', resolver: 'SERVFAIL' }, 'dns', '35s'],
  ['has a resolver that says nothing', { way: 'unnamed', resolver: 'silent' }, 'dns', '90s'],
]

describe('the network of nodes', () => {
  it.for(['kubectl', 'run-command'])('reaches registry and data endpoint (%s)', async (way, { begin, network }) => {
    const scenario = await begin({ direct: withData, timing: { propagationMs: 15_000 } })
    const { login, data } = hostsOf(scenario)
    await network({ hosts: { [login]: 'open', [data]: 'open' } })
    await expectProvenOn(await scenario.pull({ 'probe-with': way }), scenario)
    expect(scenario.simulator.requests.some(({ host }) => host === data)).toBe(true)
  })

  it.for(failures)('before the registry %s', async ([, { way, resolver }, cause, timeout], { begin, network }) => {
    const scenario = await begin({ direct: {} })
    const { login } = hostsOf(scenario)
    await network({ hosts: { [login]: way }, ...(resolver && { resolver }) })
    await expectUnreachable(await scenario.pull({ timeout }), scenario, cause)
  })

  it.for(failures)('before the data endpoint %s', async ([, { way, resolver }, , timeout], { begin, network }) => {
    const scenario = await begin({ direct: withData })
    const { login, data } = hostsOf(scenario)
    await network({ hosts: { [login]: 'open', [data]: way }, ...(resolver && { resolver }) })
    const end = await scenario.pull({ timeout, 'probe-with': 'run-command' })
    await expectUnreachable(end, scenario, 'data-endpoint')
  })

  it('stops in the middle of a layer', async ({ begin, network }) => {
    const scenario = await begin({ direct: withData })
    const { login, data } = hostsOf(scenario)
    const { registry } = scenario
    registry.images.push('team/large', 'v1', { content: registry.name + Date.now().toString(), sizeBytes: 200_000 })
    await network({ hosts: { [login]: 'open', [data]: 'stalled' } })
    const end = await scenario.pull({ timeout: '1m', 'probe-image': 'team/large:v1' })
    expectFailure(end, 'PROBE_FAILED')
    expectPulls(end, { verdict: 'slow' })
    expect(end.log).toContain('still pulling')
    await expectNoPods(scenario.pods)
  })

  it('heals while the action waits', async ({ begin, network }) => {
    const scenario = await begin({ direct: {} })
    const { login } = hostsOf(scenario)
    await network({ hosts: { [login]: 'unnamed' }, resolver: 'NXDOMAIN' })
    const [end] = await Promise.all([
      scenario.pull({ timeout: '4m' }),
      whenProbed(scenario).then(async () => {
        await pause(10_000)
        await network({ hosts: { [login]: 'open' } })
      }),
    ])
    await expectProvenOn(end, scenario)
  })
})
