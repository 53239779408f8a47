import { describe, expect, it } from 'vitest'
import { parseResourceId, type ImageRequest } from 'azure'
import type { IdReference } from 'run-model'
import {
  isFormerStep,
  isSameStep,
  overlap,
  scopeOfEntries,
  scopeOfFleet,
  scopeOfInputs,
  type StepIdentity,
  type StepScope,
  valuesOfScope,
} from '../src/identity.js'
import { cutIdentity, hashIdentity, identityMarker, readAbove, readIdentity } from '../src/marker.js'
import { sampleId } from '../../../__tests__/support/drift.js'
import { sampleInputs } from '../../../__tests__/support/sample.js'

const step: StepIdentity = {
  workflow: '.github/workflows/nightly.yml',
  name: 'Nightly',
  job: 'check',
  step: 'acr',
  mode: 'check',
  desired: 'a wish',
  registries: ['contosoacr'],
  places: [['aaaaaa', 'bbbbbb'], ['cccccc']],
  run: '1',
}

/** The step with another scope. */
const stepOf = (scope: StepScope, more: Partial<StepIdentity> = {}): StepIdentity => ({ ...step, ...scope, ...more })

const isSameScope = (a: StepScope, b: StepScope): boolean => isSameStep(stepOf(a), stepOf(b))

describe('the issue of a step', () => {
  it('is recognised by a hidden line, with any line ending and even with broken escapes', () => {
    const marker = identityMarker(step)
    expect(marker).toBe(
      '<!-- attach-acr drift workflow=.github%2Fworkflows%2Fnightly.yml name=Nightly job=check step=acr mode=check wish=a%20wish at=contosoacr run=1 of=aaaaaa.bbbbbb,cccccc -->',
    )
    expect(readIdentity(`${marker}\r\nand more`)).toEqual(step)
    expect(readIdentity(marker.replace('a%20wish', '%zz'))).toEqual({ ...step, desired: '%zz' })
    expect(readIdentity(marker.replace(' run=1', ''))).toBeUndefined()
    expect(readIdentity('')).toBeUndefined()
    const dashed = { ...step, name: 'a --> b', job: '----', registries: ['a--b'] }
    expect(identityMarker(dashed).indexOf('--', 4)).toBe(identityMarker(dashed).length - 3)
    expect(readIdentity(identityMarker(dashed))).toEqual(dashed)
    const merging = { ...step, mode: 'merge' as const, registries: [], places: [] }
    expect(readIdentity(identityMarker(merging))).toEqual(merging)
  })

  it('is recognised below the note of a person', () => {
    const body = `Ada looks at it.\n\n${identityMarker(step)}\nand more`
    expect(readIdentity(body)).toEqual(step)
    expect(readAbove(body)).toBe('Ada looks at it.\n\n')
    expect(readAbove('Ada looks at it.')).toBeUndefined()
  })

  it('belongs to the same workflow, job, mode, scope and desired state, whatever the step is called', () => {
    expect(isSameStep(step, { ...step, name: 'Renamed', step: 'another', run: '2' })).toBe(true)
    for (const part of ['workflow', 'job', 'desired'] as const)
      expect(isSameStep(step, { ...step, [part]: 'another' }), part).toBe(false)
    expect(isSameStep(step, { ...step, mode: 'merge' })).toBe(false)
    expect(isSameStep(step, { ...step, registries: [] })).toBe(false)
    expect(isSameStep(step, { ...step, registries: ['contosoacr', 'other'] })).toBe(false)
    expect(isSameStep(step, { ...step, places: [['cccccc']] })).toBe(false)
  })

  it('can date from before its inputs changed or the workflow file was renamed', () => {
    const later = { ...step, run: '2' }
    expect(isFormerStep(step, { ...later, places: [] })).toBe(true)
    expect(isFormerStep(step, { ...later, workflow: 'renamed.yml' })).toBe(true)
    expect(isFormerStep(step, { ...later, name: 'Renamed' })).toBe(true)
    expect(isFormerStep(step, { ...later, name: 'Renamed', workflow: 'another.yml' })).toBe(false)
    // Two workflows without a name are still different workflows.
    expect(isFormerStep({ ...step, name: '' }, { ...later, name: '', workflow: 'another.yml' })).toBe(false)
    for (const part of ['job', 'desired'] as const)
      expect(isFormerStep(step, { ...later, [part]: 'another' }), part).toBe(false)
    expect(isFormerStep(step, { ...later, mode: 'merge' })).toBe(false)
  })

  it('does not belong to another step of the same run', () => {
    expect(isFormerStep(step, { ...step, places: [] })).toBe(false)
    expect(isFormerStep({ ...step, run: '' }, { ...step, run: '' })).toBe(true)
  })

  it('does not belong to another step of the job, if steps can be distinguished', () => {
    const later = { ...step, run: '2' }
    expect(isFormerStep(step, { ...later, step: 'another' })).toBe(false)
    expect(isFormerStep({ ...step, step: '' }, later)).toBe(true)
    expect(isFormerStep(step, { ...later, step: '' })).toBe(true)
  })

  it('has as many of its places as fit, and a hash of all', () => {
    const places = Array.from({ length: 2000 }, (_, index) => [String(index).padStart(6, '0')])
    const large = { ...step, places }
    expect(identityMarker(large).length).toBeLessThan(8300)
    const cut = cutIdentity(large)
    expect(isSameStep(cut, cutIdentity({ ...large, run: '2' }))).toBe(true)
    const other = cutIdentity({ ...large, places: [...places.slice(0, -1), ['ffffff']] })
    expect(isSameStep(cut, other)).toBe(false)
    expect(overlap(cut, other)).toBe(true)
    expect(hashIdentity(cut)).not.toBe(hashIdentity(other))
  })
})

const cluster = (text: string, resourceGroup = 'rg') => ({ kind: 'name' as const, text, resourceGroup })
const registry = (text: string) => ({ kind: 'name' as const, text })
const byId = (id: string): IdReference => {
  const parsed = parseResourceId(id)
  if (!parsed) throw new Error(`${id} is no ID`)
  return { kind: 'id', text: id, id: parsed }
}

describe('the scope of a check', () => {
  const inputs = { ...sampleInputs, clusters: [cluster('a'), cluster('b')], registries: [registry('contosoacr')] }
  const scope = scopeOfInputs(inputs)

  it('is the same in any order, letter case and spelling of a registry', () => {
    expect(scopeOfInputs({ ...inputs, clusters: [cluster('B'), cluster('a')] })).toEqual(scope)
    const two = [registry('contosoacr'), registry('other')]
    expect(scopeOfInputs({ ...inputs, registries: two })).toEqual(
      scopeOfInputs({ ...inputs, registries: [...two].reverse() }),
    )
    const id = sampleId('ContosoAcr', 'rg', 'Microsoft.ContainerRegistry/registries')
    for (const text of ['CONTOSOACR', 'contosoacr.azurecr.io', 'contosoacr.westeurope.geo.azurecr.io', id])
      expect(scopeOfInputs({ ...inputs, registries: [registry(text)] }), text).toEqual(scope)
    // The hash of a domain name label can only be missing.
    const labelled = scopeOfInputs({ ...inputs, registries: [registry('contosoacr-abc.azurecr.io')] })
    const another = scopeOfInputs({ ...inputs, registries: [registry('contosoacr-def.azurecr.io')] })
    expect([isSameScope(scope, labelled), isSameScope(labelled, another)]).toEqual([true, false])
  })

  it('is another one if anything else is checked', () => {
    const identity = byId(sampleId('next', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities'))
    const others: Partial<typeof sampleInputs>[] = [
      { clusters: [cluster('a')] },
      { clusters: [cluster('a'), cluster('b', 'rg-other')] },
      { registries: [registry('otheracr')] },
      { subscriptionId: 'another' },
      { kubeletIdentities: [identity] },
      { kubeletIdentities: [byId(identity.text.replace('next', 'other'))] },
      { clusters: [{ kind: 'all', text: '*', resourceGroup: 'rg', filters: [] }] },
      { clusters: [{ kind: 'all', text: '*', resourceGroup: '', filters: [] }] },
    ]
    const scopes = [scope, ...others.map(other => scopeOfInputs({ ...inputs, ...other }))]
    for (const [index, one] of scopes.entries())
      for (const other of scopes.slice(index + 1)) expect(isSameScope(one, other)).toBe(false)
  })

  it('is another one with other filters, but overlaps', () => {
    const not = { kind: 'not' as const, text: '!a', name: 'a' }
    const every = (filters: (typeof not)[]) => ({ kind: 'all' as const, text: '*', resourceGroup: 'rg', filters })
    const all = scopeOfInputs({ ...inputs, clusters: [every([])] })
    const some = scopeOfInputs({ ...inputs, clusters: [every([not])] })
    expect([isSameScope(all, some), overlap(all, some)]).toEqual([false, true])
    const registries = [[], [not]].map(filters => scopeOfInputs({ ...inputs, registries: [every(filters)] }))
    for (const one of registries) expect(isSameScope(one, scope)).toBe(false)
    expect(isSameScope(registries[0] ?? scope, registries[1] ?? scope)).toBe(false)
  })

  it('goes by IDs or names, however they are spelled', () => {
    const aks = sampleId('aks-1')
    const named = scopeOfInputs({ ...inputs, clusters: [byId(aks)] })
    expect(scopeOfInputs({ ...inputs, clusters: [byId(`${aks.toUpperCase()}/`)] })).toEqual(named)
    // The subscription for looking up names does not matter for IDs.
    expect(scopeOfInputs({ ...inputs, subscriptionId: 'x', clusters: [byId(aks)] })).toEqual(named)
    const subscriptionId = '00000000-0000-0000-0000-00000000abcd'
    for (const group of ['rg-shop', ''])
      expect(
        isSameScope(scopeOfInputs({ ...inputs, subscriptionId, clusters: [cluster('aks-1', group)] }), named),
      ).toBe(true)
    expect(isSameScope(scopeOfInputs({ ...inputs, clusters: [byId(sampleId('aks-2'))] }), named)).toBe(false)
  })

  it('overlaps with another one that has some of its clusters and of its registries', () => {
    const scopeWith = (names: string[], registries = ['contosoacr']): StepScope =>
      scopeOfInputs({ ...inputs, clusters: names.map(name => cluster(name)), registries: registries.map(registry) })
    expect(overlap(scope, scopeWith(['b', 'c']))).toBe(true)
    expect(overlap(scope, scopeWith(['a'], ['contosoacr', 'other']))).toBe(true)
    expect(overlap(scope, scopeWith(['c']))).toBe(false)
    expect(overlap(scope, scopeWith(['a'], ['other']))).toBe(false)
  })
})

describe('the scope of a merge', () => {
  const entry = { 'subscription-id': 'S-1', cluster: '*', registry: 'contosoacr', 'client-id': 'c' }
  const other = { 'subscription-id': 's-2', cluster: 'aks-1\naks-2', registry: 'contosoacr\nbaseacr' }
  const scope = scopeOfFleet([entry, other])

  it('is the same for other keys, orders and spellings', () => {
    const id = sampleId('ContosoAcr', 'rg', 'Microsoft.ContainerRegistry/registries')
    const same: unknown[][] = [
      [other, entry],
      [{ ...entry, 'client-id': 'another' }, other],
      [{ ...entry, stage: 'prod' }, other],
      [{ subscription: 's-1', clusters: '*', acr: 'contosoacr' }, other],
      [entry, { ...other, cluster: 'aks-2\n aks-1\n' }],
      [{ ...entry, registry: id }, other],
      ...['ContosoACR.azurecr.io', 'https://contosoacr.azurecr.io/', 'contosoacr.westeurope.geo.azurecr.io'].map(
        text => [{ ...entry, registry: text }, other],
      ),
    ]
    for (const fleet of same) expect(isSameScope(scopeOfFleet(fleet), scope), JSON.stringify(fleet)).toBe(true)
  })

  it('is another one for other entries, and overlaps if some are the same', () => {
    const test = scopeOfFleet([{ ...entry, 'subscription-id': 's-3' }])
    expect([isSameScope(scope, test), overlap(scope, test)]).toEqual([false, false])
    for (const fleet of [[entry], [entry, other, { ...other, 'subscription-id': 's-4' }]]) {
      const changed = scopeOfFleet(fleet)
      expect([isSameScope(scope, changed), overlap(scope, changed)]).toEqual([false, true])
    }
    expect(overlap(scopeOfFleet([]), scopeOfFleet([]))).toBe(false)
    expect(isSameScope(scopeOfFleet([['a']]), scopeOfFleet(['["b"]']))).toBe(false)
  })

  it('is that of the reports if the fleet is not given', () => {
    const reported = scopeOfEntries([
      valuesOfScope(['/subscriptions/s-1'], ['contosoacr', 'contosoacr']),
      valuesOfScope([], ['contosoacr', 'baseacr', 'aks-1', 'aks-2']),
    ])
    expect(isSameScope(reported, scope)).toBe(true)
    expect(valuesOfScope(['/subscriptions/s/resourceGroups/rg'], [])).toEqual(['s', 'rg'])
  })
})

const desiredOf = (inputs: typeof sampleInputs): string => scopeOfInputs(inputs).desired

describe('the desired state', () => {
  const image = (text: string, repository = 'nginx', tag = 'v1'): ImageRequest => {
    return { text, source: { host: '', repository, tag, digest: '' }, repository, tag }
  }
  const inputs = {
    ...sampleInputs,
    group: 'a-group',
    repositories: ['shop/*', 'team/app'],
    images: [image('nginx:1'), image('redis:7', 'redis')],
  }
  const desired = desiredOf(inputs)

  it('is the same in any order and letter case, and for any clusters', () => {
    expect(desired).toMatch(/^[0-9a-f]{16}$/)
    expect(
      desiredOf({
        ...inputs,
        group: 'A-GROUP',
        clusters: [cluster('a')],
        repositories: [...inputs.repositories].reverse(),
        images: [...inputs.images].reverse(),
      }),
    ).toBe(desired)
  })

  it('is another one if anything that decides what is checked or proven differs', () => {
    const others: Partial<typeof sampleInputs>[] = [
      { verify: 'pull' },
      { verify: 'pull', probeNodes: 'all' },
      { verify: 'none' },
      { probeImages: [{ text: 'app:v1', loginServer: '', path: 'app:v1' }] },
      { manifestGlobs: ['k8s/*.yaml'] },
      { forceImport: true },
      { createRegistry: { sku: 'Basic', location: '' } },
      { role: { kind: 'name' as const, name: 'AcrPush' } },
      { role: { kind: 'id' as const, id: 'AcrPush' } },
      { group: '' },
      { repositories: ['team/app'] },
      { repositories: [] },
      { repositories: ['shop/*team/app'] },
      { images: [] },
      { images: [image('nginx:2'), image('redis:7', 'redis')] },
      { images: [image('nginx:1', 'web'), image('redis:7', 'redis')] },
      { images: [image('nginx:1', 'nginx', 'v2'), image('redis:7', 'redis')] },
      { images: [image('nginx:1 => nginx:v1redis:7', 'redis')] },
    ]
    expect(new Set([desired, ...others.map(other => desiredOf({ ...inputs, ...other }))]).size).toBe(others.length + 1)
    // Without probe pods it does not matter where they would be.
    expect(desiredOf({ ...inputs, probeNodes: 'all' })).toBe(desired)
    // The desired state of one place isn't that of another.
    const [group, repository] = [
      { group: 'x', repositories: [] },
      { group: '', repositories: ['x'] },
    ]
    expect(desiredOf({ ...inputs, ...group })).not.toBe(desiredOf({ ...inputs, ...repository }))
  })
})
