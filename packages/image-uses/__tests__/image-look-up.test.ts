import { describe, expect, it } from 'vitest'
import { builtInRoles } from 'azure'
import type { AzureContext } from 'azure-clients'
import { ActionError } from 'kernel'
import type { CheckedImage, ManifestImage } from 'run-model'
import { lookUpImage } from '../src/lookup.js'
import { checkManifests } from '../src/manifests.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'
import { imageOf } from '../../../__tests__/support/verdict.js'

const registry = sampleRegistry()

/** A context whose registries answer with this status; not with Azure's headers or a code of theirs if it is foreign. */
const answering = (status: number, isForeign: boolean, more: object = {}): AzureContext => {
  const azure = { status, message: 'No.', ...(isForeign && { isForeign: true }), ...more }
  const read = () => Promise.reject(new ActionError('IMAGE_NOT_FOUND', 'It was not found', { azure }))
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

const role = builtInRoles.acrPull

const unread = new ActionError('AUTHORIZATION_FAILED', "It can't be read")

/** Checks images of manifests with this registry as the input. @param lost the input, if it could not be read */
function check(
  manifests: ManifestImage[],
  { azure = answering(404, false), at = registry, imported = [] as CheckedImage<'input'>[], lost = '' } = {},
) {
  const registries = lost ? [{ asked: lost, error: unread }] : [{ asked: at.name, value: { registry: at, role } }]
  return checkManifests(azure, registries, imported, { manifests, manifestDoubts: [], verify: 'assignment' })
}

const named = (image: string): ManifestImage => ({ image, file: 'a.yaml', document: 1, resource: 'Pod a', field: 'f' })

it('an image that this run has imported is there, although the runner can read nothing', async () => {
  const azure = answering(403, false)
  const name = `${registry.loginServer}/team/app:v1`
  const imported = { ...imageOf('', 'imported'), repository: 'team/app', reference: 'v1' }
  expect((await check([named(name)], { azure })).images).toMatchObject([{ status: 'unknown' }])
  const { images } = await check([named(name)], { azure, imported: [imported] })
  expect(images).toMatchObject([{ status: 'present', digest: '' }])
  expect(images[0]).not.toHaveProperty('error')
  const failed = { ...imported, status: 'failed' as const }
  const others = [failed, { ...imported, reference: 'v2' }, { ...imported, registry: sampleRegistry('otheracr') }]
  expect((await check([named(name)], { azure, imported: others })).images).toMatchObject([{ status: 'unknown' }])
})

it.each([registry.id, registry.name, '*'])(
  'an image in a registry %s that could not be read is unknown',
  async lost => {
    const { findings, unknown } = await check([named(`${registry.loginServer}/app:v1`)], { lost })
    expect(unknown).toMatchObject([{ subject: registry.loginServer }])
    expect(findings).toEqual([])
  },
)

describe('an image of manifests on a host that is no registry of the step', () => {
  const at = { ...registry, loginServer: 'contosoacr-a1b2c3.azurecr.io' }
  it.each<[string, string, typeof at]>([
    ['contosoarc.azurecr.io', ' Did you mean contosoacr.azurecr.io?', registry],
    ['contosoacr.azurecr.io', ' Did you mean contosoacr-a1b2c3.azurecr.io?', at],
    ['contosoacr.azurecr.cn', ' Did you mean contosoacr.azurecr.io?', registry],
    ['contosoacr.azurecr.oi', ' Did you mean contosoacr.azurecr.io?', registry],
    ['fabrikam.azurecr.io', '', registry],
    ['fabrikam.westeurope.geo.azurecr.us', '', registry],
    ['fabrikam.azurecr.io:443', '', registry],
    ['fabrikam.azurecr.cn:5000', '', registry],
    ['fabrikam.westeurope.geo.azurecr.us:443', '', registry],
    // Nodes have no credential for it: the names of their credential provider are without a port.
    ['contosoacr.azurecr.io:443', ' Did you mean contosoacr.azurecr.io?', registry],
    ['contosoacr.westeurope.geo.azurecr.io:443', ' Did you mean contosoacr.azurecr.io?', registry],
  ])('is a warning that names it if that is of Azure, or almost one of the step: %s', async (host, question, own) => {
    const { findings, notes, unknown } = await check([named(`${host}/app:v1`)], { at: own })
    expect(findings).toMatchObject([{ code: 'IMAGE_OUT_OF_REACH', severity: 'warning' }])
    const [{ message = '', subject = '' } = {}] = findings
    expect(message).toContain(`${host}/app:v1 (a.yaml, document 1 (Pod a), f)`)
    expect(message.replace(/^.*f\)\./s, '')).toBe(question)
    expect(host).toContain(subject.split('.')[0])
    expect([notes, unknown]).toEqual([[], []])
  })

  it.each([
    'nginx:1',
    'mcr.microsoft.com/app:v1',
    'contosoacr.example.com/app:v1',
    'azurecr.io.example.com:443/app:v1',
  ])('is a note if it is elsewhere: %s', async image => {
    const { findings, notes } = await check([named(image)])
    expect(findings).toEqual([])
    expect(notes).toEqual([`${image} is in another registry and was not checked`])
  })
})

describe('an image of manifests at a regional endpoint', () => {
  const host = 'contosoacr.westeurope.geo.azurecr.io'
  const other = 'contosoacr.eastus.geo.azurecr.io'
  const asked: string[] = []

  /** Which of the images at these hosts are out of reach, or in doubt, if Azure answers so about the registry. */
  const endpointsOf = async (properties: object | undefined, hosts = [host]) => {
    asked.length = 0
    const get = (url: string) => {
      asked.push(url)
      return properties ? Promise.resolve({ properties }) : Promise.reject(new ActionError('THROTTLED', 'no answer'))
    }
    const azure = { ...answering(403, false), clients: { resourceManager: { get } } } as unknown as AzureContext
    const manifests = hosts.map(each => named(`${each}/app:v1`))
    const { images } = await check(manifests, { azure })
    return images.map(({ unserved }) => unserved)
  }

  it('can be pulled if the registry has enabled that endpoint', async () => {
    const enabled = { regionalEndpoints: 'Enabled', regionalEndpointHostNames: [host.toUpperCase()] }
    expect(await endpointsOf(enabled, [host, other])).toEqual([undefined, { host: other }])
    expect(asked).toEqual([`${registry.id}?api-version=2026-09-01-preview`])
  })

  it('can not be pulled if the registry has enabled none', async () => {
    expect(await endpointsOf({ regionalEndpoints: 'Disabled' })).toEqual([{ host }])
    const leftOver = { regionalEndpoints: 'Disabled', regionalEndpointHostNames: [host] }
    expect(await endpointsOf(leftOver)).toEqual([{ host }])
  })

  it('is in doubt if Azure does not say', async () => {
    const why: unknown = expect.any(String)
    expect(await endpointsOf({})).toEqual([{ host, why }])
    expect(await endpointsOf({ regionalEndpoints: 'Enabled' })).toEqual([{ host, why }])
    expect(await endpointsOf(undefined)).toEqual([{ host, why }])
  })

  it('costs a request only there', async () => {
    expect(await endpointsOf({}, [registry.loginServer])).toEqual([undefined])
    expect(asked).toEqual([])
  })
})

describe('what nodes of a deployment do not pull', () => {
  const chart = (image: string): ManifestImage => ({ ...named(image), pulledBy: 'controller' })
  const ofTest = (image: string): ManifestImage => ({ ...named(image), pulledBy: 'helm-test' })

  it('is missing if it is a chart that is not in its registry', async () => {
    const { images } = await check([chart(`${registry.loginServer}/charts/shop:1.2.3`)])
    expect(images).toMatchObject([{ status: 'missing', error: { code: 'IMAGE_NOT_FOUND' } }])
  })

  it.each([`${registry.loginServer}/charts/shop 1.x`, 'fabrikam.azurecr.io/charts/shop:1.2.3'])(
    'is a note if it is a chart of another registry, or without an exact version: %s',
    async image => {
      const { images, findings, notes, unknown } = await check([chart(image), named('nginx:1')])
      expect({ images, findings, unknown }).toEqual({ images: [], findings: [], unknown: [] })
      expect(notes).toEqual([
        `in other registries, or without an exact version, and not checked: ${image}`,
        'nginx:1 is in another registry and was not checked',
      ])
    },
  )

  it('is unknown if it is a chart of a registry that could not be read', async () => {
    const { unknown } = await check([chart(`${registry.loginServer}/charts/shop:1.2.3`)], { lost: registry.id })
    expect(unknown).toMatchObject([{ subject: registry.loginServer }])
  })

  it('is a notice if only a test uses it, wherever in Azure it is, and nothing more', async () => {
    const own = ofTest(`${registry.loginServer}/test:v1`)
    const other = ofTest('fabrikam.azurecr.io/test:v1')
    const { images, findings, notes, unknown } = await check([own, other])
    expect({ images, notes, unknown }).toEqual({ images: [], notes: [], unknown: [] })
    expect(findings).toMatchObject([{ code: 'IMAGE_NOT_PROBED', severity: 'notice' }])
    expect(findings[0]?.message).toContain('test:v1 (a.yaml, document 1 (Pod a), f)')
  })

  it('is checked if a deployment uses it, too', async () => {
    const name = `${registry.loginServer}/test:v1`
    const { images, findings } = await check([ofTest(name), named(name)])
    expect(images).toMatchObject([{ status: 'missing' }])
    expect(findings).toEqual([])
  })
})
