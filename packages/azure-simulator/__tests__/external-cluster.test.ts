import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { keptCertificateAuthority } from '../src/front/certificates.js'
import { arm, connect, textOf } from '../src/client.js'
import { createContoso, type Contoso } from '../src/contoso.js'
import { accessOf, startSimulator, type Simulator, type SimulatorOptions } from '../src/index.js'
import { isInstalled } from '../src/runner/installed.js'
import { eventually } from './support/kubectl.js'

const kubeconfig = stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'real', cluster: { server: 'https://10.0.0.1:6443' } }],
  users: [{ name: 'robot', user: { token: 'of-the-robot' } }],
})

async function startExternal(more: Partial<SimulatorOptions> = {}) {
  const contoso = createContoso()
  const { world, deployer, group } = contoso
  const cluster = group.addCluster('aks-real', { external: { kubeconfig } })
  world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: group.id })
  const simulator = await startSimulator({ world, machine: { userAssigned: [cluster.kubeletIdentity] }, ...more })
  onTestFinished(() => simulator.close())
  return { ...contoso, cluster, simulator, client: connect(simulator) }
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'external-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('an external cluster', () => {
  it('has its own kubeconfig, for users and administrators, and no simulated inside', async () => {
    const { client, deployer, cluster, simulator } = await startExternal()
    const token = await client.signIn(deployer)
    const read = async (account: string): Promise<string> => {
      const url = arm(`${cluster.id}/listCluster${account}Credential`, '2024-09-01')
      const { json } = await client.send('POST', url, { token })
      return Buffer.from(textOf(json.kubeconfigs?.[0]?.value), 'base64').toString()
    }
    expect(await read('User')).toBe(kubeconfig)
    if (cluster.external) cluster.external.kubeconfig = kubeconfig.replace('robot', 'other')
    expect(parse(await read('Admin'))).toMatchObject({ users: [{ name: 'other' }] })
    expect(() => cluster.kubernetes).toThrow('not simulated')
    const host = accessOf(cluster).fqdn
    expect(await client.get(`https://${host}/version`)).toMatchObject({ status: 403, text: '' })
    expect(simulator.problems).toEqual([`refused a connection to ${host}:443`])
  })

  it('runs commands in a shell of this machine, with that kubeconfig and outside the simulated network', async () => {
    const { client, deployer, cluster, simulator } = await startExternal()
    const token = await client.signIn(deployer)
    const command = 'cat "$KUBECONFIG"; echo "proxy: ${HTTPS_PROXY:-none}"; exit 3'
    const accepted = await client.send('POST', arm(`${cluster.id}/runCommand`, '2024-09-01'), {
      token,
      body: { command, context: '' },
    })
    expect(accepted.status).toBe(202)
    const answer = await eventually(
      () => client.get(accepted.headers.location ?? '', token),
      ({ status }) => status !== 202,
    )
    expect(answer.json.properties).toMatchObject({ exitCode: 3, logs: `${kubeconfig}proxy: none\n` })
    expect(simulator.problems).toEqual([])
  })
})

describe('a simulator for other machines', () => {
  it('listens at the given address', async () => {
    const first = await startExternal({ listen: { host: '127.0.0.2', port: 0 } })
    const { hostname, port } = new URL(first.simulator.environment.HTTPS_PROXY ?? '')
    expect(hostname).toBe('127.0.0.2')
    await expect(startExternal({ listen: { host: hostname, port: Number(port) } })).rejects.toThrow('EADDRINUSE')
  })

  it('keeps its certificate authority in a folder, whose key only its user can read', async () => {
    const authorityFolder = join(await temporaryFolder(), 'authority')
    const first = await startExternal({ authorityFolder })
    const certificate = await readFile(join(authorityFolder, 'ca.pem'), 'utf8')
    expect((await stat(join(authorityFolder, 'ca.key'))).mode & 0o777).toBe(0o600)
    await first.simulator.close()
    // What the kept authority issues is accepted by whoever trusts its certificate.
    const { simulator, client, deployer } = await startExternal({ authorityFolder })
    expect(await readFile(simulator.environment.SSL_CERT_FILE ?? '', 'utf8')).toBe(certificate)
    expect((await keptCertificateAuthority(authorityFolder)).certificate).toBe(certificate)
    expect(await client.signIn(deployer)).not.toBe('')
  })
})

interface ProviderEnd {
  code: number
  stdout: string
  stderr: string
}

/** Runs the credential provider like a kubelet. */
function provide(simulator: Simulator, image: string): Promise<ProviderEnd> {
  const { HTTPS_PROXY = '', SSL_CERT_FILE = '' } = simulator.environment
  const env = {
    PATH: process.env.PATH,
    http_proxy: HTTPS_PROXY,
    https_proxy: HTTPS_PROXY,
    CURL_CA_BUNDLE: SSL_CERT_FILE,
  }
  const program = resolve(import.meta.dirname, '../credential-provider/simulated-acr')
  return new Promise(done => {
    const child = execFile(program, { env }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
    const apiVersion = 'credentialprovider.kubelet.k8s.io/v1'
    child.stdin?.end(JSON.stringify({ kind: 'CredentialProviderRequest', apiVersion, image }))
  })
}

const image = 'contosoacr.azurecr.io/team/app:v1'

const letPull = ({ world, cluster, registry }: Contoso): void => {
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
}

describe.skipIf(!isInstalled('curl'))('the credential provider', () => {
  it('answers with a credential that pulls, and with the anonymous one', async () => {
    const scene = await startExternal()
    const { simulator, client, registry } = scene
    registry.images.push('team/app', 'v1')
    letPull(scene)
    const { code, stdout, stderr } = await provide(simulator, image)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const response = JSON.parse(stdout) as { auth: Record<string, { username: string; password: string }> }
    expect(response).toMatchObject({
      kind: 'CredentialProviderResponse',
      apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
      cacheKeyType: 'Registry',
      cacheDuration: '5m0s',
      auth: { '*.azurecr.*': { username: '', password: '' } },
    })
    const { username, password } = response.auth[registry.loginServer] ?? { username: '', password: '' }
    expect(username).toBe('00000000-0000-0000-0000-000000000000')
    const scope = 'repository:team/app:pull'
    const form = { grant_type: 'refresh_token', service: registry.loginServer, scope, refresh_token: password }
    const { json } = await client.send('POST', `https://${registry.loginServer}/oauth2/token`, {
      body: new URLSearchParams(form),
    })
    const url = `https://${registry.loginServer}/v2/team/app/manifests/v1`
    expect((await client.get(url, textOf(json.access_token))).status).toBe(200)
    expect(simulator.problems).toEqual([])
  })

  it('fails without a credential: no exchange, no identity, no registry', async () => {
    const refused = await startExternal()
    refused.world.exchangeNeedsRights = true
    expect(await provide(refused.simulator, image)).toMatchObject({ code: 1, stdout: '' })
    expect(refused.simulator.requests.map(({ path, status }) => `${path} ${status}`)).toEqual([
      '/metadata/identity/oauth2/token 200',
      '/oauth2/exchange 401',
    ])
    const nobody = await startExternal({ machine: {} })
    expect(await provide(nobody.simulator, image)).toMatchObject({ code: 1, stdout: '' })
    expect(await provide(nobody.simulator, 'bad host/x')).toMatchObject({ code: 1, stdout: '' })
    expect(nobody.simulator.requests.map(({ status }) => status)).toEqual([400])
  })
})
