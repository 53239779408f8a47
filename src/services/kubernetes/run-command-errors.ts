import { invokeCommand } from '../../model/az-commands.js'
import { ActionError } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import { cut } from '../../model/foreign-text.js'
import { withoutSignatures } from '../../model/signatures.js'
import type { ClusterAttempt } from './cluster-rules.js'

/** The error of a command that ran, but whose output Azure did not keep completely. */
export function unreadable(cluster: ClusterAttempt['cluster'], logs: string): ActionError {
  const start = logs.slice(0, 300)
  return notRun(
    cluster,
    'Succeeded',
    start ? `its output is incomplete, and begins with: ${start}` : 'it has no output',
  )
}

/**
 * Infrastructure failures, most of which pass;
 * learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures.
 */
export function notRun(cluster: ClusterAttempt['cluster'], state: string, reason: string): ActionError {
  const why = withoutSignatures(cut(reason)) || 'no reason was given'
  const message = `AKS Run Command could not run on ${cluster.name} (${state.toLowerCase()}): ${why}.`
  return new ActionError('PROBE_FAILED', message, {
    subject: cluster.name,
    resource: cluster.id,
    reason: `AKS Run Command could not run: ${why}`,
    recovers: true,
    fix: fix(
      'Azure runs the command in a pod of the namespace aks-command, which needs a node with free capacity and access to mcr.microsoft.com. ' +
        'Run the step again, or set probe-with: kubectl on a runner that can reach the API server. To try it by hand:',
      invokeCommand(cluster.id),
    ),
  })
}
