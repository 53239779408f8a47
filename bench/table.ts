/** A line of the table: a title, or a figure with its target or a remark. */
type Line = { title: string } | { what: string; value: string; remark: string }

let lines: Line[] = []

/** The lines since the last call. */
export function takeLines(): Line[] {
  const taken = lines
  lines = []
  return taken
}

export function heading(text: string): void {
  lines.push({ title: text })
}

/** Adds a figure. */
export function row(what: string, value: string, remark = ''): void {
  lines.push({ what, value, remark })
}

/** The target of a figure. */
interface Target {
  max?: number
  min?: number
  unit: string
  digits?: number
}

/** Adds a figure next to its target, and marks it if it misses that. */
export function target(what: string, value: number, { max, min, unit, digits = 0 }: Target): void {
  const isMet = value <= (max ?? Infinity) && value >= (min ?? -Infinity)
  const expected = max === undefined ? `≥ ${min} ${unit}` : `≤ ${max} ${unit}`
  row(what, `${value.toFixed(digits)} ${unit}`, `${isMet ? '✓' : '✗'} ${expected}`)
}

/** Prints lines, and beside each figure the same figure of another version of the action, if there is one. */
export function print(own: readonly Line[], others: readonly Line[] = []): void {
  const values = new Map(others.flatMap(line => ('what' in line ? [[line.what, line.value] as const] : [])))
  for (const line of own) {
    if ('title' in line) {
      process.stdout.write(`\n${line.title}\n\n`)
      continue
    }
    const { what, value, remark } = line
    const other = values.size > 0 ? (values.get(what) ?? '').padStart(12) : ''
    process.stdout.write(`${what.padEnd(72)} ${value.padStart(12)} ${other}   ${remark}`.trimEnd() + '\n')
  }
}
