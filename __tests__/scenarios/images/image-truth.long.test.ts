import { describe } from 'vitest'
import { images, importer, imports, letImport, wall, type ImageScenario } from '../../support/image-world.js'
import { advisedCommands, errorsOf } from '../../support/reading.js'
import { expectAttached, expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'

const post = { method: 'POST', path: '/importImage' }

const warnings = (end: StepEnd) =>
  end.annotations.filter(({ level }) => level === 'warning').map(({ title, message }) => `${title}: ${message}`)

const codes = (end: StepEnd) => end.report.findings.map(({ code }) => code)

describe("a registry that the runner can't read", () => {
  onceIt('and already has the tag is not a conflict, even if that is reported late', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    scenario.registry.images.push('library/nginx', '1.27', { content: 'perhaps another' })
    scenario.world.imports.conflictAt = 'poll'
    wall(scenario.registry)
    const end = await scenario.attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true }) // the grant
    expect(images(end)).toMatchObject([{ status: 'present', digest: null }])
  })

  onceIt('makes a second run end like the first, with a note that nothing was compared', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    wall(scenario.registry)
    expectAttached(await scenario.attach({ images: 'nginx:1.27' }), { changed: true })
    const end = await scenario.attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: false })
    expect(images(end)).toMatchObject([{ status: 'present', digest: null }])
    expect(end.outputs.image).toBe('contosoacr.azurecr.io/library/nginx:1.27')
    expect(codes(end)).toContain('IMAGE_NOT_COMPARED')
    expect(warnings(end)).toContainEqual(expect.stringMatching(/IMAGE_NOT_COMPARED.*firewall of contosoacr/))
    expect(end.summary).toMatch(/^### ⚠/m)
    const check = await scenario.attach({ images: 'nginx:1.27', mode: 'check' })
    expect(check.outputs).toMatchObject({ drift: 'false', 'error-code': '' })
    expect(images(check)).toMatchObject([{ status: 'unknown', digest: null }])
    expect(codes(check)).toContain('IMAGE_NOT_COMPARED')
  })

  onceIt('is overwritten on request', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    wall(scenario.registry)
    scenario.registry.images.push('library/nginx', '1.27', { content: 'another' })
    const end = await scenario.attach({ images: 'nginx:1.27', 'force-import': 'true' })
    expectAttached(end, { changed: true })
    expect(scenario.registry.images.find('library/nginx', '1.27')?.digest).toBe(scenario.digest)
  })
})

describe("a check of a registry that the runner can't read", () => {
  onceIt('does not report an image as present without knowing it', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    expectAttached(await scenario.attach(), { changed: true })
    wall(scenario.registry)
    const end = await scenario.attach({ images: 'nginx:1.27', mode: 'check' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': '' })
    expect(end.summary).toMatch(/^\| ⚠ \| nginx:1\.27 \| library\/nginx:1\.27 on contosoacr \|/m)
    expect(end.report.findings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/library\/nginx:1\.27 .*contosoacr.*firewall/),
    )
    expect(end.report.unknown).toMatchObject([{ subject: 'contosoacr.azurecr.io/library/nginx:1.27' }])
  })
})

describe("a source that the runner can't ask", () => {
  onceIt('does not change an existing tag, and pins nothing that was not compared', async ({ begin, expect }) => {
    const { attach, registry, simulator } = letImport(await begin())
    registry.images.push('library/nginx', '1.27', { content: 'perhaps another' })
    simulator.faults.add({ host: 'registry-1.docker.io', reset: true, times: Infinity })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true }) // the grant
    expect(images(end)).toMatchObject([{ status: 'present', digest: null }])
    expect(end.outputs.image).toBe('contosoacr.azurecr.io/library/nginx:1.27')
    expect(codes(end)).toContain('IMAGE_NOT_COMPARED')
  })
})

describe('Docker Hub', () => {
  onceIt(
    "doesn't distinguish private images from missing ones, and the message reports that",
    async ({ begin, expect }) => {
      const { attach } = letImport(await begin())
      const end = await attach({ images: 'team/nowhere:1' })
      expectFailure(end, 'SOURCE_UNAUTHORIZED')
      expect(errorsOf(end)[0]?.message).toMatch(/^docker\.io\/team\/nowhere:1 does not exist, or is private\./)
      expect(end.log).toMatch(/team\/nowhere .*registry-1\.docker\.io .*HTTP 401/)
    },
  )
})

describe('an import', () => {
  onceIt('into a busy registry is retried', async ({ begin, expect }) => {
    const { attach, simulator } = letImport(await begin())
    const body = { error: { code: 'Conflict', message: 'Another operation is in progress on the registry.' } }
    simulator.faults.add({ ...post, status: 409, body, times: 2 })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(imports(end)).toHaveLength(3)
  })

  onceIt('into a registry that stays busy ends at the timeout', async ({ begin, expect }) => {
    const { attach, simulator } = letImport(await begin())
    const body = { error: { code: 'Conflict', message: 'Another operation is in progress on the registry.' } }
    simulator.faults.add({ ...post, status: 409, body, times: Infinity })
    const end = await attach({ images: 'nginx:1.27', timeout: '7s' })
    expectFailure(end, 'IMPORT_FAILED')
    expect(end.log).toContain('Another operation is in progress')
  })

  onceIt('whose operation Azure does not know yet continues', async ({ begin, expect }) => {
    const { attach, simulator, digest } = letImport(await begin())
    const error = { code: 'NotFound', message: 'The operation was not found.' }
    simulator.faults.add({ method: 'GET', path: '/operationResults/', status: 404, body: { error }, times: 2 })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    expect(imports(end)).toHaveLength(1)
  })

  onceIt('into a repository filled by a cache rule fails immediately', async ({ begin, expect }) => {
    const { attach, simulator } = letImport(await begin())
    const message = 'Operation is not allowed, because the repository library/nginx is the target of a cache rule.'
    simulator.faults.add({ ...post, status: 409, body: { error: { code: 'Conflict', message } }, times: Infinity })
    const end = await attach({ images: 'nginx:1.27' })
    expectFailure(end, 'IMPORT_FAILED')
    expect(errorsOf(end)[0]?.reason).toMatch(/cache rule of contosoacr .*library\/nginx/)
    expect(advisedCommands(end)).toEqual([expect.stringContaining('az acr cache list --registry contosoacr ')])
    expect(imports(end)).toHaveLength(1)
  })

  onceIt('that the data plane shows late is waited for', async ({ begin, expect }) => {
    const { attach, simulator, digest } = letImport(await begin())
    const body = { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest is not found' }] }
    // The first one is the check before the import; the others take more than the former limit of five seconds.
    simulator.faults.add({ path: '/acr/v1/library%2Fnginx/_tags/1.27', status: 404, body, times: 7 })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })

  onceIt('that the data plane shows as another image for a moment is waited for', async ({ begin, expect }) => {
    const { attach, registry, digest, whenAnswered } = letImport(await begin())
    const other = registry.images.push('library/nginx', 'other', { content: 'other' })
    whenAnswered(
      ({ path }) => path.endsWith('/importImage'),
      () => {
        registry.images.moveTag('library/nginx', '1.27', other)
      },
    )
    // The check before the import, the first one after it, and the one that finds the image.
    whenAnswered(
      ({ path }) => path.includes('/library%2Fnginx/_tags/1.27'),
      () => {
        registry.images.moveTag('library/nginx', '1.27', digest)
      },
      2,
    )
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })

  onceIt('needs two requests for its signatures and attestations', async ({ begin, expect }) => {
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
  onceIt(
    'need at most eight requests per image if they already exist: one at the source, and those for tag, manifest and repository',
    async ({ begin, expect }) => {
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
    },
  )
})
