import { describe, expect, it } from 'vitest'
import { fix } from 'kernel'
import { isHarmless, mergeDrifts, selectUnchecked } from '../src/drift.js'
import type { Report } from '../src/report-json.js'
import { acr, driftOf, refusal, reportedPair, type Pair } from '../../../__tests__/support/drift-report.js'
import {
  roleLack,
  sampleDrift,
  sampleGap,
  sampleId,
  sampleItem,
  sampleUnknown,
} from '../../../__tests__/support/drift.js'

describe('a pair', () => {
  it('is drift, unknown or fine by its status', () => {
    const placeOf = (status: Pair['status']): string => {
      const { items, unknown, fine } = driftOf({ pairs: [reportedPair('aks-1', { status, lacks: [] })] })
      return ['items', 'unknown', 'fine'].filter((_, index) => [items, unknown, fine][index]?.length === 1).join()
    }
    const statuses = ['missing', 'failed', 'unknown', 'attached', 'detached'] as const
    expect(statuses.map(placeOf)).toEqual(['items', 'unknown', 'unknown', 'fine', 'fine'])
  })

  it('shows its subject, the missing access and the repair by attach', () => {
    const message = 'the registry contosoacr does not exist'
    const lacks = [roleLack({ kind: 'registry', role: null, message }), roleLack()]
    expect(driftOf({ pairs: [reportedPair('aks-1', { lacks })] }).items).toEqual([
      {
        key: `${sampleId('aks-1')} contosoacr`.toLowerCase(),
        kind: 'pair',
        target: sampleId('aks-1'),
        name: 'aks-1',
        role: 'AcrPull',
        registry: 'contosoacr.azurecr.io',
        registryId: acr,
        unproven: ['pull'],
        code: 'missing',
        message: 'the registry contosoacr does not exist; AcrPull is missing',
        lacks,
        access: 'none',
        fix: null,
      },
    ])
  })

  it('shows whether its pull identity was seen and a node has pulled, also in the report of another job', () => {
    const unprovenOf = (more: Partial<Pair>) =>
      driftOf({ pairs: [reportedPair('aks-1', { status: 'attached', lacks: [], ...more })] }).fine[0]?.unproven
    expect(unprovenOf({ verified: 'pull' })).toEqual([])
    expect(unprovenOf({ verified: 'assignment' })).toEqual(['pull'])
    expect(unprovenOf({ verified: 'assignment', identitySeen: false })).toEqual(['identity', 'pull'])
    // Anybody may pull.
    const pulls = [{ verdict: 'pulled' }] as Pair['pulls']
    expect(unprovenOf({ verified: 'assignment', pulls })).toEqual([])
    // Nodes that were silent, full or refused have proven nothing.
    for (const verdict of ['slow', 'unschedulable', 'denied'] as const) {
      const others = [{ verdict }, { verdict }] as Pair['pulls']
      expect(unprovenOf({ verified: 'assignment', pulls: others })).toEqual(['pull'])
      expect(unprovenOf({ verified: 'assignment', pulls: [...others, ...pulls] })).toEqual([])
    }
  })

  it('is seen by a node only if that has pulled it: an image of manifests that the runner could not read', () => {
    const image = 'contosoacr.azurecr.io/shop:v1'
    const manifests = [{ image, status: 'unknown', error: null }] as unknown as Report['manifests']
    const placeOf = (verdict: Pair['pulls'][number]['verdict'], reference = image): string[] => {
      const pulls = [{ verdict, image: reference }] as Pair['pulls']
      const { unknown, fine } = driftOf({ pairs: [reportedPair('aks-1', { status: 'attached', pulls })], manifests })
      return [...unknown.map(({ kind }) => `unknown ${kind}`), ...fine.map(({ kind }) => `fine ${kind}`)]
    }
    expect(placeOf('pulled')).toContain('fine manifest')
    expect(placeOf('pulled', 'contosoacr.azurecr.io/shop:v2')).toContain('unknown manifest')
    for (const verdict of ['slow', 'unschedulable', 'denied'] as const)
      expect(placeOf(verdict)).toContain('unknown manifest')
  })

  it('has the requested name if its registry was not found', () => {
    const lost = reportedPair('aks-1', { registry: 'nowhere', loginServer: null })
    expect(driftOf({ pairs: [lost] }).items).toMatchObject([{ registry: 'nowhere', registryId: '' }])
    expect(driftOf({ pairs: [{ ...lost, registry: acr }] }).items).toMatchObject([
      { registry: 'contosoacr', registryId: acr },
    ])
  })

  it('has the code, the reason and the advice of its error, without the commands of another job', () => {
    const pairs = [reportedPair('aks-1', { error: refusal() })]
    const denial = { code: 'PULL_DENIED', message: 'It is refused.' }
    expect(driftOf({ pairs }, 'rg-eu').items).toMatchObject([
      { ...denial, fix: fix('Look at it:\nThe commands are in the log of that job.') },
    ])
  })

  it('shows what can still be pulled', () => {
    const accessOf = (more: Partial<Pair>) => driftOf({ pairs: [reportedPair('aks-1', more)] }).items[0]?.access
    expect(accessOf({ grantedBy: 'broader-role' })).toBe('by-broader-role')
    expect(accessOf({ grantedBy: 'direct' })).toBe('otherwise')
    expect(accessOf({ limitedTo: ['team/app'] })).toEqual({ onlyTo: ['team/app'] })
    expect(accessOf({ limitedTo: [] })).toEqual({ onlyTo: [] })
    expect(accessOf({ grantedBy: 'direct', error: refusal() })).toBe('none')
  })

  it('has the place where its job looked for its cluster, if that was not found', () => {
    const placeOf = (target: string, ...where: string[]) =>
      driftOf({ pairs: [reportedPair('aks-1', { target })] }, 'rg-eu', ...where).items[0]?.where
    expect(placeOf('aks-1', 'rg-eu, subscription …0001')).toBe('rg-eu, subscription …0001')
    expect(placeOf('aks-1')).toBeUndefined()
    expect(placeOf(sampleId('aks-1'), 'rg-eu, subscription …0001')).toBeUndefined()
  })

  it('is the same in every job once it is found, whatever it is called there', () => {
    const keyOf = (pair: Partial<Pair>, leg: string) =>
      driftOf({ pairs: [reportedPair('aks-1', pair)] }, leg).items[0]?.key
    const key = `${sampleId('aks-1')} contosoacr`.toLowerCase()
    expect(keyOf({}, 'rg-eu')).toBe(key)
    expect(keyOf({ target: sampleId('AKS-1').toUpperCase(), asked: { target: 'AKS-1', registry: acr } }, 'rg-us')).toBe(
      key,
    )
    for (const registry of ['ContosoAcr', 'contosoacr.azurecr.io', acr])
      expect(keyOf({ registry, loginServer: null }, ''), registry).toBe(key)
    // A name that was not found only has a meaning in its own job.
    expect(keyOf({ target: 'AKS-1' }, 'rg-eu')).toBe('rg-eu aks-1 contosoacr')
  })
})

describe('an item other than a pair or an image', () => {
  it('is the error that ended the check, or an unchecked item', () => {
    const error = { ...refusal('AUTHORIZATION_FAILED'), message: 'The subscription is not readable.' }
    expect(driftOf({ error }).gaps).toEqual([sampleGap('AUTHORIZATION_FAILED: The subscription is not readable.')])
    expect(driftOf({})).toEqual(sampleDrift([]))
    const image = { ...unread, image: 'contosoacr.azurecr.io/nginx:1.27' }
    const unknown = [
      { subject: 'a role', message: 'The role could not be read.', about: null },
      // The pair and the image report these.
      { subject: 'aks-1', message: 'It is refused.', about: 'pair' as const },
      { subject: image.image, message: 'It could not be read.', about: 'image' as const },
    ]
    const pairs = [reportedPair('aks-1', { status: 'unknown', error: refusal() })]
    expect(driftOf({ unknown, pairs, images: [image] }).unseen).toEqual(unknown.slice(0, 1))
  })

  const unread: Report['images'][number] = {
    source: 'docker.io/library/nginx:1.27',
    name: 'nginx:1.27',
    image: '',
    digest: null,
    status: 'present',
    registry: acr,
    sizeInBytes: null,
    durationSeconds: null,
    importable: null,
    error: null,
  }

  it("isn't a failure if an image merely was not compared", () => {
    const lost = { ...unread, name: 'redis:7', status: 'failed' as const, error: refusal('AUTHORIZATION_FAILED') }
    const drift = driftOf({ images: [unread, lost] })
    expect(drift.unknown.map(({ code }) => code)).toEqual(['IMAGE_NOT_COMPARED', 'AUTHORIZATION_FAILED'])
    expect(selectUnchecked(drift).map(({ target }) => target)).toEqual(['redis:7'])
  })

  it('is an image that attach imports, or a conflict that needs a decision', () => {
    const missing = { ...unread, status: 'missing' as const, image: 'contosoacr.azurecr.io/nginx:1.27' }
    const notThere = { ...refusal(), code: 'IMAGE_NOT_FOUND' as const, fix: fix('Attach.') }
    const moved = { ...refusal(), code: 'IMAGE_CONFLICT' as const, fix: fix('Give another tag.') }
    expect(driftOf({ images: [{ ...missing, importable: true, error: notThere }] }).items).toMatchObject([
      { code: 'IMAGE_NOT_FOUND', registry: 'contosoacr.azurecr.io', fix: null },
    ])
    // A report that was cut has no texts of fixes, which says nothing about what attach imports.
    for (const advice of [moved.fix, fix('')]) {
      const error = { ...moved, fix: advice }
      expect(driftOf({ images: [{ ...missing, importable: false, error }] }).items).toMatchObject([{ fix: advice }])
    }
    expect(driftOf({ images: [missing] }).items).toMatchObject([{ code: 'missing', message: '', fix: null }])
  })

  it('is an image in a registry that does not exist yet', () => {
    const missing = { ...unread, status: 'missing' as const, image: null }
    expect(driftOf({ images: [missing] }).items).toMatchObject([
      { key: 'nginx:1.27 contosoacr', registry: 'contosoacr', registryId: acr },
    ])
  })

  it('is an image of a manifest, which attach never pushes', () => {
    const manifest = {
      image: 'x.azurecr.io/app:v1',
      registry: acr,
      file: 'a.yaml',
      document: 1,
      resource: '',
      field: 'f',
    }
    const error = { ...refusal(), code: 'IMAGE_NOT_FOUND' as const }
    expect(driftOf({ manifests: [{ ...manifest, status: 'missing', error }] }, 'rg-eu').items).toMatchObject([
      {
        registryId: '',
        access: 'none',
        message: 'It is refused.',
        fix: fix('Look at it:\nThe commands are in the log of that job.'),
      },
    ])
    expect(driftOf({ manifests: [{ ...manifest, status: 'missing', error: null }] }).items).toMatchObject([
      { code: 'missing', message: '', fix: null },
    ])
  })
})

describe('the drift of several reports', () => {
  it('has each item once, plus the unchecked items of each report', () => {
    const [one, two] = [
      sampleDrift([sampleItem('aks-1')], {
        gaps: [sampleGap('a: no')],
        unseen: [sampleUnknown('a role')],
      }),
      sampleDrift([sampleItem('aks-1'), sampleItem('aks-2')], {
        gaps: [sampleGap('b: no')],
        unseen: ['a role', 'another'].map(role => sampleUnknown(role)),
        fine: [sampleItem('aks-3'), sampleItem('aks-3')],
        unknown: [sampleItem('aks-4'), sampleItem('aks-4')],
      }),
    ]
    const merged = mergeDrifts([one, two])
    expect(merged.items.map(({ target }) => target)).toEqual(['aks-1', 'aks-2'])
    expect([merged.fine, merged.unknown].map(({ length }) => length)).toEqual([1, 1])
    expect(merged).toMatchObject({
      gaps: ['a: no', 'b: no'].map(sampleGap),
      unseen: ['a role', 'another'].map(role => sampleUnknown(role)),
    })
  })

  it('has unknown items in the same order as drifted ones', () => {
    const items = [
      sampleItem('x', { kind: 'input', code: 'IMAGE_CONFLICT' }),
      sampleItem('harmless', { access: 'otherwise' }),
      sampleItem('aks-1'),
      sampleItem('gone', { code: 'CLUSTER_NOT_FOUND' }),
      sampleItem('an image that is missing', { kind: 'input' }),
    ]
    const order = ['aks-1', 'an image that is missing', 'harmless', 'x', 'gone']
    const merged = mergeDrifts([sampleDrift(items, { unknown: items })])
    for (const list of [merged.items, merged.unknown]) expect(list.map(({ target }) => target)).toEqual(order)
  })

  it('is harmless if everything can still be pulled', () => {
    const accesses = ['by-broader-role', 'otherwise', 'none', { onlyTo: ['team/app'] }] as const
    const harmless = accesses.map(access =>
      isHarmless(sampleItem('a', { access: typeof access === 'object' ? { onlyTo: [...access.onlyTo] } : access })),
    )
    expect(harmless).toEqual([true, true, false, false])
  })
})
