import { AsyncLocalStorage } from 'node:async_hooks'
import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { getExecOutput } from '@actions/exec'
import { proxyFor } from '../proxy.js'

/** A program to start, and when to end it. */
export interface Program {
  name: string
  args: string[]
  /** What it finds on standard input. */
  input: string
  /** Its whole environment. */
  environment: Record<string, string>
  /** After so many milliseconds it is killed. */
  limitMs: number
  /** Kills it when it is aborted. */
  signal: AbortSignal
}

/** How a program ended. */
export interface ProgramEnd {
  exitCode: number
  stdout: string
  stderr: string
  /** Whether it was killed because its time was over. */
  isLate: boolean
}

/*
 * `@actions/exec` gives no hold on the process that it starts. Node announces each process on a diagnostics channel, in the asynchronous context
 * of who starts it (nodejs.org/api/diagnostics_channel.html, `child_process`).
 */
const starting = new AsyncLocalStorage<(child: ChildProcess) => void>()

subscribe('child_process', message => {
  starting.getStore()?.((message as { process: ChildProcess }).process)
})

/** After the exit of a program, how long its pipes may stay open: a process that it left behind may hold them. */
const pipesMs = 1000

/**
 * Runs a program to its end, whatever its exit code; it is killed when its time is over.
 * @throws AbortError when the signal was aborted
 * @throws Error when it could not be started
 */
export async function runProgram({ name, args, input, environment, limitMs, signal }: Program): Promise<ProgramEnd> {
  signal.throwIfAborted()
  let child: ChildProcess | undefined
  let isLate = false
  const kill = (): void => {
    child?.kill('SIGKILL')
  }
  const hold = (started: ChildProcess): void => {
    child = started
    // It is announced before it has a process ID and pipes.
    process.nextTick(() => {
      // A program may end without reading its input (EPIPE): why is in its exit code and on standard error.
      started.stdin?.on('error', () => undefined)
      if (signal.aborted) kill()
    })
  }
  const timer = setTimeout(() => {
    isLate = true
    kill()
  }, limitMs)
  signal.addEventListener('abort', kill)
  try {
    const options = {
      input: Buffer.from(input),
      env: environment,
      silent: true,
      ignoreReturnCode: true,
      delay: pipesMs,
    }
    const end = await starting.run(hold, () => getExecOutput(name, args, options))
    signal.throwIfAborted()
    return { ...end, isLate }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
  }
}

/** The variables of the runner that kubectl gets: the path of programs, and the home that some installations need. */
const passed = new Set([
  'PATH',
  'HOME',
  // Authorities of a proxy that is reached by TLS (pkg.go.dev/crypto/x509).
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // Without these nothing starts on Windows.
  'PATHEXT',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERPROFILE',
])

/**
 * The environment that kubectl runs in: no variable of the job except those that it needs, and no preferences of the runner's user (kuberc). It gets the
 * proxy that the step itself would use for that API server, or none, so that it never goes another way: by itself it prefers the other spelling of a
 * variable, and reads `NO_PROXY` differently.
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
