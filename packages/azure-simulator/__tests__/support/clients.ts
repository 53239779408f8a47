import { spawn, spawnSync } from 'node:child_process'

/** The clients that verify the simulator, as packaged by Debian; the shell that runs the documents' commands; and Node, for SDKs. */
export type Client = 'az' | 'bash' | 'containerd' | 'kubectl' | 'node' | 'oras' | 'skopeo'

/** The result of a client. */
export interface ClientEnd {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** Options for running a client. */
export interface ClientRun {
  folder: string
  input?: string
  /** Variables in addition to those that lead to the simulator. */
  variables?: Readonly<Record<string, string>>
  /** Replaces /etc/hosts for this client, which looks a name up itself instead of leaving that to the proxy; see `mayReplaceHosts`. */
  hosts?: string
}

const bind = ['--mount', '--map-root-user', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"']

/** Whether the machine allows a process to have its own mounts, which many containers do not. */
export function mayReplaceHosts(): boolean {
  return spawnSync('unshare', [...bind, '/etc/hosts', 'true']).status === 0
}

/** Runs a client with only these variables and the path. */
export function runClient(
  client: Client,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { folder, input, hosts, variables }: ClientRun,
): Promise<ClientEnd> {
  const [program, words] = hosts === undefined ? [client, args] : ['unshare', [...bind, hosts, client, ...args]]
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: folder,
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...environment, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const end: ClientEnd = { exitCode: null, stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (end.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (end.stderr += text))
    child.on('error', reject).on('close', exitCode => {
      resolve({ ...end, exitCode })
    })
    // A client that ends without having read its input is fine.
    child.stdin.on('error', () => undefined).end(input ?? '')
  })
}
