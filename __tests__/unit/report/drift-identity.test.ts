import { describe, expect, it } from 'vitest'
import type { ImageRequest } from '../../../src/model/image.js'
import { parseResourceId } from '../../../src/model/resource-id.js'
import type { IdReference } from '../../../src/model/inputs.js'
import {
  identityMarker,
  isFormerStep,
  isSameStep,
  readIdentity,
  scopeOf,
  desiredOf,
  type StepIdentity,
} from '../../../src/report/drift-issue/marker.js'
import { sampleId } from '../../support/drift.js'
import { sampleInputs } from '../../support/sample.js'

const step: StepIdentity = {
  workflow: '.github/workflows/nightly.yml',
  name: 'Nightly',
  job: 'check',
  step: 'acr',
  scope: 'a scope',
  desired: 'a wish',
}

describe('the issue of a step', () => {
  it('is recognised by its first line, with any line ending and even with broken escapes', () => {
    const marker = identityMarker(step)
    expect(marker).toBe(
      '<!-- attach-acr drift workflow=.github%2Fworkflows%2Fnightly.yml name=Nightly job=check step=acr scope=a%20scope wish=a%20wish -->',
    )
    expect(readIdentity(`${marker}\r\nand more`)).toEqual(step)
    expect(readIdentity(marker.replace('a%20scope', '%zz'))).toEqual({ ...step, scope: '%zz' })
    expect(readIdentity(`${marker} `)).toBeUndefined()
    expect(readIdentity(marker.replace(' scope=a%20scope', ''))).toBeUndefined()
    expect(readIdentity('')).toBeUndefined()
    const dashed = { ...step, name: 'a --> b', job: '----' }
    expect(identityMarker(dashed).indexOf('--', 4)).toBe(identityMarker(dashed).length - 3)
    expect(readIdentity(identityMarker(dashed))).toEqual(dashed)
  })

  it('belongs to the same workflow, job, scope and desired state, whatever the step is called', () => {
    expect(isSameStep(step, { ...step, name: 'Renamed', step: 'another' })).toBe(true)
    for (const part of ['workflow', 'job', 'scope', 'desired'] as const)
      expect(isSameStep(step, { ...step, [part]: 'another' }), part).toBe(false)
  })

  it('can date from before clusters were added or the workflow file was renamed', () => {
    expect(isFormerStep(step, { ...step, scope: 'a wider one' })).toBe(true)
    expect(isFormerStep(step, { ...step, workflow: 'renamed.yml' })).toBe(true)
    expect(isFormerStep(step, { ...step, name: 'Renamed' })).toBe(true)
    expect(isFormerStep(step, { ...step, name: 'Renamed', workflow: 'another.yml' })).toBe(false)
    // Two workflows without a name are still different workflows.
    expect(isFormerStep({ ...step, name: '' }, { ...step, name: '', workflow: 'another.yml' })).toBe(false)
    for (const part of ['job', 'desired'] as const)
      expect(isFormerStep(step, { ...step, [part]: 'another' }), part).toBe(false)
  })

  it('does not belong to another step of the job, if steps can be distinguished', () => {
    expect(isFormerStep(step, { ...step, step: 'another' })).toBe(false)
    expect(isFormerStep({ ...step, step: '' }, step)).toBe(true)
    expect(isFormerStep(step, { ...step, step: '' })).toBe(true)
    expect(isFormerStep({ ...step, step: '' }, { ...step, step: '' })).toBe(true)
  })
})

const cluster = (text: string, resourceGroup = 'rg') => ({ kind: 'name' as const, text, resourceGroup })
const registry = (text: string) => ({ kind: 'name' as const, text })
const byId = (id: string): IdReference => {
  const parsed = parseResourceId(id)
  if (!parsed) throw new Error(`${id} is no ID`)
  return { kind: 'id', text: id, id: parsed }
}

describe('a scope', () => {
  const inputs = { ...sampleInputs, clusters: [cluster('a'), cluster('b')], registries: [registry('contosoacr')] }
  const scope = scopeOf(inputs)

  it('is the same in any order and letter case', () => {
    expect(scope).toMatch(/^[0-9a-f]{16}$/)
    expect(scopeOf({ ...inputs, clusters: [cluster('B'), cluster('a')] })).toBe(scope)
    const two = [registry('contosoacr'), registry('other')]
    expect(scopeOf({ ...inputs, registries: two })).toBe(scopeOf({ ...inputs, registries: [...two].reverse() }))
  })

  it('is another one if anything else is checked', () => {
    const identity = byId(sampleId('next', 'rg-shop', 'Microsoft.ManagedIdentity/userAssignedIdentities'))
    const others = [
      { clusters: [cluster('a')] },
      { clusters: [cluster('a'), cluster('b', 'rg-other')] },
      { registries: [registry('otheracr')] },
      { subscriptionId: 'another' },
      { kubeletIdentities: [identity] },
      { kubeletIdentities: [byId(identity.text.replace('next', 'other'))] },
      // Joined names are different names.
      { clusters: [cluster('as/rg/b')] },
    ]
    const scopes = others.map(other => scopeOf({ ...inputs, ...other }))
    expect(new Set([scope, ...scopes]).size).toBe(others.length + 1)
    // A target in one place isn't a target in the other.
    expect(scopeOf({ ...inputs, clusters: [], registries: [registry('s/rg/a')] })).not.toBe(
      scopeOf({ ...inputs, clusters: [cluster('a')], registries: [] }),
    )
  })

  it('goes by given IDs, however they are spelled', () => {
    const [aks, acr] = [sampleId('aks-1'), sampleId('x', 'rg', 'Microsoft.ContainerRegistry/registries')]
    const named = scopeOf({ ...inputs, clusters: [byId(aks)], registries: [byId(acr)] })
    expect(scopeOf({ ...inputs, clusters: [byId(`${aks.toUpperCase()}/`)], registries: [byId(`${acr}/`)] })).toBe(named)
    // The subscription for looking up names does not matter for IDs.
    expect(scopeOf({ ...inputs, subscriptionId: 'x', clusters: [byId(aks)], registries: [byId(acr)] })).toBe(named)
    expect(scopeOf({ ...inputs, clusters: [byId(sampleId('aks-2'))], registries: [byId(acr)] })).not.toBe(named)
  })
})

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

  it('is another one if role, group, repositories or images differ', () => {
    const others = [
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
    // The desired state of one place isn't that of another.
    const [group, repository] = [
      { group: 'x', repositories: [] },
      { group: '', repositories: ['x'] },
    ]
    expect(desiredOf({ ...inputs, ...group })).not.toBe(desiredOf({ ...inputs, ...repository }))
  })
})
