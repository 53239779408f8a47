import { describe, expect, it } from 'vitest'
import type { PullResult } from 'kubernetes'
import type { NodePull } from 'run-model'
import { chooseProbes, fold, pullsOf, startRecord, withoutAccounts } from '../src/record.js'
import { isHeard, isLetIn } from '../src/seen-pull.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { samplePullOrder } from '../../../__tests__/support/pull-order.js'
import type { PulledImage } from '../src/probe-images.js'
import { sampleImage } from './sample-pull.js'

const image = (name: string, account?: string) =>
  sampleImage({ reference: `contosoacr.azurecr.io/${name}:1`, ...(account && { account }) })
const [plain, shop, other, cart] = [image('plain'), image('shop', 'shop'), image('other'), image('cart', 'cart')]
const seated = (nodes: string[], images: PulledImage[], now: number) =>
  startRecord(samplePullOrder({ nodes: nodes.map(name => ({ node: sampleNode(name), spares: [] })), images }), now)
const start = () => seated(['a1', 'b1'], [plain, shop, other, cart], 5)
const own = (name: string) => `contosoacr.azurecr.io/${name}:1`

describe('images of workloads with service accounts', () => {
  it('are pulled by a pod for each account, because a pod has one', () => {
    const record = start()
    const seats = record.seats.map(
      ({ index, node, pulls }) =>
        `${index} ${node.name} ${pulls.map(({ image: { account = 'none' } }) => account).join()}`,
    )
    const expected = ['0 a1 none,none', '1 a1 shop', '2 a1 cart', '3 b1 none,none', '4 b1 shop', '5 b1 cart']
    expect(seats).toEqual(expected)
    expect(record.nextIndex).toBe(6)
  })

  it('are probed with their account, and one pod of each account tries for its pool', () => {
    const { probes, scouts } = chooseProbes(start(), 1000, true)
    expect(probes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5])
    expect(probes[0]?.images).toEqual([
      { container: 'image-0', reference: own('plain') },
      { container: 'image-1', reference: own('other') },
    ])
    expect(probes[1]?.images).toEqual([{ container: 'image-0', reference: own('shop'), account: 'shop' }])
    expect(scouts).toEqual([0, 1, 2, 3, 4, 5])
    expect(chooseProbes(start(), 1000, false).probes).toHaveLength(6)
  })

  it('are pulled as no account by new pods, if the accounts are unknown to the cluster', () => {
    const images: PullResult[] = [{ container: 'image-0', verdict: 'denied', message: 'no' }]
    const before = fold(start(), [{ index: 1, attempts: 1, images }], { began: 1000, ended: 2000 })
    const after = withoutAccounts(before)
    expect(after.seats.map(({ index }) => index)).toEqual([6, 7, 8, 9, 10, 11])
    expect(after.nextIndex).toBe(12)
    expect(pullsOf(after).filter(each => 'account' in each.image)).toEqual([])
    expect(after.seats[1]?.pulls).toEqual([{ ...before.seats[1]?.pulls[0], image: image('shop') }])
    expect(after).toMatchObject({ hadPods: true, isWithoutAccounts: true })
    // The record from before is another one.
    expect(before.seats[1]?.pulls[0]?.image).toEqual(shop)
  })
})

describe('the result of a pull', () => {
  const one = seated(['a1'], [plain], 0)

  it('shows that the cluster has admitted pods if one of several was', () => {
    const results = [0, 1].map(index => ({ index, attempts: index, images: [] }))
    expect(fold(start(), results, { began: 1, ended: 2 }).hadPods).toBe(true)
    expect(fold(start(), results.slice(0, 1), { began: 1, ended: 2 }).hadPods).toBe(false)
  })

  it.each<[NodePull['verdict'], 'gone' | undefined, boolean]>([
    ['denied', undefined, true],
    ['pulled', undefined, true],
    ['failed', undefined, true],
    ['failed', 'gone', false],
    ['slow', undefined, false],
    ['unschedulable', undefined, false],
  ])('that is %s, %s, comes from the registry: %s', (verdict, cause, expected) => {
    expect(isHeard({ verdict, ...(cause && { cause }) })).toBe(expected)
  })

  it.each<[NodePull['verdict'], NonNullable<NodePull['pending']>['doing'] | undefined, number, boolean]>([
    ['pulled', undefined, 0, true],
    ['slow', undefined, 20_000, false],
    ['slow', 'pulling', 20_000, true],
    ['slow', 'pulling', 19_999, false],
    ['slow', 'quiet', 20_000, false],
  ])(
    'that is %s and %s for %i ms shows that the registry accepted the node: %s',
    (verdict, doing, lasted, expected) => {
      const [start] = pullsOf(one)
      if (!start) throw new Error('nothing is pulled')
      const pending = doing && { doing, since: 5000, message: '' }
      expect(isLetIn({ ...start, verdict, finishedAt: 5000 + lasted, ...(pending && { pending }) })).toBe(expected)
    },
  )
})
