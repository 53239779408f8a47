import { request } from 'node:http'
import { describe, expect } from 'vitest'
import { createPuller, joinMessages, newGuid, pullMessages, type Registry } from '../../src/index.js'
import { connect, textOf } from '../../src/client.js'
import { it, type Machine } from '../support/machine.js'
import { startContainerd, type Containerd, type RegistryCredential } from '../support/containerd.js'

/** The user name that goes with a registry's refresh token. */
const tokenUser = '00000000-0000-0000-0000-000000000000'
const image = 'contosoacr.azurecr.io/team/app:v1'
const app = 'team/app'

/** A containerd as on a node of `aks-prod-1`, and the credentials from its kubelet. */
async function startNode(machine: Machine): Promise<{
  containerd: Containerd
  /** The credential from the provider for a registry; none if the registry refuses the kubelet identity. */
  provide: (registry: Registry) => Promise<RegistryCredential | undefined>
  /** Pulls on a simulated node. */
  simulate: (image: string) => void
  /** The messages of a real containerd for a kubelet's pulls, and those of the simulated kubelet. */
  refusals: (image: string, credential: RegistryCredential | undefined) => Promise<{ real: string; simulated: string }>
}> {
  const { world, cluster, simulator, folder } = machine
  // As observed in practice: a kubelet identity without any permission gets no token, and its node continues without one (Azure/AKS #4459).
  world.exchangeNeedsRights = true
  const { HTTPS_PROXY = '', SSL_CERT_FILE = '' } = simulator.environment
  const containerd = await startContainerd(folder, { HTTPS_PROXY, SSL_CERT_FILE })
  const client = connect(simulator)
  const puller = createPuller(world, cluster)
  const [node] = cluster.kubernetes.nodes
  if (node === undefined) throw new Error('the cluster has no node')
  const simulate = (reference: string): void => {
    const pod = cluster.kubernetes.addPod({ metadata: { name: newGuid() }, spec: { containers: [] } })
    puller.pull(node, reference, pod)
  }
  return {
    containerd,
    simulate,
    async provide({ loginServer }) {
      const access = await identityToken(simulator.environment.HTTP_PROXY ?? '')
      const form = { grant_type: 'access_token', service: loginServer, access_token: access }
      const { status, json } = await client.send('POST', `https://${loginServer}/oauth2/exchange`, {
        body: new URLSearchParams(form),
      })
      return status === 200 ? { username: tokenUser, password: textOf(json.refresh_token) } : undefined
    },
    async refusals(reference, credential) {
      const messages: string[] = []
      // A kubelet tries its credential first, and then anonymously.
      for (const way of new Set([credential, undefined]))
        messages.push(await messageOf(() => containerd.pull(reference, way)))
      const real = joinMessages(messages)
      const simulated = await messageOf(() => {
        simulate(reference)
      })
      return { real, simulated }
    },
  }
}

/** The kubelet identity's token for registries, from the endpoint of virtual machines. */
const identityToken = (proxy: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const resource = encodeURIComponent('https://containerregistry.azure.net')
    const url = `http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${resource}`
    const { hostname, port } = new URL(proxy)
    request({ hostname, port, path: url, headers: { host: '169.254.169.254', metadata: 'true' } }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        resolve((JSON.parse(text) as { access_token: string }).access_token)
      })
    })
      .on('error', reject)
      .end()
  })

async function messageOf(pull: () => unknown): Promise<string> {
  try {
    await pull()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('it was pulled')
}

const letPull = ({ world, cluster }: Machine, registry: Registry): void => {
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
}

const readsOf = ({ simulator }: Machine): string[] =>
  simulator.requests
    .filter(({ path, status }) => path.startsWith('/v2/') && status === 200)
    .map(({ method, path }) => `${method} ${path.replace(/sha256:.*/, 'sha256')}`)

describe('containerd', () => {
  it('pulls with the credential from the provider, and only layers that the node lacks', async ({ begin }) => {
    const machine = await begin({ clients: ['containerd'] })
    const { registry, simulator } = machine
    registry.images.push(app, 'v1', { content: 'app' })
    // The same layers under another manifest, and the same manifest in another repository.
    registry.images.push(app, 'v2', { content: 'app', format: 'docker' })
    registry.images.push('team/copy', 'v1', { content: 'app' })
    letPull(machine, registry)
    const { containerd, provide, simulate } = await startNode(machine)
    try {
      const credential = await provide(registry)
      const pull = async (reference: string): Promise<string[]> => {
        simulator.clearRequests()
        expect(await containerd.pull(reference, credential)).toMatch(/^sha256:[0-9a-f]{64}$/)
        return readsOf(machine)
      }
      const blob = 'GET /v2/team/app/blobs/sha256'
      expect(await pull(image)).toEqual([
        'HEAD /v2/team/app/manifests/v1',
        'GET /v2/team/app/manifests/sha256',
        blob,
        blob,
        blob,
      ])
      expect(await pull(image)).toEqual(['HEAD /v2/team/app/manifests/v1'])
      expect(await pull('contosoacr.azurecr.io/team/app:v2')).toEqual([
        'HEAD /v2/team/app/manifests/v2',
        'GET /v2/team/app/manifests/sha256',
      ])
      expect(await pull('contosoacr.azurecr.io/team/copy:v1')).toEqual(['HEAD /v2/team/copy/manifests/v1'])
      for (const reference of ['team/app:v1', 'team/app:v1', 'team/app:v2', 'team/copy:v1'])
        simulate(`contosoacr.azurecr.io/${reference}`)
      expect(machine.cluster.kubernetes.pulls.map(({ blobs }) => blobs)).toEqual([3, 0, 0, 0])
    } finally {
      await containerd.stop()
    }
  })

  it('reports refusals like the simulated kubelet', async ({ begin }) => {
    const machine = await begin({ clients: ['containerd'], missingHosts: ['contosoacrr.azurecr.io'] })
    const { registry, group, world, simulator, cluster } = machine
    registry.images.push(app, 'v1')
    registry.images.push('team/arm', 'v1', { platforms: ['linux/arm64'] })
    registry.images.push('team/single', 'v1', { platforms: ['windows/amd64:10.0.20348.4171'] })
    const abac = group.addRegistry('abacacr', { sku: 'Premium', roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push(app, 'v1')
    const { containerd, provide, refusals } = await startNode(machine)
    try {
      // No role at all: the provider has no credential.
      const nothing = await provide(registry)
      expect(nothing).toBeUndefined()
      const denied = await refusals(image, nothing)
      expect(denied.real).toBe(denied.simulated)
      expect(denied.real).toBe(pullMessages.denied(image))

      // Permission for another repository only.
      world.assignRole({
        principalId: cluster.kubeletIdentity.objectId,
        role: 'Container Registry Repository Reader',
        scope: abac.id,
        condition:
          "((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'})) OR (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase 'team/other'))",
      })
      const narrow = await refusals('abacacr.azurecr.io/team/app:v1', await provide(abac))
      expect(narrow.real).toBe(narrow.simulated)

      letPull(machine, registry)
      const credential = await provide(registry)
      const platforms = ['team/arm:v1', 'team/single:v1']
      for (const missing of ['team/app:v9', 'team/none:v1', ...platforms]) {
        const refused = await refusals(`contosoacr.azurecr.io/${missing}`, credential)
        expect(refused.real).toBe(refused.simulated)
      }

      registry.images.lock('team/app', 'v1')
      const locked = await refusals(image, credential)
      expect(locked.real).toBe(locked.simulated)
      registry.images.repositories.get('team/app')?.locks.read.clear()

      const secret = { username: 'nobody', password: 'wrong' }
      const wrong = await messageOf(() => containerd.pull(image, secret))
      expect(wrong).toBe(pullMessages.wrongSecret(image))

      // containerd tries six times.
      simulator.faults.add({ path: '/v2/team/app/manifests/', status: 429, times: 6 })
      const throttled = await messageOf(() => containerd.pull(image, credential))
      expect(throttled).toBe(pullMessages.rateLimited(image))

      simulator.faults.add({ path: '/v2/team/app/manifests/', status: 503 })
      const broken = await messageOf(() => containerd.pull(image, credential))
      expect(broken).toBe(pullMessages.serverError(image))

      simulator.faults.add({ path: '/v2/team/app/blobs/', status: 403, times: Infinity })
      const blocked = await messageOf(() => containerd.pull(image, credential))
      const withoutAddress = (message: string): string => message.replace(/https:\S+(?=: 403)/, '<url>')
      expect(withoutAddress(blocked)).toBe(withoutAddress(pullMessages.blobForbidden(image)))
      simulator.faults.clear()

      simulator.faults.add({ path: '/v2/team/app/manifests/', reset: true })
      const reset = await messageOf(() => containerd.pull(image, credential))
      expect(reset).toMatch(/failed to do request: Head \S+: (EOF|.*connection reset by peer)$/)

      // Here the proxy does not know the host; a node without one uses Azure's resolver.
      const elsewhere = await messageOf(() => containerd.pull('contosoacrr.azurecr.io/team/app:v1'))
      expect(elsewhere).toBe(
        'failed to pull and unpack image "contosoacrr.azurecr.io/team/app:v1": failed to resolve reference "contosoacrr.azurecr.io/team/app:v1": failed to do request: Head "https://contosoacrr.azurecr.io/v2/team/app/manifests/v1": Forbidden',
      )

      // The simulated firewall answers immediately; the texts observed in practice are from the token endpoint.
      registry.body.properties.publicNetworkAccess = 'Disabled'
      const walled = await messageOf(() => containerd.pull(image, credential))
      expect(walled).toContain('403 Forbidden')
    } finally {
      await containerd.stop()
    }
  })

  it('reads layers from the data endpoint, and prints its signed URLs', async ({ begin }) => {
    const machine = await begin({ clients: ['containerd'] })
    const { group, simulator } = machine
    const registry = group.addRegistry('dedicatedacr', { sku: 'Premium', dataEndpointEnabled: true })
    registry.images.push(app, 'v1')
    registry.images.push(app, 'v2', { content: 'other' })
    letPull(machine, registry)
    const { containerd, provide } = await startNode(machine)
    const host = 'dedicatedacr.westeurope.data.azurecr.io'
    try {
      const credential = await provide(registry)
      expect(await containerd.pull('dedicatedacr.azurecr.io/team/app:v1', credential)).toMatch(/^sha256:/)
      expect(simulator.requests.filter(request => request.host === host).map(({ status }) => status)).toEqual([
        200, 200, 200,
      ])
      const other = 'dedicatedacr.azurecr.io/team/app:v2'
      simulator.faults.add({ host, status: 403, times: Infinity })
      const forbidden = await messageOf(() => containerd.pull(other, credential))
      const withoutDigest = (message: string): string => message.replace(/sha256:\w+/, '<digest>')
      expect(withoutDigest(forbidden)).toBe(withoutDigest(pullMessages.blobForbidden(other)))
      simulator.faults.clear()

      simulator.faults.add({ host, reset: true, times: Infinity })
      const refused = await messageOf(() => containerd.pull(other, credential))
      expect(refused).toMatch(
        /failed to copy: httpReadSeeker: failed open: failed to do request: Get "https:\/\/dedicatedacr\.westeurope\.data\.azurecr\.io\/\S+[?&]sig=\S+": EOF$/,
      )
    } finally {
      await containerd.stop()
    }
  })

  it('pulls with the secret of a service principal', async ({ begin }) => {
    const machine = await begin({ clients: ['containerd'] })
    const { registry, world } = machine
    registry.images.push(app, 'v1')
    const robot = world.addApplication('robot', { secrets: ['s3cret'] })
    world.assignRole({ principalId: robot.objectId, role: 'AcrPull', scope: registry.id })
    const { containerd } = await startNode(machine)
    try {
      expect(await containerd.pull(image, { username: robot.clientId, password: 's3cret' })).toMatch(/^sha256:/)
    } finally {
      await containerd.stop()
    }
  })
})
