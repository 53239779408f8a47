import { kubectlCommand } from '../../model/az-commands.js'
import type { ActionError } from '../../model/error.js'
import { choices, fix, type Fix } from '../../model/fix.js'

/** The service account of the inputs that Kubernetes did not find; never `default`, which a controller creates with each namespace. */
export function findMissingAccount(said: string, { accounts = [] }: { accounts?: readonly string[] }) {
  return accounts.find(name => name !== 'default' && said.includes(`serviceaccount "${name}" not found`))
}

/** How to get a service account into the namespace of the probe pods. */
export function adviseOnAccount(account: string, namespace: string): Fix {
  const fields = ['--field-selector', `metadata.name=${account}`]
  return choices(
    {
      text: 'Set probe-namespace to the namespace of the workload, and deploy its service account before this step. To see where it exists:',
      commands: [kubectlCommand('get serviceaccounts --all-namespaces', '', ...fields)],
    },
    {
      text: 'Or create it, and give it the annotations and pull secrets that the workload needs:',
      commands: [kubectlCommand('create serviceaccount', namespace, account)],
    },
  )
}

export function adviseOnQuota(namespace: string): Fix {
  return fix(
    'For each image a pod requests 1m CPU and 8Mi memory, with limits of 100m and 64Mi. Raise the quota, or set probe-namespace to another namespace. To see the quota:',
    kubectlCommand('describe resourcequota', namespace),
  )
}

/** Whether pods were refused because a service account of the inputs does not exist. */
export function isAccountRefusal({ detail }: ActionError): boolean {
  return detail === 'account'
}
