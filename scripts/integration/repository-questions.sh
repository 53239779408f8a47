#!/usr/bin/env bash
# Asks registries what packages/azure-simulator/QUESTIONS.md has open about roles, conditions on repositories and locks. What is answered is in the recording; a refusal is an answer.
# Needs az, signed in as a service principal, a job that may request ID tokens, and the variables SUBSCRIPTION, GROUP, IMAGE_SOURCE, REGISTRY and ABAC. The last
# is a registry in ABAC mode; both have seed/pause:v1.
set -uo pipefail
source "$(dirname "$0")/question.sh"

# An Owner of the subscription has no access to the repositories of a registry in ABAC mode, so the condition decides.
principal=$(az account get-access-token --query accessToken --output tsv |
  jq --raw-input --raw-output 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson | .oid')
abac="/subscriptions/$SUBSCRIPTION/resourceGroups/$GROUP/providers/Microsoft.ContainerRegistry/registries/$ABAC"
role='Container Registry Repository Reader'
reads="!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}) AND !(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/metadata/read'})"
pull_allowed_by() { # attribute; waits up to 15 minutes, as long as a role can take
  local assignment end=1
  assignment=$(az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal --role "$role" --scope "$abac" --subscription "$SUBSCRIPTION" \
    --condition "(($reads) OR ($1[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase 'seed/pause'))" --condition-version 2.0 \
    --query id --output tsv) || return
  for _ in {1..30}; do
    az acr manifest show --registry "$ABAC" --name seed/pause:v1 --subscription "$SUBSCRIPTION" --output none && end=0 && break
    sleep 30
  done
  az role assignment delete --ids "$assignment"
  return $end
}
question 'a pull that a condition about @Resource allows' pull_allowed_by @Resource
question 'a pull that a condition about @Request allows' pull_allowed_by @Request

# An identity without any role signs in with the ID token of this job.
id_token() {
  printf 'header = "Authorization: bearer %s"' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
    curl --silent --show-error --fail --config - "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" | jq --join-output .value
}
claim() { id_token | jq --raw-input --raw-output --arg name "$1" 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson[$name]'; }
read -r tenant client < <(az identity create --name without-role --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --query '[tenantId, clientId]' --output tsv | paste --serial)
az identity federated-credential create --name job --identity-name without-role --resource-group "$GROUP" --subscription "$SUBSCRIPTION" \
  --issuer "$(claim iss)" --subject "$(claim sub)" --audiences api://AzureADTokenExchange --output none
for _ in {1..30}; do # until Microsoft Entra knows the credential
  token=$(id_token | curl --silent --data-urlencode client_assertion@- --data "client_id=$client" --data grant_type=client_credentials \
    --data client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer --data-urlencode scope=https://containerregistry.azure.net/.default \
    "https://login.microsoftonline.com/$tenant/oauth2/v2.0/token" | jq --join-output '.access_token // ""')
  [ -z "$token" ] || break
  sleep 20
done
post() { curl --silent --output answer.json --write-out '%{http_code}' "$@"; }
pull_without_role() { # registry; what each of the requests of a pull is answered
  local host="$1.azurecr.io"
  told="exchange $(printf '%s' "$token" | post --data-urlencode access_token@- --data grant_type=access_token --data "service=$host" --data "tenant=$tenant" "https://$host/oauth2/exchange")"
  jq --exit-status .refresh_token answer.json >refresh.json || return
  told+=", token $(jq --join-output . refresh.json | post --data-urlencode refresh_token@- --data grant_type=refresh_token --data "service=$host" --data scope=repository:seed/pause:pull "https://$host/oauth2/token")"
  jq --exit-status .access_token answer.json >access.json || return
  told+=", manifest $(jq --raw-output '"header = \"Authorization: Bearer \(.)\""' access.json | post --config - --header 'Accept: application/vnd.oci.image.index.v1+json' "https://$host/v2/seed/pause/manifests/v1")"
}
question 'a pull by an identity without a role' pull_without_role "$REGISTRY"
question 'a pull by an identity without a role, in ABAC mode' pull_without_role "$ABAC"
rm -f answer.json refresh.json access.json

az acr import --name "$REGISTRY" --subscription "$SUBSCRIPTION" --source "$IMAGE_SOURCE" --image seed/locked:v1 --output none
index=$(az acr repository show --name "$REGISTRY" --image seed/locked:v1 --subscription "$SUBSCRIPTION" --query digest --output tsv)
part=$(az acr manifest show --registry "$REGISTRY" --name seed/locked:v1 --subscription "$SUBSCRIPTION" --query 'manifests[0].digest' --output tsv)
az acr import --name "$REGISTRY" --subscription "$SUBSCRIPTION" --source "$IMAGE_SOURCE" --image seed/written:v1 --output none
az acr repository update --name "$REGISTRY" --image seed/written:v1 --subscription "$SUBSCRIPTION" --write-enabled false --output none
question 'an import with force onto a tag that is locked' \
  az acr import --name "$REGISTRY" --subscription "$SUBSCRIPTION" --source "$REGISTRY.azurecr.io/seed/locked@$part" --image seed/written:v1 --force
az acr repository update --name "$REGISTRY" --image "seed/locked@$index" --subscription "$SUBSCRIPTION" --delete-enabled false --output none
question 'a deletion of an image that is locked' \
  az acr manifest delete --registry "$REGISTRY" --name "seed/locked@$index" --subscription "$SUBSCRIPTION" --yes
question 'a deletion of a part of an index that is locked' \
  az acr manifest delete --registry "$REGISTRY" --name "seed/locked@$part" --subscription "$SUBSCRIPTION" --yes
question 'a deletion of the repository of an image that is locked' \
  az acr repository delete --name "$REGISTRY" --repository seed/locked --subscription "$SUBSCRIPTION" --yes
question 'a deletion of the tag of an image that is locked' \
  az acr repository untag --name "$REGISTRY" --image seed/locked:v1 --subscription "$SUBSCRIPTION"
