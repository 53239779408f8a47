import type { GithubIssue } from '../../world/github.js'
import { page, readJson, type GithubApp, type GithubService } from './context.js'
import { githubErrors } from './errors.js'
import { labelToJson } from './labels.js'

const path = '/repos/:owner/:repo/issues'

/** Issues: list, get, create, update (docs.github.com/rest/issues/issues). */
export function issueRoutes(app: GithubApp, service: GithubService): void {
  const { github } = service

  app.get(path, c => {
    service.authorize(c, 'read')
    const { state = 'open', labels = '', since, creator, direction = 'desc', sort = 'created' } = c.req.query()
    const required = labels.toLowerCase().split(',').filter(Boolean)
    const key = (issue: GithubIssue): number => (sort === 'updated' ? issue.updatedAt : issue.createdAt)
    const found = github.issues
      .filter(issue => state === 'all' || issue.state === state)
      .filter(issue => required.every(label => issue.labels.some(name => name.toLowerCase() === label)))
      .filter(issue => since === undefined || issue.updatedAt >= Date.parse(since))
      .filter(issue => creator === undefined || issue.author === creator)
      .filter(issue => (github.issuesEnabled || issue.isPullRequest) && issue.gone === undefined)
      .sort((a, b) => key(b) - key(a) || b.number - a.number)
    return c.json(page(c, direction === 'asc' ? found.reverse() : found).map(issue => toJson(issue, service)))
  })

  app.get(`${path}/:number`, c => {
    service.authorize(c, 'read')
    return c.json(toFullJson(service.issueOf(c), service))
  })

  app.post(path, async c => {
    service.authorize(c, 'write')
    if (!github.issuesEnabled) throw githubErrors.issuesDisabled()
    const body = await readJson(c)
    if (typeof body.title !== 'string' || body.title === '') throw missingField('title')
    checkLengths(body)
    const labels = readLabels(body.labels) ?? []
    for (const name of labels) addLabel(name, service)
    const issue = github.addIssue({
      title: body.title,
      body: typeof body.body === 'string' ? body.body : '',
      labels,
      author: c.get('token').login,
    })
    return c.json(toFullJson(issue, service), 201)
  })

  app.patch(`${path}/:number`, async c => {
    service.authorize(c, 'write')
    const issue = service.issueOf(c)
    const body = await readJson(c)
    checkLengths(body)
    checkState(body)
    if (typeof body.title === 'string') issue.title = body.title
    if (typeof body.body === 'string') issue.body = body.body
    const labels = readLabels(body.labels)
    if (labels) {
      for (const name of labels) addLabel(name, service)
      issue.labels = labels
    }
    if (body.state === 'open' && issue.state === 'closed')
      Object.assign(issue, { state: 'open', stateReason: 'reopened', closedAt: null, closedBy: null })
    if (body.state === 'closed')
      Object.assign(issue, {
        ...{ state: 'closed', stateReason: body.state_reason ?? 'completed' },
        ...{ closedAt: Date.now(), closedBy: c.get('token').login },
      })
    issue.updatedAt = Date.now()
    return c.json(toFullJson(issue, service))
  })
}

/** An issue alone: only then GitHub says who closed it, and in no list (github.com/octokit/octokit.net/pull/1353, github.com/golang/go/issues/28745). */
function toFullJson(issue: GithubIssue, service: GithubService): Record<string, unknown> {
  return { ...toJson(issue, service), closed_by: issue.closedBy === null ? null : userToJson(issue.closedBy) }
}

const userToJson = (login: string) => ({ login, type: login.endsWith('[bot]') ? 'Bot' : 'User' })

/** An issue as lists show it. */
export function toJson(issue: GithubIssue, { github, runner }: GithubService): Record<string, unknown> {
  const html = `${runner.serverUrl}/${runner.repository}/issues/${issue.number}`
  return {
    id: 3_000_000_000 + issue.number,
    number: issue.number,
    html_url: html,
    url: `${runner.apiUrl}/repos/${runner.repository}/issues/${issue.number}`,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    user: userToJson(issue.author),
    labels: issue.labels.flatMap(name => github.labels.filter(label => label.name === name).map(labelToJson)),
    locked: issue.isLocked,
    comments: issue.comments.length,
    created_at: toTime(issue.createdAt),
    updated_at: toTime(issue.updatedAt),
    closed_at: issue.closedAt === null ? null : toTime(issue.closedAt),
    ...(issue.isPullRequest && { pull_request: { html_url: html.replace('/issues/', '/pull/') } }),
  }
}

/** Formats a time in whole seconds. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

/**
 * The body of a comment has the same limit.
 * @throws GithubError
 */
export function checkLengths({ title, body }: Record<string, unknown>, resource = 'Issue'): void {
  const tooLong = (field: string, maxLength: number) =>
    githubErrors.invalid([
      { resource, code: 'custom', field, message: `${field} is too long (maximum is ${maxLength} characters)` },
    ])
  if (typeof body === 'string' && body.length > 65_536) throw tooLong('body', 65_536)
  if (typeof title === 'string' && title.length > 256) throw tooLong('title', 256)
}

function checkState({ state, state_reason: reason }: Record<string, unknown>): void {
  const accepted: [unknown, readonly unknown[], string][] = [
    [state, [undefined, 'open', 'closed'], 'state'],
    [reason, [undefined, null, 'completed', 'not_planned', 'duplicate', 'reopened'], 'state_reason'],
  ]
  for (const [value, values, field] of accepted)
    if (!values.includes(value)) throw githubErrors.invalid([{ resource: 'Issue', code: 'invalid', field }])
}

const missingField = (field: string) => githubErrors.invalid([{ resource: 'Issue', code: 'missing_field', field }])

function readLabels(labels: unknown): string[] | undefined {
  if (!Array.isArray(labels)) return undefined
  return labels.map(label => (typeof label === 'string' ? label : String((label as { name: unknown }).name)))
}

/** A missing label in an issue is created in grey. */
function addLabel(name: string, { github }: GithubService): void {
  if (!github.labels.some(label => label.name.toLowerCase() === name.toLowerCase()))
    github.labels.push({ name, color: 'ededed', description: '' })
}
