import { cancelled, type ActionError } from './errors.js'
import type { Inputs } from './inputs.js'
import { pullRole } from './plan.js'
import type { Session } from './sign-in.js'
import type {
  Finding,
  GrantedBy,
  Observed,
  Outcome,
  Plan,
  PlannedPair,
  Registry,
  Target,
  Verification,
  VerifyLevel,
} from './state.js'

/** Everything that a run has come to know, filled stage by stage, so that an end at any point can be reported. */
export interface Run {
  startedAt: number
  finishedAt: number
  /** How long each stage took, in the order they ran. */
  stages: { name: string; startedAt: number; finishedAt: number }[]
  requests: number
  inputs?: Inputs
  session?: Session
  observed?: Observed
  plan?: Plan
  outcomes?: Outcome[]
  verifications?: Verification[]
  /** What ended the run before its end. */
  error?: ActionError
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
  error?: ActionError
}

/** The end of a run, as every report shows it. */
export interface Result extends Run {
  attached: boolean
  changed: boolean
  verified: VerifyLevel
  pairs: PairResult[]
  findings: Finding[]
  /** Every distinct failure, the first first. */
  errors: ActionError[]
}

/** Draws the conclusion of a run. */
export function conclude(run: Run): Result {
  const pairs = (run.plan?.pairs ?? []).map(pair => concludePair(pair, run))
  const errors = [...new Set([run.error, ...pairs.map(({ error }) => error)].filter(error => error !== undefined))]
  const attached = errors.length === 0 && pairs.length > 0 && pairs.every(({ status }) => status === 'attached')
  return {
    ...run,
    pairs,
    errors,
    attached,
    changed: pairs.some(({ changed }) => changed),
    verified: attached ? weakest(pairs) : 'none',
    findings: run.plan?.findings ?? [],
  }
}

function concludePair(pair: PlannedPair, { inputs, outcomes, verifications, error: runError }: Run): PairResult {
  const target = 'found' in pair.target ? pair.target.found : undefined
  const registry = 'found' in pair.registry ? pair.registry.found : undefined
  const lookupError = [pair.target, pair.registry].find(lookup => 'error' in lookup)
  const common = {
    ...(target && { target }),
    ...(registry && { registry }),
    asked: { target: pair.target.asked, registry: pair.registry.asked },
    grantedBy: pair.access?.grantedBy ?? null,
    role: pair.access?.role ?? (registry ? pullRole(registry).name : ''),
    scope: pair.access?.assignment.scope ?? '',
    roleAssignmentId: pair.access?.assignment.id ?? '',
    changed: false,
    verified: 'none' as const,
  }
  const observeError = (lookupError && 'error' in lookupError ? lookupError.error : undefined) ?? pair.error
  if (observeError) return { ...common, status: 'failed', error: observeError }
  // Azure reported what was there already when it was asked for it.
  const reported = inputs?.verify === 'none' ? ('none' as const) : ('assignment' as const)
  const { operation } = pair
  if (!operation) return { ...common, status: 'attached', verified: reported }

  const outcome = outcomes?.find(({ operation: done }) => done === operation)
  const error = outcome?.error
  if (!outcome || error) return { ...common, status: 'failed', error: error ?? runError ?? cancelled() }
  const granted = {
    ...common,
    grantedBy: 'direct' as const,
    role: operation.role.name,
    scope: operation.scope,
    roleAssignmentId: outcome.roleAssignmentId ?? '',
    changed: outcome.changed,
  }
  if (inputs?.verify === 'none') return { ...granted, status: 'attached' }
  const verification = verifications?.find(({ operation: verified }) => verified === operation)
  const verifyError = verification ? verification.error : (runError ?? cancelled())
  if (verifyError) return { ...granted, status: 'failed', error: verifyError }
  return {
    ...granted,
    status: 'attached',
    verified: verification?.verified ?? 'none',
    ...(verification?.propagationSeconds !== undefined && { propagationSeconds: verification.propagationSeconds }),
  }
}

const levels: VerifyLevel[] = ['none', 'assignment', 'pull']

function weakest(pairs: PairResult[]): VerifyLevel {
  return levels[Math.min(...pairs.map(({ verified }) => levels.indexOf(verified)))] ?? 'none'
}
