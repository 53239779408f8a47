/** Maximum number of letters that differ in a typo. */
const maxTypos = 2

/**
 * Whether one text is probably a typo of another: up to so many letters were added, left out, replaced or swapped with the next one.
 * (Optimal string alignment distance; en.wikipedia.org/wiki/Damerau-Levenshtein_distance.)
 */
export function isAlmost(one: string, other: string, max = maxTypos): boolean {
  if (one === other || Math.abs(one.length - other.length) > max) return false
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      const isExchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isExchanged ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return (last[other.length] ?? Infinity) <= max
}
