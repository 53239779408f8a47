import { plural } from 'texts'
import { plainText } from 'kernel'
import { states } from 'run-model'
import type { Report } from 'report-document'

/** The state of a cluster and a registry at a glance. */
export type PageState = keyof typeof states

/** Number of pairs below which the page is headline, causes and table: figures, a map and a filter would say no more. */
const fewPairs = 5

/** Whether so little was checked that the headline has all figures, and all commands are shown. */
export const isSmall = ({ pairs }: Pick<Report, 'pairs'>): boolean => pairs.length < fewPairs

/** HTML that this code has written; anything else is text, and is escaped. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What can stand in a template: lists are joined, and nothing is shown for `false` and undefined. */
type Value = string | number | false | undefined | Markup | readonly Markup[]

/** A template of HTML. Every value except `Markup` is escaped. */
export function markup(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.map((text, index) => text + toHtml(values[index])).join(''))
}

function toHtml(value: Value): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? escapeHtml(value) : value.map(({ text }) => text).join('')
}

/**
 * Text on one line for the content of an element or an attribute in double quotes, without characters that could show it as another text
 * (html.spec.whatwg.org, "Writing HTML documents").
 */
export function escapeHtml(text: string): string {
  // Most texts are names, of which there are tens of thousands: printable ASCII without & < > " and '.
  if (/^[ !#-%(-;=?-~]*$/.test(text)) return text
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A link to a page of GitHub; its text alone for any other address. */
export function linkTo(url: string, text: string): Markup {
  return /^https?:\/\//.test(url) ? markup`<a href="${url}">${text}</a>` : markup`${text}`
}

/** The fragment of an address that leads to a cluster. */
export const fragmentOf = (name: string): string => `cluster=${encodeURIComponent(Buffer.from(name).toString())}`

/** The line that counts what a list or a table leaves out; empty if it is whole. */
export function countOmitted(count: number): Markup {
  return count > 0 ? markup`<p>${plural(count, 'more is', 'more are')} in the report file.</p>\n` : markup``
}

/**
 * A section with a table, of which each row is a card on a narrow screen. The page's script makes its columns sortable.
 * @param section.id of the table
 * @param section.note what the table shows, below its title
 * @param section.above what stands between title and table
 */
export function drawSection(section: {
  id: string
  title: string
  note?: string
  above?: Markup | false
  /** Whether all of its rows are shown from the beginning. */
  isWhole?: boolean
  columns: readonly string[]
  rows: Markup | readonly Markup[]
}): Markup {
  const { id, title, note, above, isWhole = false, columns, rows } = section
  const heads = columns.map(column => markup`<th scope="col">${column}</th>`)
  return markup`<section aria-labelledby="${id}-title">
<div class="head"><h2 id="${id}-title">${title}</h2>${note !== undefined && markup`<p class="soft">${note}.</p>`}</div>
${above}<table id="${id}"${isWhole && markup` class="ready"`}>
<thead><tr>${heads}</tr></thead>
${rows}</table>
</section>\n`
}

/**
 * A row that begins with its state and its name. The end tags of cells and rows can be left out (html.spec.whatwg.org, "Optional tags"), which saves a
 * tenth of a large page.
 */
export function drawRow(
  state: PageState,
  name: string,
  cells: readonly (string | number)[],
  word = states[state].word,
): Markup {
  const rest = cells.map(cell => markup`<td>${cell}`)
  return markup`<tr class="${state}"><td data-key="${states[state].rank}">${states[state].mark} ${word}<th scope="row">${name}${rest}\n`
}
