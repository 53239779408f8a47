import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContoso, type Contoso } from 'azure-simulator/contoso'
import { startSimulator, type Simulator } from 'azure-simulator'
import { measureStep, type Measured } from './measured-step.js'
import { heading, row, target } from './table.js'

const roundTripMs = 50

const megabytes = { unit: 'MB', max: 150 }

interface Estate extends Contoso {
  simulator: Simulator
  clusters: number
  registries: readonly string[]
  /** @param options.profile file for V8's profile */
  run: (mode: 'attach' | 'check', options?: { profile?: string; fails?: boolean }) => Promise<Measured>
}

/** Many clusters and registries in one step. */
export async function benchScale(): Promise<void> {
  heading(`Estates, ${roundTripMs} ms per round trip`)
  await inEstate(200, 10, {}, async ({ run }) => {
    const first = await run('attach')
    target('200 × 10, first attach: requests per pair', first.requests.length / 2000, {
      max: 1.05,
      unit: '',
      digits: 2,
    })
    row('200 × 10, first attach: whole step', `${(first.ms / 1000).toFixed(1)} s`)
    target('200 × 10, first attach: peak memory', first.peakMemory, megabytes)
    row('200 × 10, first attach: log and summary', `${(first.textLength / 1000).toFixed(0)} kB`)
    const check = await run('check')
    target('200 × 10, check: requests', check.requests.length, { max: 14, unit: '' })
    target('200 × 10, check: whole step', check.ms / 1000, { max: 2, unit: 's', digits: 1 })
    target('200 × 10, check: peak memory', check.peakMemory, megabytes)
    row('200 × 10, check: log and summary', `${(check.textLength / 1000).toFixed(0)} kB`)
  })
  await inEstate(1000, 5, { attached: 1 }, async ({ run }) => {
    const check = await run('check')
    // Six of them are the pages of the 5,000 role assignments.
    target('1,000 × 5, check: requests', check.requests.length, { max: 17, unit: '' })
    target('1,000 × 5, check: whole step', check.ms / 1000, { max: 3, unit: 's', digits: 1 })
    target('1,000 × 5, check: peak memory', check.peakMemory, megabytes)
  })
  await inEstate(5000, 3, { attached: 0.4 }, async ({ run }) => {
    const check = await run('check', { fails: true })
    target('5,000 × 3, check, 60 % drifted: whole step', check.ms / 1000, { max: 60, unit: 's', digits: 1 })
    row('5,000 × 3, check, 60 % drifted: peak memory', `${check.peakMemory.toFixed(0)} MB`)
  })
  await benchMerge()
  await inEstate(200, 5, { isThrottled: true }, async ({ run }) => {
    const throttled = await run('attach')
    // A bucket of 200 writes that refills by 10 per second allows 1,000 after 80 s at the earliest.
    row('200 × 5, first attach, throttled: whole step', `${(throttled.ms / 1000).toFixed(1)} s`, 'the minimum is 80 s')
    const refused = throttled.requests.filter(({ status }) => status === 429).length
    row('200 × 5, first attach, throttled: refused attempts', String(refused))
  })
  await benchGroup()
}

/**
 * Does the work in a simulator with that many clusters and registries, and closes it afterwards.
 * @param options.attached the share of clusters with the pull role, in tenths
 */
export async function inEstate(
  clusters: number,
  registries: number,
  { attached = 0, isThrottled = false },
  work: (estate: Estate) => Promise<void>,
): Promise<void> {
  const contoso = createContoso()
  const { world, subscription, deployer, variables } = contoso
  const group = subscription.addResourceGroup('rg-estate')
  const names = Array.from({ length: registries }, (_, index) => `estateacr${index}`)
  const scopes = names.map(name => group.addRegistry(name).id)
  for (const role of ['Reader', 'Role Based Access Control Administrator'])
    world.assignRole({ principalId: deployer.objectId, role, scope: group.id })
  world.grantGraphPermission(deployer, 'Application.Read.All')
  for (let index = 0; index < clusters; index += 1) {
    const { kubeletIdentity } = group.addCluster(`aks-${index}`)
    if (index % 10 >= attached * 10) continue
    for (const scope of scopes) world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope })
  }
  // learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
  if (isThrottled) {
    const writes = { size: 200, refillPerSecond: 10 }
    world.throttling = { reads: { size: 250, refillPerSecond: 25 }, writes, deletes: writes }
  }
  const simulator = await startSimulator({ world, timing: { roundTripMs } })
  const run: Estate['run'] = (mode, options) =>
    measureStep({
      simulator,
      variables,
      inputs: { mode, cluster: '*', 'resource-group': group.name, registry: names.join('\n') },
      ...options,
    })
  try {
    await work({ ...contoso, simulator, clusters, registries: scopes, run })
  } finally {
    await simulator.close()
  }
}

/** The reports of a fleet's jobs, as one. */
async function benchMerge(): Promise<void> {
  const { world, subscription, deployer, variables } = createContoso()
  const group = subscription.addResourceGroup('rg-leg')
  const names = Array.from({ length: 3 }, (_, index) => `legacr${index}`)
  for (const name of names) group.addRegistry(name)
  for (let index = 0; index < 15; index += 1) group.addCluster(`aks-leg-${index}`)
  world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
  const simulator = await startSimulator({ world })
  const folder = mkdtempSync(join(tmpdir(), 'legs-'))
  const entry = { 'resource-group': group.name, cluster: '*' }
  const inputs = { mode: 'check', ...entry, registry: names.join('\n'), 'fleet-entry': JSON.stringify(entry) }
  const { reportFile } = await measureStep({ simulator, variables, inputs, fails: true })
  const fleet = Array.from({ length: 400 }, (_, index) => ({ 'resource-group': `rg-leg-${index}`, cluster: '*' }))
  for (const [index, each] of fleet.entries()) {
    mkdirSync(join(folder, `report-${index}`))
    const text = reportFile.replaceAll(group.name, each['resource-group']).replaceAll('aks-leg-', `aks-${index}-`)
    writeFileSync(join(folder, `report-${index}`, 'report.json'), text)
  }
  const merge = await measureStep({
    ...{ simulator, variables, fails: true },
    inputs: { mode: 'merge', reports: folder, fleet: JSON.stringify(fleet) },
  })
  await simulator.close()
  rmSync(folder, { recursive: true })
  target('merge of 400 reports, 15 × 3 each: whole step', merge.ms / 1000, { max: 10, unit: 's', digits: 1 })
  target('merge of 400 reports, 15 × 3 each: peak memory', merge.peakMemory, { unit: 'MB', max: 300 })
}

/** A large group is queried for one identity, not for its members. */
async function benchGroup(): Promise<void> {
  const { world, cluster, registry, deployer, variables } = createContoso()
  const members = Array.from({ length: 10_000 }, (_, index) => world.addApplication(`member-${index}`).objectId)
  const { objectId: group } = world.addGroup('acr-pullers', { members: [...members, cluster.kubeletIdentity.objectId] })
  world.grantGraphPermission(deployer, 'GroupMember.Read.All', 'Application.Read.All')
  world.assignRole({ principalId: group, role: 'AcrPull', scope: registry.id })
  const simulator = await startSimulator({ world, timing: { roundTripMs } })
  const inputs = { mode: 'check', cluster: cluster.id, registry: registry.id, group }
  const { requests } = await measureStep({ simulator, variables, inputs })
  await simulator.close()
  const about = requests.filter(({ host, path }) => host === world.cloud.graphHost && path.includes(group)).length
  target('a group of 10,000: requests about its members', about, { max: 1, unit: '' })
  row('a group of 10,000: all requests', String(requests.length))
}
