import { describe, expect, it } from 'vitest'
import type { ClusterNode } from 'azure'
import type { NodePull } from 'run-model'
import { findLate, findUnsteady } from '../src/findings.js'
import type { Seat } from '../src/record.js'
import { realRegistry, realTarget } from '../../../__tests__/support/observed.js'
import { sampleNode } from '../../../__tests__/support/nodes.js'

const target = realTarget('aks-1')
const registry = realRegistry()
const refusal = 'failed to authorize: failed to fetch oauth token: 401 Unauthorized.'

/** A pull that succeeded at once, or at a later attempt. */
const pull = ({ name, pool, os, arch }: ClusterNode, attempts = 1, more: Partial<NodePull> = {}): NodePull => ({
  ...{ node: name, pool, os, arch, verdict: 'pulled', message: '', attempts, startedAt: 1, finishedAt: 2, cacheMs: 0 },
  image: { reference: 'contosoacr.azurecr.io/app:1', registryId: registry.id, isThere: true, from: 'images' },
  ...(attempts > 1 && { firstRefusal: refusal }),
  ...more,
})

const findingsOf = (pulls: readonly NodePull[], nodes: readonly ClusterNode[]) =>
  findUnsteady(target, registry, pulls, {
    seats: nodes.map((node, index): Seat => ({ index, node, spares: [], pulls: [] })),
  })

describe('nodes that pulled only at a later attempt', () => {
  const [a1, a2, b1, c1] = [
    sampleNode('a1', { kubeletVersion: 'v1.33.2' }),
    sampleNode('a2', { kubeletVersion: 'v1.33.2' }),
    sampleNode('b1', { kubeletVersion: 'v1.33.2', arch: 'arm64' }),
    sampleNode('c1', { kubeletVersion: 'v1.32.7' }),
  ] as const

  it('are one notice, with the first refusal and a command that shows the first of them', () => {
    const findings = findingsOf([pull(a1, 3), pull(c1), pull(a1, 4)], [a1, c1])
    expect(findings).toMatchObject([
      {
        code: 'PULL_UNSTEADY',
        severity: 'notice',
        subject: target.id,
        message:
          '1 of the 2 probed nodes of aks-1 pulled from contosoacr only at a later attempt (a1, 3 attempts), although nothing was written and the role is old. ' +
          'Only they have the pool a and Kubernetes v1.33.2. The first refusal: failed to authorize: failed to fetch oauth token: 401 Unauthorized.',
        fix: { commands: ['kubectl describe node a1'] },
      },
    ])
  })

  /** What only they have, next to others. */
  it.each<[string, readonly ClusterNode[], readonly ClusterNode[], string]>([
    ['their pool and version', [a1, a2], [c1], ' Only they have the pool a and Kubernetes v1.33.2.'],
    ['their version, if they are of several pools', [a1, b1], [c1], ' Only they have Kubernetes v1.33.2.'],
    ['their pool and architecture', [b1], [a1, a2], ' Only they have the pool b and the architecture arm64.'],
    ['nothing, if a steady node has the same', [a1], [a2], ''],
    ['nothing, if they have nothing in common', [b1, c1], [], ''],
    ['no version, if it is not known', [sampleNode('d1')], [sampleNode('e1')], ' Only they have the pool d.'],
  ])('show %s', (_, unsteady, steady, shared) => {
    const pulls = [...unsteady.map(node => pull(node, 2)), ...steady.map(node => pull(node))]
    const [finding] = findingsOf(pulls, [...unsteady, ...steady])
    const { length } = unsteady
    expect(finding?.message).toBe(
      `${length} of the ${pulls.length} probed nodes of aks-1 pulled from contosoacr only at a later attempt ` +
        `(${unsteady.map(({ name }) => `${name}, 2 attempts`).join(', ')}), although nothing was written and the role is old.${shared} ` +
        `The first refusal: ${refusal}`,
    )
  })

  it('can be the only one that was probed, which differs from none', () => {
    expect(findingsOf([pull(a1, 2)], [a1])[0]?.message).toMatch(
      /^The probed node of aks-1 pulled from contosoacr only at a later attempt \(a1, 2 attempts\), .* is old\. The first refusal: /,
    )
  })

  it('are none if every node pulled at once, or was refused by no registry', () => {
    expect(findingsOf([pull(a1), pull(c1)], [a1, c1])).toEqual([])
    // Its pod was created again because of other images.
    const again = pull(a1, 2)
    delete again.firstRefusal
    expect(findingsOf([again, pull(c1, 1, { firstRefusal: refusal })], [a1, c1])).toEqual([])
  })
})

describe('pools whose nodes should have been there', () => {
  it('are a notice each, with the reason why none of their nodes was probed', () => {
    const skipped = [
      { pool: 'user', why: 'no nodes', isEmpty: true as const },
      { pool: 'gpu', why: 'none of its nodes is ready' },
      { pool: 'spot', why: 'no nodes', isEmpty: true as const },
    ]
    const findings = findLate(target, { chosen: [], skipped, skippedNodes: [] }, ['user', 'gpu'])
    expect(findings.map(({ code, severity, subject, message }) => [code, severity, subject, message])).toEqual([
      [
        ...['POOL_SKIPPED', 'notice', target.id],
        'The pool user of aks-1 was not probed: none of its nodes had joined when the nodes were last listed.',
      ],
      ['POOL_SKIPPED', 'notice', target.id, 'The pool gpu of aks-1 was not probed: none of its nodes is ready.'],
    ])
    expect(findLate(target, { chosen: [], skipped, skippedNodes: [] }, [])).toEqual([])
  })
})
