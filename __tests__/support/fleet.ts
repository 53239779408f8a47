import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { runStep, type StepResult } from 'azure-simulator/runner/step'
import { expectReport } from './report-schema.js'
import { readLog, type Scenario } from './scenario.js'

const folders: string[] = []

// The folders of the test file that imports this.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** The reports where actions/download-artifact leaves them: a folder a leg, `drift-0` and on. */
export function downloaded(reports: (string | undefined)[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'reports-'))
  folders.push(folder)
  reports.forEach((report, index) => {
    if (report === undefined) return
    mkdirSync(join(folder, `drift-${index}`))
    writeFileSync(join(folder, `drift-${index}`, 'report.json'), report)
  })
  return folder
}

export type Merged = StepResult & ReturnType<typeof readLog>

/** The last job of the fleet's workflow. */
export async function merge({ simulator }: Scenario, inputs: Record<string, string>): Promise<Merged> {
  const environment = { ...simulator.environment, ...simulator.runnerEnvironment }
  const end = await runStep({ node: inject('node'), inputs: { mode: 'merge', ...inputs }, environment })
  for (const report of [end.outputs.report, end.reportFile]) if (report) expectReport(report)
  return { ...end, ...readLog(end.stdout) }
}
