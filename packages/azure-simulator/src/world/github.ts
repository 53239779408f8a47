/** A token's access to issues; `none` only sees them in public repositories. */
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
  /** Whether its conversation is locked: then only collaborators can comment, which workflows and apps are not. */
  isLocked: boolean
  /** Where it went: nothing of it is listed here then. */
  gone?: 'deleted' | 'transferred'
  /** Every pull request is also an issue. */
  readonly isPullRequest: boolean
  createdAt: number
  updatedAt: number
  closedAt: number | null
  /** Who closed it; null if GitHub doesn't say. */
  closedBy: string | null
}

interface NewIssue {
  title: string
  body?: string
  labels?: string[]
  author?: string
  isPullRequest?: boolean
}

/** The workflow's repository, and how GitHub's REST API treats callers. */
export interface Github {
  /** By token text. */
  readonly tokens: Map<string, GithubToken>
  readonly issues: GithubIssue[]
  readonly labels: GithubLabel[]
  isPrivate: boolean
  /** Whether issues are enabled in the repository. */
  issuesEnabled: boolean
  /** The primary limit; 1000 requests per hour for a workflow's token. */
  rateLimit: { requests: number; windowMs: number }
  /** A secondary limit on writes; undefined turns it off. GitHub doesn't always say when to retry. */
  secondaryLimit: { writes: number; windowMs: number; retryAfterSeconds?: number } | undefined
  /** Age below which the search doesn't find changes of an issue. */
  searchLagMs: number
  addIssue(issue: NewIssue): GithubIssue
  /** Lets time pass: ages everything that has happened. */
  passTime(ms: number): void
}

/** The workflow's token by default. */
const workflowToken = 'ghs_simulated'

/** A private repository without issues, and a workflow's token with write access to them. */
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
        isLocked: false,
        isPullRequest,
        createdAt: now,
        updatedAt: now,
        closedAt: null,
        closedBy: null,
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
