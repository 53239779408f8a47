import { expect, it } from 'vitest'
import { cloudOf } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError } from 'kernel'
import { lookUpImage } from '../src/lookup.js'
import { checkManifests } from '../src/manifests.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'

const registry = sampleRegistry()

/** A context whose registries answer with this status; not with Azure's headers or a code of theirs if it is foreign. */
const answering = (status: number, isForeign: boolean, more: object = {}): AzureContext => {
  const azure = { status, message: 'No.', ...(isForeign && { isForeign: true }), ...more }
  const read = () => Promise.reject(new ActionError('IMAGE_NOT_FOUND', 'It was not found.', { azure }))
  return { content: { read } } as unknown as AzureContext
}

it('an image is missing only if the registry itself says so', async () => {
  const kindOf = async (status: number, isForeign: boolean) =>
    (await lookUpImage(answering(status, isForeign), registry, 'app', 'v1')).kind
  expect(await kindOf(404, false)).toBe('missing')
  expect(await kindOf(404, true)).toBe('unknown')
  expect(await kindOf(503, false)).toBe('unknown')
  const coded = async (more: object) => (await lookUpImage(answering(404, false, more), registry, 'app', 'v1')).kind
  expect(await coded({ code: 'MANIFEST_UNKNOWN' })).toBe('missing')
  expect(await coded({ code: 'NotFound', correlationId: 'x' })).toBe('missing')
  expect(await coded({ code: 'NOT_FOUND' })).toBe('unknown')
  const absent = await lookUpImage(answering(503, false), { ...registry, exists: false }, 'app', 'v1')
  expect(absent.kind).toBe('missing')
})

it('an image of a manifest is not drift because a proxy answers for the registry', async () => {
  const image = {
    image: `${registry.loginServer}/app:v1`,
    file: 'a.yaml',
    document: 1,
    resource: 'Pod a',
    field: 'spec',
  }
  const inputs = { manifests: [image], manifestDoubts: [], verify: 'none', cloud: cloudOf('AzureCloud') } as const
  const registries = [{ asked: registry.name, value: { registry, role: { id: 'x', name: 'AcrPull' } } }]
  const statusOf = async (isForeign: boolean) => {
    const { images } = await checkManifests(answering(404, isForeign), registries as never, inputs as never)
    return images.map(({ status }) => status)
  }
  expect(await statusOf(false)).toEqual(['missing'])
  expect(await statusOf(true)).toEqual(['unknown'])
})
