import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, vi } from 'vitest'
import { apiFaults, pullMessages, type Kubernetes, type Pod } from 'azure-simulator'
import { expectFailure, it, onceIt } from '../../support/scenario.js'
import {
  acceptSecondPod,
  expectProven,
  letPull,
  type PullScenario,
  pulls,
  ways,
  oneNode,
} from '../../support/pull-scenario.js'
import { warningsOf } from '../../support/reading.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const never = { timing: { propagationMs: 3_600_000 } }

describe('a cancelled job', () => {
  it('leaves no pod, well before it is killed', async ({ begin }) => {
    const scenario = letPull(await begin(never))
    const end = await scenario.pull({ 'probe-nodes': 'all' }, { cancel: { whenLogged: 'refused (401)' } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(7000)
    expect(scenario.cluster.kubernetes.podsCreated.length).toBeGreaterThan(0)
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  onceIt('leaves no pod even while pods are being created', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 60_000 } }))
    const isCreation = ({ method, path }: { method: string; path: string }) =>
      method === 'POST' && path.endsWith('/pods')
    const end = await scenario.pull({ 'probe-nodes': 'all' }, { cancel: { when: isCreation } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(7000)
    expect(scenario.cluster.kubernetes.podsCreated.length).toBeGreaterThan(0)
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  onceIt('without permission to delete pods reports the remaining ones', async ({ begin }) => {
    const scenario = letPull(await begin(never))
    const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'pods is forbidden', code: 403 }
    scenario.simulator.faults.add({ host: /azmk8s/, method: 'DELETE', status: 403, body, times: Infinity })
    const end = await scenario.pull({ timeout: '2s' })
    expectFailure(end, 'PULL_DENIED')
    const warnings = end.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message)
    expect(warnings).toContainEqual(expect.stringContaining('\n  kubectl delete pods --namespace default'))
  })

  onceIt('has the pods of a running command deleted', async ({ begin }) => {
    const scenario = letPull(await begin(never), { privateCluster: true })
    const { kubernetes } = scenario.cluster
    const isRound = ({ path, status }: { path: string; status: number }) =>
      path.endsWith('/runCommand') && status === 202 && kubernetes.podsCreated.length > 0
    const end = await scenario.pull({}, { cancel: { when: isRound } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(7000)
    // The running command sees that its pods are gone, and creates no more.
    const isOver = async () => {
      const made = kubernetes.podsCreated.length
      await delay(4000)
      expect(kubernetes.podsCreated).toHaveLength(made)
      expect(kubernetes.pods).toEqual([])
    }
    await vi.waitFor(isOver, { timeout: 60_000, interval: 500 })
  })
})

describe('pods of other runs', () => {
  const podOf = (run: string, name: string) => ({
    metadata: {
      name,
      labels: { 'app.kubernetes.io/managed-by': 'attach-acr', 'attach-acr/run': run, 'attach-acr/probe': '0' },
    },
    spec: { nodeName: 'aks-system-12345678-vmss000000', containers: [{ name: 'image-0', image: 'x/y:z' }] },
  })

  onceIt.for(ways)(
    'are kept while that run is alive, also if the clocks here and of the nodes are fast (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin())
      const { kubernetes } = scenario.cluster
      const heard = new Date(Date.now() + 20 * 60_000).toISOString()
      for (const { status } of kubernetes.nodes)
        for (const condition of status.conditions ?? []) condition.lastHeartbeatTime = heard
      kubernetes.addPod(podOf('a11e', 'attach-acr-probe-a11e-1'), { createdMsAgo: 5000 })
      const fast = createTimeLapse('run-command', onTestFinished)
      fast.pass(20 * 60_000)
      const end = await scenario.pull({ 'probe-with': way }, { environment: fast.environment })
      expect(end.outputs.verified, end.log).toBe('pull')
      expect(kubernetes.pods.map(({ metadata }) => metadata.name)).toContain('attach-acr-probe-a11e-1')
    },
  )

  /** Pods that ended with a kubelet's message about a refusal. */
  const refusedPods = ({ kubernetes }: PullScenario['cluster'], count: number): void => {
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    const waiting = { reason: 'ImagePullBackOff', message: `Back-off pulling image: ErrImagePull: ${message}` }
    const container = { name: 'image-0', image: 'contosoacr.azurecr.io/team/app:v1' }
    const status = { ...container, imageID: '', ready: false, restartCount: 0, state: { waiting }, lastState: {} }
    for (let index = 0; index < count; index += 1)
      kubernetes.addPod(
        {
          ...podOf('dead', `attach-acr-probe-dead-${index}`),
          status: { phase: 'Failed', reason: 'DeadlineExceeded', containerStatuses: [status] },
        },
        { createdMsAgo: 3_600_000 },
      )
  }

  onceIt("by the thousand, on a thousand nodes, are deleted and don't delay a step", async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1000 }] })
    refusedPods(scenario.cluster, 1000)
    const { kubernetes } = scenario.cluster
    kubernetes.addPod({ ...podOf('dead', ''), metadata: { name: 'other', labels: {} } }, { createdMsAgo: 3_600_000 })
    const end = await scenario.pull({ timeout: '60s' })
    expect(end.outputs.verified, end.log).toBe('pull')
    await vi.waitFor(() => {
      expect(kubernetes.pods.map(({ metadata }) => metadata.name)).toEqual(['other'])
    }, 20_000)
    // One request for all of them, and one for the step's own.
    const isDeletion = ({ host, method }: { host: string; method: string }) =>
      host.includes('azmk8s') && method === 'DELETE'
    expect(end.requests.filter(isDeletion).length).toBeLessThanOrEqual(2)
  })

  onceIt('that are running on the same cluster do not interfere', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 4000 } }))
    const ends = await Promise.all([scenario.pull({ 'probe-nodes': 'all' }), scenario.pull({ 'probe-nodes': 'all' })])
    for (const end of ends) expectProven(end, scenario)
  })
})

const webhook = (mutate: (metadata: Pod['metadata']) => void): Kubernetes['webhooks'][number] => ({
  name: 'pods.example.com',
  mutate: ({ metadata }) => {
    mutate(metadata)
  },
})

describe('a pod that no deletion by label takes away', () => {
  onceIt.for(ways)('because a webhook has replaced its labels is deleted by name (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { kubernetes } = scenario.cluster
    kubernetes.webhooks.push(webhook(metadata => (metadata.labels = { team: 'web' })))
    const end = await scenario.pull({ 'probe-with': way, timeout: '60s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(pulls(end)).toMatchObject([{ verdict: 'changed', attempts: 1 }])
    expect(kubernetes.podsCreated).toHaveLength(1)
    expect(kubernetes.pods).toEqual([])
  })

  onceIt('and by name neither is told with the command', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { kubernetes } = scenario.cluster
    kubernetes.webhooks.push(webhook(metadata => (metadata.labels = {})))
    const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'pods is forbidden', code: 403 }
    scenario.simulator.faults.add({
      host: /azmk8s/,
      method: 'DELETE',
      path: /probe/,
      status: 403,
      body,
      times: Infinity,
    })
    const end = await scenario.pull()
    const [name = ''] = kubernetes.pods.map(({ metadata }) => metadata.name)
    expect(warningsOf(end)).toContainEqual(
      expect.stringContaining(`\n  kubectl delete pods --namespace default ${name}`),
    )
  })

  onceIt('because a finalizer holds it is told, by both names', async ({ begin }) => {
    const scenario = letPull(await begin(never), oneNode)
    const { kubernetes } = scenario.cluster
    acceptSecondPod(scenario)
    kubernetes.webhooks.push(
      webhook(metadata => {
        metadata.finalizers = ['lab.example/hold', 'lab.example/keep']
        // Lists have the order of names: whatever is held stands behind the pod that comes after it.
        metadata.name = `${metadata.generateName ?? ''}${999 - kubernetes.podsCreated.length}`
      }),
    )
    const end = await scenario.pull({ timeout: '60s' })
    // What is held is not taken for the one that pulls.
    expect(end.outputs, end.log).toMatchObject({ verified: 'pull', 'error-code': '' })
    const left = kubernetes.pods.map(({ metadata }) => metadata.name)
    expect(left).toHaveLength(kubernetes.podsCreated.length)
    expect(left.length).toBeGreaterThan(1)
    const [warning = ''] = warningsOf(end)
    expect(warning).toContain(`${left[0] ?? ''} (lab.example/hold, lab.example/keep)`)
    expect(warning).toContain('kubectl get pods --namespace default --selector app.kubernetes.io/managed-by=attach-acr')
  })
})

describe('a deletion that was cut', () => {
  onceIt('is waited for before more pods are made', async ({ begin }) => {
    const scenario = letPull(await begin(never), oneNode)
    const { kubernetes } = scenario.cluster
    const most = { pods: 0 }
    kubernetes.store.onChange(() => {
      most.pods = Math.max(most.pods, kubernetes.pods.length)
    })
    acceptSecondPod(scenario)
    scenario.simulator.faults.add({ host: /azmk8s/, method: 'DELETE', ...apiFaults.timeout('canceled'), times: 2 })
    expectProven(await scenario.pull(), scenario)
    expect(kubernetes.podsCreated.length).toBeGreaterThan(1)
    expect(most.pods).toBe(1)
  })
})

describe('a command', () => {
  onceIt('leaves no pod that ends while the command ends', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 9500 } }), oneNode)
    const { programs } = createTimeLapse('run-command', onTestFinished)
    // The script sorts after its last look at the pods, and then lists them.
    const sort = '#!/bin/sh\nPATH=${PATH#*:}\nsleep 4.5\nexec sort "$@"\n'
    writeFileSync(join(programs, 'sort'), sort)
    chmodSync(join(programs, 'sort'), 0o755)
    scenario.cluster.kubernetes.runCommand.programs = programs
    // The shortest round lasts 8 s.
    expectProven(await scenario.pull({ 'probe-with': 'run-command', timeout: '1s' }), scenario)
    expect(scenario.cluster.kubernetes.podsCreated).toHaveLength(1)
  })
})
