import * as core from '@actions/core'
import { lastSegment } from '../azure/resource-id.js'
import type { Finding } from '../state.js'
import { group, type Group } from './groups.js'

/** Findings, those of one kind together when there are many. */
export function groupFindings(findings: Finding[]): Group<Finding>[] {
  return group(findings, ({ code }) => code)
}

/** One annotation for a finding and the others of its kind. */
export function annotateFindings({ first, others }: Group<Finding>): void {
  const { code, severity, subject, message, fix } = first
  const annotate = severity === 'warning' ? core.warning : core.notice
  const more = others.length > 0 ? `\nAnd ${others.length} more like it, which the report lists.` : ''
  annotate(`${message}\n${fix}${more}`, { title: `attach-acr: ${code} on ${lastSegment(subject)}` })
}
