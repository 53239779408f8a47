import { builtInRoles } from 'azure'
import type { Access, GrantedBy, RoleAssignmentMode, Session, Target, VerifyLevel } from 'azure'
import type { ActionError, Finding, Result as Attempted, Unknown } from 'kernel'
import type { RepositoryPattern } from 'repository-conditions'
import type { CheckedImage } from './checked-image.js'
import type { Observed } from './observed.js'
import type { Outcome, Verification } from './progress.js'
import type { NodePull } from './pull.js'
import type { Lack, Plan, PlannedPair } from './plan.js'
import type { ClusterWorkloads } from './workload.js'
import type { Inputs, Mode } from './inputs.js'

/** The state of a run, completed stage by stage, so that it can be reported whenever it ends. */
export interface Run {
  readonly startedAt: number
  readonly finishedAt: number
  /** In the order in which they ended; times in ms since the epoch. */
  readonly stages: readonly { name: string; startedAt: number; finishedAt: number }[]
  readonly requests: number
  /** Known even if other inputs are invalid. */
  readonly mode: Mode
  readonly inputs?: Inputs
  readonly session?: Session
  readonly observed?: Observed
  readonly plan?: Plan
  readonly outcomes: readonly Outcome[]
  /** All images that were imported or looked up; those of the inputs when the imports have ended. */
  readonly images: readonly CheckedImage[]
  readonly verifications: ReadonlyMap<PlannedPair, Verification>
  /** What runs in each cluster, or why that could not be read; absent until its images are looked up, and without the input `workloads`. */
  readonly workloads?: readonly Attempted<ClusterWorkloads>[]
  /** Findings in addition to the plan's. */
  readonly findings: readonly Finding[]
  /** Everything that could not be checked, in addition to the plan's unknowns. */
  readonly unknown: readonly Unknown[]
  /** Lines for the log. */
  readonly notes: readonly string[]
  /** Those that Azure has listed, with lower-case IDs; of a result, those of its clusters and registries. */
  readonly subscriptions: readonly { id: string; name: string | null }[]
  /** The error that ended the run early. */
  readonly error?: ActionError
}

export type PlannedRun = Run & Required<Pick<Run, 'observed' | 'plan'>>

export function startRun(startedAt: number, mode: Mode): Run {
  const lists = { stages: [], outcomes: [], findings: [], unknown: [], notes: [], images: [], subscriptions: [] }
  return { startedAt, finishedAt: startedAt, mode, requests: 0, ...lists, verifications: new Map() }
}

/**
 * Whether a target has access, even if not in the desired way, such as not through the group. In `check` that is drift, but access. It is about rights alone: no
 * failure of a pull, of the way into the cluster, or of anything that was asked besides takes it away.
 */
export function hasAccess({
  status,
  grantedBy,
  error,
  isBeyondRights,
}: Pick<PairResult, 'status' | 'grantedBy' | 'isBeyondRights'> & { error: object | null }): boolean {
  if (status === 'attached') return true
  if (status === 'detached' || grantedBy === null) return false
  return error === null ? status === 'missing' : isBeyondRights === true
}

/** Whether a `check` found drift in a pair: access is missing, or it comes from a broader role and the pull role next to it is missing. */
export function isDrifted({ status, lacks }: Pick<PairResult, 'status' | 'lacks'>): boolean {
  return status === 'missing' || (status === 'attached' && lacks.length > 0)
}

/**
 * The mode in which the target of a pair loses the access that it has today, because it lacks the role that counts there (`role: both`). Nothing else that
 * `check` calls attached lacks a role, except one that pulls by a broader role: it lacks today's pull role first.
 */
export function modeOfLoss({
  status,
  grantedBy,
  lacks,
}: Pick<PairResult, 'status' | 'grantedBy' | 'lacks'>): RoleAssignmentMode | undefined {
  const roles = status === 'attached' ? lacks.flatMap(({ role }) => role ?? []) : []
  const role = roles[grantedBy === 'broader-role' ? 1 : 0]
  if (role === undefined) return undefined
  return role === builtInRoles.acrPull.name ? 'RBAC' : 'ABAC'
}

/** A target and a registry at the end of a run: their row in the report, with the error and the pulls as the run has them. */
export interface PairResult {
  /** Resource ID or, if it was not found, as the user named it. */
  target: string
  targetKind: Target['kind']
  /** Null, as is the next one, if the target was not found. */
  principalId: string | null
  /** Whether this run saw that the pull identity exists: Azure Resource Manager or the directory showed it, or a node has pulled with it. */
  identitySeen: boolean | null
  /** Resource ID or, if it was not found, as the user named it. */
  registry: string
  /** Null if the registry was not found; empty until it exists. */
  loginServer: string | null
  /** `unknown`: it could not be checked, which is neither drift nor fine. */
  status: 'attached' | 'missing' | 'unknown' | 'detached' | 'failed'
  grantedBy: GrantedBy | null
  role: string | null
  scope: string | null
  roleAssignmentId: string | null
  changed: boolean
  verified: VerifyLevel
  /** To a tenth. */
  propagationSeconds: number | null
  /** Empty without `verify: pull`. */
  pulls: NodePull[]
  /** The names of the cluster's other nodes that can pull, now or later; null if they are not known, or without pulls in a check. */
  unasked: readonly string[] | null
  /** What the operations that were not done would have given it. */
  lacks: readonly Lack[]
  /** The repositories that it can pull, if not all desired ones. */
  limitedTo: RepositoryPattern[] | null
  /** As the user named them. */
  asked: { target: string; registry: string }
  error: ActionError | null
  /** Set if the error says nothing about the access that Azure reports. */
  isBeyondRights?: true
  /** The access that the target still has after a `detach`; findings report it. */
  left?: Access[]
}

/** The result of a run, for all reports. */
export interface Result extends Run {
  attached: boolean
  /** Whether everything that was asked for is known to hold, and the step does not fail. */
  ready: boolean
  changed: boolean
  drift: boolean
  verified: VerifyLevel
  pairs: PairResult[]
  findings: Finding[]
  unknown: Unknown[]
  notes: string[]
  /** All distinct failures, in order. */
  errors: ActionError[]
}
