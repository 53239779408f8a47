import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestRecord, Simulator } from 'azure-simulator'
import { runStep } from 'azure-simulator/runner/step'

/** What a run of the step cost. */
export interface Measured {
  /** From its start to its end. */
  ms: number
  /** From its start to its first request. */
  msToFirstRequest: number
  /** Processor time of its process. */
  cpuMs: number
  /** The most memory that its process held, in MB. */
  peakMemory: number
  requests: readonly RequestRecord[]
  /** The size of its log, as people see it, and its summary, in characters. */
  textLength: number
}

/** What is measured. */
export interface MeasuredStep {
  simulator: Simulator
  inputs: Record<string, string>
  /** The three IDs of the sign-in. */
  variables: Record<string, string>
  /** Whether the step is to fail. */
  fails?: boolean
  /** A file to write V8's profile of its processor time to. */
  profile?: string
}

/** What is loaded before the action: it prints what its process took when that ends, and writes the profile. */
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

/** Runs the action as a runner does, and measures it. @throws when it ends otherwise than it should */
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

/** The middle of the values; of an even number, the upper one of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
