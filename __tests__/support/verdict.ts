import { parseImageRequest } from 'azure'
import type { Finding } from 'kernel'
import type { Drift } from 'report-document'
import { selectUnseen } from 'report-document/src/drift.js'
import { endImage, type Inputs, type PairResult, type Result, type CheckedImage } from 'run-model'
import { conclude } from 'run-report'
import { describeVerdict } from 'run-report/src/verdict.js'
import { sampleDrift, sampleId } from './drift.js'
import { sampleInputs, sampleRegistry, sampleRun, sampleTarget } from './sample.js'

/** The result of a cluster at a registry. */
export function pairOf(name: string, status: PairResult['status'], more: Partial<PairResult> = {}): PairResult {
  return {
    target: sampleTarget(name),
    registry: sampleRegistry(),
    asked: { target: name, registry: 'contosoacr' },
    status,
    grantedBy: null,
    role: 'AcrPull',
    scope: '',
    roleAssignmentId: '',
    changed: false,
    verified: 'none',
    pulls: [],
    lacks: [],
    ...more,
  }
}

/** The last line of the log of a run with this result. */
export function verdictOf(
  pairs: PairResult[],
  { mode = 'attach', verify = 'assignment', drift, ...more }: Ending = {},
): string {
  const inputs = { ...sampleInputs, mode, verify }
  const result = { ...conclude(sampleRun([], { inputs })), pairs, ...more }
  const own = drift ?? sampleDrift([], { unseen: selectUnseen(result.unknown) })
  return describeVerdict(result, own, ({ name }) => name)
}

/** The result of a run, apart from its pairs. */
export type Ending = Partial<Pick<Inputs, 'mode' | 'verify'> & Omit<Result, 'mode' | 'drift'> & { drift: Drift }>

/** The result of a cluster that is only known by the given ID. */
export function lostPair(name: string, status: PairResult['status'] = 'failed'): PairResult {
  const pair = { ...pairOf(name, status), asked: { target: sampleId(name), registry: 'contosoacr' } }
  delete pair.target
  return pair
}

/** A cluster that can pull. */
export function attachedPair(name: string, registry = 'contosoacr'): PairResult {
  return pairOf(name, 'attached', { registry: sampleRegistry(registry) })
}

/** An image with its digest; an empty one means that it could not be read. */
export function imageOf(digest: string, status: CheckedImage<'input'>['status'] = 'present'): CheckedImage<'input'> {
  const request = parseImageRequest('contoso.example/team/app:v1')
  if (!request) throw new Error('it is an image')
  return endImage({ request, registry: sampleRegistry(), present: { kind: 'missing' }, notes: [] }, { status, digest })
}

export function findingOf(severity: Finding['severity'], code: Finding['code'] = 'EXCESS_ROLE'): Finding {
  return { code, severity, subject: '/x', message: 'too much', fix: { text: '', commands: ['az'] } }
}
