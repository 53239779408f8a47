import { describe, expect, it } from 'vitest'
import { arm, textOf } from '../src/client.js'
import { takeProblems } from './support/fixture.js'
import { hour } from './support/hour.js'
import { finish, importImage, postImport, startImporters } from './support/images-client.js'

const hub = { registryUri: 'docker.io', sourceImage: 'library/nginx:v1' }

describe('importing', () => {
  it('runs until it is done, with URLs that change at every poll', async () => {
    const fixture = await startImporters({ importMs: hour })
    const { world, registry, client, deployer } = fixture
    const token = await client.signIn(deployer)
    const digest = world.addSourceRegistry('docker.io').push('library/nginx', 'v1')
    const posted = await postImport(fixture, { source: hub, targetTags: ['nginx:v1'], mode: 'NoForce' })
    expect(posted).toMatchObject({ status: 202, text: 'null' })
    expect(posted.headers['azure-asyncoperation']).toBeUndefined()
    const location = posted.headers.location ?? ''
    expect(location.length).toBeGreaterThan(4000)
    expect(location).toContain('/locations/WESTEUROPE/operationResults/registries-')

    const polled = await client.get(location, token)
    expect(polled).toMatchObject({ status: 202, json: { 'nginx:v1': 'Pending', status: 'Accepted' } })
    expect(polled.headers.location).not.toBe(location)
    expect(registry.images.find('nginx', 'v1')).toBeUndefined()

    world.passTime(hour)
    const done = await finish(fixture, polled)
    expect(done).toMatchObject({ status: 200, json: { status: 'Succeeded' } })
    expect(done.headers.location).toBeUndefined()
    expect(registry.images.find('nginx', 'v1')?.digest).toBe(digest)
  })

  it('returns an empty answer if configured', async () => {
    const fixture = await startImporters()
    fixture.world.imports.firstAnswer = 'empty'
    fixture.world.addSourceRegistry('docker.io').push('library/nginx', 'v1')
    expect(await postImport(fixture, { source: hub })).toMatchObject({ status: 202, text: '' })
  })

  it('refuses URLs that were never issued', async () => {
    const fixture = await startImporters()
    const { world, client, deployer, simulator } = fixture
    world.addSourceRegistry('docker.io').push('library/nginx', 'v1')
    const { headers } = await postImport(fixture, { source: hub })
    const url = new URL(headers.location ?? '')
    url.searchParams.set('s', 'short')
    expect((await client.get(url.href, await client.signIn(deployer))).status).toBe(403)
    expect(takeProblems(simulator)).toEqual([expect.stringContaining('URL was never issued')])
  })

  it('copies an index with its images, but no signatures or referrers', async () => {
    const fixture = await startImporters()
    const source = fixture.world.addSourceRegistry('mcr.microsoft.com')
    const digest = source.push('a/b', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], signed: true, referrers: 2 })
    const done = await importImage(fixture, { source: { registryUri: 'mcr.microsoft.com', sourceImage: 'a/b:v1' } })
    expect(done.status).toBe(200)
    const copied = fixture.registry.images.repositories.get('a/b')
    expect([...(copied?.tags.keys() ?? [])]).toEqual(['v1'])
    expect(copied?.manifests.size).toBe(3)
    expect(copied?.blobs.size).toBe(6)
    expect(source.referrers('a/b', digest)).toHaveLength(2)
    expect(fixture.registry.images.referrers('a/b', digest)).toEqual([])
  })

  it('names the copies by the rules of the model', async () => {
    const fixture = await startImporters()
    const digest = fixture.world.addSourceRegistry('docker.io').push('library/nginx', 'latest')
    const source = (sourceImage: string) => ({ registryUri: 'docker.io', sourceImage })
    const byDigest = `library/nginx@${digest}`
    for (const body of [
      { source: source('library/nginx') },
      { source: source('library/nginx:latest'), targetTags: ['from-tag'] },
      { source: source(byDigest), targetTags: ['from-digest', 'two:names'] },
      { source: source(byDigest), untaggedTargetRepositories: ['untagged'] },
    ]) {
      expect((await importImage(fixture, body)).json).toEqual({ status: 'Succeeded' })
    }
    const { repositories } = fixture.registry.images
    const tags = Object.fromEntries([...repositories].map(([name, repository]) => [name, [...repository.tags.keys()]]))
    expect(tags).toEqual({
      'library/nginx': ['latest'],
      'from-tag': ['latest'],
      'from-digest': ['latest'],
      two: ['names'],
      untagged: [],
    })
    expect(fixture.registry.images.find('untagged', digest)).toBeDefined()
  })

  it('refuses an existing tag, even with the same digest, unless forced', async () => {
    const fixture = await startImporters()
    const { world, registry } = fixture
    world.addSourceRegistry('docker.io').push('library/nginx', 'v1')
    registry.images.push('library/nginx', 'v1')
    const refused = await postImport(fixture, { source: hub })
    expect(refused).toMatchObject({
      status: 409,
      json: { error: { code: 'Conflict', message: 'Tag library/nginx:v1 already exists in target registry.' } },
    })
    world.imports.conflictAt = 'poll'
    const late = await postImport(fixture, { source: hub })
    expect(late.status).toBe(202)
    expect((await finish(fixture, late)).status).toBe(409)
    expect((await importImage(fixture, { source: hub, mode: 'Force' })).status).toBe(200)
  })

  it('moves a tag that is locked against writes if forced, and its lock stays; a locked repository is not simulated', async () => {
    const fixture = await startImporters()
    const { world, registry, simulator } = fixture
    const digest = world.addSourceRegistry('docker.io').push('library/nginx', 'v1', { content: 'another build' })
    registry.images.push('library/nginx', 'v1')
    registry.images.lock('library/nginx', 'v1', 'write')
    const forced = { source: hub, mode: 'Force' }
    expect((await importImage(fixture, forced)).status).toBe(200)
    expect(registry.images.find('library/nginx', 'v1')?.digest).toBe(digest)
    expect([...(registry.images.repositories.get('library/nginx')?.locks.write ?? [])]).toEqual(['v1'])
    registry.images.lock('library/nginx', undefined, 'write')
    expect((await importImage(fixture, forced)).text).toContain('not simulated')
    takeProblems(simulator)
  })

  it('copies the image that a tag has at the end, and a digest unchanged', async () => {
    const fixture = await startImporters({ importMs: hour })
    const source = fixture.world.addSourceRegistry('docker.io')
    const before = source.push('library/nginx', 'v1')
    const first = await postImport(fixture, { source: hub, targetTags: ['by-tag:v1'] })
    const pinned = { ...hub, sourceImage: `library/nginx@${before}` }
    const second = await postImport(fixture, { source: pinned, targetTags: ['by-digest:v1'] })
    const after = source.push('library/nginx', 'v1', { content: 'moved' })
    fixture.world.passTime(hour)
    for (const answer of [first, second]) expect((await finish(fixture, answer)).status).toBe(200)
    const { images } = fixture.registry
    expect(images.find('by-tag', 'v1')?.digest).toBe(after)
    expect(images.find('by-digest', 'v1')?.digest).toBe(before)
  })

  it('moves tags after a number of reads, and reports each read', async () => {
    const fixture = await startImporters()
    const source = fixture.world.addSourceRegistry('docker.io')
    const before = source.push('library/nginx', 'v1')
    const reads: string[] = []
    source.onManifestRead = ({ digest }) => reads.push(digest)
    source.moveTagAfter('library/nginx', 'v1', 1)
    await importImage(fixture, { source: hub, targetTags: ['a:v1'] })
    await importImage(fixture, { source: hub, targetTags: ['b:v1'] })
    expect(reads[0]).toBe(before)
    expect(fixture.registry.images.find('a', 'v1')?.digest).toBe(before)
    expect(fixture.registry.images.find('b', 'v1')?.digest).toBe(reads[1])
    expect(reads[1]).not.toBe(before)
  })

  it('imports from another Azure registry by resource ID, if the caller can pull there', async () => {
    const fixture = await startImporters()
    const { world, group, deployer, registry } = fixture
    const other = group.addRegistry('sharedacr', { publicNetworkAccess: 'Disabled' })
    other.images.push('team/app', 'v1')
    const stranger = world.addSubscription().addResourceGroup('rg-else').addRegistry('elsewhere')
    const source = (resourceId: string) => ({ source: { resourceId, sourceImage: 'team/app:v1' } })
    expect((await importImage(fixture, source(other.id))).status).toBe(200)
    const refused = await postImport(fixture, source(stranger.id))
    expect(refused).toMatchObject({ status: 403, json: { error: { code: 'LinkedAuthorizationFailed' } } })
    const message = textOf(refused.json.error?.message)
    for (const part of [deployer.objectId, registry.id, stranger.id, 'importImage/action', 'registries/pull/read']) {
      expect(message).toContain(part)
    }
  })

  it('requires the permission to import, which AcrPush lacks', async () => {
    const fixture = await startImporters()
    const { world, client, registry, deployer } = fixture
    for (const assignment of [...world.assignments.all]) {
      if (assignment.roleDefinitionId.endsWith('577a9874-89fd-4f24-9dbd-b5034d0ad23a'))
        world.assignments.remove(assignment)
    }
    world.assignRole({ principalId: deployer.objectId, role: 'AcrPush', scope: registry.id })
    const token = await client.signIn(deployer)
    const answer = await client.send('POST', arm(`${registry.id}/importImage`, '2025-11-01'), {
      token,
      body: { source: hub },
    })
    expect(answer.json.error?.message).toContain(`'Microsoft.ContainerRegistry/registries/importImage/action'`)
    expect(answer.status).toBe(403)
  })
})

describe('imports that fail', () => {
  it.each<[string, (fixture: Awaited<ReturnType<typeof startImporters>>) => unknown, RegExp]>([
    [
      'a tag missing at the source',
      ({ world }) => (
        world.addSourceRegistry('ghcr.io').push('o/a', 'v1'),
        { registryUri: 'ghcr.io', sourceImage: 'o/a:v2' }
      ),
      /^Unable to find manifest digest {2}Repo: ghcr\.io\/o\/a Tag: v2 Manifest: $/,
    ],
    [
      'a repository missing at the source',
      ({ world }) => (world.addSourceRegistry('quay.io'), { registryUri: 'quay.io', sourceImage: 'o/a:v2' }),
      /StatusCode: 404, Reason: Not Found, Details: \{"errors":\[\{"code":"NAME_UNKNOWN"/,
    ],
    [
      'a repository missing at Docker Hub',
      ({ world }) => (world.addSourceRegistry('docker.io'), { ...hub, sourceImage: 'nginx:v1' }),
      /StatusCode: 401, Reason: Unauthorized, Details: \{"errors":\[\{"code":"UNAUTHORIZED"/,
    ],
    [
      'wrong credentials',
      ({ world }) => {
        const credentials = { username: 'bot', password: 'right' }
        world.addSourceRegistry('registry.example.com:5000', { credentials, anonymous: false }).push('a', 'v1')
        const wrong = { username: 'bot', password: 'wrong' }
        return { registryUri: 'registry.example.com:5000', sourceImage: 'a:v1', credentials: wrong }
      },
      /StatusCode: 401/,
    ],
    [
      'a rate limit',
      ({ world }) => (world.addSourceRegistry('docker.io', { rateLimited: true }).push('library/nginx', 'v1'), hub),
      /StatusCode: 429, Reason: Too Many Requests, Details: \{"errors":\[\{"code":"TOOMANYREQUESTS"/,
    ],
    [
      'a source without range requests',
      ({ world }) => (world.addSourceRegistry('docker.io', { rangeRequests: false }).push('library/nginx', 'v1'), hub),
      /RFC 7233/,
    ],
    [
      'more than 50 manifests',
      ({ world }) => (
        world.addSourceRegistry('docker.io').push('library/nginx', 'v1', { manifests: 51, layers: 0 }),
        hub
      ),
      /limit of 50 manifests/,
    ],
    ['an unknown host', () => ({ registryUri: 'nowhere.example', sourceImage: 'a:v1' }), /No such host/],
    [
      'a firewall around the target',
      ({ world, registry }) => {
        world.addSourceRegistry('docker.io').push('library/nginx', 'v1')
        Object.assign(registry.body.properties, {
          publicNetworkAccess: 'Disabled',
          networkRuleBypassOptions: 'None',
        })
        return hub
      },
      /^Access to contosoacr\.azurecr\.io denied\.$/,
    ],
    [
      'a firewall around the source, by login server',
      ({ group }) => {
        const { loginServer, images } = group.addRegistry('walled', { publicNetworkAccess: 'Disabled' })
        images.push('a', 'v1')
        return { registryUri: loginServer, sourceImage: 'a:v1' }
      },
      /StatusCode: 403.*client with IP '203\.0\.113\.7' is not allowed access/,
    ],
    [
      'a firewall around the source, by resource ID',
      ({ group }) => {
        const options = { sku: 'Premium', networkDefaultAction: 'Deny', networkRuleBypass: 'None' } as const
        const { id, images } = group.addRegistry('walled', options)
        images.push('a', 'v1')
        return { resourceId: id, sourceImage: 'a:v1' }
      },
      /^Access to walled\.azurecr\.io denied\.$/,
    ],
    [
      'an Azure registry by login server, without credentials',
      ({ group }) => {
        const { loginServer, images } = group.addRegistry('private')
        images.push('a', 'v1')
        return { registryUri: loginServer, sourceImage: 'a:v1' }
      },
      /StatusCode: 401.*aka\.ms\/acr\/authorization/,
    ],
  ])('%s', async (_name, prepare, message) => {
    const fixture = await startImporters()
    const source = prepare(fixture)
    const posted = await postImport(fixture, { source, targetTags: ['target:v1'] })
    expect(posted.status).toBe(202)
    const failed = await finish(fixture, posted)
    expect(failed).toMatchObject({ status: 400, json: { error: { code: 'InvalidParameters' } } })
    expect(failed.json.error?.message).toMatch(message)
    expect(fixture.registry.images.find('target', 'v1')).toBeUndefined()
  })

  it('are reported with 200 if configured', async () => {
    const fixture = await startImporters()
    fixture.world.addSourceRegistry('docker.io')
    fixture.world.imports.pollQuirk = 'failed-as-200'
    const failed = await importImage(fixture, { source: hub })
    expect(failed).toMatchObject({
      status: 200,
      json: { status: 'Failed', error: { code: 'InvalidParameters' } },
    })
  })

  it('are reported as running with 200 if configured', async () => {
    const fixture = await startImporters()
    fixture.world.addSourceRegistry('docker.io').push('library/nginx', 'v1')
    fixture.world.imports.pollQuirk = 'in-progress-as-200'
    const running = await importImage(fixture, { source: hub })
    expect(running).toMatchObject({ status: 200, json: { status: 'InProgress' } })
    const token = await fixture.client.signIn(fixture.deployer)
    const done = await fixture.client.get(running.headers.location ?? '', token)
    expect(done.json).toEqual({ status: 'Succeeded' })
  })

  it.each([
    [{ source: { registryUri: 'docker.io' } }],
    [{ source: { sourceImage: 'a:v1' } }],
    [{ source: { ...hub, sourceImage: 'Library/Nginx:v1' } }],
    [{ source: { ...hub, credentials: { username: 'bot' } } }],
    [{ source: hub, targetTags: [`a@sha256:${'0'.repeat(64)}`] }],
    [{ source: hub, mode: 'Maybe' }],
  ])('are refused at once for %j', async body => {
    const fixture = await startImporters()
    expect(await postImport(fixture, body)).toMatchObject({
      status: 400,
      json: { error: { code: 'InvalidParameters' } },
    })
  })

  it('succeed with the source registry’s credentials despite its rate limit', async () => {
    const fixture = await startImporters()
    const credentials = { username: 'bot', password: 'dckr_pat' }
    fixture.world.addSourceRegistry('docker.io', { rateLimited: true, credentials }).push('library/nginx', 'v1')
    expect((await importImage(fixture, { source: { ...hub, credentials } })).status).toBe(200)
  })
})
