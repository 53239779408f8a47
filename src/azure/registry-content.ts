import { ContainerRegistryClient } from '@azure/container-registry'
import type { TokenCredential } from '@azure/core-auth'
import { memoize } from '../memoize.js'
import type { clientOptions } from './clients.js'

/** What a registry says of an image; the size is told only where it costs no further request. */
export interface Content {
  digest: string
  sizeInBytes?: number
}

/** Reads what is in registries, by their data plane. */
export interface RegistryContent {
  /** By tag: the digest. By digest: the size too. @throws RestError, 404 when it is not there */
  read(loginServer: string, repository: string, tagOrDigest: string, abortSignal: AbortSignal): Promise<Content>
}

// The same in all clouds (azure-cli, cloud-provider-azure), and the only one where a registry accepts no tokens for Azure Resource Manager.
const audience = 'https://containerregistry.azure.net'

/** The data plane of every registry, for the signed-in identity. */
export function createRegistryContent(
  credential: TokenCredential,
  options: ReturnType<typeof clientOptions>,
): RegistryContent {
  const clientOf = memoize(
    loginServer =>
      new ContainerRegistryClient(`https://${loginServer}`, credential, {
        ...options,
        audience,
      }),
  )
  return {
    async read(loginServer, repository, tagOrDigest, abortSignal) {
      const artifact = clientOf(loginServer).getArtifact(repository, tagOrDigest)
      if (!tagOrDigest.includes(':'))
        return { digest: (await artifact.getTagProperties(tagOrDigest, { abortSignal })).digest }
      const { digest, sizeInBytes } = await artifact.getManifestProperties({ abortSignal })
      return { digest, ...(sizeInBytes !== undefined && { sizeInBytes }) }
    },
  }
}
