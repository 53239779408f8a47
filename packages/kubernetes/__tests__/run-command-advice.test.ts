import { expect, it } from 'vitest'
import { enableRunCommandCommand } from '../src/connect.js'

const guid = '11111111-2222-4333-8444-555555555555'
const group = `/subscriptions/${guid}/resourceGroups/rg`
const cluster = `${group}/providers/Microsoft.ContainerService/managedClusters/aks-1`
const s = `--subscription ${guid}`

it('Run Command is enabled by a property of the cluster', () => {
  const set = 'properties.apiServerAccessProfile.disableRunCommand=false'
  const update = `az resource update --ids ${cluster} --api-version 2025-03-01 --set ${set} ${s}`
  expect(enableRunCommandCommand(cluster)).toBe(update)
})
