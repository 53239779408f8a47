import { describe } from 'vitest'
import { disarm } from '../../support/estate.js'
import { images, imports, letImport } from '../../support/image-world.js'
import { expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

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
  it('are sent only to the registry that they are for', async ({ begin, expect }) => {
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

  it('can be a token of an Azure registry, which is then accessed like any other', async ({ begin, expect }) => {
    const { attach, group } = letImport(await begin())
    group.addRegistry('otheracr').images.push('app', 'v1')
    const end = await attach({ images: 'otheracr.azurecr.io/app:v1', 'source-password': 'no-such-token' })
    expectFailure(end, 'SOURCE_UNAUTHORIZED')
    expect(credentialsOf(end)).toEqual({ 'otheracr.azurecr.io': { password: 'no-such-token' } })
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
  it('for want of a role still gets imports', async ({ begin, expect }) => {
    const scenario = letImport(await begin())
    letOnlyImport(scenario)
    const ids = { cluster: scenario.cluster.id, 'resource-group': '', registry: scenario.registry.id }
    const end = await scenario.attach({ ...ids, images: 'nginx:1.27 => web/nginx:v1' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([
      { status: 'imported', digest: null, image: 'contosoacr.azurecr.io/web/nginx:v1' },
    ])
    expect(end.outputs.image).toBe('contosoacr.azurecr.io/web/nginx:v1')
    expect(scenario.registry.images.find('web/nginx', 'v1')?.digest).toBe(scenario.digest)
  })
})

describe('a registry that takes no tokens for Azure Resource Manager', () => {
  it('is read with its own', async ({ begin, expect }) => {
    const { attach, registry, digest } = letImport(await begin())
    Object.assign(registry.body.properties, { policies: { azureADAuthenticationAsArmPolicy: { status: 'disabled' } } })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })
})

describe('a source', () => {
  it('with a redirect is followed', async ({ begin, expect }) => {
    const { attach, world, simulator } = letImport(await begin())
    const open = { authentication: 'none' } as const
    const digest = world.addSourceRegistry('near.pkg.dev', open).push('k8s/pause', '3.10')
    world.addSourceRegistry('registry.k8s.io', open).push('pause', '3.10', { content: 'k8s/pause:3.10' })
    const location = 'https://near.pkg.dev/v2/k8s/pause/manifests/3.10'
    simulator.faults.add({ method: 'HEAD', host: 'registry.k8s.io', status: 307, headers: { location } })
    const end = await attach({ images: 'registry.k8s.io/pause:3.10' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })

  it('is looked up once, however many images come from it', async ({ begin, expect }) => {
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
})
