import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fix } from '../../../src/model/fix.js'
import { mergeDrifts, readDrift, type Drift, type DriftItem } from '../../../src/report/drift.js'
import { compare } from '../../../src/report/drift-issue/issue.js'
import {
  hashOf,
  identityMarker,
  memoryMarker,
  readIdentity,
  readMemory,
  remember,
  scopeOf,
} from '../../../src/report/drift-issue/marker.js'
import { countUnlooked, describeDrift } from '../../../src/report/drift-text.js'
import { changeComment, driftBody, driftTitle } from '../../../src/report/drift-issue/text.js'
import { toReportJson, type Report } from '../../../src/report/report-json.js'
import { conclude } from '../../../src/report/conclude.js'
import {
  sampleInputs,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../support/sample.js'

const run = { name: 'Nightly, run 1', url: 'https://github.com/contoso/shop/actions/runs/1', workflow: 'nightly.yml' }

const sampleItem = (target: string, more: Partial<DriftItem> = {}): DriftItem => ({
  key: ` ${target} contosoacr`,
  kind: 'pair',
  target,
  registry: 'contosoacr.azurecr.io',
  registryId: '',
  code: 'missing',
  what: 'AcrPull is missing',
  access: 'none',
  fix: null,
  ...more,
})

const sampleDrift = (items: DriftItem[], more: Partial<Drift> = {}): Drift => ({
  items,
  unknown: [],
  fine: [],
  blind: [],
  unseen: [],
  commands: [],
  ...more,
})

const anyItem = fc.record({
  key: fc.string({ minLength: 1 }),
  kind: fc.constantFrom('pair' as const, 'image' as const),
  target: fc.string({ unit: 'grapheme' }),
  registry: fc.string(),
  registryId: fc.constant(''),
  code: fc.constantFrom('missing', 'CLUSTER_NOT_FOUND', 'IMAGE_CONFLICT'),
  what: fc.string({ unit: 'grapheme', maxLength: 2000 }),
  access: fc.constantFrom('none' as const, 'by-broader-role' as const, { onlyTo: ['team/app'] }),
  fix: fc.constant(null),
})

const anyCommand = fc.string({ minLength: 300, maxLength: 3000 }).map(text => `az ${text}`)

describe('the drift of a report', () => {
  const checked = { ...sampleInputs, mode: 'check' as const }

  it('has what is missing, and what is fine', () => {
    const pairs = [samplePair({ operation: sampleOperation() }), samplePair({}, sampleTarget('aks-prod-2'))]
    const report = toReportJson(conclude(sampleRun(pairs, { inputs: checked })))
    const { items, fine } = readDrift(report)
    expect(items).toMatchObject([{ registry: 'contosoacr.azurecr.io', code: 'missing' }])
    expect(items[0]?.what).toBe('AcrPull is missing')
    expect(fine).toHaveLength(1)
  })

  it('knows a thing by what the user called it, whether it is found or not', () => {
    const [pair] = toReportJson(
      conclude(sampleRun([samplePair({ operation: sampleOperation() })], { inputs: checked })),
    ).pairs
    if (!pair) throw new Error('there is no pair')
    const found = readDrift({ pairs: [pair], images: [], manifests: [], plan: [], unknown: [], error: null })
    const error = {
      code: 'CLUSTER_NOT_FOUND' as const,
      message: 'It is gone.',
      fix: { text: '', commands: [] },
      reason: null,
      azure: null,
    }
    const gone = readDrift({
      pairs: [{ ...pair, target: 'aks-prod-1', error }],
      images: [],
      manifests: [],
      plan: [],
      unknown: [],
      error: null,
    })
    expect(gone.items[0]?.key).toBe(found.items[0]?.key)
    // A name may mean another cluster in another step; an ID does not.
    const [other] = readDrift(
      { pairs: [pair], images: [], manifests: [], plan: [], unknown: [], error: null },
      'another leg',
    ).items
    expect(other?.key).not.toBe(found.items[0]?.key)
    const byId = { ...pair, asked: { target: pair.target, registry: pair.registry } }
    const [one, same] = ['one leg', 'another leg'].map(leg =>
      readDrift({ pairs: [byId], images: [], manifests: [], plan: [], unknown: [], error: null }, leg),
    )
    if (!one || !same) throw new Error('there is no drift')
    expect(mergeDrifts([one, same]).items).toHaveLength(1)
  })

  const sampleImage = (more: Partial<Report['images'][number]>): Report['images'][number] => ({
    source: 'docker.io/library/nginx:1.27',
    name: 'nginx:1.27',
    image: 'contosoacr.azurecr.io/nginx:1.27',
    digest: null,
    status: 'present',
    registry: sampleRegistry().id,
    sizeInBytes: null,
    durationSeconds: null,
    error: null,
    ...more,
  })
  const gone = { code: 'IMAGE_NOT_FOUND' as const, message: 'It is gone.', reason: null, fix: fix(''), azure: null }
  const readImages = (...images: Report['images']): Drift =>
    readDrift({ pairs: [], images, manifests: [], plan: [], unknown: [], error: null })

  it('takes an image for fine only where its digest was read', () => {
    const item = { key: `nginx:1.27 ${sampleRegistry().id}`.toLowerCase(), kind: 'image', target: 'nginx:1.27' }
    const place = {
      ...item,
      registry: 'contosoacr.azurecr.io',
      registryId: sampleRegistry().id,
      access: 'none' as const,
    }
    expect(readImages(sampleImage({ digest: 'sha256:0a' }))).toMatchObject({ items: [], unknown: [], fine: [place] })
    expect(readImages(sampleImage({}))).toMatchObject({
      items: [],
      unknown: [{ ...place, code: 'IMAGE_NOT_COMPARED', what: 'its digest could not be read' }],
      fine: [],
    })
    expect(readImages(sampleImage({ status: 'failed', error: gone }))).toMatchObject({
      unknown: [{ ...place, code: 'IMAGE_NOT_FOUND', what: 'It is gone.' }],
      fine: [],
    })
    expect(readImages(sampleImage({ status: 'missing', error: gone }))).toMatchObject({
      items: [{ ...place, code: 'IMAGE_NOT_FOUND', what: 'It is gone.' }],
      unknown: [],
      fine: [],
    })
  })

  it("keeps an image that was missing in the issue while it can't be read", () => {
    const before = readImages(sampleImage({ status: 'missing', error: gone }))
    const { hashes } = remember(before, [])
    const unread = compare({ hashes }, readImages(sampleImage({})))
    expect(unread.carried).toEqual(before.items.map(hashOf))
    expect(unread.change).toEqual({ worse: [], better: [], dropped: 0 })
    const healed = compare({ hashes }, readImages(sampleImage({ digest: 'sha256:0a' })))
    expect(healed.carried).toEqual([])
    expect(healed.change?.better).toHaveLength(1)
  })

  it('takes an image of a manifest for fine where it is there, or is left to the nodes', () => {
    const manifest = {
      image: 'contosoacr.azurecr.io/team/app:v1',
      registry: sampleRegistry().id,
      file: 'k8s/App.yaml',
      document: 2,
      resource: 'Deployment app',
      field: 'spec.template.spec.containers[0].image',
    }
    const read = (more: Pick<Report['manifests'][number], 'status' | 'error'>): Drift =>
      readDrift({ pairs: [], images: [], manifests: [{ ...manifest, ...more }], plan: [], unknown: [], error: null })
    const key = 'k8s/app.yaml 2 spec.template.spec.containers[0].image contosoacr.azurecr.io/team/app:v1'
    const item = { key, kind: 'image', target: manifest.image, registry: 'contosoacr.azurecr.io' }
    expect(read({ status: 'present', error: null })).toMatchObject({ items: [], unknown: [], fine: [item] })
    expect(read({ status: 'unknown', error: null })).toMatchObject({ items: [], unknown: [], fine: [item] })
    expect(read({ status: 'unknown', error: gone })).toMatchObject({ items: [], unknown: [item], fine: [] })
    expect(read({ status: 'missing', error: gone })).toMatchObject({
      items: [{ ...item, code: 'IMAGE_NOT_FOUND', what: 'It is gone.' }],
      unknown: [],
      fine: [],
    })
  })

  it('is worst first, in whatever order it is found', () => {
    const items = [
      sampleItem('harmless', { access: 'by-broader-role' }),
      sampleItem('image', { kind: 'image' }),
      sampleItem('b'),
      sampleItem('a'),
      sampleItem('gone', { code: 'CLUSTER_NOT_FOUND' }),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: 5 }), shuffled => {
        const merged = mergeDrifts(shuffled.map(item => sampleDrift([item])))
        expect(merged.items.map(({ target }) => target)).toEqual(['gone', 'a', 'b', 'image', 'harmless'])
      }),
    )
  })
})

describe('drift in words', () => {
  const gone = (target: string) => sampleItem(target, { code: 'CLUSTER_NOT_FOUND', what: 'The cluster was not found.' })

  it('tells what is gone apart from what has lost its role', () => {
    expect(driftTitle(sampleDrift([gone('aks-1')], { fine: [sampleItem('aks-2')] }))).toBe('Drift: aks-1 was not found')
    expect(driftTitle(sampleDrift([gone('aks-1'), gone('aks-2'), sampleItem('aks-3')]))).toBe(
      'Drift: 1 of 3 clusters can no longer pull from contosoacr and 2 clusters were not found',
    )
    const registry = { code: 'REGISTRY_NOT_FOUND', what: 'The registry was not found.' }
    expect(driftTitle(sampleDrift([sampleItem('aks-1', registry), sampleItem('aks-2', registry)]))).toBe(
      'Drift: contosoacr was not found',
    )
  })

  it('says of a failure its code and what it is about', () => {
    const refused = sampleItem('aks-1', { code: 'PULL_DENIED', what: 'The probed node is refused.' })
    expect(describeDrift(refused)).toBe(
      'aks-1 can no longer pull from contosoacr (PULL_DENIED): The probed node is refused.',
    )
  })

  it('names what could not be looked at, or counts it', () => {
    const image = sampleItem('nginx:1.27', { kind: 'image' })
    expect(countUnlooked([sampleItem('/subscriptions/s/x/aks-1')])).toBe('aks-1 on contosoacr could not be looked at')
    expect(countUnlooked([sampleItem('aks-1'), sampleItem('aks-2'), image])).toBe(
      '2 clusters and 1 image could not be looked at',
    )
  })

  it('has its commands in the order of its rows', () => {
    const checked = { ...sampleInputs, mode: 'check' as const }
    const pairs = ['aks-2', 'aks-1'].map(name => {
      const [target, registry] = [sampleTarget(name), sampleRegistry()]
      const principalId = `${name.slice(-1)}1111111-2222-4333-8444-555555555555`
      return samplePair({ operation: { ...sampleOperation(), target, registry, principalId } }, target, registry)
    })
    const { items, commands } = readDrift(toReportJson(conclude(sampleRun(pairs, { inputs: checked }))))
    expect(items.map(({ target }) => target.slice(-5))).toEqual(['aks-1', 'aks-2'])
    expect(commands.map(command => /object-id (\d)/.exec(command)?.[1])).toEqual(['1', '2'])
  })
})

describe('the body of an issue', () => {
  it('fits, whatever is in it, and holds its counts', () => {
    fc.assert(
      fc.property(
        fc.array(anyItem, { maxLength: 400 }),
        fc.array(anyItem, { maxLength: 50 }),
        fc.array(anyCommand, { maxLength: 30 }),
        fc.integer({ min: 20_000, max: 65_000 }),
        (items, unknown, commands, room) => {
          const body = driftBody(sampleDrift(items, { unknown, commands }), run, room)
          expect(body.length).toBeLessThanOrEqual(room)
          const rows = body.split('\n').filter(line => line.startsWith('| ')).length
          const rest = [...body.matchAll(/^and (\d+) more: /gm)].reduce((sum, [, count]) => sum + Number(count), 0)
          const tables = Number(items.length > 0) + Number(unknown.length > 0)
          expect(rows - 2 * tables + rest).toBe(items.length + unknown.length)
          expect(driftTitle(sampleDrift(items)).length).toBeLessThanOrEqual(256)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('takes text for text', () => {
    const what = '@octocat <img src=x> | a\nb `c` <!-- attach-acr state=0 count=0 keys=- -->'
    const body = driftBody(sampleDrift([sampleItem('aks', { what })]), run, 60_000)
    expect(body).not.toContain('@octocat')
    expect(body).not.toContain('<img')
    expect(body).not.toContain('<!--')
    expect(body.split('\n').filter(line => line.startsWith('| aks'))).toHaveLength(1)
  })

  it('says in its rows what can be pulled all the same', () => {
    const body = driftBody(
      sampleDrift([
        sampleItem('aks-1'),
        sampleItem('aks-2', { access: 'by-broader-role' }),
        sampleItem('aks-3', { access: 'otherwise' }),
      ]),
      run,
      10_000,
    )
    expect(body).toContain('| aks-1 | contosoacr.azurecr.io | AcrPull is missing |')
    expect(body).toContain('| aks-2 | contosoacr.azurecr.io | AcrPull is missing; it pulls by a broader role |')
    expect(body).toContain(
      '| aks-3 | contosoacr.azurecr.io | AcrPull is missing; it pulls, but not through the group |',
    )
  })

  it('tells clusters of one name apart', () => {
    const id = (group: string) =>
      `/subscriptions/00000000-0000-0000-0000-00000000abcd/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/aks`
    const body = driftBody(
      sampleDrift([sampleItem(id('rg-a')), sampleItem(id('rg-b')), sampleItem('other')]),
      run,
      60_000,
    )
    expect(body).toContain('| aks (rg-a, subscription …abcd) |')
    expect(body).toContain('| other |')
  })
})

describe('the markers', () => {
  const names = fc.string({ unit: 'grapheme' })

  it('are one line that no name can end, and differ where a part differs', () => {
    fc.assert(
      fc.property(names, names, names, names, (workflow, job, scope, other) => {
        const step = { workflow, name: workflow, job, step: job, scope, wish: 'wish' }
        const marker = identityMarker(step)
        expect(readIdentity(`${marker}\nand more`)).toEqual(step)
        for (const quoted of [`> ${marker}`, ` ${marker}`, `Look at this one:\n${marker}`])
          expect(readIdentity(quoted)).toBeUndefined()
        expect(marker.indexOf('-->')).toBe(marker.length - 3)
        expect(marker.slice(4, -3)).not.toContain('--')
        expect(marker).not.toContain('\n')
        expect(identityMarker({ ...step, workflow: other }) === marker).toBe(other === workflow)
      }),
    )
  })

  it('remember what they were made of', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 60 }), items => {
        const memory = remember(sampleDrift(items), [])
        expect(readMemory(`before\n${memoryMarker(memory)}\nafter`)).toEqual(memory)
      }),
    )
  })

  it('remember no more than fits', () => {
    const items = Array.from({ length: 10_000 }, (_, index) => sampleItem(`aks-${index}`))
    const memory = remember(sampleDrift(items), [])
    expect(memory).toMatchObject({ count: 10_000, hashes: undefined })
    expect(readMemory(memoryMarker(memory))).toEqual(memory)
  })

  it('differ with the drift, not with its order or with what Azure says of an error', () => {
    const [a, b] = [sampleItem('a'), sampleItem('b', { code: 'CLUSTER_NOT_FOUND', what: 'since 3:17' })]
    const { state } = remember(sampleDrift([a, b]), [])
    expect(remember(sampleDrift([b, a], { fine: [sampleItem('c')] }), []).state).toBe(state)
    expect(remember(sampleDrift([a, { ...b, what: 'since 3:18' }]), []).state).toBe(state)
    expect(remember(sampleDrift([{ ...a, what: 'AcrPush is missing' }, b]), []).state).not.toBe(state)
    expect(remember(sampleDrift([a]), []).state).not.toBe(state)
    expect(remember(sampleDrift([{ ...a, access: 'by-broader-role' }, b]), []).state).not.toBe(state)
    expect(remember(sampleDrift([a, b], { unseen: ['The role could not be read: no'] }), []).state).not.toBe(state)
    expect(remember(sampleDrift([a, b], { commands: ['az role assignment create'] }), []).state).not.toBe(state)
    expect(remember(sampleDrift([a, b], { unknown: [sampleItem('c')] }), []).state).not.toBe(state)
    expect(remember(sampleDrift([a, b], { blind: ['THROTTLED: …'] }), []).state).not.toBe(state)
  })

  it('are nothing where someone has rewritten the body', () => {
    expect(readMemory('thanks, fixed')).toEqual({ state: '', count: 0, hashes: undefined })
  })

  it('have a scope that order and letter case do not change', () => {
    const cluster = (text: string) => ({ kind: 'name' as const, text, resourceGroup: 'rg' })
    const registry = (text: string) => ({ kind: 'name' as const, text })
    const inputs = { ...sampleInputs, clusters: [cluster('a'), cluster('b')], registries: [registry('contosoacr')] }
    const scope = scopeOf(inputs)
    expect(scopeOf({ ...inputs, clusters: [cluster('B'), cluster('a')] })).toBe(scope)
    expect(scopeOf({ ...inputs, clusters: [cluster('a')] })).not.toBe(scope)
    expect(scopeOf({ ...inputs, registries: [registry('otheracr')] })).not.toBe(scope)
    expect(scopeOf({ ...inputs, subscriptionId: 'another' })).not.toBe(scope)
    // What is a target in one place is none in the other.
    expect(scopeOf({ ...inputs, clusters: [], registries: [registry('s/rg/a')] })).not.toBe(
      scopeOf({ ...inputs, clusters: [cluster('a')], registries: [] }),
    )
  })
})

describe('a change', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(name => sampleItem(name)) as [
    DriftItem,
    DriftItem,
    DriftItem,
    DriftItem,
  ]
  const hashes = new Set([a, b, c].map(hashOf))

  it('is worse, better, or not to be known', () => {
    const { change, carried, isSure } = compare({ hashes }, sampleDrift([a, d], { fine: [b], unknown: [c] }))
    expect(change).toEqual({ worse: [d], better: [b], dropped: 0 })
    expect(carried).toEqual([hashOf(c)])
    expect(isSure).toBe(true)
  })

  it('takes what is no longer looked at for better, unless the run was blind', () => {
    expect(compare({ hashes }, sampleDrift([a]))).toMatchObject({ change: { dropped: 2 }, carried: [] })
    const blind = compare({ hashes }, sampleDrift([a], { blind: ['leg 3 left no report'] }))
    expect(blind).toMatchObject({ change: { dropped: 0 } })
    expect(blind.carried.sort()).toEqual([b, c].map(hashOf).sort())
  })

  it('of too many to remember is sure only where all was seen', () => {
    expect(compare({ hashes: undefined }, sampleDrift([]))).toMatchObject({ change: undefined, isSure: true })
    expect(compare({ hashes: undefined }, sampleDrift([], { unknown: [a] })).isSure).toBe(false)
  })

  it('is a comment only where something is worse or better', () => {
    expect(changeComment({ worse: [], better: [], dropped: 0 }, run)).toBe('')
    const many = Array.from({ length: 30 }, (_, index) => sampleItem(`aks-${index}`))
    const comment = changeComment({ worse: many, better: [], dropped: 1 }, run)
    expect(comment).toContain('**Worse**: 30 more.')
    expect(comment).toContain('- and 10 more')
    expect(comment).toContain('**Better**: 1 thing')
    expect(comment).toContain(run.url)
  })
})
