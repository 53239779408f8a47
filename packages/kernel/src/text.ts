import { redact } from './secrets.js'

/** Maximum length of others' text: patterns and people need no more, and a pattern on a megabyte can take a minute. */
const maxLength = 4096

/** Takes in others' text, before any pattern runs on it: the first 4,096 characters, without the step's secrets. */
export function takeIn(text: string): string {
  const known = redact(text)
  return known.length > maxLength ? `${known.slice(0, maxLength)}…` : known
}

/**
 * Others' text on one line, without ANSI sequences, control characters (C0, C1) and characters that change the direction of writing
 * (unicode.org/reports/tr9) and so can show a text as another one. Line breaks become spaces.
 */
export function plainText(text: string): string {
  return text
    .replace(ansiSequence, '')
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replace(invisible, '')
}

// ECMA-48: CSI … final byte, OSC … BEL or ST, and two-character sequences.
const ansiSequence =
  // eslint-disable-next-line no-control-regex -- the pattern is about them
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g

// eslint-disable-next-line no-control-regex -- the pattern is about them
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g

/** `4.1 s` or, from a minute on, `1:05`. */
export function formatSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatElapsed(seconds * 1000)
}

/** Milliseconds as `m:ss`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Maximum number of letters that differ in a typo. */
const maxTypos = 2

/** In shorter words, at most one letter differs. */
const minLongWord = 5

/**
 * The names that a text is probably a typo of, the nearest first, in any letter case. Another number is another name, as `aks-2` next to `aks-1`, but
 * `aks-01` is probably `aks-1`.
 */
export function findNear(asked: string, names: readonly string[], max = maxTypos): string[] {
  const given = asked.toLowerCase()
  const near = names.flatMap(name => {
    const word = name.toLowerCase()
    const typos = countTypos(given, word)
    const limit = word.length < minLongWord ? Math.min(max, 1) : max
    return typos > limit || isOtherNumber(given, word) ? [] : { name, typos }
  })
  return near.sort((a, b) => a.typos - b.typos).map(({ name }) => name)
}

function isOtherNumber(one: string, other: string): boolean {
  const withoutNumbers = (text: string): string => text.replace(/\d+/g, '')
  const withoutZeros = (text: string): string => text.replace(/(?<!\d)0+(?=\d)/g, '')
  return withoutNumbers(one) === withoutNumbers(other) && withoutZeros(one) !== withoutZeros(other)
}

/**
 * How many letters were added, left out, replaced or swapped with the next one; Infinity if the lengths differ by more than a typo.
 * (Optimal string alignment distance; en.wikipedia.org/wiki/Damerau-Levenshtein_distance.)
 */
export function countTypos(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > maxTypos) return Infinity
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
  return last[other.length] ?? Infinity
}
