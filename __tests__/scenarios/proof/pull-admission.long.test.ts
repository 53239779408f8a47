// What a Kubernetes of 1.36 does with new pods, seen through kubectl; its words are in kubectl-errors.test.ts of the package kubernetes.
import { expect } from 'vitest'
import { apiFaults, type Kubernetes } from 'azure-simulator'
import { expectFailure, onceIt } from '../../support/scenario.js'
import { expectProven, grantPull, letPull, oneNode, pulls } from '../../support/pull-scenario.js'

const creation = { host: /azmk8s/, method: 'POST', path: '/pods' }

/** The script that a command runs reads the words of kubectl, too. */
const inside = { 'probe-with': 'run-command', timeout: '60s' }

onceIt.for(['PodTolerationRestriction', 'RuntimeClass'] as const)(
  'what %s refuses is no missing right, and not tried again',
  async (plugin, { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    grantPull(scenario)
    scenario.simulator.faults.add({ ...creation, ...apiFaults.notAdmitted(plugin), times: Infinity })
    const end = await scenario.pull(inside)
    expectFailure(end, 'PROBE_FAILED')
    expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false' })
    expect(end.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/pods')).length).toBeLessThan(
      3,
    )
  },
)

/** A policy that changes new pods. */
const mutating = (mutate: NonNullable<Kubernetes['webhooks'][number]['mutate']>): Kubernetes['webhooks'][number] => ({
  ...{ name: 'lab.example', mutate },
})

onceIt('a pod with a node selector of its namespace was changed, and no node is full', async ({ begin }) => {
  const scenario = letPull(await begin(), oneNode)
  grantPull(scenario)
  scenario.cluster.kubernetes.webhooks.push(mutating(({ spec }) => (spec.nodeSelector = { pool: 'none' })))
  const end = await scenario.pull(inside)
  expectFailure(end, 'PROBE_FAILED')
  expect(pulls(end)).toMatchObject([{ verdict: 'changed', attempts: 1 }])
  expect(end.report.findings.map(({ code }) => code)).not.toContain('POOL_SKIPPED')
})

onceIt('a node of 1.36 shows the sandbox before the pull, and proves the role within seconds', async ({ begin }) => {
  const scenario = letPull(await begin({ timing: { propagationMs: 3000, pullMs: 1500 } }), oneNode)
  const { kubernetes } = scenario.cluster
  for (const { metadata } of kubernetes.nodes)
    kubernetes.updateNode(metadata.name, ({ status }) => (status.nodeInfo.kubeletVersion = 'v1.36.2'))
  const seen: string[] = []
  kubernetes.store.onChange(({ object: { status } }) => {
    const { conditions = [], podIP } = (status ?? {}) as {
      conditions?: { type: string; status: string }[]
      podIP?: string
    }
    if (conditions.some(({ type, status: is }) => type === 'PodReadyToStartContainers' && is === 'True'))
      seen.push(podIP === undefined ? 'sandbox' : 'address')
  })
  expectProven(await scenario.pull({ timeout: '60s' }), scenario)
  expect(seen[0]).toBe('sandbox')
  expect(seen).toContain('address')
})
