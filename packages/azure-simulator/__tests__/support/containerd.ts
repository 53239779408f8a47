import { credentials, loadPackageDefinition, status, type ServiceError } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** User name and password for a registry, as a kubelet passes them to its runtime. */
export interface RegistryCredential {
  username: string
  password: string
}

/** A real containerd with a separate store. */
export interface Containerd {
  /** Pulls like a kubelet; throws an error with the kubelet's message. @returns the image's ID */
  pull(image: string, credential?: RegistryCredential): Promise<string>
  stop(): Promise<void>
}

/** The kubelet's text for a runtime's error: the code `Unknown` is left out (Kubernetes `pkg/kubelet/cri/remote/remote_image.go`). */
const kubeletMessage = ({ code, details }: ServiceError): string =>
  code === status.UNKNOWN ? details : `rpc error: code = ${nameOf(code)} desc = ${details}`

/** `NOT_FOUND` is NotFound to Go. */
const nameOf = (code: status): string =>
  status[code]
    .toLowerCase()
    .split('_')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

interface ImageService {
  PullImage(
    request: { image: { image: string }; auth?: RegistryCredential },
    done: (error: ServiceError | null, response: { image_ref: string }) => void,
  ): void
  close(): void
}

/**
 * Starts containerd with its CRI plugin below `folder`, with only these variables and the path. The native snapshotter copies
 * layers, which needs no overlay file system.
 */
export async function startContainerd(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<Containerd> {
  const home = join(folder, 'containerd')
  await mkdir(home, { recursive: true })
  const address = join(home, 'containerd.sock')
  const config = join(home, 'config.toml')
  await writeFile(
    config,
    [
      'version = 2',
      `root = ${JSON.stringify(join(home, 'root'))}`,
      `state = ${JSON.stringify(join(home, 'state'))}`,
      // Plugins that would read outside of the folder.
      'disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]',
      '[grpc]',
      `  address = ${JSON.stringify(address)}`,
      '[plugins."io.containerd.grpc.v1.cri".containerd]',
      '  snapshotter = "native"',
      '[plugins."io.containerd.grpc.v1.cri".cni]',
      `  conf_dir = ${JSON.stringify(join(home, 'cni'))}`,
      '',
    ].join('\n'),
  )
  const child = spawn('containerd', ['--config', config], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const ended = new Promise<void>(resolve =>
    child
      .on('close', () => {
        resolve()
      })
      .on('error', () => {
        resolve()
      }),
  )
  const { runtime } = loadPackageDefinition(
    loadSync(join(import.meta.dirname, 'cri.proto'), { keepCase: true }),
  ) as unknown as { runtime: { v1: { ImageService: new (address: string, credential: unknown) => ImageService } } }
  for (let tries = 0; !existsSync(address); tries += 1) {
    if (child.exitCode !== null || tries > 600) throw new Error(`containerd does not start:\n${log.slice(-4000)}`)
    await pause(50)
  }
  const service = new runtime.v1.ImageService(`unix://${address}`, credentials.createInsecure())

  return {
    pull: (image, credential) =>
      new Promise((resolve, reject) => {
        const request = { image: { image }, ...(credential === undefined ? {} : { auth: credential }) }
        service.PullImage(request, (error, response) => {
          if (error === null) resolve(response.image_ref)
          else reject(new Error(kubeletMessage(error)))
        })
      }),
    async stop() {
      service.close()
      child.kill()
      await ended
      await unmount(home)
    },
  }
}

/** Unmounts everything below a folder before it is deleted. */
async function unmount(home: string): Promise<void> {
  const mounts = await readFile('/proc/mounts', 'utf8')
  const left = mounts
    .split('\n')
    .map(line => line.split(' ')[1] ?? '')
    .filter(path => path.startsWith(`${home}/`))
  for (const path of left.reverse()) await new Promise(resolve => spawn('umount', [path]).on('close', resolve))
}
