import type { GithubIssue } from '../../world/github.js'
import { page, type GithubApp, type GithubService } from './context.js'
import { githubErrors } from './errors.js'
import { toJson } from './issues.js'

/**
 * Search of issues and pull requests (docs.github.com/rest/search/search) by `repo:`, `is:`, `state:`, `label:`,
 * `author:` and words. The index lags: changes younger than `searchLagMs` aren't found.
 */
export function searchRoutes(app: GithubApp, service: GithubService): void {
  const { github, runner } = service

  app.get('/search/issues', c => {
    const terms = [...(c.req.query('q') ?? '').matchAll(/(?:(\w+):)?(?:"([^"]*)"|(\S+))/g)]
    if (terms.length === 0) throw githubErrors.invalid([{ resource: 'Search', code: 'missing', field: 'q' }])
    const canRead = c.get('token').issues !== 'none' || !github.isPrivate
    const found = github.issues.filter(
      issue =>
        canRead &&
        issue.gone === undefined &&
        issue.updatedAt <= Date.now() - github.searchLagMs &&
        terms.every(([, qualifier = '', quoted, bare = '']) => matches(issue, qualifier, quoted ?? bare)),
    )
    return c.json({
      total_count: found.length,
      incomplete_results: false,
      items: page(c, found).map(issue => toJson(issue, service)),
    })
  })

  const matches = (issue: GithubIssue, qualifier: string, value: string): boolean => {
    switch (qualifier) {
      case 'repo':
        return value.toLowerCase() === runner.repository.toLowerCase()
      case 'is':
      case 'state':
      case 'type':
        if (value === 'issue' || value === 'pr') return issue.isPullRequest === (value === 'pr')
        return issue.state === value
      case 'label':
        return issue.labels.some(label => label.toLowerCase() === value.toLowerCase())
      case 'author':
        return issue.author === value
      case 'in':
        return true
      default:
        return `${issue.title}\n${issue.body}`.toLowerCase().includes(value.toLowerCase())
    }
  }
}
