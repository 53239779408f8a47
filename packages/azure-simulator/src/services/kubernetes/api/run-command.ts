import { unzipSync } from 'fflate'
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve, sep } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClusterMachine } from '../../../model/cluster-machine.js'
import type { Cluster } from '../../../world/clusters.js'
import type { Kubernetes } from '../../../world/kubernetes.js'
import type { World } from '../../../world/world.js'
import { networkOf } from './hosts.js'
import { createKubeconfig } from '../access/kubeconfig.js'

export interface ClusterCommand {
  readonly id: string
  /** The command for `/bin/sh -c`. */
  readonly command: string
  /** A ZIP archive in base64; empty for none. */
  readonly context: string
  /** The user's token for clusters with Entra ID; others run the command as their administrator. */
  readonly token: string | undefined
}

export interface CommandResult {
  readonly provisioningState: 'Succeeded' | 'Failed'
  readonly exitCode?: number
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly logs?: string
  readonly reason?: string
}

/** Documented: longer output is cut off. */
const outputLimit = 512 * 1024

/**
 * Runs a command like the pod in `aks-command`: in a real shell, in a folder with the context's files, in the cluster's
 * network, with the token's user. Uses the machine's own kubectl. For an external cluster it uses the cluster's
 * kubeconfig, outside the simulated network.
 */
export async function runInCluster(
  world: World,
  cluster: Cluster,
  machine: ClusterMachine,
  { id, command, context, token }: ClusterCommand,
): Promise<CommandResult> {
  const runCommand = cluster.external === undefined ? cluster.kubernetes.runCommand : undefined
  const { closing } = machine
  await wait(world.timing.runCommandStartMs, undefined, { signal: closing, ref: false }).catch(() => undefined)
  if (closing.aborted) return { provisioningState: 'Failed' }
  if (runCommand?.failure !== undefined && runCommand.failures > 0) {
    runCommand.failures -= 1
    return { provisioningState: 'Failed', reason: runCommand.failure }
  }
  const eviction = runCommand === undefined ? new AbortController().signal : takeEviction(cluster.kubernetes)
  const home = await mkdtemp(join(tmpdir(), `command-${id.slice(0, 8)}-`))
  try {
    const folder = join(home, 'command-files')
    await mkdir(folder)
    await unpack(context, folder)
    const kubeconfig = join(home, 'kubeconfig')
    await writeFile(kubeconfig, kubeconfigFor(cluster, machine, token), { mode: 0o600 })
    const startedAt = commandTime()
    const { exitCode, logs } = await run(command, folder, AbortSignal.any([closing, eviction]), {
      PATH: [runCommand?.programs, process.env.PATH].filter(Boolean).join(delimiter),
      HOME: home,
      KUBECONFIG: kubeconfig,
      ...(cluster.external === undefined ? machine.environment(networkOf(cluster)) : {}),
    })
    // No public source shows Azure's text if the pod disappears; documented failures have no exit code.
    if (eviction.aborted) return { provisioningState: 'Failed', reason: 'Evicted' }
    return { provisioningState: 'Succeeded', exitCode, startedAt, finishedAt: commandTime(), logs }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

const kubeconfigFor = (cluster: Cluster, { certificate }: ClusterMachine, token: string | undefined): string =>
  cluster.external?.kubeconfig ??
  createKubeconfig(cluster, {
    certificate,
    account: 'clusterUser',
    user: { token: token ?? cluster.kubernetes.tokens.admin },
  })

/** Aborts if a command's pod is evicted. */
function takeEviction({ runCommand: { evictions }, store }: Kubernetes): AbortSignal {
  const eviction = new AbortController()
  if (evictions === undefined || evictions.times <= 0) return eviction.signal
  evictions.times -= 1
  let remaining = evictions.afterPods
  if (remaining === 0) {
    eviction.abort()
    return eviction.signal
  }
  const stop = store.onChange(({ type, resource }) => {
    if (type !== 'ADDED' || resource !== 'pods') return
    remaining -= 1
    if (remaining > 0) return
    stop()
    eviction.abort()
  })
  return eviction.signal
}

/** Recorded: whole seconds. */
const commandTime = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

async function unpack(context: string, folder: string): Promise<void> {
  if (context === '') return
  for (const [name, bytes] of Object.entries(unzipSync(Buffer.from(context, 'base64')))) {
    const file = resolve(folder, name)
    if (!file.startsWith(folder + sep) || name.endsWith('/')) continue
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bytes)
  }
}

function run(
  command: string,
  cwd: string,
  closing: AbortSignal,
  env: Record<string, string>,
): Promise<{ exitCode: number; logs: string }> {
  return new Promise(done => {
    const chunks: Buffer[] = []
    let length = 0
    const keep = (chunk: Buffer): void => {
      if (length < outputLimit) chunks.push(chunk.subarray(0, outputLimit - length))
      length += chunk.length
    }
    // A separate process group, so that nothing it has started stays behind.
    const child = spawn('/bin/sh', ['-c', command], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has already ended.
      }
    }
    const close = (): void => {
      kill()
      // Synchronous, because the process may end right after this.
      rmSync(dirname(cwd), { recursive: true, force: true })
    }
    closing.addEventListener('abort', close)
    const finish = (exitCode: number): void => {
      closing.removeEventListener('abort', close)
      kill()
      done({ exitCode, logs: Buffer.concat(chunks).toString() })
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', () => {
      finish(127)
    })
    child.on('close', code => {
      finish(code ?? 137)
    })
    if (closing.aborted) close()
  })
}
