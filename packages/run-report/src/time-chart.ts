import { fence, plural } from 'texts'
import { groupBy, plainText } from 'kernel'
import { type Result } from 'run-model'

const maxBars = 25

/** Shorter runs need no picture of their time, in milliseconds. */
const minChartMs = 10_000

/** A Mermaid Gantt chart of the stages, and of each node from the grant to its pull, with its refused tries; empty if there was no wait, or just a short one. */
export function drawTime({ stages, pairs, outcomes, startedAt }: Result): string {
  const lastedMs = Math.max(0, ...stages.map(({ finishedAt }) => finishedAt - startedAt))
  const waited = pairs.some(
    ({ propagationSeconds, pulls }) => (propagationSeconds ?? 0) >= 1 || pulls.some(({ attempts }) => attempts > 1),
  )
  if (!waited || lastedMs < minChartMs) return ''
  const bar = (name: string, from: number, to: number, mark = ''): string => {
    const [start, end] = [from - startedAt, Math.max(to - startedAt, from - startedAt + 1)]
    return `  ${toLabel(name)} :${mark}${formatClock(start)}, ${formatClock(end)}`
  }
  const steps = stages.map(({ name, startedAt: from, finishedAt: to }) => bar(name, from, to))
  const granted = new Map(
    outcomes.flatMap(({ operation, changed, finishedAt }) =>
      changed && 'target' in operation ? [[operation.target.id, finishedAt] as const] : [],
    ),
  )
  const byNode = groupBy(
    pairs.flatMap(({ target, pulls }) =>
      pulls.filter(({ attempts }) => attempts > 0).map(pull => ({ ...pull, cluster: target })),
    ),
    ({ cluster, node }) => `${cluster} ${node}`,
  )
  const nodes = [...byNode.values()].slice(0, maxBars).map(pulls => {
    const refused = pulls.find(({ verdict }) => verdict !== 'pulled')
    const [first] = pulls
    const from = granted.get(first.cluster) ?? Math.min(...pulls.map(pull => pull.startedAt))
    const to = Math.max(...pulls.map(pull => pull.finishedAt))
    const tries = Math.max(...pulls.map(({ attempts }) => attempts)) - (refused ? 0 : 1)
    const after = tries > 0 ? ` after ${plural(tries, 'refused try', 'refused tries')}` : ''
    return bar(
      `${first.node} ${refused ? refused.verdict : 'pulled'}${after}`,
      from,
      to,
      refused ? 'crit, ' : after && 'active, ',
    )
  })
  return fence('mermaid', [
    'gantt',
    // Times since the start as times of day, because these are the same in every time zone.
    '  dateFormat HH:mm:ss.SSS',
    `  axisFormat ${lastedMs >= 3_600_000 ? '%-Hh%Mm' : '%M:%S'}`,
    `  tickInterval ${chooseTick(lastedMs)}`,
    '  section Step',
    ...steps,
    ...(nodes.length > 0 ? ['  section Nodes', ...nodes] : []),
  ])
}

const maxTicks = 10

/** The pause between two times below a Gantt chart: Mermaid's own choice repeats one second several times below a short run. */
function chooseTick(lastedMs: number): string {
  const seconds = lastedMs / 1000
  const pick = (steps: number[], count: number): number => steps.find(step => count / step <= maxTicks) ?? count
  if (seconds <= 30 * maxTicks) return `${pick([1, 2, 5, 10, 15, 30], seconds)}second`
  return `${Math.ceil(pick([1, 2, 5, 10, 15, 30, 60], seconds / 60))}minute`
}

function formatClock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23)
}

/**
 * The name of a bar: the characters that end a name, or begin an entity or an element, can't be in it (mermaid.js.org/syntax/gantt.html;
 * mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters).
 */
export function toLabel(name: string): string {
  return plainText(name).replace(/[:,;#"`<>&]/g, ' ')
}
