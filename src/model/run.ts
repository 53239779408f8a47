import type { Caller } from './caller.js'
import type { ActionError } from './error.js'
import type { Finding, Unknown } from './finding.js'
import type { ImageResult } from './image.js'
import type { CheckedManifest } from './manifest.js'
import type { Observed } from './observed.js'
import type { NodePull, Outcome, Verification } from './outcome.js'
import { isCreation, type Access, type Assignment, type GrantedBy, type Plan, type PlannedPair } from './plan.js'
import type { Registry } from './registry.js'
import type { RepositoryPattern } from './repository-pattern.js'
import type { Lapse } from './remaining.js'
import type { RoleAssignment } from './role-assignment.js'
import type { Target } from './target.js'
import type { Stage } from './time.js'
import type { Inputs, Mode, VerifyLevel } from './wanted.js'

/** The state of a run, completed stage by stage, so that it can be reported wherever it ends. */
export interface Run {
  readonly startedAt: number
  readonly finishedAt: number
  /** How long each stage took, in the order they ended. */
  readonly stages: readonly Stage[]
  readonly requests: number
  /** The mode, which is known even where the other inputs are not valid. */
  readonly mode: Mode
  readonly inputs?: Inputs
  readonly session?: Session
  readonly observed?: Observed
  readonly plan?: Plan
  readonly outcomes: readonly Outcome[]
  /** How the images ended; absent until they have. */
  readonly images?: ImageResult[]
  /** Whether the images of the manifests exist. */
  readonly manifests: readonly CheckedManifest[]
  readonly verifications: ReadonlyMap<PlannedPair, Verification>
  /** Errors of targets whose pull identity the directory no longer has. */
  readonly dead: ReadonlyMap<Target, ActionError>
  /** What a `detach` from a group has done to what is held through other groups. */
  readonly lapses: ReadonlyMap<RoleAssignment, Lapse>
  /** Findings besides those of the plan. */
  readonly findings: readonly Finding[]
  /** What could not be looked at, besides what was observed. */
  readonly unknown: readonly Unknown[]
  /** Lines for the log. */
  readonly notes: readonly string[]
  /** The error that ended the run early. */
  readonly error?: ActionError
}

/** A run that has not begun. */
export function startRun(startedAt: number, mode: Mode): Run {
  const nothing = { stages: [], requests: 0, outcomes: [], findings: [], unknown: [], notes: [], manifests: [] }
  return {
    startedAt,
    finishedAt: startedAt,
    mode,
    ...nothing,
    verifications: new Map(),
    dead: new Map(),
    lapses: new Map(),
  }
}

/** `unknown`: what is wanted could not be looked at, which is neither drift nor fine. */
export type PairStatus = 'attached' | 'missing' | 'unknown' | 'detached' | 'failed'

/**
 * Whether a target has pull access, if only in another way than the step asks for: by a broader role, or not through the group. In `check` that is
 * drift, and access all the same.
 */
export function hasAccess({ status, grantedBy, error }: Conclusion): boolean {
  return status === 'attached' || (status === 'missing' && grantedBy !== null && !error)
}

/** How a pair ended, in a result and in a report alike. */
interface Conclusion {
  status: PairStatus
  grantedBy: GrantedBy | null
  error?: object | null
}

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
  /** What is still to be written for it, in words. */
  lacks: string[]
  /** The repositories that it can pull, where that is a part of what is wanted. */
  limitedTo?: RepositoryPattern[]
  /** Through what the target can still pull after a `detach`. */
  left?: Access[]
  error?: ActionError
}

/** The result of a run, which all reports show. */
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

/** The identity that the action is signed in as. */
export interface Session {
  caller: Caller
  tenantId: string
  /** The way of signing in, as the log shows it: `GitHub OIDC, repo:contoso/shop:ref:refs/heads/main`. */
  by: string
}

type News = Partial<Pick<Run, 'outcomes' | 'manifests' | 'verifications' | 'dead' | 'findings' | 'unknown' | 'notes'>>

/** The run with the results of a stage added. */
export function learn(run: Run, { outcomes, manifests, verifications, dead, findings, unknown, notes }: News): Run {
  return {
    ...run,
    outcomes: [...run.outcomes, ...(outcomes ?? [])],
    manifests: [...run.manifests, ...(manifests ?? [])],
    verifications: new Map([...run.verifications, ...(verifications ?? [])]),
    dead: new Map([...run.dead, ...(dead ?? [])]),
    findings: [...run.findings, ...(findings ?? [])],
    unknown: [...run.unknown, ...(unknown ?? [])],
    notes: [...run.notes, ...(notes ?? [])],
  }
}

/** The operations of these pairs that change access and have not been done, each once. */
export function selectOpen(pairs: readonly PlannedPair[], outcomes: readonly Outcome[]): Assignment[] {
  const done = new Set(outcomes.map(({ operation }) => operation))
  const planned = new Set(pairs.flatMap(pair => pair.operations))
  return [...planned].filter((each): each is Assignment => !isCreation(each) && !done.has(each))
}

/** The pairs whose registries are inspected for other pull roles; in `attach` only those that failed. */
export function selectSuspicious(pairs: readonly PlannedPair[], { mode, outcomes, verifications }: Run): PlannedPair[] {
  const failed = new Set(outcomes.flatMap(({ operation, error }) => (error ? operation : [])))
  const hasFailed = (pair: PlannedPair): boolean =>
    verifications.get(pair)?.error !== undefined || pair.operations.some(operation => failed.has(operation))
  return pairs.filter(pair => mode !== 'attach' || hasFailed(pair))
}
