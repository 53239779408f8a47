import { type TokenCredential } from '@azure/core-auth'
import type { Caller } from './caller.js'
import { ActionError, cancelled } from './error.js'
import type { Finding } from './finding.js'
import { describeImage, settle, type ImageResult } from './image.js'
import type { CheckedManifest } from './manifest.js'
import type { Observed } from './observed.js'
import type { NodePull, Outcome, Verification } from './outcome.js'
import type { GrantedBy, Plan, PlannedPair } from './plan.js'
import type { Registry } from './registry.js'
import type { Target } from './target.js'
import type { Inputs, Mode, VerifyLevel } from './wanted.js'

/** Everything that a run has come to know, filled stage by stage, so that an end at any point can be reported. */
export interface Run {
  startedAt: number
  finishedAt: number
  /** How long each stage took, in the order they ran. */
  stages: { name: string; startedAt: number; finishedAt: number }[]
  requests: number
  /** Known before the inputs are, for a step whose inputs are not valid. */
  mode: Mode
  inputs?: Inputs
  session?: Session
  observed?: Observed
  plan?: Plan
  outcomes: Outcome[]
  /** How the images ended; absent until they have. */
  images?: ImageResult[]
  /** How the images of the manifests stand. */
  manifests: CheckedManifest[]
  verifications: Map<PlannedPair, Verification>
  /** Besides the plan's. */
  findings: Finding[]
  /** What could not be looked at. */
  notes: string[]
  /** What ended the run before its end. */
  error?: ActionError
}

/** A run that has not begun. */
export function startRun(startedAt: number, mode: Mode): Run {
  const nothing = { stages: [], requests: 0, outcomes: [], findings: [], notes: [], manifests: [] }
  return { startedAt, finishedAt: startedAt, mode, ...nothing, verifications: new Map() }
}

export type PairStatus = 'attached' | 'missing' | 'detached' | 'failed'

/** How one target and one registry ended. */
export interface PairResult {
  /** Absent when it was not found. */
  target?: Target
  registry?: Registry
  /** What the user called them. */
  asked: { target: string; registry: string }
  status: PairStatus
  grantedBy: GrantedBy | null
  role: string
  scope: string
  roleAssignmentId: string
  changed: boolean
  verified: VerifyLevel
  propagationSeconds?: number
  /** What the nodes pulled; empty where they were not asked to. */
  pulls: NodePull[]
  /** What `attach` would have written, in words. */
  lacks: string[]
  error?: ActionError
}

/** The end of a run, as every report shows it. */
export interface Result extends Omit<Run, 'images'> {
  images: ImageResult[]
  attached: boolean
  changed: boolean
  drift: boolean
  verified: VerifyLevel
  pairs: PairResult[]
  /** Every distinct failure, the first first. */
  errors: ActionError[]
}

/** How the images ended, or stand where nothing was done about them. */
export function concludeImages({
  plan,
  images,
  inputs,
  error,
}: Pick<Run, 'plan' | 'images' | 'inputs' | 'error'>): ImageResult[] {
  if (images) return images
  return (plan?.images ?? []).map((planned): ImageResult => {
    const { image, plan: imagePlan } = planned
    if (imagePlan.kind === 'present' || imagePlan.kind === 'failed') return settle(planned)
    const base = { image, changed: false, digest: '', notes: image.notes }
    // What can't be read is no drift; the image's notes say so.
    if (inputs?.mode === 'check' && image.present === 'unknown') return { ...base, status: 'present' }
    if (inputs?.mode !== 'check') return { ...base, status: 'failed', error: error ?? cancelled() }
    const code = imagePlan.kind === 'conflict' ? 'IMAGE_CONFLICT' : 'IMAGE_NOT_FOUND'
    return {
      ...base,
      status: 'missing',
      error: new ActionError(code, `${describeImage(image)}: ${imagePlan.reason}`, {}),
    }
  })
}

/** Who the action is, and the credential for everything that follows. */
export interface Session {
  credential: TokenCredential
  caller: Caller
  tenantId: string
  /** How, for the log: `GitHub OIDC, repo:contoso/shop:ref:refs/heads/main`. */
  by: string
}
