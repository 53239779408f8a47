import * as registries from '@azure/arm-containerregistry/api/registries'
import { ActionError, isAbort } from '../../model/error.js'
import { describeImage, type ObservedImage } from '../../model/image.js'
import { parseResourceId } from '../../model/resource-id.js'
import { armActions } from './actions.js'
import type { Clients } from './clients.js'
import { explain } from './errors.js'
import { importRules } from './import-errors.js'

/** An import that Azure Container Registry is asked for. */
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
  /** Asks Azure whether it is done. @throws ActionError when Azure says that it failed, or can't be asked */
  askWhetherDone: (abortSignal: AbortSignal) => Promise<boolean>
}

/** Asks Azure to import an image. @throws ActionError when Azure refuses to begin */
export async function startImport(
  clients: Clients,
  image: ObservedImage,
  wanted: Import,
  abortSignal: AbortSignal,
): Promise<AcceptedImport> {
  const registry = parseResourceId(image.registry.id)
  if (!registry) throw new Error(`not a registry's resource ID: ${image.registry.id}`)
  const { source, sourceImage, credentials, target, force } = wanted
  const { username, password } = credentials ?? {}
  const parameters = {
    source: { ...source, sourceImage, ...(password && { credentials: { ...(username && { username }), password } }) },
    ...('tag' in target ? { targetTags: [target.tag] } : { untaggedTargetRepositories: [target.repository] }),
    mode: force ? 'Force' : 'NoForce',
  }
  let isFollowed = true
  const context = clients.containerRegistry(registry.subscriptionId)
  const poller = registries.importImage(context, registry.resourceGroup, registry.name, parameters, {
    abortSignal,
    // A 202 that does not say how to go on is success to the SDK's poller.
    onResponse: ({ status, headers }) => {
      const links = ['location', 'azure-asyncoperation', 'operation-location']
      isFollowed = status !== 202 || links.some(name => headers.has(name))
    },
  })
  await askImport(clients, image, () => poller.submitted())
  return {
    isFollowed,
    askWhetherDone: async signal => {
      await askImport(clients, image, () => poller.poll({ abortSignal: signal }))
      return poller.isDone
    },
  }
}

async function askImport<T>({ caller }: Clients, image: ObservedImage, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
    const attempt = {
      failure: `${describeImage(image)} could not be imported`,
      subject: image.request.text,
      scope: image.registry.id,
      action: armActions.importImage.action,
      notFound: 'REGISTRY_NOT_FOUND' as const,
      caller,
      image,
    }
    throw explain(thrown, attempt, importRules)
  }
}
