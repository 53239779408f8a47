import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ErrorCode } from '../../src/model/error.js'
import { letDeploy } from './estate.js'
import { importer } from './image-world.js'
import { letPull } from './pull-scenario.js'
import type { Beginning, Scenario, StepEnd } from './scenario.js'

/** A job whose every request meets every fault. */
export interface FaultJob {
  name: string
  beginning?: Beginning
  /** The error code of the step without a fault. Default: none. */
  code?: ErrorCode
  /** Prepares the world. @returns a function that runs the step there, with its inputs and additional ones */
  prepare: (scenario: Scenario) => Promise<RunJob> | RunJob
}

type RunJob = (more?: Record<string, string>) => Promise<StepEnd>

/** The maximum wait for a fault, whatever pause Azure requests. */
const timeout = '20s'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

/** One job for each task of the action. */
export const faultJobs: FaultJob[] = [
  { name: 'attach', prepare: scenario => more => scenario.attach({ timeout, ...more }) },
  {
    name: 'attached',
    prepare: ({ attach, world, cluster, registry }) => {
      const { objectId } = cluster.kubeletIdentity
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return more => attach({ timeout, ...more })
    },
  },
  {
    name: 'detach',
    prepare: ({ attach, world, cluster, registry }) => {
      const { objectId } = cluster.kubeletIdentity
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return more => attach({ mode: 'detach', timeout, ...more })
    },
  },
  {
    name: 'check',
    code: 'DRIFT',
    prepare:
      ({ attach }) =>
      more =>
        attach({ mode: 'check', timeout, ...more }),
  },
  {
    name: 'images',
    prepare: ({ attach, world, deployer, registry }) => {
      world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
      world.addSourceRegistry('docker.io').push('library/nginx', '1.27', { platforms: ['linux/amd64'] })
      return more => attach({ images: 'nginx:1.27 => nginx:v1', timeout, ...more })
    },
  },
  {
    name: 'proof by kubectl',
    prepare: scenario => {
      const { pull } = letPull(scenario)
      // A kubectl request without an answer takes 15 s, and there must be time for another one.
      return more => pull({ 'probe-with': 'kubectl', timeout: '60s', ...more })
    },
  },
  {
    name: 'proof by Run Command',
    prepare: scenario => {
      const { pull } = letPull(scenario)
      // After a lost answer, the step waits for a command that can still start.
      return more => pull({ 'probe-with': 'run-command', timeout: '150s', ...more })
    },
  },
  {
    name: 'group',
    prepare: ({ attach, world, deployer }) => {
      const { objectId: group } = world.addGroup('acr-pullers')
      world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
      return more => attach({ group, timeout, ...more })
    },
  },
  {
    name: 'many',
    prepare: scenario => {
      const { attach, group } = scenario
      letDeploy(scenario, group.id)
      group.addCluster('aks-prod-2')
      group.addRegistry('fabrikamacr')
      return more => attach({ cluster: '*', registry: 'contosoacr\nfabrikamacr', timeout, ...more })
    },
  },
  {
    name: 'create-registry',
    // So that the state of the creation is polled.
    beginning: { timing: { registryCreationMs: 1500 } },
    prepare: scenario => {
      const { attach, world, deployer, subscription } = scenario
      const { id } = subscription.addResourceGroup('rg-new', { location: 'northeurope' })
      letDeploy(scenario, id)
      const role = 'Container Registry Contributor and Data Access Configuration Administrator'
      world.assignRole({ principalId: deployer.objectId, role, scope: id })
      const registry = `${id}/providers/Microsoft.ContainerRegistry/registries/newacr`
      return more => attach({ registry, 'create-registry': 'Standard', timeout, ...more })
    },
  },
  {
    name: 'drift issue',
    beginning: schedule,
    prepare:
      ({ attach }) =>
      more =>
        attach({ mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false', timeout, ...more }),
  },
  {
    name: 'merge',
    beginning: schedule,
    prepare: async ({ attach }) => {
      const { reportFile } = await attach({ mode: 'check', 'fail-on-drift': 'false', timeout })
      const reports = mkdtempSync(join(tmpdir(), 'reports-'))
      writeFileSync(join(reports, 'report.json'), reportFile)
      const nothing = { cluster: '', registry: '', 'resource-group': '' }
      return async more => {
        const inputs = { ...nothing, mode: 'merge', reports, 'drift-issue': 'true', 'fail-on-drift': 'false' }
        try {
          return await attach({ ...inputs, ...more })
        } finally {
          rmSync(reports, { recursive: true })
        }
      }
    },
  },
]
