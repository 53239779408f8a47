import { states } from 'run-model'
import { describe, expect, it } from 'vitest'
import { namePlaces } from 'azure'
import { fix, say, sayClause, toFixJson } from 'kernel'
import { annotateDrift, explainDrift, findCauses, repairDrift } from '../src/causes.js'
import { countTargets, type Drift, type DriftItem } from '../src/drift.js'
import { countDrift, countUnchecked, sayDrift } from '../src/drift-text.js'
import { maxAnnotations } from '../src/problems.js'
import { printCatalogue, sayScopes } from '../../../__tests__/support/catalogue.js'
import { unroll } from '../../../__tests__/support/az.js'
import * as sample from '../../../__tests__/support/drift.js'
import { driftOf, refusal, reportedPair } from '../../../__tests__/support/drift-report.js'
import { printed } from '../../../__tests__/support/printed.js'

// What is said of a drift. The sentences are in drift-texts.txt, beside this file: `npx vitest run -u` writes it, and its diff is what a review reads.

const { commandsOf, roleLack, sampleDrift, sampleId, sampleItem, sampleRepair } = sample

const some = (count: number, make: (at: number) => DriftItem) => Array.from({ length: count }, (_, at) => make(at))
const at = (target: string, registry: string, more: Parameters<typeof sampleItem>[1] = {}) =>
  sampleItem(target, { registry: `${registry}.azurecr.io`, key: `${target} ${registry}`, ...more })
const identity = sampleId('next', 'rg-shop', 'microsoft.managedidentity/UserAssignedIdentities')
const gone = (target: string, more: Parameters<typeof sampleItem>[1] = {}) =>
  sampleItem(target, {
    code: 'CLUSTER_NOT_FOUND',
    message: `The cluster ${target} was not found`,
    fix: fix('Correct it.', 'az aks list'),
    ...more,
  })
const noRegistry = (target: string, registry: string) =>
  at(target, registry, {
    code: 'REGISTRY_NOT_FOUND',
    registry,
    message: `The registry ${registry} was not found`,
    fix: fix(''),
  })
const image = (name: string, more: Parameters<typeof sampleItem>[1] = {}) =>
  sampleItem(name, { kind: 'input', code: 'IMAGE_NOT_FOUND', message: `${name} is missing`, ...more })
const overwritten = (name: string) => image(name, { code: 'IMAGE_CONFLICT' })
const conflict = (name: string) => image(name, { code: 'IMAGE_CONFLICT', fix: fix('Give another tag.') })
const refused = (target: string, text: string, ...commands: string[]) =>
  sampleItem(target, { code: 'PULL_DENIED', message: 'It is refused.', fix: fix(text, ...commands) })
const lacking = (name: string, more: Parameters<typeof sampleItem>[1] = {}) =>
  sampleItem(name, { repairs: [sampleRepair(`id-of-${name}`)], ...more })
const only = (...onlyTo: string[]) => ({ today: 'some' as const, onlyTo })
const broader = { today: 'by-broader-role' } as const
const otherwise = { today: 'otherwise' } as const
const soon = { today: 'until-ABAC' } as const
const names = ['aks-eus-01', 'aks-eus-02', 'aks-eus-03', 'aks-sea-10']
const eachOf = (more: Parameters<typeof sampleItem>[1]) => ['aks-1', 'aks-2'].map(name => lacking(name, more))

const count = (...items: DriftItem[]): string => countDrift(sampleDrift(items))
const beside = (item: DriftItem, more: Partial<Drift>): string => countDrift(sampleDrift([item], more))
const placed = (...places: [target: string, ...registries: string[]][]): string =>
  namePlaces(places.flatMap(([target, ...registries]) => registries.map(registry => ({ target, registry }))))

const amounts = () => ({
  'no drift is nothing to count': count(),
  'one cluster is named': count(sampleItem(sampleId('AKS-1'))),
  'a cluster in two letter cases counts once': count(sampleItem('aks-1'), sampleItem('AKS-1'), sampleItem('aks-2')),
  'a cluster beside a list that may omit others is named': beside(sampleItem('aks-1'), { unknown: [sampleItem('*')] }),
  'a cluster beside an identity counts targets': beside(sampleItem('aks-1'), { fine: [sampleItem(identity)] }),
  'a cluster at two registries names both': count(at('aks-1', 'two'), at('aks-1', 'one')),
  'a cluster at three registries counts them': count(...['two', 'one', 'three', 'one'].map(each => at('aks-1', each))),
  'clusters at different registries are counted by registry': count(
    at('aks-1', 'two'),
    at('aks-1', 'one'),
    at('aks-2', 'one'),
  ),
  'clusters limited at different registries are counted by registry': count(
    ...[at('aks-1', 'two'), at('aks-1', 'one'), at('aks-2', 'one')].map(each => ({ ...each, ...only('team/app') })),
  ),
  'clusters of all kinds count once each, as their worst': count(
    at('aks-4', 'one', otherwise),
    at('aks-3', 'one', broader),
    at('aks-2', 'one', only('team/app')),
    at('aks-1', 'one'),
    at('aks-1', 'two', otherwise),
  ),
  'clusters through a broader role still pull': count(...eachOf(broader)),
  'clusters not through the group are allowed to pull': count(...eachOf(otherwise)),
  'a cluster not with the role of the inputs is allowed to pull': countDrift(driftOf({ pairs: [ignored('direct')] })),
  'a cluster until ABAC pulls today': count(at('aks-1', 'one', soon)),
  'two clusters until ABAC pull today': count(at('aks-1', 'one', soon), at('aks-2', 'one', soon)),
  'a cluster until ABAC at two registries names both': count(at('aks-1', 'one', soon), at('aks-1', 'two', soon)),
  'clusters until ABAC at different registries are counted by registry': count(
    at('aks-1', 'one', soon),
    at('aks-1', 'two', soon),
    at('aks-2', 'two', soon),
  ),
  'clusters with the same repositories name them': count(...eachOf(only('team/app', 'shop/*'))),
  'clusters with different repositories do not name them': count(
    sampleItem('a', only('team/app')),
    sampleItem('b', only('shop/*')),
  ),
  'a cluster with an unknown condition is allowed what that allows': count(sampleItem('a', only())),
  'a missing image is counted as missing': count(image('nginx:1')),
  'a different image is counted as different': count(conflict('nginx:1')),
  'an image with force-import would be replaced': count(overwritten('nginx:1')),
  'missing images come before those that would be replaced': count(
    image('c:1'),
    overwritten('d:1'),
    overwritten('e:1'),
  ),
  'missing images come before different ones': count(image('c:1'), image('d:1'), conflict('a:1'), conflict('b:1')),
  'an image comes before a cluster': count(image('c:1'), sampleItem('aks-1')),
  'a missing cluster was not found': beside(gone('aks-1'), { fine: [sampleItem('aks-2')] }),
  "a cluster without an identity can't pull": count(sampleItem('aks-1', { code: 'NO_KUBELET_IDENTITY' })),
  'a missing registry of two clusters was not found, once': count(
    noRegistry('aks-1', 'contosoacr'),
    noRegistry('aks-2', 'contosoacr'),
  ),
  'two missing registries are counted': count(noRegistry('aks-1', 'one'), noRegistry('aks-1', 'two')),
  'a missing registry lets a cluster pull nothing': count(gone('aks-1'), noRegistry('aks-2', 'one')),
  'missing clusters of one name are counted': count(gone(sampleId('aks', 'rg-a')), gone(sampleId('aks', 'rg-b'))),
  'a missing cluster and identity count targets': count(gone('aks-1'), gone(identity, { code: 'IDENTITY_NOT_FOUND' })),
  'an unchecked cluster is named with its registry': countUnchecked([sampleItem(sampleId('aks-1'))]),
  'an unchecked image is named with its registry': countUnchecked([image('team/app:v1')]),
  'unchecked clusters and images are counted': countUnchecked([sampleItem('aks-1'), sampleItem('aks-2'), image('a:1')]),
  'unchecked workloads count their clusters': countUnchecked(
    ['aks-1', 'aks-2'].map(name => sampleItem(`the workloads of ${name}`, { kind: 'workload', registry: '' })),
  ),
  'an unchecked image comes before workloads': countUnchecked([
    image('a:1'),
    sampleItem('the workloads of aks-1', { kind: 'workload', registry: '' }),
  ]),
  'unchecked images are counted': countUnchecked([image('a:1'), image('a:1')]),
  'an unchecked identity counts targets': countUnchecked([sampleItem('aks-1'), sampleItem(identity)]),
  'an unchecked cluster at two registries counts once': countUnchecked([at('aks-1', 'one'), at('aks-1', 'two')]),
  'unchecked clusters of a list are the others': countUnchecked([sampleItem('*')]),
  'unchecked registries of a list are the others': countUnchecked([
    sampleItem('aks-1', { registry: '*', registryId: '' }),
  ]),
  'targets are clusters, also one called like an identity': [
    countTargets([sampleId('aks-1')]),
    countTargets(['aks-1', 'userAssignedIdentities']),
  ],
  'targets with an identity are targets': countTargets(['aks-1', identity]),
  'places are named, and counted from three on': [
    placed(['aks-1', 'one']),
    placed(['aks-1', 'two', 'one'], ['AKS-1', 'one'], ['aks-2', 'one', 'two']),
    placed(['aks-1', 'a-10', 'a-2', 'a-1']),
  ].join(' |'),
  'different places are counted in natural order': [
    placed(['aks-1', 'acr10', 'acr2'], ['aks-2', 'acr2']),
    placed(['aks-1', 'a', 'b', 'c'], ['aks-2', 'a']),
  ].join(' |'),
  'different places of more than three are only counted': placed(['aks-1', 'a', 'b', 'c', 'd'], ['aks-2', 'a']),
})

const item = (more: Parameters<typeof sampleItem>[1]): string => sayTold(sampleItem(sampleId('aks-1'), more))

const items = () => ({
  'an item lacks its role': item({}),
  'an item has its own name': item({ name: 'aks-1 (rg-a)' }),
  'an item that was refused has the code': sayTold(refused('aks-1', '')),
  'an item through a broader role still pulls': item(broader),
  'an item not through the group is allowed to pull': item(otherwise),
  'an item with some repositories names them': item(only('team/app')),
  'an item until ABAC pulls today': sayTold(at('aks-1', 'one', { ...soon, message: 'R is missing' })),
  'an item not with the role of the inputs says what the job said': driftOf({
    pairs: [ignored('direct'), ignored(null)],
  }).items.map(each => sayTold(each)),
  'an item that was not found has the code': sayTold(gone('aks-1')),
  'an image is missing, or has its reason': ['', 'It does not exist.'].map(message =>
    sayTold(image('team/app:v1', { message })),
  ),
  'an image in a missing registry is missing': sayTold(image('x', { message: '', code: 'REGISTRY_NOT_FOUND' })),
})

/** A pair whose role in the inputs is ignored by its registry. */
function ignored(grantedBy: 'direct' | null) {
  const error = {
    ...refusal(),
    code: 'DRIFT' as const,
    message: 'AcrPull is ignored.',
    fix: toFixJson(fix('Use role: auto.')),
  }
  return reportedPair('aks-1', { status: 'missing', grantedBy, lacks: [], error })
}

const causesOf = (...all: DriftItem[]): string[] =>
  findCauses({ items: all }).map(({ text, list, details }) =>
    [list ? `${text}: ${list}` : text, ...details.map(({ said, answer }) => `${say(said)}${answer}`)].join('\n'),
  )
const answered = (azure: NonNullable<DriftItem['azure']>) =>
  causesOf(sampleItem('aks-1', { code: 'AZURE_UNAVAILABLE', message: 'It failed.', fix: fix(''), azure }))
const locked = { code: 'AZURE_REFUSED', fix: fix('Ask who has locked it.'), message: 'It is locked.' }
const notFound = { status: 404, code: 'ResourceNotFound' }

const causes = () => ({
  'a cause lists its clusters in short': causesOf(...names.map(name => lacking(name))),
  'a cause is of one registry': causesOf(lacking('aks-1'), lacking('aks-1', { registry: 'testacr.azurecr.io' })),
  'causes stand worst first, then those of most clusters, then by registry': causesOf(
    gone('aks-0'),
    image('a:1'),
    ...[
      ['c', 1],
      ['acr10', 2],
      ['acr2', 2],
      ['b', 3],
    ].flatMap(([registry, count]) =>
      names.slice(0, Number(count)).map(name => lacking(name, { registry: `${registry}.azurecr.io` })),
    ),
  ),
  'a cause does not shorten places': causesOf(
    ...['aks (rg-a, x)', 'aks (rg-b, x)', 'aks-1-2', 'aks-1-2-3', 'aks-a-1', 'aks-b'].map(name => lacking(name)),
  ),
  'a cause has its clusters once, in natural order': causesOf(at('aks-10', 'a'), at('aks-2', 'A'), at('AKS-2', 'a')),
  'a cause through a broader role says that they pull': causesOf(...eachOf({ ...broader, role: 'AcrPush' })),
  'a cause of a membership says that they may pull': causesOf(
    ...eachOf({
      ...otherwise,
      message: 'the pull identity is not a member of group g',
      lacks: [roleLack({ kind: 'member', role: null, group: 'g' })],
    }),
  ),
  'a cause of a limit says which repositories': causesOf(
    ...eachOf({ ...only('team/app'), message: 'AcrPull does not reach shop', lacks: [roleLack({ kind: 'reach' })] }),
  ),
  'a cause of another role says that they may pull': causesOf(
    ...eachOf({ ...otherwise, code: 'DRIFT', lacks: [], fix: fix('Choose another role.') }),
  ),
  'a cause of refused pulls has the code': causesOf(...eachOf({ code: 'PULL_DENIED', fix: fix('Look:') })),
  'a cause of a missing cluster is one for two registries': causesOf(
    ...['one', 'two'].map(registry =>
      gone(registry === 'one' ? 'aks-1' : 'AKS-1', {
        registry,
        key: registry,
        message: 'There is no aks-1.',
        azure: notFound,
      }),
    ),
  ),
  'a cause of a missing registry is one for two clusters': causesOf(
    noRegistry('aks-1', 'one'),
    noRegistry('aks-2', 'one'),
    noRegistry('aks-1', 'two'),
  ),
  "a cause has Azure's code, or that there was no answer": [
    { code: 'ECONNRESET' },
    {},
    { status: 404, code: 'NAME_UNKNOWN' },
    { code: 'AKSOperationPreempted' },
  ].flatMap(answered),
  'a cause of locked images is none of a locked cluster': causesOf(
    sampleItem('app:1', { ...locked, kind: 'manifest' }),
    sampleItem('aks-1', locked),
    image('app:2', locked),
  ),
  'a cause of images names each registry': causesOf(
    ...['one', 'two'].map(registry => image('a:1', { registry, key: registry })),
  ),
  'a cause of missing images is none of a different one': causesOf(image('a:1'), image('b:1'), conflict('c:1')),
})

const told = ({ text, commands }: { text: string; commands: readonly string[] }): string =>
  sayScopes([text, ...commands].join('\n'))
/** All that is said of an item. */
const sayTold = (item: DriftItem): string => {
  const said = sayDrift(item)
  return said.more || said.quote ? say(said) : sayClause(said)
}
const repair = (...all: DriftItem[]): string[] => repairDrift({ items: all }).map(told)
const failure = (all: DriftItem[], isFleet = false): string[] => {
  const { state = 'failed', code, said, fix: advice, azure } = explainDrift(sampleDrift(all), isFleet)
  return [`${states[state].mark} ${code} ${say(said)}${azure ? ` [${azure.code}]` : ''}`, told(toFixJson(advice))]
}
const quoted = (target: string, text: string) =>
  sampleItem(target, {
    code: 'PULL_DENIED',
    message: `It is refused. The node said: ${text}.`,
    fix: fix('Wait.'),
    said: { what: 'It is refused', quote: { by: 'The node said:', text } },
  })
const noLonger = (target: string, correlationId: string) =>
  gone(target, { azure: { ...notFound, correlationId, isForeign: false } })
const elsewhere = ['a', 'b'].map(place => gone('aks-1', { key: place, message: `There is no aks-1 in rg-${place}` }))
const annotated = (all: DriftItem[], isFailure = true, most = maxAnnotations): string[] =>
  printed(() => {
    annotateDrift(sampleDrift(all, { fine: [sampleItem('fine')] }), isFailure, maxAnnotations - most)
  })
    .split('\n')
    .filter(Boolean)
const many = some(11, each => sampleItem(sampleId(`aks-${each}`), { registry: `acr${each}.azurecr.io` }))

const problems = () => ({
  'no drift, nothing to repair': repair(),
  'attach repairs a missing role': repair(sampleItem('aks-1')),
  'attach repairs a missing role, or a command': repair(lacking('aks-1')),
  'attach repairs a missing image': repair(image('nginx:v1')),
  'attach repairs an image with force-import by overwriting': repair(overwritten('nginx:v1')),
  'attach repairs both, an image and a role': repair(overwritten('nginx:v1'), sampleItem('aks-1')),
  'a cluster without an identity has its own advice': repair(
    sampleItem('aks-new', { code: 'NO_KUBELET_IDENTITY', fix: fix('Wait:', 'az aks wait') }),
  ),
  'a different image has its own advice': repair(conflict('nginx:v1')),
  'a missing cluster is created again or taken out': repair(gone('aks-1')),
  'a refused pull has its own advice': repair(refused('aks-1', 'Look at it:', 'az aks show')),
  'several causes have their advice below their names': repair(
    gone('aks-1'),
    lacking('aks-1'),
    refused('aks-2', 'Look:', 'az 2'),
    refused('aks-3', 'Look:', 'az 3'),
  ),
  'a failure of one item is the item': failure([lacking('aks-1')], true),
  'a failure of one cause is the cause': failure(
    ['aks-1', 'aks-2'].map(name => lacking(name)),
    true,
  ),
  'a failure of several causes counts clusters': failure(
    [lacking('aks-1'), lacking('aks-2'), sampleItem('aks-3', { registry: 'testacr.azurecr.io' })],
    true,
  ),
  'a failure has the same words of nodes once': failure(
    [quoted('aks-1', 'HTTP 401'), quoted('aks-2', 'HTTP 401'), quoted('aks-3', 'EOF')],
    true,
  ),
  'a failure tells clusters of one name apart': failure(
    ['rg-a', 'rg-b'].map(group => sampleItem(sampleId('aks', group))),
    true,
  ),
  'a failure of a missing cluster has its code': failure([gone('aks-1')]),
  'a failure of a missing cluster in a fleet is drift': failure([gone('aks-1')], true),
  'a failure of two codes has the worst one': failure([gone('aks-1', { code: 'NO_KUBELET_IDENTITY' }), gone('aks-2')]),
  'a failure of a missing registry is one for two clusters': failure([
    noRegistry('aks-1', 'nowhere'),
    noRegistry('aks-2', 'nowhere'),
  ]),
  'a failure of a missing cluster is one for two registries': failure(
    ['one', 'two'].map(registry => gone('aks-1', { registry, key: registry })),
  ),
  'a failure of missing clusters counts them': failure(
    ['aks-1', 'aks-2'].map(name => gone(name, { message: 'It is gone.' })),
  ),
  'a failure of a name that two jobs did not find is one': failure(elsewhere),
  "a failure has Azure's code": failure([noLonger('aks-1', 'abc')]),
  "a failure with two of Azure's answers has both below": failure([noLonger('aks-1', 'abc'), noLonger('aks-2', 'def')]),
  'a failure of a missing cluster beside drift is drift': failure([gone('aks-1'), lacking('aks-1')]),
  'a failure of an image in a missing registry is drift': failure([image('x', { code: 'REGISTRY_NOT_FOUND' })]),
  'annotations are one for each cause': annotated([lacking('aks-1'), gone('aks-2'), conflict('nginx:v1')]),
  'annotations are one for all missing clusters': annotated(
    ['aks-2', 'aks-3'].map(name => gone(name, { message: 'It is gone.' })),
  ),
  'annotations are one for a name': annotated(elsewhere),
  'annotations are warnings if the step does not fail': annotated([lacking('aks-1')], false),
  'annotations name missing resources': annotated([
    noRegistry('aks-1', 'nowhere'),
    noRegistry('aks-2', 'nowhere'),
    gone('aks-3'),
  ]),
  'annotations count the rest in the last one': annotated(many).slice(8),
  'annotations count all if there is room for one': annotated(many.slice(0, 3), true, 1),
})

it('what is said of a drift is in drift-texts.txt', async () => {
  const cases: Record<string, string | readonly string[]> = { ...amounts(), ...items(), ...causes(), ...problems() }
  const text = printCatalogue(cases, said => [said].flat().map(each => each.replaceAll('\n', '\n  ')))
  await expect(text).toMatchFileSnapshot('drift-texts.txt')
})

describe('the command of a cause', () => {
  it('is complete: a loop over all of its principals, for each role at each scope', () => {
    const [command = '', ...others] = commandsOf({ items: names.map(name => lacking(name)) })
    expect(others).toEqual([])
    expect(unroll(command)).toEqual(names.flatMap(name => commandsOf({ items: [lacking(name)] })))
    const twelve = some(12, each => lacking(`aks-${each}`))
    expect(commandsOf({ items: twelve }).flatMap(unroll)).toHaveLength(12)
  })

  it('is one for each thing that is missing, and a principal is in it once', () => {
    const group = (id: string) => sampleRepair(id, { group: 'pullers', role: '', type: '', scope: '' })
    const shared = sampleRepair('pullers', { type: 'Group' })
    const all = ['aks-1', 'aks-2'].map(name => lacking(name, { repairs: [shared, group(name)] }))
    expect(commandsOf({ items: all })).toEqual([
      expect.stringMatching(/^az role assignment create --assignee-object-id pullers --assignee-principal-type Group /),
      'for id in aks-1 aks-2; do \\\n  az ad group member add --group pullers --member-id "$id"; done',
    ])
  })

  it('is none if it fills pages: a part of it would repair a part only', () => {
    const long = sampleRepair('id', { condition: 'x'.repeat(1000) })
    expect(commandsOf({ items: [lacking('aks-1', { repairs: [long, sampleRepair('id')] })] })).toEqual([])
    const clusters = (length: number) => commandsOf({ items: some(length, each => lacking(`aks-${each}`)) }).length
    const scopes = (length: number) =>
      commandsOf({
        items: some(length, each => lacking('aks-1', { repairs: [sampleRepair('id', { scope: `/r/${each}` })] })),
      }).length
    expect([clusters(250), clusters(251), scopes(10), scopes(11)]).toEqual([1, 0, 10, 0])
  })

  it('quotes what is not a plain word', () => {
    const [command = ''] = commandsOf({ items: ["a'b", '$(x)'].map(name => lacking(name)) })
    expect(command).toContain("for id in 'id-of-a'\\''b' 'id-of-$(x)'; do")
  })
})

describe('the limits', () => {
  it('are fifty names of a cause, ten advices of a failure, and ten annotations', () => {
    const listOf = (length: number) => findCauses({ items: some(length, each => lacking(`aks-${each}`)) })[0]?.list
    expect(listOf(50)).toMatch(/, -49$/)
    expect(listOf(51)).toMatch(/, -49 and 1 more$/)
    const different = some(22, each => ({
      ...refused(`aks-${each}`, 'Wait.'),
      said: { what: `It is refused by ${each}` },
    }))
    expect(toFixJson(explainDrift(sampleDrift(different), true).fix).text).toMatch(/\nand 2 more\b.*\n/)
    expect(repair(...some(10, each => refused(`aks-${each}`, `Look at ${each}.`)))).toHaveLength(10)
    const lengths = [
      annotated(many.slice(0, 10)),
      annotated(many),
      annotated(many, true, 2),
      annotated(many, true, 0),
      annotated(many, true, -2),
    ]
    expect(lengths.map(({ length }) => length)).toEqual([10, 10, 2, 0, 0])
  })
})
