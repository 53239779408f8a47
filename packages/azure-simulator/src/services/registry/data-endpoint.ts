// The host that a registry redirects to for layers, with signed URLs.
import { createHmac, randomBytes } from 'node:crypto'
import { dataEndpointOf, type Registry } from '../../world/registries.js'
import type { DistributionRequest } from './distribution.js'
import type { RegistryApp } from './source-registry.js'

/** Valid for the life of the process. */
const key = randomBytes(32)

const signatureOf = (path: string, expiry: string): string =>
  createHmac('sha256', key).update(`${path}\n${expiry}`).digest('base64')

/** Lifetime of a signed URL. */
const lifeMs = 20 * 60_000

/**
 * Redirects the read of a layer to the registry's dedicated data endpoint, with a signed URL in the form of public
 * issues; undefined if there is none and the registry answers itself (azure-docs
 * `container-registry-dedicated-data-endpoints`).
 */
export function redirectToData(registry: Registry, target: DistributionRequest, method: string): Response | undefined {
  const host = dataEndpointOf(registry)
  if (host === undefined || target.kind !== 'blobs' || method !== 'GET') return undefined
  const { repository, reference } = target
  if (registry.images.repositories.get(repository)?.blobs.has(reference) !== true) return undefined
  const hex = reference.replace('sha256:', '')
  const path = `/${key.toString('hex').slice(0, 32)}//docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`
  const expiry = new Date(Date.now() + lifeMs).toISOString().replace(/\.\d+Z$/, 'Z')
  const query = new URLSearchParams({
    ...{ se: expiry, sig: signatureOf(path, expiry), sp: 'r', spr: 'https', sr: 'b', sv: '2018-03-28' },
    regid: registry.name,
  })
  return new Response(null, { status: 307, headers: { location: `https://${host}${path}?${query.toString()}` } })
}

/** A registry's data endpoint: any caller with a signed URL gets the layer. */
export function createDataEndpointApp(registry: Registry): RegistryApp {
  return {
    fetch(request, exchange) {
      const { pathname, searchParams } = new URL(request.url)
      const expiry = searchParams.get('se') ?? ''
      const isGood = searchParams.get('sig') === signatureOf(pathname, expiry) && Date.parse(expiry) > Date.now()
      if (!isGood) {
        exchange.problem('a data endpoint request has no valid signature')
        const body =
          '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.</Message></Error>'
        return Promise.resolve(new Response(body, { status: 403, headers: { 'content-type': 'application/xml' } }))
      }
      const digest = `sha256:${pathname.split('/').at(-2) ?? ''}`
      const blob = [...registry.images.repositories.values()].map(({ blobs }) => blobs.get(digest)).find(Boolean)
      if (blob === undefined) return Promise.resolve(new Response(null, { status: 404 }))
      const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.length) }
      return Promise.resolve(new Response(new Uint8Array(blob), { headers }))
    },
  }
}
