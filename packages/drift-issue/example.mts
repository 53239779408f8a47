import { keepIssue, type AskedReports } from 'drift-issue'
import type { Surroundings } from 'runner'
import type { Drift } from 'report-document'
import type { Inputs } from 'run-model'

/** Opens the issue of this name, updates it, or closes it if nothing is left. @param asked the reports of this run */
export async function remember(drift: Drift, inputs: Inputs, asked: AskedReports, deps: Surroundings): Promise<void> {
  await keepIssue(drift, { ...inputs, driftIssue: 'production' }, asked, deps)
}
