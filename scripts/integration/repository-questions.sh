#!/usr/bin/env bash
# Asks registries what packages/azure-simulator/QUESTIONS.md has open about roles, conditions on repositories and locks. What is answered is in the recording; a refusal is an answer.
# Needs az, signed in as a service principal, a job that may request ID tokens, and the variables SUBSCRIPTION, GROUP, IMAGE_SOURCE, REGISTRY and ABAC. The last
# is a registry in ABAC mode; both have seed/pause:v1.
set -uo pipefail
source "$(dirname "$0")/question.sh"
source "$(dirname "$0")/identity.sh"

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
make_identity without-role
token=$(token_of "$client" https://containerregistry.azure.net)
pull_without_role() { try_pull "$token" "$1" seed/pause:v1; }
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
