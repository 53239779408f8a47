import { inputJson, quote, type InputReader } from 'runner'
import type { Run } from 'run-model'
import { checkProxies } from './proxies.js'

/**
 * Reads the inputs of `mode: merge`, which needs no sign-in to Azure.
 * @throws ActionError `INVALID_INPUT` with all problems
 */
export function readMergeInputs(reader: InputReader) {
  const reports = reader.text('reports')
  if (!reports)
    reader.reject('reports', '', 'the folder with the reports from actions/download-artifact, for mode: merge')
  const ignored = reader.list('workloads').length > 0 ? [ignoredIn('workloads', 'merge')] : []
  const named = { reports, fleet: readFleet(reader), ignored }
  const inputs = { mode: 'merge' as const, ...named, ...readKeeping(reader, 'merge') }
  if (inputs.driftIssue) checkProxies(reader, inputs)
  reader.finish()
  return inputs
}

/** The warning about an input that a mode doesn't use. */
export function ignoredIn(input: string, mode: Run['mode']): string {
  return `${input} is ignored when mode is ${mode}.`
}

/** Reads the inputs about drift, and about where the result is shown. */
export function readKeeping(reader: InputReader, mode: Run['mode']) {
  const driftIssue = readDriftIssue(reader)
  const githubToken = reader.text('github-token')
  if (driftIssue && !githubToken && (mode === 'check' || mode === 'merge')) {
    const expected = 'a token for drift-issue, such as ${{ github.token }}, which is the default'
    reader.reject('github-token', '', expected)
  }
  const jobSummary = reader.boolean('job-summary', true)
  const reportHtml = reader.boolean('report-html', false)
  return { failOnDrift: reader.boolean('fail-on-drift', true), jobSummary, reportHtml, driftIssue, githubToken }
}

/** @returns the name that the issue belongs to, `true` for one made of the step, or an empty text for no issue */
function readDriftIssue(reader: InputReader): string {
  const text = reader.text('drift-issue')
  // As in workflow files: YAML 1.2's core schema.
  if (/^(|false|False|FALSE)$/.test(text)) return ''
  if (/^(true|True|TRUE)$/.test(text)) return 'true'
  // Some YAML parsers read these as true or false.
  if (/^(yes|no|on|off)$/i.test(text) || !/^.{1,100}$/u.test(text))
    reader.reject(
      'drift-issue',
      quote(text),
      'true, false, or a name for the issue, on one line of at most 100 characters',
    )
  return text
}

function readFleet(reader: InputReader): unknown[] {
  const text = reader.text('fleet')
  if (!text) return []
  const fleet = inputJson('fleet')
  if (Array.isArray(fleet)) return fleet as unknown[]
  const kind = fleet === undefined ? 'text that is not JSON' : 'JSON that is not a list'
  return reader.reject('fleet', `${kind}, ${quote(text)}`, 'the JSON list that the matrix is built from')
}

/** Checks what the matrix gave the job, which the report keeps. */
export function checkFleetEntry(reader: InputReader): void {
  const text = reader.text('fleet-entry')
  const entry = inputJson('fleet-entry')
  // Without a matrix, GitHub makes null of it.
  if (text === '' || entry === null) return
  if (typeof entry === 'object' && !Array.isArray(entry)) return
  const kind = entry === undefined ? 'text that is not JSON' : 'JSON that is not an object'
  reader.reject('fleet-entry', `${kind}, ${quote(text)}`, 'a JSON object: ${{ toJSON(matrix) }}')
}
