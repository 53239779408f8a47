// Hides secrets in logs and summaries like GitHub's runner (actions/runner, src/Sdk/DTLogging/Logging/SecretMasker.cs and ValueEncoders.cs).

export interface Masker {
  /** Hides a value from now on, in all forms that the runner thinks of. */
  add: (value: string) => void
  mask: (text: string) => string
}

export function createMasker(): Masker {
  const values = new Set<string>()
  return {
    add: value => {
      for (const form of [value, ...encoders.map(encode => encode(value))]) if (form !== '') values.add(form)
    },
    mask: text => {
      const ranges = [...values].flatMap(value => findAll(text, value)).sort((a, b) => a.start - b.start)
      let masked = ''
      let end = 0
      for (const range of ranges) {
        // Ranges that touch or overlap are one.
        if (range.start > end || masked === '') masked += `${text.slice(end, range.start)}***`
        end = Math.max(end, range.end)
      }
      return masked + text.slice(end)
    },
  }
}

function findAll(text: string, value: string): { start: number; end: number }[] {
  const found = []
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1))
    found.push({ start, end: start + value.length })
  return found
}

/** Base64 of a value whose first bytes belong to what stands before it, as in `user:password`. */
const base64After =
  (bytes: number) =>
  (value: string): string => {
    const all = Buffer.from(value)
    return all.subarray(all.length > bytes ? bytes : 0).toString('base64')
  }

const xmlNames: Record<string, string> = { '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '&': '&amp;' }

/** The part of a value that PowerShell prints by itself if it takes `&` or `&+` for its own; short ones are not hidden. */
const byAmpersand =
  (pick: (value: string, separator: string, index: number) => string) =>
  (value: string): string => {
    const separator = value.includes('&+') ? '&+' : '&'
    const index = separator === '&' ? value.lastIndexOf('&') : value.indexOf(separator)
    const part = index < 0 ? '' : pick(value, separator, index)
    return part.length >= 6 ? part : ''
  }

/** The forms of HostContext.cs, in its order. */
const encoders: ((value: string) => string)[] = [
  base64After(0),
  base64After(1),
  base64After(2),
  value => value.replaceAll('"', String.raw`\"`),
  value => value.replaceAll("'", "''"),
  value => JSON.stringify(value).slice(1, -1),
  value =>
    encodeURIComponent(value).replaceAll(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
  value => value.replaceAll(/[<>"'&]/g, char => xmlNames[char] ?? char),
  value => (value.length > 8 && /^".*"$/s.test(value) ? value.slice(1, -1) : ''),
  byAmpersand((value, separator, index) => value.slice(0, index + separator.length)),
  // After `&+`, the first letter is coloured and stands alone.
  byAmpersand((value, separator, index) => value.slice(index + separator.length + (separator === '&+' ? 1 : 0))),
]
