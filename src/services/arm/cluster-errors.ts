import { aksCommand, invokeCommand } from '../../model/az-commands.js'
import type { AzureAnswer } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import type { Rule } from '../../model/rule.js'
import { isCode } from './answer.js'
import type { ArmAttempt } from './attempt.js'
import { armRules } from './errors.js'

/** What Azure says where it reaches into a cluster: AKS Run Command, and the kubeconfig. The rest is that of Azure Resource Manager. */
export const clusterRules: Rule<AzureAnswer, ArmAttempt>[] = [
  {
    // learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/resolve-az-aks-command-invoke-failures
    when: answer => isCode(answer, 'KubernetesOperationError') && /denied the request/i.test(answer.message),
    code: 'PROBE_FAILED',
    fix: (_, { scope }) =>
      fix(
        'A policy of the cluster does not let the pod of AKS Run Command in. Exempt the namespace aks-command from it, or set probe-with: kubectl on a runner that ' +
          'reaches the API server. Whether it runs:',
        invokeCommand(scope),
      ),
  },
  {
    when: answer => isCode(answer, 'KubernetesOperationError', 'KubernetesPerformanceError'),
    code: 'PROBE_FAILED',
    recovers: true,
    fix: (_, { scope }) =>
      fix(
        'Azure runs the command in a pod of the namespace aks-command, which needs a node with room and a way to mcr.microsoft.com. Run the step again later. By hand:',
        invokeCommand(scope),
      ),
  },
  {
    // hashicorp/terraform-provider-azurerm issue 15489
    when: ({ status, message }) => status === 400 && /static credential is not allowed/i.test(message),
    code: 'CLUSTER_UNREACHABLE',
    fix: (_, { scope }) =>
      fix(
        'Local accounts are disabled on the cluster, and it does not use Microsoft Entra. Set probe-with: run-command, or turn on Microsoft Entra, which changes how ' +
          'everyone signs in to it:',
        aksCommand('update', scope, '--enable-aad'),
      ),
  },
  ...armRules,
]
