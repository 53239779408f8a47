import { describe, expect, it } from 'vitest'
import { fix } from 'kernel'
import type { DriftItem } from '../src/drift.js'
import { findCauses } from '../src/causes.js'
import { unroll } from '../../../__tests__/support/az.js'
import { commandsOf, roleLack, sampleId, sampleItem, sampleRepair } from '../../../__tests__/support/drift.js'

const lacking = (name: string, more: Partial<DriftItem> = {}) =>
  sampleItem(name, { repairs: [sampleRepair(`id-of-${name}`)], ...more })
const textsOf = (...items: DriftItem[]) =>
  findCauses({ items }).map(({ text, list }) => (list ? `${text}: ${list}` : text))
const names = ['aks-eus-01', 'aks-eus-02', 'aks-eus-03', 'aks-sea-10']

describe('a cause of drift', () => {
  it('is a missing role at a registry, with its clusters in short', () => {
    expect(textsOf(...names.map(name => lacking(name)))).toEqual([
      'AcrPull on contosoacr is missing for 4: aks-eus-01, -02, -03, aks-sea-10',
    ])
    const other = lacking('aks-1', { registry: 'testacr.azurecr.io' })
    expect(textsOf(lacking('aks-1'), other)).toEqual([
      "aks-1 can't pull from contosoacr: AcrPull is missing",
      "aks-1 can't pull from testacr: AcrPull is missing",
    ])
    // A place is never shortened, and neither is what only begins alike.
    expect(textsOf(...['aks (rg-a, x)', 'aks (rg-b, x)', 'aks-1-2', 'aks-1-2-3'].map(name => lacking(name)))).toEqual([
      'AcrPull on contosoacr is missing for 4: aks (rg-a, x), aks (rg-b, x), aks-1-2, aks-1-2-3',
    ])
  })

  it('names its clusters in the order in which people count, and the first 50 of them', () => {
    const at = (name: string, registry: string) => lacking(name, { registry })
    expect(textsOf(at('aks-10', 'a.azurecr.io'), at('aks-2', 'A.azurecr.io'), at('AKS-2', 'a.azurecr.io'))).toEqual([
      'AcrPull on a is missing for 2: aks-2, -10',
    ])
    expect(textsOf(...['aks-a-1', 'aks-b'].map(name => lacking(name)))[0]).toMatch(/: aks-a-1, aks-b$/)
    const many = (count: number) => textsOf(...Array.from({ length: count }, (_, index) => lacking(`aks-${index}`)))[0]
    expect(many(50)).toMatch(/^AcrPull on contosoacr is missing for 50: aks-0, -1, .*, -49$/)
    expect(many(51)).toMatch(/, -49 and 1 more$/)
  })

  it('says what the clusters can pull nevertheless', () => {
    const two = (more: Partial<DriftItem>) => textsOf(...['aks-1', 'aks-2'].map(name => lacking(name, more)))
    expect([
      ...two({ access: 'by-broader-role', role: 'AcrPush' }),
      ...two({
        access: 'otherwise',
        message: 'the pull identity is not a member of group g',
        lacks: [roleLack({ kind: 'member', role: null, group: 'g' })],
      }),
      ...two({
        access: { onlyTo: ['team/app'] },
        message: 'AcrPull does not reach shop',
        lacks: [roleLack({ kind: 'reach' })],
      }),
      ...two({ access: 'otherwise', code: 'DRIFT', lacks: [], fix: fix('Choose another role.') }),
      ...two({ code: 'PULL_DENIED', fix: fix('Look:') }),
    ]).toEqual([
      'AcrPull on contosoacr is missing for 2, which pull only through a broader role: aks-1, -2',
      'contosoacr: the pull identity is not a member of group g for 2, which are allowed to pull, but not through the group: aks-1, -2',
      'contosoacr: AcrPull does not reach shop for 2, which are only allowed to pull team/app: aks-1, -2',
      '2 clusters are allowed to pull, but not with the desired role: aks-1, -2',
      "PULL_DENIED: 2 clusters can't pull from contosoacr: aks-1, -2",
    ])
  })

  it('is each missing cluster and registry once, by name, with its ID in the details', () => {
    const gone = (name: string, registry: string, code = 'CLUSTER_NOT_FOUND') =>
      lacking(name, {
        code,
        registry,
        fix: fix(''),
        message: `There is no ${code === 'REGISTRY_NOT_FOUND' ? registry : sampleId(name)}`,
      })
    const causes = findCauses({
      items: [
        ...['one', 'two'].map(registry => gone('aks-1', registry)),
        ...['aks-2', 'aks-3'].map(name => gone(name, 'three', 'REGISTRY_NOT_FOUND')),
      ],
    })
    expect(causes.map(({ code, text, list, names: all }) => [code, text, list, ...all])).toEqual([
      ['CLUSTER_NOT_FOUND', 'aks-1 was not found', '', 'aks-1'],
      ['REGISTRY_NOT_FOUND', 'three was not found', '', 'aks-2', 'aks-3'],
    ])
    expect(causes.map(({ details }) => details.map(({ message }) => message))).toEqual([
      [`There is no ${sampleId('aks-1')}`],
      ['There is no three'],
    ])
  })

  it("is a missing cluster once, also with Azure's answer, and each missing registry", () => {
    const azure = { status: 404, code: 'ResourceNotFound' }
    const atBoth = ['one', 'two'].map(registry => {
      const more = { code: 'CLUSTER_NOT_FOUND', message: 'There is no aks-1.', fix: fix(''), azure }
      return sampleItem(registry === 'one' ? 'aks-1' : 'AKS-1', { ...more, registry, key: registry })
    })
    expect(findCauses({ items: atBoth }).flatMap(({ details }) => details)).toEqual([
      { message: 'There is no aks-1.', quote: undefined, answer: '  [Azure: ResourceNotFound]' },
    ])
    const lost = ['one', 'two'].map(registry =>
      sampleItem('aks-1', { code: 'REGISTRY_NOT_FOUND', registry, message: `There is no ${registry}`, fix: fix('') }),
    )
    expect(textsOf(...lost)).toEqual(['one was not found', 'two was not found'])
  })

  it.each([
    [{ code: 'ECONNRESET' }, 'no answer: ECONNRESET'],
    [{}, 'Azure: no answer'],
    [{ status: 404, code: 'NAME_UNKNOWN' }, 'Azure: NAME_UNKNOWN'],
    [{ code: 'AKSOperationPreempted' }, 'Azure: AKSOperationPreempted'],
  ])('has the code of %j as "%s"', (azure, shown) => {
    const item = sampleItem('aks-1', { code: 'AZURE_UNAVAILABLE', message: 'It failed.', fix: fix(''), azure })
    expect(findCauses({ items: [item] })[0]?.details[0]?.answer).toBe(`  [${shown}]`)
  })

  it('is not the same for a cluster and an image, although the advice is', () => {
    const locked = { code: 'AZURE_REFUSED', fix: fix('Ask who has locked it.') }
    const items = [
      sampleItem('app:1', { ...locked, kind: 'manifest', message: 'It is locked.' }),
      sampleItem('aks-1', { ...locked, message: 'It is locked.' }),
      sampleItem('app:2', { ...locked, kind: 'input', message: 'It is locked.' }),
    ]
    expect(textsOf(...items)).toEqual([
      '2 images are locked: app:1 on contosoacr, app:2 on contosoacr',
      "aks-1 can't pull from contosoacr (AZURE_REFUSED): It is locked.",
    ])
  })

  it('is one advice for images, of which each is named', () => {
    const image = (name: string, more: Partial<DriftItem> = {}) =>
      sampleItem(name, { kind: 'input', message: `${name} is missing`, code: 'IMAGE_NOT_FOUND', ...more })
    const onBoth = ['one', 'two'].map(registry => image('a:1', { registry, key: registry }))
    expect(textsOf(...onBoth)).toEqual(['2 images are missing: a:1 on one, a:1 on two'])
    expect(
      textsOf(image('a:1'), image('b:1'), image('c:1', { code: 'IMAGE_CONFLICT', fix: fix('Give a tag.') })),
    ).toEqual(['2 images are missing: a:1 on contosoacr, b:1 on contosoacr', 'c:1 is missing'])
  })
})

describe('the command of a cause', () => {
  it('is complete: a loop over all of its principals, for each role at each scope', () => {
    const [command = '', ...others] = commandsOf({ items: names.map(name => lacking(name)) })
    expect(others).toEqual([])
    expect(command).toMatch(
      /^for id in \\\n {2}id-of-aks-eus-01 id-of-aks-eus-02 id-of-aks-eus-03 \\\n {2}id-of-aks-sea-10; do \\\n/,
    )
    expect(unroll(command)).toEqual(names.flatMap(name => commandsOf({ items: [lacking(name)] })))
    const twelve = Array.from({ length: 12 }, (_, at) => lacking(`aks-${at}`))
    expect(commandsOf({ items: twelve }).flatMap(unroll)).toHaveLength(12)
  })

  it('is one for each thing that is missing, and a principal is in it once', () => {
    const group = (id: string) => sampleRepair(id, { group: 'pullers', role: '', type: '', scope: '' })
    const shared = sampleRepair('pullers', { type: 'Group' })
    const items = ['aks-1', 'aks-2'].map(name => lacking(name, { repairs: [shared, group(name)] }))
    expect(commandsOf({ items })).toEqual([
      expect.stringMatching(/^az role assignment create --assignee-object-id pullers --assignee-principal-type Group /),
      'for id in aks-1 aks-2; do \\\n  az ad group member add --group pullers --member-id "$id"; done',
    ])
  })

  it('is none if it fills pages: a part of it would repair a part only', () => {
    const long = sampleRepair('id', { condition: 'x'.repeat(1000) })
    expect(commandsOf({ items: [lacking('aks-1', { repairs: [long, sampleRepair('id')] })] })).toEqual([])
    const many = (count: number) => Array.from({ length: count }, (_, at) => lacking(`aks-${at}`))
    expect(commandsOf({ items: many(250) })).toHaveLength(1)
    expect(commandsOf({ items: many(251) })).toEqual([])
    const scattered = (count: number) =>
      Array.from({ length: count }, (_, at) =>
        lacking('aks-1', { repairs: [sampleRepair('id', { scope: `/r/${at}` })] }),
      )
    expect(commandsOf({ items: scattered(10) })).toHaveLength(10)
    expect(commandsOf({ items: scattered(11) })).toEqual([])
  })

  it('quotes what is not a plain word', () => {
    const [command = ''] = commandsOf({ items: ["a'b", '$(x)'].map(name => lacking(name)) })
    expect(command).toContain("for id in 'id-of-a'\\''b' 'id-of-$(x)'; do")
  })
})
