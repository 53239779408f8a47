import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Cluster, ClusterOptions, Pod } from 'azure-simulator'
import type { Contoso } from 'azure-simulator/contoso'
import { hour } from './hour.js'
import type { Scenario, Start, StepEnd } from './scenario.js'
import { giveSetUp } from './set-up-roles.js'

/** A scenario with an additional cluster, whose nodes are probed with `team/app:v1`. */
export interface PullScenario extends Scenario {
  /** The digest of `contosoacr.azurecr.io/team/app:v1`, for amd64 and arm64. */
  digest: string
  pull: (inputs?: Record<string, string>, start?: Start) => Promise<StepEnd>
}

/** Prepares a world for probing: rights, an image, and the cluster `aks-pull` with these options. */
export function letProbe(contoso: Contoso, options?: ClusterOptions): { cluster: Cluster; digest: string } {
  const { group, registry } = contoso
  const cluster: Cluster = options ? group.addCluster('aks-pull', options) : contoso.cluster
  giveSetUp(contoso, ['verify', 'run-command'], { clusters: [cluster] })
  const digest = registry.images.push('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
  return { cluster, digest }
}

/** The same in a scenario, which then probes that cluster. */
export function letPull(scenario: Scenario, options?: ClusterOptions): PullScenario {
  const { world } = scenario
  const { cluster, digest } = letProbe(scenario, options)
  // On a busy machine, kubectl can take longer than `auto` waits before it continues with Run Command.
  const probeWith = options?.privateCluster || options?.authorizedIpRanges ? 'auto' : 'kubectl'
  return {
    ...scenario,
    cluster,
    digest,
    grants: () => world.roleAssignments.filter(({ principalId }) => principalId === cluster.kubeletIdentity.objectId),
    pull: (inputs = {}, start = {}) =>
      scenario.attach(
        { cluster: cluster.name, verify: 'pull', 'probe-with': probeWith, 'probe-image': 'team/app:v1', ...inputs },
        start,
      ),
  }
}

/** The two ways into a cluster. */
export const ways = ['kubectl', 'run-command'] as const

/** A cluster with one node. */
export const oneNode = { agentPools: [{ name: 'system', count: 1 }] }

/** The registry refuses the first pod, and no other one: a role that takes up to an hour is in effect with the second one, however busy the machine is. */
export function acceptSecondPod({ world, cluster: { kubernetes } }: Pick<PullScenario, 'world' | 'cluster'>): void {
  kubernetes.store.onChange(({ type, resource }) => {
    if (type === 'ADDED' && resource === 'pods' && kubernetes.podsCreated.length === 2) world.passTime(hour)
  })
}

/** Gives the cluster the role, so long ago that no refusal counts as temporary. */
export function grantPull({ cluster, world, registry }: PullScenario): void {
  const { objectId: principalId } = cluster.kubeletIdentity
  const grant = world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
  grant.updatedOn = new Date(Date.now() - hour).toISOString()
}

/** A file with a Deployment of each image, with more fields for its pods. */
export function deployEach(...workloads: [image: string, more: string][]): string {
  return writePods(...workloads.map(([image, more]) => `containers: [{ name: a, image: ${image} }], ${more}`))
}

function writePods(...specs: string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'shop.yaml')
  const documents = specs.map(
    (spec, index) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop-${index} }\nspec: { template: { spec: { ${spec} } } }\n`,
  )
  writeFileSync(file, documents.join('---\n'))
  return file
}

/** The pulls of the report's first pair. */
export function pulls(end: StepEnd) {
  return end.report.pairs[0]?.pulls ?? []
}

/** Expects the proof in outputs, report, log and summary, and no pod left. */
export function expectProven(end: StepEnd, { cluster }: PullScenario): void {
  expect(end.log).not.toContain('✗')
  expect(end).toMatchObject({ exitCode: 0, stderr: '' })
  expect(end.outputs).toMatchObject({ attached: 'true', ready: 'true', verified: 'pull', 'error-code': '' })
  expect(pulls(end).length).toBeGreaterThan(0)
  for (const { verdict } of pulls(end)) expect(verdict).toBe('pulled')
  expect(end.summary).toMatch(/^### [✓⚠] .*\bproven on \d+ nodes?/m)
  const isOurs = ({ metadata }: Pod): boolean => metadata.labels?.['app.kubernetes.io/managed-by'] === 'attach-acr'
  expect(cluster.kubernetes.pods.filter(isOurs)).toEqual([])
}
