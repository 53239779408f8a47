import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { changePods, endPod } from '../../support/interference.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const

describe("only a pull by the node's identity counts", () => {
  onceIt.for(
    ways.flatMap(way =>
      (
        [
          ['Evicted', 'The node was low on resource: ephemeral-storage.'],
          ['Terminated', 'Pod was terminated in response to imminent node shutdown.'],
          ['DeadlineExceeded', 'Pod was active on the node longer than the specified deadline'],
        ] as const
      ).map(([reason, message]) => [reason, way, message] as const),
    ),
  )('but not a pod that was %s (%s)', async ([reason, way, message], { begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
    changePods(scenario.cluster, pod => {
      endPod(pod, reason, message)
    })
    const end = await scenario.pull({ 'probe-with': way, timeout: '3s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.outputs.verified).toBe('none')
    expect(pulls(end).map(({ verdict }) => verdict)).not.toContain('pulled')
  })

  onceIt.for(ways)('and an evicted pod is recreated, and then counts (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
    changePods(scenario.cluster, (pod, count) => {
      if (count === 1) endPod(pod, 'Evicted', 'The node was low on resource: memory.')
    })
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
  })

  onceIt.for(
    ways.flatMap(way =>
      (
        [
          ['pull secrets', 'registry-credentials'],
          ['another image', 'mirror.example/team/app:v1'],
          ['a kept image', 'IfNotPresent'],
        ] as const
      ).map(([what, value]) => [what, way, value] as const),
    ),
  )('but not a pod that the cluster gave %s (%s)', async ([what, way, value], { begin }) => {
    const scenario = letPull(await begin())
    changePods(scenario.cluster, pod => {
      const [container] = pod.spec.containers
      if (what === 'pull secrets') Object.assign(pod.spec, { imagePullSecrets: [{ name: value }] })
      if (what === 'another image' && container) container.image = value
      if (what === 'a kept image' && container) container.imagePullPolicy = 'IfNotPresent'
    })
    const end = await scenario.pull({ 'probe-with': way, timeout: '20s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.outputs.verified).toBe('none')
    expect(end.log).toContain(value)
    expect(pulls(end)).toMatchObject([{ verdict: 'changed' }])
  })

  onceIt.for(ways)('but not a pod that pulled on another node (%s)', async (way, { begin }) => {
    const agentPools = [
      { name: 'one', count: 1 },
      { name: 'two', count: 1, taints: ['team=two:NoSchedule'] },
    ]
    const scenario = letPull(await begin(), { agentPools })
    const { kubernetes } = scenario.cluster
    kubernetes.webhooks.push({
      name: 'unbind.example',
      mutate: ({ spec }) => {
        delete spec.nodeName
      },
    })
    const end = await scenario.pull({ 'probe-with': way })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.outputs.verified).toBe('none')
    const message = 'its node was set to aks-one-12345678-vmss000000'
    expect(pulls(end).filter(({ pool }) => pool === 'two')).toMatchObject([
      { verdict: 'changed', attempts: 1, message },
    ])
    expect(kubernetes.podsCreated).toHaveLength(2)

    const [one] = kubernetes.nodes
    if (one) one.spec.taints = [{ key: 'team', value: 'one', effect: 'NoSchedule' }]
    const nowhere = await scenario.pull({ 'probe-with': way })
    expectFailure(nowhere, 'PROBE_FAILED')
    for (const { verdict, message: said } of pulls(nowhere))
      expect([verdict, said]).toEqual(['changed', 'its node was removed'])
  })

  onceIt('and a tag that a policy pinned to its digest is the same image', async ({ begin }) => {
    const scenario = letPull(await begin())
    changePods(scenario.cluster, pod => {
      for (const container of pod.spec.containers) container.image += `@${scenario.digest}`
    })
    expectProven(await scenario.pull(), scenario)
  })

  onceIt('and pods name a missing pull secret, so that service accounts add none', async ({ begin }) => {
    const scenario = letPull(await begin())
    expectProven(await scenario.pull(), scenario)
    for (const { spec } of scenario.cluster.kubernetes.podsCreated) {
      const { imagePullSecrets } = spec as { imagePullSecrets?: { name: string }[] }
      expect(imagePullSecrets).toEqual([{ name: expect.stringMatching(/^attach-acr-no-secret-/) as string }])
    }
  })
})

describe('the message of a node', () => {
  onceIt.for(ways)('is shown without the signatures of its URLs (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    const url =
      'https://weusmanaged1.blob.core.windows.net/0a-b/docker/registry/v2/blobs/sha256/0a/0a1b/data?se=2026-11-24T10%3A00%3A00Z&sig=TOPSECRET%2Fx%3D&sp=r&sr=b&sv=2018-03-28&regid=1'
    const cause = `failed to copy: httpReadSeeker: failed open: failed to do request: Get "${url}": dial tcp: lookup weusmanaged1.blob.core.windows.net on 168.63.129.16:53: no such host`
    const image = 'contosoacr.azurecr.io/team/app:v1'
    scenario.cluster.kubernetes.pullFaults.push({ message: `failed to pull and unpack image "${image}": ${cause}` })
    const end = await scenario.pull({ 'probe-with': way, timeout: '4s' }, { environment: { RUNNER_DEBUG: '1' } })
    expect(end.exitCode).toBe(1)
    const everything = end.stdout + end.stderr + end.summary + JSON.stringify(end.outputs)
    expect(everything).not.toContain('TOPSECRET')
    expect(everything).not.toContain('2026-11-24T10')
    expect(end.log).toContain('weusmanaged1.blob.core.windows.net')
  })

  onceIt.for(ways)("that could not be requested isn't a failure (%s)", async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 1500 } }))
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ message, times: 1 })
    const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'events is forbidden', code: 403 }
    scenario.simulator.faults.add({ host: /azmk8s/, path: '/events', status: 403, body, times: Infinity })
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
  })
})
