import * as core from '@actions/core'
import { lastSegment } from '../azure/resource-id.js'
import type { Finding } from '../state.js'

/** One annotation a finding. */
export function annotateFinding({ code, severity, subject, message, fix }: Finding): void {
  const annotate = severity === 'warning' ? core.warning : core.notice
  annotate(`${message}\n${fix}`, { title: `attach-acr: ${code} on ${lastSegment(subject)}` })
}
