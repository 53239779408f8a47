import { cut, seeLog } from 'texts'
import { clauseOf, fix, plainText } from 'kernel'
import { toLack, type Lack } from 'run-model'
import { lastSegment } from 'azure'
import type { Problem, QuotedReport, ReportJson } from 'report-document'
import { errorMeanings, findingMeanings } from './meanings.js'

type ErrorJson = NonNullable<ReportJson['error']>

/** Who is quoted: the job after one of our sentences about it, some job, and a report that is a merged one itself. */
const [thatJob, someJob, thatReport] = ['That job says:', 'A job says:', 'its report says:']

/** Maximum length of a quote, in characters: the whole is in the log of that job. */
const maxQuoteLength = 500

/** Maximum length of a role's name, in characters: more is no name. */
const maxRoleLength = 100

/**
 * A report of another job in which our own sentence for each code is what is said, and its words are at most a quote, on one line. Nothing that a job writes
 * becomes advice or a command of ours: what to do is in its log, and `readDrift` builds the commands that a merge prints.
 */
export function quoteReport(report: ReportJson): QuotedReport {
  const { pairs, images, manifests, plan, findings, unknown, notes, error, jobs } = report
  const advice = fix(seeLog())
  return {
    ...report,
    error: error && quoteError(error),
    pairs: pairs.map(pair => ({
      ...withQuote(pair),
      role: nameRole(pair.role),
      lacks: pair.lacks.map(lack => nameLack({ ...lack, role: nameRole(lack.role) }, pair.registry)),
    })),
    images: images.map(withQuote),
    manifests: manifests.map(withQuote),
    plan: plan.map(quoteOperation),
    findings: findings.map(finding => ({
      ...finding,
      message: quoteWords(findingMeanings[finding.code], thatJob, finding.message),
      fix: advice,
    })),
    unknown: unknown.map(each => ({ ...each, message: quoteWords('', someJob, each.message) })),
    notes: notes.map(note => quoteWords('', someJob, note)),
    jobs:
      jobs?.map(job => ({ ...withQuote(job), problem: job.problem && quoteWords('', thatReport, job.problem) })) ??
      null,
  }
}

const nameLack = (lack: Lack, registry: string): Lack =>
  toLack(lack, lack.kind === 'registry' ? lastSegment(registry) : '')

function quoteOperation<T extends ReportJson['plan'][number]>(operation: T): T {
  const { role, description, reason } = operation
  return {
    ...operation,
    role: nameRole(role),
    description: quoteWords('', someJob, description),
    reason: quoteWords('', someJob, reason),
  }
}

/** The name of a role on one line: it stands in sentences of ours. */
const nameRole = (role: string | null): string | null => role && cut(cutWords(role), maxRoleLength)

const withQuote = <T extends { error: ReportJson['error'] }>(
  item: T,
): Omit<T, 'error'> & { error: Problem | null } => ({
  ...item,
  error: item.error && quoteError(item.error),
})

function quoteError(error: ErrorJson): Problem {
  const { code, cause, azure, message } = error
  const what = errorMeanings[code]
  const text = clauseOf(cutWords(message, `${what}. ${thatJob}`))
  return {
    ...{ code, pullCause: cause },
    said: text ? { what, quote: { by: thatJob, text } } : { what },
    fix: fix(seeLog()),
    azure: azure && {
      ...azure,
      code: azure.code && (/^[\w.-]{1,100}$/.exec(azure.code)?.[0] ?? null),
      message: cutWords(azure.message),
      correlationId: azure.correlationId && (/^[\w-]{1,100}$/.exec(azure.correlationId)?.[0] ?? null),
    },
  }
}

/** `The registry refuses a node. That job says: …`; no more than our sentence if the job says nothing. @param what our own, as a clause; empty for none */
function quoteWords(what: string, intro: string, words: string): string {
  const own = what && `${what}.`
  const begin = [own, intro].filter(Boolean).join(' ')
  const text = cutWords(words, begin)
  return text ? `${begin} ${text}` : own
}

/**
 * The words of a job on one line, without the schemes of addresses, so that no viewer makes links of them.
 * @param begin what a merge has put before them already
 */
function cutWords(words: string, begin = ''): string {
  // Cut first: a message can have any length.
  const text = plainText(words.slice(0, 2 * maxQuoteLength)).trim()
  const own = begin !== '' && text.startsWith(`${begin} `) ? text.slice(begin.length + 1) : text
  return cut(own.replaceAll(/[a-z][a-z\d+.-]*:\/\//gi, ''), maxQuoteLength)
}
