import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActionError } from 'kernel'
import { letDeploy } from './estate.js'
import { importer } from './image-world.js'
import { letPull } from './pull-scenario.js'
import type { Beginning, Scenario, Start, StepEnd } from './scenario.js'

/** A job whose every request meets every fault. */
export interface FaultJob {
  name: string
  beginning?: Beginning
  /** The error code of the step without a fault. Default: none. */
  code?: ActionError['code']
  /** Whether it waits for minutes, mostly: it starts before the others, and runs in parallel. */
  isSlow?: true
  /** What others do right before it, in the plans of stale answers, besides the same job. */
  others?: readonly ('attach' | 'detach')[][]
  /** More inputs for a fault that never ends: a timeout that is long enough without a fault. */
  lasting?: Record<string, string>
  /**
   * Prepares the world.
   * @param put puts more files into the folder that the job reads
   * @returns a function that runs the step there, with its inputs and additional ones
   */
  prepare: (scenario: Scenario, put?: (folder: string) => void) => Promise<RunJob> | RunJob
}

type RunJob = (more?: Record<string, string>, start?: Start) => Promise<StepEnd>

/** The maximum wait for a fault, whatever pause Azure requests. */
const timeout = '20s'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }

/** One job for each task of the action. */
export const faultJobs: FaultJob[] = [
  {
    name: 'attach',
    others: [['attach', 'detach']],
    prepare: scenario => (more, start) => scenario.attach({ timeout, ...more }, start),
  },
  {
    name: 'attached',
    prepare: ({ attach, world, cluster, registry }) => {
      const { objectId } = cluster.kubeletIdentity
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return (more, start) => attach({ timeout, ...more }, start)
    },
  },
  {
    name: 'detach',
    others: [['detach', 'attach']],
    prepare: ({ attach, world, cluster, registry }) => {
      const { objectId } = cluster.kubeletIdentity
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
      return (more, start) => attach({ mode: 'detach', timeout, ...more }, start)
    },
  },
  {
    name: 'check',
    code: 'DRIFT',
    others: [['attach'], ['attach', 'detach']],
    prepare:
      ({ attach }) =>
      (more, start) =>
        attach({ mode: 'check', timeout, ...more }, start),
  },
  {
    name: 'images',
    prepare: ({ attach, world, deployer, registry }) => {
      world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
      world.addSourceRegistry('docker.io').push('library/nginx', '1.27', { platforms: ['linux/amd64'] })
      return (more, start) => attach({ images: 'nginx:1.27 => nginx:v1', timeout, ...more }, start)
    },
  },
  {
    name: 'proof by kubectl',
    others: [['attach', 'detach']],
    lasting: { timeout },
    prepare: scenario => {
      const { pull } = letPull(scenario)
      // A kubectl request without an answer takes 15 s, and there must be time for another one.
      return (more, start) => pull({ 'probe-with': 'kubectl', timeout: '2m', ...more }, start)
    },
  },
  {
    name: 'proof by Run Command',
    isSlow: true,
    lasting: { timeout: '40s' },
    prepare: scenario => {
      const { pull } = letPull(scenario)
      // After a lost answer, the step waits for a command that can still start.
      return (more, start) => pull({ 'probe-with': 'run-command', timeout: '5m', ...more }, start)
    },
  },
  {
    name: 'group',
    prepare: ({ attach, world, deployer }) => {
      const { objectId: group } = world.addGroup('acr-pullers')
      world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
      return (more, start) => attach({ group, timeout, ...more }, start)
    },
  },
  {
    name: 'many',
    prepare: scenario => {
      const { attach, group } = scenario
      letDeploy(scenario, group.id)
      group.addCluster('aks-prod-2')
      group.addRegistry('fabrikamacr')
      return (more, start) => attach({ cluster: '*', registry: 'contosoacr\nfabrikamacr', timeout, ...more }, start)
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
      return (more, start) => attach({ registry, 'create-registry': 'Standard', timeout, ...more }, start)
    },
  },
  {
    name: 'drift issue',
    others: [['attach'], ['attach', 'detach']],
    beginning: schedule,
    prepare:
      ({ attach }) =>
      (more, start) =>
        attach({ mode: 'check', 'drift-issue': 'true', 'fail-on-drift': 'false', timeout, ...more }, start),
  },
  {
    name: 'merge',
    beginning: schedule,
    prepare: async ({ attach }, put) => {
      const { reportFile } = await attach({ mode: 'check', 'fail-on-drift': 'false', timeout })
      const nothing = { cluster: '', registry: '', 'resource-group': '' }
      return async (more, start) => {
        const reports = mkdtempSync(join(tmpdir(), 'reports-'))
        writeFileSync(join(reports, 'report.json'), reportFile)
        put?.(reports)
        const inputs = { ...nothing, mode: 'merge', reports, 'drift-issue': 'true', 'fail-on-drift': 'false' }
        try {
          return await attach({ ...inputs, ...more }, start)
        } finally {
          rmSync(reports, { recursive: true })
        }
      }
    },
  },
]
