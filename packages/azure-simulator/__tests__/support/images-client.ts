import { createContoso, type Contoso } from '../../src/contoso.js'
import type { Client, Registry, Timing } from '../../src/index.js'
import { arm, textOf, type Answer, type RawClient } from '../../src/client.js'
import { start, type Fixture } from './fixture.js'

export const acrAudience = 'https://containerregistry.azure.net'
export const anyManifest = {
  accept: [
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
  ].join(', '),
}

/** Contoso with a deployer that has permission to import and read images. */
function createImporters(): Contoso {
  const contoso = createContoso()
  contoso.world.assignRole({
    principalId: contoso.deployer.objectId,
    role: 'Container Registry Data Importer and Data Reader',
    scope: contoso.registry.id,
  })
  return contoso
}

export const startImporters = (timing: Partial<Timing> = {}): Promise<Fixture> =>
  start({ contoso: createImporters(), timing })

/** A pull token of a registry outside Azure. */
export async function sourceToken(
  client: RawClient,
  challenge: string,
  user?: { username: string; password: string },
): Promise<Answer> {
  const { realm = '', service = '', scope } = readChallenge(challenge)
  const url = new URL(realm)
  url.searchParams.set('service', service)
  if (scope !== undefined) url.searchParams.set('scope', scope)
  const basic = user && `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
  return client.send('GET', url.href, basic === undefined ? {} : { headers: { authorization: basic } })
}

export const readChallenge = (challenge: string): Record<string, string | undefined> =>
  Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]))

/** Pulls like docker: without a token, and again with the one that the registry asks for. */
export async function pull(client: RawClient, url: string, method = 'GET'): Promise<Answer> {
  const first = await client.send(method, url, { headers: anyManifest })
  if (first.status !== 401) return first
  const answer = await sourceToken(client, first.headers['www-authenticate'] ?? '')
  return client.send(method, url, { headers: anyManifest, token: textOf(answer.json.token) })
}

/** Exchanges an Entra token for a registry's refresh token. */
export const exchange = (client: RawClient, registry: Registry, entraToken: string): Promise<Answer> =>
  client.send('POST', `https://${registry.loginServer}/oauth2/exchange`, {
    body: new URLSearchParams({
      grant_type: 'access_token',
      service: registry.loginServer,
      access_token: entraToken,
    }),
  })

/** A registry's access token for some scopes. */
export async function registryToken(
  client: RawClient,
  registry: Registry,
  app: Pick<Client, 'clientId'>,
  scope: string,
): Promise<string> {
  const exchanged = await exchange(client, registry, await client.signIn(app, acrAudience))
  const answer = await client.send('POST', `https://${registry.loginServer}/oauth2/token`, {
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      service: registry.loginServer,
      scope,
      refresh_token: textOf(exchanged.json.refresh_token),
    }),
  })
  return textOf(answer.json.access_token)
}

export async function postImport(
  { client, deployer, registry }: Fixture,
  body: unknown,
  target = registry,
): Promise<Answer> {
  const token = await client.signIn(deployer)
  return client.send('POST', arm(`${target.id}/importImage`, '2025-11-01'), { token, body })
}

/** Polls until the operation has ended. */
export async function finish({ client, deployer }: Fixture, first: Answer): Promise<Answer> {
  const token = await client.signIn(deployer)
  let answer = first
  while (answer.status === 202) {
    answer = await client.get(answer.headers.location ?? '', token)
    if (answer.status === 202) await new Promise(resolve => setTimeout(resolve, 20))
  }
  return answer
}

/** Imports and waits for the end. */
export async function importImage(fixture: Fixture, body: unknown): Promise<Answer> {
  return finish(fixture, await postImport(fixture, body))
}
