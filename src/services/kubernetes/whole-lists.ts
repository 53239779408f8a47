import { kubectlCommand } from '../../model/az-commands.js'
import { fix } from '../../model/fix.js'
import { isWhole } from './cluster-text.js'
import type { ClusterAttempt } from './cluster-rules.js'
import { unprobed } from './errors.js'

/**
 * The list that kubectl printed, if it is complete: an empty list says so, and a program that only has kubectl's name may print nothing and still
 * report success. @throws ActionError `PROBE_FAILED`
 */
export function wholeList(output: string, kind: 'node' | 'pod', { cluster }: Pick<ClusterAttempt, 'cluster'>): string {
  if (isWhole(output, kind)) return output
  const isEmpty = output.trim() === ''
  const reason = isEmpty ? 'kubectl printed nothing' : `kubectl printed an incomplete list of ${kind}s`
  throw unprobed(cluster, 'PROBE_FAILED', `${reason}, but reported success.`, {
    reason,
    recovers: !isEmpty,
    fix: fix(
      'Check which program is called kubectl on the runner, or set probe-with: run-command. It should print the list here:',
      kubectlCommand(`get ${kind}s --all-namespaces --output name`),
    ),
  })
}
