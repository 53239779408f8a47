import { expect, test } from 'vitest'
import type { ProbePod } from '../src/cluster-text.js'
import { createAll } from '../src/kubectl-pods.js'
import type { ProbeDeps, Transport } from '../src/probe.js'
import { createProber } from '../src/prober.js'

const { signal } = new AbortController()
const minute = 60_000
const deps = {
  attempt: { cluster: { id: 'c', name: 'aks-1' }, namespace: 'default' },
  run: 'aa',
  log: { debug: () => undefined },
  signal,
} as unknown as ProbeDeps
const podOf = (run: string, createdAt: number) =>
  ({ name: run, run, createdAt, phase: 'Running', lifeSeconds: 300 }) as ProbePod

test.each([
  ['a killed run are deleted', 6, 0, ['bb']],
  ['a run at work stay', 4, 0, []],
  ['a run at work stay, however fast the clock of this machine is', 4, 60, []],
  ['a killed run are deleted, however slow the clock of this machine is', 6, -60, ['bb']],
])('the pods of %s', async (_, age, aheadMinutes, deleted) => {
  const clusterTime = 1_000_000_000
  const removed: string[] = []
  const printed = 'nodes\t0\t.\nothers\t1\t.\nother\tbb\t0\tbb\t2026-01-01T00:00:00Z\t300\tRunning\t\t\t\t\t.'
  const transport = {
    read: () => Promise.resolve(printed),
    remove: (selector: string) => {
      removed.push(...[...selector.matchAll(/\((\w+)\)/g)].map(([, run = '']) => run))
      return Promise.resolve()
    },
    round: () =>
      Promise.resolve({ results: [], firstMadeAt: clusterTime, others: [podOf('bb', clusterTime - age * minute)] }),
  } as unknown as Transport
  const clock = { now: () => clusterTime + aheadMinutes * minute }
  const prober = createProber(transport, { ...deps, clock: clock as ProbeDeps['clock'] })
  await prober.look([])
  await prober.round([], {} as Parameters<typeof prober.round>[1])
  expect(removed).toEqual(deleted)
})

test('a creation has more time than the API server takes for an answer with its webhooks', async () => {
  const asked: (number | undefined)[] = []
  const kubectl = (_: string[], call: { requestMs?: number } = {}) =>
    Promise.resolve(String(asked.push(call.requestMs)))
  const probe = { index: 0, node: { name: 'n1', taints: [] }, images: [] }
  const creation = { probes: [probe], options: { lifeSeconds: 300, requestsAll: false }, killing: signal }
  await createAll(
    creation as never,
    { removeProbes: () => Promise.resolve(), noteMade: () => undefined, remains: { strays: new Set() } } as never,
    kubectl,
    () => Promise.resolve(''),
    deps as never,
  )
  expect(asked).toEqual([expect.toSatisfy((ms: number) => ms > 34_000)])
})
