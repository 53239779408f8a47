/** Maximum length of others' text: patterns and people need no more, and a pattern on a megabyte can take a minute. */
const maxLength = 4096

/** The first 4,096 characters of others' text, before any pattern runs on it. */
export function cut(text: string): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

/** Others' text without its full stop, to be followed by more of a sentence of ours. */
export function withoutStop(words: string): string {
  return words.replace(/\.$/, '')
}

/** Others' text on one line, cut: a line that begins with `::` would be a command to the runner. */
export function oneLine(text: string): string {
  return cut(text)
    .split(/[\r\n]+/)
    .map(line => line.trim())
    .filter(Boolean)
    .join(' ')
}
