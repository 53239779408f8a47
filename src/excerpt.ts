/** The first lines of many, and how many more there are: of long lists in the log, which the report has whole. */
export function excerpt(lines: string[], most: number): string[] {
  return lines.length > most
    ? [...lines.slice(0, most), `and ${lines.length - most} more, which the report lists`]
    : lines
}

/** Of what a failure names one by one. */
export const mostNamed = 20
