// Reads the body of an image import.
import { armErrors } from './errors.js'

/** An image name with a tag, a digest, or neither. */
interface ImageName {
  readonly repository: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/** `ImportImageParameters` with defaults filled in. */
export interface ImportRequest {
  readonly source: { readonly resourceId: string } | { readonly registryUri: string }
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  readonly image: ImageName
  readonly tags: readonly { readonly repository: string; readonly tag: string }[]
  readonly untagged: readonly { readonly repository: string }[]
  readonly mode: 'NoForce' | 'Force'
}

export function readImportRequest(body: unknown): ImportRequest {
  const {
    source = {},
    targetTags,
    untaggedTargetRepositories,
    mode = 'NoForce',
  } = (body ?? {}) as {
    source?: {
      resourceId?: string
      registryUri?: string
      credentials?: { username?: string; password?: string }
      sourceImage?: string
    }
    targetTags?: readonly string[]
    untaggedTargetRepositories?: readonly string[]
    mode?: string
  }
  const { resourceId, registryUri, sourceImage, credentials } = source
  if (sourceImage === undefined || sourceImage === '') throw invalid("The property 'source.sourceImage' is required.")
  if ((resourceId === undefined) === (registryUri === undefined)) {
    throw invalid("Exactly one of 'source.resourceId' and 'source.registryUri' must be specified.")
  }
  if (mode !== 'NoForce' && mode !== 'Force') throw invalid(`The mode '${mode}' is invalid.`)
  if (credentials !== undefined && (credentials.password ?? '') === '') {
    throw invalid("The property 'source.credentials.password' is required.")
  }
  const image = readName(sourceImage)
  const targets = targetTags ?? (untaggedTargetRepositories === undefined ? [image.repository] : [])
  return {
    source: resourceId === undefined ? { registryUri: registryUri ?? '' } : { resourceId },
    credentials:
      credentials === undefined
        ? undefined
        : { username: credentials.username ?? '', password: credentials.password ?? '' },
    image,
    tags: targets.map(target => {
      const { repository, tag, digest } = readName(target)
      if (digest !== undefined) throw invalid(`The target tag '${target}' is invalid.`)
      // The model's documentation: 'latest' if the source's tag is omitted too.
      return { repository, tag: tag ?? image.tag ?? 'latest' }
    }),
    untagged: (untaggedTargetRepositories ?? []).map(target => {
      const { repository, tag, digest } = readName(target)
      if (tag !== undefined || digest !== undefined) throw invalid(`The target repository '${target}' is invalid.`)
      return { repository }
    }),
    mode,
  }
}

const component = '[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*'
const name = new RegExp(
  `^(?<repository>${component}(?:/${component})*)(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$`,
)

/** The grammar of github.com/distribution/reference, without a host. */
function readName(text: string): ImageName {
  const { repository, tag, digest } = name.exec(text)?.groups ?? {}
  if (repository === undefined) throw invalid(`The image '${text}' is invalid.`)
  return { repository, tag, digest }
}

const invalid = armErrors.invalidImport
