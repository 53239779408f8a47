import { namesOf, titlesOf } from 'azure'
import type { Problem } from './problems.js'
import type { Report } from './report.js'

/** The findings of a report; each says all of it in sentences, beside the name of its subject. */
export function findingsOf(report: Pick<Report, 'findings' | 'pairs' | 'subscriptions'>): Problem[] {
  const nameSubject = nameSubjects(report)
  return report.findings.map(({ message, subject, ...finding }) => ({
    ...finding,
    subject: nameSubject(subject),
    said: { what: '', more: message },
  }))
}

/** Names the targets of a report. */
export function nameTargetsOf({
  pairs,
  subscriptions,
}: Pick<Report, 'pairs' | 'subscriptions'>): ReturnType<typeof namesOf> {
  return namesOf(pairs, titlesOf(subscriptions))
}

/** Names what findings and unknowns are about from its ID: a cluster with its place if another one of the report has its name. */
export function nameSubjects(report: Parameters<typeof nameTargetsOf>[0]): (id: string) => string {
  const nameTarget = nameTargetsOf(report)
  return id => nameTarget({ target: id })
}
