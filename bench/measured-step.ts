import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestRecord, Simulator } from '../simulator/index.js'
import { runStep } from '../simulator/runner/step.js'

/** How long a run of the step took, and what it sent and printed. */
export interface Timed {
  /** From its start to its end. */
  ms: number
  /** From its start to its first request. */
  msToFirstRequest: number
  requests: readonly RequestRecord[]
  /** The size of its log, as people see it, and its summary, in characters. */
  textLength: number
}

/** The same with what its process used. */
export interface Measured extends Timed {
  /** Processor time. */
  cpuMs: number
  /** The most memory that it held, in MB. */
  peakMemory: number
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

/** Runs the action just as a runner does. @throws when it ends otherwise than it should */
export async function timeStep(step: MeasuredStep): Promise<Timed> {
  return (await play(step, {})).timed
}

/** Runs the action with a meter in its process, which takes some 10 ms itself. @throws when it ends otherwise than it should */
export async function measureStep(step: MeasuredStep): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const meter = join(folder, 'meter.cjs')
  writeFileSync(meter, meterOf(step.profile))
  const { timed, stderr } = await play(step, { NODE_OPTIONS: `--require ${meter}` })
  rmSync(folder, { recursive: true })
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(stderr) as NodeJS.ResourceUsage
  return { ...timed, cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMemory: maxRSS / 1024 }
}

async function play(
  { simulator, inputs, variables, fails = false }: MeasuredStep,
  more: Record<string, string>,
): Promise<{ timed: Timed; stderr: string }> {
  const before = simulator.requests.length
  const startedAt = Date.now()
  const { exitCode, stdout, stderr, summary } = await runStep({
    inputs,
    environment: { ...simulator.environment, ...simulator.runnerEnvironment, ...variables, ...more },
  })
  const ms = Date.now() - startedAt
  if ((exitCode !== 0) !== fails) throw new Error(`the step ended with ${exitCode}:\n${stdout}\n${stderr}`)
  const requests = simulator.requests.slice(before)
  const timed = {
    ms,
    msToFirstRequest: (requests[0]?.at ?? NaN) - startedAt,
    requests,
    textLength: stdout.replace(/^::.*\n/gm, '').length + summary.length,
  }
  return { timed, stderr }
}

/** The middle of the values; of an even number, the upper one of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
