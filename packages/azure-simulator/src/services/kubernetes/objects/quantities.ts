const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** The value of a quantity (kubernetes.io "Quantity"); NaN if it is invalid. */
export function readQuantity(quantity: string | number): number {
  const [, digits, suffix = ''] = /^([+-]?\d+(?:\.\d+)?(?:e\d+)?)([a-zA-Z]*)$/.exec(String(quantity)) ?? []
  const factor = factors[suffix]
  return digits === undefined || factor === undefined ? NaN : Number(digits) * factor
}

/** Formats a sum as a quantity: CPU in thousandths, everything else in units. */
export function formatQuantity(value: number, resource: string): string {
  if (resource.endsWith('cpu') && !Number.isInteger(value)) return `${String(Math.round(value * 1000))}m`
  if (resource.endsWith('memory') && value > 0 && value % 2 ** 20 === 0) return `${String(value / 2 ** 20)}Mi`
  return String(value)
}
