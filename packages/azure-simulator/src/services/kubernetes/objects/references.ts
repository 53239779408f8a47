export interface ImageReference {
  readonly host: string
  readonly repository: string
  /** Tag or digest; `latest` by default. */
  readonly reference: string
  /** With host and tag, as in containerd's messages. */
  readonly full: string
}

/** Docker Hub's names have no host (github.com/distribution/reference). */
export function readReference(image: string): ImageReference {
  const [first = '', ...rest] = image.split('/')
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const host = hasHost ? first : 'docker.io'
  const path = hasHost ? rest.join('/') : rest.length === 0 ? `library/${image}` : image
  const [, repository = path, tag, digest] =
    /^(.+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(path) ?? []
  const reference = digest ?? tag ?? 'latest'
  const ending = digest === undefined ? `:${reference}` : `${tag === undefined ? '' : `:${tag}`}@${digest}`
  return { host, repository, reference, full: `${host}/${repository}${ending}` }
}

/** Whether the kubelet accepts it as a reference. */
export const isReference = (image: string): boolean =>
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/.test(
    image,
  )
