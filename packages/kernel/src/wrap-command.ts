/** Width of a command in a log, which indents it by four, and in a fenced block: 120 columns at most. */
const columns = 116

/** The construct of a shell that a character is in. */
type Quoting = 'words' | 'single' | 'double'

/**
 * A command with its long lines continued by `\`, as a person pastes it. Lines break before an option or a pipe, also within `$( )`, and never within
 * quotes: the words of the command stay the same, and one that is too long for a line stays whole.
 */
export function wrapCommand(command: string): string {
  let text = ''
  for (const piece of splitAtOptions(command)) {
    const line = text.slice(text.lastIndexOf('\n') + 1)
    const [first = ''] = piece.split('\n', 1)
    // Room for the ` \` that may have to follow.
    const isTooLong = line.length + first.trimEnd().length > columns - 2
    text = isTooLong && line.trim() ? `${text.trimEnd()} \\\n  ${piece}` : text + piece
  }
  return text
}

/** The parts of a command, each of which begins where a line may begin, with the spaces at its end. */
function splitAtOptions(command: string): string[] {
  const pieces: string[] = []
  const quotings: Quoting[] = ['words']
  let start = 0
  for (let at = 0; at < command.length; at += 1) {
    const quoting = quotings.at(-1)
    const next = command.slice(at, at + 3)
    if (quoting === 'single') {
      if (next.startsWith("'")) quotings.pop()
    } else if (next.startsWith('\\')) at += 1
    else if (next.startsWith('$(')) {
      quotings.push('words')
      at += 1
    } else if (next.startsWith('"')) {
      if (quoting === 'double') quotings.pop()
      else quotings.push('double')
    } else if (quoting === 'words') {
      if (next.startsWith("'")) quotings.push('single')
      else if (next.startsWith(')') && quotings.length > 1) quotings.pop()
      else if (/^ (?:--|\| )/.test(next)) {
        pieces.push(command.slice(start, at + 1))
        start = at + 1
      }
    }
  }
  return [...pieces, command.slice(start)]
}
