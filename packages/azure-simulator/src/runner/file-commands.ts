// What GitHub's runner reads from the files of a step after it has ended (actions/runner, src/Runner.Worker/FileCommandManager.cs).

/** The files by the name of their variable, with the runner's name for each. */
export const fileCommands = {
  GITHUB_ENV: 'env',
  GITHUB_PATH: 'path',
  GITHUB_OUTPUT: 'output',
  GITHUB_STATE: 'state',
  GITHUB_STEP_SUMMARY: 'step_summary',
} as const

/** The largest summary, in bytes; a larger one is dropped as a whole. */
const maxSummaryBytes = 1_048_576

/** @throws Error in the runner's words if the summary is too large */
export function checkSummary(bytes: number): void {
  if (bytes <= maxSummaryBytes) return
  throw new Error(
    `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${maxSummaryBytes / 1024}k, got ${Math.floor(bytes / 1024)}k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`,
  )
}

/**
 * Reads `NAME=VALUE`, and `NAME<<DELIMITER`, lines, `DELIMITER`; the last value of a name counts. Names in any letter case are the same name,
 * except those of variables on Linux (actions/runner, `VarUtil.EnvironmentVariableKeyComparer`).
 * @throws Error in the runner's words if the file is malformed
 */
export function readPairs(text: string, kind: 'outputs' | 'variables' = 'outputs'): Map<string, string> {
  const pairs = new Map<string, string>()
  const names = new Map<string, string>()
  const set = (name: string, value: string): void => {
    const key = kind === 'outputs' ? name.toLowerCase() : name
    const known = names.get(key) ?? name
    names.set(key, known)
    pairs.set(known, value)
  }
  const reader = createReader(text)
  for (let line = reader.next(); line; line = reader.next()) {
    if (line.text === '') continue
    const [, name = '', separator = '', rest = ''] = /^(.*?)(=|<<)(.*)$/s.exec(line.text) ?? []
    if (separator === '') throw new Error(`Invalid format '${line.text}'`)
    if (separator === '=') set(name, rest)
    else if (name === '' || rest === '')
      throw new Error(`Invalid format '${line.text}'. Name must not be empty and delimiter must not be empty`)
    else set(name, reader.readUntil(rest))
  }
  return pairs
}

interface Line {
  text: string
  isEnded: boolean
}

/** Lines end with a line feed alone: of an ending of Windows, the first half belongs to the value. */
function createReader(text: string) {
  let index = 0
  const next = (): Line | undefined => {
    if (index >= text.length) return undefined
    const start = index
    const end = text.indexOf('\n', index)
    index = end < 0 ? text.length : end + 1
    return { text: text.slice(start, end < 0 ? undefined : end), isEnded: end >= 0 }
  }
  return {
    next,
    readUntil(delimiter: string): string {
      const lines: string[] = []
      for (let line = next(); line?.text !== delimiter; line = next()) {
        if (!line) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
        if (!line.isEnded) throw new Error('Invalid value. EOF marker missing new line.')
        lines.push(line.text)
      }
      return lines.join('\n')
    },
  }
}
