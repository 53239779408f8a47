import type { Context, Hono } from 'hono'
import type { Exchange } from '../../model/exchange.js'
import type { Runner } from '../../runner/runner.js'
import type { Github, GithubIssue, GithubToken, IssuesPermission } from '../../world/github.js'
import { githubErrors } from './errors.js'

export interface GithubEnvironment {
  Bindings: Exchange
  Variables: { token: GithubToken }
}

export type GithubApp = Hono<GithubEnvironment>
export type GithubContext = Context<GithubEnvironment>

/** Helpers shared by the routes. */
export interface GithubService {
  readonly github: Github
  readonly runner: Runner
  /** @throws GithubError if the repository isn't the workflow's, or the token lacks the permission */
  authorize(c: GithubContext, needed: IssuesPermission): void
  /**
   * The issue in the path.
   * @throws GithubError if there is none, or no longer
   */
  issueOf(c: GithubContext): GithubIssue
}

const ranks: Record<IssuesPermission, number> = { none: 0, read: 1, write: 2 }

export function createGithubService(github: Github, runner: Runner): GithubService {
  return {
    github,
    runner,
    authorize(c, needed) {
      if (
        `${c.req.param('owner') ?? ''}/${c.req.param('repo') ?? ''}`.toLowerCase() !== runner.repository.toLowerCase()
      )
        throw githubErrors.notFound()
      const held = c.get('token').issues
      const isOpenToAll = needed === 'read' && !github.isPrivate
      if (ranks[held] < ranks[needed] && !isOpenToAll) throw githubErrors.notAccessible(`issues=${needed}`)
    },
    issueOf(c) {
      const issue = github.issues.find(({ number }) => number === Number(c.req.param('number')))
      // A transfer redirects to a repository that a workflow's token can't read (docs.github.com/rest/issues/issues "Get an issue").
      if (issue === undefined || issue.gone === 'transferred') throw githubErrors.notFound()
      if (issue.gone === 'deleted') throw githubErrors.deleted()
      return issue
    },
  }
}

/** The JSON body as an object. */
export async function readJson(c: GithubContext): Promise<Record<string, unknown>> {
  const body: unknown = await c.req.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
}

/**
 * One page of a list, with the `Link` header to the other pages (docs.github.com "Using pagination in the REST API").
 */
export function page<T>(c: GithubContext, all: readonly T[]): T[] {
  const size = Math.min(100, Math.max(1, Number(c.req.query('per_page') ?? 30) || 30))
  const number = Math.max(1, Number(c.req.query('page') ?? 1) || 1)
  const last = Math.max(1, Math.ceil(all.length / size))
  const link = (to: number, rel: string): string => {
    const url = new URL(c.req.url)
    url.searchParams.set('page', String(to))
    return `<${url.href}>; rel="${rel}"`
  }
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
  ]
  if (links.length > 0) c.header('link', links.join(', '))
  return all.slice((number - 1) * size, number * size)
}
