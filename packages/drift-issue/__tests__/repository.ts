import { GithubError, IssueGone } from '../src/github/errors.js'
import type { Issue, Issues } from '../src/github/issues.js'
import { driftLabel } from '../src/hidden-lines.js'

/** The issues of a repository, and what was written to them. */
export function createRepository(now: () => number) {
  const all: (Issue & { author: string })[] = []
  const writes: string[] = []
  const comments: string[] = []
  const find = (number: number): Issue => {
    const issue = all.find(each => each.number === number)
    if (!issue) throw new IssueGone(number, new GithubError(410, 'gone'))
    return issue
  }
  let next = 1
  const issues: Issues = {
    listOwn: () =>
      Promise.resolve({
        open: all.filter(({ state }) => state === 'open').map(each => ({ ...each })),
        // Lists don't say who closed an issue.
        closed: all.filter(({ state }) => state === 'closed').map(({ isClosedByBot: _, ...each }) => each),
      }),
    get: number => Promise.resolve({ ...find(number) }),
    createLabel: () => Promise.resolve(),
    create: ({ title, body }) => {
      const fresh = { title, body, state: 'open', labels: [driftLabel.name], stateReason: '', isLocked: false }
      const issue = { ...fresh, number: next, url: `https://x/${next}`, author: 'bot' }
      next += 1
      all.push(issue)
      writes.push(`create ${issue.number}`)
      return Promise.resolve({ ...issue })
    },
    update: (number, change) => {
      const issue = find(number)
      Object.assign(issue, change)
      if (change.state === 'closed') Object.assign(issue, { stateReason: 'completed', closedAt: now() })
      if (change.state === 'open') {
        issue.stateReason = ''
        delete issue.closedAt
        delete issue.isClosedByBot
      }
      writes.push(`update ${number}`)
      return Promise.resolve({ ...issue })
    },
    comment: (number, text) => {
      const issue = find(number)
      if (issue.isLocked) throw new Error('comments on a locked issue')
      writes.push(`comment ${number}`)
      comments.push(text)
      return Promise.resolve()
    },
  }
  return { all, issues, writes, comments }
}
