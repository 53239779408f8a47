import { zipSync, strToU8 } from 'fflate'
import { describe, expect } from 'vitest'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContoso } from '../src/contoso.js'
import type { ClusterOptions, Timing } from '../src/index.js'
import { arm, textOf, type Answer } from '../src/client.js'
import { start, type Fixture } from './support/fixture.js'
import { eventually, kubectlIt as it } from './support/kubectl.js'

async function startCluster(options: ClusterOptions = {}, timing: Partial<Timing> = {}): Promise<Fixture> {
  const contoso = createContoso()
  const cluster = contoso.group.addCluster('aks-2', options)
  const { world, deployer, group } = contoso
  const role = world.addCustomRole({
    roleName: 'Run commands',
    assignableScopes: [group.id],
    actions: [
      'Microsoft.ContainerService/managedClusters/runCommand/action',
      'Microsoft.ContainerService/managedClusters/commandResults/read',
    ],
  })
  world.assignRole({ principalId: deployer.objectId, role: role.name, scope: cluster.id })
  return { ...(await start({ contoso, timing })), cluster }
}

async function post({ client, deployer, cluster }: Fixture, body: object): Promise<Answer> {
  const token = await client.signIn(deployer)
  return client.send('POST', arm(`${cluster.id}/runCommand`, '2024-09-01'), { token, body: { context: '', ...body } })
}

/** The properties of a command's result. */
async function run(fixture: Fixture, command: string, more: object = {}) {
  const accepted = await post(fixture, { command, ...more })
  expect(accepted).toMatchObject({ status: 202, text: '' })
  const token = await fixture.client.signIn(fixture.deployer)
  const answer = await eventually(
    () => fixture.client.get(accepted.headers.location ?? '', token),
    ({ status }) => status !== 202,
  )
  expect(answer.status).toBe(200)
  return answer.json.properties as unknown as Record<string, unknown>
}

const zip = (files: Record<string, string>): string =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])))).toString(
    'base64',
  )

describe('Run Command', () => {
  it('runs a command in the cluster', async () => {
    const fixture = await startCluster()
    const result = await run(fixture, 'kubectl get nodes && kubectl auth whoami && exit 3')
    expect(result).toMatchObject({
      provisioningState: 'Succeeded',
      exitCode: 3,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      logs: expect.stringMatching(/aks-system-12345678-vmss000001[^]+masterclient/) as string,
    })
  })

  it("has the context's files in its working directory", async () => {
    const fixture = await startCluster()
    const context = zip({
      'round.sh': 'set -eu\nkubectl create -f probes/0.json\nkubectl get configmap probe -o jsonpath="{.data.x}"\n',
      'probes/0.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'probe' },
        data: { x: 'y' },
      }),
      '../outside': 'no',
    })
    expect(await run(fixture, 'sh round.sh; ls; ls ..', { context })).toMatchObject({
      exitCode: 0,
      logs: expect.stringMatching(/^configmap\/probe created\nyprobes\nround\.sh\n(?!outside)/) as string,
    })
  })

  it('answers at once, runs in the background, and accepts a second command in the meantime', async () => {
    const fixture = await startCluster()
    const { client, deployer } = fixture
    const first = await post(fixture, {
      command: 'while ! kubectl get serviceaccount go >/dev/null 2>&1; do sleep 0.1; done; echo went',
    })
    const location = first.headers.location ?? ''
    expect(new URL(location).pathname).toMatch(/\/managedclusters\/aks-2\/commandResults\/[0-9a-f]{32}$/)
    const token = await client.signIn(deployer)
    const running = await client.get(location, token)
    expect(running).toMatchObject({
      status: 202,
      headers: { location },
      json: { properties: { provisioningState: 'Running' } },
    })
    expect(await run(fixture, 'kubectl create serviceaccount go')).toMatchObject({ exitCode: 0 })
    const done = await eventually(
      () => client.get(location, token),
      ({ status }) => status === 200,
    )
    expect(done.json.properties).toMatchObject({ logs: 'went\n', exitCode: 0 })
  })

  it('reaches the API server of a private cluster', async () => {
    const fixture = await startCluster({ privateCluster: true })
    const { exitCode, logs } = await run(fixture, 'kubectl cluster-info')
    expect(exitCode).toBe(0)
    expect(logs).toContain(String(fixture.cluster.body.properties.privateFQDN))
  })

  it("acts as the token's user if the cluster has Entra ID", async () => {
    const fixture = await startCluster({ aad: true, disableLocalAccounts: true })
    const { client, cluster, deployer } = fixture
    expect(await post(fixture, { command: 'kubectl get pods' })).toMatchObject({
      status: 400,
      json: {
        error: {
          code: 'MissingAADClusterToken',
          message: 'This cluster have Azure Active Directory enabled, .clusterToken is required.',
        },
      },
    })
    const clusterToken = await client.signIn(deployer, '6dae42f8-4368-4678-94ff-3960e28e3630')
    expect(await run(fixture, 'kubectl get pods', { clusterToken })).toMatchObject({
      provisioningState: 'Succeeded',
      exitCode: 1,
      logs: expect.stringContaining(`pods is forbidden: User "${deployer.objectId}"`) as string,
    })
    cluster.kubernetes.bind({ principalId: deployer.objectId, role: 'view' })
    expect(await run(fixture, 'kubectl get pods', { clusterToken })).toMatchObject({ exitCode: 0 })
  })

  it('truncates the output', async () => {
    const fixture = await startCluster()
    const { logs, exitCode } = await run(fixture, 'head -c 600000 /dev/zero | tr "\\0" x')
    expect(exitCode).toBe(0)
    expect(textOf(logs)).toHaveLength(512 * 1024)
  })

  it('fails without an exit code when its pod does not start', async () => {
    const fixture = await startCluster()
    fixture.cluster.kubernetes.runCommand.failure = 'ImagePullBackoff'
    expect(await run(fixture, 'true')).toEqual({ provisioningState: 'Failed', reason: 'ImagePullBackoff' })
    Object.assign(fixture.cluster.kubernetes.runCommand, { failure: 'KubernetesOperationError', failures: 1 })
    expect(await run(fixture, 'true')).toEqual({ provisioningState: 'Failed', reason: 'KubernetesOperationError' })
    expect(await run(fixture, 'true')).toMatchObject({ provisioningState: 'Succeeded', exitCode: 0 })
  })

  it('fails with all its processes if its pod is evicted', async () => {
    const fixture = await startCluster()
    fixture.cluster.kubernetes.runCommand.evictions = { times: 1, afterPods: 0 }
    expect(await run(fixture, 'sleep 3600')).toEqual({ provisioningState: 'Failed', reason: 'Evicted' })
    expect(await run(fixture, 'true')).toMatchObject({ provisioningState: 'Succeeded', exitCode: 0 })
  })

  it.each<[string, ClusterOptions, string]>([
    ['disabled', { disableRunCommand: true }, 'Run command is disabled'],
    ['stopped', { powerState: 'Stopped' }, 'is stopped'],
  ])('is refused if it is %s', async (_, options, message) => {
    const fixture = await startCluster(options)
    expect(await post(fixture, { command: 'true' })).toMatchObject({
      status: 400,
      json: { error: { message: expect.stringContaining(message) as string } },
    })
  })

  it('requires permissions for the command and for its result', async () => {
    const fixture = await start()
    const refused = await post(fixture, { command: 'true' })
    expect(refused).toMatchObject({ status: 403 })
    expect(refused.text).toContain('managedClusters/runCommand/action')
  })

  it('leaves nothing running behind when the simulator closes', async () => {
    const contoso = createContoso()
    const { world, deployer, cluster } = contoso
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Azure Kubernetes Service Contributor Role',
      scope: cluster.id,
    })
    const fixture = await start({ contoso })
    const notes = await mkdtemp(join(tmpdir(), 'run-command-'))
    const file = join(notes, 'notes')
    await post(fixture, { command: `pwd > ${file}; sleep 300 & echo $! >> ${file}; wait` })
    const read = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
    const [folder = '', sleeper = ''] = await eventually(read, lines => lines.length === 2)
    await rm(notes, { recursive: true })
    expect(existsSync(folder)).toBe(true)
    await fixture.simulator.close()
    const isAlive = () => {
      try {
        process.kill(Number(sleeper), 0)
        return true
      } catch {
        return false
      }
    }
    await eventually(isAlive, alive => !alive)
    await eventually(
      () => existsSync(folder),
      exists => !exists,
    )
  })
})
