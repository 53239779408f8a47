import { describe, expect } from 'vitest'
import { images, importer, imports, letImport } from '../../support/image-world.js'
import { hour } from '../../support/hour.js'
import { expectAttached, expectFailure, it, onceIt } from '../../support/scenario.js'

describe('an image', () => {
  it('is imported by its digest, read back, and pinned; the next run imports nothing', async ({ begin }) => {
    const { attach, digest, registry } = letImport(await begin())
    const end = await attach({ images: 'nginx:1.27 => nginx:v1' })
    expectAttached(end, { changed: true })
    expect(registry.images.find('nginx', 'v1')?.digest).toBe(digest)
    expect(imports(end)[0]?.requestBody).toMatchObject({
      source: { registryUri: 'docker.io', sourceImage: `library/nginx@${digest}` },
      targetTags: ['nginx:v1'],
      mode: 'NoForce',
    })
    expect(end.outputs.image).toBe(`contosoacr.azurecr.io/nginx@${digest}`)
    expect(images(end)).toMatchObject([{ source: 'nginx:1.27', status: 'imported', digest }])

    const again = await attach({ images: 'nginx:1.27 => nginx:v1' })
    expectAttached(again, { changed: false })
    expect(imports(again)).toEqual([])
    expect(images(again)).toMatchObject([{ status: 'present', digest }])
  })

  // From Node 24 on, a pause of less than nothing is a warning in the log.
  it('is polled without a pause of less than nothing, however slow the process is', async ({ begin }) => {
    const { attach } = letImport(await begin({ timing: { importMs: 500 } }))
    const later = 'const{bigint}=process.hrtime;let late=0n;process.hrtime.bigint=()=>bigint()+1000000n*late++'
    const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(later)}` }
    const end = await attach({ images: 'nginx:1.27 => nginx:v1' }, { environment })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported' }])
  })

  onceIt('goes to every registry, while the grant propagates', async ({ begin }) => {
    const scenario = letImport(await begin({ timing: { readAfterWriteMs: hour } }))
    const { attach, world, deployer, group, whenAnswered } = scenario
    const other = group.addRegistry('otheracr')
    for (const role of [importer, 'Role Based Access Control Administrator'])
      world.assignRole({ principalId: deployer.objectId, role, scope: other.id })
    // In parallel: Azure reports the grants only when both are written and both imports have ended.
    whenAnswered(
      ({ method, path, status }) =>
        (method === 'PUT' && path.includes('/roleAssignments/')) ||
        (path.includes('/operationResults/') && status === 200),
      () => {
        world.passTime(hour)
      },
      3,
    )
    const end = await attach({ registry: 'contosoacr\notheracr', images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end).map(({ status }) => status)).toEqual(['imported', 'imported'])
  })

  onceIt('named by digest stays untagged, unless a tag is asked for', async ({ begin }) => {
    const { attach, digest, registry } = letImport(await begin())
    const end = await attach({ images: `nginx@${digest} => byd\nnginx@${digest} => tagged:v1` })
    expectAttached(end, { changed: true })
    expect(registry.images.find('byd', digest)?.digest).toBe(digest)
    expect(registry.images.find('byd', 'latest')).toBeUndefined()
    expect(registry.images.find('tagged', 'v1')?.digest).toBe(digest)
  })

  onceIt('of another registry in Azure is imported by its resource ID', async ({ begin }) => {
    const scenario = letImport(await begin())
    const { attach, group, registry } = scenario
    const source = group.addRegistry('sourceacr')
    const digest = source.images.push('team/app', 'v1')
    const end = await attach({ images: `sourceacr.azurecr.io/team/app:v1\n${source.id}:team/app:v1 => copy` })
    expectAttached(end, { changed: true })
    for (const { requestBody } of imports(end)) expect(requestBody).toMatchObject({ source: { resourceId: source.id } })
    expect(registry.images.find('copy', 'v1')?.digest).toBe(digest)
  })
})

describe('a tag that exists with another digest', () => {
  it('is a conflict, and is overwritten only on request', async ({ begin }) => {
    const { attach, registry, digest } = letImport(await begin())
    const other = registry.images.push('nginx', 'v1', { content: 'other' })
    const end = await attach({ images: 'nginx:1.27 => nginx:v1' })
    expectFailure(end, 'IMAGE_CONFLICT')
    expect(imports(end)).toEqual([])
    expect(registry.images.find('nginx', 'v1')?.digest).toBe(other)
    // The outputs do not lead to a deployment of the other image.
    expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false', image: '' })
    expect(images(end)).toMatchObject([{ image: 'contosoacr.azurecr.io/nginx:v1', digest: null, status: 'failed' }])
    // The grant does not depend on the image.
    expect(end.report.pairs).toMatchObject([{ status: 'attached' }])
    const forced = { images: 'nginx:1.27 => nginx:v1', 'force-import': 'true' }
    expectAttached(await attach(forced), { changed: true })
    expect(registry.images.find('nginx', 'v1')?.digest).toBe(digest)
  })
})

describe('check', () => {
  onceIt('reports images that are missing or have moved, and imports nothing', async ({ begin }) => {
    const { attach, registry, world, cluster } = letImport(await begin())
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    registry.images.push('moved', 'v1', { content: 'other' })
    const end = await attach({ mode: 'check', images: 'nginx:1.27 => gone:v1\nnginx:1.27 => moved:v1' })
    expectFailure(end, 'DRIFT')
    expect(imports(end)).toEqual([])
    expect(images(end).map(({ status }) => status)).toEqual(['missing', 'missing'])
    expect(images(end).map(({ error }) => error?.code)).toEqual(['IMAGE_NOT_FOUND', 'IMAGE_CONFLICT'])
  })
})
