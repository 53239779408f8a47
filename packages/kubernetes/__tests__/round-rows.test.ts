import { expect, test } from 'vitest'
import { withoutPods } from '../src/cluster-text.js'
import type { Probe } from '../src/probe-pod.js'
import { readRound } from '../src/round-rows.js'

const now = Date.parse('2026-11-25T10:05:00Z')

const reference = (container: string): string => `x.azurecr.io/${container}:1`
const probeOf = (index: number, containers: string[], account?: string): Probe => ({
  index,
  node: { name: `n${index}`, os: 'linux', taints: [] },
  images: containers.map(container => ({ container, reference: reference(container), ...(account && { account }) })),
})

const states = {
  pulled: (container: string) => `${container}|x.azurecr.io%2Fa%40sha256%3A0a|terminated|StartError| `,
  ran: (container: string) => `${container}|x.azurecr.io%2Fa%40sha256%3A0a|terminated|Error|2026-11-25T10%3A00%3A01Z `,
  runs: (container: string) => `${container}|x.azurecr.io%2Fa%40sha256%3A0a|running|| `,
  neverRan: (container: string) =>
    `${container}|x.azurecr.io%2Fa%40sha256%3A0a|terminated|StartError|1970-01-01T00%3A00%3A00Z `,
  denied: (container: string) => `${container}||waiting|ErrImagePull|401+Unauthorized `,
  waits: (container: string) => `${container}||waiting|ContainerCreating| `,
}

/** The row of a probe's pod, as `podsTemplate` prints it. */
function pod(probe: Probe, ...of: (keyof typeof states)[]): string {
  return `pod\t${podRow(probe, ...of)}`
}

/** The row of a pod that was recreated. */
function was(probe: Probe, ...of: (keyof typeof states)[]): string {
  return `was\t${podRow(probe, ...of)}`
}

function podRow({ index, images }: Probe, ...of: (keyof typeof states)[]): string {
  const life = [`p${index}`, index, 'r', '2026-11-25T10:00:00Z', '900', 'Pending', '', '', 'True', `n${index}`]
  const specs = images.map(
    each => `${each.container}|${encodeURIComponent(each.reference)}|Always|%2Fattach-acr-only-pulls-r, `,
  )
  const statuses = images.map(({ container }, position) => states[of[position] ?? 'waits'](container))
  return `${[...life, 'attach-acr-no-secret-r ', '', specs.join(''), statuses.join('')].join('\t')}\t.`
}

const one = probeOf(0, ['image-0'])
const two = probeOf(0, ['image-0', 'image-1'])

const meaningOf = (rows: string[], probes: Probe[]) => {
  const { results, ...rest } = readRound([...rows, ''].join('\n'), probes, now)
  return { ...rest, results: results.map(({ attempts, images }) => [attempts, ...images]) }
}

test.each([
  ['neverRan', 'pulled'],
  ['pulled', 'pulled'],
  ['ran', 'changed'],
  ['runs', 'changed'],
] as const)('a pod with an image proves a pull only if nothing of the image ran: %s', (state, verdict) => {
  const { results } = readRound(['pods\t1\t.', pod(one, state)].join('\n'), [one], now)
  expect(results[0]?.images[0]?.verdict).toBe(verdict)
})

test.each([
  ['%2Fattach-acr-only-pulls-r,', 'pulled'],
  ['%2Fattach-acr-only-pulls-r,-c,', 'changed'],
  ['', 'changed'],
])('a pod proves a pull only if its command is the one of its run: %j', (command, verdict) => {
  const row = pod(one, 'neverRan').replace('%2Fattach-acr-only-pulls-r,', command)
  const { results } = readRound(['pods\t1\t.', row].join('\n'), [one], now)
  expect(results[0]?.images[0]?.verdict).toBe(verdict)
})

test('each pod is judged by its row, and counted by how often it was created', () => {
  const probes = [one, probeOf(1, ['image-0'])]
  const rows = [
    'attempt\t0\t1\t.',
    'attempt\t1\t2\t.',
    'pods\t2\t.',
    pod(one, 'pulled'),
    pod(probeOf(1, ['image-0']), 'denied'),
  ]
  expect(meaningOf(rows, probes)).toEqual({
    isMade: true,
    refusal: '',
    isRead: true,
    isCut: false,
    kept: [],
    notDeleted: '',
    firstMadeAt: Date.parse('2026-11-25T10:00:00Z'),
    results: [
      [1, { container: 'image-0', verdict: 'pulled', message: '' }],
      [2, { container: 'image-0', verdict: 'denied', message: '401 Unauthorized' }],
    ],
  })
})

test('a pod without a row is gone, unless rows are missing or it was not created', () => {
  const judged = (...rows: string[]) => meaningOf(rows, [one]).results[0]?.[1]
  expect(judged('pods\t0\t.')).toMatchObject({ verdict: 'failed', cause: 'gone' })
  const unknown = { container: 'image-0', verdict: undefined, message: '' }
  expect(judged('pods\t1\t.', pod(one, 'pulled').slice(0, -1))).toEqual(unknown)
  expect(judged('pods\t0\t.', 'refusal\texceeded quota\t.')).toEqual(unknown)
  expect(meaningOf([], [one])).toMatchObject({ isMade: false, isRead: false, isCut: true })
})

test('a pod that no label finds, or that has lost one, was changed, whatever else is known of it', () => {
  const probes = [one, probeOf(1, ['image-0']), probeOf(2, ['image-0'])]
  const rows = [
    'stray\tp1\t.',
    'stray\tp9\t.',
    'pods\t2\t.',
    pod(one, 'pulled'),
    pod(probeOf(1, ['image-0']), 'pulled'),
  ]
  const verdictsOf = (...more: string[]) =>
    meaningOf([...rows, ...more], probes).results.map(([, image]) => (image as { verdict: unknown }).verdict)
  expect(verdictsOf()).toEqual(['pulled', 'changed', 'changed'])
  // Why others were not created does not matter: they would be changed alike.
  expect(verdictsOf('refusal\texceeded quota\t.')).toEqual(['pulled', 'changed', 'changed'])
})

test('pods that were recreated are judged by their rows, before the last one, and each attempt counts once', () => {
  const before = [was(two, 'pulled', 'denied'), was(two, 'denied', 'denied')]
  const rows = ['attempt\t0\t5\t.', ...before, 'pods\t1\t.', pod(two, 'waits', 'denied')]
  expect(meaningOf(rows, [two]).results).toMatchObject([
    // The rows of the first attempts were not kept.
    [3, { verdict: 'pulled' }, { verdict: 'denied', message: '401 Unauthorized' }],
    [1, { verdict: 'denied' }, { verdict: 'denied' }],
    [1, { verdict: undefined, doing: 'starting' }, { verdict: 'denied' }],
  ])
  // They are also known if the API server was lost before the pods could be read.
  const lost = meaningOf(['attempt\t0\t1\t.', was(two), 'refusal\tno answer\t.', 'left\tno answer\t.'], [two])
  expect(lost).toMatchObject({ isRead: false, refusal: 'no answer', notDeleted: 'no answer' })
  expect(lost.results.map(([attempts]) => attempts)).toEqual([0, 1])
})

test('the pod that an earlier command created is not counted again when it is recreated', () => {
  const counts = (...rows: string[]) => meaningOf([...rows, was(one, 'denied')], [one]).results.map(([made]) => made)
  expect(counts('attempt\t0\t1\t.', 'pods\t1\t.', pod(one))).toEqual([0, 1])
  // It could not be created again.
  expect(counts('refusal\texceeded quota\t.', 'pods\t0\t.')).toEqual([0, 0])
})

test('of a pod with a service account, it is known whether one of its pull secrets may have pulled', () => {
  const account = probeOf(0, ['image-0', 'image-1'], 'shop')
  const row = was(account, 'pulled', 'denied')
  const verdictOf = (said: string) => readRound(['pods\t0\t.', said].join('\n'), [account], now).results[0]?.images[0]
  expect(verdictOf(row)).not.toHaveProperty('mayBeBySecret')
  const bySecret = { verdict: 'pulled', mayBeBySecret: true }
  expect(verdictOf(row.replace('attach-acr-no-secret-r ', 'own '))).toMatchObject(bySecret)
})

test('times are counted back from the end of the command', () => {
  const said = `Pulling image "${reference('image-0')}"`
  const rows = [
    'attempt\t0\t1\t.',
    'kept\t0\t.',
    'kept\t7\t.',
    'silent\t12\t.',
    'pods\t1\t.',
    pod(one, 'waits'),
    ...['40\t', ''].map(age => `event\tp0\tPulling\t${encodeURIComponent(said)}\t${age}.`),
  ]
  expect(meaningOf(rows, [one])).toMatchObject({
    kept: [0],
    silentSince: now - 12_000,
    results: [[1, { verdict: undefined, doing: 'pulling', since: now - 40_000 }]],
  })
})

test('the time of the cluster is when the first pod was created, and the pods of all runs count only if they were listed whole', () => {
  const late = pod(probeOf(1, ['image-0'])).replace('10:00:00', '10:03:00')
  const other = 'other\tp\t0\tdead\t2026-11-25T09:00:00Z\t600\tRunning\t.'
  const read = (...rows: string[]) => meaningOf([late, ...rows], [one, probeOf(1, ['image-0'])])
  expect(read(was(one), 'others\t1\t.', other)).toMatchObject({
    firstMadeAt: Date.parse('2026-11-25T10:00:00Z'),
    others: [{ name: 'p', run: 'dead' }],
  })
  expect(read('others\t2\t.', other)).not.toHaveProperty('others')
  expect(meaningOf(['others\t1\t.', other], [one])).not.toHaveProperty('firstMadeAt')
})

test('nodes are listed, and what could not be deleted is repeated without signatures', () => {
  const node = 'node\taks-system-12345678-vmss000000\tTrue\t\t\tkubernetes.io/os=linux \t\t.'
  const left = 'left\tError: https://x.blob.core.windows.net/a?sig=secret failed\t.'
  const { nodes, notDeleted } = meaningOf(['pods\t0\t.', 'nodes\t1\t.', node, left], [])
  expect(nodes).toMatchObject([{ pool: 'system', isReady: true }])
  expect(notDeleted).toContain('failed')
  expect(notDeleted).not.toContain('secret')
  expect(meaningOf(['nodes\t2\t.', node], [])).not.toHaveProperty('nodes')
})

test.each([
  [['p1'], 'pods\t1\t.\npod\tp2\tb'],
  [['p2'], 'pods\t1\t.\npod\tp1\ta'],
  [[], 'pods\t2\t.\npod\tp1\ta\npod\tp2\tb'],
])('pods that a finalizer holds are not in the list of a round, wherever they stand in it: %j', (held, expected) => {
  const names = new Map(held.map(name => [name, '']))
  expect(withoutPods('pods\t2\t.\npod\tp1\ta\npod\tp2\tb', names)).toBe(expected)
})
