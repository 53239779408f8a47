import { lastSegment, parseImageRequest } from 'azure'
import { type ActionError, type Finding, fix } from 'kernel'
import { listFailures, toReport, type Drift } from 'report-document'
import { selectUnseen } from 'report-document/src/drift.js'
import {
  endImage,
  judge,
  type Ending as Unjudged,
  type Inputs,
  type PairResult,
  type Result,
  type CheckedImage,
  type Run,
} from 'run-model'
import { conclude } from 'run-report'
import { sayHeadline } from 'run-report/src/headline.js'
import { sampleDrift, sampleId } from './drift.js'
import { sampleInputs, sampleRegistry, sampleRun, sampleTarget } from './sample.js'

/** What a test says of a pair: of its result, and of how it stands. */
export type Said = Partial<Omit<PairResult, 'standing'> & Unjudged<ActionError>>

/** The result of a cluster at a registry. */
export function pairOf(name: string, status: Unjudged<ActionError>['status'], said: Said = {}): PairResult {
  const { by = null, proof = 'none', lacks = [], onlyTo = null, error = null, isBeyondRights, left, ...more } = said
  return {
    name,
    where: '',
    isStopped: false,
    standing: judge({ by, proof, lacks, onlyTo, error, isBeyondRights, left, status }),
    target: sampleTarget(name).id,
    targetKind: 'cluster',
    principalId: 'p',
    identitySeen: true,
    ...at('contosoacr'),
    role: 'AcrPull',
    scope: null,
    roleAssignmentId: null,
    changed: false,
    propagationSeconds: null,
    pulls: [],
    unasked: null,
    asked: { target: name, registry: 'contosoacr' },
    ...more,
  }
}

/** What a pair says of its registry. */
export function at(name: string): Pick<PairResult, 'registry' | 'loginServer'> {
  const { id, loginServer } = sampleRegistry(name)
  return { registry: id, loginServer }
}

/** The last line of the log of a run with this result. */
export function verdictOf(
  pairs: PairResult[],
  { mode = 'attach', verify = 'assignment', repositories = [], drift, observed, outcomes = [], ...more }: Ending = {},
): string {
  const inputs = { ...sampleInputs, mode, verify, repositories }
  const run = { ...sampleRun([], { inputs }), outcomes, ...(observed && { observed }) }
  const report = toReport({ ...conclude(sampleRun([], { inputs })), run, pairs, ...more })
  const own = drift ?? sampleDrift([], { unseen: selectUnseen(report.unknown) })
  const telling = { report, drift: own, failures: listFailures(report), jobs: [] }
  return sayHeadline(telling, ({ registry }) => lastSegment(registry))
}

/** The result of a run, apart from its pairs. */
export type Ending = Partial<
  Pick<Inputs, 'mode' | 'verify' | 'repositories'> &
    Pick<Run, 'observed' | 'outcomes'> &
    Omit<Result, 'run' | 'drift'> & { drift: Drift }
>

/** The result of a cluster that is only known by the given ID. */
export function lostPair(name: string, status: Unjudged<ActionError>['status'] = 'failed'): PairResult {
  return { ...pairOf(name, status), ...lostAt(sampleId(name)) }
}

/** What a pair says of a cluster that was not found. */
export function lostAt(asked: string): Pick<PairResult, 'target' | 'principalId' | 'identitySeen' | 'asked'> {
  return { target: asked, principalId: null, identitySeen: null, asked: { target: asked, registry: 'contosoacr' } }
}

/** A cluster that can pull. */
export function attachedPair(name: string, registry = 'contosoacr'): PairResult {
  return pairOf(name, 'attached', at(registry))
}

/** An image with its digest; an empty one means that it could not be read. */
export function imageOf(digest: string, status: CheckedImage<'input'>['status'] = 'present'): CheckedImage<'input'> {
  const request = parseImageRequest('contoso.example/team/app:v1')
  if (!request) throw new Error('it is an image')
  return endImage({ request, registry: sampleRegistry(), present: { kind: 'missing' }, notes: [] }, { status, digest })
}

export function findingOf(severity: Finding['severity'], code: Finding['code'] = 'EXCESS_ROLE'): Finding {
  return { code, severity, subject: '/x', message: 'too much', fix: fix('', 'az') }
}
