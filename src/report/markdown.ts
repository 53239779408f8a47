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
export function table<T>(header: string[], items: readonly T[], toCells: (item: T) => string[], more: string): string {
  const rest = firstOf(items.slice(mostRows), mostFolded)
  const [shown, hidden] = [items.slice(0, mostRows).map(toCells), rest.items.map(toCells)]
  const used = header.flatMap((_, column) => ([...shown, ...hidden].some(cells => cells[column]) ? column : []))
  const line = (cells: string[]): string => `| ${used.map(column => cells[column] ?? '').join(' | ')} |`
  const draw = (rows: string[][]): string =>
    [
      line(header),
      `| ${used.map(() => '-').join(' | ')} |`,
      ...rows.map(cells => line(cells.map(escapeMarkdown))),
    ].join('\n')
  if (hidden.length === 0) return draw(shown)
  return `${draw(shown)}\n\n${folded(plural(items.length - mostRows, more), draw(hidden) + rest.omitted)}`
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
