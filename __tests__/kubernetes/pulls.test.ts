import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { pulls } from '../support/pull-scenario.js'
import { expectNoPods, expectProvenOn, it } from '../support/real-cluster.js'
import { expectFailure } from '../support/scenario.js'

const hourMs = 3_600_000

describe.each(['kubectl', 'run-command'])('with probe-with: %s, nodes', way => {
  const inputs = { 'probe-with': way }

  it('pull at the first try if the role takes effect at once', async ({ begin }) => {
    const scenario = await begin()
    const end = await scenario.pull(inputs)
    await expectProvenOn(end, scenario)
    expect(pulls(end)).toMatchObject([{ attempts: 1 }])
    expect(end.outputs.changed).toBe('true')
  })

  it('are asked until the role takes effect, also without any credential before', async ({ begin }) => {
    const scenario = await begin({ timing: { propagationMs: 20_000 }, exchangeNeedsRights: true })
    const end = await scenario.pull(inputs)
    await expectProvenOn(end, scenario)
    const [pull] = pulls(end)
    expect(pull?.attempts).toBeGreaterThan(1)
    expect(pull?.durationSeconds).toBeGreaterThan(15)
    // Azure's command and its start are not part of what a cluster decides.
    if (way === 'kubectl') expect(pull?.durationSeconds).toBeLessThan(40)
  })

  it.for([
    // The registry exchanges the token of an identity without rights, or refuses it.
    ['role', false],
    ['no-credential', true],
  ] as const)('stay refused without the role (%s)', async ([cause, exchangeNeedsRights], { begin }) => {
    const scenario = await begin({ timing: { propagationMs: hourMs }, exchangeNeedsRights })
    const end = await scenario.pull({ ...inputs, timeout: '35s' })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause }])
    expect(end.outputs.verified).not.toBe('pull')
    await expectNoPods(scenario.pods)
  })

  it('report a missing tag after one try', async ({ begin }) => {
    const scenario = await begin()
    const end = await scenario.pull({ ...inputs, 'probe-image': 'team/app:v9' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(pulls(end)).toMatchObject([{ verdict: 'not-found', attempts: 1 }])
    await expectNoPods(scenario.pods)
  })

  it('report a missing platform after one try', async ({ begin }) => {
    const scenario = await begin()
    const [node] = await scenario.cluster.readyNodes()
    const other = node?.status.nodeInfo.architecture === 'arm64' ? 'linux/amd64' : 'linux/arm64'
    scenario.registry.images.push('team/other', 'v1', { platforms: [other] })
    const end = await scenario.pull({ ...inputs, 'probe-image': 'team/other:v1' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(pulls(end)).toMatchObject([{ verdict: 'not-found', cause: 'platform', attempts: 1 }])
    await expectNoPods(scenario.pods)
  })

  it('may take longer than 30 s for a layer', async ({ begin }) => {
    const scenario = await begin()
    const host = scenario.registry.loginServer
    scenario.simulator.faults.add({ method: 'GET', host, path: '/blobs/', delayMs: 40_000 })
    const end = await scenario.pull(inputs)
    await expectProvenOn(end, scenario)
    expect(pulls(end)).toMatchObject([{ attempts: 1 }])
    expect(pulls(end)[0]?.durationSeconds).toBeGreaterThan(40)
  })

  it('list within a minute what they have fetched', async ({ begin }) => {
    const scenario = await begin()
    const content = randomUUID()
    scenario.registry.images.push('team/fresh', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], content })
    const pull = async () => {
      const end = await scenario.pull({ ...inputs, 'probe-image': 'team/fresh:v1' })
      await expectProvenOn(end, scenario)
      return pulls(end).map(({ layers }) => layers)
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
