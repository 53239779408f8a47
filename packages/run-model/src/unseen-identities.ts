/** The note that the kubelet identities of some clusters may no longer exist; none without clusters. */
export function noteUnseenIdentities([first, ...others]: readonly { name: string }[], why: string): string[] {
  if (!first) return []
  const ofClusters = others.length > 0 ? `each of ${others.length + 1} clusters` : first.name
  return [`could not check whether the kubelet identity of ${ofClusters} still exists: ${why}`]
}
