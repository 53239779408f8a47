export function heading(text: string): void {
  process.stdout.write(`\n${text}\n\n`)
}

/** Prints a figure. */
export function row(what: string, value: string, remark = ''): void {
  process.stdout.write(`${what.padEnd(66)} ${value.padStart(12)}   ${remark}\n`)
}

/** The target of a figure. */
interface Target {
  max?: number
  min?: number
  unit: string
  digits?: number
}

/** Prints a figure next to its target, and marks it if it misses that. */
export function target(what: string, value: number, { max, min, unit, digits = 0 }: Target): void {
  const isMet = value <= (max ?? Infinity) && value >= (min ?? -Infinity)
  const expected = max === undefined ? `≥ ${min} ${unit}` : `≤ ${max} ${unit}`
  row(what, `${value.toFixed(digits)} ${unit}`, `${isMet ? '✓' : '✗'} ${expected}`)
}
