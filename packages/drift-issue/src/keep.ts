import { addToSummary, formatSeconds, isAbort, setOutput, type Surroundings } from 'kernel'
import { nameRun, nameWorkflow, type Drift } from 'report-document'
import type { DriftInputs, SettleDrift, Since } from 'run-model'
import { GithubError, explainRefusal, toGithubError } from './github/errors.js'
import { createIssues } from './github/issues.js'
import type { StepScope } from './identity.js'
import { driftLabel, keepDriftIssue, type Kept } from './issue.js'
import { describeSince } from './since.js'
import { linkFirstRun } from './text.js'

/** What an issue is about. */
export interface IssueOptions {
  scope: StepScope
  /** Finds out the fate of earlier drift that this run did not see. */
  settle: SettleDrift
}

/**
 * Brings the drift issue up to date and reports it in outputs, log and summary. If GitHub refuses, there is a warning, and the result of the check stays.
 * Loaded only if the input asks for it, because it includes GitHub's client.
 */
export async function keepIssue(
  drift: Drift,
  { githubToken: token, jobSummary }: Pick<DriftInputs, 'githubToken' | 'jobSummary'>,
  { scope, settle }: IssueOptions,
  { log, clock, signal }: Surroundings,
): Promise<void> {
  const { identity, run, runNumber, repository } = readRun(scope)
  const issues = createIssues({
    token,
    repository,
    label: driftLabel.name,
    clock,
    signal,
    onWait: ({ message }, pauseMs) => {
      log.line(`drift issue  ${message} (next try in ${formatSeconds(pauseMs / 1000)})`)
    },
  })
  try {
    const now = clock.now()
    const kept = await keepDriftIssue(drift, { issues, identity, run, runNumber, settle, now })
    const { issue } = kept
    const state = describeState(kept, now, ({ number }) => (number ? `run ${number}` : ''))
    log.line(`drift issue  ${issue ? `#${issue.number} ${state}: ${issue.url}` : state}`)
    if (!issue) return
    setOutput('drift-issue-number', String(issue.number))
    setOutput('drift-issue-url', issue.url)
    if (!jobSummary) return
    const linked = describeState(kept, now, since => (since.run ? linkFirstRun(since, run) : ''))
    await addToSummary(`\nDrift issue: [#${issue.number}](${issue.url}) ${linked}.`)
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
  forgotten: 'left open: the hidden line that remembers what it lists was deleted, so close it by hand',
  left: 'left as it is: too little could be checked',
  closed: 'closed',
  rejected: 'stays closed by a person until the drift changes',
  nothing: 'none open',
}

/** The state of the issue and, if the drift lasts, since when and since which run. */
function describeState({ did, issue, since }: Kept, now: number, toText: (since: Since) => string): string {
  const first = since && !since.isOrEarlier ? toText(since) : ''
  const age = since && lasting.includes(did) ? `, drift since ${describeSince(since, now)}` : ''
  const silence = issue?.isLocked && wrote.includes(did) ? ', without a comment: its conversation is locked' : ''
  return `${states[did]}${age}${age && first && `, first seen by ${first}`}${silence}`
}

const lasting: Kept['did'][] = ['unchanged', 'edited', 'waiting']

const wrote: Kept['did'][] = ['reopened', 'edited', 'waiting', 'closed']

/** The run, from the runner's variables (docs.github.com/actions/reference/variables-reference). */
function readRun(scope: StepScope) {
  const { env } = process
  const repository = env.GITHUB_REPOSITORY ?? ''
  return {
    repository,
    runNumber: env.GITHUB_RUN_NUMBER ?? '',
    identity: {
      workflow: nameWorkflow(),
      name: env.GITHUB_WORKFLOW ?? '',
      job: env.GITHUB_JOB ?? '',
      step: env.GITHUB_ACTION ?? '',
      run: env.GITHUB_RUN_ID ?? '',
      ...scope,
    },
    run: nameRun(),
  }
}
