# Edit these, then paste the whole block into bash, signed in with az and gh. It stops at the first command that fails.
(
set -euo pipefail
REPOSITORY=contoso/shop                              # the repository whose workflows run the step
# Everyone who can push to the branch in SUBJECT can use the identity, so protect it. With an environment, so can every job
# that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
SUBJECT="repo:$REPOSITORY:ref:refs/heads/main"       # or "repo:$REPOSITORY:environment:production"
SUBSCRIPTION=$(az account show --query id --output tsv)
CLUSTER=aks-prod-1
GROUP=rg-shop                                        # the cluster's resource group
REGISTRY=contosoacr

CLIENT_ID=$(az ad app create --display-name gh-attach-acr --query appId --output tsv)
OBJECT_ID=$(az ad sp create --id "$CLIENT_ID" --query id --output tsv)
az ad app federated-credential create --id "$CLIENT_ID" --parameters "{\"name\": \"github\", \"subject\": \"$SUBJECT\",
  \"issuer\": \"https://token.actions.githubusercontent.com\", \"audiences\": [\"api://AzureADTokenExchange\"]}"

# It can read the cluster, and assign pull roles at the registry: only these two, only to service principals.
CONDITION=$(cat <<'END'
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR
 (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
  @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'})) AND
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR
 (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
  @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))
END
)
CLUSTER_ID=$(az aks show --name "$CLUSTER" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" \
  --query id --output tsv)
REGISTRY_ID=$(az acr show --name "$REGISTRY" --subscription "$SUBSCRIPTION" --query id --output tsv)
assign() { az role assignment create --assignee-object-id "$OBJECT_ID" --assignee-principal-type ServicePrincipal \
  --subscription "$SUBSCRIPTION" "$@"; }
assign --role Reader --scope "$CLUSTER_ID"
assign --role "Role Based Access Control Administrator" --scope "$REGISTRY_ID" \
  --condition-version 2.0 --condition "$CONDITION"

# For verify: pull, it can start probe pods in the cluster, and import the pause image that they pull.
PROBE_ROLE=$(cat <<END
{"Name": "AKS Probe", "Description": "Lets attach-acr prove that nodes pull",
 "Actions": ["Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
 "Microsoft.ContainerService/managedClusters/runCommand/action",
 "Microsoft.ContainerService/managedClusters/commandResults/read"],
 "DataActions": ["Microsoft.ContainerService/managedClusters/nodes/read",
 "Microsoft.ContainerService/managedClusters/events/read", "Microsoft.ContainerService/managedClusters/pods/read",
 "Microsoft.ContainerService/managedClusters/pods/write", "Microsoft.ContainerService/managedClusters/pods/delete"],
 "AssignableScopes": ["/subscriptions/$SUBSCRIPTION"]}
END
)
az role definition create --subscription "$SUBSCRIPTION" --role-definition "$PROBE_ROLE"
assign --role "AKS Probe" --scope "$CLUSTER_ID"
assign --role "Container Registry Data Importer and Data Reader" --scope "$REGISTRY_ID"

gh variable set AZURE_CLIENT_ID --repo "$REPOSITORY" --body "$CLIENT_ID"
gh variable set AZURE_TENANT_ID --repo "$REPOSITORY" --body "$(az account show --query tenantId --output tsv)"
gh variable set AZURE_SUBSCRIPTION_ID --repo "$REPOSITORY" --body "$SUBSCRIPTION"
)
