import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { attempt as attemptTo, messageOf } from 'kernel'
import { makeTempFolder, noteLeftover } from 'runner'
import { explainKubectl, explainLateKubectl, explainUnwritten } from './errors.js'
import { serverOf, wantsEntraToken, withToken } from './kubeconfig.js'
import type { Leftover, ProbeDeps } from './probe.js'
import { kubectlEnvironment, runProgram } from './program.js'
import { requestsOf, signIn, watchRights } from './rights.js'

export interface RunnerDeps extends ProbeDeps {
  /** Fetches the cluster's user kubeconfig from Azure. */
  fetchKubeconfig: () => Promise<string>
  /** Returns a valid token for the AKS server application. */
  fetchToken: () => Promise<string>
  /** Runs a process within the limit that all clusters share. */
  limit: <T>(work: () => Promise<T>) => Promise<T>
  /** How long the API server may take for its first answer, in milliseconds. */
  firstAnswerMs: number
}

/** How long a request may take, in milliseconds; also how long a process hangs on a broken connection. */
const requestMs = 15_000

/** How long a process may take that reads, in milliseconds. kubectl sleeps for as long as a server's `Retry-After` says, even an hour. */
export const readingMs = 20_000

/** How long a process may take longer than its single request or its round, in milliseconds. */
export const spareMs = 5000

/** Options of a kubectl process. */
export interface Call {
  input?: string
  /** Milliseconds until it is killed. */
  limitMs?: number
  /** How long each of its requests may take, in milliseconds. */
  requestMs?: number
  signal?: AbortSignal
  /** Gets what it printed, also if it fails then. */
  onPrinted?: (printed: string) => void
}

/** The private kubeconfig of a cluster: a file in a folder that only the runner's user can enter. */
function createKubeconfig({ attempt, signal, ...deps }: RunnerDeps) {
  let folder: string | undefined
  let forgetFolder: (() => void) | undefined
  /** Undefined at first, and when the API server refuses its credential. */
  let kubeconfig: { original: string; token: string } | undefined
  /** The path of the kubeconfig that kubectl reads; empty until it has been written. */
  let written = ''
  /** The URL of the API server. */
  let server = ''
  let preparing: Promise<string> | undefined

  /** Does something with files. @throws ActionError */
  const onDisk = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw explainUnwritten(messageOf(error), attempt)
    }
  }

  const prepareNow = async (): Promise<string> => {
    if (!folder) {
      folder = onDisk(makeTempFolder)
      forgetFolder = noteLeftover({ kind: 'folder', path: folder } satisfies Leftover)
    }
    const file = join(folder, 'kubeconfig')
    const original = kubeconfig?.original ?? (await deps.fetchKubeconfig())
    server = serverOf(original)
    const token = wantsEntraToken(original) ? await deps.fetchToken() : ''
    if (token !== kubeconfig?.token) {
      onDisk(() => {
        writeFileSync(file, withToken(original, token), { mode: 0o600 })
      })
      kubeconfig = { original, token }
      written = file
    }
    return file
  }

  return {
    /**
     * Returns the path of the kubeconfig, rewritten if its token was renewed. Processes that start concurrently share it, and so a failure: one request to
     * Azure, whatever the answer.
     */
    prepare(): Promise<string> {
      // A cancelled job gets no new token, and needs none for its last seconds.
      if (written && signal.aborted) return Promise.resolve(written)
      preparing ??= prepareNow().finally(() => {
        preparing = undefined
      })
      return preparing
    },

    /** The URL of the API server, once the kubeconfig has been prepared. */
    server: () => server,

    forgetToken: (): void => {
      deps.forgetToken()
      kubeconfig = undefined
    },

    /** Resolves when nothing is being prepared any more. */
    settled: () => Promise.allSettled([preparing]),

    /** Deletes the temporary folder. */
    async remove(): Promise<void> {
      if (folder) await rm(folder, { recursive: true, force: true })
      forgetFolder?.()
    },
  }
}

/** Runs kubectl for one cluster. Its processes get arguments and standard input, never a shell; secrets are in a private file. */
export function createRunner(deps: RunnerDeps) {
  const { attempt, clock, signal, log } = deps
  const kubeconfig = createKubeconfig(deps)
  const running = new Set<Promise<unknown>>()
  const stopping = new AbortController()
  const rights = watchRights({ clock, forgetToken: kubeconfig.forgetToken })

  const start = async (args: string[], call: Call): Promise<string> => {
    const { input = '', limitMs = readingMs } = call
    const file = await kubeconfig.prepare()
    const started = clock.now()
    const seconds = Math.ceil((call.requestMs ?? requestMs) / 1000)
    const common = ['--kubeconfig', file, '--cache-dir', join(file, '..', 'cache'), `--request-timeout=${seconds}s`]
    const what = `kubectl ${args.slice(0, 2).join(' ')}`
    const environment = kubectlEnvironment(kubeconfig.server())
    const killing = AbortSignal.any([stopping.signal, ...(call.signal ? [call.signal] : [])])
    const program = { input, environment, limitMs, signal: killing }
    const ending = deps.limit(() => runProgram('kubectl', [...common, ...args], program))
    const { exitCode, stdout, stderr, isLate } = await ending.catch((error: unknown) => {
      killing.throwIfAborted()
      throw explainKubectl(messageOf(error), attempt)
    })
    log.debug(`${what} ${clock.now() - started} ms, ${isLate ? 'killed' : `exit code ${exitCode}`}`)
    call.onPrinted?.(stdout)
    if (isLate) throw explainLateKubectl(what, limitMs, stderr, attempt)
    if (exitCode !== 0) throw rights.judge(explainKubectl(stderr, attempt))
    rights.onAllowed(signIn, ...requestsOf(args))
    return stdout
  }

  /** @returns what kubectl printed. @throws ActionError, or AbortError when its signal was aborted */
  const run = (args: string[], call: Call = {}): Promise<string> => {
    const process = start(args, call)
    running.add(process)
    const forget = (): void => void running.delete(process)
    process.then(forget, forget)
    return process
  }

  return {
    run,

    /**
     * Reads while it waits for any answer: kubectl queries several times what the server supports first, so one that does not answer would cost a minute.
     * @throws ActionError `CLUSTER_UNREACHABLE`
     */
    async knocking<T>(read: (call: Call) => Promise<T>): Promise<T> {
      const requestMs = deps.firstAnswerMs
      const version = run(['get', '--raw', '/version'], { requestMs, limitMs: requestMs + spareMs, signal })
      const unanswered = new AbortController()
      const knocked = attemptTo(version).then(({ error }) => {
        if (error?.code !== 'CLUSTER_UNREACHABLE') return
        unanswered.abort()
        throw error
      })
      const answers = read({ signal: AbortSignal.any([signal, unanswered.signal]) })
      return Promise.race([answers, knocked.then(() => answers)])
    },

    /** Resolves when all processes have ended, whatever their exit code. */
    settled: () => Promise.allSettled(running),

    /** Kills the remaining processes, and deletes their temporary folder. */
    async end(): Promise<void> {
      stopping.abort()
      await Promise.all([Promise.allSettled(running), kubeconfig.settled()])
      await kubeconfig.remove()
    },
  }
}

/** Waits for the work for a limited time; the work continues. @returns undefined if it has not finished */
export function atMost<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return Promise.race([work, delay(ms, undefined, { ref: false })])
}
