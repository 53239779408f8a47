import { describeImage, formatResourceId, nameSource, type ObservedImage, type Registry, type ResourceId } from 'azure'
import { abortable } from 'kernel'
import { ask } from '../ask.js'
import { askArm } from './errors.js'
import { importRules } from './import-errors.js'
import { registryVersion, toOwnRegistry, type RawRegistry } from './registries.js'
import { armActions, scopeOf } from './requests.js'
import type { ArmContext } from './resources.js'

/**
 * Creates a registry and waits until Azure is done.
 * @param writing the signal for the request itself; the one of the context is for the wait after it
 * @param onAccepted called when Azure has accepted the request
 * @throws ActionError, `INVALID_INPUT` if the resource group does not exist
 */
export function createRegistry(
  { clients, signal }: ArmContext,
  id: ResourceId,
  { sku, location, roleAssignmentMode }: Pick<Registry, 'sku' | 'roleAssignmentMode'> & { location: string },
  writing: AbortSignal,
  onAccepted: () => void,
): Promise<Registry> {
  const mode = roleAssignmentMode === 'ABAC' ? 'AbacRepositoryPermissions' : 'LegacyRegistryPermissions'
  const parameters = { location, sku: { name: sku }, properties: { roleAssignmentMode: mode } }
  const asked = {
    failure: `Registry ${id.name} (${sku}) could not be created`,
    subject: id.name,
    scope: scopeOf(id.subscriptionId, id.resourceGroup),
    action: armActions.writeRegistry,
    notFound: 'INVALID_INPUT' as const,
  }
  return askArm(clients, asked, async () => {
    const path = `${formatResourceId(id)}?api-version=${registryVersion}`
    const { poller } = await clients.resourceManager.start<RawRegistry>('put', path, parameters, writing)
    onAccepted()
    // core-lro 3.3.1 does not abort its last request (`pollOperationHelper`).
    const created = await abortable(poller.pollUntilDone({ abortSignal: signal }), signal)
    return toOwnRegistry(created, clients.registrySuffix)
  })
}

/** An import to request from Azure Container Registry. */
export interface Import {
  source: { registryUri: string } | { resourceId: string }
  /** `repository:tag` or `repository@digest`. */
  sourceImage: string
  credentials?: { username: string; password: string }
  /** `repository:tag`, or only a repository to import without a tag. */
  target: { tag: string } | { repository: string }
  /** Overwrites an existing tag. */
  force: boolean
}

/** Asks Azure to import an image. @throws ActionError if Azure refuses to start the import */
export async function startImport(
  { clients, signal }: ArmContext,
  image: ObservedImage,
  { source, sourceImage, credentials, target, force }: Import,
) {
  const { username, password } = credentials ?? {}
  const parameters = {
    source: { ...source, sourceImage, ...(password && { credentials: { ...(username && { username }), password } }) },
    ...('tag' in target ? { targetTags: [target.tag] } : { untaggedTargetRepositories: [target.repository] }),
    mode: force ? 'Force' : 'NoForce',
  }
  const asked = {
    failure: `${describeImage(image)} could not be imported`,
    subject: nameSource(image.request),
    scope: image.registry.id,
    action: armActions.importImage,
    notFound: 'REGISTRY_NOT_FOUND' as const,
    image,
    isSignedIn: credentials !== undefined,
  }
  const path = `${image.registry.id}/importImage?api-version=${registryVersion}`
  const start = () => clients.resourceManager.start('post', path, parameters, signal)
  const { poller, isFollowed, isRepeated, demandedMs } = await ask(clients, asked, start, importRules)
  return {
    /** Whether Azure returned a URL for the status; without one, only the registry shows when the import is done. */
    isFollowed,
    isRepeated,
    demandedMs,
    /** Asks Azure whether the import is done. @throws ActionError if it failed, or the request did */
    askWhetherDone: async (abortSignal: AbortSignal): Promise<boolean> => {
      await ask(clients, asked, () => poller.poll({ abortSignal }), importRules)
      return poller.isDone
    },
  }
}
