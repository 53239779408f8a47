import { AsyncLocalStorage } from 'node:async_hooks'
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { getExecOutput } from '@actions/exec'
import { proxyFor } from 'azure-clients'

/*
 * `@actions/exec` gives no access to the process that it starts. Node announces each process on a diagnostics channel, in the asynchronous context
 * that starts it (nodejs.org/api/diagnostics_channel.html, `child_process`).
 */
const starting = new AsyncLocalStorage<(child: ChildProcess) => void>()

subscribe('child_process', message => {
  starting.getStore()?.((message as { process: ChildProcess }).process)
})

/** How much a program may print: all of it is kept in memory, and a longer string than 512 MB ends the process. */
const maxBytes = 50_000_000

/** How long pipes may stay open after a program's exit, in milliseconds: a process that it left behind may hold them. */
const pipesMs = 1000

/**
 * Runs a program to its end, whatever its exit code, or kills it at its time limit.
 * @param program.environment its whole environment
 * @param program.input standard input
 * @param program.limitMs milliseconds until it is killed
 * @param program.signal kills it
 * @returns what it printed, and whether it was killed at its time limit
 * @throws AbortError when the signal was aborted
 * @throws Error when it could not be started, or was killed because it printed too much
 */
export async function runProgram(
  name: string,
  args: string[],
  program: { input: string; environment: Record<string, string>; limitMs: number; signal: AbortSignal },
) {
  const { input, environment, limitMs, signal } = program
  signal.throwIfAborted()
  const late = AbortSignal.timeout(limitMs)
  const full = new AbortController()
  const killing = AbortSignal.any([signal, late, full.signal])
  let bytes = 0
  const count = ({ length }: Buffer): void => {
    bytes += length
    if (bytes > maxBytes) full.abort()
  }
  const hold = (child: ChildProcess): void => {
    const kill = (): void => void child.kill('SIGKILL')
    killing.addEventListener('abort', kill)
    // The process is announced before it has an ID and pipes.
    process.nextTick(() => {
      // A program may end without reading its input (EPIPE); its exit code and standard error say why.
      child.stdin?.on('error', () => undefined)
      if (killing.aborted) kill()
    })
  }
  const end = await starting.run(hold, () =>
    getExecOutput(name, args, {
      ...{ input: Buffer.from(input), env: environment, silent: true, ignoreReturnCode: true, delay: pipesMs },
      listeners: { stdout: count, stderr: count },
    }),
  )
  signal.throwIfAborted()
  if (full.signal.aborted) throw new Error(`${name} printed more than ${maxBytes / 1_000_000} MB`)
  return { ...end, isLate: late.aborted }
}

/** The runner's variables that kubectl gets: the path of programs, and the home that some installations need. */
const passed = new Set([
  'PATH',
  'HOME',
  // Certificate authorities for a proxy behind TLS (pkg.go.dev/crypto/x509).
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // Windows starts no program without these.
  'PATHEXT',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERPROFILE',
])

/**
 * The environment of kubectl: only the job's variables that it needs, and no preferences of the runner's user (kuberc). It gets the proxy that the
 * step itself would use for that API server, if any: on its own it prefers the other spelling of a variable, and reads `NO_PROXY` differently.
 * @param server the URL of the API server
 */
export function kubectlEnvironment(server: string): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && passed.has(name.toUpperCase()) ? [[name, value] as const] : [],
  )
  const proxy = URL.canParse(server) ? proxyFor(server) : undefined
  const variable = server.startsWith('http:') ? 'HTTP_PROXY' : 'HTTPS_PROXY'
  return { ...Object.fromEntries(kept), ...(proxy && { [variable]: proxy.href }), KUBERC: 'off' }
}
