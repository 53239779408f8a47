import { Hono } from 'hono'
import type { Runner } from '../../runner/runner.js'
import type { Github } from '../../world/github.js'
import { commentRoutes } from './comments.js'
import { createGithubService, readJson, type GithubApp, type GithubEnvironment } from './context.js'
import { GithubError, githubErrors } from './errors.js'
import { issueRoutes } from './issues.js'
import { labelRoutes } from './labels.js'
import { createLimits } from './limits.js'
import { searchRoutes } from './search.js'

/**
 * The part of GitHub's REST API that the issues of the workflow's repository need, at github.com or a GitHub Enterprise
 * Server.
 */
export function createGithubApp(github: Github, runner: Runner): GithubApp {
  const base = new URL(runner.apiUrl).pathname.replace(/\/$/, '')
  const app = new Hono<GithubEnvironment>({
    getPath: request => {
      const { pathname } = new URL(request.url)
      // An Enterprise Server has it next to the REST API (docs.github.com/graphql/guides/forming-calls-with-graphql).
      if (pathname === `${base.replace(/\/v3$/, '')}/graphql`) return '/graphql'
      return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : '/elsewhere'
    },
  })
  const service = createGithubService(github, runner)
  const limits = createLimits(github)

  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(limits.headers())) c.header(name, value)
    c.header('x-github-request-id', 'C0DE:1F2A:3B4C5D:6E7F80:00000000')
  })
  app.use(async (c, next) => {
    // GitHub rejects requests without one (docs.github.com "Getting started with the REST API").
    if (c.req.header('user-agent') === undefined) c.env.problem('no User-Agent')
    const [, text = ''] = /^(?:token|bearer) (.+)$/i.exec(c.req.header('authorization') ?? '') ?? []
    const token = github.tokens.get(text)
    if (token === undefined) {
      if (text === '') c.env.problem('no token')
      throw githubErrors.badCredentials()
    }
    c.set('token', token)
    c.env.record.caller = token.login
    // A query writes nothing, whatever its method.
    limits.take(c.req.path === '/graphql' ? 'GET' : c.req.method)
    await next()
  })
  viewerRoute(app)
  issueRoutes(app, service)
  labelRoutes(app, service)
  commentRoutes(app, service)
  searchRoutes(app, service)

  app.notFound(c => {
    c.env.problem('no such route')
    return c.json(githubErrors.notFound().body(), 404)
  })
  app.onError((error, c) => {
    if (!(error instanceof GithubError)) throw error
    return c.json(error.body(), error.status, error.headers)
  })
  return app
}

/** The only GraphQL query supported here: the token's owner (docs.github.com/graphql/reference/queries#viewer). */
function viewerRoute(app: GithubApp): void {
  app.post('/graphql', async c => {
    const { query } = await readJson(c)
    if (typeof query !== 'string' || query.replace(/\s+/g, ' ').trim() !== 'query { viewer { login } }') {
      c.env.problem('an unknown GraphQL query')
      return c.json({ errors: [{ message: 'not known' }] })
    }
    return c.json({ data: { viewer: { login: c.get('token').login } } })
  })
}
