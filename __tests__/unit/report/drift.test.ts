import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fix } from '../../../src/model/fix.js'
import { conclude } from '../../../src/report/conclude.js'
import { compare } from '../../../src/report/drift-issue/issue.js'
import { hashOf, remember } from '../../../src/report/drift-issue/marker.js'
import { mergeDrifts, readDrift, type Drift } from '../../../src/report/drift.js'
import { toReportJson, type Report } from '../../../src/report/report-json.js'
import { sampleDrift, sampleItem } from '../../support/drift.js'
import {
  sampleInputs,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
  sampleTarget,
} from '../../support/sample.js'

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
