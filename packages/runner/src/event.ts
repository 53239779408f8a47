import { readFileSync } from 'node:fs'

/** A pull request in the payload of an event; a deleted fork is null (docs.github.com/webhooks/webhook-events-and-payloads#pull_request). */
interface PullRequest {
  head?: { repo?: { id?: number } | null }
  base?: { repo?: { id?: number } }
}

/**
 * Whether a run is for a pull request from a fork, with the rights of a stranger: not for `pull_request_target`, which has those of the repository. What can't
 * be read is none.
 */
export function isPullRequestOfFork(): boolean {
  const { GITHUB_EVENT_NAME: event = '', GITHUB_EVENT_PATH: path = '' } = process.env
  if (!/^pull_request(?:_review|_review_comment)?$/.test(event)) return false
  try {
    const { pull_request: request } = JSON.parse(readFileSync(path, 'utf8')) as { pull_request?: PullRequest }
    const base = request?.base?.repo?.id
    return base !== undefined && request?.head?.repo?.id !== base
  } catch {
    return false
  }
}
