/** What a token may do with issues; `none` sees them in public repositories only. */
export type IssuesPermission = 'none' | 'read' | 'write'

export interface GithubToken {
  readonly login: string
  issues: IssuesPermission
}

export interface GithubLabel {
  name: string
  color: string
  description: string
}

export interface GithubComment {
  readonly id: number
  readonly author: string
  body: string
  createdAt: number
}

export interface GithubIssue {
  readonly number: number
  readonly author: string
  title: string
  body: string
  state: 'open' | 'closed'
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null
  labels: string[]
  readonly comments: GithubComment[]
  /** Every pull request is an issue, too. */
  readonly isPullRequest: boolean
  createdAt: number
  updatedAt: number
  closedAt: number | null
}

interface NewIssue {
  title: string
  body?: string
  labels?: string[]
  author?: string
  isPullRequest?: boolean
}

/** The repository that the workflow runs in, and what GitHub's REST API makes of who asks. */
export interface Github {
  /** By the text of the token. */
  readonly tokens: Map<string, GithubToken>
  readonly issues: GithubIssue[]
  readonly labels: GithubLabel[]
  isPrivate: boolean
  /** Whether the repository has issues at all. */
  issuesEnabled: boolean
  /** The primary limit; 1000 requests an hour for a workflow's token. */
  rateLimit: { requests: number; windowMs: number }
  /** A secondary limit on what writes; off when undefined. GitHub does not always say when to come back. */
  secondaryLimit: { writes: number; windowMs: number; retryAfterSeconds?: number } | undefined
  /** Age below which the search does not find an issue as it is. */
  searchLagMs: number
  addIssue(issue: NewIssue): GithubIssue
  /** Lets time pass: everything that has happened becomes that much older. */
  passTime(ms: number): void
}

/** The token that a workflow gets, where no test says otherwise. */
const workflowToken = 'ghs_simulated'

/** A private repository without issues, and a workflow's token that may write them. */
export function createGithub(): Github {
  const issues: GithubIssue[] = []
  return {
    tokens: new Map([[workflowToken, { login: 'github-actions[bot]', issues: 'write' }]]),
    issues,
    labels: [],
    isPrivate: true,
    issuesEnabled: true,
    rateLimit: { requests: 1000, windowMs: 3_600_000 },
    secondaryLimit: undefined,
    searchLagMs: 30_000,
    addIssue({ title, body = '', labels = [], author = 'octocat', isPullRequest = false }) {
      const now = Date.now()
      const issue: GithubIssue = {
        number: issues.length + 1,
        author,
        title,
        body,
        state: 'open',
        stateReason: null,
        labels: [...labels],
        comments: [],
        isPullRequest,
        createdAt: now,
        updatedAt: now,
        closedAt: null,
      }
      issues.push(issue)
      return issue
    },
    passTime(ms) {
      for (const issue of issues) {
        issue.createdAt -= ms
        issue.updatedAt -= ms
        if (issue.closedAt !== null) issue.closedAt -= ms
        for (const comment of issue.comments) comment.createdAt -= ms
      }
    },
  }
}
