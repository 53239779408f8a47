#!/usr/bin/env bash
# Asks Azure what packages/azure-simulator/QUESTIONS.md has open. What is answered is in the recording; a refusal is an answer.
# Needs az, signed in, the variables SUBSCRIPTION, GROUP, CLUSTER and REGISTRY, and what assignments.sh has made.
set -uo pipefail

source "$(dirname "$0")/question.sh"
arm=https://management.azure.com
group="/subscriptions/$SUBSCRIPTION/resourceGroups/$GROUP"
registry="$group/providers/Microsoft.ContainerRegistry/registries/$REGISTRY"
principal=$(az identity create --name asked --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --query principalId --output tsv)
pull="/subscriptions/$SUBSCRIPTION/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d"
reader="/subscriptions/$SUBSCRIPTION/providers/Microsoft.Authorization/roleDefinitions/b93aa761-3e63-49ed-ac28-beffa264f7ac"

question 'import onto a tag that another image has' \
  az acr import --name "$REGISTRY" --subscription "$SUBSCRIPTION" --source mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1 --image seed/pause:v1
question 'import of what is not there' \
  az acr import --name "$REGISTRY" --subscription "$SUBSCRIPTION" --source mcr.microsoft.com/attach-acr/not-there:v1 --image seed/none:v1
question 'a registry in a region that is none' \
  az rest --method put --url "$arm$group/providers/Microsoft.ContainerRegistry/registries/acrmoon$GITHUB_RUN_ID?api-version=2025-11-01" \
  --body '{"location": "moon", "sku": {"name": "Basic"}, "properties": {}}'
question 'a registry whose name is taken' \
  az rest --method put --url "$arm$group/providers/Microsoft.ContainerRegistry/registries/contoso?api-version=2025-11-01" \
  --body '{"location": "westeurope", "sku": {"name": "Basic"}, "properties": {}}'

new_assignment() { printf '%s' "$arm$registry/providers/Microsoft.Authorization/roleAssignments/$(cat /proc/sys/kernel/random/uuid)?api-version=2022-04-01"; }
assignment=$(new_assignment)
condition="((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'})) OR (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase 'seed/pause'))"
body() { jq --null-input --arg role "$1" --arg id "$principal" --argjson more "$2" '{properties: ({roleDefinitionId: $role, principalId: $id, principalType: "ServicePrincipal"} + $more)}'; }
question 'a role assignment with a condition' \
  az rest --method put --url "$assignment" --body "$(body "$reader" "$(jq --null-input --arg c "$condition" '{condition: $c, conditionVersion: "2.0"}')")"
question 'the same again without it: does the condition stay?' az rest --method put --url "$assignment" --body "$(body "$reader" '{}')"
question 'with an empty condition' az rest --method put --url "$assignment" --body "$(body "$reader" '{"condition": "", "conditionVersion": ""}')"
question 'another role under the same name' az rest --method put --url "$assignment" --body "$(body "$pull" '{}')"
question 'with a condition that is none' \
  az rest --method put --url "$assignment" --body "$(body "$reader" '{"condition": "this is none", "conditionVersion": "2.0"}')"
question 'with another type of principal' \
  az rest --method put --url "$(new_assignment)" --body "$(body "$pull" '{"principalType": "User"}')"
question 'a filter that does not exist' \
  az rest --method get --url "$arm$registry/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&\$filter=atScope() and principalId eq '$principal'"
question 'an api-version that does not exist' az rest --method get --url "$arm$registry?api-version=1999-01-01"

listed="$group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/listed-1"
first_page() {
  told=$(az rest --method get --url "$arm$listed/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&\$filter=atScope()" |
    jq --raw-output '"\(.value | length), and \(if .nextLink then "" else "no " end)more pages"')
}
question 'the first page of a list of role assignments' first_page

identities() { az identity list --subscription "$SUBSCRIPTION" --query "[?name=='gone-$GITHUB_RUN_ID'].id" --output tsv; }
seconds_until() { # a command; how long until it succeeds, for up to 15 minutes
  local start=$SECONDS
  until "$@"; do
    [ $((SECONDS - start)) -lt 900 ] || return
    sleep 5
  done
  printf '%s' "$((SECONDS - start))"
}
is_listed() { [ -n "$(identities)" ]; }
is_gone() { [ -z "$(identities)" ]; }
list_lag() {
  local listed
  az identity create --name "gone-$GITHUB_RUN_ID" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --output none || return
  listed=$(seconds_until is_listed)
  az identity delete --name "gone-$GITHUB_RUN_ID" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" || return
  told="listed ${listed:-more than 900} s after its creation, no more $(seconds_until is_gone) s after its deletion"
}
question 'the list of identities after a deletion' list_lag

policy=$(az policy definition create --name "deny-$GITHUB_RUN_ID" --subscription "$SUBSCRIPTION" --mode All --query id --output tsv \
  --rules '{"if": {"field": "type", "equals": "Microsoft.Authorization/roleAssignments"}, "then": {"effect": "deny"}}')
az policy assignment create --name "deny-$GITHUB_RUN_ID" --policy "$policy" --scope "$registry" --output none
denied_by_policy() { # a URL; asks for up to half an hour, until the policy is in force
  local start=$SECONDS refusal
  for _ in {1..60}; do
    if ! refusal=$(az rest --method put --url "$1" --body "$(body "$pull" '{}')" 2>&1); then
      printf '%s\n' "$refusal"
      told="$(code_of <<<"$refusal") after $((SECONDS - start)) s"
      return 1
    fi
    az rest --method delete --url "$1" --output none
    sleep 30
  done
}
question 'a role assignment that a policy denies' denied_by_policy "$(new_assignment)"
az policy assignment delete --name "deny-$GITHUB_RUN_ID" --scope "$registry"
az rest --method delete --url "$arm$policy?api-version=2021-06-01"

az lock create --name asked --lock-type ReadOnly --resource-group "$GROUP" --resource-name "$REGISTRY" \
  --resource-type Microsoft.ContainerRegistry/registries --subscription "$SUBSCRIPTION" --output none
question 'a role assignment at a registry that is locked' az rest --method put --url "$(new_assignment)" --body "$(body "$pull" '{}')"
az lock delete --name asked --resource-group "$GROUP" --resource-name "$REGISTRY" \
  --resource-type Microsoft.ContainerRegistry/registries --subscription "$SUBSCRIPTION"

set_run_command_disabled() { # true or false; only previews of az aks update have an option for it
  az rest --method get --url "$arm$group/providers/Microsoft.ContainerService/managedClusters/$CLUSTER?api-version=2025-03-01" |
    jq --argjson disabled "$1" '.properties.apiServerAccessProfile.disableRunCommand = $disabled' >cluster.json
  az rest --method put --url "$arm$group/providers/Microsoft.ContainerService/managedClusters/$CLUSTER?api-version=2025-03-01" --body @cluster.json --output none
  az aks wait --name "$CLUSTER" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --updated
}
set_run_command_disabled true
question 'Run Command where it is disabled' \
  az aks command invoke --name "$CLUSTER" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --command 'kubectl get nodes'
set_run_command_disabled false
az aks update --name "$CLUSTER" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --disable-local-accounts --enable-aad --output none
question 'the admin credential where local accounts are disabled' \
  az aks get-credentials --name "$CLUSTER" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --admin --file -
az aks stop --name "$CLUSTER" --resource-group "$GROUP" --subscription "$SUBSCRIPTION"
question 'Run Command where the cluster is stopped' \
  az aks command invoke --name "$CLUSTER" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --command 'kubectl get nodes'
