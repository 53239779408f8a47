import { describe, expect } from 'vitest'
import { makePrivate } from '../../support/network.js'
import { findingCodes } from '../../support/estate.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { expectFailure, it, onceIt, type Scenario, type StepEnd } from '../../support/scenario.js'
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

  it('reports a moved tag as a notice, with both digests', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { digest } = runImage(scenario, 'shop/api', '1.4')
    const moved = scenario.registry.images.push('shop/api', '1.4', { content: 'newer' })
    const end = await scenario.attach(check)
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': '' })
    expect(end.report.workloads).toMatchObject([{ status: 'moved', runningDigest: digest, registryDigest: moved }])
    expect(end.report.findings).toMatchObject([{ code: 'RUNNING_IMAGE_MOVED', severity: 'notice' }])
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

  it('compares what nodes get: an index that changed for another platform, or for none, has not moved', async ({
    begin,
  }) => {
    const scenario = await beginWatched(begin)
    const { images } = scenario.registry
    const platforms = ['linux/amd64', 'linux/arm64']
    const index = images.push('shop/api', '1.4', { platforms })
    const { kubernetes } = scenario.cluster
    const image = 'contosoacr.azurecr.io/shop/api:1.4'
    const imageIds = { [image]: `contosoacr.azurecr.io/shop/api@${index}` }
    const containers = [{ name: 'api', image }]
    const amd64 = { containers, nodeSelector: { 'kubernetes.io/arch': 'amd64' } }
    kubernetes.addWorkload({ kind: 'Deployment', name: 'api', namespace: 'shop', spec: amd64, imageIds })
    const parts = images.find('shop/api', index)?.content.manifests ?? []
    images.push('shop/api', '1.4', { platforms, content: 'newer' })
    const other = images.read('shop/api', '1.4')
    const [first] = parts
    if (other) Object.assign(other.content.manifests ?? [], { 0: first })
    const end = await scenario.attach(check)
    expect(end.report.workloads).toMatchObject([{ status: 'present', runningDigest: index }])
    expect(end.report.findings).toEqual([])
  })

  it('says which workloads a restart moves, and names a static pod as the pod', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { images } = scenario.registry
    const digest = images.push('shop/api', '1.4')
    const image = 'contosoacr.azurecr.io/shop/api:1.4'
    const run = (kind: string, name: string, imagePullPolicy: 'Always' | 'IfNotPresent') =>
      scenario.cluster.kubernetes.addWorkload({
        ...{ kind, name, namespace: 'shop', spec: { containers: [{ name, image, imagePullPolicy }] } },
        imageIds: { [image]: `contosoacr.azurecr.io/shop/api@${digest}` },
      })
    run('Deployment', 'api', 'Always')
    const [pod] = run('Pod', 'proxy-aks-1', 'IfNotPresent')
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'aks-1', uid: 'u', controller: true }
    if (pod) Object.assign(pod.metadata, { ownerReferences: [owner] })
    images.push('shop/api', '1.4', { content: 'newer' })
    const { report } = await scenario.attach(check)
    expect(report.workloads).toMatchObject([
      { kind: 'Deployment', name: 'api' },
      { kind: 'Pod', name: 'proxy-aks-1' },
    ])
    expect(report.findings.map(({ fix }) => fix.text)).toEqual([
      expect.stringMatching(/^The next restart of Deployment shop\/api on aks-prod-1 runs .*; for the others, /),
    ])
  })

  it('says which pods wait for an image that is not there: it has not gone', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const spec = { containers: [{ name: 'api', image: 'contosoacr.azurecr.io/shop/api:1.40' }] }
    scenario.cluster.kubernetes.addWorkload({ kind: 'Deployment', name: 'api', namespace: 'shop', spec, imageIds: {} })
    const end = await scenario.attach(check)
    expect(end.outputs).toMatchObject({ drift: 'true', 'error-code': '' })
    expect(statusesOf(end)).toEqual([['contosoacr.azurecr.io/shop/api:1.40', 'missing']])
    expect(end.summary).toContain(
      '1 pod of 1 deployment on aks-prod-1 waits for shop/api:1.40, which is not on contosoacr',
    )
    const attached = await scenario.attach({ workloads: '*' })
    expect(attached).toMatchObject({ exitCode: 0, report: { findings: [] } })
    expect(attached.report.notes).toContainEqual(expect.stringContaining('waits for shop/api:1.40'))
  })

  it('is unknown, never gone, if the registry can not be read', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    const { image } = runImage(scenario, 'shop/api', '1.4')
    makePrivate(scenario, scenario.registry)
    const end = await scenario.attach(check)
    expect(end.outputs.drift).toBe('false')
    expect(statusesOf(end)).toEqual([[image, 'unknown']])
    expect(end.outputs['error-code']).toBe('AUTHORIZATION_FAILED')
    expect(end.exitCode).toBe(1)
    const attached = await scenario.attach({ workloads: '*' })
    expect(attached).toMatchObject({ exitCode: 0, report: { unknown: [{ about: null }] } })
  })

  it('counts the images of other registries in one note', async ({ begin }) => {
    const scenario = await beginWatched(begin)
    runImage(scenario, 'shop/api', '1.4')
    const spec = { containers: [{ name: 'web', image: 'nginx:1.27' }] }
    scenario.cluster.kubernetes.addWorkload({
      kind: 'Deployment',
      name: 'web',
      spec,
      imageIds: { 'nginx:1.27': `docker.io/library/nginx@sha256:${'a'.repeat(64)}` },
    })
    const { report } = await scenario.attach(check)
    expect(report.workloads).toHaveLength(1)
    expect(report.notes).toContainEqual(expect.stringContaining('1 from docker.io'))
  })
})

describe('a drift issue about an image that is gone', () => {
  const schedule = { runner: { workflow: 'watch-workloads', job: 'watch', eventName: 'schedule' } }
  const night = (run: number) => ({ environment: { GITHUB_RUN_ID: String(run) } })

  onceIt('stays open while a cluster can not be read, and closes when nothing runs the image', async ({ begin }) => {
    const scenario = await begin(schedule)
    const { world, cluster, simulator } = scenario
    letLook(scenario)
    await scenario.attach()
    runImage(scenario, 'shop/api', '1.4', { pods: 3 })
    scenario.registry.images.repositories.delete('shop/api')
    const watched = { ...check, 'drift-issue': 'true' }
    await scenario.attach(watched, night(1))
    const [issue] = world.github.issues
    expect(issue).toMatchObject({
      state: 'open',
      title: 'Drift: 1 image',
    })
    expect(issue?.body).toContain('3 pods of 1 deployment on aks-prod-1 run it')

    Object.assign(cluster.body.properties as object, { powerState: { code: 'Stopped' } })
    await scenario.attach(watched, night(2))
    expect(world.github.issues).toMatchObject([{ state: 'open' }])

    Object.assign(cluster.body.properties as object, { powerState: { code: 'Running' } })
    for (const plural of ['pods', 'replicasets', 'deployments'])
      for (const object of cluster.kubernetes.store.list(plural))
        if (object.metadata.namespace === 'shop') cluster.kubernetes.store.remove(plural, object)
    await scenario.attach(watched, night(3))
    expect(world.github.issues).toMatchObject([{ state: 'closed' }])
    expect(simulator.problems).toEqual([])
  })
})

describe('probe-image: workloads', () => {
  onceIt('lets nodes pull what their workloads run, and nothing else', async ({ begin }) => {
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

  onceIt('needs the input workloads', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ verify: 'pull', 'probe-image': 'workloads' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
  })
})
