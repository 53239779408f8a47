import { describe, expect, it } from 'vitest'
import { takeProblems, type Fixture } from './support/fixture.js'
import { anyManifest, registryToken, startImporters } from './support/images-client.js'

const api = '?api-version=2021-07-01'

/** A registry with an image, and a client that can do everything with it. */
async function startOwner(softDelete: boolean) {
  const fixture: Fixture = await startImporters()
  const { world, registry, deployer, client } = fixture
  world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: registry.id })
  if (softDelete) {
    const properties = registry.body.properties as { policies: { softDeletePolicy: { status: string } } }
    properties.policies.softDeletePolicy.status = 'enabled'
  }
  const digest = registry.images.push('team/app', 'v1')
  registry.images.moveTag('team/app', 'latest', digest)
  const scope = 'repository:team/app:pull,delete,metadata_read,metadata_write,deleted_read,deleted_restore'
  const token = await registryToken(client, registry, deployer, scope)
  const send = (method: string, path: string, body?: unknown) =>
    client.send(method, `https://${registry.loginServer}${path}`, {
      token,
      headers: anyManifest,
      ...(body !== undefined && { body }),
    })
  return { ...fixture, digest, send }
}

describe('deleting images', () => {
  it('by digest removes all tags, and by tag only the tag', async () => {
    const { send, digest } = await startOwner(false)
    expect((await send('DELETE', `/acr/v1/team/app/_tags/latest${api}`)).status).toBe(202)
    expect((await send('HEAD', '/v2/team/app/manifests/latest')).status).toBe(404)
    expect((await send('HEAD', '/v2/team/app/manifests/v1')).status).toBe(200)
    expect((await send('DELETE', `/v2/team/app/manifests/${digest}`)).status).toBe(202)
    for (const reference of ['v1', digest]) {
      const gone = await send('GET', `/v2/team/app/manifests/${reference}`)
      expect(gone).toMatchObject({ status: 404, json: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } })
    }
    expect((await send('DELETE', `/v2/team/app/manifests/${digest}`)).status).toBe(404)
    expect((await send('GET', `/acr/v1/_deleted/team/app/_manifests${api}`)).json.manifests).toEqual([])
  })

  it('by repository removes everything in it', async () => {
    const { send, digest } = await startOwner(false)
    const deleted = await send('DELETE', `/acr/v1/team/app${api}`)
    expect(deleted).toMatchObject({ status: 202, json: { manifestsDeleted: [digest], tagsDeleted: ['v1', 'latest'] } })
    const gone = await send('GET', `/acr/v1/team/app/_tags/v1${api}`)
    expect(gone).toMatchObject({ status: 404, json: { errors: [{ code: 'NAME_UNKNOWN' }] } })
  })

  it('needs a token that allows it', async () => {
    const { client, registry, deployer } = await startImporters()
    const digest = registry.images.push('team/app', 'v1')
    const token = await registryToken(client, registry, deployer, 'repository:team/app:pull,delete')
    const url = `https://${registry.loginServer}/v2/team/app/manifests/${digest}`
    expect((await client.send('DELETE', url, { token })).status).toBe(401)
  })
})

describe('a registry with soft delete', () => {
  it('lists what was deleted, and restores it with its tag', async () => {
    const { send, digest, registry, simulator } = await startOwner(true)
    await send('DELETE', `/v2/team/app/manifests/${digest}`)
    const manifests = await send('GET', `/acr/v1/_deleted/team/app/_manifests${api}`)
    expect(manifests.json.manifests).toEqual([expect.objectContaining({ digest, tags: ['v1', 'latest'] })])
    const tags = await send('GET', `/acr/v1/_deleted/team/app/_tags${api}`)
    expect(tags.json.tags).toMatchObject([
      { tag: 'v1', digest },
      { tag: 'latest', digest },
    ])
    const restore = `/acr/v1/_deleted/team/app/_manifests/${digest}${api}&force=False`
    expect((await send('POST', restore, { tag: 'v1' })).status).toBe(200)
    expect(registry.images.find('team/app', 'v1')?.digest).toBe(digest)
    expect((await send('HEAD', '/v2/team/app/manifests/latest')).status).toBe(404)
    expect((await send('POST', restore, { tag: 'v2' })).status).toBe(404)
    expect(simulator.problems).toEqual([])
  })

  it('keeps the images of a deleted repository', async () => {
    const { send, digest, registry } = await startOwner(true)
    await send('DELETE', `/acr/v1/team/app${api}`)
    const restore = `/acr/v1/_deleted/team/app/_manifests/${digest}${api}`
    expect((await send('POST', restore, { tag: 'v1' })).status).toBe(200)
    expect(registry.images.find('team/app', 'v1')?.digest).toBe(digest)
  })
})

describe('a lock', () => {
  it.each(['tag', 'manifest', 'repository'])(
    'on the %s can be seen, keeps everybody from pulling, and can be taken',
    async level => {
      const { send, registry, digest } = await startOwner(false)
      const path = { tag: '/_tags/v1', manifest: `/_manifests/${digest}`, repository: '' }[level] ?? ''
      const attributes = { changeableAttributes: { readEnabled: false, deleteEnabled: true } }
      const lock = await send('PATCH', `/acr/v1/team/app${path}${api}`, { readEnabled: false })
      expect(lock.status).toBe(200)
      const described = await send('GET', `/acr/v1/team/app${path}${api}`)
      expect(described.json.tag ?? described.json.manifest ?? described.json).toMatchObject(attributes)
      const pull = async (reference: string) => (await send('GET', `/v2/team/app/manifests/${reference}`)).status
      expect(await pull('v1')).toBe(405)
      // The lock of a tag doesn't concern those who pull by digest.
      expect(await pull(digest)).toBe(level === 'tag' ? 200 : 405)
      await send('PATCH', `/acr/v1/team/app${path}${api}`, { readEnabled: true })
      expect(await pull('v1')).toBe(200)
      // A tag that moves keeps its lock; a new one has none.
      registry.images.lock('team/app', 'v1')
      registry.images.push('team/app', 'v1', { content: 'other' })
      expect(await pull('v1')).toBe(405)
      registry.images.removeTag('team/app', 'v1')
      registry.images.push('team/app', 'v1', { content: 'other' })
      expect(await pull('v1')).toBe(200)
    },
  )

  it.each(['deleteEnabled', 'writeEnabled'])(
    'by %s keeps everybody from deleting, each at its own level',
    async name => {
      const { send, digest, registry } = await startOwner(false)
      const lock = (path: string, enabled: boolean) =>
        send('PATCH', `/acr/v1/team/app${path}${api}`, { [name]: enabled })
      const [tag, manifest] = ['/_tags/v1', `/_manifests/${digest}`]
      const status = async (method: string, path: string) => (await send(method, path)).status
      for (const [place, refused, allowed] of [
        [tag, `/acr/v1/team/app${tag}${api}`, undefined],
        [manifest, `/v2/team/app/manifests/${digest}`, `/acr/v1/team/app/_tags/latest${api}`],
        ['', `/v2/team/app/manifests/${digest}`, undefined],
      ] as const) {
        const locked = await lock(place, false)
        expect(locked.json.tag ?? locked.json.manifest ?? locked.json).toMatchObject({
          changeableAttributes: { readEnabled: true, [name]: false },
        })
        const end = await send('DELETE', refused)
        expect(end).toMatchObject({ status: 405, json: { errors: [{ code: 'REGISTRY_DISALLOWED_OPERATION' }] } })
        if (allowed !== undefined) expect(await status('DELETE', allowed)).toBe(202)
        // A repository with something that is locked stays, too.
        expect(await status('DELETE', `/acr/v1/team/app${api}`)).toBe(405)
        // Everybody can still pull.
        expect(await status('GET', `/v2/team/app/manifests/${digest}`)).toBe(200)
        await lock(place, true)
      }
      expect(await status('DELETE', `/v2/team/app/manifests/${digest}`)).toBe(202)
      // What is pushed again has no lock of what was deleted.
      expect(registry.images.isDeleteLocked('team/app', registry.images.push('team/app', 'v1'))).toBe(false)
    },
  )

  it('on a tag, while its manifest is deleted, is not simulated', async () => {
    const { send, digest, registry, simulator } = await startOwner(false)
    registry.images.lock('team/app', 'v1', 'delete')
    await send('DELETE', `/v2/team/app/manifests/${digest}`)
    expect(takeProblems(simulator)).toEqual([expect.stringContaining('not simulated')])
  })

  it('by listEnabled hides a tag and a manifest from lists, and from nothing else', async () => {
    const { send, digest, registry } = await startOwner(false)
    registry.images.lock('team/app', 'v1', 'list')
    registry.images.lock('team/app', digest, 'list')
    const tags = await send('GET', `/acr/v1/team/app/_tags${api}`)
    expect(tags.json.tags).toMatchObject([{ name: 'latest' }])
    expect((await send('GET', `/acr/v1/team/app/_manifests${api}`)).json.manifests).toEqual([])
    expect((await send('GET', `/acr/v1/team/app/_tags/v1${api}`)).status).toBe(200)
  })
})
