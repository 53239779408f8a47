import { mergeReports, type MergeInputs } from 'fleet'
import type { Surroundings } from 'runner'

/** Reports the checks of all jobs as one run does, from the files that they left, and returns the codes that fail the step. */
export async function endNight(inputs: MergeInputs, deps: Surroundings): Promise<string[]> {
  const errors = await mergeReports({ ...inputs, reports: 'reports', failOnDrift: true }, deps)
  return errors.map(({ code }) => code)
}
