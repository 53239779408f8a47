import { bullets, codeSpan, escapeMarkdown, joinParts, plural, table } from 'texts'
import { shortDigest, nameImage } from 'azure'
import { clauseOf, formatSeconds, groupBy, nameSome, type Group } from 'kernel'
import { countUses, runningStatuses, selectWantedBy } from 'run-model'
import type { NodePull, Result, Run, CheckedImage } from 'run-model'
import { stateOfImage, states } from 'report-document'
import { createTargetOf } from './verdict.js'

/** The pull of an image on a node, with how people name the node. */
interface Row {
  node: string
  pull: NodePull
}

/**
 * One row per node with the number of images that it pulled, after one row for each that it did not pull. Messages of nodes are below, each once,
 * because addresses without a space make a table wider than the page.
 * @param quotes the messages that are in the summary already
 */
export function nodeTable(run: Result, quotes: ReadonlySet<string>): string {
  const { pairs } = run
  const targetOf = createTargetOf(run)
  const several = new Set(pairs.map(({ target }) => target)).size > 1
  const pulls = pairs.flatMap(({ target, pulls: own }) =>
    own.map((pull): Row => ({ node: several ? `${targetOf(target)?.name}: ${pull.node}` : pull.node, pull })),
  )
  if (pulls.length === 0) return ''
  const isPulled = ({ pull: { verdict } }: Row): boolean => verdict === 'pulled'
  const refused = pulls.filter(each => !isPulled(each))
  const pulled = groupBy(pulls.filter(isPulled), ({ node }) => node).values()
  const hosts = new Set(pulls.map(({ pull }) => splitHost(pull).host))
  const toCells = (rows: Group<Row>): string[] => cellsOf(rows, hosts.size === 1)
  return joinParts([
    table(
      ['', 'node', 'pool', 'image', 'verdict', 'layers', 'tries', 'took'],
      [...refused.map((each): Group<Row> => [each]), ...pulled],
      toCells,
      'more node',
    ),
    listMessages(refused, quotes),
  ])
}

/** @param isAlone whether there is only one registry, which other tables name */
function cellsOf(rows: Group<Row>, isAlone: boolean): string[] {
  const [{ node, pull: first }] = rows
  const pulls = rows.map(({ pull }) => pull)
  const name = (pull: NodePull): string => shortDigest(isAlone ? splitHost(pull).rest : pull.image.reference)
  const images = [...new Set(pulls.map(name))]
  const layers = [...new Set(pulls.map(pull => pull.layers ?? 'unknown'))]
  const from = Math.min(...pulls.map(({ startedAt }) => startedAt))
  const to = Math.max(...pulls.map(({ finishedAt }) => finishedAt))
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
          formatSeconds((to - from) / 1000),
        ]
      : ['not asked']),
  ]
}

function splitHost({ image: { reference } }: NodePull): { host: string; rest: string } {
  const [host = '', ...rest] = reference.split('/')
  return { host, rest: rest.join('/') }
}

function listMessages(refused: Row[], quotes: ReadonlySet<string>): string {
  const byMessage = groupBy(
    refused.filter(({ pull: { message } }) => message && !quotes.has(clauseOf(message))),
    ({ pull }) => pull.message,
  )
  const lines = [...byMessage].map(([message, rows]) => {
    const nodes = [...new Set(rows.map(({ node }) => node))]
    return `${escapeMarkdown(nameSome(nodes))}: ${codeSpan(message)}`
  })
  return bullets(lines)
}

/** The images that run, in Markdown: a count, and one row for each that is not simply there, whatever the number of its pods. Empty without workloads. */
export function runningTable({ workloads, images }: Pick<Run, 'workloads' | 'images'>): string {
  if (!workloads) return ''
  const running = selectWantedBy('workload', images)
  const byName = groupBy(running, image => `${image.registry.id} ${nameImage(image)} ${image.status}`)
  const groups = [...byName.values()].sort((a, b) => rankOf(a) - rankOf(b))
  const odd = groups.filter(([image]) => image.status !== 'present')
  const toCells = (group: Group<CheckedImage<'workload'>>): string[] => {
    const [image] = group
    const uses = group.flatMap(each => each.uses)
    const digests = [...new Set(group.map(({ runningDigest }) => runningDigest).filter(Boolean))]
    return [
      image.status === 'moved' ? 'ℹ' : states[stateOfImage(image.status, true)].mark,
      shortDigest(nameImage(image)),
      image.registry.name,
      image.status,
      shortDigest(digests.join(', ')),
      shortDigest(image.digest),
      countUses(uses, image.status === 'missing'),
    ]
  }
  const names = new Set(groups.map(([image]) => `${image.registry.id} ${nameImage(image)}`))
  const read = workloads.filter(({ error }) => !error).length
  const count = `**Running images:** ${plural(names.size, 'image')} of the workloads in ${plural(read, 'cluster')}, ${odd.length === 0 ? 'all in their registries' : `${odd.length} of them not as they run`}.`
  return joinParts([
    count,
    odd.length > 0 &&
      table(['', 'image', 'registry', 'status', 'runs', 'registry has', 'used by'], odd, toCells, 'more image'),
  ])
}

const rankOf = ([image]: Group<CheckedImage<'workload'>>): number => runningStatuses.indexOf(image.status)
