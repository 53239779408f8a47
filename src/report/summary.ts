import type { Fix } from '../model/fix.js'
import type { ActionError } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import { isUnread, nameOf, pinned, shortDigest, type ImageResult } from '../model/image.js'
import { describeOperation } from '../model/plan.js'
import type { PairResult, Result } from '../model/run.js'
import { azureSays, groupFailures, groupFindings, type Group } from './annotations.js'
import { drawAccess, drawTime } from './diagrams.js'
import { describeDoubts, describeDrift } from './narration.js'
import { documentationLink, fence, formatResourceScope, formatSeconds, formatSize, plural } from './text.js'
import { version } from './version.js'

/** Above this, rows are folded: worst first. */
const mostRows = 50

/** Of folded rows and lines; the report file has all. */
const mostFolded = 1000

/** Of the others of a kind of failure or finding. */
const mostOthers = 20

/** GitHub refuses the summary of a step above 1 MiB (docs.github.com/actions/reference/workflow-commands-for-github-actions). */
const mostBytes = 1_000_000

/** The job summary: verdict, a row a pair, failures and findings with their fix, pictures, and folded details. */
export function toMarkdown(result: Result): string {
  const { pairs, images, findings, errors } = result
  const parts = [
    `### ${headline(result)}`,
    pairs.length > 0 ? pairTable(pairs) : '',
    pullTable(pairs),
    images.length > 0 ? imageTable(images) : '',
    ...groupFailures(errors).map(failureSection),
    ...groupFindings(findings).map(findingSection),
    drawAccess(pairs),
    drawTime(result),
    details(result),
  ]
  return fit(parts.filter(part => part))
}

/** What fits, in order: a part that is too large is left out, and that is said. */
function fit(parts: string[]): string {
  let left = mostBytes
  const fitting = parts.filter(part => {
    const size = Buffer.byteLength(part) + 2
    if (size > left) return false
    left -= size
    return true
  })
  const more = fitting.length < parts.length ? ['More than a summary holds: the report file has the rest.'] : []
  return [...fitting, ...more].join('\n\n')
}

function headline(result: Result): string {
  const { pairs, errors, changed, verified, drift, inputs } = result
  const { mark, counts } = describeDoubts(result)
  const notes = counts.map(count => `, ${count}`).join('')
  if (errors.some(({ code }) => code !== 'DRIFT')) {
    const failed = pairs.filter(({ status }) => status === 'failed').length
    const [first] = errors
    return `✗ ${pairs.length > 1 && failed > 0 ? `${failed} of ${pairs.length} pairs of target and registry failed` : escapeText(first?.message.split(/[:.] /)[0] ?? 'failed')}`
  }
  if (drift) return `⟳ drift: ${describeDrift(result)}${notes}`
  const done = inputs?.mode === 'detach' ? 'detached' : 'attached'
  const level =
    verified === 'none' ? 'not verified' : inputs?.mode === 'detach' ? 'Azure reports it' : 'Azure reports the grant'
  const known = changed ? level : 'nothing to do'
  return `${mark} ${done}${verified === 'pull' ? ' and proven' : `, ${known}`}${notes}`
}

function pairTable(pairs: PairResult[]): string {
  const header = ['| | target | registry | access | role | verified | took |', '| - | - | - | - | - | - | - |']
  const worstFirst = [...pairs].sort((a, b) => Number(isGood(a)) - Number(isGood(b)))
  const rows = worstFirst.map(pair => {
    const took = pair.propagationSeconds === undefined ? '' : formatSeconds(pair.propagationSeconds)
    const cells = [
      isGood(pair) ? '✓' : '✗',
      pair.target?.name ?? pair.asked.target,
      pair.registry?.loginServer ?? pair.asked.registry,
      access(pair),
      pair.role,
      pair.verified,
      took,
    ]
    return `| ${cells.map(escapeCell).join(' | ')} |`
  })
  return foldRows(header, rows, 'more pair')
}

/** A table whose first rows are shown and the others folded, as many as a summary can hold. */
function foldRows(header: string[], rows: string[], more: string): string {
  const shown = [...header, ...rows.slice(0, mostRows)].join('\n')
  if (rows.length <= mostRows) return shown
  const rest = firstOf(rows.slice(mostRows), mostFolded)
  return `${shown}\n\n${folded(plural(rows.length - mostRows, more), [...header, ...rest.lines].join('\n') + rest.omitted)}`
}

/** The first lines of many, and what to say of the others. */
function firstOf(lines: string[], most: number): { lines: string[]; omitted: string } {
  const omitted = lines.length > most ? `\n\nand ${lines.length - most} more, which the report file lists` : ''
  return { lines: lines.slice(0, most), omitted }
}

/** A row a node and image, those that have not pulled first. */
function pullTable(pairs: PairResult[]): string {
  const header = ['| | node | pool | image | verdict | attempts | took |', '| - | - | - | - | - | - | - |']
  const several = new Set(pairs.map(({ target }) => target?.id)).size > 1
  const rows = pairs
    .flatMap(({ target, pulls }) => pulls.map(pull => ({ target, pull })))
    .sort((a, b) => Number(a.pull.verdict === 'pulled') - Number(b.pull.verdict === 'pulled'))
    .map(({ target, pull }) => {
      const cells = [
        pull.verdict === 'pulled' ? '✓' : '✗',
        several ? `${target?.name ?? ''}: ${pull.node}` : pull.node,
        `${pull.pool} (${pull.arch})`,
        shortDigest(pull.image.reference),
        pull.verdict,
        String(pull.attempts),
        formatSeconds((pull.finishedAt - pull.startedAt) / 1000),
      ]
      return `| ${cells.map(escapeCell).join(' | ')} |`
    })
  if (rows.length === 0) return ''
  return foldRows(header, rows, 'more pull')
}

/** A row an image, and the pinned references in a block to copy. */
function imageTable(images: ImageResult[]): string {
  const header = ['| | source | image | status | size | took |', '| - | - | - | - | - | - |']
  const rows = images.map(result => {
    const { image, status, sizeInBytes, seconds, error } = result
    const good = status === 'imported' || status === 'present'
    const isRead = !isUnread(result)
    const cells = [
      good ? (isRead ? '✓' : '⚠') : '✗',
      shortDigest(image.request.text),
      shortDigest(`${nameOf(image.request)} on ${image.registry.name}`),
      error ? `${status}: ${error.code}` : isRead ? status : 'not readable',
      sizeInBytes === undefined ? '' : formatSize(sizeInBytes),
      seconds === undefined ? '' : formatSeconds(seconds),
    ]
    return `| ${cells.map(escapeCell).join(' | ')} |`
  })
  const worstFirst = [...rows].sort((a, b) => Number(a.startsWith('| ✓')) - Number(b.startsWith('| ✓')))
  const references = images.filter(({ status }) => status === 'imported' || status === 'present').map(pinned)
  return [
    foldRows(header, worstFirst, 'more image'),
    references.length > 0 ? fence('', firstOf(references, mostFolded).lines) : '',
  ]
    .filter(Boolean)
    .join('\n\n')
}

function isGood({ status }: PairResult): boolean {
  return status === 'attached' || status === 'detached'
}

function access({ error, status, grantedBy, scope, changed }: PairResult): string {
  if (error) return error.code
  if (status === 'detached') return changed ? 'taken away now' : 'none of its own'
  if (grantedBy === 'direct') return changed ? 'direct, created now' : 'direct'
  return grantedBy ? `${grantedBy}, ${formatResourceScope(scope)}` : 'none'
}

function failureSection({ first: error, others }: Group<ActionError>): string {
  const { code, message, fix } = error
  return [
    `**✗ [${code}](${documentationLink(code)})** ${escapeText(message)}${escapeText(azureSays(error))}`,
    ...fixBlock(fix),
    foldOthers(others),
  ]
    .filter(part => part)
    .join('\n\n')
}

function findingSection({ first: { code, message, fix }, others }: Group<Finding>): string {
  return [`**⚠ ${code}** ${escapeText(message)}`, ...fixBlock(fix), foldOthers(others)]
    .filter(part => part)
    .join('\n\n')
}

/** Prose as a paragraph; only commands stand in a block. */
function fixBlock({ text, commands }: Fix): string[] {
  const prose = text
    .split('\n')
    .map(line => escapeText(line))
    .join('  \n')
  return [prose, commands.length > 0 ? fence('sh', commands) : '']
}

function foldOthers(others: { message: string }[]): string {
  if (others.length === 0) return ''
  const { lines, omitted } = firstOf(
    others.map(({ message }) => `- ${escapeText(message)}`),
    mostOthers,
  )
  return folded(`${others.length} more like it`, lines.join('\n') + omitted)
}

function details({ plan, notes, requests, startedAt, finishedAt, stages, session }: Result): string {
  const planned = (plan?.operations ?? []).map(
    operation => `- planned: ${escapeText(`${describeOperation(operation)}: ${operation.reason}`)}`,
  )
  const noted = notes.map(note => `- ${escapeText(note)}`)
  const lines = [
    ...[planned, noted].flatMap(all => {
      const { lines: some, omitted } = firstOf(all, mostFolded)
      return omitted ? [...some, `- ${omitted.trim()}`] : some
    }),
    ...(session ? [`- signed in as ${escapeText(`${session.caller.name}, ${session.by}`)}`] : []),
    `- ${plural(requests, 'request')}, ${formatSeconds((finishedAt - startedAt) / 1000)}${stages.length > 0 ? ` (${stages.map(stage => `${stage.name.toLowerCase()} ${formatSeconds((stage.finishedAt - stage.startedAt) / 1000)}`).join(', ')})` : ''}`,
    `- attach-acr ${version} on Node ${process.versions.node}`,
  ]
  return folded('Details', lines.join('\n'))
}

function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

function escapeCell(text: string): string {
  return escapeText(text).replaceAll('|', '\\|')
}

/** Text as text, not as HTML or Markdown. */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/([*_`[\]])/g, '\\$1')
    .replace(/\s*\n\s*/g, ' ')
}
