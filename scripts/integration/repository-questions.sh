#!/usr/bin/env bash
# Asks registries what docs/fidelity.md has open about conditions on repositories and about locks. What is answered is in the recording; a refusal is an answer.
# Needs az, signed in as a service principal, and the variables SUBSCRIPTION, GROUP, IMAGE_SOURCE, REGISTRY, and ABAC, a registry in ABAC mode that has seed/pause:v1.
set -uo pipefail
source "$(dirname "$0")/question.sh"

# An Owner of the subscription has no access to the repositories of a registry in ABAC mode, so the condition decides.
principal=$(az account get-access-token --query accessToken --output tsv |
  jq --raw-input --raw-output 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson | .oid')
abac="/subscriptions/$SUBSCRIPTION/resourceGroups/$GROUP/providers/Microsoft.ContainerRegistry/registries/$ABAC"
role='Container Registry Repository Reader'
reads="!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}) AND !(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/metadata/read'})"
pull_allowed_by() { # attribute; waits up to 15 minutes, as long as a role can take
  az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal --role "$role" --scope "$abac" --subscription "$SUBSCRIPTION" \
    --condition "(($reads) OR ($1[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase 'seed/pause'))" --condition-version 2.0 --output none || return
  local end=1
  for _ in {1..30}; do
    az acr manifest show --registry "$ABAC" --name seed/pause:v1 --subscription "$SUBSCRIPTION" --output none && end=0 && break
    sleep 30
  done
  az role assignment delete --assignee "$principal" --role "$role" --scope "$abac" --subscription "$SUBSCRIPTION" --yes
  return $end
}
question 'a pull that a condition about @Resource allows' pull_allowed_by @Resource
question 'a pull that a condition about @Request allows' pull_allowed_by @Request

az acr import --name "$REGISTRY" --subscription "$SUBSCRIPTION" --source "$IMAGE_SOURCE" --image seed/locked:v1 --output none
index=$(az acr repository show --name "$REGISTRY" --image seed/locked:v1 --subscription "$SUBSCRIPTION" --query digest --output tsv)
part=$(az acr manifest show --registry "$REGISTRY" --name seed/locked:v1 --subscription "$SUBSCRIPTION" --query 'manifests[0].digest' --output tsv)
az acr repository update --name "$REGISTRY" --image "seed/locked@$index" --subscription "$SUBSCRIPTION" --delete-enabled false --output none
question 'a deletion of an image that is locked' \
  az acr manifest delete --registry "$REGISTRY" --name "seed/locked@$index" --subscription "$SUBSCRIPTION" --yes
question 'a deletion of a part of an index that is locked' \
  az acr manifest delete --registry "$REGISTRY" --name "seed/locked@$part" --subscription "$SUBSCRIPTION" --yes
question 'a deletion of the repository of an image that is locked' \
  az acr repository delete --name "$REGISTRY" --repository seed/locked --subscription "$SUBSCRIPTION" --yes
question 'a deletion of the tag of an image that is locked' \
  az acr repository untag --name "$REGISTRY" --image seed/locked:v1 --subscription "$SUBSCRIPTION"
