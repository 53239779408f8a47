import { describe, expect } from 'vitest'
import type { KubernetesObject, Registry } from 'azure-simulator'
import { headlineOf } from '../../support/reading.js'
import { armRequests, expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const

const platforms = { platforms: ['linux/amd64', 'linux/arm64'] }

/** By node and image, what became of the layers. */
const layersOf = (end: StepEnd) => end.report.pairs.flatMap(pair => pair.pulls.map(({ layers }) => layers))

/** The findings about layers that no node is known to have fetched, by what they are about. */
const notices = (end: StepEnd) =>
  end.report.findings.filter(({ code, severity }) => code === 'IMAGE_NOT_PROBED' && severity === 'notice')

const canPull = /\bcan pull from \w+\b.*\(proven on /

/** Expects a green check that claims in no place more than that the role works. */
function expectRoleOnly(end: StepEnd, scenario: PullScenario): void {
  expectProven(end, scenario)
  const [, html = ''] = Object.entries(end.temporary).find(([path]) => path.endsWith('.html')) ?? []
  for (const text of [end.log, end.summary, html]) {
    expect(text).not.toMatch(canPull)
    expect(text).toMatch(/\brole proven on \d+ nodes?\b/)
  }
  expect(notices(end)).toMatchObject([{ subject: scenario.registry.id }])
  expect(end.outputs).toMatchObject({ verified: 'pull', attached: 'true', drift: 'false' })
}

/** Adds a registry that has an image of the first one, and that the nodes may pull from, too. */
function addTwin({ world, group, cluster, registry }: PullScenario): Registry {
  const second = group.addRegistry('fabrikamacr')
  for (const each of [registry, second]) {
    each.images.push('team/same', 'v2', { ...platforms, content: 'same' })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: each.id })
  }
  return second
}

/** The list of a node that has 50 images, all of them larger than a megabyte. */
const fullList = Array.from({ length: 50 }, (_, index) => ({
  names: [`mcr.microsoft.com/some/image@sha256:${index.toString(16).padStart(64, '0')}`],
  sizeBytes: 1_000_000 + index,
})).reverse()

describe('a nightly check', () => {
  onceIt.for(ways)(
    'with an image that the nodes have proves the role only, whether layers can be fetched or not (%s)',
    async (way, { begin }) => {
      const scenario = letPull(await begin())
      const { registry, cluster } = scenario
      const attached = await scenario.pull({ 'probe-with': way })
      expectProven(attached, scenario)
      expect(layersOf(attached)).toEqual(['fetched'])
      expect(headlineOf(attached)).toMatch(canPull)
      expect(notices(attached)).toEqual([])

      cluster.kubernetes.blockedDataEndpoints.set(registry.loginServer, 'forbidden')
      const nightly = { mode: 'check', 'report-html': 'true', 'probe-with': way, timeout: '5s' }
      const memory = await scenario.pull(nightly)
      expectRoleOnly(memory, scenario)
      expect(layersOf(memory)).toEqual(['on-node'])
      for (const text of [headlineOf(memory), memory.log])
        expect(text).toMatch(/; role proven on 1 node; the layers were there already\b/)
      expect(memory.summary).toMatch(/\| pulled \| on-node \|/)

      registry.images.push('team/app', 'v1', { ...platforms, content: 'rebuilt' })
      const lost = await scenario.pull(nightly)
      expectFailure(lost, 'REGISTRY_UNREACHABLE')
      expect(pulls(lost)).toMatchObject([{ verdict: 'unreachable', cause: 'data-endpoint', layers: 'unknown' }])

      cluster.kubernetes.blockedDataEndpoints.clear()
      const proof = await scenario.pull(nightly)
      expectProven(proof, scenario)
      expect(layersOf(proof)).toEqual(['fetched'])
      expect(headlineOf(proof)).toMatch(canPull)
      expect(notices(proof)).toEqual([])
    },
  )

  onceIt.for(ways)('counts the nodes that fetched layers, if not all did (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    await scenario.pull({ 'probe-with': way })
    scenario.cluster.kubernetes.addPool({ name: 'apps' })
    const end = await scenario.pull({ mode: 'check', 'probe-with': way })
    expectProven(end, scenario)
    const byPool = Object.fromEntries(pulls(end).map(({ pool, layers }) => [pool, layers]))
    expect(byPool).toEqual({ system: 'on-node', apps: 'fetched' })
    expect(headlineOf(end)).toMatch(/can pull from contosoacr \(proven on 2 nodes; layers fetched on 1\)/)
    expect(notices(end)).toEqual([])
  })

  onceIt('remembers what a node had while its pull outlasts a command', async ({ begin, onTestFinished }) => {
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

  onceIt.for(ways)('knows the image under another name, of another registry (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    const second = addTwin(scenario)
    const nightly = { mode: 'check', 'report-html': 'true', 'probe-with': way, 'probe-image': 'team/same:v2' }
    expect(layersOf(await scenario.pull(nightly))).toEqual(['fetched'])
    const other = await scenario.pull({ ...nightly, registry: 'fabrikamacr' })
    expect(layersOf(other)).toEqual(['on-node'])
    expect(notices(other)).toMatchObject([{ subject: second.id }])
  })

  onceIt.for(ways)('does not know which of two registries a new image came from (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    const { registry } = scenario
    const second = addTwin(scenario)
    const image = [registry, second].map(({ loginServer }) => `${loginServer}/team/same:v2`).join('\n')
    const both = { registry: 'contosoacr\nfabrikamacr', 'probe-image': image }
    const end = await scenario.pull({ mode: 'check', 'probe-with': way, ...both })
    expectProven(end, scenario)
    expect(layersOf(end)).toEqual(['unknown', 'unknown'])
    expect(headlineOf(end)).toMatch(/\(proven on 1 node; layers not known\)/)
    expect(notices(end)).toEqual([])
  })
})

describe('a node whose list of images is full', () => {
  onceIt.for(ways)(
    'may have had the layers of an image that is smaller than all listed (%s)',
    async (way, { begin }) => {
      const scenario = letPull(await begin())
      const { kubernetes } = scenario.cluster
      for (const { metadata } of kubernetes.nodes)
        kubernetes.updateNode(metadata.name, node => {
          node.status.images = fullList
        })
      const given = { mode: 'check', 'report-html': 'true', 'probe-with': way }
      scenario.world.assignRole({
        ...{ principalId: scenario.cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: scenario.registry.id },
      })
      const small = await scenario.pull(given)
      expectProven(small, scenario)
      expect(layersOf(small)).toEqual(['unknown'])
      for (const text of [headlineOf(small), small.log, small.summary])
        expect(text).toMatch(/\(proven on 1 node; layers not known\)/)

      scenario.registry.images.push('team/large', 'v1', { ...platforms, sizeBytes: 1_500_000 })
      const large = await scenario.pull({ ...given, 'probe-image': 'team/large:v1' })
      expectProven(large, scenario)
      expect(layersOf(large)).toEqual(['fetched'])
      expect(headlineOf(large)).toMatch(canPull)
      const again = await scenario.pull({ ...given, 'probe-image': 'team/large:v1' })
      expect(layersOf(again)).toEqual(['on-node'])
    },
  )
})
