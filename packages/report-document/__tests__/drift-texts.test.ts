import { states } from 'run-model'
import { describe, expect, it } from 'vitest'
import { namePlaces } from 'azure'
import { fix, say, sayClause, toFixJson } from 'kernel'
import { annotateDrift, explainDrift, findCauses, repairDrift } from '../src/causes.js'
import { countTargets, type Drift, type DriftItem } from '../src/drift.js'
import { countDrift, countUnchecked, sayDrift } from '../src/drift-text.js'
import { maxAnnotations } from '../src/problems.js'
import { printCatalogue } from '../../../__tests__/support/catalogue.js'
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
  'amount: nothing': count(),
  'amount: one cluster': count(sampleItem(sampleId('AKS-1'))),
  'amount: one of the checked': beside(sampleItem('aks-1'), {
    fine: [sampleItem('aks-2')],
    unknown: [sampleItem('aks-3')],
  }),
  'amount: a cluster in two letter cases': count(sampleItem('aks-1'), sampleItem('AKS-1'), sampleItem('aks-2')),
  'amount: beside a list that may omit clusters': beside(sampleItem('aks-1'), { unknown: [sampleItem('*')] }),
  'amount: beside an identity': beside(sampleItem('aks-1'), { fine: [sampleItem(identity)] }),
  'amount: at two registries': count(at('aks-1', 'two'), at('aks-1', 'one')),
  'amount: at three': count(...['two', 'one', 'three', 'one'].map(each => at('aks-1', each))),
  'amount: at different ones': count(at('aks-1', 'two'), at('aks-1', 'one'), at('aks-2', 'one')),
  'amount: limited at different ones': count(
    ...[at('aks-1', 'two'), at('aks-1', 'one'), at('aks-2', 'one')].map(each => ({ ...each, ...only('team/app') })),
  ),
  'amount: all kinds, each cluster as its worst': count(
    at('aks-4', 'one', otherwise),
    at('aks-3', 'one', broader),
    at('aks-2', 'one', only('team/app')),
    at('aks-1', 'one'),
    at('aks-1', 'two', otherwise),
  ),
  'amount: through a broader role': count(...eachOf(broader)),
  'amount: not through the group': count(...eachOf(otherwise)),
  'amount: not with the role of the inputs': countDrift(driftOf({ pairs: [ignored('direct')] })),
  'amount: until ABAC': count(at('aks-1', 'one', soon)),
  'amount: until ABAC, two clusters': count(at('aks-1', 'one', soon), at('aks-2', 'one', soon)),
  'amount: until ABAC, two registries': count(at('aks-1', 'one', soon), at('aks-1', 'two', soon)),
  'amount: until ABAC, different ones': count(
    at('aks-1', 'one', soon),
    at('aks-1', 'two', soon),
    at('aks-2', 'two', soon),
  ),
  'amount: until ABAC, beside one without access': count(at('aks-1', 'one'), at('aks-2', 'one', soon)),
  'amount: the same repositories': count(...eachOf(only('team/app', 'shop/*'))),
  'amount: different repositories': count(sampleItem('a', only('team/app')), sampleItem('b', only('shop/*'))),
  'amount: what a condition allows': count(sampleItem('a', only())),
  'amount: a missing image': count(image('nginx:1')),
  'amount: a different image': count(conflict('nginx:1')),
  'amount: an image with force-import': count(overwritten('nginx:1')),
  'amount: missing, and with force-import': count(image('c:1'), overwritten('d:1'), overwritten('e:1')),
  'amount: missing, and different': count(image('c:1'), image('d:1'), conflict('a:1'), conflict('b:1')),
  'amount: an image and a cluster': count(image('c:1'), sampleItem('aks-1')),
  'amount: a pair with the code of an image': count(sampleItem('aks-1', { code: 'IMAGE_CONFLICT' })),
  'amount: an image with the code of a cluster': count(image('x', { code: 'CLUSTER_NOT_FOUND' })),
  'amount: a missing cluster beside one that is fine': beside(gone('aks-1'), { fine: [sampleItem('aks-2')] }),
  'amount: missing clusters beside a missing role': count(gone('aks-1'), gone('aks-2'), sampleItem('aks-3')),
  'amount: a cluster without an identity': count(sampleItem('aks-1', { code: 'NO_KUBELET_IDENTITY' })),
  'amount: a missing registry': count(noRegistry('aks-1', 'contosoacr'), noRegistry('aks-2', 'contosoacr')),
  'amount: two missing registries': count(noRegistry('aks-1', 'one'), noRegistry('aks-1', 'two')),
  'amount: a missing cluster and a missing registry': count(gone('aks-1'), noRegistry('aks-2', 'one')),
  'amount: a missing cluster in two letter cases': count(gone('aks-1'), gone('AKS-1')),
  'amount: missing clusters of one name': count(gone(sampleId('aks', 'rg-a')), gone(sampleId('aks', 'rg-b'))),
  'amount: a missing cluster and a missing identity': count(
    gone('aks-1'),
    gone(identity, { code: 'IDENTITY_NOT_FOUND' }),
  ),
  'unchecked: a cluster': countUnchecked([sampleItem(sampleId('aks-1'))]),
  'unchecked: an image': countUnchecked([image('team/app:v1')]),
  'unchecked: both': countUnchecked([sampleItem('aks-1'), sampleItem('aks-2'), image('a:1')]),
  'unchecked: workloads': countUnchecked(
    ['aks-1', 'aks-2'].map(name => sampleItem(`the workloads of ${name}`, { kind: 'workload', registry: '' })),
  ),
  'unchecked: an image and workloads': countUnchecked([
    image('a:1'),
    sampleItem('the workloads of aks-1', { kind: 'workload', registry: '' }),
  ]),
  'unchecked: two images': countUnchecked([image('a:1'), image('a:1')]),
  'unchecked: beside an identity': countUnchecked([sampleItem('aks-1'), sampleItem(identity)]),
  'unchecked: a cluster at two registries': countUnchecked([at('aks-1', 'one'), at('aks-1', 'two')]),
  'unchecked: other clusters': countUnchecked([sampleItem('*')]),
  'unchecked: at other registries': countUnchecked([sampleItem('aks-1', { registry: '*', registryId: '' })]),
  'targets: clusters, also those called like an identity': [
    countTargets([sampleId('aks-1')]),
    countTargets(['aks-1', 'userAssignedIdentities']),
  ],
  'targets: an identity among them': countTargets(['aks-1', identity]),
  'places: one, two, and more': [
    placed(['aks-1', 'one']),
    placed(['aks-1', 'two', 'one'], ['AKS-1', 'one'], ['aks-2', 'one', 'two']),
    placed(['aks-1', 'a-10', 'a-2', 'a-1']),
  ],
  'places: different ones, in natural order': [
    placed(['aks-1', 'acr10', 'acr2'], ['aks-2', 'acr2']),
    placed(['aks-1', 'a', 'b', 'c'], ['aks-2', 'a']),
  ],
  'places: different ones of more than three': placed(['aks-1', 'a', 'b', 'c', 'd'], ['aks-2', 'a']),
})

const item = (more: Parameters<typeof sampleItem>[1]): string => sayTold(sampleItem(sampleId('aks-1'), more))

const items = () => ({
  'item: a missing role': item({}),
  'item: by its own name': item({ name: 'aks-1 (rg-a)' }),
  'item: a refused pull': sayTold(refused('aks-1', '')),
  'item: through a broader role': item(broader),
  'item: not through the group': item(otherwise),
  'item: some repositories': item(only('team/app')),
  'item: until ABAC': sayTold(at('aks-1', 'one', { ...soon, message: 'R is missing' })),
  'item: not with the role of the inputs': driftOf({ pairs: [ignored('direct'), ignored(null)] }).items.map(each =>
    sayTold(each),
  ),
  'item: a missing cluster': sayTold(gone('aks-1')),
  'item: an image, without and with a reason': ['', 'It does not exist.'].map(message =>
    sayTold(image('team/app:v1', { message })),
  ),
  'item: an image in a missing registry': sayTold(image('x', { message: '', code: 'REGISTRY_NOT_FOUND' })),
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
  'cause: a missing role, with clusters in short': causesOf(...names.map(name => lacking(name))),
  'cause: at each registry': causesOf(lacking('aks-1'), lacking('aks-1', { registry: 'testacr.azurecr.io' })),
  'cause: worst first, then those of most clusters, then by registry': causesOf(
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
  'cause: places are not shortened': causesOf(
    ...['aks (rg-a, x)', 'aks (rg-b, x)', 'aks-1-2', 'aks-1-2-3', 'aks-a-1', 'aks-b'].map(name => lacking(name)),
  ),
  'cause: in natural order': causesOf(at('aks-10', 'a'), at('aks-2', 'A'), at('AKS-2', 'a')),
  'cause: through a broader role': causesOf(...eachOf({ ...broader, role: 'AcrPush' })),
  'cause: not through the group': causesOf(
    ...eachOf({
      ...otherwise,
      message: 'the pull identity is not a member of group g',
      lacks: [roleLack({ kind: 'member', role: null, group: 'g' })],
    }),
  ),
  'cause: some repositories': causesOf(
    ...eachOf({ ...only('team/app'), message: 'AcrPull does not reach shop', lacks: [roleLack({ kind: 'reach' })] }),
  ),
  'cause: not with the role of the inputs': causesOf(
    ...eachOf({ ...otherwise, code: 'DRIFT', lacks: [], fix: fix('Choose another role.') }),
  ),
  'cause: refused pulls': causesOf(...eachOf({ code: 'PULL_DENIED', fix: fix('Look:') })),
  'cause: a missing cluster at two registries': causesOf(
    ...['one', 'two'].map(registry =>
      gone(registry === 'one' ? 'aks-1' : 'AKS-1', {
        registry,
        key: registry,
        message: 'There is no aks-1.',
        azure: notFound,
      }),
    ),
  ),
  'cause: missing registries': causesOf(
    noRegistry('aks-1', 'one'),
    noRegistry('aks-2', 'one'),
    noRegistry('aks-1', 'two'),
  ),
  'cause: an answer with a code, and none': [
    { code: 'ECONNRESET' },
    {},
    { status: 404, code: 'NAME_UNKNOWN' },
    { code: 'AKSOperationPreempted' },
  ].flatMap(answered),
  'cause: locked images and a locked cluster': causesOf(
    sampleItem('app:1', { ...locked, kind: 'manifest' }),
    sampleItem('aks-1', locked),
    image('app:2', locked),
  ),
  'cause: an image at two registries': causesOf(
    ...['one', 'two'].map(registry => image('a:1', { registry, key: registry })),
  ),
  'cause: images, missing and different': causesOf(image('a:1'), image('b:1'), conflict('c:1')),
})

const told = ({ text, commands }: { text: string; commands: readonly string[] }): string =>
  [text, ...commands].join('\n')
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
  'repair: nothing': repair(),
  'repair: attach': repair(sampleItem('aks-1')),
  'repair: attach, or by hand': repair(lacking('aks-1')),
  'repair: a missing image': repair(image('nginx:v1')),
  'repair: an image with force-import': repair(overwritten('nginx:v1')),
  'repair: and a role': repair(overwritten('nginx:v1'), sampleItem('aks-1')),
  'repair: a cluster without an identity': repair(
    sampleItem('aks-new', { code: 'NO_KUBELET_IDENTITY', fix: fix('Wait:', 'az aks wait') }),
  ),
  'repair: a different image': repair(conflict('nginx:v1')),
  'repair: a missing cluster': repair(gone('aks-1')),
  'repair: a refused pull': repair(refused('aks-1', 'Look at it:', 'az aks show')),
  'repair: several causes': repair(
    gone('aks-1'),
    lacking('aks-1'),
    refused('aks-2', 'Look:', 'az 2'),
    refused('aks-3', 'Look:', 'az 3'),
  ),
  'repair: too many advices of one code': repair(
    ...some(11, each => refused(`aks-${each}`, `Look at ${each}.`, `az ${each}`)),
  ),
  'failure: one item': failure([lacking('aks-1')], true),
  'failure: one cause': failure(
    ['aks-1', 'aks-2'].map(name => lacking(name)),
    true,
  ),
  'failure: several causes': failure(
    [lacking('aks-1'), lacking('aks-2'), sampleItem('aks-3', { registry: 'testacr.azurecr.io' })],
    true,
  ),
  'failure: the same words of nodes': failure(
    [quoted('aks-1', 'HTTP 401'), quoted('aks-2', 'HTTP 401'), quoted('aks-3', 'EOF')],
    true,
  ),
  'failure: clusters of one name': failure(
    ['rg-a', 'rg-b'].map(group => sampleItem(sampleId('aks', group))),
    true,
  ),
  'failure: a missing cluster': failure([gone('aks-1')]),
  'failure: a missing cluster in a fleet': failure([gone('aks-1')], true),
  'failure: a missing cluster and one without an identity': failure([
    gone('aks-1', { code: 'NO_KUBELET_IDENTITY' }),
    gone('aks-2'),
  ]),
  'failure: a missing registry of two clusters': failure([
    noRegistry('aks-1', 'nowhere'),
    noRegistry('aks-2', 'nowhere'),
  ]),
  'failure: a missing cluster at two registries': failure(
    ['one', 'two'].map(registry => gone('aks-1', { registry, key: registry })),
  ),
  'failure: missing clusters with one message': failure(
    ['aks-1', 'aks-2'].map(name => gone(name, { message: 'It is gone.' })),
  ),
  'failure: one name that two jobs did not find': failure(elsewhere),
  "failure: with Azure's answer": failure([noLonger('aks-1', 'abc')]),
  "failure: with two of Azure's answers": failure([noLonger('aks-1', 'abc'), noLonger('aks-2', 'def')]),
  'failure: something else has drifted as well': failure([gone('aks-1'), lacking('aks-1')]),
  'failure: an image in a missing registry': failure([image('x', { code: 'REGISTRY_NOT_FOUND' })]),
  'annotations: one for each cause': annotated([lacking('aks-1'), gone('aks-2'), conflict('nginx:v1')]),
  'annotations: one for missing clusters': annotated(
    ['aks-2', 'aks-3'].map(name => gone(name, { message: 'It is gone.' })),
  ),
  'annotations: one for a name': annotated(elsewhere),
  'annotations: warnings': annotated([lacking('aks-1')], false),
  'annotations: missing resources by name': annotated([
    noRegistry('aks-1', 'nowhere'),
    noRegistry('aks-2', 'nowhere'),
    gone('aks-3'),
  ]),
  'annotations: the last one counts the rest': annotated(many).slice(8),
  'annotations: one alone counts all': annotated(many.slice(0, 3), true, 1),
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
