import { describe, expect } from 'vitest'
import type { Container, PodSpec } from 'azure-simulator'
import { readWorkloadRows } from 'kubernetes/src/workload-rows.js'
import { workloadReads } from 'kubernetes/src/workload-templates.js'
import { collectWorkloads } from 'kubernetes/src/workloads.js'
import type { WorkloadContainer, Inputs } from 'run-model'
import { it, type Machine } from '../support/conformance.js'
import { runsSince } from '../support/running.js'
import { sampleRegistry, sampleTarget } from '../support/sample.js'

const digest = `sha256:${'a'.repeat(64)}`
const own = (name: string): string => `contosoacr.azurecr.io/${name}`
const main = (image: string): PodSpec => ({ containers: [{ name: 'main', image }] })

/** What kubectl prints with the step's templates, collected as the step does. */
async function collect({ kubectl }: Machine, choice: NonNullable<Inputs['workloads']> = { kind: 'all', except: [] }) {
  const outputs: string[] = []
  for (const { words } of workloadReads(choice)) outputs.push(await kubectl([...words, '--chunk-size', '3']))
  const rows = readWorkloadRows(outputs.join(''))
  if (!rows) throw new Error(`rows are missing in ${outputs.join('')}`)
  return collectWorkloads(rows, sampleTarget(), [{ ...sampleRegistry(), loginServer: 'contosoacr.azurecr.io' }])
}

const brief = ({ kind, name, container, image, runningDigest, pods }: WorkloadContainer) => [
  `${kind}/${name}`,
  container,
  image.replace('contosoacr.azurecr.io/', ''),
  runningDigest && 'digest',
  pods,
]

describe('the templates for workloads', () => {
  it('print every kind with its pods, in pages', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'kubectl'] })
    const { az, cluster } = machine
    const { kubernetes } = cluster
    await az('aks get-credentials --resource-group rg-shop --name aks-prod-1')
    const image = own('app:1')
    const common = {
      spec: main(image),
      imageIds: { [image]: `${own('app')}@${digest}` },
      pods: 2,
      startedAt: Date.parse(runsSince),
    }
    for (const kind of ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod', 'CloneSet'])
      kubernetes.addWorkload({ ...common, kind, name: kind.toLowerCase() })
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web' }
    kubernetes.addWorkload({ ...common, kind: 'ReplicaSet', name: 'web-1', owner: rollout })
    // These run nothing now, and the first three never will by themselves.
    kubernetes.addWorkload({ ...common, kind: 'Deployment', name: 'off', pods: 0 })
    kubernetes.addWorkload({ ...common, kind: 'Pod', name: 'ended', pods: 1, phase: 'Failed' })
    kubernetes.addWorkload({ ...common, kind: 'Pod', name: 'leaves', pods: 1, isLeaving: true })
    kubernetes.addWorkload({ ...common, kind: 'Job', name: 'later', pods: 0 })
    kubernetes.addWorkload({ ...common, kind: 'CronJob', name: 'nightly', pods: 0 })
    kubernetes.addWorkload({ ...common, kind: 'Deployment', name: 'stuck', pods: 0, replicas: 2 })
    kubernetes.addNamespace('other')
    kubernetes.addWorkload({ ...common, kind: 'Deployment', name: 'other', namespace: 'other' })

    const { containers } = await collect(machine, { kind: 'all', except: ['other'] })
    const app = (what: string, pods: number) => [what, 'main', 'app:1', pods > 0 ? 'digest' : '', pods]
    expect(containers.map(brief)).toEqual([
      app('CloneSet/cloneset', 2),
      app('CronJob/cronjob', 2),
      app('CronJob/nightly', 0),
      app('DaemonSet/daemonset', 2),
      app('Deployment/deployment', 2),
      app('Deployment/stuck', 0),
      app('Job/job', 2),
      app('Job/later', 0),
      app('Pod/pod-0', 1),
      app('Pod/pod-1', 1),
      app('ReplicaSet/replicaset', 2),
      app('Rollout/web', 2),
      app('StatefulSet/statefulset', 2),
    ])
    const since = containers.flatMap(each => (each.pods > 0 ? each.since : []))
    expect(new Set(since)).toEqual(new Set([Date.parse(runsSince)]))
    expect((await collect(machine)).containers).toHaveLength(14)
  })

  it('print all images of a pod, where it can run, and as whom', async ({ begin }) => {
    const machine = await begin({ clients: ['az', 'kubectl'] })
    const { kubernetes } = machine.cluster
    await machine.az('aks get-credentials --resource-group rg-shop --name aks-prod-1')
    const [setup, debug]: [Container, Container] = [
      { name: 'setup', image: own('setup:1') },
      { name: 'debug', image: own('debug:1') },
    ]
    const terms = [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['1', '2'] }] }]
    const spec: PodSpec = {
      containers: [{ name: 'main', image: own('app:1'), volumeMounts: [{ name: 'model', mountPath: '/model' }] }],
      initContainers: [setup],
      ephemeralContainers: [debug],
      volumes: [
        { name: 'model', image: { reference: own('model:1') } },
        { name: 'tmp', emptyDir: {} },
      ],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'sku', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
      serviceAccountName: 'shop',
    }
    const names = ['app', 'setup', 'debug']
    const ids = names.map((name): [string, string] => [own(`${name}:1`), `${own(name)}@${digest}`])
    const imageIds = { ...Object.fromEntries(ids), model: `${own('model')}@${digest}` }
    kubernetes.addWorkload({ kind: 'Deployment', name: 'api', spec, imageIds })
    kubernetes.addWorkload({ kind: 'Pod', name: 'alone', spec, imageIds: { ...imageIds, [own('app:1')]: digest } })
    const { containers } = await collect(machine)
    const all = (what: string, app: string) => [
      [what, 'debug', 'debug:1', 'digest', 1],
      [what, 'main', 'app:1', app, 1],
      [what, 'model', 'model:1', 'digest', 1],
      [what, 'setup', 'setup:1', 'digest', 1],
    ]
    expect(containers.map(brief)).toEqual([...all('Deployment/api', 'digest'), ...all('Pod/alone', '')])
    for (const { account, constraints } of containers) {
      expect(account).toBe('shop')
      expect(constraints).toEqual({
        nodeSelector: spec.nodeSelector,
        tolerations: spec.tolerations,
        nodeAffinity: [{ labels: terms[0]?.matchExpressions, names: [] }],
      })
    }
  })
})
