#!/usr/bin/env bash
# Makes more role assignments than were ever seen in one page of a list: of 350 roles for three identities that nobody signs in as, at the first of them.
# They go with the resource group. Needs az, signed in, and the variables SUBSCRIPTION and GROUP. A role that can't be assigned there is left out.
set -euo pipefail

principals=()
for number in 3 2 1; do
  read -r id principal < <(az identity create --name "listed-$number" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --query '[id, principalId]' --output tsv | paste --serial)
  principals+=("$principal")
done
roles=$(az role definition list --subscription "$SUBSCRIPTION" --query "[?roleType=='BuiltInRole'].id | [:350]" --output tsv)
requests=$(mktemp)
trap 'rm "$requests"' EXIT
token=$(az account get-access-token --query accessToken --output tsv)
next=
for role in $roles; do
  for principal in "${principals[@]}"; do
    read -r name </proc/sys/kernel/random/uuid
    cat <<END
${next}url = "https://management.azure.com$id/providers/Microsoft.Authorization/roleAssignments/$name?api-version=2022-04-01"
request = PUT
header = "Authorization: Bearer $token"
header = "Content-Type: application/json"
data = "{\\"properties\\": {\\"roleDefinitionId\\": \\"$role\\", \\"principalId\\": \\"$principal\\", \\"principalType\\": \\"ServicePrincipal\\"}}"
output = /dev/null
write-out = "%{http_code}\\n"
retry = 6
silent
END
    next=$'next\n'
  done
done >"$requests"
curl --parallel --parallel-max 8 --config "$requests" | sort | uniq --count
