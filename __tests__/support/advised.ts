import { unroll } from './az.js'

// The commands that the action may print: none deletes or changes a role assignment, a condition or a membership, and what is not known here may.

/** Commands that only read, or that only change the user's own machine. */
const looks = [
  /^kubectl (?:get|describe)\b/,
  /^az rest --method get\b/,
  /^az (?:[a-z-]+ )+(?:list|show|wait|show-[a-z-]+|list-[a-z-]+)\b[^|]*$/s,
  /^az aks (?:get-credentials|install-cli)\b/,
  // Its command is `kubectl get nodes`.
  /^az aks command invoke\b/,
]

/** Commands that change something else than who can pull by a role, or that give access. */
const harmless = [
  // Pods of this action.
  /^kubectl delete pods attach-acr-probe-/,
  // It starts a pod that it deletes.
  /^az aks check-acr\b/,
  /^kubectl create (?:namespace|serviceaccount|clusterrole|clusterrolebinding)\b/,
  /^az aks (?:start|upgrade|update-credentials)\b/,
  // It adds a secret, and its output is in the pipe.
  /^az ad app credential reset .*--append\b/s,
  /^az aks nodepool \w+\b/,
  /^az aks update .*(?:--yes|--enable-aad)\b/s,
  // For a cluster whose application is gone, which can pull nothing.
  /^az aks update .*--enable-managed-identity\b/s,
  // They bring an image back, or let it be pulled again.
  /^az acr (?:import|manifest restore)\b/,
  /^az acr repository update .*--(?:read|write)-enabled true\b/s,
  /^az acr update .*--(?:admin-enabled|allow-trusted-services|anonymous-pull-enabled|public-network-enabled true|sku)\b/s,
  /^az provider register\b/,
  /^az resource update .*disableRunCommand=false\b/s,
  /^az (?:ad group create|ad app create|ad sp create|identity create)\b/,
  /^az (?:ad app|identity) federated-credential (?:create|update)\b/,
  /^az rest --method (?:post|patch) .*federatedIdentityCredentials\b/s,
  /^az role definition create\b/,
  // It creates the role only if there is none.
  /^az role definition list [^|]*\| grep -q \. \|\| \\\n *az role definition create\b/,
  // `az` counts an assignment that exists as success, and changes nothing.
  /^az role assignment create\b/,
  /^az ad group member add\b/,
  /^az login\b/,
  // It shows what it will create, and asks; with --remove, it takes back.
  /^bash (?:docs\/)?set-up\.sh (?!.*--(?:remove|yes)\b)/s,
  /^curl -fsSLO https:\/\/\S+\/docs\/set-up\.sh$/,
]

/** The commands of a pipe that runs the next one for each line. */
export function stagesOf(command: string): string[] {
  return command.split(/\s*(?:\\\n\s*)?\| xargs -r -n 1 /)
}

/** Whether a command is known to take access from nobody. */
export function takesNothing(command: string): boolean {
  const stages = unroll(command).flatMap(stagesOf)
  return stages.every(stage => [...looks, ...harmless].some(pattern => pattern.test(stage)))
}
