import { describe, expect } from 'vitest'
import { splitCommands, unroll } from '../../support/az.js'
import { annotationTitles, headlineOf } from '../../support/reading.js'
import { expectFailure, it } from '../../support/scenario.js'

const schedule = { runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' } }
const names = ['aks-eus-01', 'aks-eus-02', 'aks-eus-03', 'aks-sea-10', 'aks-weu-01']

describe('drift of many clusters', () => {
  it('is one cause with one complete command, and one grid, in log, summary, annotations and issue', async ({
    begin,
  }) => {
    const { attach, group, registry, world } = await begin(schedule)
    const base = group.addRegistry('acrbase')
    const clusters = names.map(name => group.addCluster(name))
    for (const [index, { kubeletIdentity }] of clusters.entries())
      for (const { id } of index < 4 ? [registry] : [registry, base])
        world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: id })
    const end = await attach({
      ...{ mode: 'check', 'drift-issue': 'true' },
      ...{ cluster: [...names, 'aks-nope'].join('\n'), registry: 'acrbase\ncontosoacr' },
    })
    expectFailure(end, 'DRIFT')
    const [issue] = world.github.issues
    expect(issue?.title).toBe('Drift: 5 of 6 clusters')
    expect(headlineOf(end)).toMatch(/^⟳ 5 of 6 clusters drifted: 1 was not found, 4 can't pull/)
    expect(annotationTitles(end)).toEqual([
      'error attach-acr: CLUSTER_NOT_FOUND on aks-nope',
      'error attach-acr: DRIFT',
    ])

    // The command is for all of the clusters, wherever it stands.
    const ids = clusters.slice(0, 4).map(({ kubeletIdentity }) => kubeletIdentity.objectId)
    for (const text of [end.log, end.summary, issue?.body ?? '']) {
      expect(text).toContain('AcrPull on acrbase is missing for 4')
      const commands = splitCommands(text).filter(command =>
        /^\s*(?:for id in|az role assignment create)/.test(command),
      )
      expect(commands).toHaveLength(1)
      expect(commands.flatMap(unroll)).toEqual(ids.map(id => expect.stringContaining(`--assignee-object-id ${id} `)))
    }

    // What to do comes before any table; the missing cluster is named once, and its ID is folded.
    for (const text of [end.summary, issue?.body ?? '']) {
      expect(text.indexOf('### What to do')).toBeLessThan(text.indexOf('| - |'))
      expect(text.match(/^\*\*aks-nope was not found\*\*$/gm)).toHaveLength(1)
      expect(text.replace(/<details>[^]*?<\/details>/g, '')).not.toContain('/aks-nope')
      // Six rows for twelve pairs.
      expect(text.match(/^\| aks-\S+ \| [✓✗⟳?][^|]* \| [✓✗⟳?][^|]* \|$/gm)).toHaveLength(6)
      expect(text).toContain('| aks-eus-01 | ✗ role missing | ✓ assigned |')
    }
    // What does not exist comes first.
    expect(end.log).toMatch(/^ {14}acrbase {9}contosoacr\n {2}aks-nope {4}✗ not found {5}✗ not found$/m)
    expect(end.log).toMatch(/^ {2}aks-eus-01 {2}✗ role missing {2}✓ assigned$/m)
  })

  it('has the time of each new grant, and the clusters that it was not needed for', async ({ begin }) => {
    const { attach, group, grants } = await begin()
    group.addCluster('aks-prod-2')
    expect(grants()).toHaveLength(0)
    await attach()
    const end = await attach({ cluster: 'aks-prod-1\naks-prod-2' })
    expect(end.summary).toMatch(/^\| aks-prod-1 \| ✓ assigned \|\n\| aks-prod-2 \| ✓ new · \d+\.\d s \|$/m)
    expect(end.summary).toContain('**Changed:** created AcrPull on contosoacr for aks-prod-2\n')
    expect(end.summary.indexOf('**Changed')).toBeLessThan(end.summary.indexOf('| - |'))
  })
})
