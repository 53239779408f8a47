import type { NodePull } from '../model/outcome.js'
import type { Clock } from '../model/time.js'

/*
 * Why the pauses are as they are. A new pod has no back-off: kubelet counts it by the pod's UID and image (kubelet `image_manager.go`: 10 s,
 * doubling to 5 min), so pods are made anew instead of waited for. Kubelet caches a registry credential, but only one that it got: a failed
 * exchange leaves nothing in the cache (kubelet `credentialprovider/plugin`, `provide`; cloud-provider-azure's acr-credential-provider), so asking
 * often does not delay the answer. The gate is to open at most 5 s, or a twentieth of the wait, after the node could pull. A try takes about 2 s.
 */
const quickMs = 1500

/** Share of the time waited so far that a pause may take: less than a twentieth, because the try itself takes time too. */
const share = 1 / 25

const slowestMs = 60_000

/** A registry that throttles is not to be asked again at once. */
const throttledMs = 15_000

/** Where nothing is under way, three tries are to tell a hiccup from a refusal, within 30 s. */
const settledMs = 8000

/** What the length of a pause depends on. */
export interface Waited {
  /** Milliseconds since the first try. */
  elapsedMs: number
  /** Whether nothing is under way that could change a refusal. */
  isSettled: boolean
}

/** The pause between two tries of what was refused, in milliseconds. */
export function pauseBetween({ elapsedMs, isSettled }: Waited, clock: Clock): number {
  const growing = Math.min(Math.max(quickMs, elapsedMs * share - 1000), slowestMs)
  return (isSettled ? Math.max(growing, settledMs) : growing) * (0.9 + 0.2 * clock.random())
}

/** The pause after a round that left these pulls open, in milliseconds; none where all of them are on their way. */
export function pauseAfter(open: readonly NodePull[], waited: Waited, clock: Clock): number {
  if (open.every(({ pending }) => pending)) return 0
  const pause = pauseBetween(waited, clock)
  return open.every(({ verdict }) => verdict === 'rate-limited') ? Math.max(pause, throttledMs) : pause
}

/** The pause after a hiccup of the API server or of Run Command that has lasted so long, in milliseconds. */
export function pauseAfterHiccup(lastedMs: number, clock: Clock): number {
  return Math.min(Math.max(1000, lastedMs * share), 15_000) * (0.9 + 0.2 * clock.random())
}
