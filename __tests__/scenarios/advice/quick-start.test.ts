import { expect } from 'vitest'
import { parse } from 'yaml'
import { readText } from '../../../scripts/readme-tables.js'
import { expectLogSample } from '../../support/advice/samples.js'
import { expectAttached, onceIt } from '../../support/scenario.js'

const { jobs } = parse(readText('examples/attach.yml')) as {
  jobs: { attach: { steps: { with: Record<string, string> }[] } }
}

onceIt('the quick start waits for the nodes, as the README shows', async ({ begin }) => {
  const { attach, world, subscription, deployer, registry } = await begin({
    timing: { propagationMs: 6000, importMs: 2000 },
  })
  const agentPools = [{ name: 'system' }, { name: 'apps' }, { name: 'batch' }]
  const cluster = subscription.addResourceGroup('rg-prod').addCluster('aks-prod-1', { agentPools })
  for (const { id } of [registry, cluster])
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: id })
  const { images = '', verify = '' } = jobs.attach.steps[0]?.with ?? {}
  const [, repository = '', tag = ''] = /^mcr\.microsoft\.com\/(.+):(\S+) => /.exec(images) ?? []
  world.addSourceRegistry('mcr.microsoft.com').push(repository, tag)
  const end = await attach({ images, verify, 'resource-group': 'rg-prod', 'probe-with': 'kubectl' })
  expectAttached(end, { changed: true })
  expect(end.outputs.ready, end.log).toBe('true')
  expectLogSample('quick start', end.log.slice(end.log.indexOf('▸ Apply')))
})
