import { memoize } from 'kernel'
import { createGithub, writeOnce, type Github, type Requests } from './client.js'
import { GithubError, IssueGone, isLockRefusal, isNotOffered, answerTimeoutMs } from './errors.js'

export type Issue = ReturnType<typeof toIssue>

/** The issues of the workflow's repository. */
export type Issues = ReturnType<typeof createIssues>

/** The most that GitHub lists at once (docs.github.com/rest/issues/issues). */
const pageSize = 100

interface Label {
  name: string
  color: string
  description: string
}

/** The issues of a repository, as the client reaches them. */
interface Context extends Github {
  place: { owner: string; repo: string }
  label: Label
  /** The login of the token's owner. */
  viewer: () => Promise<string>
}

/**
 * All methods throw `GithubError`, which is `IssueGone` for an issue that was deleted or transferred.
 * @param options.repository `owner/name`
 * @param options.label of the issues
 */
export function createIssues(options: Requests & { token: string; repository: string; label: Label }) {
  const { token, repository, label, clock } = options
  const github = createGithub(token, options)
  const { octokit, aheadMs } = github
  const [owner = '', repo = ''] = repository.split('/')
  const place = { owner, repo }
  const viewer = memoize(() => readViewer(octokit))
  const context: Context = { ...github, place, label, viewer: () => viewer('token') }

  return {
    /** Lists issues by the token's owner: all open ones, and the closed ones among the hundred that were updated last, of all and of those with the label. */
    listOwn: () => listOwn(context),

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
      const { data } = await orGone(context, number, () => octokit.rest.issues.get({ ...place, issue_number: number }))
      return toIssue(data)
    },

    create(text: Pick<Issue, 'title' | 'body'>): Promise<Issue> {
      const find = async () => (await listOwn(context)).open.find(issue => issue.body === text.body)
      return writeOnce(options, () => createLabelled(context, text), find)
    },

    async update(
      number: number,
      change: Partial<Pick<Issue, 'title' | 'body'>> & { state?: 'open' | 'closed' },
    ): Promise<Issue> {
      const { data } = await orGone(context, number, () =>
        octokit.rest.issues.update({ ...place, issue_number: number, ...change }),
      )
      return toIssue(data)
    },

    async comment(number: number, body: string): Promise<void> {
      const since = new Date(clock.now() + aheadMs() - answerTimeoutMs).toISOString()
      const find = () => hasComment(context, number, body, since)
      await writeOnce(options, () => commentUnlessLocked(context, number, body), find)
    },
  }
}

/** The login of the token's owner. */
// Tokens of workflows and apps have no access to GET /user, only to the GraphQL API's viewer (docs.github.com/graphql/reference/queries#viewer).
async function readViewer(octokit: Github['octokit']): Promise<string> {
  try {
    const { viewer: owner } = await octokit.graphql<{ viewer: { login: string } }>('query { viewer { login } }')
    return owner.login
  } catch (error) {
    // Without the GraphQL API, for example behind a proxy that only allows the REST API, assume that the token is the workflow's own.
    if (!(error instanceof GithubError) || !isNotOffered(error)) throw error
    return 'github-actions[bot]'
  }
}

/**
 * Not the search, whose index lags behind and would miss an issue of a minute ago (docs.github.com/rest/search). By author, not by label, which
 * people remove.
 */
async function listOwn(context: Context): Promise<{ open: Issue[]; closed: Issue[] }> {
  const { octokit, place, label, viewer, aheadMs } = context
  const creator = await viewer()
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
        octokit.rest.issues.listForRepo({ ...latest, state: 'closed', labels: label.name }).then(answer => answer.data),
      ])
  const closed = [...new Map([...data, ...labelled].map(issue => [issue.number, issue])).values()]
  // Some servers ignore the filter, and issues by others must not be overwritten. Pull requests are issues, too.
  const isOwn = (login: string | undefined): boolean => login?.toLowerCase() === creator.toLowerCase()
  const select = (issues: typeof data, state: string): Issue[] =>
    issues
      .filter(({ pull_request: pull, user }) => !pull && (!user || isOwn(user.login)))
      .filter(issue => issue.state === state)
      .map(issue => toIssue(issue, aheadMs()))
  return { open: select(open, 'open'), closed: select(closed, 'closed') }
}

/**
 * Throws `IssueGone` if a write failed because the issue is no longer there: 404 and 410 can also be about the repository (docs.github.com/rest/issues/issues
 * "Get an issue": 301 or 404 if it was transferred, 410 if it was deleted).
 */
async function orGone<T>(context: Context, number: number, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (!(error instanceof GithubError) || ![404, 410].includes(error.status)) throw error
    const { open, closed } = await listOwn(context)
    const isThere = [...open, ...closed].some(issue => issue.number === number)
    throw isThere ? error : new IssueGone(number, error)
  }
}

/** Creates an issue with the label, or else without. */
async function createLabelled(
  { octokit, place, label }: Context,
  { title, body }: Pick<Issue, 'title' | 'body'>,
): Promise<Issue> {
  const createWith = async (labels: string[]): Promise<Issue> =>
    toIssue((await octokit.rest.issues.create({ ...place, title, body, labels })).data)
  try {
    return await createWith([label.name])
  } catch (error) {
    // Without the permission to create labels, GitHub also refuses issues with a new label (actions/labeler issue 870).
    if (!(error instanceof GithubError) || !/create labels/i.test(error.message)) throw error
    return createWith([])
  }
}

/** @returns true, as `hasComment` does */
async function commentUnlessLocked(context: Context, number: number, body: string): Promise<true> {
  const { octokit, place } = context
  try {
    await orGone(context, number, () => octokit.rest.issues.createComment({ ...place, issue_number: number, body }))
  } catch (error) {
    // Locked since it was listed: the change itself is possible without a comment.
    if (!(error instanceof GithubError) || !isLockRefusal(error)) throw error
  }
  return true
}

/** Whether an issue has a comment from this time on; undefined if not. */
async function hasComment(
  { octokit, place }: Context,
  number: number,
  body: string,
  since: string,
): Promise<true | undefined> {
  const where = { ...place, issue_number: number, since, per_page: pageSize }
  const comments = await octokit.paginate(octokit.rest.issues.listComments, where)
  return comments.some(comment => comment.body === body) || undefined
}

/** @param aheadMs how far GitHub's clock is ahead of the runner's */
function toIssue(issue: Awaited<ReturnType<Github['octokit']['rest']['issues']['get']>>['data'], aheadMs = 0) {
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
