import { cut, escapeMarkdown, excerpt, fence, folded, formatSize, joinParts, plural, table, version } from 'texts'
import { titlesOf, lastSegment, shortDigest, shortenGuids } from 'azure'
import { formatSeconds, groupBy, nameSome } from 'kernel'
import {
  describeDriftInFull,
  nameTargetsOf,
  findingsOf,
  problemsToMarkdown,
  sayWhy,
  selectUnchecked,
  type ImageRow,
  type Pair,
  type Report,
} from 'report-document'
import { errorOf, stateOf, states } from 'run-model'
import { nameByServer, sayHeadline } from './headline.js'
import { countPlan } from './narration.js'
import { nodeTable, runningTable } from './tables.js'
import type { Telling } from './telling.js'

/** Maximum length of the part about drift of a run and of a fleet, in characters; a character can take three bytes, and GitHub accepts 1 MiB. */
const [maxDriftLength, maxFleetDriftLength] = [200_000, 250_000]

/**
 * The job summary of a run or a fleet: the verdict, what to do about it, the result of each cluster, worst first, or of each job, and folded details. Drift looks the same as in the drift issue.
 */
export function toMarkdown(telling: Telling): string {
  const { report, drift, failures, jobs } = telling
  const { own } = report
  const unchecked = selectUnchecked(drift)
  // The failures list the gaps. Those of a fleet also list what could not be checked, if it is little, and the findings what could not be compared.
  const isListed = own ? drift.items.length === 0 : unchecked.length <= maxListed
  const driftAlone = { ...drift, gaps: [], unknown: isListed ? [] : unchecked }
  const headline = sayHeadline(telling, ({ registry }) => lastSegment(registry))
  return fitSummary([
    `### ${escapeMarkdown(headline)}`,
    describeDriftInFull(driftAlone, own ? maxDriftLength : maxFleetDriftLength),
    ...problemsToMarkdown(failures, headline.slice(2)),
    describeChanges(report),
    ...(own ? runTables(telling) : [jobsToMarkdown(jobs)]),
    ...problemsToMarkdown(findingsOf(report)),
    ...(own
      ? [details(report, own)]
      : [`From the reports of ${jobs.filter(({ hasReport }) => hasReport).length} of ${plural(jobs.length, 'job')}.`]),
  ])
}

/** What a run has written; empty for nothing. */
function describeChanges({ own, images }: Report): string {
  const written = (own?.written ?? []).map(({ name, effect }) => `${effect} ${shortenGuids(name)}`)
  const imported = images.flatMap(image =>
    image.changed ? shortDigest(`imported ${image.name} into ${lastSegment(image.registry)}`) : [],
  )
  const all = [...written, ...imported].map(escapeMarkdown)
  return all.length > 0 ? `**Changed:** ${nameSome(all)}` : ''
}

/** Maximum number of unchecked items that the failures of a fleet list. */
const maxListed = 20

/** The parts of a page that fit into a job summary, in order, with a note if others were left out. */
export function fitSummary(parts: readonly (string | false)[]): string {
  let left = maxSummaryBytes
  const given = parts.flatMap(part => part || [])
  const fitting = given.filter(part => {
    const size = Buffer.byteLength(part) + 2
    if (size > left) return false
    left -= size
    return true
  })
  const more = fitting.length < given.length ? ['The summary is full; the report file has the rest.'] : []
  return joinParts([...fitting, ...more])
}

/** GitHub refuses the summary of a step above 1 MiB (docs.github.com/actions/reference/workflow-commands-for-github-actions). */
const maxSummaryBytes = 1_000_000

/** Maximum length of the folded rows, in characters; a character can take three bytes. */
const maxFoldedLength = 60_000

/** Maximum length of a reason, in characters: the whole one is among the failures. */
const maxReasonLength = 120

/** All jobs of a fleet, in Markdown; empty for a fleet of one job. */
export function jobsToMarkdown(jobs: Telling['jobs']): string {
  if (jobs.length < 2) return ''
  const toCells = ({ name, state, clusters, drifted, unchecked, gap }: Telling['jobs'][number]): string[] => [
    states[state].mark,
    name,
    ...[clusters, drifted, unchecked].map(count => (count > 0 ? String(count) : '')),
    cut(gap, maxReasonLength),
  ]
  const header = ['', 'job', 'clusters', 'drift', 'not checked', 'why']
  return `**Jobs**\n\n${table(header, jobs, toCells, 'more job', maxFoldedLength)}`
}

/** The tables of a run: clusters and registries, nodes, images, and images that run. */
function runTables({ report, drift, failures }: Telling): string[] {
  const { pairs, images, mode } = report
  const all = pairs.length > 0 ? pairTable(report) : ''
  // A quote stands in the summary once.
  const quotes = new Set([...failures, ...drift.items].flatMap(({ said }) => said.quote?.text ?? []))
  return [
    all && (drift.items.length > 0 || (pairs.length > 1 && mode !== 'detach'))
      ? folded('Every cluster and registry', all)
      : all,
    nodeTable(report, quotes),
    images.length > 0 ? imageTable(images) : '',
    runningTable(report),
  ]
}

const sightOf = ({ standing }: Pair): { mark: string; rank: number } => states[stateOf(standing)]

/** Number of pairs above which counts by registry and result come before the rows. */
const maxUncounted = 50

function pairTable(report: Report): string {
  const { pairs, subscriptions } = report
  const titleOf = titlesOf(subscriptions)
  // The failures have the reason of each code.
  const whyOf = (pair: Pair): string => errorOf(pair.standing)?.code ?? sayWhy(pair, titleOf)
  const worstFirst = [...pairs].sort((a, b) => sightOf(a).rank - sightOf(b).rank)
  const nameTarget = nameTargetsOf(report)
  const toCells = (pair: Pair): string[] => [
    sightOf(pair).mark,
    nameTarget(pair),
    nameByServer(pair),
    whyOf(pair),
    pair.propagationSeconds === null ? '' : formatSeconds(pair.propagationSeconds),
  ]
  const whole = table(['', 'cluster', 'registry', 'why', 'took'], worstFirst, toCells, 'more row')
  return pairs.length > maxUncounted ? `${countPairs(pairs, whyOf)}\n\n${whole}` : whole
}

function countPairs(pairs: readonly Pair[], whyOf: (pair: Pair) => string): string {
  const groups = groupBy(pairs, pair => [sightOf(pair).mark, nameByServer(pair), whyOf(pair)].join('\n'))
  const worstFirst = [...groups].sort(([, [a]], [, [b]]) => sightOf(a).rank - sightOf(b).rank)
  const toCells = ([key, { length }]: [string, Pair[]]): string[] => [...key.split('\n'), String(length)]
  return table(['', 'registry', 'why', 'clusters'], worstFirst, toCells, 'more row')
}

/** One row per image, and the pinned references in a block to copy. */
function imageTable(images: readonly ImageRow[]): string {
  const worstFirst = [...images].sort((a, b) => states[a.state].rank - states[b.state].rank)
  const toCells = (image: ImageRow): string[] => {
    const { status, state, sizeInBytes, durationSeconds, error } = image
    return [
      states[state].mark,
      shortDigest(image.from),
      shortDigest(`${image.name} on ${lastSegment(image.registry)}`),
      error
        ? `${status}: ${error.code}`
        : status === 'present' && state === 'unknown'
          ? 'present, not compared'
          : status,
      sizeInBytes === null ? '' : formatSize(sizeInBytes),
      durationSeconds === null ? '' : formatSeconds(durationSeconds),
    ]
  }
  const references = images.flatMap(({ status, image }) =>
    image !== null && (status === 'imported' || status === 'present') ? image : [],
  )
  return joinParts([
    table(['', 'source', 'image', 'status', 'size', 'took'], worstFirst, toCells, 'more image'),
    references.length > 0 && `**To deploy:**\n\n${fence('', references.slice(0, maxDetails))}`,
  ])
}

/** Maximum number of lines of each list among the details, and of references. */
const maxDetails = 1000

function details({ notes, requests }: Report, { plan, stages, caller, ms }: NonNullable<Report['own']>): string {
  const took = stages.map(
    stage => `${stage.name.toLowerCase()} ${formatSeconds((stage.finishedAt - stage.startedAt) / 1000)}`,
  )
  const lines = [
    ...(plan ? [`- planned: ${countPlan(plan)}`] : []),
    ...excerpt(notes.map(escapeMarkdown), maxDetails).map(line => `- ${line}`),
    ...(caller === undefined ? [] : [`- signed in as ${escapeMarkdown(caller)}`]),
    `- ${plural(requests, 'request')}, ${formatSeconds(ms / 1000)}${took.length > 0 ? ` (${took.join(', ')})` : ''}`,
    `- attach-acr ${version} on Node ${process.versions.node}`,
  ]
  return folded('Details', lines.join('\n'))
}
