import { ContainerRegistryClient, ContainerRegistryContentClient } from '@azure/container-registry'
import type { TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { decodeJwt } from 'jose'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Registry } from '../src/index.js'
import { textOf } from '../src/client.js'
import type { Fixture } from './support/fixture.js'
import {
  acrAudience,
  anyManifest,
  exchange,
  readChallenge,
  registryToken,
  startImporters,
} from './support/images-client.js'

const pullScope = 'repository:team/app:pull,metadata_read'

describe('the data plane of a registry', () => {
  it('challenges, exchanges tokens, and serves', async () => {
    const { client, registry, deployer, simulator } = await startImporters()
    const digest = registry.images.push('team/app', 'v1')
    const base = `https://${registry.loginServer}`
    const refused = await client.get(`${base}/v2/`)
    expect(refused).toMatchObject({
      status: 401,
      json: {
        errors: [
          {
            code: 'UNAUTHORIZED',
            message: 'authentication required, visit https://aka.ms/acr/authorization for more information.',
            detail: null,
          },
        ],
      },
    })
    expect(refused.headers['docker-distribution-api-version']).toBe('registry/2.0')
    expect(readChallenge(refused.headers['www-authenticate'] ?? '')).toEqual({
      realm: `${base}/oauth2/token`,
      service: registry.loginServer,
    })
    const exchanged = await exchange(client, registry, await client.signIn(deployer, acrAudience))
    const refresh = decodeJwt(textOf(exchanged.json.refresh_token))
    expect((refresh.exp ?? 0) - (refresh.iat ?? 0)).toBe(3 * 3600)

    const token = await registryToken(client, registry, deployer, pullScope)
    const { exp = 0, iat = 0, access } = decodeJwt(token)
    expect(exp - iat).toBe(75 * 60)
    expect(access).toEqual([{ type: 'repository', name: 'team/app', actions: ['pull', 'metadata_read'] }])
    const url = `${base}/v2/team/app/manifests/v1`
    const manifest = await client.send('HEAD', url, { headers: anyManifest, token })
    expect(manifest.headers['docker-content-digest']).toBe(digest)
    expect(simulator.requests.at(-1)?.caller).toBe('gh-deployer')
    expect((await client.get(`${base}/v2/team/app/tags/list`, token)).json.tags).toEqual(['v1'])
    expect((await client.get(`${base}/v2/team/app/referrers/${digest}`, token)).json.manifests).toEqual([])
    const other = await client.get(`${base}/v2/team/other/manifests/v1`, token)
    expect(other).toMatchObject({
      status: 401,
      json: { errors: [{ detail: [{ Type: 'repository', Name: 'team/other', Action: 'pull' }] }] },
    })
    expect(other.headers['www-authenticate']).toContain('error="insufficient_scope"')
  })

  it('accepts a refresh token as docker’s password', async () => {
    const { client, registry, deployer } = await startImporters()
    registry.images.push('team/app', 'v1')
    const exchanged = await exchange(client, registry, await client.signIn(deployer, acrAudience))
    const user = `00000000-0000-0000-0000-000000000000:${textOf(exchanged.json.refresh_token)}`
    const headers = { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
    const query = `service=${registry.loginServer}&scope=${encodeURIComponent('repository:team/app:pull')}`
    const { json } = await client.send('GET', `https://${registry.loginServer}/oauth2/token?${query}`, { headers })
    const url = `https://${registry.loginServer}/v2/team/app/manifests/v1`
    expect((await client.get(url, textOf(json.access_token))).status).toBe(200)
    expect((await client.send('GET', url, { headers })).status).toBe(200)
  })

  it('accepts tokens for Azure Resource Manager only if enabled', async () => {
    const { client, deployer, registry, group } = await startImporters()
    const strict = group.addRegistry('strictacr', { armAudienceEnabled: false })
    const forArm = await client.signIn(deployer)
    const forRegistries = await client.signIn(deployer, acrAudience)
    expect((await exchange(client, registry, forArm)).status).toBe(200)
    expect((await exchange(client, strict, forArm)).status).toBe(401)
    expect((await exchange(client, strict, forRegistries)).status).toBe(200)
    expect((await exchange(client, registry, 'nonsense')).status).toBe(401)
  })

  it('issues a token without actions to a caller without rights, or refuses the exchange if configured', async () => {
    const { client, world, registry } = await startImporters()
    const nobody = world.addApplication('nobody', { federatedCredentials: [{ subject: 'x' }], secrets: ['s'] })
    const form = { client_id: nobody.clientId, client_secret: 's', scope: `${acrAudience}/.default` }
    const entra = textOf((await client.requestToken(form)).json.access_token)
    const exchanged = await exchange(client, registry, entra)
    const answer = await client.send('POST', `https://${registry.loginServer}/oauth2/token`, {
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        service: registry.loginServer,
        scope: pullScope,
        refresh_token: textOf(exchanged.json.refresh_token),
      }),
    })
    const { access } = decodeJwt(textOf(answer.json.access_token))
    expect(access).toEqual([{ type: 'repository', name: 'team/app', actions: [] }])
    world.exchangeNeedsRights = true
    expect((await exchange(client, registry, entra)).status).toBe(401)
  })

  it('checks repositories by data actions and conditions in ABAC mode', async () => {
    const { client, world, group, deployer } = await startImporters()
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    const { objectId: principalId } = deployer
    world.assignRole({ principalId, role: 'AcrPull', scope: abac.id })
    const actions = async (name: string): Promise<unknown> => {
      const token = await registryToken(client, abac, deployer, `repository:${name}:pull,metadata_read`)
      return (decodeJwt(token).access as { actions: string[] }[])[0]?.actions
    }
    expect(await actions('team/app')).toEqual([])
    const reader = 'Container Registry Repository Reader'
    const condition = `((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}) AND !(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/metadata/read'})) OR (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWithIgnoreCase 'team/'))`
    world.assignRole({ principalId, role: reader, scope: abac.id, condition })
    expect(await actions('team/app')).toEqual(['pull', 'metadata_read'])
    expect(await actions('other/app')).toEqual([])
    const catalog = await registryToken(client, abac, deployer, 'registry:catalog:*')
    expect((await client.get(`https://${abac.loginServer}/acr/v1/_catalog`, catalog)).status).toBe(401)
    world.assignRole({ principalId, role: 'Container Registry Repository Catalog Lister', scope: abac.id })
    abac.images.push('team/app', 'v1')
    const token = await registryToken(client, abac, deployer, 'registry:catalog:*')
    expect((await client.get(`https://${abac.loginServer}/acr/v1/_catalog`, token)).json.repositories).toEqual([
      'team/app',
    ])
  })

  it('refuses callers outside its firewall rules', async () => {
    const { client, deployer, group, world } = await startImporters()
    const token = await client.signIn(deployer, acrAudience)
    const closed = group.addRegistry('closedacr', { publicNetworkAccess: 'Disabled' })
    const walled = group.addRegistry('walledacr', { sku: 'Premium', networkDefaultAction: 'Deny' })
    const open = group.addRegistry('openacr', {
      sku: 'Premium',
      networkDefaultAction: 'Deny',
      allowedAddresses: [world.callerAddress],
    })
    for (const registry of [closed, walled]) {
      for (const answer of [
        await client.get(`https://${registry.loginServer}/v2/`),
        await exchange(client, registry, token),
      ]) {
        expect(answer).toMatchObject({ status: 403, json: { errors: [{ code: 'DENIED' }] } })
        expect(answer.text).toContain(
          "client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
        )
      }
    }
    expect((await exchange(client, open, token)).status).toBe(200)
  })
})

describe('the SDK', () => {
  const connectSdk = ({ client, simulator, deployer }: Fixture, registry: Registry) => {
    const credential: TokenCredential = {
      getToken: async () => ({
        token: await client.signIn(deployer, acrAudience),
        expiresOnTimestamp: Date.now() + 3_000_000,
      }),
    }
    const agent = new HttpsProxyAgent(simulator.environment.HTTPS_PROXY ?? '')
    const ca = readFileSync(simulator.environment.NODE_EXTRA_CA_CERTS ?? '')
    const throughSimulator: PipelinePolicy = {
      name: 'throughSimulator',
      sendRequest: (request, next) => next(Object.assign(request, { agent, requestOverrides: { ca } })),
    }
    const options = {
      audience: acrAudience,
      retryOptions: { maxRetries: 0 },
      additionalPolicies: [{ policy: throughSimulator, position: 'perCall' as const }],
    }
    return { credential, options, url: `https://${registry.loginServer}` }
  }

  it('reads tags, manifests, lists and content', async () => {
    const fixture = await startImporters()
    const { registry } = fixture
    const digest = registry.images.push('team/app', 'v1', {
      platforms: ['linux/amd64', 'linux/arm64'],
      sizeBytes: 5000,
    })
    registry.images.push('team/app', 'v2')
    const { url, credential, options } = connectSdk(fixture, registry)
    const sdk = new ContainerRegistryClient(url, credential, options)
    const artifact = sdk.getArtifact('team/app', 'v1')
    expect(await artifact.getTagProperties('v1')).toMatchObject({ digest, name: 'v1', repositoryName: 'team/app' })
    const properties = await artifact.getManifestProperties()
    expect(properties).toMatchObject({ digest, tags: ['v1'], registryLoginServer: registry.loginServer })
    expect(properties.sizeInBytes).toBeGreaterThan(10_000)
    expect(properties.relatedArtifacts).toHaveLength(2)
    const names: string[] = []
    for await (const name of sdk.listRepositoryNames()) names.push(name)
    expect(names).toEqual(['team/app'])
    const tags: string[] = []
    for await (const { name } of artifact.listTagProperties()) tags.push(name)
    expect(tags).toEqual(['v1', 'v2'])
    const pages = sdk.getRepository('team/app').listManifestProperties().byPage({ maxPageSize: 3 })
    const counts: number[] = []
    for await (const manifests of pages) counts.push(manifests.length)
    expect(counts).toEqual([3, 1])
    await expect(artifact.getTagProperties('none')).rejects.toMatchObject({ statusCode: 404 })
    await expect(sdk.getArtifact('none', 'v1').getTagProperties('v1')).rejects.toMatchObject({ statusCode: 404 })

    const content = new ContainerRegistryContentClient(url, 'team/app', credential, options)
    expect((await content.getManifest('v1')).digest).toBe(digest)
  })

  it('is anonymous if anonymous pull is enabled', async () => {
    const fixture = await startImporters()
    const open = fixture.group.addRegistry('openacr', { anonymousPullEnabled: true })
    const digest = open.images.push('team/app', 'v1')
    const { url, options } = connectSdk(fixture, open)
    const artifact = new ContainerRegistryClient(url, options).getArtifact('team/app', 'v1')
    expect((await artifact.getTagProperties('v1')).digest).toBe(digest)
    fixture.registry.images.push('team/app', 'v1')
    const closed = new ContainerRegistryClient(`https://${fixture.registry.loginServer}`, options)
    await expect(closed.getArtifact('team/app', 'v1').getTagProperties('v1')).rejects.toMatchObject({ statusCode: 401 })
  })

  it('is refused without rights', async () => {
    const fixture = await startImporters()
    const other = fixture.world.addSubscription().addResourceGroup('rg').addRegistry('otheracr')
    other.images.push('team/app', 'v1')
    const { url, credential, options } = connectSdk(fixture, other)
    const artifact = new ContainerRegistryClient(url, credential, options).getArtifact('team/app', 'v1')
    await expect(artifact.getTagProperties('v1')).rejects.toMatchObject({ statusCode: 401 })
  })
})
