import { describe, expect } from 'vitest'
import type { KubernetesObject } from 'azure-simulator'
import { armRequests, expectFailure, it, type StepEnd } from '../../support/scenario.js'
import { expectProven, letPull, pulls, type PullScenario, ways } from '../../support/pull-scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const platforms = { platforms: ['linux/amd64', 'linux/arm64'] }

/** By node and image, what became of the layers. */
const layersOf = (end: StepEnd) => end.report.pairs.flatMap(pair => pair.pulls.map(({ layers }) => layers))

/** The findings about layers that no node is known to have fetched, by what they are about. */
const notices = (end: StepEnd) =>
  end.report.findings.filter(({ code, severity }) => code === 'IMAGE_NOT_PROBED' && severity === 'notice')

/** Expects a green check that says that it has proven the role alone. */
function expectRoleOnly(end: StepEnd, scenario: PullScenario): void {
  expectProven(end, scenario)
  expect(notices(end)).toMatchObject([{ subject: scenario.registry.id }])
  expect(end.outputs).toMatchObject({ verified: 'pull', attached: 'true', drift: 'false' })
}

describe('a nightly check', () => {
  it.for(ways)(
    'with an image that the nodes have proves the role only, whether layers can be fetched or not (%s)',
    async (way, { begin }) => {
      const scenario = letPull(await begin())
      const { registry, cluster } = scenario
      const attached = await scenario.pull({ 'probe-with': way })
      expectProven(attached, scenario)
      expect(layersOf(attached)).toEqual(['fetched'])
      expect(notices(attached)).toEqual([])

      cluster.kubernetes.blockedDataEndpoints.set(registry.loginServer, 'forbidden')
      const nightly = { mode: 'check', 'probe-with': way, timeout: '5s' }
      const memory = await scenario.pull(nightly)
      expectRoleOnly(memory, scenario)
      expect(layersOf(memory)).toEqual(['on-node'])

      registry.images.push('team/app', 'v1', { ...platforms, content: 'rebuilt' })
      const lost = await scenario.pull(nightly)
      expectFailure(lost, 'REGISTRY_UNREACHABLE')
      expect(pulls(lost)).toMatchObject([{ verdict: 'unreachable', cause: 'data-endpoint', layers: 'unknown' }])

      cluster.kubernetes.blockedDataEndpoints.clear()
      const proof = await scenario.pull(nightly)
      expectProven(proof, scenario)
      expect(layersOf(proof)).toEqual(['fetched'])
      expect(notices(proof)).toEqual([])
    },
  )

  it('remembers what a node had while its pull outlasts a command', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin())
    const { kubernetes } = scenario.cluster
    const given = { 'probe-with': 'run-command', timeout: '300s' }
    const slowly = async () => {
      scenario.world.timing.pullMs = 6000
      const lapse = createTimeLapse('run-command', onTestFinished)
      kubernetes.runCommand.programs = lapse.programs
      const stop = kubernetes.store.onChange(({ type, resource, object }) => {
        if (type !== 'ADDED' || resource !== 'events') return
        if ((object as KubernetesObject & { reason?: string }).reason !== 'Pulling') return
        stop()
        // The first command ends after a minute.
        const timer = setTimeout(() => {
          lapse.pass(61_000)
        }, 1500)
        onTestFinished(() => {
          clearTimeout(timer)
        })
      })
      const end = await scenario.pull(given, { environment: lapse.environment })
      expectProven(end, scenario)
      expect(armRequests(end, 'POST', '/runCommand').length).toBeGreaterThan(2)
      return layersOf(end)
    }
    expect(await slowly()).toEqual(['fetched'])
    expect(await slowly()).toEqual(['on-node'])
  })

  it('does not know which of two registries a new image came from', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { registry, world, group, cluster } = scenario
    const second = group.addRegistry('fabrikamacr')
    for (const each of [registry, second]) {
      each.images.push('team/same', 'v2', { ...platforms, content: 'same' })
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: each.id })
    }
    const image = [registry, second].map(({ loginServer }) => `${loginServer}/team/same:v2`).join('\n')
    const both = { registry: 'contosoacr\nfabrikamacr', 'probe-image': image }
    const end = await scenario.pull({ mode: 'check', ...both })
    expectProven(end, scenario)
    expect(layersOf(end)).toEqual(['unknown', 'unknown'])
    expect(notices(end)).toEqual([])
  })
})
