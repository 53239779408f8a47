import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replay } from 'azure-simulator/replay'
import { arm, connect, type RawClient } from 'azure-simulator/client'
import { startRecorder } from 'azure-simulator/recording/recorder'
import { LeakError, sanitize } from 'azure-simulator/recording/sanitize'
import type { RawExchange } from 'azure-simulator/recording/pass-through'
import type { Recording } from 'azure-simulator/recording/shapes'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { runInWorld, startWorld, type Scenario } from '../../support/scenario.js'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** A world that is closed after the test, which fails if there was any problem. */
async function start(): Promise<Scenario> {
  const scenario = await startWorld()
  const { simulator } = scenario
  onTestFinished(async () => {
    const problems = [...simulator.problems]
    await simulator.close()
    expect(problems).toEqual([])
  })
  return scenario
}

interface Recorded {
  recordings: Recording[]
  /** Everything that was written. */
  text: string
  failures: readonly string[]
}

/** Records the actions, with the simulator as Azure. */
async function record(
  fixture: Scenario,
  act: (client: RawClient, environment: Readonly<Record<string, string>>) => Promise<void>,
): Promise<Recorded> {
  const { simulator } = fixture
  const { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: file = '' } = simulator.environment
  const failures: string[] = []
  const recorder = await startRecorder({ proxy, ca: readFileSync(file) }, text => void failures.push(text))
  const { environment } = recorder
  await act(connect({ environment, runner: simulator.runner, world: simulator.world }), environment)
  const folder = await mkdtemp(join(tmpdir(), 'recorded-'))
  folders.push(folder)
  await recorder.finish(folder)
  const files = (await readdir(folder)).sort()
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))
  return { recordings: texts.map(text => JSON.parse(text) as Recording), text: texts.join('\n'), failures }
}

const differences = async (recordings: readonly Recording[]): Promise<string[]> =>
  (await replay(recordings)).flatMap(({ recording, lines }) =>
    lines.map(line => `${recording.request.method} ${recording.request.url}: ${line}`),
  )

/** Every name and ID of a world. */
function secretsOf({ world, simulator }: Scenario): string[] {
  const { principals, clients } = world.directory
  return [
    ...principals.flatMap(({ objectId, displayName }) => [objectId, displayName]),
    ...clients.flatMap(({ clientId, secrets }) => [clientId, ...secrets]),
    ...world.subscriptions.flatMap(({ subscriptionId, displayName, groups }) => [
      subscriptionId,
      displayName,
      ...groups.map(({ name }) => name),
    ]),
    ...world.resources.map(({ name }) => name),
    ...world.roleAssignments.map(({ name }) => name),
    world.tenantId,
    world.tenantName,
    world.callerAddress,
    simulator.runner.requestToken,
  ].filter(text => text.length > 3)
}

const others = 'the fields of a token that nobody knows'

describe('npm run record, and npm run compare', () => {
  it('record a run of the action without names or secrets, and find no difference between the simulator and itself', async () => {
    const fixture = await start()
    const { world, deployer, registry, subscription, simulator } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    registry.images.push('team/app', 'v1.2.3')
    Object.assign(fixture.cluster.body, { tags: { owner: 'jane@contoso.com' } })
    const { recordings, text, failures } = await record(fixture, async (_client, environment) => {
      const inputs = { images: 'team/app:v1.2.3\nnginx:1.27 => team/nginx:v1', verify: 'pull' }
      const end = await runInWorld(fixture, simulator, inputs, { environment: { ...environment } })
      expect(end.exitCode, end.log).toBe(0)
    })
    expect(failures).toEqual([])
    const hosts = recordings.map(({ request }) => new URL(request.url).host)
    expect(new Set(hosts)).toEqual(
      new Set(['login.microsoftonline.com', 'management.azure.com', 'registry000001.azurecr.io']),
    )
    const asked = recordings.map(
      ({ request }) => `${request.method} ${new URL(request.url).pathname.split('/').at(-1) ?? ''}`,
    )
    expect(asked).toEqual(expect.arrayContaining(['POST importImage', 'POST listClusterUserCredential', 'POST token']))
    expectNothingLeft(fixture, text)
    expect(text).not.toContain('jane')
    expect(await differences(recordings)).toEqual([])
  })

  it('cover groups, refusals and missing resources', async () => {
    const fixture = await start()
    const { world, deployer, cluster, registry, group } = fixture
    world.grantGraphPermission(deployer, 'Directory.Read.All', 'GroupMember.ReadWrite.All')
    const pullers = world.addGroup('the pullers of contoso', { members: [world.addUser('Jane Doe').objectId] })
    const { recordings, text } = await record(fixture, async client => {
      const token = await client.signIn(deployer)
      const graphToken = await client.signIn(deployer, 'https://graph.microsoft.com')
      const graph = (method: string, path: string, body?: unknown) =>
        client.send(method, `https://graph.microsoft.com/v1.0${path}`, { token: graphToken, body })
      await graph('GET', `/groups/${pullers.objectId}/members`)
      const reference = `https://graph.microsoft.com/v1.0/directoryObjects/${cluster.kubeletIdentity.objectId}`
      await graph('POST', `/groups/${pullers.objectId}/members/$ref`, { '@odata.id': reference })
      await graph('POST', `/groups/${pullers.objectId}/members/$ref`, { '@odata.id': reference })
      const assignments = `${group.id}/providers/Microsoft.Authorization/roleAssignments`
      await client.get(arm(assignments, '2022-04-01', { $filter: 'atScope()' }), token)
      const name = '52ab1836-8b7f-4d79-ade5-a651ba232751'
      const properties = { roleDefinitionId: acrPull(fixture), principalId: cluster.kubeletIdentity.objectId }
      await client.send('PUT', arm(`${assignments}/${name}`), { token, body: { properties } })
      await client.send('PUT', arm(`${registry.id}/providers/Microsoft.Authorization/roleAssignments/${name}`), {
        token,
        body: { properties },
      })
      await client.get(arm(`${group.id}/providers/Microsoft.ContainerRegistry/registries/noneacr`, '2025-11-01'), token)
      await client.get(arm('/subscriptions/52ab1836-8b7f-4d79-ade5-a651ba232750', '2022-12-01'), token)
      await client.get(`https://${registry.loginServer}/v2/`)
      const form = { client_id: deployer.clientId, scope: 'https://management.azure.com/.default' }
      await client.requestToken({ ...form, client_secret: others })
    })
    expect(recordings.map(({ response }) => response.status)).toEqual([
      200, 200, 200, 204, 400, 200, 403, 201, 404, 404, 401, 401,
    ])
    expectNothingLeft(fixture, text)
    expect(text).not.toContain(others)
    expect(await differences(recordings)).toEqual([])
  })

  it('find every kind of difference', async () => {
    const fixture = await start()
    const { world, deployer, registry, subscription } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    const { recordings } = await record(fixture, async client => {
      const token = await client.signIn(deployer)
      await client.get(arm(registry.id, '2025-11-01'), token)
      await client.get(arm(`${registry.id}none`, '2025-11-01'), token)
      await client.get(`https://${registry.loginServer}/v2/`)
    })
    const [signIn, read, missing, unauthorized] = recordings
    if (signIn === undefined || read === undefined || missing === undefined || unauthorized === undefined)
      throw new Error('not recorded')
    const changed = async (index: number, change: (recording: Changeable) => void): Promise<string[]> => {
      const copy = structuredClone(recordings)
      change(copy[index] as unknown as Changeable)
      return (await replay(copy)).flatMap(({ lines }) => lines)
    }
    expect(await changed(1, () => undefined)).toEqual([])
    const kinds: [string, number, (recording: Changeable) => void][] = [
      ['status: recorded 203, answered 200', 1, ({ response }) => (response.status = 203)],
      ['retry-after: only recorded', 1, ({ response }) => (response.headers['retry-after'] = '5')],
      [
        'content-type: recorded text/html, answered application/json; charset=utf-8',
        1,
        ({ response }) => (response.headers['content-type'] = 'text/html'),
      ],
      ['www-authenticate: only answered', 3, ({ response }) => delete response.headers['www-authenticate']],
      ['body/properties/newThing: only recorded', 1, ({ response }) => (response.body.properties.newThing = true)],
      ['body/properties/encryption: only answered', 1, ({ response }) => delete response.body.properties.encryption],
      [
        'body/properties/adminUserEnabled: recorded string, answered boolean',
        1,
        ({ response }) => (response.body.properties.adminUserEnabled = 'no'),
      ],
      [
        'error code: recorded NotThere, answered ResourceNotFound',
        2,
        ({ response }) => (response.body.error.code = 'NotThere'),
      ],
      [
        'claim xms_new of access_token: only recorded',
        0,
        ({ response }) => (response.claims.access_token.xms_new = 'string'),
      ],
    ]
    for (const [line, index, change] of kinds) expect(await changed(index, change)).toEqual([line])
    const other = await changed(2, ({ response }) => (response.body.error.message = 'It is gone.'))
    expect(other).toEqual([expect.stringMatching(/^error message: /)])
    const unknown = await changed(1, ({ request }) => (request.url = request.url.replace('?', '/webhooks?')))
    expect(unknown).toContainEqual(expect.stringContaining('the simulator: GET https://management.azure.com'))
    expect([signIn, read, missing, unauthorized].map(({ response }) => response.status)).toEqual([200, 200, 404, 401])
  })

  it('write nothing if a name or secret is left', () => {
    const exchange: RawExchange = {
      atMs: 0,
      durationMs: 1,
      method: 'GET',
      status: 200,
      requestBody: Buffer.alloc(0),
      url: 'https://management.azure.com/subscriptions/52ab1836-8b7f-4d79-ade5-a651ba232750?api-version=2022-12-01',
      requestHeaders: { authorization: 'Bearer displayName' },
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"displayName":"Production"}'),
    }
    expect(() => sanitize([exchange], 'test')).toThrow(LeakError)
  })
})

interface Changeable {
  request: { url: string }
  response: {
    status: number
    headers: Record<string, string>
    body: ChangeableBody
    claims: { access_token: Record<string, string> }
  }
}

interface ChangeableBody {
  properties: Record<string, unknown>
  error: { code: string; message: string }
}

const acrPull = ({ subscription }: Scenario): string =>
  `${subscription.id}/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d`

/** Searches the written files for every name and ID of the world, and for tokens. */
function expectNothingLeft(fixture: Scenario, text: string): void {
  const lower = text.toLowerCase()
  expect(secretsOf(fixture).filter(secret => lower.includes(secret.toLowerCase()))).toEqual([])
  expect(text).not.toMatch(/eyJ[\w-]{10}/)
}
