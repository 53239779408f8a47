import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ClusterNode } from 'azure'
import { ActionError } from 'kernel'
import type { ProbeResult } from 'kubernetes'
import type { Probe } from 'kubernetes/src/probe-pod.js'
import { readRound } from 'kubernetes/src/round-rows.js'
import { beginRound, decide, endRound, limitsOf, noteFailure, noteNodes, type RoundsEnd } from '../src/rounds.js'
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
const nodeOf = (name: string) => sampleNode(name.replace('-down', ''), { isReady: !name.endsWith('-down') })
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

/** What is seen of a node, by a word; other words are names of what was recorded. */
const sights: Record<string, (probe: number, node: string) => string[]> = {
  pulled: (probe, node) => {
    const status = `image-0|${encode('contosoacr.azurecr.io/team/app@sha256:0a')}|terminated|StartError| `
    return [row(probe, node, status, { phase: 'Failed' })]
  },
  creating: (probe, node) => [row(probe, node, 'image-0||waiting|ContainerCreating| ')],
  silent: (probe, node) => [row(probe, node, '', { sandbox: '' })],
  full: (probe, node) => [row(probe, node, '', { phase: 'Failed', reason: 'OutOfcpu' })],
  pulling: (probe, node) => [...see(probe, node, 'creating'), event(probe, `Pulling image "${reference}"`)],
  'pulled by an event': (probe, node) => [
    ...see(probe, node, 'creating'),
    event(probe, `Successfully pulled image "${reference}" in 1s`),
  ],
}

const event = (probe: number, message: string): string =>
  `event\tpod-${probe}\t${message.startsWith('Pulling') ? 'Pulling' : 'Pulled'}\t${encode(message)}\t.`

const see = (probe: number, node: string, sight: string): string[] =>
  sights[sight]?.(probe, node) ?? [row(probe, node, `image-0||waiting|ErrImagePull|${encode(said(sight))} `)]

const leaderChanged = new ActionError('AZURE_UNAVAILABLE', 'etcdserver: leader changed', { recovers: true })
const failures: Record<string, ActionError> = {
  'a hiccup': leaderChanged,
  'a failure': leaderChanged.with({ recovers: false }),
  'a full quota': new ActionError('PROBE_FAILED', 'exceeded quota: q', { detail: 'quota' }),
  'no account': new ActionError('PROBE_FAILED', 'serviceaccount "shop" not found', { detail: 'account' }),
}

/** The end of the rounds: each node with its pull, those that don't count, and the error. */
function showEnd({ seats, skipped, error, isTimeOver, isWithoutAccounts }: RoundsEnd): string {
  const pulls = seats.flatMap(({ pulls: own }) =>
    own.map(pull => {
      const cause = pull.cause ? ` (${pull.cause})` : ''
      const what = `${pull.verdict}${cause}${pull.image.account ? ` as ${pull.image.account}` : ''}`
      const why = pull.verdict === 'refused' ? `: ${pull.message}` : ''
      return `${pull.node} ${what} in try ${pull.attempts} at ${pull.finishedAt / 1000} s${why}`
    }),
  )
  const without = skipped.map(
    ({ node, abandoned = '' }) => `without ${node.name}: ${abandoned.replace(/\(.*(no space).*\)/, '($1)')}`,
  )
  const marks = [isTimeOver && 'too late', isWithoutAccounts && 'as no account', error && `error: ${error.message}`]
  return [...pulls, ...without, ...marks.filter(Boolean)].join(', ')
}

/**
 * Plays a story: what was decided (`+300` is a round after 300 ms), with the second when it ended and what the cluster said then, and in the end what became
 * of the nodes. Folds what the cluster said into the record.
 * @returns the story with what was decided in fact, and the nodes that each round asked
 */
function play(story: string, more: Partial<PullOrder> = {}) {
  let record: PullRecord = startRecord(samplePullOrder({ nodes: each(a1), images: [image], ...more }), 0)
  let now = 0
  const asked: string[][] = []
  const alive = new Set<number>()
  const told = story.split('; ').map(part => {
    const step = decide(record, now, 0.5)
    if (step.do === 'end') return `end: ${showEnd(step.end)}`
    const decided = step.do === 'look' ? 'look' : `+${step.pauseMs}`
    const [, second, what = ''] = / (\d+) s (.+)$/.exec(part) ?? []
    if (second === undefined) return decided
    const began = now + (step.do === 'round' ? step.pauseMs : 0)
    const everyone = step.do === 'round' && step.everyone
    const { probes } = chooseProbes(record, began, everyone)
    now = Number(second) * 1000
    if (step.do === 'round') {
      asked.push(probes.map(({ node }) => node.name))
      record = beginRound(record, probes, everyone, began)
    }
    const failure = failures[what]
    if (failure) record = noteFailure(record, failure, now)
    else if (step.do === 'look') record = noteNodes(record, what.split(' and ').map(nodeOf), { began, ended: now })
    else {
      const rows = what.split(' and ').flatMap(text => {
        const [, node = '', sight = ''] = /^(\S+) (.+)$/.exec(text) ?? []
        return see(probes.find(probe => probe.node.name === node)?.index ?? NaN, node, sight)
      })
      record = endRound(fold(record, judge(rows, probes, alive, now), { began, ended: now }), undefined, now)
    }
    return `${decided} ${second} s ${what}`
  })
  return { told: told.join('; '), asked, record }
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

const acr = new Set(['acr'])
const orders: Record<string, Partial<PullOrder>> = {
  settled: { settled: acr },
  'settled and barred': { settled: acr, barred: acr },
  sealed: { sealed: acr },
  all: { probeNodes: 'all' },
  'all after a write': { nodes: each(a1, a2), probeNodes: 'all', isFresh: true },
  'two pools': { nodes: each(a1, b1) },
  'a spare': { nodes: [{ node: a1, spares: [a2] }] },
  'two spares until 2300': { nodes: [{ node: a1, spares: [a2, sampleNode('a3')] }], deadline: 2300 },
  'an account': { images: [{ ...image, account: 'shop' }], mayDropAccounts: true },
  'until 4300': { deadline: 4300 },
  'inside until 32000': { isInside: true, deadline: 32_000 },
  'inside until 60000': { isInside: true, deadline: 60_000 },
}

/** What must be true, and below it a story that shows it, in some of the orders. */
const stories = `
a node that has pulled ends the wait
  +0 2 s a1 pulled; end: a1 pulled in try 1 at 2 s
# Recorded from a kubelet 1.36.2 (sp-quiet): the pod has its sandbox a second after it was made, and then nothing more is heard.
a node that dies before its pull begins is looked at within 15 s, and given up when it stays not ready
  +0 2 s a1 creating; +0 16 s a1 creating; look 16 s a1; +0 32 s a1 creating; look 32 s a1-down; +0 48 s a1 creating;
  look 48 s a1-down; +0 63 s a1 creating; look 63 s a1-down; end: without a1: it is no longer ready
a refusal that may pass is tried again after short pauses, which grow with the wait
  +0 2 s a1 grant20; +300 5 s a1 grant20; +300 100 s a1 grant20; +2000 105 s a1 pulled;
  end: a1 pulled in try 4 at 105 s
a refusal that nothing can end is tried three times within half a minute
  settled: +0 2 s a1 grant20; +8000 12 s a1 grant20; +8000 22 s a1 grant20;
  end: a1 denied (no-credential) in try 3 at 22 s
a stale credential does not count as one of the three
  settled: +0 2 s a1 nevercomes; +300 12 s a1 grant20; +8000 22 s a1 grant20; +8000
an image for another platform is not looked for again
  +0 2 s a1 cpu500-arm64idx; end: a1 not-found (platform) in try 1 at 2 s
a registry that throttles is left alone for a while
  +0 2 s a1 cpu500-http429; +15000
a pull that is under way is looked at again at once, and its pod is kept
  +0 2 s a1 pulling; +0 4 s a1 pulled; end: a1 pulled in try 1 at 4 s
a node that is silent for half a minute is replaced by its spare
  a spare: +0 2 s a1 silent; +0 31 s a1 silent; +300 33 s a2 pulled; end: a2 pulled in try 1 at 33 s
a node that has left the cluster is abandoned when the nodes are listed
  two pools: +0 2 s a1 grant20 and b1 pulled; +0 182 s a1 grant20; look 183 s b1;
  end: b1 pulled in try 1 at 2 s, without a1: it was refused until 00:03:02 UTC and left the cluster
# They had pulled when the events said so.
a pull that only an event shows lets the others be asked at once, and nodes be looked for while it is waited for
  all after a write: +0 2 s a1 grant20; +300 3 s a1 pulled by an event;
  +0 4 s a1 pulled by an event and a2 pulled by an event; look 5 s a1 and a2; +0 6 s a1 pulled and a2 pulled;
  end: a1 pulled in try 2 at 3 s, a2 pulled in try 1 at 4 s
nodes that have joined are asked, too, before all count as having pulled
  all: +0 2 s a1 pulled; look 3 s a1 and a2; +0 5 s a2 pulled; look 6 s a1 and a2;
  end: a1 pulled in try 1 at 2 s, a2 pulled in try 1 at 5 s
a failure of the API server that may pass is waited out
  +0 1 s a hiccup; +1000 52 s a hiccup; +2040 54 s a1 pulled; end: a1 pulled in try 1 at 54 s
a failure that does not pass ends the wait
  +0 1 s a failure; end: a1 refused in try 0 at 1 s: etcdserver: leader changed., error: etcdserver: leader changed.
also after a refusal, whose cause it does not have
  +0 2 s a1 grant20; +300 5 s a failure; end: a1 denied in try 1 at 2 s, error: etcdserver: leader changed.
and does not hide that the registry has refused one of the nodes
  two pools: +0 2 s a1 grant20 and b1 creating; +300 5 s a failure;
  end: a1 denied in try 1 at 2 s, b1 refused in try 1 at 5 s: etcdserver: leader changed., error: etcdserver: leader changed.
a quota that may still count the pods of others is waited out for half a minute
  +0 1 s a full quota; +1000 30 s a full quota; +1160 31 s a full quota;
  end: a1 refused in try 0 at 31 s: exceeded quota: q., error: exceeded quota: q.
and longer if it may count those of this run
  +0 2 s a1 grant20; +300 5 s a full quota; +1000 60 s a full quota; +2200 62 s a1 pulled;
  end: a1 pulled in try 2 at 62 s
without a service account that the manifests name, pods run as none
  an account: +0 1 s no account; +0 3 s a1 pulled; end: a1 pulled in try 1 at 3 s, as no account
a node that is full in the last round is not replaced by a spare that nobody asks any more
  two spares until 2300: +0 2 s a1 full; +300 10 s a2 full; end: without a2: it accepted no pod (OutOfcpu), too late
nor by one that has joined
  inside until 32000: +0 32 s a1 full; look 33 s a1 and a2; end: without a1: it accepted no pod (OutOfcpu), too late
a node without room on its disk is waited for, because its kubelet deletes images
  +0 2 s a1 3-d-nospace; +300 250 s a1 3-d-nospace; look 250 s a1; +8000 290 s a1 pulled;
  end: a1 pulled in try 3 at 290 s
and is skipped at the end
  inside until 32000: +0 32 s a1 3-d-nospace; look 33 s a1;
  end: without a1: it has no room on its disk for the image (no space), too late
the last round begins at the deadline
  until 4300: +0 2 s a1 grant20; +300 4 s a1 grant20; +300 5 s a1 grant20;
  end: a1 denied (no-credential) in try 3 at 5 s, too late
a command inside the cluster that could not have got another result is the last one
  inside until 60000: +0 53 s a1 grant20; end: a1 denied (no-credential) in try 1 at 53 s
a registry that drops packets is blocked after three minutes if no change is pending, even while a pod still tries
  settled and barred: +0 62 s a1 net-dropped; +480 124 s a1 net-dropped; +2960 178 s a1 pulling; +0 180 s a1 pulling;
  look 180 s a1; end: a1 unreachable (connection) in try 3 at 180 s
a registry that lets nobody in is decided by one refusal, however new everything is
  sealed: +0 2 s a1 cpu500-firewall; end: a1 unreachable (firewall) in try 1 at 2 s
`
const cases = stories.matchAll(/^(?!#)(\S.*)\n((?: {2}.*\n)+)/gm)

test.each([...cases].map(([, title = '', story = '']) => [title, story.trim().replaceAll(/\n +/g, ' ')]))(
  '%s',
  (_, story) => {
    const [, name = '', told] = /^(?:([\w ]+): (?=\+))?(.*)$/.exec(story) ?? []
    expect(play(told ?? '', orders[name]).told).toBe(told)
  },
)

test('while nodes are refused, one per pool is asked, and all again when one was let in', () => {
  const nodes = each(a1, a2, b1)
  const all = '+0 2 s a1 grant20 and a2 grant20 and b1 grant20'
  expect(play(`${all}; +300 5 s a1 pulled and b1 grant20; +0 7 s a2 pulled and b1 pulled`, { nodes }).asked).toEqual([
    ['a1', 'a2', 'b1'],
    ['a1', 'b1'],
    ['a2', 'b1'],
  ])
  // After a write, refusals are expected: one per pool is asked from the beginning, unless one command can ask all.
  const some = '+0 2 s a1 grant20 and b1 grant20'
  expect(play(some, { nodes, isFresh: true }).asked).toEqual([['a1', 'b1']])
  expect(play(all, { nodes, isFresh: true, isInside: true }).asked).toEqual([['a1', 'a2', 'b1']])
})

test('what is decided is the same every time, and leaves the record as it is', () => {
  const { record } = play('+0 2 s a1 grant20')
  const before = structuredClone(record)
  expect(decide(record, 2000, 0.25)).toEqual(decide(record, 2000, 0.25))
  expect(record).toEqual(before)
  expect(decide(record, 2000, 0)).toMatchObject({ pauseMs: 270 })
})

test('pods that the API server could not create start the clock of silence again, unless a quota is full', () => {
  const record = startRecord(samplePullOrder({ nodes: each(a1), images: [image] }), 0)
  const unmade = (detail: object) => new ActionError('PROBE_FAILED', 'no', { recovers: true, ...detail })
  const brokenAt = [{}, { detail: 'quota' as const }].map(detail => endRound(record, unmade(detail), 5000).brokenAt)
  expect(brokenAt).toEqual([5000, undefined])
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
  expect(limitsOf(start({ settled: acr, deadline: 0 }), 0, 0.5)).toMatchObject({ firm: 'all', tries: 3, pauseMs: 8000 })
  const spare = { nodes: [{ node: a1, spares: [a1] }], labels: ['tier'] }
  expect(limitsOf(start({ ...spare, isInside: true }), 0, 0.5)).toMatchObject({ patienceMs: 15_000, labels: ['tier'] })
  expect(limitsOf(start(spare), 0, 0.5)).not.toHaveProperty('labels')
  const barred = start({ barred: acr, probeNodes: 'all', labels: ['tier'] })
  expect(limitsOf(barred, 0, 0.5)).toMatchObject({ firm: ['contosoacr.azurecr.io'], labels: ['tier'] })
  const sealed = start({ sealed: acr })
  expect(limitsOf(sealed, 0, 0.5)).toMatchObject({ firm: ['contosoacr.azurecr.io'], tries: 1 })
  const open = { ...image, reference: 'openacr.azurecr.io/app:1', registryId: 'open' }
  expect(limitsOf(start({ sealed: acr, images: [image, open] }), 0, 0.5)).toMatchObject({ tries: 3 })
  const alike = start({ alike: acr, isInside: true })
  expect(limitsOf(alike, 0, 0.5)).toMatchObject({ shownMs: 30_000, firm: [] })
  // By then, a registry that drops packets is blocked.
  const within = start({ isInside: true, settled: acr, deadline: 900_000 })
  expect([0, 100_000, 190_000].map(now => limitsOf(within, now, 0.5).until)).toEqual([188_000, 188_000, 430_000])
  // The last round waits for as long as a refusal takes.
  const last = beginRound(start({ deadline: 60_000 }), [{ index: 0 }], true, 60_000)
  expect(limitsOf(last, 60_000, 0.5).until).toBe(68_000)
})
