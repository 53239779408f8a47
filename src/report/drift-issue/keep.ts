import { isAbort } from '../../model/error.js'
import type { SettleDrift } from '../../model/former-drift.js'
import type { Logger } from '../../model/progress.js'
import { formatSeconds, type Clock } from '../../model/time.js'
import { GithubError, explainRefusal, toGithubError } from '../../services/github/errors.js'
import { createIssues } from '../../services/github/issues.js'
import { addToSummary } from '../../services/runner/step-summary.js'
import type { Drift } from '../drift.js'
import { nameWorkflow } from '../text.js'
import { keepDriftIssue, type Kept } from './issue.js'

interface Means {
  token: string
  /** What is checked, and for what, as `StepIdentity` has it. */
  scope: string
  wish: string
  /** Finds out what became of what the issue lists and this run did not see. */
  settle: SettleDrift
  log: Logger
  clock: Clock
  signal: AbortSignal
}

/**
 * Brings the drift issue up to date and says so in log and summary. Whatever GitHub says, the check stays what it was: a refusal is a warning.
 * Loaded only when the input asks for it, because it brings GitHub's client with it.
 */
export async function keepIssue(
  drift: Drift,
  { token, scope, wish, settle, log, clock, signal }: Means,
): Promise<void> {
  const { identity, run, repository } = readRun(scope, wish)
  const issues = createIssues({
    token,
    repository,
    clock,
    signal,
    onWait: ({ message }, pauseMs) => {
      log.line(`drift issue  ${message} (next try in ${formatSeconds(pauseMs / 1000)})`)
    },
  })
  try {
    const kept = await keepDriftIssue(drift, { issues, identity, run, settle, now: clock.now() })
    log.line(`drift issue  ${describe(kept)}`)
    await summarize(kept)
  } catch (error) {
    if (isAbort(error)) return
    if (!(error instanceof GithubError)) log.debug(error instanceof Error ? (error.stack ?? '') : String(error))
    log.warn(explainRefusal(toGithubError(error)))
  }
}

const deeds: Record<Kept['did'], string> = {
  opened: 'opened',
  reopened: 'reopened',
  edited: 'edited',
  unchanged: 'is unchanged',
  waiting: 'left open: some of what it lists was not checked',
  left: 'left as it is: too little could be checked',
  closed: 'closed',
  rejected: 'stays closed as not planned until the drift changes',
  nothing: 'there is none',
}

function describe(kept: Kept): string {
  const { issue } = kept
  return issue ? `#${issue.number} ${describeDeed(kept)}: ${issue.url}` : describeDeed(kept)
}

async function summarize(kept: Kept): Promise<void> {
  const { issue } = kept
  if (issue) await addToSummary(`\nDrift issue: [#${issue.number}](${issue.url}) ${describeDeed(kept)}.`)
}

/** Says since when there is drift, as far as the issue shows it. */
function describeDeed({ did, issue }: Kept): string {
  const lasts = did === 'unchanged' || did === 'edited'
  if (!issue || !lasts || issue.openedOn === '') return deeds[did]
  return `${deeds[did]}, opened on ${issue.openedOn}`
}

/** The run, as the runner's variables tell it (docs.github.com/actions/reference/variables-reference). */
function readRun(scope: string, wish: string) {
  const { env } = process
  const repository = env.GITHUB_REPOSITORY ?? ''
  return {
    repository,
    identity: {
      workflow: nameWorkflow(),
      name: env.GITHUB_WORKFLOW ?? '',
      job: env.GITHUB_JOB ?? '',
      step: env.GITHUB_ACTION ?? '',
      scope,
      wish,
    },
    run: {
      name: `${env.GITHUB_WORKFLOW ?? ''}, run ${env.GITHUB_RUN_NUMBER ?? ''}`,
      url: `${env.GITHUB_SERVER_URL ?? 'https://github.com'}/${repository}/actions/runs/${env.GITHUB_RUN_ID ?? ''}`,
    },
  }
}
