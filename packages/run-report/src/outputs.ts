import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, redactJson } from 'kernel'
import { annotate, makeTempFolder, setOutput } from 'runner'
import { toReport, toReportJson, type Report, type ReportJson } from 'report-document'
import type { Run } from 'run-model'
import { conclude } from './conclude.js'
import { fitReport, toListOutput } from './fit.js'

/** Outputs that are set later, and only if the inputs ask for them. */
const onDemand = { 'report-html-file': '', 'drift-issue-number': '', 'drift-issue-url': '' }

/** Sets every output as if nothing had happened, so that a step that is killed has outputs, too. */
export function setInitialOutputs(run: Run): void {
  const report = toReport(conclude(run))
  const json = toReportJson(report)
  const others = { ...toOutputs(report, json, 'CANCELLED'), 'report-file': '', ...onDemand }
  setAll({ ...others, report: fitReport(json, JSON.stringify(json)) })
}

/**
 * Sets every output to the result of a run or a fleet, and writes the report file.
 * @param errorCode empty on success
 */
export function setOutputs(report: Report, errorCode: string): void {
  const written = toReportJson(report)
  const json = JSON.stringify(written)
  const safeJson = redactJson(json)
  // What replaces secrets can be longer than they are.
  const safe = safeJson === json ? written : (JSON.parse(safeJson) as ReportJson)
  const others = { ...toOutputs(report, written, errorCode), 'report-file': writeReportFile(safe, safeJson) }
  setAll({ ...others, report: fitReport(safe, safeJson) })
}

function toOutputs(report: Report, written: ReportJson, errorCode: string): Record<string, string> {
  const { own } = report
  // Not the one that the action imports for its probe pods.
  const images = written.images.filter(({ source }) => !own?.probes.includes(source))
  return {
    attached: String(report.attached),
    ready: String(report.ready),
    changed: String(report.changed),
    drift: String(report.drift),
    verified: report.verified,
    images: redactJson(toListOutput(images)),
    'error-code': errorCode,
    // Those about a single pair stay empty for a fleet.
    ...(own && toRunOutputs(report.pairs, own, images[0])),
  }
}

function toRunOutputs(
  pairs: Report['pairs'],
  { loginServers, identity }: NonNullable<Report['own']>,
  image: ReportJson['images'][number] | undefined,
): Record<string, string> {
  const waits = pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? [])
  return {
    // Not the next one's, if the first registry was not found.
    'registry-login-server': loginServers[0] ?? '',
    'registry-login-servers': toListOutput(loginServers.filter(Boolean)),
    'pull-identity-object-id': identity?.objectId ?? '',
    'pull-identity-client-id': identity?.clientId ?? '',
    'role-assignment-id': pairs[0]?.roleAssignmentId ?? '',
    image: deployable(image),
    'propagation-seconds': waits.length > 0 ? Math.max(...waits).toFixed(1) : '',
  }
}

/** The image to deploy; empty if it failed, because its name can be that of another image. */
function deployable(image: ReportJson['images'][number] | undefined): string {
  return image?.image && !lost.includes(image.status) ? image.image : ''
}

/** The states of an image that can't be deployed. */
const lost: readonly ReportJson['images'][number]['status'][] = ['missing', 'locked', 'failed']

function setAll(outputs: Record<string, string>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value)
}

/** Maximum size of the report file, enough for a hundred thousand pairs; a string in Node can't have more than 512 MB. */
const maxFileBytes = 99_000_000

/** Empty, with a warning, if the file can't be written, because the outputs matter more. */
function writeReportFile(report: ReportJson, json: string): string {
  try {
    // Its own folder, because several steps of a job may use the action.
    const file = join(makeTempFolder(), 'report.json')
    const fitting = fitReport(report, json, maxFileBytes)
    writeFileSync(file, fitting)
    appendFileSync(file, '\n')
    return file
  } catch (error) {
    annotate('warning', `The report file could not be written: ${messageOf(error)}`, 'attach-acr')
    return ''
  }
}
