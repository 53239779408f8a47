/**
 * Runs any command against a simulated Azure:
 *
 *   npm run simulator -- <command…>    runs it with the proxy, the certificate authority, the runner's variables and AZURE_* IDs
 *                                      in its environment, and exits with its exit code
 *   npm run simulator                  prints that environment as `export` lines and runs until Ctrl-C
 *   npm run simulator -- --scenario FILE …    the same with the world, delays and faults of a file
 *
 * SIMULATOR_LOG=1 prints one line per request on standard error. Mistakes that no correct client makes, and the simulator's own,
 * are printed at the end.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addOwner, createContoso } from './contoso.js'
import { sideHosts, startSimulator } from './index.js'
import { formatRecord } from './model/request-log.js'
import { run, serve } from './runner/command.js'
import { readScenarioFile, ScenarioError } from './scenario/scenario-file.js'
import { createScenario, type Scenario } from './scenario/scenario.js'

const help = `Usage: npm run simulator -- [--scenario FILE] [command…]

Starts a simulated Azure with a world called contoso: resource group rg-shop with AKS cluster aks-prod-1 and
registry contosoacr, and the application gh-deployer that GitHub's OIDC tokens of contoso/shop on main sign in to.
AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID are set. AZURE_CONFIG_DIR is an empty folder, so az isn't
signed in: packages/azure-simulator/README.md shows how to do that. SIMULATOR_OWNER_ID and SIMULATOR_OWNER_SECRET
sign in as an Owner of the subscription, who has permission to run the commands that the action prints.

With a command, runs it with the proxy and the certificate authority in its environment and exits with its exit code.
Without one, prints the environment as export lines and runs until Ctrl-C.

  --scenario FILE   a JSON file with other clusters, registries, roles, delays and faults; its schema is
                    packages/azure-simulator/scenario.schema.json, and the README there has an example
  SIMULATOR_LOG=1   one line per request on standard error
`

/** Lets az sign in as an Owner of all subscriptions. */
function ownerVariables({ world, subscription }: Scenario): Record<string, string> {
  const secret = randomUUID()
  const owner = addOwner({ world, subscription }, { secrets: [secret] })
  for (const { id: scope } of world.subscriptions)
    if (scope !== subscription.id) world.assignRole({ principalId: owner.objectId, role: 'Owner', scope })
  return { SIMULATOR_OWNER_ID: owner.clientId, SIMULATOR_OWNER_SECRET: secret }
}

/** The words of the command line, without the scenario's. */
function readArguments(words: readonly string[]): { scenario: Scenario; command: readonly string[] } {
  const [option = '', file, ...rest] = words
  if (option === '--scenario') {
    if (file === undefined) throw new ScenarioError('--scenario needs a file')
    return { scenario: createScenario(readScenarioFile(file)), command: rest }
  }
  if (option.startsWith('-')) throw new ScenarioError(`unknown option ${option}`)
  return { scenario: { ...createContoso(), timing: {}, faults: [] }, command: words }
}

async function main(words: readonly string[]): Promise<number> {
  if (words[0] === '--help' || words[0] === '-h') {
    process.stdout.write(help)
    return 0
  }
  const { scenario, command } = readArguments(words)
  const { world, subscription, deployer, timing, faults } = scenario
  const simulator = await startSimulator({
    ...{ world, timing, sideHosts },
    ...(process.env.SIMULATOR_LOG === '1'
      ? { onRequest: record => process.stderr.write(`${formatRecord(record)}\n`) }
      : {}),
  })
  for (const fault of faults) simulator.faults.add(fault)
  // Without this, az would use and change the user's own sign-in.
  const azureConfig = await mkdtemp(join(tmpdir(), 'simulator-az-'))
  const environment = {
    ...simulator.environment,
    ...simulator.runnerEnvironment,
    AZURE_CLIENT_ID: deployer.clientId,
    AZURE_TENANT_ID: world.tenantId,
    AZURE_SUBSCRIPTION_ID: subscription.subscriptionId,
    AZURE_CONFIG_DIR: azureConfig,
    ...ownerVariables(scenario),
  }
  try {
    return await (command.length === 0 ? serve(environment) : run(command, environment))
  } finally {
    for (const problem of simulator.problems) process.stderr.write(`simulator: ${problem}\n`)
    await simulator.close()
    await rm(azureConfig, { recursive: true, force: true })
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ScenarioError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
