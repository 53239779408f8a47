import { describe, expect, it } from 'vitest'
import { acr, driftOf, reportedGrant, reportedPair, type Operation, type Pair } from '../../support/drift-report.js'
import { sampleId } from '../../support/drift.js'
import { sampleRegistry } from '../../support/sample.js'

describe('the commands of a drift', () => {
  const commandsOf = (plan: Operation[], ...pairs: Pair[]): string[] => driftOf({ plan, pairs }).commands

  it('follow its rows in order', () => {
    const [one, two] = [reportedPair('aks-1'), reportedPair('aks-2')]
    const commands = commandsOf([reportedGrant('AKS-2'), reportedGrant('aks-1')], two, one)
    expect(commands.map(command => /object-id (\S+)/.exec(command)?.[1])).toEqual(['id-of-aks-1', 'id-of-AKS-2'])
    // A cluster with several registries has a row for each.
    const other = sampleRegistry('aaa').id
    const pairs = ['contosoacr', 'aaa'].map(name =>
      reportedPair('aks-1', { registry: sampleRegistry(name).id, loginServer: `${name}.azurecr.io` }),
    )
    const scopes = commandsOf(
      [reportedGrant('aks-1'), reportedGrant('aks-1', { registry: other.toUpperCase() })],
      ...pairs,
    )
    expect(scopes.map(command => /--scope (\S+)/.exec(command)?.[1])).toEqual([other.toUpperCase(), acr])
  })

  it('belong to the first row of their cluster if they name no registry, and otherwise come last', () => {
    const member = (name: string | null) =>
      reportedGrant('', {
        operation: 'add-group-member',
        target: name === null ? null : sampleId(name),
        registry: null,
        group: 'pullers',
        memberId: `id-of-${name ?? 'nobody'}`,
      })
    const plan = [member(null), member('aks-2'), member('AKS-1')]
    expect(commandsOf(plan, reportedPair('aks-1'), reportedPair('aks-2'))).toEqual([
      'az ad group member add --group pullers --member-id id-of-AKS-1',
      'az ad group member add --group pullers --member-id id-of-aks-2',
      'az ad group member add --group pullers --member-id id-of-nobody',
    ])
    // The first row of the cluster.
    const [first, last] = ['aaa', 'zzz'].map(name =>
      reportedPair('aks-2', { registry: sampleRegistry(name).id, loginServer: `${name}.azurecr.io` }),
    ) as [Pair, Pair]
    const between = reportedPair('aks-3')
    expect(commandsOf([member('aks-3'), member('aks-2')], last, between, first)[0]).toContain('id-of-aks-2')
  })

  it('include the condition of a grant', () => {
    const [plain, limited] = commandsOf([reportedGrant('a'), reportedGrant('b', { condition: 'only team/app' })])
    expect(plain).toBe(
      `az role assignment create --assignee-object-id id-of-a --assignee-principal-type ServicePrincipal \\\n` +
        `  --role AcrPull --scope ${acr} --subscription s`,
    )
    expect(limited).toContain('--condition-version 2.0 --condition "only team/app"')
  })

  it('are empty for a registry that does not exist yet', () => {
    const created = reportedGrant('', { operation: 'create-registry', target: null, principalId: null, role: null })
    const other = sampleRegistry('other').id
    expect(commandsOf([created, reportedGrant('aks-1'), reportedGrant('aks-1', { registry: other })])).toEqual([
      expect.stringContaining(other),
    ])
  })

  it('are empty if az has no single command for it, or if a part is unknown', () => {
    const parts = ['principalId', 'principalType', 'role', 'registry'] as const
    const incomplete = parts.map(part => reportedGrant('a', { [part]: null }))
    const group = { group: 'pullers', memberId: 'id', registry: null }
    const members = ['group', 'memberId'].map(part =>
      reportedGrant('a', { ...group, operation: 'add-group-member', [part]: null }),
    )
    const others = ['delete-role-assignment', 'import-image'] as const
    const rest = others.map(operation =>
      reportedGrant('a', { ...group, registry: acr, operation } as Partial<Operation>),
    )
    expect(commandsOf([...incomplete, ...members, ...rest])).toEqual([])
  })

  it('are empty for values of several lines, which no Azure name has', () => {
    const evil = 'AcrPull\n:; rm -rf /'
    expect(commandsOf([reportedGrant('a', { role: evil }), reportedGrant('b', { condition: evil })])).toEqual([])
  })
})
