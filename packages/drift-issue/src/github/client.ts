import { getOctokit } from '@actions/github'
import { abortable, startLimit, type Clock } from 'kernel'
import { GithubError, isUncertain, toGithubError, answerTimeoutMs, createPatience } from './errors.js'
import { createFetch, findRedirect, isWholeAnswer } from './fetch.js'

const repeatPauseMs = 2000

const maxTries = 3

/** How far GitHub's clock can seem to be off although it is right, in ms. */
const inaccuracyMs = 5000

/** How requests are timed, ended and repeated. */
export interface Requests {
  clock: Clock
  signal: AbortSignal
  /** Called before each pause, with its length in ms. */
  onWait: (failure: GithubError, pauseMs: number) => void
}

type Octokit = ReturnType<typeof getOctokit>

/** GitHub's API for a token. */
export interface Github {
  octokit: Octokit
  /** How far GitHub's clock is ahead of the runner's, in ms. */
  aheadMs: () => number
}

/**
 * The client: @actions/github's, for GITHUB_API_URL, over the HTTP client of all other requests. Octokit's own plugins for retries and throttling are not
 * used: they wait by timers that know neither the job's signal nor a deadline, hold comments back for 3 s each, and add 31 kB. All its requests throw `GithubError`.
 */
export function createGithub(token: string, requests: Requests): Github {
  // Octokit adds paths that begin with a slash.
  const baseUrl = process.env.GITHUB_API_URL?.trim().replace(/\/+$/, '') || 'https://api.github.com'
  const request = { fetch: createFetch() }
  const octokit = getOctokit(token, { baseUrl, userAgent: 'attach-acr', log: silent, request })
  const server = createGithubClock(requests.clock)
  limitTries(octokit, server, requests.signal)
  repeatFailures(octokit, requests)
  return { octokit, aheadMs: server.aheadMs }
}

function createGithubClock(clock: Clock) {
  let aheadMs = 0
  return {
    aheadMs: () => aheadMs,

    /** Called with the date in the header of an answer. */
    onDate(date = ''): void {
      const offset = (Date.parse(date) || clock.now() + aheadMs) - clock.now()
      // The header has whole seconds, and the answer was on its way.
      aheadMs = Math.abs(offset) < inaccuracyMs ? 0 : offset
    },
  }
}

/** Gives each try a time limit, follows its redirect, and rejects what is no answer of GitHub's. */
function limitTries(octokit: Octokit, server: ReturnType<typeof createGithubClock>, signal: AbortSignal): void {
  octokit.hook.wrap('request', async (request, options) => {
    const late = startLimit(answerTimeoutMs, new Error(`no answer within ${answerTimeoutMs / 1000} s`))
    try {
      const limited = AbortSignal.any([signal, late.signal])
      // Set in place: an earlier hook passes on the options that it got, whatever this one calls it with.
      // Redirects are followed here, because fetch would repeat the body to whatever host they name.
      options.request = { ...options.request, redirect: 'manual', signal: limited, log: silent }
      let response = await abortable(Promise.resolve(request(options)), limited)
      const next = findRedirect(response, options.baseUrl)
      if (next) {
        options.url = next
        response = await abortable(Promise.resolve(request(options)), limited)
      }
      server.onDate(response.headers.date)
      rejectBroken(options.method, response)
      return response
    } finally {
      late.end()
    }
  })
}

/** @throws GithubError for a web page, and for an answer of which a part is missing */
function rejectBroken(method: string, response: Parameters<typeof isWholeAnswer>[1] & { status: number }): void {
  const { status } = response
  const data: unknown = response.data
  if (typeof data === 'string' && /^\s*</.test(data))
    throw new GithubError(status, `GitHub's answer was a web page (HTTP ${status})`)
  if (!isWholeAnswer(method, response)) throw new GithubError(500, "GitHub's answer is not complete")
}

/** Repeats requests that recover. Not by retry(): a pause has exactly the length that GitHub demands, and its limit is for all requests together. */
function repeatFailures(octokit: Octokit, { clock, signal, onWait }: Requests): void {
  const patience = createPatience(clock)
  octokit.hook.wrap('request', async (request, options) => {
    for (let retries = 0; ; retries += 1) {
      const sentAt = clock.now()
      try {
        const response = await request(options)
        patience.onAnswer()
        return response
      } catch (error) {
        signal.throwIfAborted()
        const failure = toGithubError(error)
        const method = options.url.endsWith('/graphql') ? 'GET' : options.method
        const pause = patience.pauseBefore({ failure, method, retries, sentAt })
        if (pause === undefined) throw failure
        onWait(failure, pause)
        await clock.sleep(pause, signal)
      }
    }
  })
}

/** Repeats a write that must not happen twice: if a failure leaves open whether it was carried out, looks for its result first. */
export async function writeOnce<T>(
  { clock, signal, onWait }: Requests,
  write: () => Promise<T>,
  find: () => Promise<T | undefined>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof GithubError) || !isUncertain(error) || tries >= maxTries) throw error
      onWait(error, repeatPauseMs)
    }
    await clock.sleep(repeatPauseMs, signal)
    const found = await find()
    if (found !== undefined) return found
  }
}

const nothing = (): void => undefined

/** Without this, Octokit would also print its errors to standard error. */
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }
