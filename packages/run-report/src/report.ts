import type { ActionError, Logger } from 'kernel'
import {
  checkFailure,
  findDrift,
  mergeDrifts,
  selectUnseen,
  toHeatMap,
  toNameable,
  toReportJson,
  toSpot,
  type Drift,
} from 'report-document'
import type { Result } from 'run-model'
import { setOutputs } from './outputs.js'
import { toMarkdown } from './summary.js'
import { tell } from './tell.js'
import { describeVerdict } from './verdict.js'

/**
 * Reports the end of a run everywhere: outputs first, because a cancelled job has little time.
 * @returns the errors that fail the step, and the drift
 */
export async function report(concluded: Result, log: Logger): Promise<{ errors: ActionError[]; drift: Drift }> {
  const { inputs, mode, pairs, unknown, notes } = concluded
  const { failOnDrift = true, jobSummary = true, reportHtml = false, subscriptionId } = inputs ?? {}
  const json = toReportJson(concluded)
  // Only a check finds drift: in the other modes, missing access is a failure.
  const drift = mode === 'check' ? findDrift(concluded, json) : mergeDrifts([])
  const errors = [...concluded.errors, ...(drift.items.length > 0 && failOnDrift ? [checkFailure(drift)] : [])]
  setOutputs({ ...concluded, errors }, json)
  const toPage = () => ({
    jobs: [],
    map: toHeatMap(json.pairs.map(pair => toSpot(pair, subscriptionId))),
    at: concluded.finishedAt,
  })
  const story = {
    ...{ report: json, drift, failOnDrift, failures: concluded.errors, errors },
    lines: [
      // The unknowns of pairs are among the failures.
      ...unknown.flatMap(({ message, about }) => (about === 'pair' ? [] : `? ${message}`)),
      ...notes.map(note => `note: ${note}`),
    ],
    unseen: selectUnseen(unknown),
    targets: pairs.map(pair => toNameable(pair, inputs)),
    headline: describeVerdict(concluded, drift, ({ loginServer, name }) => loginServer || name),
    page: mode === 'check' && reportHtml ? toPage() : undefined,
    // Invalid inputs are always shown.
    summary: jobSummary ? () => toMarkdown(concluded, drift) : undefined,
  }
  await tell(story, log)
  return { errors, drift }
}
