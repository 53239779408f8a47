import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { pulls } from '../support/pull-scenario.js'
import { expectNoPods, expectProvenOn, expectPulls, it } from '../support/real-cluster.js'
import { expectFailure } from '../support/scenario.js'

const hourMs = 3_600_000

describe.each(['kubectl', 'run-command'])('with probe-with: %s, nodes', way => {
  const inputs = { 'probe-with': way }

  it('pull at the first try if the role takes effect at once', async ({ begin }) => {
    const scenario = await begin()
    const end = await scenario.pull(inputs)
    await expectProvenOn(end, scenario)
    expectPulls(end, { attempts: 1 })
    expect(end.outputs.changed).toBe('true')
  })

  it('are asked until the role takes effect, also without any credential before', async ({ begin }) => {
    const scenario = await begin({ timing: { propagationMs: 20_000 }, exchangeNeedsRights: true })
    const end = await scenario.pull(inputs)
    await expectProvenOn(end, scenario)
    for (const { attempts, durationSeconds } of pulls(end)) {
      expect(attempts).toBeGreaterThan(1)
      expect(durationSeconds).toBeGreaterThan(15)
      // Azure's command and its start are not part of what a cluster decides.
      if (way === 'kubectl') expect(durationSeconds).toBeLessThan(40)
    }
  })

  it.for([
    // The registry exchanges the token of an identity without rights, or refuses it.
    ['role', false],
    ['no-credential', true],
  ] as const)('stay refused without the role (%s)', async ([cause, exchangeNeedsRights], { begin }) => {
    const scenario = await begin({ timing: { propagationMs: hourMs }, exchangeNeedsRights })
    const end = await scenario.pull({ ...inputs, timeout: '35s' })
    expectFailure(end, 'PULL_DENIED')
    expectPulls(end, { verdict: 'denied', cause })
    expect(end.outputs.verified).not.toBe('pull')
    await expectNoPods(scenario.pods)
  })

  it('report a missing tag after one try', async ({ begin }) => {
    const scenario = await begin()
    const end = await scenario.pull({ ...inputs, 'probe-image': 'team/app:v9' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expectPulls(end, { verdict: 'not-found', attempts: 1 })
    await expectNoPods(scenario.pods)
  })

  it('report a missing platform after one try', async ({ begin }) => {
    const scenario = await begin()
    const [node] = await scenario.cluster.readyNodes()
    const other = node?.status.nodeInfo.architecture === 'arm64' ? 'linux/amd64' : 'linux/arm64'
    scenario.registry.images.push('team/other', 'v1', { platforms: [other] })
    const end = await scenario.pull({ ...inputs, 'probe-image': 'team/other:v1' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expectPulls(end, { verdict: 'not-found', cause: 'platform', attempts: 1 })
    await expectNoPods(scenario.pods)
  })

  it('report an image without its layers after one try', async ({ begin }) => {
    const scenario = await begin()
    scenario.registry.images.repositories.get('team/app')?.blobs.clear()
    const end = await scenario.pull(inputs)
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expectPulls(end, { verdict: 'not-found', cause: 'part' })
    await expectNoPods(scenario.pods)
  })

  it('report layers with another content', async ({ begin }) => {
    const scenario = await begin()
    const { blobs } = scenario.registry.images.repositories.get('team/app') ?? {}
    for (const [digest, blob] of blobs ?? []) blobs?.set(digest, Buffer.alloc(blob.length))
    const end = await scenario.pull({ ...inputs, timeout: '35s' })
    expectFailure(end, 'PROBE_FAILED')
    expectPulls(end, { verdict: 'failed', message: expect.stringContaining('unexpected commit digest') as unknown })
    await expectNoPods(scenario.pods)
  })

  it('may take longer than 30 s for a layer', async ({ begin }) => {
    const scenario = await begin()
    const host = scenario.registry.loginServer
    scenario.simulator.faults.add({ method: 'GET', host, path: '/blobs/', delayMs: 40_000 })
    const end = await scenario.pull(inputs)
    await expectProvenOn(end, scenario)
    expectPulls(end, { attempts: 1 })
    for (const { durationSeconds } of pulls(end)) expect(durationSeconds).toBeGreaterThan(40)
  })

  it('list within a minute what they have fetched', async ({ begin, skip }) => {
    const scenario = await begin()
    const nodes = await scenario.cluster.readyNodes()
    const isNamed = ({ names }: { names?: string[] }): boolean => names?.some(name => name.includes('@')) ?? false
    if (!nodes.every(({ status }) => status.images?.every(isNamed)))
      skip('a node lists an image without its digest, so nobody knows what else it has')
    const content = randomUUID()
    scenario.registry.images.push('team/fresh', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], content })
    const pull = async () => {
      const end = await scenario.pull({ ...inputs, 'probe-image': 'team/fresh:v1' })
      await expectProvenOn(end, scenario)
      return [...new Set(pulls(end).map(({ layers }) => layers))]
    }
    expect(await pull()).toEqual(['fetched'])
    await sleep(60_000)
    expect(await pull()).toEqual(['on-node'])
  })
})

describe('with probe-nodes: all, nodes', () => {
  it('pull on each ready node, several images at once', async ({ begin }) => {
    const scenario = await begin()
    const nodes = await scenario.cluster.readyNodes()
    scenario.registry.images.push('team/job', 'v2', {
      platforms: ['linux/amd64', 'linux/arm64'],
      layers: 5,
      content: scenario.registry.name,
    })
    const end = await scenario.pull({ 'probe-nodes': 'all', 'probe-image': 'team/app:v1\nteam/job:v2' })
    await expectProvenOn(end, scenario)
    const free = nodes.filter(({ spec }) => spec.unschedulable !== true).map(({ metadata }) => metadata.name)
    const host = scenario.registry.loginServer
    const expected = free.flatMap(node => [`${node} ${host}/team/app:v1`, `${node} ${host}/team/job:v2`])
    expect(
      pulls(end)
        .map(({ node, image }) => `${node} ${image}`)
        .sort(),
    ).toEqual(expected.sort())
  })
})
