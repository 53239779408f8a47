import { plainText, sayOwn, type Fix, type Said, wrapCommand } from 'kernel'
import { currentRun, cut, excerpt, maxLines, plural } from './text.js'

/** An invisible character that splits what GitHub would take for a mention or a reference. */
const gap = '\u200b'

/** Pages that the action's own texts link to, in addition to the page of the run. */
const ownPages = /^https:\/\/(?:learn\.microsoft\.com|docs\.github\.com|www\.githubstatus\.com)\//

/**
 * Plain text for summary and issue: no Markdown, HTML, formula, link, mention or reference, all on one line
 * (github.github.com/gfm; docs.github.com "Autolinked references and URLs").
 */
export function escapeMarkdown(text: string): string {
  const isOwnPage = (part: string): boolean => ownPages.test(part) || part === currentRun().url
  return (
    plainText(text)
      .trim()
      .split(/(https:\/\/[\w./#?=&%-]*[\w/#=&%-])/)
      // Every second part is a link: in angle brackets, so that the text around it isn't part of it.
      .map((part, index) => (index % 2 === 1 && isOwnPage(part) ? `<${part}>` : escapePart(part)))
      .join('')
      // The beginning of a heading, a list or a rule.
      .replace(/^(?=[#+=-])/, '\\')
      .replace(/^(\d+)(?=[.)](?:\s|$))/, '$1\\')
  )
}

function escapePart(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*_~[\]|]/g, '\\$&')
      // Two of them are a formula (docs.github.com "Writing mathematical expressions", which says how to avoid it).
      .replaceAll('$', '<span>$$</span>')
      // Before the entities below, which begin with # and a digit.
      .replace(/#(?=\d)/g, `#${gap}`)
      // An autolink begins with a scheme or with www. (GFM, "Autolinks (extension)").
      .replace(/:(?=\/\/)/g, '&#58;')
      .replace(/w(?=ww\.)/gi, letter => `&#${letter.charCodeAt(0)};`)
      .replace(/@(?=[\w-])/g, `@${gap}`)
      .replace(/GH-(?=\d)/gi, match => `${match}${gap}`)
  )
}

/** Words of a node, a cluster or Azure as a code span, in which nothing is Markdown. */
export function codeSpan(text: string): string {
  const plain = plainText(text).trim()
  if (!plain) return ''
  const ticks = '`'.repeat(longestRun(plain) + 1)
  const space = plain.startsWith('`') || plain.endsWith('`') ? ' ' : ''
  return `${ticks}${space}${plain}${space}${ticks}`
}

/** What is said as plain text, with the quote at its end as a code span. Not for cells of tables. @param max length of each of the two, in characters */
export function escapeSaid(said: Said, max = Infinity): string {
  const own = escapeMarkdown(cut(sayOwn(said), max))
  return said.quote ? `${own} ${escapeMarkdown(said.quote.by)} ${codeSpan(cut(said.quote.text, max))}` : own
}

/** A fenced block whose fence is longer than any in its text. */
export function fence(language: string, lines: readonly string[]): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1))
  return [ticks + language, ...lines, ticks].join('\n')
}

/** Commands that may be pasted together, with long lines continued. */
export function commandBlock(commands: readonly string[]): string {
  return fence('sh', commands.map(wrapCommand))
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}

/** Parts of a page, one paragraph each; empty ones are left out. */
export function joinParts(parts: readonly (string | false)[]): string {
  return parts.filter(Boolean).join('\n\n')
}

type Cells = readonly string[]

const row = (cells: Cells): string => `| ${cells.join(' | ')} |`

const head = (header: Cells): string[] => [row(header.map(escapeMarkdown)), row(header.map(() => '-'))]

/** A table, without the columns that are empty everywhere. */
export function drawTable(header: Cells, rows: readonly Cells[]): string {
  const used = header.flatMap((_, column) => (rows.some(cells => cells[column]) ? column : []))
  const pick = (cells: Cells): string[] => used.map(column => cells[column] ?? '')
  return [...head(pick(header)), ...rows.map(cells => row(pick(cells).map(escapeMarkdown)))].join('\n')
}

/** A table with as many rows as fit into that many characters, and a line about the items without a row. */
export function fittingTable<T>(header: Cells, items: readonly T[], toCells: (item: T) => Cells, room: number): string {
  const lines = head(header)
  let left = room - lines.join('\n').length
  for (const item of items) {
    const line = row(toCells(item).map(escapeMarkdown))
    if (line.length > left) break
    lines.push(line)
    left -= line.length + 1
  }
  const rest = items.slice(lines.length - 2)
  return joinParts([lines.join('\n'), rest.length > 0 && countRest(rest)])
}

const countRest = ({ length }: readonly unknown[]): string => `and ${length} more, which the report file lists`

/** Number of rows that are shown; the rest is folded. */
const maxRows = 50

/** Maximum number of folded rows; the report file has all. */
const maxFolded = 1000

/**
 * A table whose first rows are shown; the others are folded.
 * @param more name of a folded row, in the singular
 * @param room maximum size of the folded rows, in characters; without it, their number has a maximum
 */
export function table<T>(
  header: Cells,
  items: readonly T[],
  toCells: (item: T) => Cells,
  more: string,
  room?: number,
): string {
  const shown = drawTable(header, items.slice(0, maxRows).map(toCells))
  const others = items.slice(maxRows)
  if (others.length === 0) return shown
  const rest = others.slice(maxFolded)
  const drawn =
    room === undefined
      ? joinParts([drawTable(header, others.slice(0, maxFolded).map(toCells)), rest.length > 0 && countRest(rest)])
      : fittingTable(header, others, toCells, room)
  return joinParts([shown, folded(plural(others.length, more), drawn)])
}

/**
 * A list of the first lines, and one that counts the others: see `excerpt`.
 * @param room maximum number of characters of the lines; others' words can become fourteen times as long when they are escaped
 */
export function bullets(lines: readonly string[], where?: string, room = Infinity): string {
  let left = room
  const fitting = lines.findIndex(line => (left -= line.length + 3) < 0)
  return excerpt(lines, fitting < 0 ? undefined : Math.min(fitting, maxLines), where)
    .map(line => `- ${line}`)
    .join('\n')
}

export function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

/** A fix: commands that may be pasted together in one block, below the prose that announces them. Parts with a caution are folded. */
export function adviceToMarkdown(advice: Fix): string[] {
  return advice.flatMap(({ text, block, commands, caution }) => {
    const lines = text.split('\n').filter(Boolean)
    const shown = [
      lines.map(escapeMarkdown).join('  \n'),
      block ? fence(block.language, withoutIndent(block.lines)) : '',
      commands.length > 0 ? commandBlock(commands) : '',
    ].filter(Boolean)
    return caution === undefined ? shown : [folded(escapeMarkdown(caution), joinParts(shown))]
  })
}

function withoutIndent(lines: readonly string[]): string[] {
  const indent = Math.min(...lines.map(line => line.search(/\S/)))
  return lines.map(line => line.slice(indent))
}
