import type { Report } from './report-json.js'

/** GitHub keeps at most 1 MB of a job's outputs (docs.github.com/actions/reference/workflow-syntax, `jobs.<job_id>.outputs`). */
const mostCharacters = 900_000
/** Of operations and findings of a report that is too long; what they are about is in the pairs too. */
const mostOthers = 100

const ranks: Report['pairs'][number]['status'][] = ['failed', 'missing', 'attached', 'detached']

/**
 * The report as an output: whole as long as it fits, which it does for some hundred pairs. Of a longer one `omitted` counts what is left out:
 * first fixes, operations and findings, then pairs, the good ones first. The report file always has everything.
 */
export function toReportOutput(report: Report): string {
  const whole = JSON.stringify(report)
  if (whole.length <= mostCharacters) return whole
  const { plan, findings } = report
  const pairs = report.pairs.map(pair => ({ ...pair, error: pair.error && { ...pair.error, fix: null } }))
  const write = (kept: typeof pairs): string =>
    JSON.stringify({
      ...report,
      pairs: kept,
      plan: plan.slice(0, mostOthers),
      findings: findings.slice(0, mostOthers),
      omitted: {
        pairs: pairs.length - kept.length,
        plan: Math.max(0, plan.length - mostOthers),
        findings: Math.max(0, findings.length - mostOthers),
        fixes: true,
      },
    })
  const brief = write(pairs)
  if (brief.length <= mostCharacters) return brief
  const worstFirst = [...pairs].sort((a, b) => ranks.indexOf(a.status) - ranks.indexOf(b.status))
  let left = mostCharacters - write([]).length
  const kept = worstFirst.filter(pair => (left -= JSON.stringify(pair).length + 1) >= 0)
  return write(kept)
}
