import type { ActionError } from 'kernel'

/** Whether the pull identity of a target exists: Azure Resource Manager shows it, or else the directory. */
export interface IdentityState {
  /**
   * `gone`: it was deleted; `replaced`: it was recreated with another object ID; `foreign`: it belongs to another tenant than the step is signed in to,
   * and only the directory of that tenant knows it.
   */
  state: 'alive' | 'gone' | 'replaced' | 'unknown' | 'foreign'
  /** Why it was not seen, as a clause: always if `unknown`, and if a `foreign` one could not be read. */
  why?: string
  /** Why nobody can pull with it, if `gone` or `replaced`. If `unknown`: set if Azure failed to answer, so that the next run may see it. */
  error?: ActionError
}

/** Why nobody can pull with an identity: it no longer exists, or not with that object ID. */
export function explainLost({ state, error }: IdentityState = { state: 'alive' }): ActionError | undefined {
  return state === 'gone' || state === 'replaced' ? error : undefined
}

/** The note that the kubelet identities of some clusters may no longer exist; none without clusters. */
export function noteUnseenIdentities([first, ...others]: readonly { name: string }[], why: string): string[] {
  if (!first) return []
  const ofClusters = others.length > 0 ? `each of ${others.length + 1} clusters` : first.name
  return [`could not check whether the kubelet identity of ${ofClusters} still exists: ${why}`]
}
