import type { NodePull } from 'run-model'

/*
 * The reasons for the pauses. A new pod has no back-off: kubelet counts it by the pod's UID and image (kubelet `image_manager.go`: 10 s, doubling
 * to 5 min), so pods are recreated instead of waited for. Kubelet caches only a registry credential that it received: a failed exchange leaves
 * nothing in the cache (kubelet `credentialprovider/plugin`, `provide`; cloud-provider-azure's acr-credential-provider), so frequent attempts do not
 * delay the answer. The gate must open at most 3 s, or a twentieth of the wait, after the node can pull. From the refusal before the pause until a pull is
 * seen, an attempt takes up to 2.5 s (measured on a real node). In milliseconds.
 */
const quickMs = 300

/** Share of the time waited so far that a pause and an attempt may take: less than a twentieth, because nodes can be slow. */
const share = 1 / 25
const attemptMs = 2000

const maxPauseMs = 60_000

/** Minimum pause after a registry has throttled. */
const throttledMs = 15_000

/** How long a replica may lack an image of the registry, in milliseconds (geo-replication is eventually consistent). */
export const replicationMs = 5 * 60_000

/** After how long a container that the cluster added, whose image can't be pulled, ends the wait, in milliseconds. */
export const stuckMs = 60_000

/** If no change is pending, three attempts must distinguish a hiccup from a refusal within 30 s. */
const settledMs = 8000

/**
 * The pause between two attempts after a refusal, in milliseconds.
 * @param waited the time since the first attempt, in milliseconds, and whether no pending change could end a refusal
 * @param chance in [0, 1): it varies by a tenth, so that clusters drift apart
 */
export function pauseBetween(
  { elapsedMs, isSettled }: { elapsedMs: number; isSettled: boolean },
  chance: number,
): number {
  const growing = Math.min(Math.max(quickMs, elapsedMs * share - attemptMs), maxPauseMs)
  return (isSettled ? Math.max(growing, settledMs) : growing) * (0.9 + 0.2 * chance)
}

/** The pause after a round that left these pulls open, in milliseconds; none if all of them are still pulling. */
export function pauseAfter(
  open: readonly NodePull[],
  waited: Parameters<typeof pauseBetween>[0],
  chance: number,
): number {
  if (open.every(({ pending }) => pending)) return 0
  const pause = pauseBetween(waited, chance)
  return open.every(({ verdict }) => verdict === 'rate-limited') ? Math.max(pause, throttledMs) : pause
}

/** The pause during a hiccup of the API server or of Run Command, in milliseconds. */
export function pauseAfterHiccup(lastedMs: number, chance: number): number {
  return Math.min(Math.max(1000, lastedMs * share), 15_000) * (0.9 + 0.2 * chance)
}

/**
 * How long a kubelet keeps a credential at most, in milliseconds, by its version: AKS installs the credential provider of the same one. Read from the tags of
 * kubernetes-sigs/cloud-provider-azure (pull request 9974): 5 minutes up to 1.34.6 and in 1.35.0 to 1.35.8, 60 in 1.34.7 to 1.34.13 and since 1.36.0. For
 * other versions, the longer time.
 */
export function cacheMsOf(kubeletVersion: string): number {
  const [minor = Infinity, patch = 0] = /^v1\.(\d+)\.(\d+)/.exec(kubeletVersion)?.slice(1).map(Number) ?? []
  const isShort = minor < 34 || (minor === 34 && patch < 7) || (minor === 35 && patch < 9)
  return (isShort ? 5 : 60) * 60_000
}
