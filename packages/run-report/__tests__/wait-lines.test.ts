import { describe, expect, it, vi } from 'vitest'
import type { Logger } from 'runner'
import type { NodePull } from 'run-model'
import { narrate } from '../src/progress.js'
import { createWaits } from '../src/waits.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { sampleInputs, samplePair, sampleTarget } from '../../../__tests__/support/sample.js'

function createLog() {
  const lines: string[] = []
  const print = (text: string): void => void lines.push(text.trim().replace(/ {3,}/, '  '))
  const log: Logger = {
    line: print,
    warn: print,
    debug: () => undefined,
    section: (title, more) => {
      for (const each of [title, ...more]) print(each)
    },
    phase: (_, work) => work(),
  }
  const clock = createFakeClock()
  const pass = (seconds: number): Promise<void> => clock.sleep(seconds * 1000, new AbortController().signal)
  return { lines, log, clock, pass }
}

describe('what a stage waits for', () => {
  const begin = () => {
    const { log, clock, ...rest } = createLog()
    const waits = createWaits(log, clock, 'written')
    waits.begin('Apply')
    return { waits, ...rest }
  }

  it('is printed at once, when it changes and with the time that is left, and how it ended', async () => {
    const { waits, lines, pass } = begin()
    waits.heard('a', 'a: too many requests', 60_000)
    await pass(10)
    waits.heard('a', 'a: too many requests', 50_000)
    waits.heard('a', 'a: a conflict', 50_000)
    waits.heard('b', 'b: refused', undefined)
    await pass(31)
    waits.heard('a', 'a: a conflict', 19_000)
    waits.ended('a', 'created a', { isFailed: false, tookMs: 41_000 })
    expect(lines).toEqual([
      'Apply',
      '0:00  a: too many requests; 1:00 left',
      '0:10  a: a conflict; 0:50 left',
      '0:10  b: refused',
      '0:41  a: a conflict; 0:19 left; 1 other waiting, too',
      'created a  41.0 s',
    ])
  })

  it('is told again from what was heard last, as long as it is waited for', async () => {
    const { waits, lines, pass } = begin()
    waits.expect('a', 'a: no answer', 100_000)
    waits.remind()
    await pass(40)
    waits.remind()
    expect(lines.splice(0)).toEqual(['Apply', '0:40  a: no answer; 1:00 left'])
    expect(waits.leave('a')).toBe(false)
    await pass(40)
    waits.remind()
    expect(lines).toEqual([])
  })

  it.each([
    ['nothing changes', () => 'the same'],
    ['everything changes', (at: number) => `the answer ${at}`],
  ])('takes fewer and fewer lines if %s', async (_, textAt) => {
    const { waits, lines, pass } = begin()
    for (let at = 0; at < 3600; at += 5) {
      for (const each of ['a', 'b', 'c']) waits.heard(each, `${each}: ${textAt(at)}`, 5000)
      await pass(5)
    }
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.length).toBeLessThan(60)
  })

  it('is named if it is one of the first to succeed or if it failed; the others are counted at each pause', async () => {
    const { waits, lines, pass } = begin()
    for (let index = 0; index < 2000; index += 1) {
      const isFailed = index === 1234
      waits.ended(index, `${isFailed ? 'failed' : 'created'} no ${index}`, { isFailed, tookMs: 100 })
      await pass(0.1)
    }
    expect(lines.filter(line => line.startsWith('created'))).toHaveLength(50)
    expect(lines.filter(line => line.startsWith('failed'))).toEqual(['failed no 1234  0.1 s'])
    expect(lines.filter(line => /^\d:\d\d {2}[\d,]+ written$/.test(line)).length).toBeGreaterThanOrEqual(5)
  })
})

it('an assignment that is waited for is named, with what Azure lists', () => {
  const { lines, log, clock } = createLog()
  const { assignments } = narrate(log, clock, sampleInputs).verify()
  assignments.onStart(new Map())
  assignments.onWait([samplePair()], new Map())
  expect(lines[1]).toMatch(
    /^0:00 {2}AcrPull on contosoacr for aks-prod-1: not reported yet \(Azure lists no role for it\); \d+:\d\d left$/,
  )
})

it('an assignment that a later list still shows is named, with the time that is left', () => {
  const { lines, log, clock } = createLog()
  narrate(log, clock, sampleInputs).waits().onListed('AcrPull', samplePair(), 90_000)
  expect(lines).toEqual([
    'Look again: wait until what the list still shows is gone',
    '0:00  AcrPull on contosoacr for aks-prod-1 is still listed; 1:30 left',
  ])
})

describe('a wait for nodes', () => {
  const pull = (node: number, verdict: NodePull['verdict']): NodePull => ({
    node: `aks-node-${node}`,
    pool: `pool${node % 3}`,
    arch: 'amd64',
    image: { reference: 'contosoacr.azurecr.io/nginx:v1', registryId: '/r', from: 'probe-image', isThere: true },
    verdict,
    message: verdict === 'pulled' ? '' : 'HTTP 401 Unauthorized',
    attempts: 1,
    os: 'linux',
    cacheMs: 3_600_000,
    startedAt: 0,
    finishedAt: 0,
  })
  const begin = (way: 'kubectl' | 'run-command' = 'kubectl', turn?: { number: number; of: number }) => {
    const { log, clock, ...rest } = createLog()
    const { pulls } = narrate(log, clock, { ...sampleInputs, timeoutMs: 600_000 }).verify()
    const chosen = [0, 1, 2].map(index => ({
      node: sampleNode(`aks-node-${index}`, { pool: 'apps' }),
      spares: [],
      ...(turn && { turn }),
    }))
    const target = sampleTarget('aks-1')
    const skipped = [{ pool: 'win', why: 'Windows' }]
    pulls.onStart(target, way, { chosen, skipped, skippedNodes: [] }, new Map([['/r', 'group']]))
    return { pulls, target, ...rest }
  }

  it('says whose turn it is today', () => {
    const { lines } = begin('kubectl', { number: 3, of: 12 })
    expect(lines.join('\n')).toContain('(apps: node 3 of 12 today; win skipped: Windows)')
  })

  it('has a line when something changes, until all have pulled', async () => {
    const { pulls, target, lines, pass } = begin()
    pulls.onRound(target, [pull(0, 'denied'), pull(1, 'denied')], 3000)
    await pass(6)
    pulls.onRound(target, [pull(0, 'pulled'), pull(1, 'denied'), pull(2, 'denied')], 3000)
    await pass(9)
    // A round probes only nodes that have not passed.
    pulls.onRound(target, [pull(1, 'pulled'), pull(2, 'pulled')], 1000)
    pulls.onRound(target, [pull(1, 'pulled'), pull(2, 'pulled')], undefined)
    const why = 'the group membership has not reached them yet'
    expect(lines).toEqual([
      'Verify: pull on one node of each pool',
      'aks-1: 3 nodes (apps; win skipped: Windows), with kubectl',
      'aks-1: access comes through a group; nodes can keep their tokens for up to a day',
      `0:00  aks-1: 2 of 3 nodes were refused (401): ${why}; 1 not asked yet; 10:00 left`,
      `0:06  aks-1: 1 of 3 nodes pulled nginx:v1; 2 of 3 nodes were refused (401): ${why}; 9:54 left`,
      'aks-1: 3 of 3 nodes pulled nginx:v1  15.0 s',
    ])
  })

  it('continues while a command inside the cluster says nothing', async () => {
    vi.useFakeTimers()
    try {
      const { pulls, target, lines, pass } = begin('run-command')
      await pass(31)
      vi.advanceTimersByTime(30_000)
      expect(lines.splice(3)).toEqual(['0:31  aks-1: no node has answered yet; 9:29 left'])
      pulls.onEnd(target)
      await pass(31)
      vi.advanceTimersByTime(30_000)
      expect(lines.splice(3)).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })
})
