import type { PairResult, Result } from '../model/run.js'
import { fence, formatResourceScope, shortGuid } from './text.js'

/** Above this, a picture says less than the table (and GitHub stops drawing at 50,000 characters). */
const mostPairs = 25

/** A Mermaid graph of clusters, their pull identities, and the role at its scope that leads to the registries; missing edges are red and dashed. */
export function drawAccess(pairs: PairResult[]): string {
  const drawn = pairs.filter(({ target, registry, status }) => target && registry && status !== 'detached')
  if (drawn.length === 0 || drawn.length > mostPairs) return ''
  const nodes = new Map<string, string>()
  const edges: { line: string; missing: boolean }[] = []
  const node = (key: string, label: string, [open, close]: [string, string]): string => {
    const id = nodes.get(key)?.split(/[^\w]/)[0] ?? `n${nodes.size}`
    if (!nodes.has(key)) nodes.set(key, `${id}${open}"${escape(label)}"${close}`)
    return id
  }
  for (const { target, registry, status, grantedBy, role, scope, pulls } of drawn) {
    if (!target || !registry) continue
    const cluster = node(target.id, target.name, ['[', ']'])
    const known = nodes.has(target.identity.objectId)
    const identity = node(target.identity.objectId, `${target.identity.name} ${shortGuid(target.identity.objectId)}`, [
      '([',
      '])',
    ])
    if (!known) edges.push({ line: `${cluster} --> ${identity}`, missing: false })
    const server = node(registry.id, registry.loginServer || registry.name, ['[(', ')]'])
    const missing = status !== 'attached'
    const label = escape(
      missing
        ? `${role}${pulls.length > 0 ? ', not pulled' : ' missing'}`
        : `${role}${grantedBy === 'direct' ? '' : `, ${grantedBy ?? ''} at ${formatResourceScope(scope)}`}`,
    )
    edges.push({
      line: missing ? `${identity} -. "${label}" .-> ${server}` : `${identity} -- "${label}" --> ${server}`,
      missing,
    })
  }
  const red = edges.flatMap(({ missing }, index) =>
    missing ? `  linkStyle ${index} stroke:#d1242f,color:#d1242f` : [],
  )
  return fence('mermaid', [
    'flowchart LR',
    ...[...nodes.values()].map(line => `  ${line}`),
    ...edges.map(({ line }) => `  ${line}`),
    ...red,
  ])
}

/** A Mermaid Gantt chart of the stages and waits; empty when nothing was waited for. */
export function drawTime({ stages, pairs, startedAt }: Result): string {
  const waited = pairs.some(
    ({ propagationSeconds = 0, pulls }) => propagationSeconds >= 1 || pulls.some(({ attempts }) => attempts > 1),
  )
  if (!waited) return ''
  const bar = (name: string, from: number, to: number): string =>
    `  ${name} :${from - startedAt}, ${Math.max(to - startedAt, from - startedAt + 1)}`
  const bars = stages.map(({ name, startedAt: from, finishedAt: to }) => bar(name, from, to))
  const pulls = pairs.flatMap(pair => pair.pulls).filter(({ attempts }) => attempts > 1)
  const nodes = pulls
    .slice(0, mostPairs)
    .map(({ node, verdict, startedAt: from, finishedAt: to }) => bar(`${node} ${verdict}`, from, to))
  const sections = nodes.length > 0 ? ['  section Nodes', ...nodes] : []
  return fence('mermaid', ['gantt', '  dateFormat x', '  axisFormat %M:%S', ...bars, ...sections])
}

function escape(label: string): string {
  return label.replaceAll('"', '#quot;')
}
