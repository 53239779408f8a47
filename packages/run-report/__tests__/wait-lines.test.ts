import { describe, expect, it } from 'vitest'
import { ActionError } from 'kernel'
import type { Logger } from 'runner'
import type { NodePull } from 'run-model'
import { narrate } from '../src/progress.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'
import { sampleInputs, samplePair, sampleTarget } from '../../../__tests__/support/sample.js'

function createLog() {
  const lines: string[] = []
  const log: Logger = {
    line: text => lines.push(text),
    warn: text => lines.push(text),
    debug: () => undefined,
    section: (title, more) => lines.push(title, ...more),
    phase: (_, work) => work(),
  }
  return { lines, log }
}

const pull = (node: number, verdict: NodePull['verdict'], attempts: number): NodePull => ({
  node: `aks-node-${node}`,
  pool: `pool${node % 3}`,
  arch: 'amd64',
  image: { reference: 'contosoacr.azurecr.io/nginx:v1', registryId: '/r', from: 'probe-image', isThere: true },
  verdict,
  message: verdict === 'pulled' ? '' : `HTTP 401 Unauthorized (try ${attempts})`,
  attempts,
  os: 'linux',
  cacheMs: 3_600_000,
  startedAt: 0,
  finishedAt: 0,
})

const written = new Map([['/r', 'written' as const]])

describe('a wait for nodes', () => {
  const nodes = Array.from({ length: 100 }, (_, index) => index)
  const minutes = 15

  it.each([
    ['that all stay refused', 1, () => 'denied' as const],
    [
      'that pass one by one',
      1,
      (node: number, at: number) => (at > node * 8 ? ('pulled' as const) : ('denied' as const)),
    ],
    [
      'that come and go',
      1,
      (node: number, at: number) => ((node * 7 + at) % 3 ? ('denied' as const) : ('unreachable' as const)),
    ],
    ['of many clusters', 10, () => 'denied' as const],
  ])('%s takes few lines', async (_, clusters, verdictOf) => {
    const clock = createFakeClock()
    const { lines, log } = createLog()
    const { pulls } = narrate(log, clock, { ...sampleInputs, verify: 'pull', probeNodes: 'all' }).verify()
    const targets = Array.from({ length: clusters }, (__, index) => sampleTarget(`aks-${index}`))
    for (const target of targets)
      pulls.onStart(target, 'kubectl', { chosen: [], skipped: [], skippedNodes: [] }, written)
    const before = lines.length
    for (let at = 0; at < minutes * 60; at += 5) {
      for (const target of targets)
        pulls.onRound(
          target,
          nodes.map(node => pull(node, verdictOf(node, at), at / 5)),
          5000,
        )
      await clock.sleep(5000, new AbortController().signal)
    }
    const waits = lines.slice(before)
    // One line per cluster about its state, then one line every 30 s.
    expect(waits.length).toBeLessThanOrEqual(60 + (clusters - 1))
    expect(waits.length).toBeGreaterThanOrEqual(minutes)
  })

  it('shows changes immediately', async () => {
    const clock = createFakeClock()
    const { lines, log } = createLog()
    const { pulls } = narrate(log, clock, { ...sampleInputs, verify: 'pull' }).verify()
    const target = sampleTarget('aks-prod-1')
    pulls.onStart(target, 'kubectl', { chosen: [], skipped: [], skippedNodes: [] }, written)
    pulls.onRound(
      target,
      [0, 1, 2].map(node => pull(node, 'denied', 1)),
      3000,
    )
    await clock.sleep(6000, new AbortController().signal)
    // A round probes only nodes that have not passed.
    pulls.onRound(
      target,
      [0, 1, 2].map(node => pull(node, node ? 'denied' : 'pulled', 2)),
      3000,
    )
    await clock.sleep(9000, new AbortController().signal)
    pulls.onRound(
      target,
      [1, 2].map(node => pull(node, 'pulled', 3)),
      undefined,
    )
    const shown = lines.slice(2).map(line =>
      line
        .trim()
        .replace(/ {3,}/, '  ')
        .replace(/(\(401\)):.*/, '$1'),
    )
    expect(shown).toEqual([
      '0:00  aks-prod-1: 3 of 3 nodes were refused (401)',
      '0:06  aks-prod-1: 1 of 3 nodes pulled nginx:v1; 2 of 3 nodes were refused (401)',
      '0:15  aks-prod-1: 3 of 3 nodes pulled nginx:v1  15.0 s',
    ])
  })
})

describe('a line of a wait', () => {
  const lineAfter = async (ms: number): Promise<string> => {
    const clock = createFakeClock()
    const { lines, log } = createLog()
    const { pulls } = narrate(log, clock, { ...sampleInputs, verify: 'pull', probeNodes: 'all' }).verify()
    const chosen = [0, 1, 2].map(index => ({ node: sampleNode(`aks-node-${index}`), spares: [] }))
    pulls.onStart(sampleTarget('aks-1'), 'kubectl', { chosen, skipped: [], skippedNodes: [] }, written)
    await clock.sleep(ms, new AbortController().signal)
    pulls.onRound(sampleTarget('aks-1'), [pull(0, 'denied', 1)], 5000)
    return lines.at(-1) ?? ''
  }

  it.each([
    [0, 'few seconds'],
    [299_000, 'few seconds'],
    [301_000, 'half minute'],
    [899_000, 'half minute'],
    [901_000, 'minute'],
  ])('shows after %i ms how often nodes are asked, and how many are not: every %s', async (ms, pause) => {
    expect(await lineAfter(ms)).toMatch(
      new RegExp(
        `aks-1: 1 of 3 nodes was refused .* has not reached it yet; 2 not asked yet; retrying every ${pause}$`,
      ),
    )
  })
})

describe('a wait for Azure', () => {
  it('of an hour prints a line every 30 s', async () => {
    const clock = createFakeClock()
    const { lines, log } = createLog()
    const { assignments } = narrate(log, clock, sampleInputs).verify()
    const waiting = [samplePair()]
    for (let at = 0; at < 3600; at += 5) {
      assignments.onWait(waiting, new Map(), 5000)
      await clock.sleep(5000, new AbortController().signal)
    }
    expect(lines.length).toBeLessThanOrEqual(121)
    expect(lines.length).toBeGreaterThan(100)
  })

  it('of thousands names the first ones and every failure, and counts the others every 30 s', async () => {
    const clock = createFakeClock()
    const { lines, log } = createLog()
    const { assignments } = narrate(log, clock, sampleInputs).verify()
    const error = new ActionError('PROPAGATION_TIMEOUT', 'It is not reported.')
    for (let index = 0; index < 2000; index += 1) {
      const pair = samplePair({}, sampleTarget(`aks-${index}`))
      const isLate = index === 1234
      assignments.onDone(pair, { verified: isLate ? 'none' : 'assignment', ...(isLate && { error }) })
      await clock.sleep(100, new AbortController().signal)
    }
    const named = lines.filter(line => /aks-\d+: reported/.test(line))
    expect(named).toHaveLength(50)
    expect(lines.filter(line => line.includes('PROPAGATION_TIMEOUT'))).toEqual([
      expect.stringContaining('aks-1234: failed'),
    ])
    expect(lines.filter(line => /^ {2}\d+:\d\d {2}[\d,]+ reported$/.test(line))).toHaveLength(6)
  })
})
