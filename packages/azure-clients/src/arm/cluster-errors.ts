import { aksCommand, invokeCommand, type Rule } from 'azure'
import { fix, type AzureAnswer } from 'kernel'
import { isCode } from './answer.js'
import type { ArmAttempt } from './attempt.js'
import { armRules } from './errors.js'

/** Refusals of AKS Run Command and of reading the kubeconfig, before those of Azure Resource Manager. */
export const clusterRules: Rule<AzureAnswer, ArmAttempt>[] = [
  {
    // learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures
    when: answer => isCode(answer, 'KubernetesOperationError') && /denied the request/i.test(answer.message),
    code: 'PROBE_FAILED',
    fix: (_, { scope }) =>
      fix(
        'A policy of the cluster rejects the pod of AKS Run Command. Exempt the namespace aks-command from it, or set probe-with: kubectl on a runner ' +
          'that reaches the API server. To check if the pod runs:',
        invokeCommand(scope),
      ),
  },
  {
    when: answer => isCode(answer, 'KubernetesOperationError', 'KubernetesPerformanceError'),
    code: 'PROBE_FAILED',
    recovers: true,
    fix: (_, { scope }) =>
      fix(
        'Azure runs the command in a pod in the namespace aks-command, which needs a node with free capacity and access to mcr.microsoft.com. Re-run the ' +
          'step later, or run a command by hand:',
        invokeCommand(scope),
      ),
  },
  {
    // hashicorp/terraform-provider-azurerm issue 15489
    when: ({ status, message }) => status === 400 && /static credential is not allowed/i.test(message),
    code: 'CLUSTER_UNREACHABLE',
    fix: (_, { scope }) =>
      fix(
        'The cluster has local accounts disabled and does not use Microsoft Entra. Set probe-with: run-command, or enable Microsoft Entra, which changes ' +
          'how everyone signs in to the cluster:',
        aksCommand('update', scope, '--enable-aad'),
      ),
  },
  ...armRules,
]
