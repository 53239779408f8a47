import { execFile } from 'node:child_process'
import { proxyFor } from '../proxy.js'

interface Program {
  name: string
  args: string[]
  /** Standard input. */
  input: string
  /** Its whole environment. */
  environment: Record<string, string>
  /** Milliseconds until it is killed. */
  limitMs: number
  /** Kills it. */
  signal: AbortSignal
}

interface ProgramEnd {
  exitCode: number
  stdout: string
  stderr: string
  /** Whether it was killed at its time limit. */
  isLate: boolean
}

/** How much a program may print: all of it is kept in memory, and a longer string than 512 MB ends the process. */
const maxBytes = 50_000_000

/** How long pipes may stay open after a program's exit, in milliseconds: a process that it left behind may hold them. */
const pipesMs = 1000

/**
 * Runs a program to its end, whatever its exit code, or kills it at its time limit. Not by @actions/exec, which can't kill what it has started.
 * @throws AbortError when the signal was aborted
 * @throws Error when it could not be started, or was killed because it printed too much
 */
export async function runProgram({ name, args, input, environment, limitMs, signal }: Program): Promise<ProgramEnd> {
  signal.throwIfAborted()
  let kill = (): void => undefined
  const running = new Promise<ProgramEnd>((resolve, reject) => {
    const limits = { maxBuffer: maxBytes, timeout: Math.ceil(limitMs), killSignal: 'SIGKILL' } as const
    const child = execFile(name, args, { env: environment, ...limits }, (error, stdout, stderr) => {
      const code = error ? (error.code ?? -1) : 0
      const tooMuch = `${name} printed more than ${maxBytes / 1_000_000} MB`
      if (typeof code === 'number') resolve({ exitCode: code, stdout, stderr, isLate: error?.killed === true })
      else reject(new Error(code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' ? tooMuch : error?.message))
    })
    kill = () => void child.kill('SIGKILL')
    // A program may end without reading its input (EPIPE); its exit code and standard error say why.
    child.stdin?.on('error', () => undefined).end(input)
    child.on('exit', () => {
      const closePipes = (): void => {
        for (const pipe of [child.stdout, child.stderr]) pipe?.destroy()
      }
      setTimeout(closePipes, pipesMs).unref()
    })
  })
  signal.addEventListener('abort', kill)
  const end = await running.finally(() => {
    signal.removeEventListener('abort', kill)
  })
  signal.throwIfAborted()
  return end
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
