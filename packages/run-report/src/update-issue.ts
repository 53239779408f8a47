import type { StepOptions } from 'drift-issue'
import { isAbort, messageOf, type Surroundings } from 'kernel'
import type { Drift } from 'report-document'

/**
 * Brings the drift issue up to date. Whatever is thrown meanwhile is a warning: the result of the check is already reported, and stays. GitHub's client is
 * loaded here, and it refuses a GITHUB_API_URL that isn't a URL.
 * @param getOptions may throw, too
 */
export async function updateIssue(drift: Drift, getOptions: () => StepOptions, deps: Surroundings): Promise<void> {
  try {
    const { keepIssue } = await import('drift-issue/keep')
    await keepIssue(drift, getOptions(), deps)
  } catch (error) {
    if (isAbort(error)) return
    deps.log.debug(error instanceof Error ? (error.stack ?? '') : String(error))
    deps.log.warn(`The drift issue is not up to date: ${messageOf(error)}`)
  }
}
