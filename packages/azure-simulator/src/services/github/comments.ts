import type { GithubComment } from '../../world/github.js'
import { page, readJson, type GithubApp, type GithubService } from './context.js'
import { githubErrors } from './errors.js'
import { checkLengths, toTime } from './issues.js'

const path = '/repos/:owner/:repo/issues/:number/comments'

/** Comments of an issue: list, create (docs.github.com/rest/issues/comments). */
export function commentRoutes(app: GithubApp, service: GithubService): void {
  let lastId = 2_000_000_000

  app.get(path, c => {
    service.authorize(c, 'read')
    const { since } = c.req.query()
    const comments = service
      .issueOf(c)
      .comments.filter(({ createdAt }) => since === undefined || createdAt >= Date.parse(since))
    return c.json(page(c, comments).map(toJson))
  })

  app.post(path, async c => {
    service.authorize(c, 'write')
    const issue = service.issueOf(c)
    if (issue.isLocked) throw githubErrors.locked()
    const { body } = await readJson(c)
    if (typeof body !== 'string' || body === '')
      throw githubErrors.invalid([{ resource: 'IssueComment', code: 'missing_field', field: 'body' }])
    checkLengths({ body }, 'IssueComment')
    lastId += 1
    const comment: GithubComment = { id: lastId, author: c.get('token').login, body, createdAt: Date.now() }
    issue.comments.push(comment)
    issue.updatedAt = comment.createdAt
    return c.json(toJson(comment), 201)
  })
}

function toJson({ id, author, body, createdAt }: GithubComment): Record<string, unknown> {
  return { id, body, user: { login: author }, created_at: toTime(createdAt), updated_at: toTime(createdAt) }
}
