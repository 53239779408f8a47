import { cut, escapeMarkdown, excerpt, fence, folded, formatSize, joinParts, plural, table, version } from 'texts'
import { titlesOf, lastSegment, nameImage, nameSource, shortDigest, shortenGuids, isUnread, pinned } from 'azure'
import { formatSeconds, groupBy, nameSome } from 'kernel'
import {
  describeDriftInFull,
  describeRow,
  findingsOf,
  problemsToMarkdown,
  selectUnchecked,
  stateOf,
  stateOfImage,
  states,
  type Drift,
} from 'report-document'
import { wordsOfOperation, selectWantedBy } from 'run-model'
import type { PairResult, Result, CheckedImage } from 'run-model'
import { countPlan } from './narration.js'
import { nodeTable, runningTable } from './tables.js'
import { describeStory, type Story } from './story.js'
import { canStillPull, describeLeft, nameByServer, nameTargetsOf, toNameable } from './verdict.js'

/** Maximum length of the part about drift of a run and of a fleet, in characters; a character can take three bytes, and GitHub accepts 1 MiB. */
const [maxDriftLength, maxFleetDriftLength] = [200_000, 250_000]

/**
 * The job summary of a run or a fleet: the verdict, what to do about it, the result of each cluster, worst first, or of each job, and folded details. Drift looks the same as in the drift issue.
 */
export function toMarkdown(story: Story): string {
  const { report, drift, failures, jobs, run } = story
  const unchecked = selectUnchecked(drift)
  // The failures list the gaps. Those of a fleet also list what could not be checked, if it is little, and the findings what could not be compared.
  const isListed = run ? drift.items.length === 0 : unchecked.length <= maxListed
  const driftAlone = { ...drift, gaps: [], unknown: isListed ? [] : unchecked }
  const headline = describeStory(story, ({ registry }) => lastSegment(registry))
  return fitSummary([
    `### ${escapeMarkdown(headline)}`,
    describeDriftInFull(driftAlone, run ? maxDriftLength : maxFleetDriftLength),
    ...problemsToMarkdown(failures, headline.slice(2)),
    run ? describeChanges(run) : '',
    ...(run ? runTables(run, drift) : [jobsToMarkdown(jobs)]),
    ...problemsToMarkdown(findingsOf(report)),
    ...(run
      ? [details(run)]
      : [`From the reports of ${jobs.filter(({ hasReport }) => hasReport).length} of ${plural(jobs.length, 'job')}.`]),
  ])
}

/** What a run has written; empty for nothing. */
function describeChanges({ outcomes, images }: Result): string {
  const written = outcomes.flatMap(({ operation, changed }) => {
    const { name, effect } = wordsOfOperation(operation)
    return changed ? `${effect} ${shortenGuids(name)}` : []
  })
  const imported = selectWantedBy('input', images).flatMap(image =>
    image.changed ? shortDigest(`imported ${nameImage(image)} into ${image.registry.name}`) : [],
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
export function jobsToMarkdown(jobs: Story['jobs']): string {
  if (jobs.length < 2) return ''
  const toCells = ({ name, state, clusters, drifted, unchecked, gap }: Story['jobs'][number]): string[] => [
    states[state].mark,
    name,
    ...[clusters, drifted, unchecked].map(count => (count > 0 ? String(count) : '')),
    cut(gap, maxReasonLength),
  ]
  const header = ['', 'job', 'clusters', 'drift', 'not checked', 'why']
  return `**Jobs**\n\n${table(header, jobs, toCells, 'more job', maxFoldedLength)}`
}

/** The tables of a run: clusters and registries, nodes, images, and images that run. */
function runTables(run: Result, drift: Drift): string[] {
  const { pairs, errors } = run
  const images = selectWantedBy('input', run.images)
  const all = pairs.length > 0 ? pairTable(run) : ''
  // A quote stands in the summary once.
  const quotes = new Set([...errors, ...drift.items].flatMap(({ said }) => said.quote?.text ?? []))
  return [
    all && (drift.items.length > 0 || (pairs.length > 1 && run.mode !== 'detach'))
      ? folded('Every cluster and registry', all)
      : all,
    nodeTable(run, quotes),
    images.length > 0 ? imageTable(images) : '',
    runningTable(run),
  ]
}

/** Access that is left after a detach is a warning, and comes before what is fine. */
const sightOf = (pair: PairResult): { mark: string; rank: number } =>
  canStillPull(pair) ? { mark: '⚠', rank: states.fine.rank - 0.5 } : states[stateOf(pair)]

/** Number of pairs above which counts by registry and result come before the rows. */
const maxUncounted = 50

function pairTable(result: Result): string {
  const { pairs, inputs, subscriptions } = result
  const titleOf = titlesOf(subscriptions)
  // The failures have the reason of each code.
  const whyOf = (pair: PairResult): string =>
    pair.error?.code ?? [describeRow(pair, titleOf), describeLeft(pair.left ?? [])].filter(Boolean).join('; ')
  const worstFirst = [...pairs].sort((a, b) => sightOf(a).rank - sightOf(b).rank)
  const nameTarget = nameTargetsOf(result)
  const toCells = (pair: PairResult): string[] => [
    sightOf(pair).mark,
    nameTarget(toNameable(pair, inputs)),
    nameByServer(pair),
    whyOf(pair),
    pair.propagationSeconds === null ? '' : formatSeconds(pair.propagationSeconds),
  ]
  const whole = table(['', 'cluster', 'registry', 'why', 'took'], worstFirst, toCells, 'more row')
  return pairs.length > maxUncounted ? `${countPairs(pairs, whyOf)}\n\n${whole}` : whole
}

function countPairs(pairs: PairResult[], whyOf: (pair: PairResult) => string): string {
  const groups = groupBy(pairs, pair => [sightOf(pair).mark, nameByServer(pair), whyOf(pair)].join('\n'))
  const worstFirst = [...groups].sort(([, [a]], [, [b]]) => sightOf(a).rank - sightOf(b).rank)
  const toCells = ([key, { length }]: [string, PairResult[]]): string[] => [...key.split('\n'), String(length)]
  return table(['', 'registry', 'why', 'clusters'], worstFirst, toCells, 'more row')
}

/** One row per image, and the pinned references in a block to copy. */
function imageTable(images: CheckedImage<'input'>[]): string {
  const sightOf = (image: CheckedImage<'input'>) => states[stateOfImage(image.status, !isUnread(image), image.error)]
  const worstFirst = [...images].sort((a, b) => sightOf(a).rank - sightOf(b).rank)
  const toCells = (image: CheckedImage<'input'>): string[] => {
    const { status, sizeInBytes, seconds, error } = image
    return [
      sightOf(image).mark,
      shortDigest(nameSource(image.request)),
      shortDigest(`${nameImage(image)} on ${image.registry.name}`),
      error ? `${status}: ${error.code}` : status === 'present' && isUnread(image) ? 'present, not compared' : status,
      sizeInBytes === undefined ? '' : formatSize(sizeInBytes),
      seconds === undefined ? '' : formatSeconds(seconds),
    ]
  }
  const references = images.filter(({ status }) => status === 'imported' || status === 'present').map(pinned)
  return joinParts([
    table(['', 'source', 'image', 'status', 'size', 'took'], worstFirst, toCells, 'more image'),
    references.length > 0 && `**To deploy:**\n\n${fence('', references.slice(0, maxDetails))}`,
  ])
}

/** Maximum number of lines of each list among the details, and of references. */
const maxDetails = 1000

function details({ plan, notes, requests, startedAt, finishedAt, stages, session }: Result): string {
  const took = stages.map(
    stage => `${stage.name.toLowerCase()} ${formatSeconds((stage.finishedAt - stage.startedAt) / 1000)}`,
  )
  const lines = [
    ...(plan ? [`- planned: ${countPlan(plan)}`] : []),
    ...excerpt(notes.map(escapeMarkdown), maxDetails).map(line => `- ${line}`),
    ...(session ? [`- signed in as ${escapeMarkdown(`${session.caller.name}, ${session.by}`)}`] : []),
    `- ${plural(requests, 'request')}, ${formatSeconds((finishedAt - startedAt) / 1000)}${took.length > 0 ? ` (${took.join(', ')})` : ''}`,
    `- attach-acr ${version} on Node ${process.versions.node}`,
  ]
  return folded('Details', lines.join('\n'))
}
