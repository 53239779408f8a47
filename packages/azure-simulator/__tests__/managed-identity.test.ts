import { decodeJwt } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { createContoso } from '../src/contoso.js'
import { startSimulator, type Machine, type Simulator } from '../src/index.js'
import { plainGet } from './support/plain-http.js'

const open = new Set<Simulator>()
afterEach(async () => {
  for (const simulator of open) await simulator.close()
  open.clear()
})

async function setUp(machineOf: (contoso: ReturnType<typeof createContoso>) => Machine) {
  const contoso = createContoso()
  const simulator = await startSimulator({ world: contoso.world, machine: machineOf(contoso) })
  open.add(simulator)
  const get = (url: string, headers: Record<string, string>) => plainGet(simulator, url, headers)
  const imds = (query: Record<string, string> = {}, headers: Record<string, string> = { Metadata: 'true' }) =>
    get(
      `http://169.254.169.254/metadata/identity/oauth2/token?${new URLSearchParams({ 'api-version': '2018-02-01', resource: 'https://management.azure.com', ...query }).toString()}`,
      headers,
    )
  return { ...contoso, simulator, get, imds }
}

const objectIdOf = (json: Record<string, unknown>) => decodeJwt(String(json.access_token)).oid

describe('managed identity endpoints', () => {
  it("issue a virtual machine's token for its default or a named identity", async () => {
    const { imds, group, deployer, simulator } = await setUp(({ deployer, group }) => ({
      systemAssigned: deployer,
      userAssigned: [group.addUserAssignedIdentity('runner')],
    }))
    const identity = simulator.world.resources.find(resource => resource.name === 'runner')
    expect(group.name).toBe('rg-shop')
    const own = await imds()
    expect(own.json).toMatchObject({
      token_type: 'Bearer',
      resource: 'https://management.azure.com',
      expires_in: '3599',
    })
    expect(objectIdOf(own.json)).toBe(deployer.objectId)
    const clientId = String(identity?.body.properties.clientId)
    expect(objectIdOf((await imds({ client_id: clientId })).json)).toBe(identity?.body.properties.principalId)
    expect(objectIdOf((await imds({ msi_res_id: identity?.id ?? '' })).json)).toBe(
      identity?.body.properties.principalId,
    )
    expect(simulator.problems).toEqual([])
  })

  it('refuse identities that the machine does not have', async () => {
    const { imds } = await setUp(({ group }) => ({
      userAssigned: [group.addUserAssignedIdentity('a'), group.addUserAssignedIdentity('b')],
    }))
    expect((await imds()).json.error_description).toContain('Multiple user assigned identities exist')
    expect((await imds({ client_id: 'c' })).json).toEqual({
      error: 'invalid_request',
      error_description: 'Identity not found',
    })
    expect((await imds({}, {})).json.error_description).toBe('Required metadata header not specified')
  })

  it('behave like App Service with its secret header', async () => {
    const { get, simulator, deployer } = await setUp(({ deployer }) => ({ systemAssigned: deployer }))
    const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' } = simulator.managedIdentityEnvironment
    const url = `${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=https://management.azure.com/`
    expect(objectIdOf((await get(url, { 'X-IDENTITY-HEADER': IDENTITY_HEADER })).json)).toBe(deployer.objectId)
    expect((await get(url, { 'X-IDENTITY-HEADER': 'guess' })).status).toBe(401)
    expect(simulator.problems).toHaveLength(1)
  })

  it('are the only hosts with plain HTTP', async () => {
    const { get, simulator } = await setUp(() => ({}))
    expect((await get('http://management.azure.com/subscriptions', {})).status).toBe(403)
    expect(simulator.problems).toEqual([
      'refused a connection to http://management.azure.com/subscriptions by plain HTTP',
    ])
  })
})
