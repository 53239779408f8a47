import { describe, expect, it } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { doubleQuoted } from '../src/az.js'
import {
  acr,
  driftOf,
  refusal,
  reportedGrant,
  reportedPair,
  type Operation,
  type Pair,
} from '../../../__tests__/support/drift-report.js'
import { commandsOf as repairsOf, sampleId } from '../../../__tests__/support/drift.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

describe('the commands of a drift', () => {
  const commandsOf = (plan: Operation[], ...pairs: Pair[]): string[] => repairsOf(driftOf({ plan, pairs }))

  it('follow its rows in order', () => {
    const [one, two] = [reportedPair('AKS-1'), reportedPair('AKS-2')]
    const commands = commandsOf([reportedGrant('AKS-2'), reportedGrant('AKS-1')], two, one)
    expect(commands).toEqual([expect.stringMatching(/^for id in id-of-AKS-1 id-of-AKS-2; do \\\n {2}az role /)])
    // A cluster with several registries has a row for each.
    const other = sampleRegistry('aaa').id
    const pairs = ['contosoacr', 'aaa'].map(name =>
      reportedPair('aks-1', { registry: sampleRegistry(name).id, loginServer: `${name}.azurecr.io` }),
    )
    const grants = [reportedGrant('aks-1'), reportedGrant('aks-1', { registry: other.toUpperCase() })]
    const scopes = commandsOf(grants, ...pairs)
    expect(scopes.map(command => /--scope (\S+)/.exec(command)?.[1])).toEqual([other, acr])
  })

  it('are built from the values of a pair that lacks its role, and of no other', () => {
    const [pair, grant] = [reportedPair('a'), reportedGrant('a')]
    expect(commandsOf([grant], pair)).toHaveLength(1)
    expect(commandsOf([grant])).toEqual([])
    const pairs: Partial<Pair>[] = [
      ...[{ status: 'attached' as const }, { error: refusal() }, { principalId: null }, { principalId: 'another' }],
      ...[{ registry: sampleRegistry('other').id }, { target: sampleId('other') }],
    ]
    for (const more of pairs) expect(commandsOf([grant], { ...pair, ...more }), JSON.stringify(more)).toEqual([])
    const above = '/subscriptions/s/resourceGroups/rg'
    expect(commandsOf([reportedGrant('a', { registry: above })], { ...pair, registry: above })).toEqual([])
    const operations: Partial<Operation>[] = [
      ...['Owner', 'AcrPush', 'acrpull'].map(role => ({ role })),
      ...[{ principalType: 'Group' as const }, { operation: 'update-role-assignment' as const }],
      { operation: 'add-group-member', group: 'pullers', memberId: 'id-of-a' },
    ]
    for (const more of operations)
      expect(commandsOf([{ ...grant, ...more } as Operation], pair), JSON.stringify(more)).toEqual([])
  })

  it('include the condition of a grant, in our own words', () => {
    const reader = { role: 'Container Registry Repository Reader' }
    const own = repositoryCondition(['team/app', 'shop/*'])
    const pairs = [reportedPair('a'), reportedPair('b')]
    const grants = [reportedGrant('a'), reportedGrant('b', { ...reader, condition: own })]
    const [plain, limited] = commandsOf(grants, ...pairs)
    expect(plain).toBe(
      `az role assignment create --assignee-object-id id-of-a --assignee-principal-type ServicePrincipal \\\n` +
        `  --role AcrPull --scope ${acr} --subscription s`,
    )
    expect(limited).toContain(`--condition-version 2.0 --condition ${doubleQuoted(own).raw}`)
    // Another spelling of the same is rewritten; what is not understood, or allows everything or nothing, has no command.
    const spelled = own.replaceAll(' OR ', '  or ')
    expect(commandsOf([reportedGrant('b', { ...reader, condition: spelled })], ...pairs)).toEqual([limited])
    const nothing = repositoryCondition(['TEAM/APP']).replace('IgnoreCase', '')
    const partlyUnusual = repositoryCondition(['team/app', '_team/app'])
    for (const condition of ['only team/app', '', repositoryCondition(['*']), nothing, partlyUnusual])
      expect(commandsOf([reportedGrant('b', { ...reader, condition })], ...pairs), condition).toEqual([])
    expect(commandsOf([reportedGrant('b', { condition: own })], ...pairs)).toEqual([])
  })

  it('are empty for a registry that does not exist yet', () => {
    const created = reportedGrant('', { operation: 'create-registry', target: null, principalId: null, role: null })
    const other = sampleRegistry('other').id
    const pairs = [reportedPair('aks-1'), reportedPair('aks-1', { registry: other })]
    const plan = [created, reportedGrant('aks-1'), reportedGrant('aks-1', { registry: other })]
    expect(commandsOf(plan, ...pairs)).toEqual([expect.stringContaining(other)])
  })

  it('are empty if az has no single command for it, or if a part is unknown', () => {
    const parts = ['principalId', 'principalType', 'role', 'registry'] as const
    const incomplete = parts.map(part => reportedGrant('a', { [part]: null }))
    const group = { group: 'pullers', memberId: 'id', registry: null }
    const joining = { ...group, operation: 'add-group-member' as const }
    const members = ['group', 'memberId'].map(part => reportedGrant('a', { ...joining, [part]: null }))
    const others = ['delete-role-assignment', 'import-image'].map(operation => ({ ...group, registry: acr, operation }))
    const rest = others.map(more => reportedGrant('a', more as Partial<Operation>))
    expect(commandsOf([...incomplete, ...members, ...rest], reportedPair('a'))).toEqual([])
  })

  it('are empty for values of several lines, which no Azure name has', () => {
    const evil = 'AcrPull\n:; rm -rf /'
    const plan = [reportedGrant('a', { role: evil }), reportedGrant('b', { condition: evil })]
    expect(commandsOf(plan, reportedPair('a'), reportedPair('b'))).toEqual([])
  })
})
