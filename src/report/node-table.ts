import { shortDigest } from '../model/image.js'
import { groupBy } from '../model/lists.js'
import { isAsked, type NodePull } from '../model/outcome.js'
import type { PairResult } from '../model/run.js'
import { formatSeconds } from '../model/time.js'
import { codeSpan, escapeMarkdown } from './escape.js'
import { firstOf, table } from './markdown.js'
import { nameSome, plural } from './text.js'

/** Maximum number of different things that nodes say. */
const mostSaid = 20

/** Nodes named for one thing that they say. */
const mostNodes = 3

/** The pulls of one image or several on a node, with how people name the node. */
interface Row {
  node: string
  pulls: NodePull[]
}

/**
 * A row a node with the images that it pulled as a count, and one for each that it did not pull, these first. What nodes say stands below, each once:
 * addresses without a space in them make a table wider than the page.
 * @param isTold whether something that a node says stands in the summary already
 */
export function nodeTable(pairs: PairResult[], isTold: (said: string) => boolean): string {
  const several = new Set(pairs.map(({ target }) => target?.id)).size > 1
  const pulls = pairs.flatMap(({ target, pulls: own }) =>
    own.map(pull => ({ node: several ? `${target?.name ?? ''}: ${pull.node}` : pull.node, pull })),
  )
  if (pulls.length === 0) return ''
  const isPulled = ({ pull: { verdict } }: (typeof pulls)[number]): boolean => verdict === 'pulled'
  const refused = pulls.filter(each => !isPulled(each)).map(({ node, pull }): Row => ({ node, pulls: [pull] }))
  const pulled = [...groupBy(pulls.filter(isPulled), ({ node }) => node)].map(([node, own]): Row => ({
    node,
    pulls: own.map(({ pull }) => pull),
  }))
  const hosts = new Set(pulls.map(({ pull }) => splitHost(pull).host))
  const toCells = (row: Row): string[] => cellsOf(row, hosts.size === 1)
  return [
    table(['', 'node', 'pool', 'image', 'verdict', 'tries', 'took'], [...refused, ...pulled], toCells, 'more node'),
    tellSaid(refused, isTold),
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** @param isAlone whether there is one registry only, which other tables name */
function cellsOf({ node, pulls }: Row, isAlone: boolean): string[] {
  const [first] = pulls
  const name = (pull: NodePull): string => shortDigest(isAlone ? splitHost(pull).rest : pull.image.reference)
  const images = [...new Set(pulls.map(name))]
  const from = Math.min(...pulls.map(({ startedAt }) => startedAt))
  const to = Math.max(...pulls.map(({ finishedAt }) => finishedAt))
  return [
    first?.verdict === 'pulled' ? '✓' : '✗',
    node,
    `${first?.pool ?? ''} (${first?.arch ?? ''})`,
    images.length === 1 ? (images[0] ?? '') : plural(images.length, 'image'),
    ...(first && isAsked(first)
      ? [first.verdict, String(Math.max(...pulls.map(({ attempts }) => attempts))), formatSeconds((to - from) / 1000)]
      : ['not asked']),
  ]
}

function splitHost({ image: { reference } }: NodePull): { host: string; rest: string } {
  const [host = '', ...rest] = reference.split('/')
  return { host, rest: rest.join('/') }
}

/** What nodes that did not pull say, in their own words. */
function tellSaid(refused: Row[], isTold: (said: string) => boolean): string {
  const said = groupBy(
    refused.filter(({ pulls: [pull] }) => pull?.message && !isTold(pull.message)),
    ({ pulls: [pull] }) => pull?.message ?? '',
  )
  const lines = [...said].map(([message, rows]) => {
    const nodes = [...new Set(rows.map(({ node }) => node))]
    const verb = nodes.length === 1 ? 'says' : 'say'
    return `- ${escapeMarkdown(nameSome(nodes, mostNodes))} ${verb} ${codeSpan(message)}`
  })
  const { items, omitted } = firstOf(lines, mostSaid)
  return items.join('\n') + omitted
}
