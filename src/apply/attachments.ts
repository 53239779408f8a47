import type { ObservedImage } from '../model/image.js'
import type { AzureContext } from '../services/context.js'

/** Notes that signatures and attestations of an image stay behind, because Azure imports the image alone. */
export async function noteAttachments(
  { sources, azureSources, signal }: AzureContext,
  { request: { text, source, isProbe }, sourceRegistry, sourceDigest }: ObservedImage,
): Promise<string[]> {
  // Why a source was not resolved is a note already, and it can't be asked this either.
  if (sourceDigest === undefined || isProbe) return []
  const { repository } = source
  const found = sourceRegistry
    ? await azureSources.findAttachments({ host: sourceRegistry.loginServer, repository }, sourceDigest, signal)
    : source.host
      ? await sources.findAttachments(source, sourceDigest, signal)
      : { why: 'the signed-in identity may not see its registry' }
  if (found === 'none' || signal.aborted) return []
  if (found === 'some')
    return [
      `${text} has signatures or attestations, which an import does not copy; cosign copy or oras copy --recursive does`,
    ]
  return [`not known: whether ${text} has signatures or attestations, which an import does not copy (${found.why})`]
}
