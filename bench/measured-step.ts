import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestRecord, Simulator } from 'azure-simulator'
import { runStep } from 'azure-simulator/runner/step'

/** The cost of a run of the step. */
export interface Measured {
  /** From start to end. */
  ms: number
  /** From start to first request. */
  msToFirstRequest: number
  /** Processor time of the process. */
  cpuMs: number
  /** Peak memory of the process, in MB. */
  peakMemory: number
  requests: readonly RequestRecord[]
  /** Size of the readable log and the summary, in characters. */
  textLength: number
}

/** The step to measure. */
export interface MeasuredStep {
  simulator: Simulator
  inputs: Record<string, string>
  /** The three IDs for the sign-in. */
  variables: Record<string, string>
  /** Whether the step should fail. */
  fails?: boolean
  /** Optional file for V8's profile of the processor time. */
  profile?: string
}

/** The module to load before the action: when the process ends, it prints the resource usage and writes the profile. */
function meterOf(profile: string | undefined): string {
  const print = `process.on('exit', () => process.stderr.write(JSON.stringify(process.resourceUsage())))`
  if (profile === undefined) return print
  return `${print}
const session = new (require('node:inspector').Session)()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: 200 })
session.post('Profiler.start')
process.on('exit', () => session.post('Profiler.stop', (error, result) =>
  require('node:fs').writeFileSync(${JSON.stringify(profile)}, JSON.stringify(result.profile))))`
}

/**
 * Runs the action like a runner, and measures it.
 * @throws if it doesn't end as expected
 */
export async function measureStep({
  simulator,
  inputs,
  variables,
  fails = false,
  profile,
}: MeasuredStep): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const meter = join(folder, 'meter.cjs')
  writeFileSync(meter, meterOf(profile))
  const before = simulator.requests.length
  const startedAt = Date.now()
  const { exitCode, stdout, stderr, summary } = await runStep({
    inputs,
    environment: {
      ...simulator.environment,
      ...simulator.runnerEnvironment,
      ...variables,
      NODE_OPTIONS: `--require ${meter}`,
    },
  })
  const ms = Date.now() - startedAt
  rmSync(folder, { recursive: true })
  if ((exitCode !== 0) !== fails) throw new Error(`the step ended with ${exitCode}:\n${stdout}\n${stderr}`)
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(stderr) as NodeJS.ResourceUsage
  const requests = simulator.requests.slice(before)
  return {
    ms,
    msToFirstRequest: (requests[0]?.at ?? NaN) - startedAt,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakMemory: maxRSS / 1024,
    requests,
    textLength: stdout.replace(/^::.*\n/gm, '').length + summary.length,
  }
}

/** The median; for an even number of values, the upper of the two middle ones. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
