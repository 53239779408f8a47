import { describe, expect, test } from 'vitest'
import { ActionError } from 'kernel'
import type { Prober } from 'kubernetes'
import type { Probe } from 'kubernetes/src/probe-pod.js'
import type { RoundLimits } from 'kubernetes/src/probe.js'
import type { NodePull } from 'run-model'
import type { PullOrder } from '../src/record.js'
import { runRounds } from '../src/rounds.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'
import type { ProbeImage } from '../src/probe-images.js'

const image = (name: string, more: Partial<ProbeImage> = {}): ProbeImage => ({
  reference: `x.io/${name}`,
  registryId: 'acr',
  from: 'images',
  isThere: false,
  ...more,
})

type Answer = NodePull['verdict'] | 'silent' | 'firewall'

const pullMs = 2000

/** A prober whose nodes answer by node, image and elapsed milliseconds. */
function createProber(answer: (node: string, image: string, ms: number) => Answer, name: Prober['name'] = 'kubectl') {
  const clock = createFakeClock()
  const startedAt = clock.now()
  const { signal } = new AbortController()
  const rounds: Probe[][] = []
  const limits: RoundLimits[] = []
  const failures: ActionError[] = []
  const cluster = { nodes: [sampleNode('a1'), sampleNode('b1')], looks: 0 }
  const alive = new Map<number, number>()
  const prober: Prober = {
    name,
    capacity: 100,
    review: () => Promise.resolve(''),
    look: () => {
      cluster.looks += 1
      return Promise.resolve(cluster.nodes)
    },
    removePods: () => Promise.resolve(),
    workloads: () => Promise.resolve({ pods: [], makers: [], absent: [], empty: [] }),
    mirror: () => undefined,
    close: () => Promise.resolve({ isClean: true }),
    async round(probes, limit) {
      rounds.push([...probes])
      limits.push(limit)
      const failure = failures.shift()
      if (failure) throw failure
      await clock.sleep(pullMs, signal)
      const results = probes.map(({ index, node: on, images }) => {
        const attempts = alive.has(index) ? 0 : 1
        alive.set(index, 0)
        const judged = images.map(({ container, reference }) => {
          const answered = answer(on.name, reference.replace('x.io/', ''), clock.now() - startedAt)
          if (answered === 'slow') return { container, verdict: undefined, doing: 'pulling' as const, message: '' }
          if (answered === 'silent')
            return { container, verdict: undefined, doing: 'silent' as const, message: 'no IP addresses' }
          if (answered === 'firewall')
            return { container, verdict: 'unreachable' as const, cause: 'firewall' as const, message: 'client with IP' }
          return { container, verdict: answered, message: answered === 'pulled' ? '' : `said ${answered}` }
        })
        if (judged.every(({ verdict }) => verdict !== undefined)) alive.delete(index)
        return { index, attempts, images: judged }
      })
      return { results }
    },
  }
  const nexts: (number | undefined)[] = []
  const run = async (more: Partial<PullOrder> = {}, until = signal) => {
    const order = samplePullOrder({
      nodes: cluster.nodes.map(each => ({ node: each, spares: [] })),
      images: [image('app')],
      isInside: name === 'run-command',
      capacity: prober.capacity,
      deadline: startedAt + 900_000,
      ...more,
    })
    const end = await runRounds(order, prober, { clock, signal: until }, (_, next) => nexts.push(next))
    return { ...end, pulls: end.seats.flatMap(({ pulls }) => pulls) }
  }
  const askedIn = () => rounds.map(probes => probes.map(probe => probe.node.name))
  return { prober, clock, startedAt, rounds, limits, failures, cluster, nexts, run, askedIn }
}

const hiccup = new ActionError('AZURE_UNAVAILABLE', 'etcdserver: leader changed', { recovers: true })

describe('the nodes', () => {
  test('pull only missing images again, in the same containers', async () => {
    const { run, rounds } = createProber((_, what, ms) => (what === 'one' || ms > pullMs ? 'pulled' : 'denied'))
    await run({ images: [image('one'), image('two')], nodes: [{ node: sampleNode('a1'), spares: [] }] })
    expect(rounds.map(([probe]) => probe?.images.map(({ container }) => container))).toEqual([
      ['image-0', 'image-1'],
      ['image-1'],
    ])
  })

  test.each([3000, 60_000, 200_000, 590_000, 5 * 3_600_000])(
    'let the gate open at most 3 s, or a twentieth of the wait, after they can pull, also right after a refusal: after %i ms',
    async recoversAfter => {
      for (const random of [0, 0.5, 1]) {
        let couldAt = Infinity
        const { run, startedAt, clock } = createProber((_, __, ms) => {
          if (ms > couldAt) return 'pulled'
          if (ms >= recoversAfter) couldAt = ms
          return 'denied'
        })
        clock.random = () => random
        const { pulls } = await run({ deadline: startedAt + 6 * 3_600_000 })
        for (const { verdict, finishedAt } of pulls) {
          expect(verdict).toBe('pulled')
          expect(finishedAt - startedAt - couldAt).toBeLessThanOrEqual(Math.max(3000, couldAt / 20))
        }
      }
    },
  )

  test('are probed in several rounds if they are too many for one', async () => {
    const { run, rounds, cluster } = createProber(() => 'pulled')
    cluster.nodes = Array.from({ length: 250 }, (_, index) => sampleNode(`n${index}`))
    const { pulls } = await run()
    expect(rounds.map(probes => probes.length)).toEqual([100, 100, 50])
    expect(pulls).toHaveLength(250)
  })
})

describe('a refusal', () => {
  test('of one registry, if final, does not end the wait for another', async () => {
    const { run } = createProber((_, what, ms) => (what === 'new' && ms > 100_000 ? 'pulled' : 'denied'))
    const images = [image('old'), image('new', { registryId: 'acr2' })]
    const { pulls } = await run({ settled: new Set(['acr']), images, nodes: [{ node: sampleNode('a1'), spares: [] }] })
    expect(pulls.map(({ verdict }) => verdict)).toEqual(['denied', 'pulled'])
  })

  test('by the last of many nodes is soon seen to pass', async () => {
    const passAt = (on: string): number => Number(on.slice(1)) * 60_000
    const { run, cluster, startedAt } = createProber((on, _, ms) => (ms > passAt(on) ? 'pulled' : 'denied'))
    cluster.nodes = Array.from({ length: 8 }, (_, index) => sampleNode(`a${index}`))
    const { pulls } = await run({ probeNodes: 'all' })
    const last = Math.max(...pulls.map(({ finishedAt }) => finishedAt)) - startedAt
    expect(last - passAt('a7')).toBeLessThan(passAt('a7') / 20)
  })
})

describe('an image', () => {
  test('that exists in the registry can be missing on a replica at first', async () => {
    const { run } = createProber((_, __, ms) => (ms > 120_000 ? 'pulled' : 'not-found'))
    const { pulls } = await run({ images: [image('app', { isThere: true })] })
    expect(pulls.map(({ verdict }) => verdict)).toEqual(['pulled', 'pulled'])
  })
})

describe('a cluster', () => {
  test('that fails until the deadline ends the wait with its error', async () => {
    const { run, failures, startedAt } = createProber(() => 'pulled')
    failures.push(...Array.from({ length: 100 }, () => hiccup))
    const { error, pulls } = await run({ deadline: startedAt + 60_000 })
    expect(error).toBe(hiccup)
    expect(pulls.map(({ verdict }) => verdict)).toEqual(['refused', 'refused'])
  })
})

test('a cancelled job ends the wait', async () => {
  const cancellation = new AbortController()
  const { run, rounds } = createProber(() => {
    cancellation.abort()
    return 'denied'
  })
  await expect(run({}, cancellation.signal)).rejects.toMatchObject({ name: 'AbortError' })
  expect(rounds).toHaveLength(1)
})
