import { describe, expect, it, vi } from 'vitest'
import { createRegistry } from '../src/arm/registry-operations.js'
import { getResource, listResources, resources, type ArmContext } from '../src/arm/resources.js'
import { createGuard } from '../src/registry/azure.js'
import type { Send } from '../src/registry/authorization.js'

const group = '/subscriptions/s/resourceGroups/rg'
const id = `${group}/providers/Microsoft.ContainerRegistry/registries/contosoAcr`

/** What Azure Resource Manager answers about registries. */
function answering(loginServer: string | undefined, registrySuffix = '.azurecr.io'): ArmContext {
  const raw = { id, name: 'contosoAcr', sku: { name: 'Premium' }, properties: { loginServer } }
  const poller = { pollUntilDone: () => Promise.resolve(raw) }
  const resourceManager = {
    get: () => Promise.resolve(raw),
    list: () => Promise.resolve([raw]),
    start: () => Promise.resolve({ poller }),
  }
  const clients = { resourceManager, registrySuffix, caller: {} }
  return { clients, signal: new AbortController().signal } as unknown as ArmContext
}

const parts = { subscriptionId: 's', resourceGroup: 'rg', type: 'x/y', name: 'contosoAcr' }
const wanted = { sku: 'Premium', location: 'westeurope', roleAssignmentMode: 'RBAC' } as const
const ways: [string, (azure: ArmContext) => Promise<unknown>][] = [
  ['read', azure => getResource(azure, resources.registry, id)],
  ['listed', azure => listResources(azure, resources.registry, 's', 'rg')],
  ['created', azure => createRegistry(azure, parts, wanted, azure.signal, () => undefined)],
]

const foreign = [
  ...['evil.example', 'contosoacr.azurecr.io.evil.example', 'evilacr.azurecr.io', 'contosoacr2.azurecr.io'],
  ...['contosoacr.azurecr.cn', 'contosoacr.azurecr.io:8443', 'contosoacr.azurecr.io@evil.example'],
  ...['user@contosoacr.azurecr.io', 'contosoacr.evil.azurecr.io', 'contosoacr.westeurope.geo.azurecr.io'],
  ...['contosoacr-.azurecr.io', 'contosoacr-a-b.azurecr.io', 'contosoacr-a.b.azurecr.io', 'contosoacr.azurecr.io/x'],
  ...['contosoacr-azurecr.io', 'contosoacrazurecr.io', 'evil.example#contosoacr.azurecr.io', ' contosoacr.azurecr.io'],
]

describe.each(ways)('the login server of a registry that is %s', (_, read) => {
  it.each(['contosoacr.azurecr.io', 'ContosoAcr.azurecr.io', 'contosoacr-a1b2c3d4e5f6a7b8.azurecr.io', '', undefined])(
    'can be its own, or none: %s',
    async loginServer => {
      const found = [await read(answering(loginServer))].flat()
      expect(found).toMatchObject([{ loginServer: loginServer ?? '' }])
    },
  )

  it.each(foreign)("can't be another one: %s", async loginServer => {
    await expect(read(answering(loginServer))).rejects.toMatchObject({
      ...{ code: 'AZURE_UNAVAILABLE', resource: id, recovers: false },
      message: expect.stringContaining(loginServer.trim()) as string,
    })
  })

  it('has the suffix of the cloud', async () => {
    await expect(read(answering('contosoacr.azurecr.io', '.azurecr.us'))).rejects.toMatchObject({
      code: 'AZURE_UNAVAILABLE',
    })
    expect([await read(answering('contosoacr.azurecr.us', '.azurecr.us'))].flat()).toHaveLength(1)
  })
})

it('a foreign login server of any length is told in one short line', async () => {
  const found = `evil.example\n::error::${'x'.repeat(100_000)}`
  const error = await getResource(answering(found), resources.registry, id).catch((thrown: unknown) => thrown as Error)
  expect((error as Error).message).not.toContain('\n')
  expect((error as Error).message.length).toBeLessThan(600)
})

describe('a token for a registry', () => {
  const sent = vi.fn<Send>(() => Promise.resolve({} as Awaited<ReturnType<Send>>))
  const send = createGuard('.azurecr.io')(sent)

  it.each(['https://contosoacr.azurecr.io/oauth2/token', 'https://contosoacr-a1b2.azurecr.io:443/oauth2/exchange'])(
    'is sent to %s',
    async url => {
      sent.mockClear()
      await send('POST', url, {})
      expect(sent).toHaveBeenCalledOnce()
    },
  )

  const hosts = [
    ...['evil.example', 'contosoacr.azurecr.io.evil.example', 'azurecr.io', 'contosoacr.azurecr.io@evil.example'],
    ...['user@contosoacr.azurecr.io', 'contosoacr.azurecr.io:8443', '.azurecr.io', 'contosoacr.azurecr.cn'],
    'contosoacr.westeurope.geo.azurecr.io',
  ].map(host => `https://${host}/oauth2`)
  it.each([...hosts, 'http://contosoacr.azurecr.io/oauth2', 'nonsense'])('is not sent to %s', async url => {
    sent.mockClear()
    await expect((async () => send('POST', url, {}))()).rejects.toThrow()
    expect(sent).not.toHaveBeenCalled()
  })
})
