import type { SettleDrift } from 'drift-issue'
import type { Surroundings } from 'runner'
import type { Problem } from 'report-document'
import type { DriftInputs, Result } from 'run-model'
import { toStory } from './story.js'
import { tell } from './tell.js'

/** What is shown if the inputs could not be read. */
const withoutInputs: DriftInputs = {
  failOnDrift: true,
  jobSummary: true,
  reportHtml: false,
  driftIssue: '',
  githubToken: '',
}

/**
 * Reports the end of a run everywhere.
 * @param createSettler creates what finds out the fate of earlier drift; absent if the step ended before it could know it
 * @returns the failures that fail the step
 */
export function report(
  result: Result,
  deps: Surroundings,
  createSettler?: () => SettleDrift,
): Promise<readonly Problem[]> {
  const { inputs, mode } = result
  return tell(toStory(result), inputs ?? withoutInputs, deps, mode === 'check' ? createSettler : undefined)
}
