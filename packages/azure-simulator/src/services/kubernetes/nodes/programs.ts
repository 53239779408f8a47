// The programs in containers: a few shell commands, and pause.
import type { Kubernetes } from '../../../world/kubernetes.js'
import type { Container, Pod } from '../../../world/kubernetes-objects.js'
import { readReference } from '../objects/references.js'

/** The result of starting a container. */
export type Start =
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'started'; readonly log: string; readonly exitCode: number | undefined; readonly afterMs: number }

const runs = (log = '', exitCode?: number, afterMs = 0): Start => ({ kind: 'started', log, exitCode, afterMs })

/** Programs that all images are assumed to have, except pause images, which only have `/pause`. */
const known: Readonly<Record<string, (args: readonly string[]) => Start>> = {
  sh: shell,
  bash: shell,
  sleep: ([duration = '']) => {
    const seconds = Number(duration)
    return Number.isNaN(seconds) ? runs() : runs('', 0, seconds * 1000)
  },
  echo: args => runs(`${args.join(' ')}\n`, 0),
  true: () => runs('', 0),
  false: () => runs('', 1),
  cat: () => runs(),
  env: () => runs('', 0),
  tail: () => runs(),
  nginx: () => runs(),
}

const folders = ['', '/bin/', '/usr/bin/', '/usr/local/bin/', '/usr/sbin/']

/** Supports `exit <n>` and `echo <text>`; every other script runs for ever. */
function shell([option, script = '']: readonly string[]): Start {
  if (option !== '-c') return runs()
  const [, code] = /^exit (\d+)$/.exec(script.trim()) ?? []
  if (code !== undefined) return runs('', Number(code))
  const [, text] = /^echo ([^;&|]*)$/.exec(script.trim()) ?? []
  return text === undefined ? runs() : runs(`${text.replace(/^(["'])(.*)\1$/, '$2')}\n`, 0)
}

/** Starts a container whose image is on the node. */
export function startProgram({ programs }: Kubernetes, pod: Pod, { image, command, args = [] }: Container): Start {
  const { host, repository } = readReference(image)
  if (command === undefined || command.length === 0) {
    const program = programs.get(`${host}/${repository}`)
    if (program === undefined) return runs()
    const { log = '', exitCode, afterMs = 0 } = program({ args, pod })
    return runs(log, exitCode, afterMs)
  }
  const [file = '', ...own] = command
  const name = file.slice(file.lastIndexOf('/') + 1)
  const isPause = /(^|\/)pause$/.test(repository)
  if (file === '/pause' && isPause) return runs()
  const program = isPause || !folders.includes(file.slice(0, file.length - name.length)) ? undefined : known[name]
  return program === undefined ? { kind: 'failed', message: notFound(file) } : program([...own, ...args])
}

/** runc's text: for a path or for a name (opencontainers/runc 1.2, aws/eks-pod-identity-agent #75). */
function notFound(file: string): string {
  const why = file.includes('/') ? `stat ${file}: no such file or directory` : 'executable file not found in $PATH'
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "${file}": ${why}: unknown`
}

const logs = new WeakMap<Kubernetes, Map<string, string>>()

/** Stores a container's output. */
export function keepLog(
  kubernetes: Kubernetes,
  { metadata: { uid = '' } }: Pod,
  container: string,
  text: string,
): void {
  const all = logs.get(kubernetes) ?? new Map<string, string>()
  logs.set(kubernetes, all.set(`${uid}/${container}`, text))
}

export const logsOf = (kubernetes: Kubernetes, { metadata: { uid = '' } }: Pod, container: string): string =>
  logs.get(kubernetes)?.get(`${uid}/${container}`) ?? ''
