// Runs a program so that nothing below it outlives this process.
import { execFileSync, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Runs Node with these arguments. SIGINT, SIGTERM and SIGHUP end it and all processes below it, also those in a process group of their own, as
 * Run Command's scripts are: they get SIGTERM, and after `graceMs` SIGKILL.
 * @param graceMs a step that is ended deletes its pods first
 * @returns its exit code; 128 and the number of the signal if one ended it
 */
export async function runBelow(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  graceMs = 10_000,
): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
  const signalled = new Promise<number>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(name, () => {
        resolve(128 + constants.signals[name])
      })
  })
  const result = await Promise.race([ended, signalled])
  if (child.exitCode !== null || child.signalCode !== null) return result
  await end(processesBelow(process.pid), graceMs)
  return result
}

async function end(processes: readonly number[], graceMs: number): Promise<void> {
  const until = Date.now() + graceMs
  let left = processes.filter(id => send(id, 'SIGTERM'))
  while (left.length > 0 && Date.now() < until) {
    await pause(50)
    left = left.filter(id => send(id, 0))
  }
  // What they have started meanwhile, too.
  for (const id of new Set([...left.flatMap(processesBelow), ...left])) send(id, 'SIGKILL')
}

/** @returns whether there is such a process */
function send(id: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(id, signal)
  } catch {
    return false
  }
}

/** The IDs of the processes that a process has started, and of those that they have. */
function processesBelow(id: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const parents = rows.map(row => row.trim().split(/\s+/).map(Number))
  const below = [id]
  for (const parent of below) for (const [own = 0, its] of parents) if (its === parent) below.push(own)
  return below.slice(1)
}
