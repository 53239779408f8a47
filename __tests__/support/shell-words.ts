import { execFileSync } from 'node:child_process'

/**
 * The words that `sh` makes of each command line. One shell reads all: starting it takes longer than its work. Commands that look up what they need
 * by other commands find nothing.
 */
export function shellWords(lines: readonly string[]): string[][] {
  const script = [`az() { :; }`, `count() { printf '%s\\0' "$#" "$@"; }`, ...lines.map(line => `count ${line}`)]
  const printed = execFileSync('sh', [], { input: script.join('\n'), encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
  const words: string[][] = []
  for (let at = 0; at < printed.length; at += 1 + Number(printed[at]))
    words.push(printed.slice(at + 1, at + 1 + Number(printed[at])))
  return words
}
