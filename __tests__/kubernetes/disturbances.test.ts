import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import { retrying, type RealCluster, type RealNode } from '../../scripts/kubernetes/real-cluster.js'
import { pulls } from '../support/pull-scenario.js'
import { expectNoPods, expectProvenOn, expectPulls, it, whenProbed } from '../support/real-cluster.js'
import { expectFailure, type StepEnd } from '../support/scenario.js'

/** Runs a command of the user of these tests. */
async function shell(command: string, variables: Record<string, string> = {}): Promise<void> {
  await promisify(execFile)('sh', ['-c', command], { env: { ...process.env, ...variables }, timeout: 120_000 })
}

const nameOf = ({ metadata }: RealNode): string => metadata.name

/** Takes all processors that nodes have left, with pods whose image no node looks for. */
async function fill(cluster: RealCluster, namespace: string, nodes: readonly RealNode[]): Promise<void> {
  const { items } = await cluster.read<{ items: RunningPod[] }>('get', 'pods', '--all-namespaces')
  const taken = (node: string): number =>
    items
      .filter(({ spec, status }) => spec.nodeName === node && !['Failed', 'Succeeded'].includes(status.phase))
      .flatMap(({ spec }) => spec.containers)
      .reduce((sum, { resources }) => sum + millisOf(resources.requests?.cpu ?? '0'), 0)
  const pods = nodes.map((node, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `fills-${index}`, namespace },
    spec: {
      nodeName: nameOf(node),
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'fills',
          image: 'fills.invalid/all',
          imagePullPolicy: 'Never',
          resources: { requests: { cpu: `${millisOf(node.status.allocatable.cpu) - taken(nameOf(node))}m` } },
        },
      ],
    },
  }))
  await cluster.apply(...pods)
  await retrying(async () => {
    const { items: own } = await cluster.read<{ items: RunningPod[] }>('get', 'pods', '--namespace', namespace)
    expect(own.map(({ status }) => status.containerStatuses?.length)).toEqual(nodes.map(() => 1))
  })
}

interface RunningPod {
  spec: { nodeName?: string; containers: { resources: { requests?: { cpu?: string } } }[] }
  status: { phase: string; containerStatuses?: unknown[] }
}

const millisOf = (cpu: string): number => (cpu.endsWith('m') ? parseInt(cpu, 10) : Number(cpu) * 1000)

/** The agent pool of a node, by Azure's label; the nodes of other clusters have none. */
const poolOf = ({ metadata: { labels } }: RealNode): string =>
  labels['kubernetes.azure.com/agentpool'] ?? labels.agentpool ?? ''

describe('full nodes', () => {
  it.for(['kubectl', 'run-command'])('have no room for the pull (%s)', async (way, { begin }) => {
    const scenario = await begin()
    const { cluster, namespace } = scenario
    const nodes = await cluster.readyNodes()
    await fill(cluster, namespace, nodes)
    const end = await scenario.pull({ 'probe-with': way, timeout: '35s' })
    // Another test needs the room.
    await cluster.kubectl(['delete', 'pods', '--all', '--namespace', namespace])
    expectFailure(end, 'PROBE_FAILED')
    expectPulls(end, { verdict: 'unschedulable', message: expect.stringContaining('OutOfcpu') as unknown })
  })
})

describe('while the nodes are refused', () => {
  it.for(['kubectl', 'run-command'])('the API server restarts (%s)', async (way, { begin, commandFor }) => {
    const restart = commandFor('restartApiServer')
    const scenario = await begin({ timing: { propagationMs: 25_000 } })
    const [end] = await Promise.all([
      scenario.pull({ 'probe-with': way, timeout: '4m' }),
      whenProbed(scenario).then(() => shell(restart)),
    ])
    await retrying(() => scenario.cluster.kubectl(['get', '--raw', '/readyz']), 120_000)
    await expectProvenOn(end, scenario)
  })

  it('a cordoned node is asked only if no other of its pool is left', async ({ begin }) => {
    const scenario = await begin()
    const { cluster } = scenario
    const free = (await cluster.readyNodes()).filter(({ spec }) => spec.unschedulable !== true)
    const last = [...new Map(free.map(node => [poolOf(node), node])).values()]
    const asked = (end: StepEnd): string[] => pulls(end).map(({ node }) => node)
    try {
      for (const node of free) if (!last.includes(node)) await cluster.kubectl(['cordon', nameOf(node)])
      const preferred = await scenario.pull()
      await expectProvenOn(preferred, scenario)
      expect(asked(preferred).sort()).toEqual(last.map(nameOf).sort())
      for (const node of last) await cluster.kubectl(['cordon', nameOf(node)])
      const end = await scenario.pull()
      await expectProvenOn(end, scenario)
      expect(asked(end)).toHaveLength(last.length)
    } finally {
      for (const node of free) await cluster.kubectl(['uncordon', nameOf(node)])
    }
  })

  it('their node goes', async ({ begin, commandFor }) => {
    const [stop, start] = [commandFor('stopNode'), commandFor('startNode')]
    const scenario = await begin({ timing: { propagationMs: 15_000 } })
    const { cluster } = scenario
    const nodes = await cluster.readyNodes()
    // A control plane that is deleted comes back without the labels that make it one.
    const isControlPlane = ({ metadata }: (typeof nodes)[number]): boolean =>
      'node-role.kubernetes.io/control-plane' in metadata.labels
    const spared = nodes.length > 1 ? nodes.filter(isControlPlane).map(({ metadata }) => metadata.name) : []
    let gone = ''
    try {
      for (const name of spared) await cluster.kubectl(['cordon', name])
      const [end] = await Promise.all([
        scenario.pull({ timeout: '2m' }),
        whenProbed(scenario).then(async name => {
          gone = name
          // A kubelet pulls without its Node object, too.
          await shell(stop, { NODE: name })
          await cluster.kubectl(['delete', 'node', name, '--wait=false'])
        }),
      ])
      if (nodes.length > 1) {
        await expectProvenOn(end, scenario)
        expect(pulls(end).map(({ node }) => node)).not.toContain(gone)
      } else {
        expectFailure(end, 'PROBE_FAILED')
        expect(end.outputs.verified).not.toBe('pull')
        await expectNoPods(scenario.pods)
      }
    } finally {
      if (gone !== '') await shell(start, { NODE: gone })
      for (const name of spared) await cluster.kubectl(['uncordon', name])
      await retrying(async () => {
        expect((await cluster.readyNodes()).map(({ metadata }) => metadata.name)).toContain(gone)
      }, 120_000)
    }
  })

  it('their kubelet is killed', async ({ begin, commandFor }) => {
    const [stop, start] = [commandFor('stopNode'), commandFor('startNode')]
    const scenario = await begin({ timing: { propagationMs: 15_000 } })
    const { cluster } = scenario
    const nodes = await cluster.readyNodes()
    let silent = ''
    try {
      const [end] = await Promise.all([
        // A node is not ready after 40 s, and abandoned 30 s later.
        scenario.pull({ timeout: '3m' }),
        whenProbed(scenario).then(async name => {
          silent = name
          await shell(stop, { NODE: name })
        }),
      ])
      if (nodes.length > 1) {
        await expectProvenOn(end, scenario)
        expect(pulls(end).map(({ node }) => node)).not.toContain(silent)
      } else {
        expectFailure(end, 'PROBE_FAILED')
        expect(end.outputs.verified).not.toBe('pull')
      }
    } finally {
      if (silent !== '') await shell(start, { NODE: silent })
      await retrying(async () => {
        expect((await cluster.readyNodes()).map(nameOf)).toContain(silent)
      }, 120_000)
    }
  })

  it('a node that joins is asked, too', async ({ begin, commandFor, skip }) => {
    const [stop, start] = [commandFor('stopNode'), commandFor('startNode')]
    const scenario = await begin({ timing: { propagationMs: 40_000 } })
    const { cluster } = scenario
    const nodes = await cluster.readyNodes()
    const joining = nodes.at(-1)?.metadata.name ?? ''
    if (nodes.length < 2) skip('the cluster has only one node')
    const startNode = () => shell(start, { NODE: joining })
    try {
      await shell(stop, { NODE: joining })
      await cluster.kubectl(['delete', 'node', joining, '--wait=false'])
      const [end] = await Promise.all([
        scenario.pull({ 'probe-nodes': 'all', timeout: '4m' }),
        whenProbed(scenario).then(startNode),
      ])
      await expectProvenOn(end, scenario)
      expect(pulls(end).map(({ node }) => node)).toContain(joining)
    } finally {
      if (!(await cluster.readyNodes()).some(({ metadata }) => metadata.name === joining)) await startNode()
    }
  })
})
