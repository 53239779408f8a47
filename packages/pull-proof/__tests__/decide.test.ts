import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ClusterNode } from 'azure'
import { ActionError } from 'kernel'
import type { ProbeResult } from 'kubernetes'
import type { Probe } from 'kubernetes/src/probe-pod.js'
import { readRound } from 'kubernetes/src/round-rows.js'
import { beginRound, decide, endRound, limitsOf, noteFailure, noteNodes, type Step } from '../src/rounds.js'
import { chooseProbes, fold, startRecord, type PullOrder, type PullRecord } from '../src/record.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'

const file = new URL('../../kubernetes/__tests__/recorded/kubelet-pulls.json', import.meta.url)
const recorded = JSON.parse(readFileSync(file, 'utf8')) as { cases: string[]; message: string }[]

/** What a kubelet 1.34.2 said in a recorded case. */
function said(name: string): string {
  const found = recorded.find(({ cases }) => cases.includes(name))
  if (!found) throw new Error(`nothing is recorded of ${name}`)
  return found.message
}

const [a1, a2, b1] = [sampleNode('a1'), sampleNode('a2'), sampleNode('b1')]
const each = (...nodes: ClusterNode[]) => nodes.map(node => ({ node, spares: [] }))
const reference = 'contosoacr.azurecr.io/team/app:1.0'
const image = { reference, registryId: 'acr', from: 'images', isThere: true }
const encode = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')

/** The row of a pod, as kubectl prints it by the templates of both ways into a cluster. */
function row(
  probe: number,
  node: string,
  status: string,
  { phase = 'Pending', reason = '', sandbox = 'True' } = {},
): string {
  const life = [`pod-${probe}`, probe, 'r', '2026-11-25T10:00:00Z', '900', phase, reason, '', sandbox]
  const spec = [node, 'attach-acr-no-secret-r ', '', `image-0|${encode(reference)}|Always|%2Fattach-acr-only-pulls-r, `]
  return `pod\t${[...life, ...spec, status].join('\t')}\t.`
}

const refused = (probe: number, node: string, name = 'grant20'): string =>
  row(probe, node, `image-0||waiting|ErrImagePull|${encode(said(name))} `)
const pulled = (probe: number, node: string): string =>
  row(probe, node, `image-0|${encode(`contosoacr.azurecr.io/team/app@sha256:0a`)}|terminated|StartError| `, {
    phase: 'Failed',
  })
const creating = (probe: number, node: string): string => row(probe, node, 'image-0||waiting|ContainerCreating| ')
const silent = (probe: number, node: string): string => row(probe, node, '', { sandbox: '' })
const full = (probe: number, node: string): string => row(probe, node, '', { phase: 'Failed', reason: 'OutOfcpu' })
const pulling = (probe: number): string => `event\tpod-${probe}\tPulling\t${encode(`Pulling image "${reference}"`)}\t.`

const pulledBefore = (probe: number): string =>
  `event\tpod-${probe}\tPulled\t${encode(`Successfully pulled image "${reference}" in 1s`)}\t.`

const hiccup = new ActionError('AZURE_UNAVAILABLE', 'etcdserver: leader changed', { recovers: true })
const fullQuota = new ActionError('PROBE_FAILED', 'exceeded quota: q', { detail: 'quota' })
const noAccount = new ActionError('PROBE_FAILED', 'serviceaccount "shop" not found', { detail: 'account' })

/** What a round or a list of nodes ended with: rows, nodes, or a failure. */
type End = string[] | ClusterNode[] | ActionError

const isRows = (end: string[] | ClusterNode[]): end is string[] => end.every(each => typeof each === 'string')

/**
 * Folds what the cluster said, each with its second, into the record.
 * @returns what was decided before each of these and after the last one, and the nodes that each round asked
 */
function play(ends: [number, End][], more: Partial<PullOrder> = {}) {
  let record: PullRecord = startRecord(samplePullOrder({ nodes: each(a1), images: [image], ...more }), 0)
  let now = 0
  const steps: string[] = []
  const asked: string[][] = []
  const alive = new Set<number>()
  const next = (): Step => {
    const step = decide(record, now, 0.5)
    steps.push(step.do === 'round' ? `round after ${step.pauseMs} ms` : step.do)
    return step
  }
  for (const [second, end] of ends) {
    const step = next()
    const began = now + (step.do === 'round' ? step.pauseMs : 0)
    const everyone = step.do === 'round' && step.everyone
    const { probes } = chooseProbes(record, began, everyone)
    now = second * 1000
    if (step.do === 'round') {
      asked.push(probes.map(({ node }) => node.name))
      record = beginRound(record, probes, everyone, began)
    }
    if (end instanceof ActionError) record = noteFailure(record, end, now)
    else if (isRows(end))
      record = endRound(fold(record, judge(end, probes, alive, now), { began, ended: now }), undefined, now)
    else record = noteNodes(record, end, { began, ended: now })
  }
  return { last: next(), steps, asked, record }
}

/** Judges rows as both ways into a cluster do. @param alive the probes whose pods have been kept */
function judge(rows: string[], probes: readonly Probe[], alive: Set<number>, seenAt: number): ProbeResult[] {
  const attempts = probes.flatMap(({ index }) => (alive.has(index) ? [] : `attempt\t${index}\t1\t.`))
  const count = rows.filter(row => row.startsWith('pod\t')).length
  const { results } = readRound([...attempts, `pods\t${count}\t.`, ...rows].join('\n'), probes, seenAt)
  for (const { index, images } of results)
    if (images.every(({ verdict, doing }) => verdict !== undefined && !doing)) alive.delete(index)
    else alive.add(index)
  return results
}

const settled = new Set(['acr'])

test.each<[string, [number, End][], Partial<PullOrder>, string[], object]>([
  [
    'a node that has pulled ends the wait',
    [[2, [pulled(0, 'a1')]]],
    {},
    ['round after 0 ms', 'end'],
    { seats: [{ pulls: [{ verdict: 'pulled', attempts: 1, finishedAt: 2000 }] }], isTimeOver: false },
  ],
  [
    // Recorded from a kubelet 1.36.2 (sp-quiet): the pod has its sandbox a second after it was made, and then nothing more is heard.
    'a node that dies before its pull begins is looked at within 15 s, and given up when it stays not ready',
    [
      [2, [creating(0, 'a1')]],
      [16, [creating(0, 'a1')]],
      [16, [a1]],
      [32, [creating(0, 'a1')]],
      [32, [{ ...a1, isReady: false }]],
      [48, [creating(0, 'a1')]],
      [48, [{ ...a1, isReady: false }]],
      [63, [creating(0, 'a1')]],
      [63, [{ ...a1, isReady: false }]],
    ],
    {},
    [
      ...['round after 0 ms', 'round after 0 ms', 'look', 'round after 0 ms', 'look', 'round after 0 ms', 'look'],
      ...['round after 0 ms', 'look', 'end'],
    ],
    { seats: [], skipped: [{ node: { name: 'a1' } }] },
  ],
  [
    'a refusal that may pass is tried again after short pauses, which grow with the wait',
    [
      [2, [refused(0, 'a1')]],
      [5, [refused(0, 'a1')]],
      [100, [refused(0, 'a1')]],
      [105, [pulled(0, 'a1')]],
    ],
    {},
    ['round after 0 ms', 'round after 300 ms', 'round after 300 ms', 'round after 2000 ms', 'end'],
    { seats: [{ pulls: [{ verdict: 'pulled', attempts: 4 }] }] },
  ],
  [
    'a refusal that nothing can end is tried three times within half a minute',
    [
      [2, [refused(0, 'a1')]],
      [12, [refused(0, 'a1')]],
      [22, [refused(0, 'a1')]],
    ],
    { settled },
    ['round after 0 ms', 'round after 8000 ms', 'round after 8000 ms', 'end'],
    { seats: [{ pulls: [{ verdict: 'denied', cause: 'no-credential', attempts: 3 }] }] },
  ],
  [
    'a stale credential does not count as one of the three',
    [
      [2, [refused(0, 'a1', 'nevercomes')]],
      [12, [refused(0, 'a1')]],
      [22, [refused(0, 'a1')]],
    ],
    { settled },
    ['round after 0 ms', 'round after 300 ms', 'round after 8000 ms', 'round after 8000 ms'],
    {},
  ],
  [
    'an image for another platform is not looked for again',
    [[2, [refused(0, 'a1', 'cpu500-arm64idx')]]],
    {},
    ['round after 0 ms', 'end'],
    { seats: [{ pulls: [{ verdict: 'not-found', cause: 'platform' }] }] },
  ],
  [
    'a registry that throttles is left alone for a while',
    [[2, [refused(0, 'a1', 'cpu500-http429')]]],
    {},
    ['round after 0 ms', 'round after 15000 ms'],
    {},
  ],
  [
    'a pull that is under way is looked at again at once, and its pod is kept',
    [
      [2, [creating(0, 'a1'), pulling(0)]],
      [4, [pulled(0, 'a1')]],
    ],
    {},
    ['round after 0 ms', 'round after 0 ms', 'end'],
    { seats: [{ pulls: [{ attempts: 1, finishedAt: 4000 }] }] },
  ],
  [
    'a node that is silent for half a minute is replaced by its spare',
    [
      [2, [silent(0, 'a1')]],
      [31, [silent(0, 'a1')]],
      [33, [pulled(1, 'a2')]],
    ],
    { nodes: [{ node: a1, spares: [a2] }] },
    ['round after 0 ms', 'round after 0 ms', 'round after 300 ms', 'end'],
    { seats: [{ node: { name: 'a2' }, pulls: [{ verdict: 'pulled' }] }], skipped: [] },
  ],
  [
    'a node that has left the cluster is abandoned when the nodes are listed',
    [
      [2, [refused(0, 'a1'), pulled(1, 'b1')]],
      [182, [refused(0, 'a1')]],
      [183, [b1]],
    ],
    { nodes: each(a1, b1) },
    ['round after 0 ms', 'round after 0 ms', 'look', 'end'],
    {
      seats: [{ node: { name: 'b1' } }],
      skipped: [{ abandoned: 'it was refused until 00:03:02 UTC and left the cluster' }],
    },
  ],
  [
    'a pull that only an event shows lets the others be asked at once, and nodes be looked for while it is waited for',
    [
      [2, [refused(0, 'a1')]],
      [3, [creating(0, 'a1'), pulledBefore(0)]],
      [4, [creating(0, 'a1'), creating(1, 'a2'), pulledBefore(0), pulledBefore(1)]],
      [5, [a1, a2]],
      [6, [pulled(0, 'a1'), pulled(1, 'a2')]],
    ],
    { nodes: each(a1, a2), probeNodes: 'all', isFresh: true },
    ['round after 0 ms', 'round after 300 ms', 'round after 0 ms', 'look', 'round after 0 ms', 'end'],
    // They had pulled when the events said so.
    {
      seats: [
        { pulls: [{ verdict: 'pulled', attempts: 2, finishedAt: 3000 }] },
        { pulls: [{ verdict: 'pulled', attempts: 1, finishedAt: 4000 }] },
      ],
    },
  ],
  [
    'nodes that have joined are asked, too, before all count as having pulled',
    [
      [2, [pulled(0, 'a1')]],
      [3, [a1, a2]],
      [5, [pulled(1, 'a2')]],
      [6, [a1, a2]],
    ],
    { probeNodes: 'all' },
    ['round after 0 ms', 'look', 'round after 0 ms', 'look', 'end'],
    { seats: [{ node: { name: 'a1' } }, { node: { name: 'a2' } }] },
  ],
  [
    'a failure of the API server that may pass is waited out',
    [
      [1, hiccup],
      [52, hiccup],
      [54, [pulled(0, 'a1')]],
    ],
    {},
    ['round after 0 ms', 'round after 1000 ms', 'round after 2040 ms', 'end'],
    { seats: [{ pulls: [{ verdict: 'pulled' }] }] },
  ],
  [
    'a failure that does not pass ends the wait',
    [[1, hiccup.with({ recovers: false })]],
    {},
    ['round after 0 ms', 'end'],
    { error: { message: hiccup.message }, seats: [{ pulls: [{ verdict: 'refused', message: hiccup.message }] }] },
  ],
  [
    'also after a refusal, whose cause it does not have',
    [
      [2, [refused(0, 'a1')]],
      [5, hiccup.with({ recovers: false })],
    ],
    {},
    ['round after 0 ms', 'round after 300 ms', 'end'],
    { seats: [{ pulls: [expect.not.objectContaining({ cause: expect.anything() as unknown })] }] },
  ],
  [
    'and does not hide that the registry has refused one of the nodes',
    [
      [2, [refused(0, 'a1'), creating(1, 'b1')]],
      [5, hiccup.with({ recovers: false })],
    ],
    { nodes: [a1, b1].map(node => ({ node, spares: [] })) },
    ['round after 0 ms', 'round after 300 ms', 'end'],
    {
      error: { message: hiccup.message },
      seats: [{ pulls: [{ verdict: 'denied' }] }, { pulls: [{ verdict: 'refused' }] }],
    },
  ],
  [
    'a quota that may still count the pods of others is waited out for half a minute',
    [
      [1, fullQuota],
      [30, fullQuota],
      [31, fullQuota],
    ],
    {},
    ['round after 0 ms', 'round after 1000 ms', 'round after 1160 ms', 'end'],
    { error: { detail: 'quota' } },
  ],
  [
    'and longer if it may count those of this run',
    [
      [2, [refused(0, 'a1')]],
      [5, fullQuota],
      [60, fullQuota],
      [62, [pulled(0, 'a1')]],
    ],
    {},
    ['round after 0 ms', 'round after 300 ms', 'round after 1000 ms', 'round after 2200 ms', 'end'],
    { seats: [{ pulls: [{ verdict: 'pulled' }] }] },
  ],
  [
    'without a service account that the manifests name, pods run as none',
    [
      [1, noAccount],
      [3, [pulled(1, 'a1')]],
    ],
    { images: [{ ...image, account: 'shop' }], mayDropAccounts: true },
    ['round after 0 ms', 'round after 0 ms', 'end'],
    { isWithoutAccounts: true, seats: [{ index: 1, pulls: [{ verdict: 'pulled', image }] }] },
  ],
  [
    'a node that is full in the last round is not replaced by a spare that nobody asks any more',
    [
      [2, [full(0, 'a1')]],
      [10, [full(1, 'a2')]],
    ],
    { nodes: [{ node: a1, spares: [a2, sampleNode('a3')] }], deadline: 2300 },
    ['round after 0 ms', 'round after 300 ms', 'end'],
    { seats: [], skipped: [{ node: { name: 'a2' }, abandoned: 'it accepted no pod (OutOfcpu)' }] },
  ],
  [
    'nor by one that has joined',
    [
      [32, [full(0, 'a1')]],
      [33, [a1, a2]],
    ],
    { isInside: true, deadline: 32_000 },
    ['round after 0 ms', 'look', 'end'],
    { seats: [], skipped: [{ node: { name: 'a1' }, abandoned: 'it accepted no pod (OutOfcpu)' }] },
  ],
  [
    'a node without room on its disk is waited for, because its kubelet deletes images',
    [
      [2, [refused(0, 'a1', '3-d-nospace')]],
      [250, [refused(0, 'a1', '3-d-nospace')]],
      [250, [a1]],
      [290, [pulled(0, 'a1')]],
    ],
    {},
    ['round after 0 ms', 'round after 300 ms', 'look', 'round after 8000 ms', 'end'],
    { seats: [{ pulls: [{ verdict: 'pulled' }] }] },
  ],
  [
    'and is skipped at the end',
    [
      [32, [refused(0, 'a1', '3-d-nospace')]],
      [33, [a1]],
    ],
    { isInside: true, deadline: 32_000 },
    ['round after 0 ms', 'look', 'end'],
    {
      seats: [],
      skipped: [
        { abandoned: expect.stringMatching(/^it has no room on its disk for the image \(.*no space/) as string },
      ],
    },
  ],
  [
    'the last round begins at the deadline',
    [
      [2, [refused(0, 'a1')]],
      [4, [refused(0, 'a1')]],
      [5, [refused(0, 'a1')]],
    ],
    { deadline: 4300 },
    ['round after 0 ms', 'round after 300 ms', 'round after 300 ms', 'end'],
    { isTimeOver: true, seats: [{ pulls: [{ verdict: 'denied', attempts: 3 }] }] },
  ],
  [
    'a command inside the cluster that could not have got another result is the last one',
    [[53, [refused(0, 'a1')]]],
    { isInside: true, deadline: 60_000 },
    ['round after 0 ms', 'end'],
    { isTimeOver: false, seats: [{ pulls: [{ verdict: 'denied' }] }] },
  ],
  [
    'a registry that drops packets is blocked after three minutes if no change is pending, even while a pod still tries',
    [
      [62, [refused(0, 'a1', 'net-dropped')]],
      [124, [refused(0, 'a1', 'net-dropped')]],
      [178, [creating(0, 'a1'), pulling(0)]],
      [180, [creating(0, 'a1'), pulling(0)]],
      [180, [a1]],
    ],
    { settled, barred: settled },
    ['round after 0 ms', 'round after 480 ms', 'round after 2960 ms', 'round after 0 ms', 'look', 'end'],
    { isTimeOver: false, seats: [{ pulls: [{ verdict: 'unreachable', cause: 'connection', attempts: 3 }] }] },
  ],
  [
    'a registry that lets nobody in is decided by one refusal, however new everything is',
    [[2, [refused(0, 'a1', 'cpu500-firewall')]]],
    { sealed: settled },
    ['round after 0 ms', 'end'],
    { seats: [{ pulls: [{ verdict: 'unreachable', cause: 'firewall', attempts: 1 }] }] },
  ],
])('%s', (_, ends, more, steps, end) => {
  const played = play(ends, more)
  expect(played.steps).toEqual(steps)
  if (played.last.do === 'end') expect(played.last.end).toMatchObject(end)
  else expect(end).toEqual({})
})

test('while nodes are refused, one per pool is asked, and all again when one was let in', () => {
  const nodes = each(a1, a2, b1)
  const all = [refused(0, 'a1'), refused(1, 'a2'), refused(2, 'b1')]
  const rest = [pulled(1, 'a2'), pulled(2, 'b1')]
  const { asked } = play(
    [
      [2, all],
      [5, [pulled(0, 'a1'), refused(2, 'b1')]],
      [7, rest],
    ],
    { nodes },
  )
  expect(asked).toEqual([
    ['a1', 'a2', 'b1'],
    ['a1', 'b1'],
    ['a2', 'b1'],
  ])
  // After a write, refusals are expected: one per pool is asked from the beginning, unless one command can ask all.
  expect(play([[2, all]], { nodes, isFresh: true }).asked).toEqual([['a1', 'b1']])
  expect(play([[2, all]], { nodes, isFresh: true, isInside: true }).asked).toEqual([['a1', 'a2', 'b1']])
})

test('what is decided is the same every time, and leaves the record as it is', () => {
  const { record } = play([[2, [refused(0, 'a1')]]])
  const before = structuredClone(record)
  expect(decide(record, 2000, 0.25)).toEqual(decide(record, 2000, 0.25))
  expect(record).toEqual(before)
  expect(decide(record, 2000, 0)).toMatchObject({ pauseMs: 270 })
})

test('a round is limited by what may still change', () => {
  const start = (more: Partial<PullOrder>) =>
    startRecord(samplePullOrder({ nodes: each(a1), images: [image], ...more }), 0)
  const usual = { tries: 3, firm: [], offer: 'exchange', pauseMs: 300, patienceMs: 240_000 }
  expect(limitsOf(start({ deadline: 60_000 }), 0, 0.5)).toEqual({ ...usual, until: 2000, lifeSeconds: 600 })
  expect(limitsOf(start({ isInside: true, deadline: 900_000 }), 0, 0.5)).toMatchObject({
    until: 240_000,
    lifeSeconds: 960,
  })
  expect(limitsOf(start({ settled, deadline: 0 }), 0, 0.5)).toMatchObject({ firm: 'all', tries: 3, pauseMs: 8000 })
  const spare = { nodes: [{ node: a1, spares: [a1] }], labels: ['tier'] }
  expect(limitsOf(start({ ...spare, isInside: true }), 0, 0.5)).toMatchObject({ patienceMs: 15_000, labels: ['tier'] })
  expect(limitsOf(start(spare), 0, 0.5)).not.toHaveProperty('labels')
  const barred = start({ barred: settled, probeNodes: 'all', labels: ['tier'] })
  expect(limitsOf(barred, 0, 0.5)).toMatchObject({ firm: ['contosoacr.azurecr.io'], labels: ['tier'] })
  const sealed = start({ sealed: settled })
  expect(limitsOf(sealed, 0, 0.5)).toMatchObject({ firm: ['contosoacr.azurecr.io'], tries: 1 })
  const alike = start({ alike: settled, isInside: true })
  expect(limitsOf(alike, 0, 0.5)).toMatchObject({ shownMs: 30_000, firm: [] })
  // By then, a registry that drops packets is blocked.
  const inside = start({ isInside: true, settled, deadline: 900_000 })
  expect([0, 100_000, 190_000].map(now => limitsOf(inside, now, 0.5).until)).toEqual([188_000, 188_000, 430_000])
  // The last round waits for as long as a refusal takes.
  const last = beginRound(start({ deadline: 60_000 }), [{ index: 0 }], true, 60_000)
  expect(limitsOf(last, 60_000, 0.5).until).toBe(68_000)
})
