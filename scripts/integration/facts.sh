#!/usr/bin/env bash
# Asks Azure for the facts of docs/internals.md that only a real subscription can settle. What is answered is in the recording; a refusal is an answer.
# Needs az, signed in, a job that may request ID tokens, and the variables SUBSCRIPTION, GROUP and IMAGE_SOURCE.
set -uo pipefail
source "$(dirname "$0")/question.sh"
source "$(dirname "$0")/identity.sh"

arm=https://management.azure.com
group="/subscriptions/$SUBSCRIPTION/resourceGroups/$GROUP"
make_identity narrow
identity="$group/providers/Microsoft.ManagedIdentity/userAssignedIdentities/narrow"

flexible=$(jq --null-input --arg issuer "$(claim iss)" --arg sub "$(claim sub)" --arg id "$(claim repository_id)" '{properties: {
  issuer: $issuer, audiences: ["api://AzureADTokenExchange"],
  claimsMatchingExpression: {value: "claims[\u0027sub\u0027] eq \u0027\($sub)\u0027 and claims[\u0027repository_id\u0027] eq \u0027\($id)\u0027", languageVersion: 1}}}')
question 'a flexible federated credential of a managed identity' \
  az rest --method put --url "$arm$identity/federatedIdentityCredentials/flexible?api-version=2025-01-31-preview" --body "$flexible"

assign() { # role, scope
  az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal --role "$1" --scope "$2" --subscription "$SUBSCRIPTION" --output none
}
get() { printf 'header = "Authorization: Bearer %s"' "$(token_of "$client" $arm)" | curl --silent --config - "$arm$1"; }
listed_identities() { # waits until its only role works, for up to 15 minutes
  local all
  assign Reader "$identity"
  for _ in {1..30}; do
    if get "$identity?api-version=2023-01-31" | jq --exit-status .properties; then break; fi
    sleep 30
  done
  all=$(az identity list --subscription "$SUBSCRIPTION" --query 'length(@)' --output tsv)
  told=$(get "/subscriptions/$SUBSCRIPTION/providers/Microsoft.ManagedIdentity/userAssignedIdentities?api-version=2023-01-31" |
    jq --raw-output --arg all "$all" '.error.code // "\(.value | length) of \($all)"')
}
question 'the list of identities, for one that may read only one of them' listed_identities

name="acrfacts$GITHUB_RUN_ID"
registry="$group/providers/Microsoft.ContainerRegistry/registries/$name"
az acr create --name "$name" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --sku Premium --role-assignment-mode rbac --output none
az acr import --name "$name" --subscription "$SUBSCRIPTION" --source "$IMAGE_SOURCE" --image seed/pause:v1
preview() {
  told=$(az rest --method get --url "$arm$registry?api-version=2026-01-01-preview" --query "properties.regionalEndpoints || 'no such field'" --output tsv)
}
question 'regional endpoints in the preview of 2026' preview
regional_endpoint() {
  local host
  host="$name.$(az acr show --name "$name" --subscription "$SUBSCRIPTION" --query location --output tsv).geo.azurecr.io"
  if getent hosts "$host"; then told="HTTP $(post "https://$host/v2/")"; else told='no such host'; fi
}
question 'a regional endpoint that is not enabled' regional_endpoint

try() { try_pull "$(token_of "$client" https://containerregistry.azure.net)" "$name" "$@"; }
pull_until() { # the end of the last answer; asks for up to 15 minutes
  local start=$SECONDS
  for _ in {1..30}; do
    try seed/pause:v1
    if [[ $told == *"$1" ]]; then break; fi
    sleep 30
  done
  told+=" after $((SECONDS - start)) s"
}
pull_in_mode() { # rbac or rbac-abac, the end of the last answer
  az acr update --name "$name" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --role-assignment-mode "$1" --output none || return
  pull_until "$2"
}
assign AcrPull "$registry"
pull_until 200
question 'a pull with AcrPull after the move to ABAC' pull_in_mode rbac-abac 401
question 'and after the move back' pull_in_mode rbac 200

az rest --method patch --url "$arm$registry?api-version=2025-11-01" --body '{"properties": {"policies": {"quarantinePolicy": {"status": "enabled"}}}}' --output none
az acr import --name "$name" --subscription "$SUBSCRIPTION" --source "$IMAGE_SOURCE" --image seed/held:v1
held=$(az acr repository show --name "$name" --image seed/held:v1 --subscription "$SUBSCRIPTION" --query digest --output tsv)
question 'an image in quarantine by tag and by digest, with AcrPull' try seed/held:v1 "seed/held@$held"
assign 'Container Registry Data Importer and Data Reader' "$registry"
sleep 600 # until that role works, which nothing shows
question "an image in quarantine, with the runner's role" try seed/held:v1 "seed/held@$held"
rm -f answer.json refresh.json access.json
