import type { ResourceId } from '../../model/resource-id.js'
import type { Clients } from './clients.js'

/** What Azure Container Registry is told to import. */
export interface Import {
  source: { registryUri: string } | { resourceId: string }
  /** `repository:tag` or `repository@digest`. */
  sourceImage: string
  credentials?: { username: string; password: string }
  /** `repository:tag`, or a repository alone to be left untagged. */
  target: { tag: string } | { repository: string }
  /** Overwrites a tag that exists. */
  force: boolean
}

/** An import that Azure has accepted. */
export interface AcceptedImport {
  /** Whether Azure has said how to follow it; without that, only the registry shows when it is done. */
  isFollowed: boolean
  /** Asks Azure whether it is done. @throws RestError when Azure says that it failed, or can't be asked */
  askWhetherDone: (abortSignal: AbortSignal) => Promise<boolean>
}

/** Has Azure import an image. @throws RestError when Azure refuses to begin */
export async function startImport(
  clients: Clients,
  registry: ResourceId,
  wanted: Import,
  abortSignal: AbortSignal,
): Promise<AcceptedImport> {
  const { source, sourceImage, credentials, target, force } = wanted
  const { username, password } = credentials ?? {}
  const parameters = {
    source: { ...source, sourceImage, ...(password && { credentials: { ...(username && { username }), password } }) },
    ...('tag' in target ? { targetTags: [target.tag] } : { untaggedTargetRepositories: [target.repository] }),
    mode: force ? 'Force' : 'NoForce',
  }
  let isFollowed = true
  const { registries } = clients.containerRegistry(registry.subscriptionId)
  const poller = registries.importImage(registry.resourceGroup, registry.name, parameters, {
    abortSignal,
    // A 202 that does not say how to go on is success to the SDK's poller.
    onResponse: ({ status, headers }) => {
      const links = ['location', 'azure-asyncoperation', 'operation-location']
      isFollowed = status !== 202 || links.some(name => headers.has(name))
    },
  })
  await poller.submitted()
  return {
    isFollowed,
    askWhetherDone: async signal => {
      await poller.poll({ abortSignal: signal })
      return poller.isDone
    },
  }
}
