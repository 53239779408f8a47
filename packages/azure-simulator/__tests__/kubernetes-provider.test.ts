import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { connect } from '../src/client.js'
import { createContoso } from '../src/contoso.js'
import { startSimulator } from '../src/index.js'
import { defaultTiming } from '../src/model/timing.js'
import type { ProviderRecord } from '../src/recording/kubernetes-records.js'
import { plainGet } from './support/plain-http.js'

const records = JSON.parse(
  readFileSync(new URL('../recorded/kubernetes/provider.json', import.meta.url), 'utf8'),
) as Record<'no-role' | 'role' | 'imds-400' | 'registry-refuses', ProviderRecord>

/** Sends the requests of Microsoft's provider; returns them with the codes of the answers. */
async function replay(name: keyof typeof records): Promise<string[]> {
  const { world, group, cluster, registry } = createContoso()
  const { kubeletIdentity } = cluster
  // As the registry of the records was simulated.
  world.exchangeNeedsRights = true
  const userAssigned = [name === 'imds-400' ? group.addUserAssignedIdentity('other') : kubeletIdentity]
  const simulator = await startSimulator({ world, machine: { userAssigned } })
  onTestFinished(async () => {
    await simulator.close()
    expect(simulator.problems).toEqual([])
  })
  if (name === 'role') {
    world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  }
  const client = connect(simulator)
  let token = ''
  const send = async (method: string, host: string, path: string): Promise<number> => {
    if (host === '169.254.169.254') {
      const url = `http://${host}${path.replace('<identity>', kubeletIdentity.clientId)}`
      const { status, json } = await plainGet(simulator, url, { Metadata: 'true' })
      token = String(json.access_token)
      return status
    }
    const form = { grant_type: 'access_token', service: host, tenant: world.tenantId, access_token: token }
    const body = method === 'POST' ? { body: new URLSearchParams(form) } : {}
    return (await client.send(method, `https://${host}${path}`, body)).status
  }
  const answered: string[] = []
  for (const line of records[name].requests) {
    const [host = '', method = '', path = ''] = line.split(' ')
    answered.push(`${host} ${method} ${path} ${String(await send(method, host, path))}`)
  }
  return answered
}

it.each(['no-role', 'role', 'imds-400', 'registry-refuses'] as const)(
  'the machine and the registry answer a credential provider as recorded: %s',
  async name => {
    expect(await replay(name)).toEqual(records[name].requests)
  },
)

it('credentials are kept for as long as the provider says', () => {
  expect(records.role.cacheDuration).toBe(`${String(defaultTiming.credentialCacheMs / 60_000)}m0s`)
})
