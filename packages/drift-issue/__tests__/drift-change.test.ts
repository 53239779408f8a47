import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lastSegment } from 'azure'
import type { Drift } from 'report-document'
import type { Issue } from '../src/github/issues.js'
import { compareNights, forgetRepaired, isAccepted, isAllSeen, isDecided } from '../src/compare.js'
import type { FormerDrift } from '../src/former-drift.js'
import { replaceLine } from '../src/hidden-lines.js'
import { memoryMarker, nothingLeft, readMemory, type Memory } from '../src/memory.js'
import { catalogueOf, forEach } from '../../../__tests__/support/concluding.js'
import {
  sampleDrift,
  sampleFormer,
  sampleGap,
  sampleId,
  sampleIssue,
  sampleItem,
  sampleMemory,
  sampleRepair,
} from '../../../__tests__/support/drift.js'

// What a night changes about the drift that an issue remembers. It is in change.txt, beside this file: `npx vitest run -u` writes it, and its diff is what a
// review reads.

type Item = ReturnType<typeof sampleItem>
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => sampleItem(name)) as [Item, Item, Item, Item]

const namesOf = (items: readonly Item[]): string => items.map(({ name }) => name).join(', ')
/** What is remembered of each item. */
const remembered = ({ former, count }: Pick<Memory, 'former' | 'count'>): string =>
  former
    ?.map(({ target, toProve, nodes }) =>
      [lastSegment(target), ...toProve.map(proof => `must show ${proof}`), ...nodes].join(' '),
    )
    .join(', ') ?? `${count} items`

/** How the drift of a night compares to what an issue remembers. Every item that it asks about leaves for this reason; none without one. */
async function change(memory: Pick<Memory, 'former'>, drift: Drift, why = ''): Promise<string> {
  const asked: string[] = []
  const compared = await compareNights(memory, drift, ({ target }) => {
    asked.push(lastSegment(target))
    return Promise.resolve(why)
  })
  const { worse, lost, better, gone, staying, doubts, isItemized } = compared
  const stays = staying.map(({ former, lacks, isListed }) =>
    [lastSegment(former.target), lacks && `lacks ${lacks}`, isListed && 'listed'].filter(Boolean).join(' '),
  )
  const said = {
    worse: namesOf(worse),
    lost: namesOf(lost),
    better: namesOf(better),
    gone: gone.map(each => `${lastSegment(each.former.target)} (${each.why})`).join(', '),
    stays: stays.join(', '),
    doubts: doubts.map(({ item, proof }) => `${item.name} ${proof}`).join(', '),
    'asked about': asked.join(', '),
    remembers: remembered(sampleMemory(drift, staying, { doubts })),
  }
  const parts = Object.entries(said).flatMap(([what, value]) => (value ? `${what}: ${value}` : []))
  return [...(isItemized ? [] : ['too many to list']), ...parts].join(' | ')
}

const memory = sampleMemory(sampleDrift([a, b, c]))
const harmless = (['by-broader-role', 'otherwise'] as const).map((today, at) => sampleItem(`${at}`, { today }))
const [x, y] = harmless.map(item => ({ ...item, state: 'refused' as const, today: 'none' as const })) as [Item, Item]
const unseen = sampleItem('a', { unproven: ['identity', 'pull'] })
const seenAll = sampleDrift([], { fine: [a, b] })

/** What follows a night on which pair a could not pull for this reason. */
const afterCode = (code: NonNullable<Item['code']>): Record<string, Promise<string>> => {
  const broken = sampleItem('a', { code })
  const proof = code === 'PRINCIPAL_NOT_FOUND' ? ('identity' as const) : ('pull' as const)
  const known = sampleMemory(sampleDrift([broken, b]))
  const other = { ...a, unproven: [proof === 'pull' ? ('identity' as const) : ('pull' as const)] }
  return {
    [`${code}, then fine, but nothing was shown`]: change(known, sampleDrift([], { fine: [unseen, b] })),
    [`${code}, then fine, and ${proof} was shown`]: change(known, sampleDrift([], { fine: [other, b] })),
    [`${code}, then its role went, too`]: change(known, sampleDrift([unseen], { fine: [b] })),
    [`${code}, then it is seen that only its role is missing`]: change(known, sampleDrift([a], { fine: [b] })),
  }
}

/** What a night saw of the nodes of a pair's cluster. */
const onNodes = (pulled: string[], left: string[] | null, refused: string[] = []): Item =>
  sampleItem('a', { nodes: { pulled, refused, left }, ...(refused.length > 0 && { code: 'PULL_DENIED' }) })
const refusedOn = (...names: string[]): Memory => sampleMemory(sampleDrift([onNodes([], [], names)]))
const crowd = Array.from({ length: 51 }, (_, at) => `n${at}`)
/** What follows a night on which the registry refused nodes. */
const afterNodes: Record<string, [Memory, Drift]> = {
  'n1 was refused, then it pulls: repaired': [refusedOn('n1'), sampleDrift([], { fine: [onNodes(['n1'], ['n2'])] })],
  'n1 was refused, then n2 pulls: not repaired': [
    refusedOn('n1'),
    sampleDrift([], { fine: [onNodes(['n2'], ['n1'])] }),
  ],
  'n1 was refused, then n2 pulls, and not all nodes are known: not repaired': [
    refusedOn('n1'),
    sampleDrift([], { fine: [onNodes(['n2'], null)] }),
  ],
  'n1 was refused, then it is not in the cluster: gone': [
    refusedOn('n1'),
    sampleDrift([], { fine: [onNodes(['n2'], ['n3'])] }),
  ],
  'n1 and n2 were refused, n2 pulls, and n1 is not in the cluster: gone': [
    refusedOn('n1', 'n2'),
    sampleDrift([], { fine: [onNodes(['n2'], [])] }),
  ],
  'n1 was refused while n2 pulled, then n2: both are remembered': [
    sampleMemory(sampleDrift([onNodes(['n2'], ['n1'], ['n1'])])),
    sampleDrift([onNodes([], ['n1', 'n2'], ['n2'])]),
  ],
  'n1 was refused, then it pulls, but its identity was not seen: not repaired': [
    { former: [sampleFormer('a', { toProve: ['identity', 'nodes'], nodes: ['n1'] })], count: 1 } as Memory,
    sampleDrift([], { fine: [{ ...onNodes(['n1'], ['n2']), unproven: ['identity'] }] }),
  ],
  'n1 was refused, then no node is asked: not repaired': [refusedOn('n1'), sampleDrift([], { fine: [a] })],
  'n1 was refused, then n2: both are remembered': [refusedOn('n1'), sampleDrift([onNodes([], ['n1', 'n2'], ['n2'])])],
  'n1 was refused, then its role went: n1 is remembered': [refusedOn('n1'), sampleDrift([a])],
  'a role is back, and n2 pulls: repaired': [
    sampleMemory(sampleDrift([a])),
    sampleDrift([], { fine: [onNodes(['n2'], ['n1'])] }),
  ],
  '51 nodes were refused, then one pulls: not repaired': [
    refusedOn(...crowd),
    sampleDrift([], { fine: [onNodes(['n1'], ['n2'])] }),
  ],
  '51 nodes were refused, then all pull: repaired': [
    refusedOn(...crowd),
    sampleDrift([], { fine: [onNodes(crowd, [])] }),
  ],
}

const nights = (): Record<string, Promise<string>> => ({
  ...Object.fromEntries(Object.entries(afterNodes).map(([what, [known, drift]]) => [what, change(known, drift)])),
  'what is new is worse, what was seen right better, what is unknown stays': change(
    memory,
    sampleDrift([a, d], { fine: [b], unknown: [{ ...c, code: 'THROTTLED', said: { what: 'no answer' } }] }),
  ),
  'what ran on two clusters, and is right on one of them, stays': change(
    sampleMemory(running(aks1, aks2)),
    sampleDrift([], { fine: running(aks1).items }),
  ),
  'what is not seen stays': change(memory, sampleDrift([a])),
  'what is not seen and was deleted is gone': change(memory, sampleDrift([a]), 'deleted'),
  'too many to remember are not compared': change({ former: undefined }, sampleDrift([a])),
  'what pulled otherwise and no longer does is lost': change(
    sampleMemory(sampleDrift([...harmless, a])),
    sampleDrift([x, { ...y, today: 'some', onlyTo: ['app'] }, a]),
  ),
  'what still pulls otherwise is no change': change(
    sampleMemory(sampleDrift([...harmless, a])),
    sampleDrift([...harmless, a]),
  ),
  ...Object.assign(
    {},
    ...(['PRINCIPAL_NOT_FOUND', 'PULL_DENIED', 'IMAGE_NOT_FOUND', 'AZURE_REFUSED'] as const).map(afterCode),
  ),
  'an image of the inputs must show nothing to be repaired': change(
    { former: [] },
    sampleDrift([sampleItem('web:1', { kind: 'input', code: 'IMAGE_NOT_FOUND' })]),
  ),
})

const [one, other] = [sampleId('aks-1'), sampleId('aks-1', 'rg-other')]
const jobs = ['0a']
const image = (name: string) => ({ kind: 'input' as const, target: `${name}/app:1`, key: `${name}/app:1 contosoacr` })
const named = { target: 'aks-1', kind: 'input' as const, key: 'aks-1 contosoacr' }
const hash = (of: string) => ({ target: one, registry: `contosoacr-${of}.azurecr.io` })
const samePairs: [string, FormerDrift, Partial<Item>][] = [
  ...['ContosoAcr', 'contosoacr.azurecr.io', 'contosoacr-h4sh.azurecr.io', 'contosoacr.eastus.geo.azurecr.io'].map(
    (registry): [string, FormerDrift, Partial<Item>] => [
      `the same: its ID in capitals, at ${registry}`,
      sampleFormer(one),
      { target: one.toUpperCase(), registry },
    ],
  ),
  ['not the same: its ID at another registry', sampleFormer(one), { target: one, registry: 'otheracr' }],
  ['not the same: another ID of its name', sampleFormer(one), { target: other }],
  ['not the same: a registry of its name with another hash', sampleFormer(one, hash('aaaa')), hash('bbbb')],
  ['the same: a name, then an ID, in one job', sampleFormer('AKS-1', { jobs }), { target: one, jobs }],
  [
    'the same: an ID, then a name, in one of its jobs',
    sampleFormer(one, { jobs }),
    { target: 'aks-1', jobs: ['0b', '0a'] },
  ],
  ['not the same: a name, then an ID, in another job', sampleFormer('aks-1', { jobs }), { target: one, jobs: ['0b'] }],
  ['not the same: a name, then an ID, in no job', sampleFormer('aks-1', { jobs }), { target: one, jobs: [] }],
  ['not the same: an ID in another job, then a name', sampleFormer(one, { jobs: ['0b'] }), { target: 'aks-1', jobs }],
  ['not the same: an ID in no job, then a name', sampleFormer(one, { jobs: [] }), { target: 'aks-1', jobs }],
  ['the same: an ID in another job', sampleFormer(one, { jobs }), { target: one, jobs: ['0b'] }],
  [
    'not the same: a name of another job',
    sampleFormer('aks-1'),
    { target: 'aks-1', key: 'another job aks-1 contosoacr' },
  ],
  ['the same: its name', sampleFormer('aks-1'), { target: 'aks-1', key: ' aks-1 contosoacr' }],
  ['not the same: an image, then a cluster of its name', sampleFormer('aks-1', named), { target: 'aks-1' }],
  ['the same: an image', sampleFormer('aks-1', named), named],
  ['not the same: a cluster, then an image of its name', sampleFormer('aks-1'), named],
  ['not the same: an image of another repository', { ...sampleFormer('x'), ...image('team') }, image('other')],
  ['the same: an image of its repository', { ...sampleFormer('x'), ...image('team') }, image('team')],
]
const gaps = [sampleGap('a job: no report')]
const byJob = (own: string[], missing: Drift['gaps'], more: Partial<Drift> = {}, found = jobs) =>
  change(
    { former: [sampleFormer(one, { jobs: found })] },
    sampleDrift([], { fine: [sampleItem('x', { target: one, jobs: own })], gaps: missing, ...more }),
  )
const isMerged = true
const same = (): Record<string, Promise<string>> => ({
  ...Object.fromEntries(
    samePairs.map(([what, former, item]) => [
      what,
      compareNights({ former: [former] }, sampleDrift([], { fine: [sampleItem('x', item)] }), () =>
        Promise.resolve(''),
      ).then(({ better }) => (better.length === 1 ? 'yes' : 'no')),
    ]),
  ),
  'seen right by another job, and one left no report: stays': byJob(['0b'], gaps),
  'seen right by its own job, too, and one left no report: repaired': byJob(['0b', '0a'], gaps),
  'seen right by another job, and all left a report: repaired': byJob(['0b'], []),
  'merged, seen right by another job alone: stays, because its own might not be there': byJob(['0b'], [], { isMerged }),
  'merged, seen right by its own job: repaired': byJob(['0a'], [], { isMerged }),
  'merged, seen right by its own job and another one: repaired': byJob(['0b', '0a'], [], { isMerged }),
  'merged, two jobs found it, one has seen it right: stays': byJob(['0b'], [], { isMerged }, ['0a', '0b']),
  'merged, two jobs found it, both have seen it right: repaired': byJob(['0b', '0a'], [], { isMerged }, ['0a', '0b']),
})

const counted: Memory = { ...nothingLeft, state: '0a', count: 2, former: undefined }
const doubtful = sampleDrift([], { fine: [a, { ...b, unproven: ['identity'] }] })
const many = Array.from({ length: 3000 }, (_, at) =>
  sampleItem(sampleId(`aks-${at * 7919}`), { code: 'PRINCIPAL_NOT_FOUND' }),
)
const allSeen = (): Record<string, string> => ({
  ...forEach<[string, Memory, Drift]>(
    [
      ['yes, two of two, which must show their identities', { ...counted, toProve: ['identity'] }, seenAll],
      ['no, one of them did not show its identity', { ...counted, toProve: ['identity'] }, doubtful],
      ['yes, they must show a pull', { ...counted, toProve: ['pull'] }, doubtful],
      ['no, they must show nodes, and not all were asked', { ...counted, toProve: ['nodes'] }, doubtful],
      ['yes, they must show nothing', counted, doubtful],
      ['no, two of three', { ...counted, count: 3 }, doubtful],
      ['no, something is unknown', counted, sampleDrift([], { fine: [a, b], unknown: [c] })],
      ['no, a job left no report', counted, sampleDrift([], { fine: [a, b], gaps })],
    ],
    ([what]) => `all seen, of what is only counted: ${what}`,
    ([, of, drift]) => String(isAllSeen(of, drift)),
  ),
  'of 3000 items, the number and what they must show is remembered': (({ former, count, toProve }) =>
    `${count}, ${toProve.join()}, ${former ? 'each' : 'not each'}`)(
    readMemory(memoryMarker(sampleMemory(sampleDrift(many)))),
  ),
})

/** An issue that lists this drift, with text around its memory. */
const listing = (drift: Drift): Issue => sampleIssue(`On it.\n${memoryMarker(sampleMemory(drift))}\nours`)
const counting = (count: number): Issue => sampleIssue(memoryMarker({ ...counted, count }))
const accepted = listing(sampleDrift([a, b]))
const left = forgetRepaired(accepted, sampleDrift([a], { fine: [b] })) ?? nothingLeft
const leaving = sampleIssue(replaceLine(accepted.body, 'memory', memoryMarker(left)))
const running = (...clusters: string[]) => sampleDrift([sampleItem('web:1', { kind: 'workload', clusters })])
const [aks1, aks2] = [sampleId('aks-1'), sampleId('aks-2')]
/** What was accepted of nodes, and a later night. */
const [n1, n1And2] = [onNodes(['n2', 'n3'], ['n1'], ['n1']), onNodes(['n3'], [], ['n1', 'n2'])]
const refusedAgain: [string, Item, Item][] = [
  ['accepted: a refusal of n1 of three nodes, then of n1', n1, n1],
  ['accepted: a refusal of n1 of three nodes, then of n2', n1, onNodes(['n1', 'n3'], ['n2'], ['n2'])],
  ['not accepted: a refusal of n1 of three nodes, then of two', n1, n1And2],
  ['not accepted: a refusal of n1 of three nodes, then of all three', n1, onNodes([], [], ['n1', 'n2', 'n3'])],
  ['not accepted: a refusal of n1 of three nodes, then of n1, and no other is there', n1, onNodes([], [], ['n1'])],
  ['accepted: a refusal of two of three nodes, then of one', n1And2, n1],
  ['accepted: a refusal of all three nodes, then of one', onNodes([], [], ['n1', 'n2', 'n3']), n1],
]
const bothRefused = onNodes([], [], ['n1', 'n2'])
const listed = (item: Item) => listing(sampleDrift([item]))
const decisions = (): Record<string, string> => ({
  ...forEach(
    [
      ['decided about: closed as not planned', 'not_planned'],
      ['decided about: closed as duplicate', 'duplicate'],
      ['not decided about: closed as completed', 'completed'],
      ['not decided about: closed as nothing', ''],
    ] as const,
    ([what]) => what,
    ([, stateReason]) => String(isDecided(sampleIssue('', { stateReason }))),
  ),
  ...forEach<[string, Issue, Drift]>(
    [
      ['accepted: the same', accepted, sampleDrift([b, a])],
      ['accepted: a part of it', accepted, sampleDrift([a], { fine: [b] })],
      ['accepted: a part of it, the rest is unknown', accepted, sampleDrift([a], { unknown: [b] })],
      [
        'accepted: the same in other letter case',
        accepted,
        sampleDrift([{ ...a, said: { what: 'acrpull IS missing' } }, b]),
      ],
      [
        'not accepted: all of it in another way',
        accepted,
        sampleDrift([a, { ...b, said: { what: 'AcrPush is missing' } }]),
      ],
      [
        'not accepted: a part of it in another way',
        accepted,
        sampleDrift([{ ...a, today: 'some', onlyTo: ['app'] }], { fine: [b] }),
      ],
      ['accepted: all of it, with other commands', accepted, sampleDrift([{ ...a, repairs: [sampleRepair('p')] }, b])],
      ['accepted: all of it, something else is unknown', accepted, sampleDrift([a, b], { unknown: [c] })],
      ['accepted: all of it, a job left no report', accepted, sampleDrift([a, b], { gaps })],
      ['not accepted: more', accepted, sampleDrift([a, b, c])],
      ['not accepted: as much, but of something else', accepted, sampleDrift([a, c])],
      ['not accepted: less, but of something else', accepted, sampleDrift([c])],
      [
        'accepted: an image that runs, on one of its clusters',
        listing(running(aks1, aks2)),
        running(aks1.toUpperCase()),
      ],
      ['accepted: an image that runs, on its clusters', listing(running(aks1, aks2)), running(aks2, aks1)],
      ['not accepted: an image that runs, on another cluster, too', listing(running(aks1)), running(aks1, aks2)],
      ...refusedAgain.map(([what, was, is]): [string, Issue, Drift] => [what, listed(was), sampleDrift([is])]),
      [
        'accepted: a refusal of both nodes, then of three, and no other is there',
        listed(bothRefused),
        sampleDrift([onNodes([], [], ['n1', 'n2', 'n3'])]),
      ],
      ['not accepted: one, the issue only counts two', counting(2), sampleDrift([a])],
      ['accepted after b was repaired: a', leaving, sampleDrift([a])],
      ['not accepted after b was repaired: a and b', leaving, sampleDrift([a, b])],
    ],
    ([what]) => what,
    ([, issue, drift]) => String(isAccepted(issue, drift)),
  ),
  ...forEach<[string, Issue, Drift]>(
    [
      ['forgotten of what was accepted: b, which was repaired', accepted, sampleDrift([a], { fine: [b] })],
      ['forgotten of what was accepted: nothing, both drift', accepted, sampleDrift([a, b])],
      ['forgotten of what was accepted: nothing, b was not seen', accepted, sampleDrift([a])],
      ['forgotten of what was accepted: nothing, b is unknown', accepted, sampleDrift([a], { unknown: [b] })],
      ['forgotten of what was accepted: nothing, the issue lists nothing', sampleIssue('thanks'), seenAll],
      ['forgotten of what was accepted: all, two of the two it counts were repaired', counting(2), seenAll],
      [
        'forgotten of what was accepted: nothing, one of the two it counts was repaired',
        counting(2),
        sampleDrift([], { fine: [a] }),
      ],
      [
        'forgotten of what was accepted: nothing, two of the two it counts were repaired, and c drifts',
        counting(2),
        sampleDrift([c], { fine: [a, b] }),
      ],
      ['forgotten of what was accepted: nothing, it counts none', counting(0), seenAll],
    ],
    ([what]) => what,
    ([, issue, drift]) => {
      const rest = forgetRepaired(issue, drift)
      if (!rest) return 'as before'
      return rest === nothingLeft ? 'nothing' : `${remembered(rest)} (state ${rest.state}, count ${rest.count})`
    },
  ),
})

it('what a night changes is in change.txt', async () => {
  const answers = await Promise.all(
    Object.entries({ ...nights(), ...same() }).map(async ([what, answer]) => [what, await answer] as const),
  )
  await expect(catalogueOf({ ...Object.fromEntries(answers), ...allSeen(), ...decisions() })).toMatchFileSnapshot(
    'change.txt',
  )
})

it('what was accepted is forgotten in its line, and not the text around it', () => {
  expect(leaving.body).toMatch(/^On it\.\n<!-- attach-acr state=0 count=1 .*-->\nours$/)
})

it('no drift is lost: each one remains, was seen right, is gone or stays', async () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'))
  await fc.assert(
    fc.asyncProperty(names, names, names, names, fc.boolean(), async (before, items, unknown, fine, isGone) => {
      const itemsOf = (some: string[]) => some.map(name => sampleItem(sampleId(name)))
      const drift = sampleDrift(itemsOf(items), { unknown: itemsOf(unknown), fine: itemsOf(fine) })
      const { former } = sampleMemory(sampleDrift(itemsOf(before)))
      const { better, gone, staying } = await compareNights({ former }, drift, () =>
        Promise.resolve(isGone ? 'deleted' : ''),
      )
      const kept = [...drift.items, ...better].map(({ key }) => key)
      const accounted = new Set([...kept, ...[...gone, ...staying].map(each => each.former.key)])
      for (const { key } of former ?? []) expect(accounted).toContain(key)
      // Only an item that was seen right counts as repaired.
      for (const { target } of better) expect(fine.map(name => sampleId(name))).toContain(target)
    }),
  )
})

it('a refused node is remembered until it pulls, whatever other nodes do meanwhile', async () => {
  const names = ['n1', 'n2', 'n3']
  const turn = fc.record({
    node: fc.constantFrom(...names),
    saw: fc.constantFrom('refused', 'pulled', 'no role', 'nothing'),
    knowsAll: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(turn), async turns => {
      const open = new Set<string>()
      let known: Pick<Memory, 'former'> = { former: [] }
      for (const { node, saw, knowsAll } of turns) {
        const pulled = saw === 'pulled' ? [node] : []
        const left = knowsAll ? names.filter(name => !pulled.includes(name)) : null
        const item = onNodes(pulled, left, saw === 'refused' ? [node] : [])
        const items = saw === 'refused' ? [item] : saw === 'no role' ? [a] : []
        const drift = sampleDrift(items, { fine: saw === 'pulled' ? [item] : [] })
        const { staying, doubts } = await compareNights(known, drift, () => Promise.resolve(''))
        known = sampleMemory(drift, staying, { doubts })
        if (saw === 'refused') open.add(node)
        if (saw === 'pulled') open.delete(node)
        expect(known.former?.flatMap(({ nodes }) => nodes)).toEqual([...open].sort())
      }
    }),
  )
})
