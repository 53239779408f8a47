import { describe, expect } from 'vitest'
import { findingCodes } from '../../support/estate.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'
import { keepDeleted, letLook, runImage } from '../../support/running.js'

const check = { mode: 'check', workloads: '*', 'fail-on-drift': 'false' }

const statusesOf = ({ report }: StepEnd) => (report.workloads ?? []).map(({ image, status }) => [image, status])

/** How often the registry was asked about a tag or a digest. */
const lookUps = ({ requests }: StepEnd): string[] =>
  requests.flatMap(
    ({ path }) => /^\/acr\/v1\/.+\/(?:_tags|_manifests)\/([^?]+)/.exec(decodeURIComponent(path))?.[1] ?? [],
  )

const beginWatched = async (begin: (beginning?: object) => Promise<Scenario>): Promise<Scenario> => {
  const scenario = await begin()
  letLook(scenario)
  await scenario.attach()
  return scenario
}

describe('a check with workloads', () => {
  it('finds nothing wrong with images that are there, and looks each up once', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { image, digest } = runImage(scenario, 'shop/api', '1.4', { pods: 3 })
    runImage(scenario, 'shop/api', '1.4', { kind: 'StatefulSet', name: 'db' })
    const end = await scenario.attach(check)
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': '' })
    expect(end.report.workloads).toEqual([
      expect.objectContaining({
        kind: 'Deployment',
        name: 'api',
        image,
        runningDigest: digest,
        status: 'present',
        pods: 3,
      }),
      expect.objectContaining({ kind: 'StatefulSet', name: 'db', registryDigest: digest, status: 'present', pods: 1 }),
    ])
    expect(lookUps(end)).toEqual(['1.4', digest])
  })

  it('calls an image that is gone drift, and an attach a warning', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { image } = runImage(scenario, 'shop/api', '1.4', { pods: 3 })
    scenario.registry.images.repositories.delete('shop/api')
    const night = await scenario.attach({ ...check, 'fail-on-drift': 'true' })
    expect(night).toMatchObject({ exitCode: 1, outputs: { drift: 'true', 'error-code': 'DRIFT', attached: 'true' } })
    expect(statusesOf(night)).toEqual([[image, 'gone']])
    const repaired = await scenario.attach({ workloads: '*' })
    expect(repaired).toMatchObject({ exitCode: 0, outputs: { drift: 'false' } })
    expect(findingCodes(repaired)).toEqual(['RUNNING_IMAGE_GONE'])
  })

  it('offers to restore what soft delete keeps', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { digest } = runImage(scenario, 'shop/api', '1.4')
    keepDeleted(scenario.registry)
    scenario.registry.images.delete('shop/api', digest, true)
    const { report } = await scenario.attach({ workloads: '*' })
    const [gone] = report.findings
    expect(gone?.fix.commands).toContainEqual(
      expect.stringContaining(`az acr manifest restore --registry contosoacr --name shop/api:1.4 --digest ${digest}`),
    )
  })

  it('does not take the digest of a platform for a moved tag', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { images } = scenario.registry
    const index = images.push('shop/api', '1.4', { platforms: ['linux/amd64', 'linux/arm64'] })
    const [part = ''] = (images.find('shop/api', index)?.content.manifests ?? []).map(({ digest }) => digest)
    runImage(scenario, 'shop/api', '1.4', { digest: part })
    const end = await scenario.attach(check)
    expect(end.report.workloads).toMatchObject([{ status: 'present', runningDigest: part, registryDigest: index }])
    expect(end.report.findings).toEqual([])
  })
})

describe('probe-image: workloads', () => {
  it('lets nodes pull what their workloads run, and nothing else', async ({ begin }) => {
    const scenario = letPull(await begin(), {})
    letLook(scenario)
    const { image } = runImage(scenario, 'shop/api', '1.4')
    const end = await scenario.pull({ 'probe-image': 'workloads', workloads: 'shop' })
    expectProven(end, scenario)
    expect([...new Set(pulls(end).map(each => each.image))]).toEqual([image])
    // A node that runs it has its layers.
    const { pods } = scenario.cluster.kubernetes
    const nodes = pods.flatMap(({ metadata, spec }) => (metadata.namespace === 'shop' ? spec.nodeName : []))
    expect(pulls(end).length).toBeGreaterThan(0)
    for (const { node, layers } of pulls(end)) expect(layers).toBe(nodes.includes(node) ? 'on-node' : 'fetched')
  })

  it('needs the input workloads', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ verify: 'pull', 'probe-image': 'workloads' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
  })
})
