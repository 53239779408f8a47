// Finds the image that an import names in its source registry.
import { sameId } from '../../model/ids.js'
import type { SigningKey } from '../tokens/signing-keys.js'
import type { ImageStore } from '../../world/images.js'
import type { StoredManifest } from '../../world/manifests.js'
import { accessOf, isRegistry, type Registry } from '../../world/registries.js'
import { registryHost, type SourceRegistry } from '../../world/source-registries.js'
import type { World } from '../../world/world.js'
import { checkFirewall, unauthorized } from '../registry/azure-registry.js'
import { RegistryError, registryErrors } from '../registry/errors.js'
import { createRegistryTokens } from '../registry/registry-tokens.js'
import { repositoryRights } from '../registry/rights.js'
import { countPull, isOpen, knowsCredentials, refusal } from '../registry/source-registry.js'
import { armErrors, type ArmError } from './errors.js'
import type { ImportRequest } from './import-request.js'

/** Reads the image from the source like the import service, or throws the service's error. */
export async function pullSource(
  world: World,
  request: ImportRequest,
  key: SigningKey,
): Promise<{ store: ImageStore; manifest: StoredManifest }> {
  const { source } = request
  if ('resourceId' in source) {
    const registry = world.findResource(source.resourceId)
    if (!isRegistry(registry)) throw armErrors.invalidImport(`The registry ${source.resourceId} was not found.`)
    return { store: registry.images, manifest: readAzure(registry, request) }
  }
  const host = registryHost(source.registryUri.replace(/^https:\/\//, '').replace(/\/$/, ''))
  const registry = world.resources.filter(isRegistry).find(({ loginServer }) => sameId(loginServer, host))
  if (registry !== undefined) {
    const refused = await catchRefusal(() => signInToAzure(world, registry, request, key))
    if (refused !== undefined) throw refused
    return { store: registry.images, manifest: readManifest(registry.images, registry.loginServer, request) }
  }
  const known = world.sourceRegistries.find(candidate => candidate.host === host)
  if (known === undefined) throw armErrors.invalidImport(`No such host is known. (${host})`)
  const refused = await catchRefusal(() => {
    signIn(known, request)
  })
  if (refused !== undefined) throw refused
  if (!known.options.rangeRequests) {
    // Azure/acr #571.
    throw armErrors.invalidImport('Error copying blobs. The remote server may not be RFC 7233 compliant.')
  }
  return { store: known, manifest: readManifest(known, known.host, request) }
}

/** The text of this error isn't known; the limit is in azure-docs `container-registry-import-images.md`. */
export const tooManyManifests = (): ArmError =>
  armErrors.invalidImport('The image exceeds the limit of 50 manifests for an import.')

/** A source given by resource ID is read through Azure's own services, which its firewall can block. */
function readAzure(registry: Registry, request: ImportRequest): StoredManifest {
  const { isPublic, deniesByDefault, letsAzureServicesPass } = accessOf(registry)
  if ((!isPublic || deniesByDefault) && !letsAzureServicesPass) throw accessDenied(registry)
  return readManifest(registry.images, registry.loginServer, request)
}

/** Given by login server, an Azure registry is like any other: with credentials or anonymous pull. */
async function signInToAzure(
  world: World,
  registry: Registry,
  { image, credentials }: ImportRequest,
  key: SigningKey,
): Promise<void> {
  checkFirewall(world, registry)
  const refused = unauthorized(registry, { type: 'repository', name: image.repository, actions: ['pull'] })
  if (credentials === undefined) {
    if (!accessOf(registry).anonymousPull) throw refused
    return
  }
  // An Entra token or a registry's refresh token can be the password (azure-docs `container-registry-import-images.md`,
  // cross-tenant).
  const tokens = createRegistryTokens(world, key)
  const entra = await tokens.readEntra(registry, credentials.password)
  const objectId = entra?.objectId ?? (await tokens.read(registry, credentials.password, 'refresh_token'))?.objectId
  if (objectId === undefined || !repositoryRights(world, registry, objectId, image.repository).includes('pull')) {
    throw refused
  }
}

function signIn(source: SourceRegistry, { image, credentials }: ImportRequest): void {
  if (credentials !== undefined) {
    const isKnown = knowsCredentials(source, credentials.username, credentials.password)
    if (!isKnown) throw refusal(source, image.repository)
  } else if (!isOpen(source, image.repository)) {
    throw refusal(source, image.repository)
  }
  countPull(source, credentials?.username)
}

/** Wraps the source's error in that of the import service (Azure/acr #181, azure-cli #10938). */
async function catchRefusal(attempt: () => void | Promise<void>): Promise<ArmError | undefined> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    if (error instanceof RegistryError) return gettingManifestFailed(error)
    throw error
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
}

const gettingManifestFailed = ({ status, body }: RegistryError): ArmError =>
  armErrors.invalidImport(
    `An error occurred when getting manifest. StatusCode: ${status}, Reason: ${reasons[status] ?? ''}, Details: ${JSON.stringify(body)}`,
  )

function readManifest(store: ImageStore, host: string, { image }: ImportRequest): StoredManifest {
  const { repository, tag, digest } = image
  const reference = digest ?? tag ?? 'latest'
  const manifest = store.read(repository, reference)
  if (manifest !== undefined) return manifest
  if (!store.repositories.has(repository)) throw gettingManifestFailed(registryErrors.nameUnknown(repository))
  // Azure/acr #422, including the double space.
  throw armErrors.invalidImport(
    `Unable to find manifest digest  Repo: ${host}/${repository} Tag: ${tag ?? ''} Manifest: ${digest ?? ''}`,
  )
}

/** Azure/acr #181: a firewall that blocks the import service too. */
export const accessDenied = ({ loginServer }: Registry): ArmError =>
  armErrors.invalidImport(`Access to ${loginServer} denied.`)
