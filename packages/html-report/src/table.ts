import { states, type State } from 'report-document'
import { markup, type Markup } from './markup.js'

/**
 * A section with a table that scrolls by itself, also with the keyboard. The page's script makes its columns sortable.
 * @param section.id of the table
 * @param section.above what stands between title and table
 */
export function drawSection(section: {
  id: string
  title: string
  above?: Markup | false
  columns: readonly string[]
  rows: Markup | readonly Markup[]
  isSortable: boolean
}): Markup {
  const { id, title, above, columns, rows, isSortable } = section
  const heads = columns.map(column => markup`<th scope="col">${column}</th>`)
  return markup`<section aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${above}
<div class="scroll" role="region" aria-labelledby="${id}-title" tabindex="0">
<table id="${id}"${isSortable && dataSortable}>
<thead><tr>${heads}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
</section>\n`
}

const dataSortable = markup` data-sortable`

/**
 * A row that begins with its state and its name. The end tags of cells and rows can be left out (html.spec.whatwg.org, "Optional tags"), which saves a
 * tenth of a large page.
 */
export function drawRow(
  state: State,
  name: string,
  cells: readonly (string | number)[],
  word = states[state].word,
): Markup {
  const rest = cells.map(cell => markup`<td>${cell}`)
  return markup`<tr class="${state}"><td data-key="${states[state].rank}">${states[state].mark} ${word}<th scope="row">${name}${rest}\n`
}
