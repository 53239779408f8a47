import { readDrift } from 'fleet/src/read-drift.js'
import { quoteReport } from 'fleet/src/quotes.js'
import { fix } from 'kernel'
import { toReport, toReportJson, type Drift, type Report, type ReportJson } from 'report-document'
import { startRun } from 'run-model'
import { conclude } from 'run-report'
import { roleLack, sampleId } from './drift.js'
import { sampleRegistry } from './sample.js'

/** A pair of a report, in which errors are parts, or as JSON. */
export type PairOf<E> = Omit<Report['pairs'][number], 'error'> & { error: E | null }
export type Pair = Report['pairs'][number]
export type PairJson = ReportJson['pairs'][number]
export type Operation = Report['plan'][number]

/** The registry of the pairs. */
export const acr = sampleRegistry().id
/** An error of a report, as JSON. */
export const refusal = (
  code: 'PULL_DENIED' | 'AUTHORIZATION_FAILED' = 'PULL_DENIED',
): NonNullable<PairJson['error']> => ({
  code,
  message: 'It is refused.',
  reason: null,
  cause: null,
  quote: null,
  fix: { text: 'Look at it:', commands: ['az aks show'] },
  azure: null,
})

/** The same as a report in memory has it. */
export const refusalInParts = (): NonNullable<Pair['error']> => ({
  ...{ code: 'PULL_DENIED', said: { what: 'It is refused' }, cause: null, azure: null },
  fix: fix('Look at it:', 'az aks show'),
})

/** A pair of a report, with a cluster given by name. */
export const reportedPair = <E = never>(name: string, more: Partial<PairOf<E>> = {}): PairOf<E> => ({
  target: sampleId(name),
  targetKind: 'cluster',
  principalId: `id-of-${name}`,
  identitySeen: true,
  registry: acr,
  loginServer: 'contosoacr.azurecr.io',
  status: 'missing',
  grantedBy: null,
  role: 'AcrPull',
  scope: null,
  roleAssignmentId: null,
  changed: false,
  verified: 'none',
  propagationSeconds: null,
  pulls: [],
  unasked: null,
  lacks: [roleLack()],
  limitedTo: null,
  asked: { target: name, registry: 'contosoacr' },
  error: null,
  ...more,
})

/** A planned role assignment. */
export const reportedGrant = (name: string, more: Partial<Operation> = {}): Operation =>
  ({
    operation: 'create-role-assignment',
    target: sampleId(name),
    registry: acr,
    principalId: `id-of-${name}`,
    principalType: 'ServicePrincipal',
    role: 'AcrPull',
    condition: null,
    group: null,
    memberId: null,
    description: '',
    reason: '',
    ...more,
  }) as Operation

/** The drift of another job's report with only this content. */
export const driftOf = (more: Partial<ReportJson>, leg = '', where?: string): Drift =>
  readDrift(quoteReport({ ...toReportJson(toReport(conclude(startRun(0, 'check')))), job: null, ...more }), leg, where)
