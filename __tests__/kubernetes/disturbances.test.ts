import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect } from 'vitest'
import { retrying } from '../../scripts/kubernetes/real-cluster.js'
import { pulls } from '../support/pull-scenario.js'
import { expectNoPods, expectProvenOn, it, whenProbed } from '../support/real-cluster.js'
import { expectFailure } from '../support/scenario.js'

/** Runs a command of the user of these tests. */
async function shell(command: string, variables: Record<string, string> = {}): Promise<void> {
  await promisify(execFile)('sh', ['-c', command], { env: { ...process.env, ...variables }, timeout: 120_000 })
}

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

  it('a cordoned node is asked only if no other is left', async ({ begin }) => {
    const scenario = await begin()
    const { cluster } = scenario
    const nodes = await cluster.readyNodes()
    const free = nodes.filter(({ spec }) => spec.unschedulable !== true).map(({ metadata }) => metadata.name)
    const [last, ...others] = free
    try {
      for (const name of others) await cluster.kubectl(['cordon', name])
      const preferred = await scenario.pull()
      await expectProvenOn(preferred, scenario)
      expect(pulls(preferred)).toMatchObject([{ node: last }])
      await cluster.kubectl(['cordon', last ?? ''])
      const end = await scenario.pull()
      await expectProvenOn(end, scenario)
      expect(pulls(end)).toHaveLength(1)
    } finally {
      for (const name of free) await cluster.kubectl(['uncordon', name])
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
