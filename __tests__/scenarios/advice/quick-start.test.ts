import { expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { expectLogSample } from '../../support/advice/samples.js'
import { readQuickStart } from '../../support/quick-start.js'
import { expectAttached, onceIt } from '../../support/scenario.js'

onceIt('the quick start waits for the nodes, as the README shows', async ({ begin }) => {
  const { attach, world, subscription, deployer, registry } = await begin({ timing: { importMs: 2000 } })
  const agentPools = [{ name: 'system' }, { name: 'apps' }, { name: 'batch' }]
  const cluster = subscription.addResourceGroup('rg-prod').addCluster('aks-prod-1', { agentPools })
  for (const { id } of [registry, cluster])
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: id })
  // Each node once, however long anything takes.
  cluster.kubernetes.pullFaults.push({ message: pullMessages.denied('contosoacr.azurecr.io/nginx:v1'), times: 3 })
  const { inputs, source } = readQuickStart()
  world.addSourceRegistry('mcr.microsoft.com').push(source.repository, source.tag)
  const end = await attach({
    images: inputs.images ?? '',
    verify: inputs.verify ?? '',
    'resource-group': 'rg-prod',
    'probe-with': 'kubectl',
  })
  expectAttached(end, { changed: true })
  expect(end.outputs.ready, end.log).toBe('true')
  expectLogSample('quick start', end.log.slice(end.log.indexOf('▸ Apply')))
})
