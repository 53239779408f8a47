import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { mayReplaceHosts } from '../support/clients.js'
import { it, type Machine } from '../support/machine.js'

/** Docker Hub with one image. */
function addNginx({ world }: Machine): string {
  const hub = world.addSourceRegistry('docker.io')
  return hub.push('library/nginx', '1.27', { platforms: ['linux/amd64', 'linux/arm64'] })
}

const source = '--source docker.io/library/nginx:1.27'

describe('az acr import', () => {
  it('imports new images, refuses existing ones, and overwrites them with --force', async ({ begin }) => {
    const machine = await begin({ clients: ['az'] })
    const { az, azFails, registry, world } = machine
    const digest = addNginx(machine)
    await az(`acr import --name contosoacr ${source} --image nginx:1.27`)
    expect(registry.images.find('nginx', '1.27')?.digest).toBe(digest)

    const conflict = await azFails(`acr import --name contosoacr ${source} --image nginx:1.27`)
    expect(conflict.stderr).toContain('(Conflict) Tag nginx:1.27 already exists in target registry.')

    const moved = world.sourceRegistries[0]?.push('library/nginx', '1.27', { content: 'newer' })
    await az(`acr import --name contosoacr ${source} --image nginx:1.27 --force`)
    expect(registry.images.find('nginx', '1.27')?.digest).toBe(moved)
  })

  it('imports by digest, and from another registry by its ID', async ({ begin }) => {
    const machine = await begin({ clients: ['az'] })
    const { az, registry, group } = machine
    const digest = addNginx(machine)
    await az(`acr import --name contosoacr --source docker.io/library/nginx@${digest} --repository nginx`)
    expect(registry.images.find('nginx', digest)?.digest).toBe(digest)
    const shared = group.addRegistry('sharedacr')
    const app = shared.images.push('team/app', 'v1')
    await az(`acr import --name contosoacr --source team/app:v1 --registry ${shared.id}`)
    expect(registry.images.find('team/app', 'v1')?.digest).toBe(app)
  })

  it('reports a missing source', async ({ begin }) => {
    const machine = await begin({ clients: ['az'] })
    addNginx(machine)
    const { stderr } = await machine.azFails('acr import --name contosoacr --source docker.io/library/nginx:none')
    expect(stderr).toContain('(InvalidParameters)')
    expect(machine.registry.images.repositories.size).toBe(0)
  })
})

describe('az acr repository', () => {
  it('lists repositories and tags, and shows images and manifests', async ({ begin }) => {
    const { az, azFails, registry } = await begin({ clients: ['az'] })
    const digest = registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
    registry.images.push('team/app', 'v2')
    expect(await az('acr repository list --name contosoacr')).toEqual(['team/app'])
    expect(await az('acr repository show-tags --name contosoacr --repository team/app')).toEqual(['v1', 'v2'])
    expect(await az('acr repository show --name contosoacr --repository team/app')).toMatchObject({
      registry: 'contosoacr.azurecr.io',
      imageName: 'team/app',
      manifestCount: 4,
      tagCount: 2,
    })
    expect(await az('acr repository show --name contosoacr --image team/app:v1')).toMatchObject({ name: 'v1', digest })
    const manifests = await az<Record<string, unknown>[]>(
      'acr manifest list-metadata --registry contosoacr --name team/app',
    )
    const architectures = manifests.map(({ architecture }) => architecture ?? 'index')
    expect(architectures.sort()).toEqual(['amd64', 'amd64', 'arm64', 'index'])
    expect((await azFails('acr repository show --name contosoacr --image team/app:v9')).stderr).toContain(
      'manifest tagged by "v9" is not found',
    )
  })

  it('locks an image at each of its levels, and unlocks it', async ({ begin }) => {
    const { az, registry } = await begin({ clients: ['az'] })
    const digest = registry.images.push('team/app', 'v1')
    for (const place of ['--image team/app:v1', `--image team/app@${digest}`, '--repository team/app']) {
      await az(`acr repository update --name contosoacr ${place} --read-enabled false`)
      expect(registry.images.isReadLocked('team/app', 'v1')).toBe(true)
      const show = `acr repository show --name contosoacr ${place} --query changeableAttributes`
      expect(await az(show)).toMatchObject({ readEnabled: false, writeEnabled: true })
      await az(`acr repository update --name contosoacr ${place} --read-enabled true`)
      expect(registry.images.isReadLocked('team/app', 'v1')).toBe(false)
    }
  })

  it('reads a registry in ABAC mode with a repository role', async ({ begin }) => {
    const { az, azFails, group, world, deployer } = await begin({ clients: ['az'] })
    const abac = group.addRegistry('abacacr', { sku: 'Premium', roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('team/app', 'v1')
    // The deployer owns the subscription, which gives no access to repositories here.
    const showTags = 'acr repository show-tags --name abacacr --repository team/app'
    expect((await azFails(showTags)).stderr).toContain('authentication required')
    world.assignRole({ principalId: deployer.objectId, role: 'Container Registry Repository Reader', scope: abac.id })
    expect(await az(showTags)).toEqual(['v1'])
    expect((await azFails('acr repository list --name abacacr')).stderr).toContain('authentication required')
  })
})

describe('az acr check-health', () => {
  it('stops at the name of the registry, which it resolves without the proxy', async ({ begin }) => {
    const { run } = await begin({ clients: ['az'] })
    const { stderr } = await run('az', ['acr', 'check-health', '--name', 'contosoacr', '--ignore-errors', '--yes'])
    expect(stderr).toContain('Azure CLI version: 2.')
    expect(stderr).toContain("Failed to reach DNS for registry 'contosoacr.azurecr.io'")
  })

  it('finds a registry in good health once its name resolves', async ({ begin, skip }) => {
    const { run, folder, registry, deployer, world } = await begin({ clients: ['az'] })
    skip(!mayReplaceHosts(), 'this machine has no mount namespaces to give az another /etc/hosts in')
    const hosts = join(folder, 'hosts')
    await writeFile(hosts, `203.0.113.9 ${registry.loginServer}\n`)
    const check = async (): Promise<string> => {
      const args = [
        'acr',
        'check-health',
        '--name',
        'contosoacr',
        '--repository',
        'team/app',
        '--ignore-errors',
        '--yes',
      ]
      return (await run('az', args, { hosts })).stderr
    }
    const healthy = await check()
    expect(healthy).toContain('DNS lookup to contosoacr.azurecr.io at IP 203.0.113.9 : OK')
    expect(healthy).toContain('Challenge endpoint https://contosoacr.azurecr.io/v2/ : OK')
    expect(healthy).toContain("Fetch refresh token for registry 'contosoacr.azurecr.io' : OK")
    expect(healthy).toContain("Fetch access token for repository 'team/app' in registry 'contosoacr.azurecr.io' : OK")

    // az reads the permissions from the access token.
    registry.body.properties.roleAssignmentMode = 'AbacRepositoryPermissions'
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Container Registry Repository Reader',
      scope: registry.id,
    })
    expect(await check()).toContain(
      'You have pull and metadata_read permissions to the repository. You are lacking push',
    )
    registry.body.properties.publicNetworkAccess = 'Disabled'
    expect(await check()).toContain('CONNECTIVITY_FORBIDDEN_ERROR')
  })
})
