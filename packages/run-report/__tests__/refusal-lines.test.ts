import { describe, expect, it } from 'vitest'
import type { NodePull, Pending } from 'run-model'
import { narratePulls } from '../src/pull-narration.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { sampleInputs, sampleTarget } from '../../../__tests__/support/sample.js'

/** The line about a node that was refused, or of this pull. */
function lineFor(cause: NodePull['cause'], pending: Pending, of: Partial<NodePull> = {}): string {
  return lineOf([{ ...(cause && { cause }), ...of }], pending)
}

/** The line about these pulls, which were refused unless they say otherwise. */
function lineOf(some: readonly Partial<NodePull>[], pending: Pending): string {
  const lines: string[] = []
  const log = { line: (text: string) => void lines.push(text), section: () => undefined }
  const pulls = narratePulls(log as never, createFakeClock(), { ...sampleInputs, timeoutMs: 900_000 })
  const target = sampleTarget('aks-1')
  pulls.onStart(target, 'kubectl', { chosen: [], skipped: [], skippedNodes: [] }, new Map([['/near', pending]]))
  const base: NodePull = {
    ...{ node: 'a1', pool: 'a', arch: 'amd64', verdict: 'denied', message: '401', attempts: 1 },
    image: { reference: 'near.azurecr.io/app:1', registryId: '/near', isThere: true, from: 'images' },
    ...{ os: 'linux', cacheMs: 3_600_000, startedAt: 0, finishedAt: 1 },
  }
  const all = some.map(each => ({ ...base, ...each }))
  const isEnd = all.every(({ verdict }) => verdict === 'pulled')
  pulls.onRound(target, all, isEnd ? undefined : 2000)
  pulls.onEnd(target)
  return (lines.at(-1) ?? '').trim()
}

describe('the line about a refused node', () => {
  it.each<[NodePull['cause'], Pending, string]>([
    [undefined, 'nothing', 'was refused (401)'],
    ['role', 'nothing', 'was refused (401): no role allows the pull'],
    ['no-credential', 'nothing', 'was refused (401): it offered no credential'],
    ['role', 'recent', 'was refused (401): the role was assigned recently and may not have reached it yet; 15:00 left'],
    ['no-credential', 'written', 'was refused (401): the role has not reached it yet; 15:00 left'],
    ['role', 'group', 'was refused (401): the group membership has not reached it yet; 15:00 left'],
    [
      'stale-credential',
      'nothing',
      'was refused (401): the registry no longer accepts its cached credential; 15:00 left',
    ],
    [
      'stale-credential',
      'written',
      'was refused (401): the registry no longer accepts its cached credential; 15:00 left',
    ],
  ])('because of %s, with %s pending', (cause, pending, text) => {
    expect(lineFor(cause, pending)).toBe(`0:00  aks-1: the node ${text}`)
  })
})

it('the line about nodes that pull, or have said nothing about their pod, says for how long they are waited for', () => {
  const pulling: Partial<NodePull> = { verdict: 'slow', pending: { doing: 'pulling', since: 0, message: '' } }
  expect(lineFor(undefined, 'nothing', pulling)).toBe('0:00  aks-1: the node is still pulling app:1; 15:00 left')
  const quiet: Partial<NodePull> = { verdict: 'slow', message: '', pending: { doing: 'quiet', since: 0, message: '' } }
  expect(lineFor(undefined, 'nothing', quiet)).toBe('0:00  aks-1: the node is not pulling yet; 15:00 left')
  const refused: Partial<NodePull> = { pending: { doing: 'silent', since: 0, message: '' } }
  expect(lineOf([refused, { ...refused, node: 'a2' }, { node: 'a3', verdict: 'pulled' }], 'written')).toContain(
    '2 of 3 nodes were refused (401), and have not answered since; 15:00 left',
  )
})

it('the line about a node that rejected the pod has no full stop of its kubelet in it', () => {
  // From a kubelet 1.34 that lacks disk space.
  const message = 'Evicted: Pod was rejected: The node had condition: [DiskPressure].'
  expect(lineFor(undefined, 'nothing', { verdict: 'unschedulable', message })).toBe(
    '0:00  aks-1: the node reported unschedulable: Evicted: Pod was rejected: The node had condition: [DiskPressure]; 15:00 left',
  )
})

describe('the line about nodes that pulled different images', () => {
  const pulled = (node: string, ...names: string[]): Partial<NodePull>[] =>
    names.map(name => ({
      node,
      verdict: 'pulled',
      image: { reference: `${name}.azurecr.io/app:1`, registryId: '/near', isThere: true, from: 'images' },
    }))

  it('says the same number of images once', () => {
    const all = [...pulled('a1', 'near', 'base'), ...pulled('a2', 'near', 'arm'), ...pulled('a3', 'near', 'base')]
    expect(lineOf(all, 'nothing')).toMatch(/^aks-1: 3 of 3 nodes pulled 2 images {2,}/)
  })

  it('names the registry of a single image', () => {
    expect(lineOf([...pulled('a1', 'base'), ...pulled('a2', 'arm')], 'nothing')).toMatch(
      /: 1 of 2 nodes pulled base\.azurecr\.io\/app:1; 1 of 2 nodes pulled arm\.azurecr\.io\/app:1 /,
    )
  })
})
