import { adviceToMarkdown, bullets, codeSpan, escapeMessage, folded, joinParts, documentationLink } from 'texts'
import { choices, fix, groupBy, partsOf } from 'kernel'
import type { ActionError, Finding, Fix, FixPart, Group } from 'kernel'
import { states, type State } from 'run-model'

/**
 * A failure or a finding as log, annotations, summary and page read it. An `ActionError`, the error of a report and a finding are such records as they
 * are; what they don't have, or know to be absent, is undefined or null.
 */
export interface Problem {
  code: string
  message: string
  fix: Fix
  /** Name of the resource that it is about. */
  subject?: string | undefined
  /** That of a finding; absent for a failure. */
  severity?: Finding['severity']
  /** That of a drift, or of what could only not be checked; absent for anything else. */
  state?: State
  /** What failed, and why, as clauses; absent if the message doesn't separate the two. */
  failure?: string | undefined
  reason?: string | null | undefined
  /** Resource ID of what it is about. */
  resource?: string | undefined
  /** What stopped the pulls, if the failure is about pulls and that is known. */
  pullCause?: ActionError['pullCause'] | null
  /** Whether the reason is in the service's own words. */
  isQuoted?: boolean
  /** The quote at the end of the message. */
  quote?: ActionError['quote'] | null
  azure?:
    | {
        status?: number | null
        code?: string | null
        message?: string
        correlationId?: string | null
        isForeign?: boolean
      }
    | null
    | undefined
}

/** An error as plain data: some of its fields are found by no spread. */
export function toProblem(error: Problem): Problem {
  const {
    code,
    message,
    fix: advice,
    subject,
    resource,
    failure,
    reason,
    isQuoted = false,
    quote,
    azure,
    pullCause,
  } = error
  return {
    code,
    message,
    fix: advice,
    subject,
    resource,
    failure,
    reason,
    isQuoted,
    quote,
    azure,
    pullCause: pullCause ?? null,
  }
}

/** Failures or findings that are one problem, as plain data: the first of them, and what to do about all. */
export type ProblemGroup = ReturnType<typeof groupProblems>[number]

const marks = { warning: '⚠', notice: 'ℹ' } as const

/** Groups failures, or findings: those that are one problem together; notices last. */
export function groupProblems(problems: readonly Problem[]) {
  const sorted = [...problems].sort((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice'))
  return groupByFix(sorted).map(group => {
    const [{ code, subject, message, quote, azure, severity, state = 'failed' }] = group
    const level: 'error' | Finding['severity'] = severity ?? 'error'
    return {
      ...{ code, subject, message, quote, level, state },
      mark: level === 'error' ? states[state].mark : marks[level],
      /** Address of its explanation; empty if it is not known. */
      link: documentationLink(code),
      answer: describeAzureAnswer({ azure }),
      /** The messages of the others, without a reason or a quote that came before. */
      others: describeOthers(group),
      advice: adviceOf(group),
    }
  })
}

/**
 * Failures or findings and what to do about them, in Markdown: one section for each group. Of findings, the head has the number.
 * @param title what stands above all of them, and is not repeated
 */
export function problemsToMarkdown(problems: readonly Problem[], title = ''): string[] {
  return groupProblems(problems).map(group => {
    const { level, mark, code, link, answer, others, advice } = group
    const { message, quote } = group
    const statement = beyond(title, quote?.statement ?? '')
    const more = escapeMessage({ message: beyond(title, message), quote: quote && { ...quote, statement } })
    const count = level !== 'error' && others.length > 0 ? ` (${others.length + 1})` : ''
    const said = level === 'error' && answer ? ` ${codeSpan(answer)}` : ''
    const head = `**${mark} ${link ? `[${code}](${link})` : code}**${count}${more && ` ${more}`}${said}`
    const rest = others.length > 0 && folded(`${others.length} more like it`, bullets(others.map(escapeMessage)))
    return joinParts([head, ...adviceToMarkdown(advice), rest])
  })
}

/** What a text says beyond a title above it that it begins with: `its job left no report`. */
export function beyond(title: string, text: string): string {
  const rest = text.slice(title.length)
  const isBegun = title !== '' && text.startsWith(title) && !/^[\w-]/.test(rest)
  return isBegun ? rest.replace(/^[.:;,]? */, '') : text
}

/** Number of annotations of one level that GitHub shows per step (docs.github.com/actions/reference/limits). */
export const maxAnnotations = 10

/**
 * Groups items that have the same code, severity and fix, because they are one problem; if that makes more groups than GitHub shows annotations, those that
 * have the same code and severity.
 */
export function groupByFix<T extends { code: string; severity?: string; fix: Fix }>(items: readonly T[]): Group<T>[] {
  const kindOf = ({ code, severity = '' }: T): string => `${code}\n${severity}`
  const byFix = groupBy(items, item => `${kindOf(item)}\n${item.fix.text}`)
  const groups = byFix.size <= maxAnnotations ? byFix : groupBy(items, kindOf)
  return [...groups.values()]
}

export const maxCommands = 10

const maxFixes = 5

/** What to do about a group: the fix of the first, with the commands of all that have this fix. If there are other fixes, each follows with its own commands. */
export function adviceOf(group: Group<{ fix: Fix }>): Fix {
  const fixes = group.map(({ fix }) => fix)
  const alike = [...groupBy(fixes, ({ text }) => text).values()].slice(0, maxFixes)
  const [only = group[0].fix, ...rest] = alike.map(same => mergeFixes(same, Math.ceil(maxCommands / alike.length)))
  if (rest.length === 0) return only
  const parts = partsOf(choices(only, ...rest))
  return choices(...parts.filter(({ caution }) => !caution), ...parts.filter(({ caution }) => caution))
}

/**
 * The same fix for several resources as one: the first command for each, then the second, so that the dangerous ones come last.
 * @param max commands; resources with too many commands are left out, except for the first
 */
export function mergeFixes(fixes: readonly Fix[], max: number): Fix {
  const [first = fix('')] = fixes
  let known: ReadonlySet<string> = new Set(first.commands)
  const fitting = fixes.filter(({ commands }, index) => {
    const more = new Set([...known, ...commands])
    const isFitting = index === 0 || more.size <= max
    if (isFitting) known = more
    return isFitting
  })
  let left = max
  const merged = partsOf(first).map((part, index): FixPart => {
    const same = fitting.map(each => partsOf(each)[index]?.commands ?? [])
    const commands = interleave(same).slice(0, left)
    left -= commands.length
    // A fix has it where no spread finds it.
    return { ...part, commands, short: part.short }
  })
  return choices(...merged)
}

function interleave(lists: readonly (readonly string[])[]): string[] {
  const length = Math.max(...lists.map(list => list.length), 0)
  const inOrder = Array.from({ length }, (_, index) => lists.flatMap(list => list[index] ?? []))
  return [...new Set(inOrder.flat())]
}

function describeOthers([first, ...others]: Group<Problem>): Pick<Problem, 'message' | 'quote'>[] {
  const tell = createTeller()
  tell(first)
  return others.map(problem => {
    const { failure, reason, isQuoted, quote } = problem
    // eslint-disable-next-line no-restricted-syntax -- the service's own words: those that are above need not be repeated
    if (!quote && failure !== undefined && (!isQuoted || reason === first.reason)) return { message: failure }
    return tell(problem)
  })
}

/**
 * Tells problems in their order: the message of each, without a quote that one before it had, and Azure's answer, empty if one before it was the same: several
 * problems can have one cause.
 */
export function createTeller() {
  const quotes = new Set<string>()
  const answers = new Set<string>()
  return (problem: Pick<Problem, 'message' | 'quote' | 'azure'>) => {
    const { message, quote } = problem
    const isQuoted = !quote || quotes.has(quote.text)
    if (quote) quotes.add(quote.text)
    const answer = describeAzureAnswer(problem)
    const isAnswered = answers.has(answer)
    answers.add(answer)
    return {
      message: quote && isQuoted ? quote.statement : message,
      /** The quote at its end, if no message before it had that. */
      quote: isQuoted ? undefined : quote,
      answer: isAnswered ? '' : answer,
    }
  }
}

/** What Azure support asks for: `  [Azure: AuthorizationFailed, correlation …]`. */
function describeAzureAnswer({ azure }: Pick<Problem, 'azure'>): string {
  if (!azure) return ''
  if (azure.isForeign) return `  [HTTP ${azure.status ?? ''}, not from Azure]`
  const code = azure.code ?? (azure.status ? `HTTP ${azure.status}` : 'no answer')
  const whose = azure.status || !/^[A-Z_]+$/.test(code) ? 'Azure' : 'no answer' // Node's and the SDK's codes
  return `  [${whose}: ${code}${azure.correlationId ? `, correlation ${azure.correlationId}` : ''}]`
}
