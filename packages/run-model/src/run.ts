import type { Session, Target, VerifyLevel } from 'azure'
import { valuesOf, type ActionError, type Finding, type Result as Attempted, type Unknown } from 'kernel'
import type { CheckedImage } from './checked-image.js'
import type { Observed } from './observed.js'
import type { Outcome, Verification } from './progress.js'
import type { NodePull } from './pull.js'
import type { Standing } from './standing.js'
import type { Operation, Plan, PlannedPair } from './plan.js'
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
  /** Those that Azure has listed, with lower-case IDs. */
  readonly subscriptions: readonly { id: string; name: string | null }[]
  /** The error that ended the run early. */
  readonly error?: ActionError
}

export type PlannedRun = Run & Required<Pick<Run, 'observed' | 'plan'>>

export function startRun(startedAt: number, mode: Mode): Run {
  const lists = { stages: [], outcomes: [], findings: [], unknown: [], notes: [], images: [], subscriptions: [] }
  return { startedAt, finishedAt: startedAt, mode, requests: 0, ...lists, verifications: new Map() }
}

/** Finds a target of the run by its ID. */
export function createTargetOf({ observed }: Run): (id: string) => Target | undefined {
  const byId = new Map(valuesOf(observed?.targets ?? []).map(target => [target.id, target]))
  return id => byId.get(id)
}

/** A target and a registry at the end of a run: their row in the report, with the error and the pulls as the run has them. */
export interface PairResult {
  /** Resource ID or, if it was not found, as the user named it. */
  target: string
  targetKind: Target['kind']
  name: string
  /** Where it was looked for, in words, if it was not found by its name; else empty. */
  where: string
  isStopped: boolean
  /** Null, as is the next one, if the target was not found. */
  principalId: string | null
  /** Whether this run saw that the pull identity exists: Azure Resource Manager or the directory showed it, or a node has pulled with it. */
  identitySeen: boolean | null
  /** Resource ID or, if it was not found, as the user named it. */
  registry: string
  /** Null if the registry was not found; empty until it exists. */
  loginServer: string | null
  standing: Standing<ActionError>
  role: string | null
  scope: string | null
  roleAssignmentId: string | null
  changed: boolean
  /** To a tenth. */
  propagationSeconds: number | null
  /** Empty without `verify: pull`. */
  pulls: NodePull[]
  /** The names of the cluster's other nodes that can pull, now or later; null if they are not known, or without pulls in a check. */
  unasked: readonly string[] | null
  /** As the user named them. */
  asked: { target: string; registry: string }
}

/** How a run ended: judged, with each thing once. The report document is made of it. */
export interface Result {
  run: Run
  attached: boolean
  /** Whether everything that was asked for is known to hold, and the step does not fail. */
  ready: boolean
  changed: boolean
  drift: boolean
  verified: VerifyLevel
  pairs: PairResult[]
  images: CheckedImage[]
  /** Without operations that would serve only targets whose pull identity no longer exists. */
  operations: readonly Operation[]
  findings: Finding[]
  unknown: Unknown[]
  notes: string[]
  /** Those of its clusters and registries. */
  subscriptions: Run['subscriptions']
  /** All distinct failures, in order. */
  errors: ActionError[]
}
