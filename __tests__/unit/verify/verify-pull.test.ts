import { describe, expect, test } from 'vitest'
import { ActionError } from '../../../src/model/error.js'
import type { ClusterNode } from '../../../src/model/node.js'
import type { PodStatus } from '../../../src/services/kubernetes/cluster-text.js'
import type { ProbeWay } from '../../../src/services/kubernetes/probe.js'
import type { Probe } from '../../../src/services/kubernetes/probe-pod.js'
import type { NodePull, ProbeImage } from '../../../src/model/outcome.js'
import { verifyPull, type PullWish } from '../../../src/verify/rounds.js'
import { createFakeClock } from '../../support/fake-clock.js'

const node = (name: string): ClusterNode => ({
  name,
  pool: 'system',
  os: 'linux',
  arch: 'amd64',
  isReady: true,
  isCordoned: false,
  isVirtual: false,
})

const image = (name: string, registryId = 'acr'): ProbeImage => ({
  reference: `x.io/${name}`,
  registryId,
  isThere: false,
  from: 'images',
})

const told = {
  pulled: { terminated: { reason: 'StartError' } },
  denied: { waiting: { reason: 'ErrImagePull', message: '401 Unauthorized' } },
  missing: { waiting: { reason: 'ErrImagePull', message: 'app:v1: not found' } },
  pulling: { waiting: { reason: 'ContainerCreating' } },
}

type Answer = keyof typeof told | 'no room'

/** A way whose nodes answer as told: by node, image, and how many ms have gone by. */
function createWay(answer: (node: string, image: string, ms: number) => Answer, name: ProbeWay['name'] = 'kubectl') {
  const clock = createFakeClock()
  const startedAt = clock.now()
  const rounds: Probe[][] = []
  const failures: ActionError[] = []
  const way: ProbeWay = {
    name,
    look: () => Promise.resolve([]),
    close: () => Promise.resolve(),
    round(probes) {
      rounds.push(probes)
      const failure = failures.shift()
      if (failure) return Promise.reject(failure)
      return Promise.resolve(
        probes.map(({ index, node: on, images }) => {
          const answers = images.map(({ reference }) =>
            answer(on, reference.replace('x.io/', ''), clock.now() - startedAt),
          )
          const pod: PodStatus = answers.includes('no room')
            ? { phase: 'Failed', reason: 'OutOfpods' }
            : {
                containerStatuses: answers.map((each, position) => ({
                  name: images[position]?.container ?? '',
                  state: told[each as keyof typeof told],
                })),
              }
          return { index, attempts: 1, pod, events: [] }
        }),
      )
    },
  }
  const nexts: (number | undefined)[] = []
  const run = (more: Partial<PullWish> = {}) =>
    verifyPull(
      way,
      {
        nodes: ['a', 'b'].map(each => ({ node: node(each), spares: [] })),
        images: [image('app')],
        throughGroup: false,
        clock,
        deadline: startedAt + 900_000,
        signal: new AbortController().signal,
        ...more,
      },
      { onRound: (_, next) => nexts.push(next) },
    )
  return { way, clock, rounds, failures, nexts, run }
}

const verdicts = (pulls: NodePull[]): string[] =>
  pulls.map(pull => `${pull.node} ${pull.image.reference} ${pull.verdict}`)

describe('the nodes', () => {
  test('are asked again until they have pulled, those that have not', async () => {
    const { run, rounds } = createWay((on, _, ms) => (on === 'a' || ms > 6000 ? 'pulled' : 'denied'))
    const { pulls, error } = await run()
    expect(error).toBeUndefined()
    expect(verdicts(pulls)).toEqual(['a x.io/app pulled', 'b x.io/app pulled'])
    const [first, ...later] = rounds.map(probes => probes.map(probe => probe.node))
    expect(first).toEqual(['a', 'b'])
    expect(later).toEqual([['b'], ['b'], ['b'], ['b'], ['b']])
    expect(pulls.map(({ attempts }) => attempts)).toEqual([1, 6])
  })

  test('are asked for what they have not pulled yet', async () => {
    const { run, rounds } = createWay((_, what, ms) => (what === 'one' || ms > 0 ? 'pulled' : 'denied'))
    await run({ images: [image('one'), image('two')], nodes: [{ node: node('a'), spares: [] }] })
    expect(rounds.map(probes => probes.flatMap(({ images }) => images.map(({ reference }) => reference)))).toEqual([
      ['x.io/one', 'x.io/two'],
      ['x.io/two'],
    ])
  })

  test('are asked at most seconds after they could, for as long as a direct role may take', async () => {
    for (const healsAfter of [3000, 60_000, 590_000]) {
      const { run, clock } = createWay((_, __, ms) => (ms >= healsAfter ? 'pulled' : 'denied'))
      const startedAt = clock.now()
      const { pulls } = await run()
      expect(pulls[0]?.verdict).toBe('pulled')
      expect((pulls[0]?.finishedAt ?? 0) - startedAt - healsAfter).toBeLessThan(4000)
    }
  })

  test('are asked less and less often where a group takes hours, and a tenth of the time is lost at most', async () => {
    const { run, clock, rounds } = createWay((_, __, ms) => (ms >= 5 * 3_600_000 ? 'pulled' : 'denied'))
    const startedAt = clock.now()
    const { pulls } = await run({ throughGroup: true, deadline: startedAt + 6 * 3_600_000 })
    expect(pulls[0]?.verdict).toBe('pulled')
    expect(rounds.length).toBeLessThan(450)
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(66_000)
  })

  test('are given up when the time is over, after one last look', async () => {
    const { run, clock, nexts } = createWay(() => 'denied')
    const startedAt = clock.now()
    const { pulls } = await run({ deadline: startedAt + 10_000 })
    expect(clock.now()).toBe(startedAt + 10_000)
    expect(verdicts(pulls)).toEqual(['a x.io/app denied', 'b x.io/app denied'])
    expect(nexts.at(-1)).toBeUndefined()
  })

  test('are not asked again for what is refused for good, nor for anything else of that registry', async () => {
    const { run, rounds } = createWay((on, what) => (what === 'other' ? 'pulled' : on === 'a' ? 'missing' : 'denied'))
    const { pulls } = await run({ images: [image('app'), image('other', 'acr2')] })
    expect(rounds).toHaveLength(1)
    expect(verdicts(pulls)).toEqual([
      'a x.io/app not-found',
      'a x.io/other pulled',
      'b x.io/app denied',
      'b x.io/other pulled',
    ])
  })

  test('of a pool stand in for one that takes no pods', async () => {
    const { run, rounds } = createWay(on => (on === 'a' ? 'no room' : 'pulled'))
    const { pulls } = await run({ nodes: [{ node: node('a'), spares: [node('c')] }] })
    expect(rounds.map(probes => probes[0]?.node)).toEqual(['a', 'c'])
    expect(verdicts(pulls)).toEqual(['c x.io/app pulled'])
  })

  test('that take no pods are told when there is no other', async () => {
    const { run } = createWay(() => 'no room')
    const { pulls } = await run()
    expect(pulls.map(({ verdict }) => verdict)).toEqual(['unschedulable', 'unschedulable'])
  })

  test('go in waves', async () => {
    const { run, rounds, clock } = createWay(() => 'pulled')
    const nodes = Array.from({ length: 250 }, (_, index) => ({ node: node(`n${index}`), spares: [] }))
    const { pulls } = await run({ nodes })
    expect(rounds.map(probes => probes.length)).toEqual([100, 100, 50])
    expect(pulls).toHaveLength(250)
    expect(clock.slept).toEqual([])
  })
})

test('a pod that still pulls keeps its containers from round to round', async () => {
  const { run, rounds } = createWay((_, what, ms) => (what === 'one' || ms > 0 ? 'pulled' : 'pulling'))
  const { pulls } = await run({ images: [image('one'), image('two')], nodes: [{ node: node('a'), spares: [] }] })
  expect(rounds.map(probes => probes[0]?.images.map(({ container }) => container))).toEqual([
    ['image-0', 'image-1'],
    ['image-1'],
  ])
  expect(pulls.map(({ verdict }) => verdict)).toEqual(['pulled', 'pulled'])
})

describe('a cluster', () => {
  const unreachable = new ActionError('CLUSTER_UNREACHABLE', 'no way')

  test('may be out of reach for a moment', async () => {
    const { run, failures } = createWay(() => 'pulled')
    failures.push(unreachable, unreachable)
    const { pulls, error } = await run()
    expect(error).toBeUndefined()
    expect(pulls.every(({ verdict }) => verdict === 'pulled')).toBe(true)
  })

  test('that stays out of reach ends it', async () => {
    const { run, failures, rounds } = createWay(() => 'pulled')
    failures.push(unreachable, unreachable, unreachable)
    expect((await run()).error).toBe(unreachable)
    expect(rounds).toHaveLength(3)
  })

  test('that refuses the pods ends it at once', async () => {
    const { run, failures, rounds } = createWay(() => 'pulled')
    const refusal = new ActionError('PROBE_FAILED', 'policy')
    failures.push(refusal)
    const { pulls, error } = await run()
    expect(error).toBe(refusal)
    expect(pulls.map(({ verdict }) => verdict)).toEqual(['refused', 'refused'])
    expect(rounds).toHaveLength(1)
  })
})

test('a cancelled job ends the wait', async () => {
  const cancellation = new AbortController()
  const { run, rounds } = createWay(() => {
    cancellation.abort()
    return 'denied'
  })
  await expect(run({ signal: cancellation.signal })).rejects.toMatchObject({ name: 'AbortError' })
  expect(rounds).toHaveLength(1)
})

test('Run Command, which tries again inside the cluster, is given little pause', async () => {
  const { run, clock } = createWay((_, __, ms) => (ms > 2000 ? 'pulled' : 'denied'), 'run-command')
  await run()
  expect(clock.slept.length).toBeGreaterThan(0)
  expect(Math.max(...clock.slept)).toBeLessThan(600)
})
