import { describe, expect, it } from 'vitest'
import { fix } from 'kernel'
import { mergeDrifts, toReportJson, type Drift, type Report } from 'report-document'
import { conclude } from 'run-report'
import { readDrift } from '../src/read-drift.js'
import {
  sampleInputs,
  sampleOperation,
  samplePair,
  sampleRegistry,
  sampleRun,
} from '../../../__tests__/support/sample.js'

describe('the drift of a report', () => {
  const checked = { ...sampleInputs, mode: 'check' as const }

  it('has an item once even if several jobs checked it under different names', () => {
    const [pair] = toReportJson(
      conclude(sampleRun([samplePair({ operation: sampleOperation() })], { inputs: checked })),
    ).pairs
    if (!pair) throw new Error('there is no pair')
    const nothing = { images: [], manifests: [], plan: [], unknown: [], error: null }
    const byId = { ...pair, asked: { target: pair.target, registry: pair.registry } }
    const drifts = [pair, byId].map((each, leg) => readDrift({ ...nothing, pairs: [each] }, `leg ${leg}`))
    expect(mergeDrifts(drifts).items).toHaveLength(1)
    // A name that was not found may mean another cluster in another job.
    const lost = { ...pair, target: 'aks-prod-1' }
    const others = ['one leg', 'another leg'].map(leg => readDrift({ ...nothing, pairs: [lost] }, leg))
    expect(mergeDrifts(others).items).toHaveLength(2)
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
    importable: null,
    error: null,
    ...more,
  })
  const gone = {
    code: 'IMAGE_NOT_FOUND' as const,
    message: 'It is gone.',
    reason: null,
    cause: null,
    quote: null,
    fix: fix(''),
    azure: null,
  }
  const readImages = (...images: Report['images']): Drift =>
    readDrift({ pairs: [], images, manifests: [], plan: [], unknown: [], error: null }, '')

  it('counts an image as fine only if its digest was read', () => {
    const item = { key: 'nginx:1.27 contosoacr', kind: 'input', target: 'nginx:1.27' }
    const place = {
      ...item,
      registry: 'contosoacr.azurecr.io',
      registryId: sampleRegistry().id,
      access: 'none' as const,
    }
    expect(readImages(sampleImage({ digest: 'sha256:0a' }))).toMatchObject({ items: [], unknown: [], fine: [place] })
    expect(readImages(sampleImage({}))).toMatchObject({
      items: [],
      unknown: [{ ...place, code: 'IMAGE_NOT_COMPARED', message: 'its digest could not be read' }],
      fine: [],
    })
    expect(readImages(sampleImage({ status: 'failed', error: gone }))).toMatchObject({
      unknown: [{ ...place, code: 'IMAGE_NOT_FOUND', message: 'It is gone.' }],
      fine: [],
    })
    for (const status of ['missing', 'locked'] as const)
      expect(readImages(sampleImage({ status, error: gone }))).toMatchObject({
        items: [{ ...place, code: 'IMAGE_NOT_FOUND', message: 'It is gone.' }],
        unknown: [],
        fine: [],
      })
  })

  it('has two images whose tags differ only by letter case', () => {
    const missing = ['app:rc', 'app:RC'].map(name => sampleImage({ name, status: 'missing', error: gone }))
    expect(mergeDrifts([readImages(...missing)]).items).toHaveLength(2)
  })

  it('counts an image of a manifest as fine if it exists, or a node has pulled it', () => {
    const manifest = {
      image: 'contosoacr.azurecr.io/team/app:v1',
      registry: sampleRegistry().id,
      file: 'k8s/App.yaml',
      document: 2,
      resource: 'Deployment app',
      field: 'spec.template.spec.containers[0].image',
    }
    const read = (more: Pick<Report['manifests'][number], 'status' | 'error'>, pairs: Report['pairs'] = []): Drift =>
      readDrift({ pairs, images: [], manifests: [{ ...manifest, ...more }], plan: [], unknown: [], error: null }, '')
    const key = 'manifest contosoacr.azurecr.io/team/app:v1'
    const item = { key, kind: 'manifest', target: manifest.image, registry: 'contosoacr.azurecr.io' }
    expect(read({ status: 'present', error: null })).toMatchObject({ items: [], unknown: [], fine: [item] })
    const doubt = { ...item, code: 'IMAGE_NOT_COMPARED', message: expect.stringContaining('no node') as unknown }
    const unseen = { status: 'unknown', error: null } as const
    expect(read(unseen)).toMatchObject({ items: [], unknown: [doubt], fine: [] })
    const [pulled, refused] = (['pulled', 'denied'] as const).map(verdict => {
      const pulls = [{ image: manifest.image, verdict }] as Report['pairs'][number]['pulls']
      return toReportJson(conclude(sampleRun([samplePair()]))).pairs.map(pair => ({ ...pair, pulls }))
    })
    expect(read(unseen, refused).unknown).toMatchObject([doubt])
    expect(read(unseen, pulled)).toMatchObject({ unknown: [], fine: [{}, item] })
    expect(read({ status: 'unknown', error: gone })).toMatchObject({ items: [], unknown: [item], fine: [] })
    for (const status of ['missing', 'locked'] as const)
      expect(read({ status, error: gone })).toMatchObject({
        items: [{ ...item, code: 'IMAGE_NOT_FOUND', message: 'It is gone.' }],
        unknown: [],
        fine: [],
      })
  })
})
