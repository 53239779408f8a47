import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { annotate, makeTempFolder, messageOf, redactJson, setOutput } from 'kernel'
import {
  fitReport,
  maxImagesCharacters,
  maxLoginServersCharacters,
  toImageJson,
  toListOutput,
  toReportJson,
  toReportOutput,
  type Report,
} from 'report-document'
import { pinned, selectWantedBy, type Result, type Run } from 'run-model'
import { conclude } from './conclude.js'

/** Outputs that are set later, and only if the inputs ask for them. */
const onDemand = { 'report-html-file': '', 'drift-issue-number': '', 'drift-issue-url': '' }

/**
 * Sets every output as if nothing had happened, so that a step that is killed has outputs, too.
 */
export function setInitialOutputs(run: Run): void {
  const result = conclude(run)
  const report = toReportJson(result)
  const others = { ...toOutputs(result), 'error-code': 'CANCELLED', 'report-file': '', ...onDemand }
  setAll({ ...others, report: toReportOutput(report, JSON.stringify(report), others) })
}

/** Sets every output to the result of the run, and writes the report file. */
export function setOutputs(result: Result, report: Report): void {
  setWithReport(toOutputs(result), report)
}

/** Sets outputs and the report, which gets the room that they leave, and writes the report file. */
export function setWithReport(outputs: Record<string, string>, report: Report): void {
  const json = JSON.stringify(report)
  const safeJson = redactJson(json)
  // What replaces secrets can be longer than they are.
  const safe = safeJson === json ? report : (JSON.parse(safeJson) as Report)
  const others = { ...outputs, 'report-file': writeReportFile(safe, safeJson) }
  setAll({ ...others, report: toReportOutput(safe, safeJson, others) })
}

function toOutputs(result: Result): Record<string, string> {
  const target = result.observed?.targets[0]
  const images = selectWantedBy('input', result.images).filter(({ request }) => !request.isProbe)
  const [first] = images
  const identity = target?.value?.identity
  const registries = (result.observed?.registries ?? []).map(({ value, found }) => value?.registry ?? found)
  const loginServers = registries.flatMap(registry => registry?.loginServer || [])
  const waits = result.pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? [])
  return {
    attached: String(result.attached),
    changed: String(result.changed),
    drift: String(result.drift),
    verified: result.verified,
    // Not the next one's, if the first registry was not found.
    'registry-login-server': registries[0]?.loginServer ?? '',
    'registry-login-servers': toListOutput(loginServers, maxLoginServersCharacters),
    'pull-identity-object-id': identity?.objectId ?? '',
    'pull-identity-client-id': identity?.clientId ?? '',
    'role-assignment-id': result.pairs[0]?.roleAssignmentId ?? '',
    image: first ? pinned(first) : '',
    images: redactJson(toListOutput(images.map(toImageJson), maxImagesCharacters)),
    'propagation-seconds': waits.length > 0 ? Math.max(...waits).toFixed(1) : '',
    'error-code': result.errors[0]?.code ?? '',
  }
}

function setAll(outputs: Record<string, string>): void {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value)
}

/** Maximum size of the report file, enough for a hundred thousand pairs; a string in Node can't have more than 512 MB. */
const maxFileBytes = 99_000_000

/** Empty, with a warning, if the file can't be written, because the outputs matter more. */
function writeReportFile(report: Report, json: string): string {
  try {
    // Its own folder, because several steps of a job may use the action.
    const file = join(makeTempFolder(), 'report.json')
    writeFileSync(
      file,
      fitReport(report, json, maxFileBytes, text => Buffer.byteLength(text)),
    )
    appendFileSync(file, '\n')
    return file
  } catch (error) {
    const why = messageOf(error)
    annotate('warning', `The report file could not be written: ${why}`, 'attach-acr')
    return ''
  }
}
