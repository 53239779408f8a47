import { escapeMarkdown } from './escape.js'
import { plural } from './text.js'

/** Above this, rows are folded: worst first. */
const mostRows = 50

/** Maximum number of folded rows and lines; the report file has all. */
export const mostFolded = 1000

/**
 * A table in Markdown, without the columns that are empty everywhere; its first rows are shown and the others folded, as many as a summary holds.
 * @param more what a folded row is, in the singular
 */
export function table(header: string[], rows: string[][], more: string): string {
  const used = header.flatMap((_, column) => (rows.some(row => row[column]) ? column : []))
  const line = (cells: string[]): string => `| ${used.map(column => cells[column] ?? '').join(' | ')} |`
  const top = [line(header), `| ${used.map(() => '-').join(' | ')} |`]
  const markdown = (row: string[]): string => line(row.map(escapeMarkdown))
  const shown = [...top, ...rows.slice(0, mostRows).map(markdown)].join('\n')
  if (rows.length <= mostRows) return shown
  const rest = firstOf(rows.slice(mostRows), mostFolded)
  const body = [...top, ...rest.items.map(markdown)].join('\n') + rest.omitted
  return `${shown}\n\n${folded(plural(rows.length - mostRows, more), body)}`
}

/** The first of many lines or rows, and a line that counts the others. */
export function firstOf<T>(items: readonly T[], most: number): { items: T[]; omitted: string } {
  const omitted = items.length > most ? `\n\nand ${items.length - most} more, which the report file lists` : ''
  return { items: items.slice(0, most), omitted }
}

/** Markdown in a folded section. */
export function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}
