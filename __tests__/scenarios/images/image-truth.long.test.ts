import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { images, importer, imports, letImport, wall, type ImageScenario } from '../../support/image-world.js'
import { letPull } from '../../support/pull-scenario.js'
import { warningsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it, type StepEnd } from '../../support/scenario.js'

const codes = (end: StepEnd) => end.report.findings.map(({ code }) => code)

describe("a registry that the runner can't read", () => {
  it('and already has the tag is not a conflict, even if that is reported late', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    scenario.registry.images.push('library/nginx', '1.27', { content: 'perhaps another' })
    scenario.world.imports.conflictAt = 'poll'
    wall(scenario.registry)
    const end = await scenario.attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true }) // the grant
    expect(images(end)).toMatchObject([{ status: 'present', digest: null }])
  })

  it('makes a second run end like the first, with a note that nothing was compared', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    wall(scenario.registry)
    expectAttached(await scenario.attach({ images: 'nginx:1.27' }), { changed: true })
    const end = await scenario.attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: false })
    expect(images(end)).toMatchObject([{ status: 'present', digest: null }])
    expect(end.outputs.image).toBe('contosoacr.azurecr.io/library/nginx:1.27')
    expect(codes(end)).toContain('IMAGE_NOT_COMPARED')
  })
})

describe("a check of a registry that the runner can't read", () => {
  it('does not report an image as present without knowing it', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    expectAttached(await scenario.attach(), { changed: true })
    wall(scenario.registry)
    const end = await scenario.attach({ images: 'nginx:1.27', mode: 'check' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': '' })
    expect(images(end)).toMatchObject([{ status: 'unknown', digest: null }])
    expect(codes(end)).toContain('IMAGE_NOT_COMPARED')
    expect(end.report.unknown).toMatchObject([{ subject: 'contosoacr.azurecr.io/library/nginx:1.27' }])
  })
})

describe('ready', () => {
  it('counts an image that Azure has imported where the runner can read nothing', async ({ begin, expect }) => {
    const { attach, registry } = letImport(await begin())
    wall(registry)
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
    const spec = { containers: [{ name: 'web', image: 'contosoacr.azurecr.io/library/nginx:1.27' }] }
    writeFileSync(
      join(folder, 'web.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec }),
    )
    const end = await attach(
      { images: 'nginx:1.27', manifests: '*.json' },
      { environment: { GITHUB_WORKSPACE: folder } },
    )
    expectAttached(end, { changed: true })
    expect(end.outputs.ready).toBe('true')
    expect(end.report.images).toMatchObject([{ status: 'imported', digest: null }])
    expect(end.report.manifests).toMatchObject([{ status: 'present' }])
  })
})

describe.each(['attach', 'check'])('files in mode %s', mode => {
  const deployed = (args: string[]) => {
    const containers = [{ name: 'web', image: 'contosoacr.azurecr.io/library/nginx:1.27', args }]
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers } }
  }

  it('with a name in several fields are not ready, and show what renders them', async ({ begin, expect }) => {
    const { attach } = letImport(await begin())
    expectAttached(await attach({ images: 'nginx:1.27' }), { changed: true })
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
    writeFileSync(join(folder, 'web.json'), JSON.stringify(deployed([])))
    const inputs = { mode, manifests: '*.json' }
    const options = { environment: { GITHUB_WORKSPACE: folder } }
    expect((await attach(inputs, options)).outputs.ready).toBe('true')
    const values = { image: { repository: 'contosoacr.azurecr.io/team/gone', tag: 'v1' } }
    writeFileSync(join(folder, 'values.json'), JSON.stringify(values))
    const end = await attach(inputs, options)
    expect(end).toMatchObject({ exitCode: 0, outputs: { attached: 'true', ready: 'false', 'error-code': '' } })
    const message: unknown = expect.stringContaining('helm template CHART --values values.json --skip-tests')
    expect(end.report.unknown).toMatchObject([{ subject: 'values.json', message }])
    expect(warningsOf(end)).toContainEqual(message)
  })
})

describe('a rendered chart with a test and the source of a chart', () => {
  const rendered = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'test', annotations: { 'helm.sh/hook': 'test' } },
    spec: { containers: [{ name: 'test', image: 'contosoacr.azurecr.io/team/gone:v1' }] },
  }
  const web = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'web', image: 'contosoacr.azurecr.io/team/app:v1' }] },
  }
  const source = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'shop' },
    spec: { url: 'oci://contosoacr.azurecr.io/charts/shop', ref: { tag: '1.2.3' } },
  }

  it('are ready if image and chart are there, and not without the chart, which no node pulls', async ({
    begin,
    expect,
  }) => {
    const scenario = letPull(await begin())
    const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'shop.json')
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [rendered, web, source] }))
    const inputs = { manifests: file, 'probe-image': '', timeout: '10s' }
    const without = await scenario.pull(inputs)
    expectFailure(without, 'IMAGE_NOT_FOUND')
    expect(without.outputs).toMatchObject({ attached: 'true', ready: 'false' })
    scenario.registry.images.push('charts/shop', '1.2.3')
    const end = await scenario.pull(inputs)
    expect(end).toMatchObject({ exitCode: 0, outputs: { ready: 'true', verified: 'pull', 'error-code': '' } })
    expect(end.report.manifests).toMatchObject([{ status: 'present' }, { status: 'present' }])
    const pulled = end.report.pairs.flatMap(({ pulls }) => pulls.map(({ image }) => image))
    expect(new Set(pulled)).toEqual(new Set(['contosoacr.azurecr.io/team/app:v1']))
    const ofFile = end.report.findings.filter(({ subject }) => subject.endsWith('shop.json'))
    expect(ofFile).toMatchObject([{ code: 'IMAGE_NOT_PROBED', severity: 'notice' }])
  })
})

describe('an import', () => {
  it('whose operation Azure does not know yet continues', async ({ begin, expect }) => {
    const { attach, simulator, digest } = letImport(await begin())
    const error = { code: 'NotFound', message: 'The operation was not found.' }
    simulator.faults.add({ method: 'GET', path: '/operationResults/', status: 404, body: { error }, times: 2 })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    expect(imports(end)).toHaveLength(1)
  })

  it('needs two requests for its signatures and attestations', async ({ begin, expect }) => {
    const { attach, digest } = letImport(await begin())
    const end = await attach({ images: `nginx:1.27` })
    expectAttached(end, { changed: true })
    const asked = end.requests.filter(({ host, path }) => host === 'registry-1.docker.io' && !path.endsWith('/1.27'))
    expect(asked.map(({ path }) => path)).toEqual([
      `/v2/library/nginx/referrers/${digest}`,
      '/v2/library/nginx/tags/list',
    ])
  })
})

/** A second registry that the deployer can import into. */
function addSecond({ group, world, deployer }: ImageScenario) {
  const second = group.addRegistry('fabrikamacr')
  for (const role of [importer, 'Role Based Access Control Administrator'])
    world.assignRole({ principalId: deployer.objectId, role, scope: second.id })
  return second
}

describe('120 images in two registries', () => {
  it('need at most eight requests per image if they already exist', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    const second = addSecond(scenario)
    const names = Array.from({ length: 120 }, (_, index) => `team/app-${index}`)
    for (const name of names)
      for (const store of [scenario.hub, scenario.registry.images, second.images])
        store.push(name, 'v1', { layers: 0, content: name })
    const end = await scenario.attach({
      registry: 'contosoacr\nfabrikamacr',
      images: names.map(name => `${name}:v1`).join('\n'),
    })
    expect(end.exitCode, end.log.slice(0, 2000)).toBe(0)
    expect(images(end).map(({ status }) => status)).toEqual(Array.from({ length: 240 }, () => 'present'))
    expect(end.requests.length).toBeLessThanOrEqual(8 * 120)
  })
})
