import { type TokenCredential } from '@azure/core-auth'
import { type PipelinePolicy } from '@azure/core-rest-pipeline'
import type { Caller } from '../../model/caller.js'
import { ActionError, isAbort } from '../../model/error.js'
import type { Content } from '../../model/image.js'
import { memoize, once } from '../../model/memoize.js'
import type { Platform } from '../../model/scheduling.js'
import type { Registry } from '../../model/registry.js'
import { abortable } from '../../model/time.js'
import { explain } from '../arm/errors.js'
import type { Limit, clientOptions } from '../http/requests.js'
import type { Authorizer } from './authorization.js'
import { registryRules } from './errors.js'

/** Reads what is in registries, by their data plane. */
export interface RegistryContent {
  /** By tag: the digest. By digest: the size too. @throws ActionError, `IMAGE_NOT_FOUND` when it does not exist */
  read(registry: Registry, repository: string, tagOrDigest: string, abortSignal: AbortSignal): Promise<Content>
  /** What an image is built for: of an index, what its images are. Empty where the registry does not say. @throws ActionError */
  readPlatforms(
    registry: Registry,
    repository: string,
    tagOrDigest: string,
    abortSignal: AbortSignal,
  ): Promise<Platform[]>
}

/** The same in all clouds (azure-cli, cloud-provider-azure), and the only one where a registry accepts no tokens for Azure Resource Manager. */
export const registryAudience = 'https://containerregistry.azure.net'

/** The data plane of every registry, for the signed-in identity. A read and the tokens for it take one place of the limit. */
export function createRegistryContent(
  credential: TokenCredential,
  caller: Caller,
  options: ReturnType<typeof clientOptions>,
  limit: Limit,
  authorizer: Authorizer,
): RegistryContent {
  const clientOf = memoize(async loginServer => {
    // Most runs ask no registry for its content.
    const { ContainerRegistryClient } = await import('@azure/container-registry')
    const keeper = createTokenKeeper()
    const additionalPolicies = [...options.additionalPolicies, { policy: keeper.policy, position: 'perRetry' as const }]
    const clientOptions = { ...options, additionalPolicies, audience: registryAudience }
    const client = new ContainerRegistryClient(`https://${loginServer}`, credential, clientOptions)
    const realm = `https://${loginServer}/oauth2/token`
    const challenge = { scheme: 'bearer' as const, realm, service: loginServer, answeredBy: loginServer }
    /** Gets the token of a repository, where it is to be had; the SDK asks for it by itself otherwise, and tells why not. */
    const prepare = (repository: string, abortSignal: AbortSignal): Promise<void> =>
      keeper.prepare(repository, async () => {
        try {
          return await authorizer.authorizeTogether(challenge, loginServer, repository, abortSignal)
        } catch {
          abortSignal.throwIfAborted()
          return undefined
        }
      })
    return { client, prepare }
  })
  const read = async (loginServer: string, repository: string, tagOrDigest: string, abortSignal: AbortSignal) => {
    const { client } = await clientOf(loginServer)
    const artifact = client.getArtifact(repository, tagOrDigest)
    if (!tagOrDigest.includes(':'))
      return { digest: (await artifact.getTagProperties(tagOrDigest, { abortSignal })).digest }
    const { digest, sizeInBytes } = await artifact.getManifestProperties({ abortSignal })
    return { digest, ...(sizeInBytes !== undefined && { sizeInBytes }) }
  }
  const readPlatforms = async (
    loginServer: string,
    repository: string,
    tagOrDigest: string,
    abortSignal: AbortSignal,
  ): Promise<Platform[]> => {
    const { client } = await clientOf(loginServer)
    const artifact = client.getArtifact(repository, tagOrDigest)
    const properties = await artifact.getManifestProperties({ abortSignal })
    return [properties, ...properties.relatedArtifacts].flatMap(({ operatingSystem: os, architecture: arch }) =>
      // What has no platform of its own, such as an attestation, is "unknown".
      os && arch && os !== 'unknown' ? [{ os, arch }] : [],
    )
  }

  /** One request with the tokens for it, whose refusal is explained. */
  const asking =
    <T>(ask: (loginServer: string, repository: string, tagOrDigest: string, abortSignal: AbortSignal) => Promise<T>) =>
    async (registry: Registry, repository: string, tagOrDigest: string, abortSignal: AbortSignal): Promise<T> => {
      const { id: scope, name: subject, loginServer } = registry
      try {
        const { prepare } = await clientOf(loginServer)
        await prepare(repository, abortSignal)
        // The SDK asks for tokens without the signal (container-registry 1.1.2, ChallengeHandler).
        return await limit(() => abortable(ask(loginServer, repository, tagOrDigest, abortSignal), abortSignal))
      } catch (thrown) {
        if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
        const image = `${repository}${tagOrDigest.includes(':') ? '@' : ':'}${tagOrDigest}`
        const failure = `${image} on ${subject} could not be read`
        const attempt = { failure, subject, scope, action: pullAction(registry), caller, registry, repository }
        throw explain(thrown, attempt, registryRules)
      }
    }

  return { read: asking(read), readPlatforms: asking(readPlatforms) }
}

function pullAction({ roleAssignmentMode }: Registry): string {
  return roleAssignmentMode === 'ABAC'
    ? 'Microsoft.ContainerRegistry/registries/repositories/content/read'
    : 'Microsoft.ContainerRegistry/registries/pull/read'
}

/**
 * Keeps the token of each repository, because the SDK keeps only the last one and tries it on all repositories (container-registry 1.1.2,
 * ChallengeHandler): with many repositories each request would be refused once and cost another token.
 */
function createTokenKeeper() {
  const tokens = new Map<string, string>()
  const prepared = new Map<string, Promise<void>>()
  const policy: PipelinePolicy = {
    name: 'attachAcrTokenKeeper',
    async sendRequest(request, next) {
      const [, encoded] = /\/acr\/v1\/([^/?]+)\//.exec(request.url) ?? []
      if (encoded === undefined) return next(request)
      const repository = decodeURIComponent(encoded)
      const known = tokens.get(repository)
      if (known !== undefined) request.headers.set('authorization', known)
      const response = await next(request)
      const used = request.headers.get('authorization')
      // When it is refused, the SDK gets another one, and comes again with that.
      if (response.status === 401 || used === undefined) tokens.delete(repository)
      else tokens.set(repository, used)
      return response
    },
  }
  /** Asks for a repository's token once, before the first request about it. */
  const prepare = (repository: string, fetch: () => Promise<string | undefined>): Promise<void> =>
    once(prepared, repository, async () => {
      const token = await fetch()
      if (token !== undefined) tokens.set(repository, token)
    })
  return { policy, prepare }
}
