import * as core from '@actions/core'
import { describeOperation } from '../operation-text.js'
import { version } from '../version.js'
import type { ActionError } from '../errors.js'
import { nameOf, pinned, shortDigest, type ImageResult } from '../images.js'
import type { PairResult, Result } from '../result.js'
import { documentationLink } from './documentation.js'
import { describeDrift } from './narration.js'
import { drawAccess, drawTime, fence } from './diagrams.js'
import { azureSays } from './failures.js'
import { formatSeconds, formatSize, plural } from './format.js'
import { formatResourceScope } from './scope.js'

/** Above this, rows are folded: worst first. */
const mostRows = 50

/** Adds the job summary; without the runner's file for it (older GitHub Enterprise Servers) there is none. */
export async function writeSummary(result: Result): Promise<void> {
  if (!process.env.GITHUB_STEP_SUMMARY) return
  await core.summary.addRaw(toMarkdown(result), true).write()
}

/** The job summary: verdict, a row a pair, failures and findings with their fix, pictures, and folded details. */
export function toMarkdown(result: Result): string {
  const { pairs, images, findings, errors } = result
  const parts = [
    `### ${headline(result)}`,
    pairs.length > 0 ? pairTable(pairs) : '',
    pullTable(pairs),
    images.length > 0 ? imageTable(images) : '',
    ...errors.map(failureSection),
    ...findings.map(({ code, message, fix }) => `**⚠ ${code}** ${escapeText(message)}\n\n${fence('sh', [fix])}`),
    drawAccess(pairs),
    drawTime(result),
    details(result),
  ]
  return parts.filter(part => part).join('\n\n')
}

function headline({ pairs, findings, errors, changed, verified, drift, inputs }: Result): string {
  const notes = findings.length > 0 ? `, ${plural(findings.length, 'finding')}` : ''
  if (errors.some(({ code }) => code !== 'DRIFT')) {
    const failed = pairs.filter(({ status }) => status === 'failed').length
    const [first] = errors
    return `✗ ${pairs.length > 1 && failed > 0 ? `${failed} of ${pairs.length} pairs of target and registry failed` : escapeText(first?.message.split(/[:.] /)[0] ?? 'failed')}`
  }
  if (drift) return `⟳ drift: ${describeDrift(pairs)}${notes}`
  const done = inputs?.mode === 'detach' ? 'detached' : 'attached'
  const level =
    verified === 'none' ? 'not verified' : inputs?.mode === 'detach' ? 'Azure reports it' : 'Azure reports the grant'
  const known = changed ? level : 'nothing to do'
  const mark = findings.some(({ severity }) => severity === 'warning') ? '⚠' : '✓'
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
  const shown = [...header, ...rows.slice(0, mostRows)].join('\n')
  if (rows.length <= mostRows) return shown
  return `${shown}\n\n${folded(plural(rows.length - mostRows, 'more pair'), [...header, ...rows.slice(mostRows)].join('\n'))}`
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
  const shown = [...header, ...rows.slice(0, mostRows)].join('\n')
  if (rows.length <= mostRows) return shown
  return `${shown}\n\n${folded(plural(rows.length - mostRows, 'more pull'), [...header, ...rows.slice(mostRows)].join('\n'))}`
}

/** A row an image, and the pinned references in a block to copy. */
function imageTable(images: ImageResult[]): string {
  const header = ['| | source | image | status | size | took |', '| - | - | - | - | - | - |']
  const rows = images.map(result => {
    const { image, status, sizeInBytes, seconds, error } = result
    const good = status === 'imported' || status === 'present'
    const cells = [
      good ? '✓' : '✗',
      shortDigest(image.request.text),
      shortDigest(`${nameOf(image.request)} on ${image.registry.name}`),
      error ? `${status}: ${error.code}` : status,
      sizeInBytes === undefined ? '' : formatSize(sizeInBytes),
      seconds === undefined ? '' : formatSeconds(seconds),
    ]
    return `| ${cells.map(escapeCell).join(' | ')} |`
  })
  const references = images.filter(({ status }) => status === 'imported' || status === 'present').map(pinned)
  return [[...header, ...rows].join('\n'), references.length > 0 ? fence('', references) : '']
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

function failureSection(error: ActionError): string {
  const { code, message, fix } = error
  return [
    `**✗ [${code}](${documentationLink(code)})** ${escapeText(message)}${escapeText(azureSays(error))}`,
    fix ? fence('', [fix]) : '',
  ]
    .filter(part => part)
    .join('\n\n')
}

function details({ plan, notes, requests, startedAt, finishedAt, stages, session }: Result): string {
  const lines = [
    ...(plan?.operations ?? []).map(
      operation => `- planned: ${escapeText(`${describeOperation(operation)}: ${operation.reason}`)}`,
    ),
    ...notes.map(note => `- ${escapeText(note)}`),
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
