import { keepIssue, type SettleDrift } from 'drift-issue'
import type { Surroundings } from 'runner'
import type { Drift } from 'report-document'
import type { Inputs } from 'run-model'

/** Opens the issue of this name, updates it, or closes it if nothing is left. @param settle what became of entries that this run did not see */
export async function remember(drift: Drift, inputs: Inputs, settle: SettleDrift, deps: Surroundings): Promise<void> {
  await keepIssue(drift, { ...inputs, driftIssue: 'production' }, settle, deps)
}
