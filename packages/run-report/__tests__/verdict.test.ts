import { describe, expect, it } from 'vitest'
import type { NodePull, Outcome, PairResult } from 'run-model'
import { canStillPull, describeLeft } from '../src/verdict.js'
import { ActionError } from 'kernel'
import { failure } from '../../../__tests__/support/concluding.js'
import { sampleDrift, sampleId, sampleItem } from '../../../__tests__/support/drift.js'
import { sampleAccess, sampleInputs, sampleLost, sampleTarget } from '../../../__tests__/support/sample.js'
import {
  at,
  attachedPair,
  findingOf,
  imageOf,
  lostAt,
  lostPair,
  pairOf,
  type Ending,
  verdictOf,
} from '../../../__tests__/support/verdict.js'

describe('a cluster with access', () => {
  it('is named, or counted if there are several', () => {
    expect(verdictOf([attachedPair('aks-1')])).toBe(
      '✓ AcrPull is assigned to aks-1 on contosoacr; pulls not proven (nothing to write)',
    )
    expect(verdictOf([attachedPair('aks-1'), attachedPair('aks-1', 'other')])).toBe(
      '✓ AcrPull is assigned to aks-1 on contosoacr and other; pulls not proven (nothing to write)',
    )
    expect(verdictOf(['contosoacr', 'other', 'third'].map(registry => attachedPair('aks-1', registry)))).toBe(
      '✓ AcrPull is assigned to aks-1 on 3 registries; pulls not proven (nothing to write)',
    )
    expect(verdictOf([attachedPair('aks-1'), attachedPair('aks-2')])).toBe(
      '✓ AcrPull is assigned to 2 clusters on contosoacr; pulls not proven (nothing to write)',
    )
  })

  it('has a sentence that is true for each cluster and registry', () => {
    const reader = (name: string, registry: string) => ({ ...attachedPair(name, registry), role: 'Reader' })
    const rest = 'pulls not proven (nothing to write)'
    expect(verdictOf([attachedPair('aks-1', 'one'), reader('aks-1', 'two')])).toBe(
      `✓ aks-1 has a pull role on one and two; ${rest}`,
    )
    expect(verdictOf([attachedPair('aks-1'), reader('aks-2', 'contosoacr')])).toBe(
      `✓ 2 clusters have a pull role on contosoacr; ${rest}`,
    )
    const left = (name: string, registry: string): PairResult =>
      pairOf(name, 'detached', { ...at(registry), left: [sampleAccess()] })
    expect(verdictOf([left('aks-1', 'one'), left('aks-1', 'two'), left('aks-2', 'one')], { mode: 'detach' })).toMatch(
      /^⚠ 2 clusters can still pull: 2 from one, 1 from two \(/,
    )
  })

  it('has it through the group if all have', () => {
    const through = (name: string, grantedBy: PairResult['grantedBy']) => ({ ...attachedPair(name), grantedBy })
    const textOf = (...from: PairResult['grantedBy'][]) =>
      verdictOf(from.map((grantedBy, index) => through(`aks-${index}`, grantedBy)))
    expect(textOf('group', 'group')).toBe(
      '✓ AcrPull is assigned to 2 clusters on contosoacr, through the group; pulls not proven (nothing to write)',
    )
    expect(textOf('group', 'direct')).toBe(
      '✓ AcrPull is assigned to 2 clusters on contosoacr; pulls not proven (nothing to write)',
    )
  })

  it('has one sentence for its roles if one registry has both', () => {
    const reader = { ...attachedPair('aks-2', 'one'), role: 'Reader' }
    expect(verdictOf([attachedPair('aks-1', 'one'), reader, attachedPair('aks-1', 'two')])).toBe(
      '✓ 2 clusters have a pull role on one and two; pulls not proven (nothing to write)',
    )
  })

  it('is called a target if one is an identity without its cluster', () => {
    const id = sampleId('next', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities')
    const identity = pairOf('next', 'attached', { target: id, targetKind: 'kubelet-identity' })
    expect(verdictOf([attachedPair('aks-1'), identity])).toBe(
      '✓ AcrPull is assigned to 2 targets on contosoacr; pulls not proven (nothing to write)',
    )
    expect(verdictOf([identity])).toBe(
      '✓ AcrPull is assigned to next on contosoacr; pulls not proven (nothing to write)',
    )
  })

  it('is proven by nodes, each counted once, with the longest wait', () => {
    const pulls = (...nodes: string[]) => nodes.map(node => ({ node, layers: 'fetched' })) as unknown as NodePull[]
    const proven = [
      pairOf('aks-1', 'attached', { pulls: pulls('n1', 'n2', 'n1'), propagationSeconds: 4.2 }),
      pairOf('aks-2', 'attached', { pulls: pulls('n1'), propagationSeconds: 15.2 }),
    ]
    const ending = { verify: 'pull', verified: 'pull', changed: true } as const
    expect(verdictOf(proven, ending)).toBe(
      '✓ 2 clusters can pull from contosoacr (proven on 3 nodes, 15.2 s after the grant)',
    )
    const alone = pairOf('aks-1', 'attached', { pulls: pulls('n1') })
    expect(verdictOf([alone], ending)).toBe('✓ aks-1 can pull from contosoacr (proven on 1 node)')
  })

  it('is only the role where no node of a cluster has fetched layers, and says where that is not known', () => {
    const pull = (node: string, layers?: NodePull['layers']) => ({ node, layers }) as NodePull
    const ending = { verify: 'pull', verified: 'pull', changed: false } as const
    const verdict = (...clusters: NodePull[][]) =>
      verdictOf(
        clusters.map((pulls, index) => pairOf(`aks-${index + 1}`, 'attached', { pulls })),
        ending,
      )
    const [had, got, open] = [pull('n1', 'on-node'), pull('n2', 'fetched'), pull('n3')]
    const assigned = '✓ AcrPull is assigned to aks-1 on contosoacr; role proven on'
    expect(verdict([had])).toBe(`${assigned} 1 node; the layers were there already`)
    const can = (nodes: string, layers: string): string =>
      `✓ aks-1 can pull from contosoacr (proven on ${nodes}; ${layers})`
    expect(verdict([open])).toBe(can('1 node', 'layers not known'))
    expect(verdict([had, open])).toBe(can('2 nodes', 'layers not known'))
    expect(verdict([had, got])).toBe(can('2 nodes', 'layers fetched on 1'))
    expect(verdict([had], [open])).toBe(
      '✓ AcrPull is assigned to 2 clusters on contosoacr; role proven on 2 nodes; layers not known',
    )
    expect(verdict([had], [got, open])).toBe(
      '✓ AcrPull is assigned to 2 clusters on contosoacr; role proven on 3 nodes; layers fetched for only 1 of 2 pairs of cluster and registry',
    )
  })

  it('counts nodes per registry, if not every node has pulled from each', () => {
    const pulls = (...nodes: string[]) => nodes.map(node => ({ node, layers: 'fetched' })) as unknown as NodePull[]
    const ending = { verify: 'pull', verified: 'pull', changed: false } as const
    const counted = (placed: Record<string, string[]>): string =>
      verdictOf(
        Object.entries(placed).map(([name, nodes]) => ({ ...attachedPair('aks-1', name), pulls: pulls(...nodes) })),
        ending,
      ).replace(/.*\(proven on (.*)\)/, '$1')
    expect(counted({ one: ['a', 'b'], two: ['b', 'a'] })).toBe('2 nodes')
    expect(counted({ one: ['a', 'b'], two: ['a'] })).toBe('2 nodes for one, but only 1 for two')
    expect(counted({ one: ['a'], two: ['a', 'b', 'c'], three: ['b'] })).toBe(
      '3 nodes for two, but only 1 for one and three',
    )
    expect(counted({ one: ['a', 'b', 'c'], two: ['a', 'b'], three: ['a'] })).toBe(
      '3 nodes for one, but only 2 for two and only 1 for three',
    )
    expect(counted({ one: ['a'], two: ['b'] })).toBe('1 node per registry, not the same for each')
    const many = { one: ['a', 'b', 'c', 'd'], two: ['a', 'b', 'c'], three: ['a', 'b'], four: ['a'] }
    expect(counted(many)).toBe('1 to 4 nodes per registry')
  })

  it('says for how many pairs nodes have pulled, if not for all', () => {
    const ending = { verify: 'pull', verified: 'assignment', changed: false } as const
    const proven = { ...attachedPair('aks-1', 'one'), verified: 'pull' as const }
    expect(verdictOf([proven, attachedPair('aks-1', 'two')], ending)).toBe(
      '✓ AcrPull is assigned to aks-1 on one and two; pulls proven for only 1 of 2 pairs of cluster and registry',
    )
    const pulled = { ...attachedPair('aks-1'), pulls: [{ node: 'n1', verdict: 'pulled' }] as unknown as NodePull[] }
    expect(verdictOf([pulled], ending)).toBe(
      '✓ AcrPull is assigned to aks-1 on contosoacr; pulls not proven: nodes pulled, but their role may not be why',
    )
  })

  it('is only reported if no node has pulled', () => {
    const written = pairOf('aks-1', 'attached', { changed: true, propagationSeconds: 41.3 })
    const asked = { verified: 'assignment', verify: 'pull' } as const
    expect(verdictOf([attachedPair('aks-1')], { ...asked, changed: false })).toBe(
      '✓ AcrPull is assigned to aks-1 on contosoacr; pulls not proven: no node has pulled',
    )
    const refused = [{ node: 'n1', verdict: 'denied' }] as unknown as NodePull[]
    const pulled = [{ node: 'n1', verdict: 'pulled' }] as unknown as NodePull[]
    const not = '✓ AcrPull is assigned to aks-1 on contosoacr; pulls not proven: '
    expect(verdictOf([{ ...attachedPair('aks-1'), pulls: refused }], { ...asked, changed: false })).toBe(
      `${not}no node has pulled`,
    )
    const twice = [attachedPair('aks-1'), { ...attachedPair('aks-1'), pulls: pulled }]
    expect(verdictOf(twice, { ...asked, changed: false })).toBe(`${not}nodes pulled, but their role may not be why`)
    expect(verdictOf([written], { ...asked, changed: true })).toBe(
      '✓ AcrPull is assigned to aks-1 on contosoacr; pulls not proven: no node has pulled',
    )
    expect(verdictOf([attachedPair('aks-1')], { ...asked, changed: true })).toBe(
      '✓ AcrPull is assigned to aks-1 on contosoacr; pulls not proven: no node has pulled',
    )
  })

  it('is shown with the writes for it, and with waits that were skipped', () => {
    const written = pairOf('aks-1', 'attached', { changed: true, propagationSeconds: 41.3 })
    expect(verdictOf([written, attachedPair('aks-2')], { changed: true, verified: 'assignment' })).toBe(
      '✓ AcrPull is assigned to 2 clusters on contosoacr; pulls not proven: nodes can be refused for up to 10 minutes (verify: pull waits for them)',
    )
    expect(verdictOf([written], { changed: true, verify: 'none' })).toBe(
      '✓ AcrPull is assigned to aks-1 on contosoacr; pulls not proven: verify is none',
    )
    // Only an image was imported.
    expect(verdictOf([attachedPair('aks-1')], { changed: true, verified: 'assignment' })).toBe(
      '✓ AcrPull is assigned to aks-1 on contosoacr; pulls not proven (access already existed)',
    )
  })

  it.each([
    ['group', true, 'add-group-member', 'a day'],
    ['group', false, 'add-group-member', '10 minutes'],
    ['group', true, 'create-role-assignment', '10 minutes'],
    ['direct', true, 'add-group-member', '10 minutes'],
  ] as const)('is shown with the time nodes may take: by %s, changed %s, %s', (grantedBy, changed, name, more) => {
    const written = pairOf('aks-1', 'attached', { changed: true, propagationSeconds: 1, grantedBy })
    const outcomes = [{ changed, operation: { operation: name } }] as unknown as Outcome[]
    expect(verdictOf([written], { changed: true, verified: 'assignment', outcomes })).toContain(
      `: nodes can be refused for up to ${more} (`,
    )
  })

  it('can take a day if any of several became a member of the group', () => {
    const written = (name: string, grantedBy: PairResult['grantedBy']) =>
      pairOf(name, 'attached', { changed: true, grantedBy })
    const outcomes = ['add-group-member', 'create-role-assignment'].map(operation => ({
      changed: true,
      operation: { operation },
    }))
    const ending = { changed: true, verified: 'assignment', outcomes: outcomes as unknown as Outcome[] } as const
    expect(verdictOf([written('aks-1', 'group'), written('aks-2', 'direct')], ending)).toContain(
      ': nodes can be refused for up to a day (',
    )
  })

  it('is nothing if * stands for no cluster or no registry', () => {
    const of = (targets: string[]) => {
      const observed = {
        ...sampleLost(failure('UNEXPECTED')),
        targets: targets.map(asked => ({ asked, value: sampleTarget(asked) })),
      }
      return verdictOf([], { observed, findings: [findingOf('notice')] })
    }
    expect(of([])).toBe('✓ nothing to do: * stands for no cluster · 1 notice')
    expect(of(['aks-1'])).toBe('✓ nothing to do: * stands for no registry · 1 notice')
    expect(verdictOf([], { findings: [findingOf('warning')] })).toBe(
      '⚠ nothing to do: * stands for no registry · 1 warning',
    )
  })

  it('is followed by the open findings', () => {
    const unread = { subject: 'contosoacr.azurecr.io/team/app:v1', message: 'not compared', about: 'image' as const }
    const doubts: [Ending, string, string][] = [
      [{ images: [imageOf('sha256:1')] }, '✓', ''],
      [{ images: [imageOf('sha256:1'), imageOf('')], unknown: [unread] }, '⚠', ' · 1 image not compared'],
      [{ findings: [findingOf('warning')] }, '⚠', ' · 1 warning'],
      [{ findings: [findingOf('notice'), findingOf('notice')] }, '✓', ' · 2 notices'],
      [{ unknown: [{ subject: 'a', message: 'b' }] }, '⚠', ' · 1 item not checked'],
      [
        {
          images: [imageOf(''), imageOf('')],
          unknown: [unread, { subject: 'a', message: 'b' }, { subject: 'a', message: 'c' }],
          findings: [findingOf('warning'), findingOf('notice'), findingOf('warning')],
        },
        '⚠',
        ' · 2 images not compared · 2 items not checked · 2 warnings · 1 notice',
      ],
    ]
    for (const [more, mark, rest] of doubts)
      expect(verdictOf([attachedPair('aks-1')], more)).toBe(
        `${mark} AcrPull is assigned to aks-1 on contosoacr; pulls not proven (nothing to write)${rest}`,
      )
  })
})

describe('a detached cluster', () => {
  const left = [sampleAccess()]
  const ending = { mode: 'detach' } as const

  it('is reported as detached, or as already detached', () => {
    expect(verdictOf([pairOf('aks-1', 'detached')], ending)).toBe(
      '✓ aks-1 is detached from contosoacr (nothing to write)',
    )
    expect(verdictOf([pairOf('aks-1', 'detached'), pairOf('aks-2', 'detached')], { ...ending, changed: true })).toBe(
      '✓ 2 clusters are detached from contosoacr',
    )
  })

  it('is detached from the repositories that are named, and keeps the others', () => {
    const inputs = { ...sampleInputs, mode: 'detach' as const, repositories: ['team/*', 'app'] }
    expect(verdictOf([pairOf('aks-1', 'detached')], { ...ending, inputs, changed: true })).toBe(
      '✓ aks-1 is detached from team/* and app on contosoacr',
    )
  })

  it('is named if it can still pull, with the number of assignments', () => {
    const residual = ['RESIDUAL_ACCESS', 'RESIDUAL_ACCESS', 'ADMIN_USER_ENABLED'] as const
    const findings = residual.map(code => findingOf('warning', code))
    expect(verdictOf([pairOf('aks-1', 'detached', { left })], { ...ending, findings })).toBe(
      '⚠ aks-1 can still pull from contosoacr (2 other assignments)',
    )
    const free = pairOf('aks-2', 'detached', at('other'))
    expect(
      verdictOf([pairOf('aks-1', 'detached', { left }), free], { ...ending, findings: findings.slice(0, 1) }),
    ).toBe('⚠ aks-1 can still pull from contosoacr (1 other assignment); the others are detached')
  })

  it('is shown with the role it still pulls through, and the number of others', () => {
    const inherited = { ...sampleAccess('/subscriptions/s/resourceGroups/rg-shop'), grantedBy: 'inherited' as const }
    expect(describeLeft([])).toBe('')
    expect(describeLeft(left)).toBe('can still pull: AcrPull')
    expect(describeLeft([{ ...inherited, role: 'Reader', grantedBy: 'broader-role' }, ...left, ...left])).toBe(
      'can still pull: Reader, broader role at resource group rg-shop, and 2 more',
    )
    expect(describeLeft([inherited])).toBe('can still pull: AcrPull, inherited from resource group rg-shop')
    expect([{ left }, { left: [] }, {}].map(more => canStillPull(pairOf('aks-1', 'detached', more)))).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('an unchecked item', () => {
  const errors = [failure('AUTHORIZATION_FAILED', 'gh-deployer lacks read access to it. More.')]

  it("isn't a failure of the clusters", () => {
    expect(verdictOf([lostPair('aks-1', 'unknown')], { errors, mode: 'check' })).toBe(
      '? aks-1 could not be checked: gh-deployer lacks read access to it',
    )
    expect(
      verdictOf([pairOf('aks-1', 'unknown'), lostPair('aks-2', 'unknown'), attachedPair('aks-3')], { errors }),
    ).toBe('? aks-1 and aks-2 could not be checked: gh-deployer lacks read access to it')
    const [one, two] = ['rg-a', 'rg-b'].map(group => {
      return { ...lostPair('aks', 'unknown'), ...lostAt(sampleId('aks', group)) }
    }) as [PairResult, PairResult]
    expect(verdictOf([one, two], { errors })).toBe(
      '? aks (rg-a, subscription …abcd) and aks (rg-b, subscription …abcd) could not be checked: gh-deployer lacks read access to it',
    )
    const every = { ...lostPair('*', 'unknown'), ...lostAt('*') }
    expect(verdictOf([every], { errors })).toBe('? no cluster could be checked: gh-deployer lacks read access to it')
    expect(verdictOf([every, attachedPair('aks-1')], { errors })).toBe(
      '? other clusters could not be checked: gh-deployer lacks read access to it',
    )
    const three = ['aks-1', 'aks-2', 'aks-3'].map(name => lostPair(name, 'unknown'))
    expect(verdictOf([...three, ...three], { errors, findings: [findingOf('warning')] })).toBe(
      '? 3 clusters could not be checked: gh-deployer lacks read access to it · 1 warning',
    )
  })

  it('is not what failed if something else has failed', () => {
    const ending = { errors, mode: 'check' as const }
    expect(verdictOf([lostPair('aks-1', 'unknown'), pairOf('aks-2', 'failed')], ending)).toBe(
      '✗ 1 of 2 clusters failed: gh-deployer lacks read access to it; aks-1 could not be checked',
    )
    const [error] = errors
    const unread = { ...lostPair('aks-1', 'unknown'), ...(error && { error }) }
    const stopped = pairOf('aks-2', 'failed', { error: failure('CLUSTER_STOPPED', 'aks-2 is being deleted.') })
    expect(verdictOf([unread, stopped], ending)).toBe(
      '✗ 1 of 2 clusters failed: aks-2 is being deleted; aks-1 could not be checked',
    )
  })

  it('has the reason alone if it has room and the sentence does not, and else as much as has room', () => {
    const failed = (message: string, more: { failure?: string; reason?: string } = {}) =>
      verdictOf([pairOf('aks-1', 'failed')], { errors: [new ActionError('AZURE_UNAVAILABLE', message, more)] })
    const long = `It ${'was not read '.repeat(13)}at all`
    const because = { failure: 'It was not read', reason: 'the registry answers nothing. More.' }
    expect(failed(`${long}. More.`, because)).toBe('✗ the registry answers nothing')
    expect(failed(`It was not read: no. More.`, because)).toBe('✗ It was not read: no')
    const cut = `✗ ${long.slice(0, 159).replace(/\s+\S*$/, '')}…`
    expect(failed(long)).toBe(cut)
    expect(failed(long, { ...because, reason: `It ${'is '.repeat(60)}so` })).toBe(cut)
    expect(failed(`It is ${'x'.repeat(154)}`)).toBe(`✗ It is ${'x'.repeat(154)}`)
    expect(failed(`It is ${'x'.repeat(155)}`)).toBe('✗ It is…')
  })

  it('has the unknown fact as its reason if no error explains it', () => {
    const unknown = [{ subject: 'aks-1', message: 'The role could not be read. More.' }]
    expect(verdictOf([lostPair('aks-1', 'unknown')], { unknown })).toBe(
      '? aks-1 could not be checked: The role could not be read · 1 item not checked',
    )
    expect(verdictOf([lostPair('aks-1', 'unknown')])).toBe('? aks-1 could not be checked')
  })
})

describe('drift', () => {
  const items = [sampleItem('aks-2')]
  const fine = [sampleItem('aks-1')]
  const pairs = [attachedPair('aks-1'), pairOf('aks-2', 'missing')]

  it('is counted, next to the unchecked items', () => {
    expect(verdictOf(pairs, { mode: 'check', drift: sampleDrift(items, { fine }) })).toBe(
      "⟳ 1 of 2 clusters can't pull from contosoacr",
    )
    const unknown = [sampleItem('aks-3', { code: 'AUTHORIZATION_FAILED' })]
    const drift = sampleDrift(items, { fine, unknown })
    const errors = [failure('AUTHORIZATION_FAILED', 'no')]
    expect(verdictOf([...pairs, lostPair('aks-3', 'unknown')], { mode: 'check', drift, errors })).toBe(
      "⟳ 1 of 3 clusters can't pull from contosoacr; aks-3 on contosoacr could not be checked",
    )
  })

  it('comes with a note about an image that was not compared', () => {
    const unknown = [sampleItem('nginx:1', { kind: 'input', code: 'IMAGE_NOT_COMPARED' })]
    const ending: Ending = { mode: 'check', drift: sampleDrift(items, { fine, unknown }), images: [imageOf('')] }
    expect(verdictOf(pairs, ending)).toBe("⟳ 1 of 2 clusters can't pull from contosoacr · 1 image not compared")
  })
})
