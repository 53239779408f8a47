import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, it } from 'vitest'
import type { Client, Cluster } from '../../src/index.js'
import { isInstalled } from '../../src/runner/installed.js'
import { arm, textOf } from '../../src/client.js'
import type { Fixture } from './fixture.js'

/** `it` if kubectl is installed. */
export const kubectlIt = it.skipIf(!isInstalled('kubectl'))

/** How a command ended. */
interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The machine's kubectl with its own kubeconfig and cache. */
export interface Kubectl {
  (...args: string[]): Promise<Ended>
  /** Passes one or more objects on standard input. */
  send(input: unknown, ...args: string[]): Promise<Ended>
  /** The parsed output of `-o json`. */
  json<T>(...args: string[]): Promise<T>
  /** Starts a long-running command; `output` grows until it is stopped. */
  follow(...args: string[]): { readonly output: string; stop(): Promise<void> }
}

const folders: string[] = []

export async function createKubectl({ simulator }: Pick<Fixture, 'simulator'>, kubeconfig: string): Promise<Kubectl> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-'))
  folders.push(folder)
  const file = join(folder, 'kubeconfig')
  await writeFile(file, kubeconfig, { mode: 0o600 })
  const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: file, ...simulator.environment }
  const run = (args: readonly string[], input?: string): Promise<Ended> =>
    new Promise(resolve => {
      const child = execFile('kubectl', args, { env, timeout: 20_000 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
      })
      child.stdin?.end(input)
    })
  return Object.assign((...args: string[]) => run(args), {
    send: (input: unknown, ...args: string[]) => run(args, JSON.stringify(input)),
    json: async <T>(...args: string[]) => {
      const { stdout, stderr } = await run([...args, '-o', 'json'])
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout) as T
    },
    follow(...args: string[]) {
      const child = spawn('kubectl', args, { env })
      const ended = new Promise(resolve => child.on('close', resolve))
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      return {
        get output() {
          return output
        },
        async stop() {
          child.kill()
          await ended
        },
      }
    },
  })
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** An application's kubeconfig from Azure Resource Manager. */
export async function readKubeconfig(
  { client }: Pick<Fixture, 'client'>,
  app: Pick<Client, 'clientId'>,
  cluster: Cluster,
  account: 'User' | 'Admin' = 'User',
): Promise<string> {
  const url = arm(`${cluster.id}/listCluster${account}Credential`, '2024-09-01')
  const { json, text } = await client.send('POST', url, { token: await client.signIn(app) })
  if (json.kubeconfigs === undefined) throw new Error(text)
  return Buffer.from(textOf(json.kubeconfigs[0]?.value), 'base64').toString()
}

/** A kubectl of the deployer, with permission to fetch the cluster's kubeconfig. */
export async function startKubectl(fixture: Fixture, cluster = fixture.cluster): Promise<Kubectl> {
  const { world, deployer } = fixture
  world.assignRole({ principalId: deployer.objectId, role: clusterUser, scope: cluster.id })
  return createKubectl(fixture, await readKubeconfig(fixture, deployer, cluster))
}

export const clusterUser = 'Azure Kubernetes Service Cluster User Role'

/** Waits until the value satisfies the test; throws the last value if it never does. */
export async function eventually<T>(read: () => T | Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const value = await read()
    if (holds(value)) return value
    if (tries > 1200) throw new Error(`it never came to pass: ${JSON.stringify(value)}`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}
