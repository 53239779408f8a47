import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { it, type Machine } from '../support/machine.js'

/** The user name that goes with a refresh token (azure-cli `acr login --expose-token`). */
const user = '00000000-0000-0000-0000-000000000000'

const exposeToken = async ({ az }: Machine, registry: string): Promise<string> => {
  const { refreshToken } = await az<{ refreshToken: string }>(`acr login --name ${registry} --expose-token`)
  return refreshToken
}

describe('skopeo', () => {
  it('inspects and copies with a token of az acr login', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'skopeo'] })
    const { run, registry, folder, simulator } = machine
    const digest = registry.images.push('team/app', 'v1')
    const credentials = `${user}:${await exposeToken(machine, 'contosoacr')}`
    const image = 'docker://contosoacr.azurecr.io/team/app:v1'
    const inspected = await run('skopeo', ['inspect', '--creds', credentials, image])
    expect(JSON.parse(inspected.stdout), inspected.stderr).toMatchObject({
      Name: 'contosoacr.azurecr.io/team/app',
      Digest: digest,
      RepoTags: ['v1'],
      Architecture: 'amd64',
      Os: 'linux',
    })

    const copied = await run('skopeo', ['copy', '--src-creds', credentials, image, 'oci:copy:v1'])
    expect(copied.exitCode, copied.stderr).toBe(0)
    const index = JSON.parse(readFileSync(join(folder, 'copy', 'index.json'), 'utf8')) as unknown
    expect(index).toMatchObject({ manifests: [{ digest }] })
    expect(simulator.requests.filter(({ path }) => path.includes('/blobs/sha256:')).length).toBeGreaterThan(0)
  })

  it('is refused without a token and without permission, with the missing one in the error', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'skopeo'] })
    const { run, group, registry } = machine
    registry.images.push('team/app', 'v1')
    const anonymous = await run('skopeo', ['inspect', 'docker://contosoacr.azurecr.io/team/app:v1'])
    expect(anonymous.stderr).toContain('authentication required, visit https://aka.ms/acr/authorization')

    const credentials = `${user}:${await exposeToken(machine, 'contosoacr')}`
    const missing = await run('skopeo', [
      'inspect',
      '--creds',
      credentials,
      'docker://contosoacr.azurecr.io/team/app:v9',
    ])
    expect(missing.stderr).toContain('manifest unknown')

    const abac = group.addRegistry('abacacr', { sku: 'Premium', roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('team/app', 'v1')
    const token = await exposeToken(machine, 'abacacr')
    const refused = await run('skopeo', [
      'inspect',
      '--creds',
      `${user}:${token}`,
      'docker://abacacr.azurecr.io/team/app:v1',
    ])
    expect(refused.exitCode).not.toBe(0)
    expect(refused.stderr).toContain('requested access to the resource is denied')
  })

  it('is blocked by the firewall', async ({ begin }) => {
    const machine = await begin({ clients: ['skopeo'] })
    machine.group.addRegistry('walledacr', { sku: 'Premium', networkDefaultAction: 'Deny' })
    const { stderr } = await machine.run('skopeo', ['inspect', 'docker://walledacr.azurecr.io/team/app:v1'])
    expect(stderr).toContain("client with IP '203.0.113.7' is not allowed access")
  })
})

describe('oras', () => {
  it('signs in, fetches manifests, copies and pulls', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'oras'] })
    const { run, registry, folder } = machine
    const digest = registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], referrers: 1 })
    const login = ['login', 'contosoacr.azurecr.io', '--username', user, '--password-stdin']
    const { exitCode, stderr } = await run('oras', login, { input: await exposeToken(machine, 'contosoacr') })
    expect(exitCode, stderr).toBe(0)

    const image = 'contosoacr.azurecr.io/team/app:v1'
    const fetched = await run('oras', ['manifest', 'fetch', '--descriptor', image])
    expect(JSON.parse(fetched.stdout), fetched.stderr).toMatchObject({ digest })
    const tags = await run('oras', ['repo', 'tags', 'contosoacr.azurecr.io/team/app'])
    expect(tags.stdout.trim()).toBe('v1')
    const referrers = await run('oras', ['discover', '--format', 'json', image])
    expect(JSON.parse(referrers.stdout), referrers.stderr).toMatchObject({
      manifests: [{ artifactType: 'application/vnd.in-toto+json' }],
    })

    const copied = await run('oras', ['copy', image, '--to-oci-layout', 'layout:v1'])
    expect(copied.exitCode, copied.stderr).toBe(0)
    const index = JSON.parse(readFileSync(join(folder, 'layout', 'index.json'), 'utf8')) as unknown
    expect(index).toMatchObject({ manifests: expect.arrayContaining([expect.objectContaining({ digest })]) as unknown })
    const pulled = await run('oras', ['pull', '--platform', 'linux/arm64', image, '--output', 'pulled'])
    expect(pulled.exitCode, pulled.stderr).toBe(0)
  })

  it('deletes an image, which soft delete keeps and az restores', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'oras'], azAs: 'owner' })
    const { az, run, registry } = machine
    Object.assign(registry.body.properties.policies as object, {
      softDeletePolicy: { status: 'enabled', retentionDays: 7 },
    })
    const digest = registry.images.push('team/app', 'v1')
    const login = ['login', 'contosoacr.azurecr.io', '--username', user, '--password-stdin']
    await run('oras', login, { input: await exposeToken(machine, 'contosoacr') })
    const deleted = await run('oras', ['manifest', 'delete', '--force', `contosoacr.azurecr.io/team/app@${digest}`])
    expect(deleted.exitCode, deleted.stderr).toBe(0)
    expect(registry.images.find('team/app', 'v1')).toBeUndefined()
    const listed = await az('acr manifest list-deleted --registry contosoacr --name team/app')
    expect(listed).toMatchObject([{ digest, tags: ['v1'] }])
    await az(`acr manifest restore --registry contosoacr --name team/app:v1 --digest ${digest}`)
    expect(registry.images.find('team/app', 'v1')?.digest).toBe(digest)
  })
})
