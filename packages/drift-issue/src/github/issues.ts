import { getOctokit } from '@actions/github'
import { abortable, memoize, startLimit, type Clock } from 'kernel'
import {
  GithubError,
  IssueGone,
  isLockRefusal,
  isNotOffered,
  isUncertain,
  toGithubError,
  answerTimeoutMs,
  createPatience,
} from './errors.js'
import { createFetch, findRedirect, isWhole } from './fetch.js'

export type Issue = ReturnType<typeof toIssue>

/** The issues of the workflow's repository. */
export type Issues = ReturnType<typeof createIssues>

const repeatPauseMs = 2000

const maxTries = 3

/** How far GitHub's clock can seem to be off although it is right, in ms. */
const inaccuracyMs = 5000

/** The most that GitHub lists at once (docs.github.com/rest/issues/issues). */
const pageSize = 100

/**
 * The client: @actions/github's, for GITHUB_API_URL, over the HTTP client of all other requests. Octokit's own plugins for retries and throttling are not
 * used: they wait by timers that know neither the job's signal nor a deadline, hold comments back for 3 s each, and add 31 kB. All methods throw `GithubError`,
 * which is `IssueGone` for an issue that was deleted or transferred.
 * @param options.repository `owner/name`
 * @param options.label of the issues
 * @param options.onWait called before each pause, with its length in ms
 */
export function createIssues(options: {
  token: string
  repository: string
  label: { name: string; color: string; description: string }
  clock: Clock
  signal: AbortSignal
  onWait: (failure: GithubError, pauseMs: number) => void
}) {
  const { token, repository, label, clock, signal, onWait } = options
  // Octokit adds paths that begin with a slash.
  const baseUrl = process.env.GITHUB_API_URL?.trim().replace(/\/+$/, '') || 'https://api.github.com'
  const request = { fetch: createFetch() }
  const octokit = getOctokit(token, { baseUrl, userAgent: 'attach-acr', log: silent, request })
  const [owner = '', repo = ''] = repository.split('/')
  const place = { owner, repo }
  const patience = createPatience(clock)
  /** How far GitHub's clock is ahead of the runner's, in ms. */
  let aheadMs = 0

  // One try. The hook below wraps it.
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
      const { status, headers } = response
      const offset = (Date.parse(headers.date ?? '') || clock.now() + aheadMs) - clock.now()
      // The header has whole seconds, and the answer was on its way.
      aheadMs = Math.abs(offset) < inaccuracyMs ? 0 : offset
      const data: unknown = response.data
      if (typeof data === 'string' && /^\s*</.test(data))
        throw new GithubError(status, `GitHub's answer was a web page (HTTP ${status})`)
      if (!isWhole(options.method, response)) throw new GithubError(500, "GitHub's answer is not complete")
      return response
    } finally {
      late.end()
    }
  })

  // Not by retry(): a pause has exactly the length that GitHub demands, and its limit is for all requests together.
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

  /** Repeats a write that must not happen twice: if a failure leaves open whether it was carried out, looks for its result first. */
  const once = async <T>(write: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> => {
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

  // Tokens of workflows and apps have no access to GET /user, only to the GraphQL API's viewer (docs.github.com/graphql/reference/queries#viewer).
  const viewer = memoize(async (): Promise<string> => {
    try {
      const { viewer: owner } = await octokit.graphql<{ viewer: { login: string } }>('query { viewer { login } }')
      return owner.login
    } catch (error) {
      // Without the GraphQL API, for example behind a proxy that only allows the REST API, assume that the token is the workflow's own.
      if (!(error instanceof GithubError) || !isNotOffered(error)) throw error
      return 'github-actions[bot]'
    }
  })

  // Not the search, whose index lags behind and would miss an issue of a minute ago (docs.github.com/rest/search). By author, not by label, which
  // people remove.
  const listOwn = async (): Promise<{ open: Issue[]; closed: Issue[] }> => {
    const creator = await viewer('token')
    const parameters = { ...place, creator, per_page: pageSize }
    const latest = { ...parameters, state: 'all', sort: 'updated', direction: 'desc' } as const
    const { data, headers } = await octokit.rest.issues.listForRepo(latest)
    // A page can have fewer than requested although there are more (docs.github.com "Using pagination in the REST API").
    const isEverything = data.length < pageSize && !/rel="?next\b/.test(headers.link ?? '')
    // Most repositories have fewer: then one request shows the open and the closed ones. If others, such as releases, are updated more often than ours,
    // a closed one is found by the label.
    const [open, labelled] = isEverything
      ? [data, []]
      : await Promise.all([
          octokit.paginate(octokit.rest.issues.listForRepo, { ...parameters, state: 'open' }),
          octokit.rest.issues
            .listForRepo({ ...latest, state: 'closed', labels: label.name })
            .then(answer => answer.data),
        ])
    const closed = [...new Map([...data, ...labelled].map(issue => [issue.number, issue])).values()]
    // Some servers ignore the filter, and issues by others must not be overwritten. Pull requests are issues, too.
    const isOwn = (login: string | undefined): boolean => login?.toLowerCase() === creator.toLowerCase()
    const select = (issues: typeof data, state: string): Issue[] =>
      issues
        .filter(({ pull_request: pull, user }) => !pull && (!user || isOwn(user.login)))
        .filter(issue => issue.state === state)
        .map(issue => toIssue(issue, aheadMs))
    return { open: select(open, 'open'), closed: select(closed, 'closed') }
  }

  /**
   * Throws `IssueGone` if a write failed because the issue is no longer there: 404 and 410 can also be about the repository (docs.github.com/rest/issues/issues
   * "Get an issue": 301 or 404 if it was transferred, 410 if it was deleted).
   */
  const orGone = async <T>(number: number, write: () => Promise<T>): Promise<T> => {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof GithubError) || ![404, 410].includes(error.status)) throw error
      const { open, closed } = await listOwn()
      const isThere = [...open, ...closed].some(issue => issue.number === number)
      throw isThere ? error : new IssueGone(number, error)
    }
  }

  return {
    /** Lists issues by the token's owner: all open ones, and the closed ones among the hundred that were updated last, of all and of those with the label. */
    listOwn,

    /** Creates their label with its colour and description. Ignores a refusal, for example because it exists. */
    async createLabel(): Promise<void> {
      try {
        await octokit.rest.issues.createLabel({ ...place, ...label })
      } catch (error) {
        // 422 means that the label exists. Without the permission to create labels, the issue matters more than its colour.
        if (!(error instanceof GithubError)) throw error
      }
    },

    /** Reads one issue: lists don't say who closed it (github.com/octokit/octokit.net/pull/1353, github.com/golang/go/issues/28745). */
    async get(number: number): Promise<Issue> {
      const { data } = await orGone(number, () => octokit.rest.issues.get({ ...place, issue_number: number }))
      return toIssue(data)
    },

    create({ title, body }: Pick<Issue, 'title' | 'body'>): Promise<Issue> {
      const createWith = async (labels: string[]): Promise<Issue> =>
        toIssue((await octokit.rest.issues.create({ ...place, title, body, labels })).data)
      return once(
        async () => {
          try {
            return await createWith([label.name])
          } catch (error) {
            // Without the permission to create labels, GitHub also refuses issues with a new label (actions/labeler issue 870).
            if (!(error instanceof GithubError) || !/create labels/i.test(error.message)) throw error
            return createWith([])
          }
        },
        async () => (await listOwn()).open.find(issue => issue.body === body),
      )
    },

    async update(
      number: number,
      change: Partial<Pick<Issue, 'title' | 'body'>> & { state?: 'open' | 'closed' },
    ): Promise<Issue> {
      const { data } = await orGone(number, () =>
        octokit.rest.issues.update({ ...place, issue_number: number, ...change }),
      )
      return toIssue(data)
    },

    async comment(number: number, body: string): Promise<void> {
      const since = new Date(clock.now() + aheadMs - answerTimeoutMs).toISOString()
      const where = { ...place, issue_number: number }
      await once(
        async () => {
          try {
            await orGone(number, () => octokit.rest.issues.createComment({ ...where, body }))
          } catch (error) {
            // Locked since it was listed: the change itself is possible without a comment.
            if (!(error instanceof GithubError) || !isLockRefusal(error)) throw error
          }
          return true
        },
        async () => {
          const comments = await octokit.paginate(octokit.rest.issues.listComments, { ...where, since, per_page: 100 })
          return comments.some(comment => comment.body === body) || undefined
        },
      )
    },
  }
}

/** @param aheadMs how far GitHub's clock is ahead of the runner's */
function toIssue(
  issue: Awaited<ReturnType<ReturnType<typeof getOctokit>['rest']['issues']['get']>>['data'],
  aheadMs = 0,
) {
  const { number, html_url: url, title, body, state, state_reason: reason, labels, locked } = issue
  const { closed_at: closedAt, closed_by: closedBy } = issue
  return {
    number,
    url,
    title,
    body: body ?? '',
    state,
    /** Why it was closed: `completed`, `not_planned`, `duplicate`; empty while it is open, and on servers that don't say. */
    stateReason: state === 'closed' ? (reason ?? '') : '',
    /** Whether its conversation is locked: GitHub refuses comments of workflows then. */
    isLocked: locked,
    labels: labels.map(label => (typeof label === 'string' ? label : (label.name ?? ''))),
    /** In ms since the epoch, by the runner's clock; absent while it is open. */
    ...(closedAt && { closedAt: Date.parse(closedAt) - aheadMs }),
    /** Whether it was a bot that closed it; absent if GitHub doesn't say. */
    // docs.github.com/rest/users/users "Get a user": an app's account has the type Bot, and a login that ends with [bot].
    ...(closedBy && { isClosedByBot: closedBy.type === 'Bot' || closedBy.login.endsWith('[bot]') }),
  }
}

const nothing = (): void => undefined

/** Without this, Octokit would also print its errors to standard error. */
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }
