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
import { startWorld, type Scenario } from '../../support/scenario.js'

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

/** Records the actions, with the simulator as Azure. */
async function record(
  fixture: Scenario,
  act: (client: RawClient, environment: Readonly<Record<string, string>>) => Promise<void>,
): Promise<Recording[]> {
  const { simulator } = fixture
  const { HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: file = '' } = simulator.environment
  const recorder = await startRecorder({ proxy, ca: readFileSync(file) }, fails => expect.unreachable(fails))
  const { environment } = recorder
  await act(connect({ environment, runner: simulator.runner, world: simulator.world }), environment)
  const folder = await mkdtemp(join(tmpdir(), 'recorded-'))
  folders.push(folder)
  await recorder.finish(folder)
  const files = (await readdir(folder)).sort()
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))
  return texts.map(text => JSON.parse(text) as Recording)
}

describe('npm run record, and npm run compare', () => {
  it('find every kind of difference', async () => {
    const fixture = await start()
    const { world, deployer, registry, subscription } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    const recordings = await record(fixture, async client => {
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
