export function heading(text: string): void {
  process.stdout.write(`\n${text}\n\n`)
}

/** Prints a figure. */
export function row(what: string, value: string, remark = ''): void {
  process.stdout.write(`${what.padEnd(66)} ${value.padStart(12)}   ${remark}\n`)
}

/** The target of a figure. */
interface Target {
  most?: number
  least?: number
  unit: string
  digits?: number
}

/** Prints a figure next to its target, and marks it if it misses that. */
export function target(what: string, value: number, { most, least, unit, digits = 0 }: Target): void {
  const isMet = value <= (most ?? Infinity) && value >= (least ?? -Infinity)
  const wanted = most === undefined ? `≥ ${least} ${unit}` : `≤ ${most} ${unit}`
  row(what, `${value.toFixed(digits)} ${unit}`, `${isMet ? '✓' : '✗'} ${wanted}`)
}
