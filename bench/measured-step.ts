import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestRecord, Simulator } from 'azure-simulator'
import { runStep } from 'azure-simulator/runner/step'

/** The cost of a run of the step. */
export interface Measured {
  /** From start to end, without the post step. */
  ms: number
  msOfPostStep: number
  /** From start to first request. */
  msToFirstRequest: number
  /** Processor time of the process. */
  cpuMs: number
  /** Processor time of the programs that it ran, such as kubectl. */
  programsCpuMs: number
  /** Processor time of the simulator, which runs in this process, meanwhile. */
  simulatorCpuMs: number
  /** Peak memory of the process alone, in MB. */
  peakMemory: number
  requests: readonly RequestRecord[]
  /** The report, as JSON. */
  reportFile: string
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

/** The folder of the action that is measured. */
export const measured = { action: process.cwd() }

/** What a step writes when it ends. */
interface Usage {
  cpuMs: number
  programsCpuMs: number
  peakMemory: number
}

/**
 * The module to load before the action: when the process ends, it prints the resource usage and writes the profile. It reads /proc, because `ru_maxrss`
 * begins with the memory that the parent had, here that of the whole simulator (Linux, fs/exec.c, `exec_mmap`), and because Node doesn't tell the
 * processor time of child processes. Fields of `stat`: proc_pid_stat(5), in hundredths of a second.
 */
function meterOf(profile: string | undefined): string {
  const print = `const { existsSync, readFileSync } = require('node:fs')
const read = file => existsSync(file) ? readFileSync(file, 'utf8') : ''
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const [, peak = maxRSS] = /VmHWM:\\s+(\\d+)/.exec(read('/proc/self/status')) ?? []
  const times = read('/proc/self/stat').replace(/^.*\\) /, '').split(' ')
  const usage = {
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    programsCpuMs: (Number(times[13] ?? 0) + Number(times[14] ?? 0)) * 10,
    peakMemory: Number(peak) / 1024,
  }
  process.stderr.write(JSON.stringify(usage))
})`
  if (profile === undefined) return print
  return `${print}
const session = new (require('node:inspector').Session)()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: 200 })
session.post('Profiler.start')
// The post step comes later, and loads this, too.
process.on('exit', () => session.post('Profiler.stop', (error, result) =>
  existsSync(${JSON.stringify(profile)}) || require('node:fs').writeFileSync(${JSON.stringify(profile)}, JSON.stringify(result.profile))))`
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
  if (profile) rmSync(profile, { force: true })
  const before = simulator.requests.length
  const cpuBefore = process.cpuUsage()
  let endedAt = NaN
  const { startedAt, exitCode, stdout, stderr, summary, reportFile } = await runStep({
    ...measured,
    inputs,
    environment: {
      ...simulator.environment,
      ...simulator.runnerEnvironment,
      ...variables,
      NODE_OPTIONS: `--require ${meter}`,
    },
    meanwhile: () => {
      endedAt = Date.now()
    },
  })
  const { user, system } = process.cpuUsage(cpuBefore)
  rmSync(folder, { recursive: true })
  if ((exitCode !== 0) !== fails) throw new Error(`the step ended with ${exitCode}:\n${stdout}\n${stderr}`)
  const requests = simulator.requests.slice(before)
  return {
    ms: endedAt - startedAt,
    msOfPostStep: Date.now() - endedAt,
    msToFirstRequest: (requests[0]?.at ?? NaN) - startedAt,
    ...(JSON.parse(stderr) as Usage),
    simulatorCpuMs: (user + system) / 1000,
    requests,
    reportFile,
    textLength: stdout.replace(/^::.*\n/gm, '').length + summary.length,
  }
}

/** The median; for an even number of values, the upper of the two middle ones. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
