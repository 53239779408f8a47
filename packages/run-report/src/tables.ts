import { bullets, codeSpan, escapeMarkdown, joinParts, plural, table } from 'texts'
import { labelOf, shortDigest } from 'azure'
import { clauseOf, formatSeconds, groupBy, nameSome, type Group } from 'kernel'
import { countUses, runningStatuses, states } from 'run-model'
import { listRunning, toUse, type Pair, type Report } from 'report-document'

/** The pull of an image on a node, with how people name the node. */
interface NodeRow {
  node: string
  pull: Pair['pulls'][number]
}

/**
 * One row per node with the number of images that it pulled, after one row for each that it did not pull. Messages of nodes are below, each once,
 * because addresses without a space make a table wider than the page.
 * @param quotes the messages that are in the summary already
 */
export function nodeTable({ pairs }: Report, quotes: ReadonlySet<string>): string {
  const several = new Set(pairs.map(({ target }) => target)).size > 1
  const pulls = pairs.flatMap(({ name, pulls: own }) =>
    own.map((pull): NodeRow => ({ node: several ? `${name}: ${pull.node}` : pull.node, pull })),
  )
  if (pulls.length === 0) return ''
  const isPulled = ({ pull: { verdict } }: NodeRow): boolean => verdict === 'pulled'
  const refused = pulls.filter(each => !isPulled(each))
  const pulled = groupBy(pulls.filter(isPulled), ({ node }) => node).values()
  const hosts = new Set(pulls.map(({ pull }) => splitHost(pull).host))
  const toCells = (rows: Group<NodeRow>): string[] => cellsOfNode(rows, hosts.size === 1)
  return joinParts([
    table(
      ['', 'node', 'pool', 'image', 'verdict', 'layers', 'tries', 'took'],
      [...refused.map((each): Group<NodeRow> => [each]), ...pulled],
      toCells,
      'more node',
    ),
    listMessages(refused, quotes),
  ])
}

/** @param isAlone whether there is only one registry, which other tables name */
function cellsOfNode(rows: Group<NodeRow>, isAlone: boolean): string[] {
  const [{ node, pull: first }] = rows
  const pulls = rows.map(({ pull }) => pull)
  const name = (pull: NodeRow['pull']): string => shortDigest(isAlone ? splitHost(pull).rest : pull.image)
  const images = [...new Set(pulls.map(name))]
  const layers = [...new Set(pulls.map(pull => pull.layers))]
  return [
    first.verdict === 'pulled' ? '✓' : '✗',
    node,
    `${first.pool} (${first.arch})`,
    images.length === 1 ? (images[0] ?? '') : plural(images.length, 'image'),
    ...(first.attempts > 0
      ? [
          first.verdict,
          first.verdict === 'pulled' ? layers.join(', ') : '',
          String(Math.max(...pulls.map(({ attempts }) => attempts))),
          formatSeconds(Math.max(...pulls.map(({ durationSeconds }) => durationSeconds))),
        ]
      : ['not asked']),
  ]
}

function splitHost({ image }: NodeRow['pull']): { host: string; rest: string } {
  const [host = '', ...rest] = image.split('/')
  return { host, rest: rest.join('/') }
}

function listMessages(refused: NodeRow[], quotes: ReadonlySet<string>): string {
  const byMessage = groupBy(
    refused.filter(({ pull: { message } }) => message !== null && !quotes.has(clauseOf(message))),
    ({ pull }) => pull.message ?? '',
  )
  const lines = [...byMessage].map(([message, rows]) => {
    const nodes = [...new Set(rows.map(({ node }) => node))]
    return `${escapeMarkdown(nameSome(nodes))}: ${codeSpan(message)}`
  })
  return bullets(lines)
}

/** The images that run, in Markdown: a count, and one row for each that is not simply there, whatever the number of its pods. Empty without workloads. */
export function runningTable({ workloads, own }: Report): string {
  if (!workloads || !own) return ''
  const byStatus = groupBy(listRunning(workloads), ({ key, row }) => `${key} ${row.status}`)
  const groups = [...byStatus.values()].sort((a, b) => rankOfRunning(a) - rankOfRunning(b))
  const odd = groups.filter(([{ row }]) => row.status !== 'present')
  const toCells = (group: Group<RunningRow>): string[] => {
    const [{ name, host, row }] = group
    const uses = group.flatMap(({ row: each }) => toUse(each))
    const digests = [...new Set(group.map(each => each.row.runningDigest ?? '').filter(Boolean))]
    return [
      row.status === 'moved' ? 'ℹ' : states[row.state].mark,
      shortDigest(name),
      labelOf(host),
      row.status,
      shortDigest(digests.join(', ')),
      shortDigest(row.registryDigest ?? ''),
      countUses(uses, row.status === 'missing'),
    ]
  }
  const names = new Set(groups.map(([{ key }]) => key))
  const count = `**Running images:** ${plural(names.size, 'image')} of the workloads in ${plural(own.clustersRead, 'cluster')}, ${odd.length === 0 ? 'all in their registries' : `${odd.length} of them not as they run`}.`
  return joinParts([
    count,
    odd.length > 0 &&
      table(['', 'image', 'registry', 'status', 'runs', 'registry has', 'used by'], odd, toCells, 'more image'),
  ])
}

type RunningRow = ReturnType<typeof listRunning>[number]

const rankOfRunning = ([{ row }]: Group<RunningRow>): number => runningStatuses.indexOf(row.status)
