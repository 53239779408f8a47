import { getOctokit } from '@actions/github'
import { memoize } from '../../model/memoize.js'
import { abortable, startLimit, type Clock } from '../../model/time.js'
import { GithubError, isNotOffered, isUncertain, toGithubError } from './errors.js'
import { createFetch } from './fetch.js'
import { answerTimeoutMs, createPatience } from './retries.js'

/** An issue, as far as it matters here. */
export interface Issue {
  number: number
  url: string
  title: string
  body: string
  state: string
  labels: string[]
  /** Whether someone has closed it as not planned. */
  isNotPlanned: boolean
  /** The day it was opened, `2026-11-25`; empty where GitHub does not say. */
  openedOn: string
  /** In ms since the epoch; absent while it is open. */
  closedAt?: number
}

interface IssueText {
  title: string
  body: string
}

/** The issues of the workflow's repository. Every call throws what GitHub answered (`GithubError`). */
export interface Issues {
  /** Those that the token's owner has written: all open ones, or the hundred closed ones that something has happened to last. */
  listOwn(which: { state: 'open' | 'closed' }): Promise<Issue[]>
  /** Gives the label its colour and description. That it is there already, or can't be made, costs nothing but those. */
  createLabel(label: { name: string; color: string; description: string }): Promise<void>
  create(issue: IssueText & { label: string }): Promise<Issue>
  update(number: number, change: Partial<IssueText> & { state?: 'open' | 'closed' }): Promise<Issue>
  comment(number: number, body: string): Promise<void>
}

interface Means {
  token: string
  /** `owner/name` */
  repository: string
  clock: Clock
  signal: AbortSignal
  /** Told before each wait, with its length in ms. */
  onWait: (failure: GithubError, pauseMs: number) => void
}

const oncePauseMs = 2000

const mostTries = 3

/**
 * The client: @actions/github's, which goes to GITHUB_API_URL, by the HTTP client of all other requests. It waits for rate limits itself, by the clock and
 * signal of the run, which Octokit's own plugins do not know.
 */
export function createIssues({ token, repository, clock, signal, onWait }: Means): Issues {
  const octokit = getOctokit(token, { userAgent: 'attach-acr', log: silent, request: { fetch: createFetch() } })
  const [owner = '', repo = ''] = repository.split('/')
  const place = { owner, repo }
  const patience = createPatience(clock)

  octokit.hook.wrap('request', async (request, options) => {
    for (let retries = 0; ; retries += 1) {
      const sentAt = clock.now()
      const late = startLimit(answerTimeoutMs, new Error(`no answer within ${answerTimeoutMs / 1000} s`))
      try {
        const limited = AbortSignal.any([signal, late.signal])
        // Set in place: a hook before this one passes on the options that it was given, whatever this one calls it with.
        // By itself, fetch would send the body again to whatever host a redirect names.
        options.request = { ...options.request, redirect: 'manual', signal: limited, log: silent }
        let response = await abortable(Promise.resolve(request(options)), limited)
        const next = findRedirect(response, options.baseUrl)
        if (next) {
          options.url = next
          response = await abortable(Promise.resolve(request(options)), limited)
        }
        if (typeof response.data === 'string' && /^\s*</.test(response.data))
          throw new GithubError(
            response.status,
            `a web page came in place of GitHub's answer (HTTP ${response.status})`,
          )
        if (!isWhole(options.method, response)) throw new GithubError(500, "GitHub's answer is not whole")
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
      } finally {
        late.end()
      }
    }
  })

  /** Does once what must not be done twice: after a failure that says nothing of whether it was done, looks before it tries again. */
  const once = async <T>(work: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof GithubError) || !isUncertain(error) || tries === mostTries) throw error
        onWait(error, oncePauseMs)
        await clock.sleep(oncePauseMs, signal)
        const found = await find()
        if (found !== undefined) return found
      }
    }
  }

  // GET /user is refused to the token of a workflow or of an app, which the GraphQL API tells who it is
  // (docs.github.com/graphql/reference/queries#viewer).
  const viewer = memoize(async (): Promise<string> => {
    try {
      const { viewer: owner } = await octokit.graphql<{ viewer: { login: string } }>('query { viewer { login } }')
      return owner.login
    } catch (error) {
      // Where it is not offered, as behind a proxy that lets the REST API through alone, the token is taken for the workflow's own.
      if (!(error instanceof GithubError) || !isNotOffered(error)) throw error
      return 'github-actions[bot]'
    }
  })

  // The list, not the search: the search's index is behind, and would miss the issue of a minute ago (docs.github.com/rest/search). By its author
  // and not by its label, which people take away.
  const listOwn: Issues['listOwn'] = async ({ state }) => {
    const creator = await viewer('token')
    const parameters = { ...place, creator, state, per_page: 100 }
    const issues =
      state === 'open'
        ? await octokit.paginate(octokit.rest.issues.listForRepo, parameters)
        : (await octokit.rest.issues.listForRepo({ ...parameters, sort: 'updated', direction: 'desc' })).data
    // The filter is GitHub's, but what is somebody else's must not be overwritten by a server that knows no filter. Every pull request is an issue, too.
    const isOwn = (login: string | undefined): boolean => login?.toLowerCase() === creator.toLowerCase()
    return issues.filter(({ pull_request: pull, user }) => !pull && (!user || isOwn(user.login))).map(toIssue)
  }

  return {
    listOwn,

    async createLabel(label) {
      try {
        await octokit.rest.issues.createLabel({ ...place, ...label })
      } catch (error) {
        // 422 is a label that exists; without the right to make one, the issue is worth more than its colour.
        if (!(error instanceof GithubError)) throw error
      }
    },

    create({ title, body, label }) {
      const createWith = async (labels: string[]): Promise<Issue> =>
        toIssue((await octokit.rest.issues.create({ ...place, title, body, labels })).data)
      return once(
        async () => {
          try {
            return await createWith([label])
          } catch (error) {
            // Who may not make labels is refused the issue, too, where the label does not exist (actions/labeler issue 870).
            if (!(error instanceof GithubError) || !/create labels/i.test(error.message)) throw error
            return createWith([])
          }
        },
        async () => (await listOwn({ state: 'open' })).find(issue => issue.body === body),
      )
    },

    async update(number, change) {
      const { data } = await octokit.rest.issues.update({ ...place, issue_number: number, ...change })
      return toIssue(data)
    },

    async comment(number, body) {
      const since = new Date(clock.now() - answerTimeoutMs).toISOString()
      const where = { ...place, issue_number: number }
      await once(
        async () => {
          await octokit.rest.issues.createComment({ ...where, body })
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

type ApiIssue = Awaited<ReturnType<ReturnType<typeof getOctokit>['rest']['issues']['get']>>['data']

function toIssue(
  issue: Pick<
    ApiIssue,
    'number' | 'html_url' | 'title' | 'body' | 'state' | 'state_reason' | 'labels' | 'closed_at'
  > & {
    created_at?: string | null
  },
): Issue {
  const { number, html_url: url, title, body, state, state_reason: reason, labels, closed_at: closedAt } = issue
  return {
    number,
    url,
    title,
    body: body ?? '',
    state,
    isNotPlanned: state === 'closed' && reason === 'not_planned',
    labels: labels.map(label => (typeof label === 'string' ? label : (label.name ?? ''))),
    openedOn: /^\d{4}-\d\d-\d\d/.exec(issue.created_at ?? '')?.[0] ?? '',
    ...(closedAt && { closedAt: Date.parse(closedAt) }),
  }
}

const nothing = (): void => undefined

/**
 * Where an answer sends the request on to, which it does for a repository that was renamed
 * (docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects); undefined where it does not.
 * @throws GithubError when that is another host
 */
function findRedirect(
  { status, headers, url }: { status: number; headers: { location?: string }; url: string },
  baseUrl: string,
): string | undefined {
  if (status < 300 || status >= 400 || !headers.location) return undefined
  const next = new URL(headers.location, url)
  if (next.origin === new URL(baseUrl).origin) return next.href
  throw new GithubError(
    400,
    `its answer names ${next.origin} to go on at, which is not its own; nothing was sent there`,
  )
}

/** Whether an answer has what is read from it: Octokit passes on JSON that ends in the middle as text. */
function isWhole(method: string, { data, url }: { data: unknown; url: string }): boolean {
  const { pathname } = new URL(url)
  const isRead = method === 'GET' || /\/(issues|graphql)$/.test(pathname)
  if (!isRead) return true
  if (method === 'GET' && /\/(issues|comments)$/.test(pathname)) return Array.isArray(data)
  return typeof data === 'object' && data !== null && Object.keys(data).length > 0
}

/** Without these, Octokit would print to standard error what it also throws. */
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }
