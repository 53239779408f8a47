import { expect } from 'vitest'
import { retrying } from '../../scripts/kubernetes/real-cluster.js'
import type { RealScenario } from './real-cluster.js'
import type { StepEnd } from './scenario.js'

/** A workload of one container, `main`. */
export interface RealWorkload {
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob' | 'Job' | 'Pod'
  name: string
  image: string
  /** The image of an init container, `init`. */
  init?: string
  /** Of a Deployment; 1 by default. */
  replicas?: number
  /** Whether a Job is suspended. */
  suspend?: boolean
  /** Whether its program ends at once. */
  ends?: boolean
  /** Whether its pods can't start. */
  waits?: boolean
}

/** Creates workloads in the scenario's namespace, and waits until their pods run, have ended, or wait for their image. */
export async function startWorkloads(scenario: RealScenario, workloads: readonly RealWorkload[]): Promise<void> {
  const { cluster, namespace } = scenario
  await cluster.apply(...workloads.map(each => objectOf(each, namespace)))
  await retrying(async () => {
    const { items } = await cluster.read<{ items: StartedPod[] }>('get', 'pods', '--namespace', namespace)
    for (const { name, kind, waits = false, ends = false, suspend = false, replicas = 1 } of workloads) {
      const own = items.filter(({ metadata }) => metadata.labels.app === name)
      const isIdle = kind === 'CronJob' || suspend || replicas === 0
      if (!isIdle) expect(own, name).not.toEqual([])
      const phase = waits ? 'Pending' : ends ? 'Succeeded' : 'Running'
      for (const { status } of own) expect(status.phase, name).toBe(phase)
    }
  }, 120_000)
}

interface StartedPod {
  metadata: { labels: Record<string, string> }
  status: { phase: string }
}

function objectOf({ kind, name, ...more }: RealWorkload, namespace: string): object {
  const { image, init, replicas = 1, suspend = false, ends = false } = more
  const labels = { app: name }
  const isFinite = kind === 'Job' || kind === 'CronJob' || ends
  const spec = {
    ...(isFinite && { restartPolicy: 'Never' }),
    terminationGracePeriodSeconds: 0,
    ...(init && { initContainers: [{ name: 'init', image: init, args: ['end'] }] }),
    containers: [{ name: 'main', image, ...(ends && { args: ['end'] }) }],
  }
  const template = { metadata: { labels }, spec }
  const metadata = { name, namespace, labels }
  const selector = { matchLabels: labels }
  switch (kind) {
    case 'Pod':
      return { apiVersion: 'v1', kind, metadata, spec }
    case 'Job':
      return { apiVersion: 'batch/v1', kind, metadata, spec: { suspend, template } }
    case 'CronJob': {
      const yearly = '0 0 1 1 *'
      return { apiVersion: 'batch/v1', kind, metadata, spec: { schedule: yearly, jobTemplate: { spec: { template } } } }
    }
    case 'DaemonSet':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { selector, template } }
    case 'Deployment':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { replicas, selector, template } }
    case 'StatefulSet':
      return { apiVersion: 'apps/v1', kind, metadata, spec: { serviceName: name, selector, template } }
  }
}

/** The report's rows about workloads, by name: workload, container, image, the digest that runs, the number of pods, and the status. */
export function lookedAt({ report }: StepEnd): (string | number | null)[][] {
  const rows = report.workloads ?? []
  return rows
    .map(({ kind, name, container, ...more }) => ({ ...more, container, workload: `${kind}/${name}` }))
    .sort((a, b) => (`${a.workload} ${a.container}` < `${b.workload} ${b.container}` ? -1 : 1))
    .map(({ workload, container, image, runningDigest, pods, status }) => [
      workload,
      container,
      image,
      runningDigest,
      pods,
      status,
    ])
}
