// Runs the action once through @github/local-action, against the simulator: npm run local-action. The package is only
// fetched here, because it takes 330 MB.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContoso } from 'azure-simulator/contoso'
import { startSimulator } from 'azure-simulator'

const localAction = '@github/local-action@7.0.1'

const { world, cluster, registry, variables } = createContoso()
const simulator = await startSimulator({ world })
const folder = mkdtempSync(join(tmpdir(), 'local-action-'))
const outputs = join(folder, 'outputs')
writeFileSync(outputs, '')
const environment = {
  ...simulator.environment,
  ...simulator.runnerEnvironment,
  ...variables,
  RUNNER_TEMP: folder,
  GITHUB_OUTPUT: outputs,
  INPUT_CLUSTER: cluster.id,
  INPUT_REGISTRY: registry.id,
}
const file = join(folder, '.env')
const lines = Object.entries(environment).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
writeFileSync(file, lines.join('\n'))

// The package registry isn't part of the simulated world, so npx starts without the proxy; Node only reads certificates
// when it starts.
const child = spawn('npx', ['--yes', localAction, 'run', '.', 'scripts/local-action/entry.ts', file], {
  stdio: 'inherit',
  env: { ...process.env, NODE_EXTRA_CA_CERTS: simulator.environment.NODE_EXTRA_CA_CERTS },
})
const [exitCode] = (await once(child, 'close')) as [number | null]
await simulator.close()
const isAttached = readFileSync(outputs, 'utf8').includes('attached')
rmSync(folder, { recursive: true })
process.stdout.write(`local-action ended with ${exitCode}, after ${simulator.requests.length} requests\n`)
if (exitCode !== 0 || !isAttached) process.exitCode = 1
