import { describe, expect, it } from 'vitest'
import type { AzureContext, ResolvedSource } from 'azure-clients'
import { ActionError } from 'kernel'
import type { Inputs } from 'run-model'
import { observeImages } from '../../../src/observe/images.js'
import { answering } from '../../support/answering.js'
import { realRegistry } from '../../support/observed.js'
import { sampleInputs } from '../../support/sample.js'

const [one, two] = [realRegistry('contosoacr'), realRegistry('fabrikamacr')]
const digest = `sha256:${'a'.repeat(64)}`
const missing = new ActionError('IMAGE_NOT_FOUND', 'no', {
  azure: { status: 404, code: 'MANIFEST_UNKNOWN', message: '' },
})
const refused = new ActionError('AUTHORIZATION_FAILED', 'no')
const locks = { readEnabled: false }
const image = (host: string, repository: string) => ({
  text: `${host}/${repository}:1`,
  source: { host, repository, tag: '1', digest: '' },
  ...{ repository, tag: '1' },
})
const manifest = { image: `${one.loginServer}/used:1` }

/** Observes images where each registry has what is given by its name and repository; all else is missing. */
async function observe(
  inputs: Partial<Inputs>,
  has: Record<string, 'found' | 'locked' | 'refused'>,
  { source = { kind: 'missing' } as ResolvedSource, registries = [one, two] } = {},
) {
  const { azure } = answering({})
  const read = (registry: typeof one, repository: string) => {
    const state = has[`${registry.name}/${repository}`]
    if (state === 'refused') return Promise.reject(refused)
    return state ? Promise.resolve({ digest, ...(state === 'locked' && { locks }) }) : Promise.reject(missing)
  }
  const context = { ...azure, content: { read }, sources: { resolve: () => Promise.resolve(source) } }
  const { images, probes } = await observeImages(context as unknown as AzureContext, registries, {
    ...sampleInputs,
    ...inputs,
  })
  return {
    images: images.map(({ request, registry, present, sourceDigest, sourceError, notes }) =>
      [
        ...[request.isProbe ? 'pause' : request.repository, registry.name, present.kind],
        sourceError?.code ?? (sourceDigest ? 'digest' : 'no digest'),
        notes.length,
      ].join(' '),
    ),
    probes: probes.map(({ registry, status }) => `${registry.name} ${status}`),
  }
}

describe('an image of the inputs', () => {
  const app = { images: [image('docker.io', 'app')] } as Partial<Inputs>
  const of = async (source: ResolvedSource, state?: 'found' | 'refused', more: Partial<Inputs> = {}) => {
    const has = state ? { 'contosoacr/app': state } : ({} as Record<string, never>)
    return (await observe({ ...app, ...more }, has, { source, registries: [one] })).images
  }
  const there = { kind: 'found', digest } as const
  const hidden = { kind: 'unknown', why: 'no' } as const
  it.each<[string, ResolvedSource, 'found' | 'refused' | undefined, string]>([
    ['is imported by the digest of its source', there, undefined, 'missing digest 0'],
    ['whose source is gone is not found', { kind: 'missing' }, undefined, 'missing IMAGE_NOT_FOUND 0'],
    [
      'that is there stays good, with a note, after its source is gone',
      { kind: 'missing' },
      'found',
      'found IMAGE_NOT_FOUND 1',
    ],
    ['whose source can’t be read has no digest, and a note', hidden, 'found', 'found no digest 1'],
    ['that can’t be read in the registry is unknown, with a note', there, 'refused', 'unknown digest 1'],
  ])('%s', async (_, source, state, expected) => {
    expect(await of(source, state)).toEqual([`app contosoacr ${expected}`])
  })

  it('is looked for in every registry, and in detach in none', async () => {
    const has = { 'fabrikamacr/app': 'found' } as const
    const { images } = await observe(app, has, { source: there })
    expect(images).toEqual(['app contosoacr missing digest 0', 'app fabrikamacr found digest 0'])
    expect(await observe({ ...app, mode: 'detach' }, has)).toEqual({ images: [], probes: [] })
  })

  it.each([
    [
      'is read through Azure where it is in a registry of the step',
      'contosoacr.azurecr.io',
      'no',
      'app fabrikamacr missing digest 0',
    ],
    [
      'in a registry that has its own credentials is not',
      'contosoacr.azurecr.io',
      'contosoacr.azurecr.io',
      'app fabrikamacr missing IMAGE_NOT_FOUND 0',
    ],
  ])('%s', async (_, host, credentials, expected) => {
    const sourceCredentials = { host: credentials, username: 'u', password: 'p' }
    const inputs = { images: [image(host, 'app')], sourceCredentials } as Partial<Inputs>
    const { images } = await observe(inputs, { 'contosoacr/app': 'found' })
    expect(images).toEqual([expect.stringMatching(/^app contosoacr found/), expected])
  })
})

describe('the pause image', () => {
  const pulling = { verify: 'pull' } as const
  it.each<[string, Partial<Inputs>, Parameters<typeof observe>[1], string[]]>([
    ['is for each registry without another image', pulling, {}, ['contosoacr', 'fabrikamacr']],
    [
      'is not for a registry whose images manifests use',
      { ...pulling, manifests: [manifest] as never },
      {},
      ['fabrikamacr'],
    ],
    [
      'is not for a registry that has the probe image',
      { ...pulling, probeImages: [{ text: 'p:1', path: 'p:1', loginServer: '' }] },
      { 'contosoacr/p': 'found' },
      ['fabrikamacr'],
    ],
    ['is not needed without pulls', {}, {}, []],
    ['is not needed beside images', { ...pulling, images: [image('docker.io', 'app')] as never }, {}, []],
    ['is not needed where nodes pull what runs', { ...pulling, probesWorkloads: true }, {}, []],
    ['is out of reach of a role for some repositories', { ...pulling, repositories: ['team/*'] }, {}, []],
    ['that is lacking is no drift in check', { ...pulling, mode: 'check' }, {}, []],
    [
      'that is there is pulled in check',
      { ...pulling, mode: 'check' },
      { 'contosoacr/attach-acr/pause': 'found' },
      ['contosoacr'],
    ],
    [
      'that is locked is no drift in check',
      { ...pulling, mode: 'check' },
      { 'contosoacr/attach-acr/pause': 'locked' },
      [],
    ],
  ])('%s', async (_, inputs, has, expected) => {
    const { images } = await observe(inputs, has, { source: { kind: 'found', digest } })
    expect(images.flatMap(each => (each.startsWith('pause ') ? each.split(' ')[1] : []))).toEqual(expected)
  })
})

describe('a probe image', () => {
  const probe = (loginServer = '') => [{ text: 'p:1', path: 'p:1', loginServer }]
  it.each<[string, Partial<Inputs>, Parameters<typeof observe>[1], string[]]>([
    ['is pulled from the registries that have it', {}, { 'fabrikamacr/p': 'found' }, ['fabrikamacr present']],
    ['is pulled from those that do not say', {}, { 'fabrikamacr/p': 'refused' }, ['fabrikamacr unknown']],
    ['that none is known to have is left to the nodes', {}, {}, ['contosoacr unknown', 'fabrikamacr unknown']],
    ['of one registry is not looked up', { probeImages: probe('fabrikamacr.azurecr.io') }, {}, ['fabrikamacr unknown']],
    ['is nothing without pulls', { verify: 'assignment' }, { 'fabrikamacr/p': 'found' }, []],
  ])('%s', async (_, inputs, has, expected) => {
    expect((await observe({ verify: 'pull', probeImages: probe(), ...inputs }, has)).probes).toEqual(expected)
  })
})
