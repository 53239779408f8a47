export const megabyte = 1_048_576

/**
 * The limits of one try of a request, by service: how large its answer can be, in bytes after decompression, so that a few at once fit into Node's memory,
 * and how long it can take, in milliseconds. `repeats` is how often a request is sent again if it failed for a reason that can pass.
 */
export const limits = {
  /**
   * Azure Resource Manager, Microsoft Graph and the registries of Azure. The largest answers that are known are lists of role assignments, with 250 kB
   * (recorded), and pages of Resource Graph, with a thousand rows (learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data). The PUT of
   * a role assignment takes up to 8 s (recorded). Repeated as often as the SDKs do it.
   */
  azure: { maxBytes: 50 * megabyte, tryMs: 60_000, repeats: 3 },
  /** AKS Run Command only accepts a command, which is fast, and is asked again until its result is there. Otherwise like `azure`. */
  command: { tryMs: 25_000 },
  /** Microsoft Entra: tokens have a few kB, and more don't fit into the headers of a request. Otherwise like `azure`. */
  entra: { maxBytes: 1 * megabyte },
  /** GitHub's ID tokens, which are as small. */
  idToken: { maxBytes: 1 * megabyte, tryMs: 10_000, repeats: 2 },
  /**
   * The registries that images come from, which accept manifests and lists of up to 4 MiB (github.com/distribution/distribution, maxManifestBodySize).
   * Repeated only if there was no answer: an image whose source can't be read from the runner is imported anyway.
   */
  source: { maxBytes: 4 * megabyte, tryMs: 10_000, repeats: 1 },
} as const

/** The scope of tokens for a service. @param audience the service's endpoint, without a trailing slash, or another name of it */
export function tokenScope(audience: string): string {
  return `${audience}/.default`
}
