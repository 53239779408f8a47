// Renders the job summary of a real run as GitHub shows it, in light and dark: npm run pictures. It needs Chromium,
// found by name or through CHROMIUM.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createContoso } from 'azure-simulator/contoso'
import { startSimulator } from 'azure-simulator'
import { runStep } from 'azure-simulator/runner/step'
import { toPage } from './page.js'

const target = resolve(import.meta.dirname, '../docs/images')
const folder = mkdtempSync(join(tmpdir(), 'pictures-'))
const summary = await runStory()
for (const theme of ['light', 'dark'] as const) {
  const page = join(folder, `${theme}.html`)
  writeFileSync(page, await toPage(summary, 'Job summary', theme))
  const picture = join(target, `summary-${theme}.png`)
  const options = [
    '--headless',
    '--no-sandbox',
    '--hide-scrollbars',
    '--force-device-scale-factor=1',
    '--virtual-time-budget=15000',
  ]
  execFileSync(
    process.env.CHROMIUM ?? 'chromium',
    [...options, '--window-size=1012,600', `--screenshot=${picture}`, `file://${page}`],
    { stdio: 'ignore' },
  )
}
rmSync(folder, { recursive: true })

/** A first attach of one cluster with three pools, an image imported in the meantime, and a proof by pulling. */
async function runStory(): Promise<string> {
  const { world, group, deployer, registry, variables } = createContoso()
  const cluster = group.addCluster('aks-shop', {
    agentPools: [{ name: 'system' }, { name: 'apps', count: 3 }, { name: 'arm', arch: 'arm64' }],
  })
  for (const scope of [registry.id, cluster.id])
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope })
  world.addSourceRegistry('docker.io').push('library/nginx', '1.27', { platforms: ['linux/amd64', 'linux/arm64'] })
  const simulator = await startSimulator({
    world,
    timing: { roundTripMs: 40, readAfterWriteMs: 1500, propagationMs: 6000, importMs: 4000 },
  })
  try {
    const { exitCode, summary, stdout } = await runStep({
      inputs: {
        cluster: 'aks-shop',
        'resource-group': 'rg-shop',
        registry: 'contosoacr',
        images: 'nginx:1.27 => shop/nginx',
        verify: 'pull',
      },
      environment: { ...simulator.environment, ...simulator.runnerEnvironment, ...variables },
    })
    if (exitCode !== 0) throw new Error(stdout)
    return summary
  } finally {
    await simulator.close()
  }
}
