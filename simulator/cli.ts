/**
 * Runs any command against a simulated Azure:
 *
 *   npm run simulator -- <command…>    runs it with the proxy, the certificate authority, the runner's variables and AZURE_* ids
 *                                      in its environment, and ends with its exit code
 *   npm run simulator                  prints that environment as `export` lines and answers until Ctrl-C
 *
 * SIMULATOR_LOG=1 prints one line a request on standard error. What no correct client does, and what the simulator got wrong, is
 * printed at the end.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createContoso } from './contoso.js'
import { sideHosts, startSimulator } from './index.js'
import { formatRecord } from './model/request-log.js'

const help = `Usage: npm run simulator -- [command…]

Starts a simulated Azure with a world called contoso: resource group rg-shop with AKS cluster aks-prod-1 and
registry contosoacr, and the application gh-deployer that GitHub's OIDC tokens of contoso/shop on main sign in to.
AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID are set.

With a command, runs it with the proxy and the certificate authority in its environment and ends with its exit code.
Without, prints the environment as export lines and answers until Ctrl-C.

  SIMULATOR_LOG=1   one line a request on standard error
`

async function main(command: readonly string[]): Promise<number> {
  if (command[0] === '--help' || command[0] === '-h') {
    process.stdout.write(help)
    return 0
  }
  const contoso = createContoso()
  const simulator = await startSimulator({
    world: contoso.world,
    sideHosts,
    ...(process.env.SIMULATOR_LOG === '1'
      ? { onRequest: record => process.stderr.write(`${formatRecord(record)}\n`) }
      : {}),
  })
  const environment = { ...simulator.environment, ...simulator.runnerEnvironment, ...contoso.variables }
  try {
    return await (command.length === 0 ? serve(environment) : run(command, environment))
  } finally {
    for (const problem of simulator.problems) process.stderr.write(`simulator: ${problem}\n`)
    await simulator.close()
  }
}

/** Prints the environment and waits for a signal. */
async function serve(environment: Record<string, string>): Promise<number> {
  const lines = Object.entries(environment).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`,
  )
  process.stdout.write(lines.join(''))
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve)
  })
  return 0
}

/** Runs a command; a signal goes on to it, and its end is ours. */
function run([program = '', ...args]: readonly string[], environment: Record<string, string>): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
    process.on('SIGINT', forward).on('SIGTERM', forward)
    child.on('error', error => {
      process.stderr.write(`simulator: ${error.message}\n`)
      resolve(127)
    })
    child.on('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

process.exitCode = await main(process.argv.slice(2))
