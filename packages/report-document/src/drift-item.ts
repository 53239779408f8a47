import type { Fix, Quote } from 'kernel'
import type { RunningUse } from 'run-model'
import type { ReportedAnswer } from './answer-json.js'

/**
 * What a target can pull despite the drift: nothing, some repositories (none are named if their conditions are not understood), or everything,
 * through a broader role or in another way than the step asks for.
 */
export type DriftAccess = 'none' | { onlyTo: string[] } | 'by-broader-role' | 'otherwise'

/** A pair of target and registry, or an image in a registry. */
export interface DriftItem {
  /** Stable for anything that was found, however the inputs spell it. */
  key: string
  kind: 'pair' | 'image'
  /** Resource ID or name of the target, or the image's name. */
  target: string
  /** Where a target was looked for that was not found. */
  where?: string
  /** As texts name it: with its place if another target of the run or the fleet has the same name. */
  name: string
  /** Login server or name. */
  registry: string
  /** Resource ID of the registry; empty if it was not found. */
  registryId: string
  /** Set for a pair whose pull identity the check did not see: it may have been deleted. */
  isIdentityUnseen?: true
  /** `missing`, the code of the error, or `IMAGE_NOT_COMPARED` for an image that is present but could not be read, which fails nothing. */
  code: string
  /** What is missing, or why it could not be checked: `AcrPull is missing`. */
  what: string
  /** The quote at the end of `what`. */
  quote?: Quote | null
  /** Azure's answer, if the reason is one. */
  azure?: ReportedAnswer | null
  access: DriftAccess
  /** The fix of the failure; null if `attach` repairs it. */
  fix: Fix | null
  /** For an image that is gone: its name, and who runs it. */
  running?: { name: string; uses: readonly RunningUse[] }
}
