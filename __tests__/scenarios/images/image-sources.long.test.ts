import { describe } from 'vitest'
import { disarm } from '../../support/estate.js'
import { images, importer, imports, letImport, wall, type ImageScenario } from '../../support/image-world.js'
import { annotationTitles } from '../../support/reading.js'
import { expectAttached, expectFailure, onceIt, type Scenario } from '../../support/scenario.js'

const credentials = { username: 'robot', password: 'hunter2-secret' }
const withCredentials = { 'source-username': credentials.username, 'source-password': credentials.password }

interface Source {
  registryUri?: string
  resourceId?: string
  credentials?: { username?: string; password: string }
}

/** The credentials sent with each import, by source. */
function credentialsOf(end: Parameters<typeof imports>[0]): Record<string, Source['credentials']> {
  const sources = imports(end).map(({ requestBody }) => (requestBody as { source: Source }).source)
  return Object.fromEntries(
    sources.map(({ registryUri, resourceId, credentials: given }) => [registryUri ?? resourceId ?? '', given]),
  )
}

describe('credentials of the source', () => {
  onceIt('are sent only to the registry that they are for', async ({ begin, expect }) => {
    const { attach, world, group } = letImport(await begin())
    world.sourceRegistries.length = 0
    const options = { credentials, rateLimited: true }
    world.addSourceRegistry('docker.io', options).push('library/nginx', '1.27')
    world.addSourceRegistry('mcr.microsoft.com').push('dotnet/runtime', '8.0')
    const other = group.addRegistry('otheracr')
    other.images.push('app', 'v1')
    const lines = [
      'nginx:1.27',
      'mcr.microsoft.com/dotnet/runtime:8.0',
      'otheracr.azurecr.io/app:v1 => by-server',
      `${other.id}:app:v1 => by-id`,
    ]
    const end = await attach({ images: lines.join('\n'), ...withCredentials })
    expectAttached(end, { changed: true })
    expect(credentialsOf(end)).toEqual({
      'docker.io': credentials,
      'mcr.microsoft.com': undefined,
      [other.id]: undefined,
    })
    const callers = (host: string) =>
      new Set(end.requests.filter(request => request.host === host).map(({ caller }) => caller))
    expect(callers('registry-1.docker.io')).toContain('robot')
    expect(callers('mcr.microsoft.com')).toEqual(new Set([undefined]))
    expect(end.stdout.replace('::add-mask::hunter2-secret', '')).not.toContain('hunter2-secret')
  })

  onceIt('are rejected for several registries, before they are sent to any', async ({ begin, expect }) => {
    const { attach } = letImport(await begin())
    const lines = 'nginx:1.27\n# public\nghcr.io/team/app:v1\nmcr.microsoft.com/dotnet/runtime:8.0'
    const end = await attach({ images: lines, ...withCredentials })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.log).toMatch(/\bdocker\.io \(line 1\b.*\bghcr\.io \(line 3\b/)
    expect(end.log).not.toContain('mcr.microsoft.com')
    expect(end.requests).toEqual([])
  })

  onceIt('can be a token of an Azure registry, which is then accessed like any other', async ({ begin, expect }) => {
    const { attach, group } = letImport(await begin())
    group.addRegistry('otheracr').images.push('app', 'v1')
    const end = await attach({ images: 'otheracr.azurecr.io/app:v1', 'source-password': 'no-such-token' })
    expectFailure(end, 'SOURCE_UNAUTHORIZED')
    expect(credentialsOf(end)).toEqual({ 'otheracr.azurecr.io': { password: 'no-such-token' } })
  })

  onceIt('are never sent to a host that does not request them, nor unencrypted', async ({ begin, expect }) => {
    const { attach, world, simulator } = letImport(await begin())
    world.addSourceRegistry('registry.example.com', { credentials, anonymous: false }).push('app', 'v1')
    const headers = { 'www-authenticate': 'Bearer realm="http://registry.example.com/token",service="x"' }
    simulator.faults.add({ host: 'registry.example.com', status: 401, headers, times: Infinity })
    const end = await attach({ images: 'registry.example.com/app:v1', ...withCredentials })
    expectAttached(end, { changed: true })
    expect(end.requests.filter(({ path }) => path === '/token')).toEqual([])
    expect(end.log).toContain('http://registry.example.com')
  })
})

describe('signatures and attestations', () => {
  const stay =
    'has signatures or attestations, which an import does not copy; cosign copy or oras copy --recursive does'
  const sources: Record<string, (scenario: ImageScenario) => string> = {
    'as OCI referrers': ({ world }) => {
      world.addSourceRegistry('quay.io').push('team/app', 'v1', { referrers: 2 })
      return 'quay.io/team/app:v1'
    },
    "under the OCI's tag, where a registry has no referrers API": ({ hub }) => {
      hub.push('team/app', 'v1', { referrers: 1 })
      return 'team/app:v1'
    },
    "under cosign's tag for signatures, behind credentials": ({ world }) => {
      world.addSourceRegistry('ghcr.io', { credentials, anonymous: false }).push('team/app', 'v1', { signed: true })
      return 'ghcr.io/team/app:v1'
    },
    "under cosign's tag for attestations": ({ hub }) => {
      const digest = hub.push('team/app', 'v1')
      hub.push('team/app', `${digest.replace(':', '-')}.att`)
      return `team/app@${digest}`
    },
    'in a registry in Azure, given by its login server': ({ group }) => {
      group.addRegistry('otheracr').images.push('team/app', 'v1', { referrers: 1 })
      return 'otheracr.azurecr.io/team/app:v1'
    },
    'in a registry in Azure, given by its resource ID': ({ group }) => {
      const { id, images: store } = group.addRegistry('otheracr')
      store.push('team/app', 'v1', { signed: true })
      return `${id}:team/app:v1`
    },
  }

  onceIt.for(Object.entries(sources))('%s are reported as not imported', async ([, given], { begin, expect }) => {
    const scenario = letImport(await begin())
    const line = given(scenario)
    const end = await scenario.attach({ images: line, ...(line.startsWith('ghcr.io') && withCredentials) })
    expectAttached(end, { changed: true })
    expect(end.log.split(stay)).toHaveLength(2)
    expect(end.summary).toContain(stay)
    expect(end.report.notes).toContainEqual(expect.stringContaining(stay))
  })

  onceIt(
    'that do not exist are not mentioned, and are requested once for all registries',
    async ({ begin, expect }) => {
      const { attach, group, world, deployer } = letImport(await begin())
      const other = group.addRegistry('otheracr')
      for (const role of [importer, 'Role Based Access Control Administrator'])
        world.assignRole({ principalId: deployer.objectId, role, scope: other.id })
      const end = await attach({ registry: 'contosoacr\notheracr', images: 'nginx:1.27' })
      expectAttached(end, { changed: true })
      expect(end.report.notes.filter(note => !note.includes('kubelet identity'))).toEqual([])
      expect(end.requests.filter(({ path }) => path.includes('/referrers/'))).toHaveLength(1)
    },
  )

  onceIt("that can't be requested are reported as unknown", async ({ begin, expect }) => {
    const { attach, simulator, digest } = letImport(await begin())
    simulator.faults.add({ host: 'registry-1.docker.io', reset: true, times: Infinity })
    const end = await attach({ images: `nginx@${digest}` })
    expectAttached(end, { changed: true })
    expect(end.log).toMatch(new RegExp(`nginx@${digest}.*signatures or attestations`))
    expect(end.report.notes).toContainEqual(expect.stringContaining('registry-1.docker.io'))
  })
})

/** A role that can import and see the registry, but can't read its contents. */
function letOnlyImport(scenario: Scenario): void {
  const { world, deployer, registry, cluster } = scenario
  disarm(scenario)
  const { name } = world.addCustomRole({
    roleName: 'Importer only',
    assignableScopes: ['/'],
    actions: [
      'Microsoft.ContainerRegistry/registries/read',
      'Microsoft.ContainerRegistry/registries/importImage/action',
      'Microsoft.Authorization/roleAssignments/read',
      'Microsoft.Authorization/roleAssignments/write',
    ],
  })
  world.assignRole({ principalId: deployer.objectId, role: name, scope: registry.id })
  world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: cluster.id })
}

describe("a registry that can't be read", () => {
  const walls: Record<string, { given: (scenario: ImageScenario) => void; reason: string }> = {
    'for want of a role': { given: letOnlyImport, reason: 'AcrPull' },
    'for want of a role in ABAC mode': {
      given: scenario => {
        Object.assign(scenario.registry.body.properties, { roleAssignmentMode: 'AbacRepositoryPermissions' })
        letOnlyImport(scenario)
      },
      reason: 'Container Registry Repository Reader',
    },
    'through its firewall': {
      given: ({ registry }) => {
        wall(registry)
      },
      reason: 'firewall',
    },
  }

  onceIt.for(Object.entries(walls))('%s still gets imports', async ([, wall], { begin, expect }) => {
    const scenario = letImport(await begin())
    wall.given(scenario)
    const ids = { cluster: scenario.cluster.id, 'resource-group': '', registry: scenario.registry.id }
    const end = await scenario.attach({ ...ids, images: 'nginx:1.27 => web/nginx:v1' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([
      { status: 'imported', digest: null, image: 'contosoacr.azurecr.io/web/nginx:v1' },
    ])
    expect(end.outputs.image).toBe('contosoacr.azurecr.io/web/nginx:v1')
    const notes = end.log.split('\n').filter(line => /^ *note: .*\bdigest of web\/nginx:v1 on contosoacr\b/.test(line))
    expect(notes).toEqual([expect.stringMatching(new RegExp(`\\b${wall.reason} o[nf] contosoacr\\b`))])
    expect(scenario.registry.images.find('web/nginx', 'v1')?.digest).toBe(scenario.digest)
  })

  onceIt("isn't drift in check, which reports it as unknown", async ({ begin, expect }) => {
    const { attach, registry, world, cluster } = letImport(await begin())
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    wall(registry)
    const end = await attach({ mode: 'check', images: 'nginx:1.27' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', changed: 'false' } })
    expect(end.log).toContain('the firewall of contosoacr')
    expect(end.log).toMatch(/^⚠ .* · 1 image /m)
    expect(end.summary).toMatch(/^\| ⚠ \| nginx:1\.27 \| library\/nginx:1\.27 on contosoacr \|/m)
  })
})

describe('a registry that takes no tokens for Azure Resource Manager', () => {
  onceIt('is read with its own', async ({ begin, expect }) => {
    const { attach, registry, digest } = letImport(await begin())
    Object.assign(registry.body.properties, { policies: { azureADAuthenticationAsArmPolicy: { status: 'disabled' } } })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })
})

describe('a source', () => {
  onceIt('with a redirect is followed', async ({ begin, expect }) => {
    const { attach, world, simulator } = letImport(await begin())
    const open = { authentication: 'none' } as const
    const digest = world.addSourceRegistry('near.pkg.dev', open).push('k8s/pause', '3.10')
    world.addSourceRegistry('registry.k8s.io', open).push('pause', '3.10', { content: 'k8s/pause:3.10' })
    const location = 'https://near.pkg.dev/v2/k8s/pause/manifests/3.10'
    simulator.faults.add({ method: 'HEAD', host: 'registry.k8s.io', status: 307, headers: { location } })
    const end = await attach({ images: 'registry.k8s.io/pause:3.10' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
    expect(end.report.notes.filter(note => !note.includes('kubelet identity'))).toEqual([])
  })

  onceIt("that is deleted after its image was imported doesn't fail the step", async ({ begin, expect }) => {
    const { attach, registry, hub } = letImport(await begin())
    expectAttached(await attach({ images: 'nginx:1.27' }), { changed: true })
    hub.removeTag('library/nginx', '1.27')
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: false })
    // Nothing shows any more that it is the same image.
    expect(images(end)).toMatchObject([{ status: 'present', digest: null }])
    expect(end.log).toMatch(/docker\.io\/library\/nginx:1\.27 .*exist/)
    registry.images.removeTag('library/nginx', '1.27')
    expectFailure(await attach({ images: 'nginx:1.27' }), 'IMAGE_NOT_FOUND')
  })

  onceIt('is looked up once, however many images come from it', async ({ begin, expect }) => {
    const { attach, world, deployer } = letImport(await begin())
    const source = world.addSubscription().addResourceGroup('rg-else').addRegistry('sourceacr')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: source.id })
    for (const name of ['a', 'b', 'c']) source.images.push(name, 'v1')
    const lines = ['a', 'b', 'c'].map(name => `SourceAcr.azurecr.io/${name}:v1`)
    const end = await attach({ images: lines.join('\n') })
    expectAttached(end, { changed: true })
    for (const { requestBody } of imports(end)) expect(requestBody).toMatchObject({ source: { resourceId: source.id } })
    expect(end.requests.filter(({ path }) => path.includes('/Microsoft.ResourceGraph/'))).toHaveLength(1)
  })
  onceIt('given by its resource ID is called by its name', async ({ begin, expect }) => {
    const { attach, world } = letImport(await begin())
    const source = world.addSubscription().addResourceGroup('rg-else').addRegistry('sourceacr')
    source.images.push('a', 'v1')
    const end = await attach({ images: `${source.id}:a:v1` })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(annotationTitles(end)).toContain('error attach-acr: AUTHORIZATION_FAILED on sourceacr/a:v1')
    expect(end.summary).toContain('| sourceacr/a:v1 | a:v1 on contosoacr |')
    expect(images(end)).toMatchObject([{ source: `${source.id}:a:v1` }])
  })
})
