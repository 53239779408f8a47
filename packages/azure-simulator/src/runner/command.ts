// Runs a command in the simulator's environment.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Prints the environment and waits for a signal. */
export async function serve(environment: Record<string, string>): Promise<number> {
  const lines = Object.entries(environment).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`,
  )
  process.stdout.write(lines.join(''))
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve)
  })
  return 0
}

/** Runs a command, forwards signals to it, and returns its exit code. */
export function run([program = '', ...args]: readonly string[], environment: Record<string, string>): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
    process.on('SIGINT', forward).on('SIGTERM', forward)
    child.on('error', error => {
      process.stderr.write(`${error.message}\n`)
      resolve(127)
    })
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}
