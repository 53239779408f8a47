/** Characters of a text of others that are looked at: patterns and people need no more, and a pattern on a megabyte can take a minute. */
const longest = 4096

/** The beginning of a text of others, 4,096 characters at most, before any pattern sees it. */
export function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** A text of others on one line, cut: a line of its own that begins with `::` would be a command to the runner. */
export function oneLine(text: string): string {
  return cut(text)
    .split(/[\r\n]+/)
    .map(line => line.trim())
    .filter(Boolean)
    .join(' ')
}
