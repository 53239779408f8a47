import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../model/error.js'
import type { Clock } from '../../model/time.js'
import { explainKubectl, explainLate, type ClusterAttempt } from './errors.js'
import { serverOf, wantsEntraToken, withToken } from './kubeconfig.js'
import { watchSignIn } from './refused-sign-in.js'
import { noteLeftover } from '../runner/state.js'
import { makeTempFolder } from '../runner/temp-folder.js'
import { kubectlEnvironment, runProgram } from './program.js'

/** What running kubectl needs. */
export interface RunnerMeans {
  attempt: ClusterAttempt
  clock: Clock
  signal: AbortSignal
  /** The cluster's user kubeconfig, as Azure gives it. */
  fetchKubeconfig: () => Promise<string>
  /** A valid token for the AKS server application. */
  fetchToken: () => Promise<string>
  /** Has the next token be another one. */
  forgetToken: () => void
  /** Runs a process within the limit that all clusters share. */
  limit: <T>(work: () => Promise<T>) => Promise<T>
  /** Called with a line about each process. */
  debug: (line: string) => void
}

/** How long a request may take; also how long a broken connection keeps a process. */
const requestMs = 15_000

/** How long a process may take that asks for something. Kubectl also sleeps for as long as a server asks for (`Retry-After`), an hour if need be. */
export const askingMs = 20_000

/** How a process is run. */
export interface Call {
  input?: string
  /** Milliseconds until it is killed. */
  limitMs?: number
  /** How long each of its requests may take, in milliseconds. */
  requestMs?: number
  /** Kills it. */
  signal?: AbortSignal
}

/** Runs kubectl for one cluster. */
interface Runner {
  /** What kubectl printed. @throws ActionError, or AbortError when its signal was aborted */
  run(args: string[], call?: Call): Promise<string>
  /** Resolves when all processes have ended, whatever their exit code. */
  settled(): Promise<unknown>
  /** Kills what still runs, and removes what processes need. */
  end(): Promise<void>
}

/** Processes get arguments and standard input, never a shell; secrets are in a file in a folder that only the runner's user can enter. */
export function createRunner(means: RunnerMeans): Runner {
  const { attempt, clock, signal, debug } = means
  let folder: string | undefined
  let forgetFolder: (() => void) | undefined
  /** Undefined until there is one, and when the API server refuses what it holds. */
  let kubeconfig: { asGiven: string; token: string } | undefined
  let isWritten = false
  /** The URL of the API server. */
  let server = ''
  let preparing: Promise<string> = Promise.resolve('')
  const running = new Set<Promise<unknown>>()
  const stopping = new AbortController()
  const signIn = watchSignIn(clock, () => {
    means.forgetToken()
    kubeconfig = undefined
  })

  const prepareNow = async (): Promise<string> => {
    if (!folder) {
      folder = makeTempFolder()
      forgetFolder = noteLeftover({ kind: 'folder', path: folder })
    }
    const file = join(folder, 'kubeconfig')
    // A cancelled job gets no new token, and needs none for the seconds that it has left.
    if (isWritten && signal.aborted) return file
    const asGiven = kubeconfig?.asGiven ?? (await means.fetchKubeconfig())
    server = serverOf(asGiven)
    const token = wantsEntraToken(asGiven) ? await means.fetchToken() : ''
    if (token !== kubeconfig?.token) {
      await writeFile(file, token ? withToken(asGiven, token) : asGiven, { mode: 0o600 })
      kubeconfig = { asGiven, token }
      isWritten = true
    }
    return file
  }
  /** The path of the kubeconfig, which is written again when its token was renewed. One call at a time, because processes start side by side. */
  const prepare = (): Promise<string> => (preparing = preparing.then(prepareNow, prepareNow))

  const start = async (args: string[], call: Call): Promise<string> => {
    const { input = '', limitMs = askingMs } = call
    const file = await prepare()
    const started = clock.now()
    const seconds = Math.ceil((call.requestMs ?? requestMs) / 1000)
    const common = ['--kubeconfig', file, '--cache-dir', join(file, '..', 'cache'), `--request-timeout=${seconds}s`]
    const what = `kubectl ${args.slice(0, 2).join(' ')}`
    const environment = kubectlEnvironment(server)
    const program = { name: 'kubectl', args: [...common, ...args], input, environment, limitMs }
    const killing = AbortSignal.any([stopping.signal, ...(call.signal ? [call.signal] : [])])
    const ending = means.limit(() => runProgram({ ...program, signal: killing }))
    const { exitCode, stdout, stderr, isLate } = await ending.catch((error: unknown) => {
      killing.throwIfAborted()
      throw explainKubectl(messageOf(error), attempt)
    })
    debug(`${what} ${clock.now() - started} ms, ${isLate ? 'killed' : `exit code ${exitCode}`}`)
    if (isLate) throw explainLate(what, limitMs, stderr, attempt)
    if (exitCode !== 0) throw signIn.judge(explainKubectl(stderr, attempt))
    signIn.onAccepted()
    return stdout
  }

  return {
    run(args, call = {}) {
      const process = start(args, call)
      running.add(process)
      const forget = (): void => void running.delete(process)
      process.then(forget, forget)
      return process
    },
    settled: () => Promise.allSettled(running),
    async end() {
      stopping.abort()
      await Promise.allSettled([...running, preparing])
      if (folder) await rm(folder, { recursive: true, force: true })
      forgetFolder?.()
    },
  }
}
