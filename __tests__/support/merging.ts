import * as core from '@actions/core'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { vi } from 'vitest'
import { mergeReports, type MergeInputs } from 'fleet'
import { say, toFixJson } from 'kernel'
import { toReport, toReportJson, type ReportJson } from 'report-document'
import type { PlannedPair, Run } from 'run-model'
import { conclude } from 'run-report'
import { createFakeClock } from './fake-clock.js'
import { sampleAccess, sampleInputs, sampleOperation, samplePair, sampleRun, sampleTarget } from './sample.js'

/** A pair whose target has access. */
export const fine = (name: string): PlannedPair => samplePair({ access: sampleAccess() }, sampleTarget(name))

/** A pair whose target lacks its role. */
export const lacking = (name: string): PlannedPair => samplePair({ operation: sampleOperation(sampleTarget(name)) })

/** The report of a check of these pairs. */
export function reportOf(pairs: PlannedPair[], more: Partial<ReportJson> = {}, run: Partial<Run> = {}): ReportJson {
  const inputs = { ...sampleInputs, mode: 'check' as const }
  return { ...toReportJson(toReport(conclude(sampleRun(pairs, { inputs, ...run })))), ...more }
}

/** A new folder with these files, by their paths in it. */
export function lay(files: Record<string, string>, name = 'reports'): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'merge-')), name)
  mkdirSync(folder)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** A new folder in which the job of entry n has left the n-th report; undefined for a job that left none. */
export function layReports(reports: readonly (Partial<ReportJson> | undefined)[]): string {
  const files = reports.flatMap((report, index) =>
    report ? [[`r-${index}/report.json`, JSON.stringify(report)] as const] : [],
  )
  return lay(Object.fromEntries(files))
}

/** Everything that a step writes: its outputs, its log, its annotations, its summary, and its page, if it has one. */
export async function written(tell: (deps: Parameters<typeof mergeReports>[1]) => ReturnType<typeof mergeReports>) {
  const folder = lay({ output: '', summary: '' }, 'runner')
  vi.stubEnv('GITHUB_OUTPUT', join(folder, 'output'))
  vi.stubEnv('GITHUB_STEP_SUMMARY', join(folder, 'summary'))
  vi.stubEnv('RUNNER_TEMP', folder)
  // It remembers the file that it first wrote to.
  Reflect.deleteProperty(core.summary, '_filePath')
  const printed: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation(text => printed.push(String(text)) > 0)
  const lines: string[] = []
  const warnings: string[] = []
  const log = {
    line: (text: string) => void lines.push(text),
    debug: () => undefined,
    warn: (text: string) => void warnings.push(text),
    section: (title: string, texts: string[]) => void lines.push(title, ...texts),
    phase: <T>(_: string, work: () => Promise<T>) => work(),
  }
  const errors = await tell({ log, clock: createFakeClock(), signal: new AbortController().signal })
  const output = readFileSync(join(folder, 'output'), 'utf8').matchAll(/^(.+)<<(\S+)\n([^]*?)\n\2$/gm)
  const outputs = Object.fromEntries([...output].map(([, name = '', , value = '']) => [name, value]))
  return {
    errors: errors.map(({ code, said, fix }) => ({ code, message: say(said), fix: toFixJson(fix) })),
    verdict: lines.at(-1),
    lines,
    warnings,
    annotations: printed
      .join('')
      .split(/\r?\n/)
      .filter(line => line.startsWith('::')),
    outputs,
    report: JSON.parse(outputs.report ?? '{}') as ReportJson,
    summary: readFileSync(join(folder, 'summary'), 'utf8'),
    page: outputs['report-html-file'] ? readFileSync(outputs['report-html-file'], 'utf8') : '',
  }
}

/** The result of merging these reports; undefined stands for a job that left none. */
export function merge(reports: (ReportJson | undefined)[], more: Partial<MergeInputs> = {}) {
  const fleet = more.fleet ?? reports.map((_, index) => `job ${index}`)
  const inputs: MergeInputs = {
    mode: 'merge',
    ignored: [],
    // Each declares its entry.
    reports: layReports(
      reports.map((each, index) => each && { ...each, job: `hash ${index}`, entry: { job: fleet[index] } }),
    ),
    fleet,
    failOnDrift: true,
    jobSummary: true,
    reportHtml: false,
    driftIssue: '',
    githubToken: '',
    ...more,
  }
  return written(deps => mergeReports(inputs, deps))
}
