import { readDrift } from 'fleet/src/read-drift.js'
import { quoteReport } from 'fleet/src/quotes.js'
import { clauseOf, fix } from 'kernel'
import {
  judgeReport,
  toReport,
  toReportJson,
  type Drift,
  type Pair as JudgedPair,
  type Problem,
  type Report,
  type ReportJson,
} from 'report-document'
import { startRun } from 'run-model'
import { conclude } from 'run-report'
import { roleLack, sampleId } from './drift.js'
import { sampleRegistry } from './sample.js'

export type Pair = ReportJson['pairs'][number]
export type Operation = ReportJson['plan'][number]

/** The registry of the pairs. */
export const acr = sampleRegistry().id
/** An error of a report. */
export const refusal = (code: 'PULL_DENIED' | 'AUTHORIZATION_FAILED' = 'PULL_DENIED') => ({
  code,
  message: 'It is refused.',
  reason: null,
  cause: null,
  quote: null,
  fix: { text: 'Look at it:', commands: ['az aks show'] },
  azure: null,
})

/** A pair of a report, with a cluster given by name. */
export const reportedPair = (name: string, more: Partial<Pair> = {}): Pair => ({
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

/** The same pair, judged. */
export function judgedPair(name: string, more: Partial<Pair> = {}): JudgedPair {
  const [pair] = readJson({ ...emptyReport(), pairs: [reportedPair(name, more)] }).pairs
  if (!pair) throw new Error('it has one pair')
  return pair
}

type ErrorJson = ReportJson['error']

/** A report with all that it says, as if its job were this one. */
export function readJson(json: ReportJson): Report {
  const inParts = <T extends { error: ErrorJson }>({ error, ...row }: T) => ({ ...row, error: error && toParts(error) })
  return judgeReport({
    ...json,
    pairs: json.pairs.map(inParts),
    images: json.images.map(inParts),
    manifests: json.manifests.map(inParts),
    findings: json.findings.map(({ fix: { text, commands }, ...finding }) => ({
      ...finding,
      fix: fix(text, ...commands),
    })),
    error: json.error && toParts(json.error),
    jobs: json.jobs?.map(inParts) ?? null,
  })
}

const toParts = ({ code, message, cause, fix: { text, commands }, azure }: NonNullable<ErrorJson>): Problem => ({
  ...{ code, said: { what: clauseOf(message) }, pullCause: cause, fix: fix(text, ...commands), azure },
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
  readDrift(judgeReport(quoteReport({ ...emptyReport(), job: null, ...more })), leg, where)

/** The report file of a check that found nothing. */
export const emptyReport = (): ReportJson => toReportJson(toReport(conclude(startRun(0, 'check'))))
