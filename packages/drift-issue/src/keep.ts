import type { Inputs } from 'run-model'
import { currentRun } from 'texts'
import { formatSeconds, isAbort } from 'kernel'
import { addToSummary, hashJob, quote, setOutput, type Surroundings } from 'runner'
import type { Drift, DriftItem } from 'report-document'
import { GithubError, explainGithubRefusal, toGithubError } from './github/errors.js'
import { createIssues, type Issue } from './github/issues.js'
import { fates, keepDriftIssue, type Kept } from './issue.js'
import { describeSince, sayAge, type Since } from './former-drift.js'
import { driftLabel, isOfSameRun, type IssueOwner, type Writer } from './hidden-lines.js'
import { createLeaving, type AskedReports } from './leaving.js'
import { describeChange, linkRun, nameRun } from './text.js'

/**
 * Brings the drift issue up to date and reports it in outputs, log and summary. If GitHub refuses, there is a warning, and the result of the check stays.
 * Loaded only if the input asks for it, because it includes GitHub's client.
 * @param asked the reports of the run, by which earlier drift leaves the issue that it did not see
 * @returns the issue, if there is one, and what it remembers of a drift: its age in words, and the last 30 nights in which a run has seen it, the lowest bit for
 * today
 */
export async function keepIssue(
  drift: Drift,
  { driftIssue, githubToken: token, jobSummary }: Pick<Inputs, 'driftIssue' | 'githubToken' | 'jobSummary'>,
  asked: AskedReports,
  { log, clock, signal }: Surroundings,
) {
  const run = currentRun()
  const owner = readOwner(driftIssue, clock.now())
  const issues = createIssues({
    token,
    repository: run.repository,
    label: driftLabel,
    clock,
    signal,
    onWait: ({ message }, pauseMs) => {
      log.line(`drift issue  ${message} (next try in ${formatSeconds(pauseMs / 1000)})`)
    },
  })
  try {
    const now = clock.now()
    const kept = await keepDriftIssue(drift, { issues, owner, run, leaves: createLeaving(asked), now })
    const { issue } = kept
    if (kept.writer)
      log.warn(
        `The drift issue was not updated: the name ${quote(owner.name)} belongs to ${describeWriter(kept.writer)}, which wrote #${issue?.number} ` +
          `at ${new Date(kept.writer.at).toISOString()}. This is ${describeWriter(owner)}${isOfSameRun(kept.writer, owner) ? ', in the same run' : ''}. ` +
          'Give each a name of its own, for example drift-issue: ${{ matrix.name }}.',
      )
    if (kept.did === 'full')
      log.warn(
        `The drift issue was not updated: the text that people wrote in #${issue?.number} fills it up to GitHub's limit. ` +
          'Move a part of it to a comment: the next run then updates the issue.',
      )
    const state = describeIssueState(kept, now, nameRun)
    log.line(`drift issue  ${issue ? `#${issue.number} ${state}: ${issue.url}` : state}`)
    if (!issue) return undefined
    setOutput('drift-issue-number', String(issue.number))
    setOutput('drift-issue-url', issue.url)
    const linked = describeIssueState(kept, now, since => linkRun(since, run))
    if (jobSummary) await addToSummary(`\nDrift issue: [#${issue.number}](${issue.url}) ${linked}.`)
    return recollect(issue, kept, drift, now)
  } catch (error) {
    if (isAbort(error)) return undefined
    if (!(error instanceof GithubError)) log.debug(error instanceof Error ? (error.stack ?? '') : String(error))
    log.warn(explainGithubRefusal(toGithubError(error)))
    return undefined
  }
}

function recollect({ number, url }: Issue, { did, sinceOf }: Kept, drift: Drift, now: number) {
  return {
    name: `#${number}`,
    url,
    /** How the worst of the drift has changed since the night before; empty if nobody knows. */
    change: sinceOf && did !== 'opened' ? describeChange(drift, sinceOf, now) : '',
    ageOf: (item: DriftItem) => {
      const since = sinceOf?.(item)
      if (!since) return undefined
      return { since: since.on, age: sayAge(since, now), nights: since.nights ?? 0 }
    },
  }
}

/** The state of the issue and, if the drift lasts, since when and since which run. */
function describeIssueState(
  { did, issue, since, newerRun }: Kept,
  now: number,
  refer: (run: Pick<Since, 'run' | 'number'>) => string,
): string {
  if (newerRun) return `${fates[did]} (${refer({ run: newerRun, number: '' })})`
  const first = since && !since.isOrEarlier ? refer(since) : ''
  const age = since && lasting.includes(did) ? `, drift since ${describeSince(since, now)}` : ''
  const silence = issue?.isLocked && wrote.includes(did) ? ', without a comment: its conversation is locked' : ''
  return `${fates[did]}${age}${age && first && `, first seen by ${first}`}${silence}`
}

const lasting: Kept['did'][] = ['unchanged', 'edited', 'waiting', 'reopened']

const wrote: Kept['did'][] = ['reopened', 'edited', 'waiting', 'closed']

/**
 * The owner that the input `drift-issue` declares. With `true` its name is made of workflow file (that of the caller, for a reusable workflow), job and step:
 * the same on every branch (docs.github.com/actions/reference/variables-reference).
 */
function readOwner(driftIssue: string, now: number): IssueOwner {
  const { GITHUB_JOB: job = '', GITHUB_ACTION: step = '' } = process.env
  const { file, id, attempt } = currentRun()
  const name = driftIssue === 'true' ? [file, job, step].filter(Boolean).join(' / ') : driftIssue
  return { name, run: id && `${id}.${attempt || '1'}`, file, job, leg: hashJob(), at: now }
}

/** `the job check of .github/workflows/nightly.yml`. */
const describeWriter = ({ file, job }: Writer): string => `${job ? `the job ${job}` : 'a job'}${file && ` of ${file}`}`
