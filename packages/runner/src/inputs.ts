import * as core from '@actions/core'
import { ActionError, dayMs, findNear, fix, groupBy } from 'kernel'

/** Strict readers of the action's inputs: they collect all problems instead of stopping at the first. */
export interface InputReader {
  /** Text without surrounding spaces and quotes; empty when absent. */
  text(input: string): string
  /** Text that must match; empty when absent. */
  matching(input: string, pattern: RegExp, expected: string): string
  /** A GUID in lower case, from the input or else the environment variable; empty when absent. */
  guid(input: string, variable?: string): string
  /** One of a closed set, the first being the default. */
  choice<T extends string>(input: string, choices: readonly [T, ...T[]], options?: { anyCase?: boolean }): T
  boolean(input: string, whenAbsent: boolean): boolean
  integer(input: string, whenAbsent: number, min: number, max: number): number
  /** A duration such as `90s`, `15m`, `6h` or `1h30m`, in milliseconds. */
  duration(input: string, whenAbsent: string): number
  /** One entry per line, without blank lines, lines that start with `#`, surrounding quotes, and repetitions. */
  list(input: string): string[]
  /** The same with the number of each line in the input, from 1. */
  lines(input: string): { number: number; text: string }[]
  /**
   * Notes each name under `with:` that is none of these. GitHub's runner only warns about it and passes it on
   * (actions/runner, `ActionRunner.cs`), so without this, the step would work as if it had not been given.
   */
  allowOnly(inputs: readonly string[]): void
  /** Notes a problem; `found` is empty if the input is. @returns what is read instead: nothing */
  reject(input: string, found: string, expected: string): never[]
  /** @throws ActionError `INVALID_INPUT` with all problems, if there are any */
  finish(): void
}

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const durationPattern = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/i

// A job on a self-hosted runner can take up to five days (docs.github.com/actions/reference/limits).
const maxDurationMs = 5 * dayMs

/** An input without surrounding spaces; empty when absent. */
export function inputText(input: string): string {
  return core.getInput(input)
}

/** The JSON value of an input; undefined when absent, or if the text is not JSON. */
export function inputJson(input: string): unknown {
  try {
    const value: unknown = JSON.parse(inputText(input))
    // Throws if it is nested too deeply to be shown.
    JSON.stringify(value)
    return value
  } catch {
    return undefined
  }
}

/** A reader over the runner's `INPUT_*` variables. */
export function createInputReader(): InputReader {
  const notes = createNotes()
  const { problems, variables, reject } = notes
  const lines: InputReader['lines'] = input => readLines(notes, input)
  return {
    text: readText,
    reject,
    lines,
    guid: (input, variable) => readGuid(notes, input, variable),
    choice: (input, choices, options) => readChoice(notes, input, choices, options),
    boolean: (input, whenAbsent) => readBoolean(notes, input, whenAbsent),
    integer: (input, whenAbsent, min, max) => readInteger(notes, input, whenAbsent, { min, max }),
    duration: (input, whenAbsent) => readDuration(notes, input, whenAbsent),

    allowOnly(inputs) {
      for (const input of namesGiven().filter(name => !inputs.includes(name))) {
        const meant = guessInput(input, inputs)
        const expected = meant ?? 'one of the inputs in docs/inputs.md'
        // Its value may be a secret.
        problems.push({ input, found: notAnInput, expected, ...(meant && { meant }) })
      }
    },

    matching(input, pattern, expected) {
      const value = readText(input)
      if (value && !pattern.test(value)) reject(input, quote(value), expected)
      return value
    },

    list(input) {
      return lines(input).map(({ text: entry }) => entry)
    },

    finish() {
      const [empty] = problems.flatMap(({ input, found }) => (found === '' && variables.get(input)) || [])
      if (problems.length > 0) throw invalidInputs(problems, 'Nothing was sent to Azure.', empty)
    },
  }
}

type Notes = ReturnType<typeof createNotes>

/** What is noted while inputs are read. */
function createNotes() {
  const problems: InputProblem[] = []
  /** The entries with commas, by input. */
  const joined = new Map<string, string[]>()
  /** The variables that inputs can come from. */
  const variables = new Map<string, string>()
  const reject = (input: string, found: string, expected: string): never[] => {
    const isJoined = joined.get(input)?.some(entry => found.startsWith(quote(entry)))
    problems.push({ input, found, expected: isJoined ? 'one per line, not commas' : expected })
    return []
  }
  return { problems, joined, variables, reject }
}

function readText(input: string): string {
  return unquote(inputText(input))
}

function readLines({ joined }: Notes, input: string): ReturnType<InputReader['lines']> {
  const entries = linesOf(core.getInput(input, { trimWhitespace: false }))
  const texts = entries.map(entry => entry.text)
  // The value of a tag may have commas.
  const withCommas = texts.filter(entry => entry.includes(',') && !/^tag:/i.test(entry))
  joined.set(input, withCommas)
  return entries.filter((entry, index) => texts.indexOf(entry.text) === index)
}

function readGuid({ variables, reject }: Notes, input: string, variable: string | undefined): string {
  if (variable) variables.set(input, variable)
  const given = readText(input)
  const value = given || unquote((variable && process.env[variable]) ?? '')
  if (value && !isGuid(value)) {
    const found = given || !variable ? quote(value) : `${quote(value)} in ${variable}`
    reject(input, found, 'a GUID such as 00000000-0000-0000-0000-000000000000')
  }
  return value.toLowerCase()
}

function readChoice<T extends string>(
  { problems }: Notes,
  input: string,
  choices: readonly [T, ...T[]],
  { anyCase = false } = {},
): T {
  const value = readText(input)
  if (!value) return choices[0]
  const found = choices.find(choice => choice === value || (anyCase && choice.toLowerCase() === value.toLowerCase()))
  if (!found) {
    const named = choices.filter(Boolean)
    const meant = findNear(value, named)[0]
    const expected = `one of ${named.join(', ')}`
    problems.push({ input, found: quote(value), expected, ...(meant && { meant }) })
  }
  return found ?? choices[0]
}

function readBoolean({ reject }: Notes, input: string, whenAbsent: boolean): boolean {
  const value = readText(input)
  if (!value) return whenAbsent
  // As in workflow files: YAML 1.2's core schema.
  if (/^(true|True|TRUE)$/.test(value)) return true
  if (!/^(false|False|FALSE)$/.test(value)) reject(input, quote(value), 'true or false')
  return false
}

function readInteger(
  { reject }: Notes,
  input: string,
  whenAbsent: number,
  { min, max }: { min: number; max: number },
): number {
  const value = readText(input)
  if (!value) return whenAbsent
  const number = Number(value)
  const isValid = /^\d+$/.test(value) && number >= min && number <= max
  if (!isValid) reject(input, quote(value), `a whole number from ${min} to ${max}`)
  return isValid ? number : whenAbsent
}

function readDuration({ reject }: Notes, input: string, whenAbsent: string): number {
  const value = readText(input) || whenAbsent
  const [, hours = '0', minutes = '0', seconds = '0'] = durationPattern.exec(value) ?? []
  const duration = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  if (duration === 0 || duration > maxDurationMs) {
    reject(input, quote(value), 'a duration such as 90s, 15m, 6h or 1h30m, up to 120h')
  }
  return duration
}

/** The lines of a list: without blank ones, those that start with `#`, and surrounding quotes. */
export function linesOf(list: string): { number: number; text: string }[] {
  return list
    .split('\n')
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter(({ text }) => text && !text.startsWith('#'))
    .map(({ number, text }) => ({ number, text: unquote(text) }))
    .filter(({ text }) => text)
}

export function isGuid(text: string): boolean {
  return guidPattern.test(text)
}

/** A value in quotes, on one line, cut to a readable length. */
export function quote(value: string): string {
  const line = value.replace(/\s+/g, ' ')
  return `"${line.length > 120 ? `${line.slice(0, 117)}...` : line}"`
}

/** The names under `with:` and of the manifest. The runner writes them in capitals, with `_` for spaces (actions/runner, `Handler.cs`). */
function namesGiven(): string[] {
  return Object.keys(process.env).flatMap(variable => {
    const [, name] = /^INPUT_(.+)$/i.exec(variable) ?? []
    return name === undefined ? [] : name.toLowerCase()
  })
}

/** The input that another name probably means: `registry` for `registries`, `acr-registry` or `registry-name`. */
function guessInput(given: string, inputs: readonly string[]): string | undefined {
  const name = given.replaceAll('_', '-')
  const singular = name.replace(/ies$/, 'y').replace(/s$/, '')
  const words = singular.split('-')
  return (
    findNear(name, inputs)[0] ??
    findNear(singular, inputs)[0] ??
    inputs.find(input => input.split('-').every(word => words.includes(word)))
  )
}

function unquote(value: string): string {
  const trimmed = value.trim()
  const [, , inner] = /^(["'])(.*)\1$/s.exec(trimmed) ?? []
  return inner === undefined ? trimmed : inner.trim()
}

export interface InputProblem {
  input: string
  /** Empty if the input is. */
  found: string
  expected: string
  /** What the value is probably a typo of. */
  meant?: string
}

/** What is found if the action has no input of that name. */
const notAnInput = 'not an input of this action'

/**
 * The error for all problems with the inputs.
 * @param effect what the step has done until then, as a sentence
 * @param variable the usual name of a variable whose input is empty: `vars` has no secrets
 */
export function invalidInputs(problems: readonly InputProblem[], effect: string, variable?: string): ActionError {
  const describe = (found: readonly string[]): string => {
    if (found.every(each => each === notAnInput)) return notAnInput
    return found.some(Boolean) ? `found ${found.join(', ')}` : 'empty'
  }
  const kindOf = ({ input, found, expected }: InputProblem): string =>
    [input, expected, /^"[^"]*"$/.test(found) ? '' : found].join('\n')
  const lines = [...groupBy(problems, kindOf).values()].map(same => {
    const [{ input, expected }] = same
    return `  ${input}: ${describe(same.map(({ found }) => found))}; expected ${expected}`
  })
  const names = [...groupBy(problems, ({ input }) => input).values()].map(([{ input, found, meant }]) => {
    return `${input} (${describe([found])}${meant ? `; did you mean ${meant}?` : ''})`
  })
  const hint = `  Stored as a secret? Then vars.${variable ?? ''} is empty: use secrets.${variable ?? ''}. Both are empty if it belongs to an environment that the job does not name.`
  return new ActionError(
    'INVALID_INPUT',
    { what: 'Invalid inputs', why: names.join(', '), more: effect },
    {
      fix: fix(['Correct the inputs of the step:', ...lines, ...(variable ? [hint] : [])].join('\n')),
    },
  )
}
