import type { Caller } from './caller.js'
import { ActionError, cancelled } from './error.js'
import type { Finding, Unknown } from './finding.js'
import { describeImage, settle, type ImageResult } from './image.js'
import type { CheckedManifest } from './manifest.js'
import type { Observed } from './observed.js'
import type { NodePull, Outcome, Verification } from './outcome.js'
import { isCreation, type Access, type Assignment, type GrantedBy, type Plan, type PlannedPair } from './plan.js'
import type { Registry } from './registry.js'
import type { Target } from './target.js'
import type { Stage } from './time.js'
import type { Inputs, Mode, VerifyLevel } from './wanted.js'

/** Everything that a run has come to know, stage by stage, so that an end at any point can be reported. */
export interface Run {
  readonly startedAt: number
  readonly finishedAt: number
  /** How long each stage took, in the order they ended. */
  readonly stages: readonly Stage[]
  readonly requests: number
  /** Known before the inputs are, for a step whose inputs are not valid. */
  readonly mode: Mode
  readonly inputs?: Inputs
  readonly session?: Session
  readonly observed?: Observed
  readonly plan?: Plan
  readonly outcomes: readonly Outcome[]
  /** How the images ended; absent until they have. */
  readonly images?: ImageResult[]
  /** How the images of the manifests stand. */
  readonly manifests: readonly CheckedManifest[]
  readonly verifications: ReadonlyMap<PlannedPair, Verification>
  /** Why the pull identity of a target is none any more, as the directory says. */
  readonly dead: ReadonlyMap<Target, ActionError>
  /** Besides the plan's. */
  readonly findings: readonly Finding[]
  /** What could not be looked at, besides what was observed. */
  readonly unknown: readonly Unknown[]
  /** What is worth a line in the log. */
  readonly notes: readonly string[]
  /** What ended the run before its end. */
  readonly error?: ActionError
}

/** A run that has not begun. */
export function startRun(startedAt: number, mode: Mode): Run {
  const nothing = { stages: [], requests: 0, outcomes: [], findings: [], unknown: [], notes: [], manifests: [] }
  return { startedAt, finishedAt: startedAt, mode, ...nothing, verifications: new Map(), dead: new Map() }
}

/** `unknown`: what is wanted could not be looked at, which is neither drift nor fine. */
export type PairStatus = 'attached' | 'missing' | 'unknown' | 'detached' | 'failed'

/** How one target and one registry ended. */
export interface PairResult {
  /** Absent where it was not found. */
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
  /** Through what the target can still pull after a `detach`. */
  left?: Access[]
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
  findings: Finding[]
  unknown: Unknown[]
  notes: string[]
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

/** Who the action is. */
export interface Session {
  caller: Caller
  tenantId: string
  /** How, for the log: `GitHub OIDC, repo:contoso/shop:ref:refs/heads/main`. */
  by: string
}

type News = Partial<Pick<Run, 'outcomes' | 'verifications' | 'dead' | 'findings' | 'unknown' | 'notes'>>

/** The run with what a stage did or found besides. */
export function learn(run: Run, { outcomes, verifications, dead, findings, unknown, notes }: News): Run {
  return {
    ...run,
    outcomes: [...run.outcomes, ...(outcomes ?? [])],
    verifications: new Map([...run.verifications, ...(verifications ?? [])]),
    dead: new Map([...run.dead, ...(dead ?? [])]),
    findings: [...run.findings, ...(findings ?? [])],
    unknown: [...run.unknown, ...(unknown ?? [])],
    notes: [...run.notes, ...(notes ?? [])],
  }
}

/** The operations on access of these pairs that have not been done, each once. */
export function selectOpen(pairs: readonly PlannedPair[], outcomes: readonly Outcome[]): Assignment[] {
  const done = new Set(outcomes.map(({ operation }) => operation))
  const planned = new Set(pairs.flatMap(pair => pair.operations))
  return [...planned].filter((each): each is Assignment => !isCreation(each) && !done.has(each))
}

/** The pairs at whose registries it is worth looking who else may pull; of an attach, only those that failed. */
export function selectSuspicious(pairs: readonly PlannedPair[], { mode, outcomes, verifications }: Run): PlannedPair[] {
  const failed = new Set(outcomes.flatMap(({ operation, error }) => (error ? operation : [])))
  const hasFailed = (pair: PlannedPair): boolean =>
    verifications.get(pair)?.error !== undefined || pair.operations.some(operation => failed.has(operation))
  return pairs.filter(pair => mode !== 'attach' || hasFailed(pair))
}
