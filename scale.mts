import { createWorld, startSimulator } from './simulator/index.js'
import { runStep } from './scripts/action-runner.js'
const world = createWorld({ tenantName: 'contoso' })
const subscription = world.addSubscription({ displayName: 'contoso' })
const group = subscription.addResourceGroup('rg-shop', {})
const clusters = Array.from({ length: 200 }, (_, i) => group.addCluster(`aks-${i}`, {}))
const registries = Array.from({ length: 5 }, (_, i) => group.addRegistry(`contosoacr${i}`, {}))
const app = world.addApplication('gh-deployer', { federatedCredentials: [{ subject: 'repo:contoso/shop:ref:refs/heads/main' }] })
world.assignRole({ principalId: app.objectId, role: 'Reader', scope: subscription.id }); world.assignRole({ principalId: app.objectId, role: 'Role Based Access Control Administrator', scope: subscription.id })
const simulator = await startSimulator({ world, timing: { roundTripMs: 50, readAfterWriteMs: 1500 } })
if (process.argv[2]) world.throttling = { reads: { size: 250, refillPerSecond: 25 }, deletes: { size: 200, refillPerSecond: 10 }, writes: { size: 200, refillPerSecond: 10 } } as never
const base = { 'client-id': app.clientId, 'tenant-id': world.tenantId, 'subscription-id': subscription.subscriptionId, registry: registries.map(r => r.id).join('\n'), cluster: '*' }
for (let i = 0; i < 2; i++) {
  simulator.clearRequests()
  const t = Date.now()
  const r = await runStep({ inputs: base, environment: { ...simulator.environment, ...simulator.runnerEnvironment, NODE_OPTIONS: '--require /tmp/rss.cjs' }, node: process.execPath })
  console.log('exit', r.exitCode, r.outputs['error-code'], Date.now() - t, 'ms', simulator.requests.length, 'requests', simulator.problems.length, r.stderr.slice(-200), r.stdout.length, r.summary.length, r.outputs.report?.length, simulator.requests.filter(q => q.status === 429).length)
  if (process.argv[2]) console.log(r.stdout.split('\n').filter(l=>/^✗/.test(l)).slice(0,3))
}
await simulator.close()
