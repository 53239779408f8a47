import * as registries from '@azure/arm-containerregistry/api/registries'
import { describeImage, nameSource, parseResourceId, type ObservedImage } from 'azure'
import { ask } from '../ask.js'
import type { ArmContext } from './context.js'
import { importRules } from './import-errors.js'
import { armActions } from './requests.js'

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
  const registry = parseResourceId(image.registry.id)
  if (!registry) throw new Error(`not a registry's resource ID: ${image.registry.id}`)
  const { username, password } = credentials ?? {}
  const parameters = {
    source: { ...source, sourceImage, ...(password && { credentials: { ...(username && { username }), password } }) },
    ...('tag' in target ? { targetTags: [target.tag] } : { untaggedTargetRepositories: [target.repository] }),
    mode: force ? 'Force' : 'NoForce',
  }
  let isFollowed = true
  const context = clients.containerRegistry(registry.subscriptionId)
  const poller = registries.importImage(context, registry.resourceGroup, registry.name, parameters, {
    abortSignal: signal,
    // The SDK's poller takes a 202 without such a header for success.
    onResponse: ({ status, headers }) => {
      const links = ['location', 'azure-asyncoperation', 'operation-location']
      isFollowed = status !== 202 || links.some(name => headers.has(name))
    },
  })
  const asked = {
    failure: `${describeImage(image)} could not be imported`,
    subject: nameSource(image.request),
    scope: image.registry.id,
    action: armActions.importImage,
    notFound: 'REGISTRY_NOT_FOUND' as const,
    image,
  }
  await ask(clients, asked, () => poller.submitted(), importRules)
  return {
    /** Whether Azure returned a URL for the status; without one, only the registry shows when the import is done. */
    isFollowed,
    /** Asks Azure whether the import is done. @throws ActionError if it failed, or the request did */
    async askWhetherDone(abortSignal: AbortSignal): Promise<boolean> {
      await ask(clients, asked, () => poller.poll({ abortSignal }), importRules)
      return poller.isDone
    },
  }
}
