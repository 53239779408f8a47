/**
 * Runs any command against a simulated Azure:
 *
 *   npm run simulator -- <command…>    runs it with the proxy, the certificate authority, the runner's variables and AZURE_* IDs
 *                                      in its environment, and exits with its exit code
 *   npm run simulator                  prints that environment as `export` lines and runs until Ctrl-C
 *
 * SIMULATOR_LOG=1 prints one line per request on standard error. Mistakes that no correct client makes, and the simulator's own,
 * are printed at the end.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addOwner, createContoso, type Contoso } from './contoso.js'
import { sideHosts, startSimulator } from './index.js'
import { formatRecord } from './model/request-log.js'
import { run, serve } from './runner/command.js'

const help = `Usage: npm run simulator -- [command…]

Starts a simulated Azure with a world called contoso: resource group rg-shop with AKS cluster aks-prod-1 and
registry contosoacr, and the application gh-deployer that GitHub's OIDC tokens of contoso/shop on main sign in to.
AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID are set. AZURE_CONFIG_DIR is an empty folder, so az isn't
signed in: packages/azure-simulator/README.md shows how to do that. SIMULATOR_OWNER_ID and SIMULATOR_OWNER_SECRET
sign in as an Owner of the subscription, who has permission to run the commands that the action prints.

With a command, runs it with the proxy and the certificate authority in its environment and exits with its exit code.
Without one, prints the environment as export lines and runs until Ctrl-C.

  SIMULATOR_LOG=1   one line per request on standard error
`

/** Signs az in as an Owner of the subscription. */
function ownerVariables(contoso: Contoso): Record<string, string> {
  const secret = randomUUID()
  return { SIMULATOR_OWNER_ID: addOwner(contoso, { secrets: [secret] }).clientId, SIMULATOR_OWNER_SECRET: secret }
}

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
  // Without this, az would use and change the user's own sign-in.
  const azureConfig = await mkdtemp(join(tmpdir(), 'simulator-az-'))
  const environment = {
    ...simulator.environment,
    ...simulator.runnerEnvironment,
    ...contoso.variables,
    AZURE_CONFIG_DIR: azureConfig,
    ...ownerVariables(contoso),
  }
  try {
    return await (command.length === 0 ? serve(environment) : run(command, environment))
  } finally {
    for (const problem of simulator.problems) process.stderr.write(`simulator: ${problem}\n`)
    await simulator.close()
    await rm(azureConfig, { recursive: true, force: true })
  }
}

process.exitCode = await main(process.argv.slice(2))
