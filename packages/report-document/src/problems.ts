import {
  adviceToMarkdown,
  bullets,
  codeSpan,
  documentationLink,
  escapeMarkdown,
  escapeSaid,
  folded,
  joinParts,
} from 'texts'
import { shortDigest, shortenGuids, withoutIds } from 'azure'
import { choices, groupBy, plainText, sayClause, toFixJson } from 'kernel'
import type { ActionError, Finding, Fix, FixPart, Group, Said } from 'kernel'
import { states, type State } from 'run-model'

/** A failure, or with `findingsOf` a finding, as log, annotations, summary and page read it. An `ActionError` and the error of a report are such records as they are. */
export interface Problem {
  code: string
  said: Said
  fix: Fix
  /** Name of the resource that it is about. */
  subject?: string | undefined
  /** That of a finding; absent for a failure. */
  severity?: Finding['severity']
  /** Resource ID of what it is about. */
  resource?: string | undefined
  /** That of a drift, or of what could only not be checked; absent for anything else. */
  state?: State
  /** What stopped the pulls, if the failure is about pulls and that is known. */
  pullCause?: ActionError['pullCause'] | null
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

/** An error as plain data. */
export function toProblem({ code, said, fix, subject, resource, azure, pullCause }: Problem): Problem {
  return { code, said, fix, subject, resource, azure, pullCause: pullCause ?? null }
}

/** Failures or findings that are one problem, as plain data: the first of them, and what to do about all. */
export type ProblemGroup = ReturnType<typeof groupProblems>[number]

const marks = { warning: '⚠', notice: 'ℹ' } as const

/** Groups failures, or findings: those that are one problem together; notices last. */
export function groupProblems(problems: readonly Problem[]) {
  const sorted = [...problems].sort((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice'))
  return groupByFix(sorted).map(group => {
    const [{ code, subject, said, azure, severity, state = 'failed' }] = group
    const level: 'error' | Finding['severity'] = severity ?? 'error'
    return {
      ...{ code, subject, said, level, state },
      mark: level === 'error' ? states[state].mark : marks[level],
      /** Address of its explanation; empty if it is not known. */
      link: documentationLink(code),
      answer: describeAzureAnswer({ azure }),
      /** What the others say, a finding after the name of its subject, without a reason or a quote that came before. */
      others: sayOthers(group),
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
    const { level, mark, code, subject, link, answer, others, advice } = group
    const more = escapeSaid(sayBelow(title, group.said))
    const count = level !== 'error' && others.length > 0 ? ` (${others.length + 1})` : ''
    const said = level === 'error' && answer ? ` ${codeSpan(answer)}` : ''
    const about = level !== 'error' && subject ? ` on ${escapeMarkdown(subject)}` : ''
    const head = `**${mark} ${link ? `[${code}](${link})` : code}${about}**${count}${more && ` ${more}`}${said}`
    const rest =
      others.length > 0 && folded(`${others.length} more like it`, bullets(others.map(each => escapeSaid(each))))
    return joinParts([head, ...adviceToMarkdown(advice), rest])
  })
}

/** Maximum length of what a headline says of a failure, in characters. */
const maxHeadline = 160

/** What a headline says of a failure: what failed and why or, without room, what failed; with names in place of IDs, and without those of callers and actions. */
export function toHeadline(said: Said): string {
  const [whole = '', what = ''] = [sayClause(said), said.what].map(words =>
    shortDigest(shortenGuids(withoutIds(plainText(words)).replaceAll(/ \((?:object ID|Microsoft\.)[^()]*\)/g, ''))),
  )
  if (whole.length <= maxHeadline) return whole
  return what.length <= maxHeadline ? what : `${what.slice(0, maxHeadline - 1).replace(/[\s,:;]+\S*$/, '')}…`
}

/** What a headline above leaves to say of a failure: `its job left no report`. */
function sayBelow(headline: string, { what, why, ...more }: Said): Said {
  if (headline === '' || headline !== toHeadline({ what, why }))
    return headline === what ? { what: why ?? '', ...more } : { what, why, ...more }
  return { what: '', ...more }
}

/** Number of annotations of one level that GitHub shows per step (docs.github.com/actions/reference/limits). */
export const maxAnnotations = 10

/**
 * Groups items that have the same code, severity and fix, because they are one problem; if that makes more groups than GitHub shows annotations, those that
 * have the same code and severity.
 */
export function groupByFix<T extends { code: string; severity?: string; fix: Fix }>(items: readonly T[]): Group<T>[] {
  const kindOf = ({ code, severity = '' }: T): string => `${code}\n${severity}`
  const byFix = groupBy(items, item => `${kindOf(item)}\n${toFixJson(item.fix).text}`)
  const groups = byFix.size <= maxAnnotations ? byFix : groupBy(items, kindOf)
  return [...groups.values()]
}

export const maxCommands = 10

const maxFixes = 5

/** What to do about a group: the fix of the first, with the commands of all that have this fix. If there are other fixes, each follows with its own commands. */
export function adviceOf(group: Group<{ fix: Fix }>): Fix {
  const fixes = group.map(({ fix }) => fix)
  const alike = [...groupBy(fixes, each => toFixJson(each).text).values()].slice(0, maxFixes)
  const parts = alike.flatMap(same => mergeFixes(same, Math.ceil(maxCommands / alike.length)))
  return alike.length < 2
    ? parts
    : [...parts.filter(({ caution }) => !caution), ...parts.filter(({ caution }) => caution)]
}

/**
 * The same fix for several resources as one: the first command for each, then the second, so that the dangerous ones come last.
 * @param max commands; resources with too many commands are left out, except for the first
 */
export function mergeFixes(fixes: readonly Fix[], max: number): Fix {
  const [first = []] = fixes
  let known: ReadonlySet<string> = new Set()
  const fitting = fixes.filter((each, index) => {
    const more = new Set([...known, ...toFixJson(each).commands])
    const isFitting = index === 0 || more.size <= max
    if (isFitting) known = more
    return isFitting
  })
  let left = max
  const merged = first.map((part, index): FixPart => {
    const same = fitting.map(each => each[index]?.commands ?? [])
    const commands = interleave(same).slice(0, left)
    left -= commands.length
    return { ...part, commands }
  })
  return choices(...merged)
}

function interleave(lists: readonly (readonly string[])[]): string[] {
  const length = Math.max(...lists.map(list => list.length), 0)
  const inOrder = Array.from({ length }, (_, index) => lists.flatMap(list => list[index] ?? []))
  return [...new Set(inOrder.flat())]
}

function sayOthers([first, ...others]: Group<Problem>): Said[] {
  const tell = createTeller()
  tell(first)
  return others.map(problem => {
    const { what, why, quote, more } = problem.said
    if (problem.severity && problem.subject) return { what: '', more: `${problem.subject}: ${more ?? ''}` }
    return !quote && why !== undefined && why === first.said.why ? { what } : tell(problem).said
  })
}

/**
 * Tells problems in their order: what each says, without a quote that one before it had, and Azure's answer, empty if one before it was the same: several
 * problems can have one cause.
 */
export function createTeller() {
  const quotes = new Set<string>()
  const answers = new Set<string>()
  return (problem: Pick<Problem, 'said' | 'azure'>) => {
    const { quote, ...own } = problem.said
    const isQuoted = !quote || quotes.has(quote.text)
    if (quote) quotes.add(quote.text)
    const answer = describeAzureAnswer(problem)
    const isAnswered = answers.has(answer)
    answers.add(answer)
    return { said: isQuoted ? own : problem.said, answer: isAnswered ? '' : answer }
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
