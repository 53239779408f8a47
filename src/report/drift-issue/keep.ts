import { isAbort } from '../../model/error.js'
import type { SettleDrift } from '../../model/former-drift.js'
import type { Surroundings } from '../../model/progress.js'
import { formatSeconds } from '../../model/time.js'
import { GithubError, explainRefusal, toGithubError } from '../../services/github/errors.js'
import { createIssues } from '../../services/github/issues.js'
import { setOutput } from '../../services/runner/outputs.js'
import { addToSummary } from '../../services/runner/step-summary.js'
import type { Drift } from '../drift.js'
import { nameWorkflow, runLink } from '../text.js'
import type { StepScope } from './identity.js'
import { keepDriftIssue, type Kept } from './issue.js'

/** How to reach the issue, and what it is about. */
export interface StepOptions {
  token: string
  scope: StepScope
  /** Whether to write a job summary. */
  jobSummary: boolean
  /** Finds out the fate of earlier drift that this run did not see. */
  settle: SettleDrift
}

/**
 * Brings the drift issue up to date and reports it in outputs, log and summary. If GitHub refuses, there is a warning, and the result of the check stays.
 * Loaded only if the input asks for it, because it includes GitHub's client.
 */
export async function keepIssue(
  drift: Drift,
  { token, scope, jobSummary, settle }: StepOptions,
  { log, clock, signal }: Surroundings,
): Promise<void> {
  const { identity, run, repository } = readRun(scope)
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
    const { issue } = kept
    const state = describeState(kept)
    log.line(`drift issue  ${issue ? `#${issue.number} ${state}: ${issue.url}` : state}`)
    if (!issue) return
    setOutput('drift-issue-number', String(issue.number))
    setOutput('drift-issue-url', issue.url)
    if (jobSummary) await addToSummary(`\nDrift issue: [#${issue.number}](${issue.url}) ${state}.`)
  } catch (error) {
    if (isAbort(error)) return
    if (!(error instanceof GithubError)) log.debug(error instanceof Error ? (error.stack ?? '') : String(error))
    log.warn(explainRefusal(toGithubError(error)))
  }
}

const states: Record<Kept['did'], string> = {
  opened: 'opened',
  reopened: 'reopened',
  edited: 'edited',
  unchanged: 'is unchanged',
  waiting: 'left open: some of what it lists was not checked',
  left: 'left as it is: too little could be checked',
  closed: 'closed',
  rejected: 'stays closed by a person until the drift changes',
  nothing: 'none open',
}

/** The state of the issue, with the day it was opened if the drift lasts. */
function describeState({ did, issue }: Kept): string {
  const lasts = did === 'unchanged' || did === 'edited'
  const since = issue?.openedOn && lasts ? `, opened on ${issue.openedOn}` : ''
  const silence = issue?.isLocked && wrote.includes(did) ? ', without a comment: its conversation is locked' : ''
  return `${states[did]}${since}${silence}`
}

const wrote: Kept['did'][] = ['reopened', 'edited', 'waiting', 'closed']

/** The run, from the runner's variables (docs.github.com/actions/reference/variables-reference). */
function readRun(scope: StepScope) {
  const { env } = process
  const repository = env.GITHUB_REPOSITORY ?? ''
  return {
    repository,
    identity: {
      workflow: nameWorkflow(),
      name: env.GITHUB_WORKFLOW ?? '',
      job: env.GITHUB_JOB ?? '',
      step: env.GITHUB_ACTION ?? '',
      run: env.GITHUB_RUN_ID ?? '',
      ...scope,
    },
    run: {
      name: `${env.GITHUB_WORKFLOW ?? ''}, run ${env.GITHUB_RUN_NUMBER ?? ''}`,
      url: runLink(),
    },
  }
}
