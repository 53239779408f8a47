# Edit these, then paste the whole block into PowerShell 7.4 or newer, signed in with az and gh. It stops at the first
# command that fails.
& {
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$Repository = 'contoso/shop'                            # the repository whose workflows run the step
# Everyone who can push to the branch in $Subject can use the identity, so protect it. With an environment, so can every job
# that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
$Subject = "repo:${Repository}:ref:refs/heads/main"     # or "repo:${Repository}:environment:production"
$Subscription = az account show --query id --output tsv
$Cluster = 'aks-prod-1'
$Group = 'rg-shop'                                      # the cluster's resource group
$Registry = 'contosoacr'

$ClientId = az ad app create --display-name gh-attach-acr --query appId --output tsv
$ObjectId = az ad sp create --id $ClientId --query id --output tsv
@{ name = 'github'; subject = $Subject; issuer = 'https://token.actions.githubusercontent.com'
  audiences = @('api://AzureADTokenExchange') } |
  ConvertTo-Json | Set-Content credential.json
az ad app federated-credential create --id $ClientId --parameters '@credential.json'

# It can read the cluster, and assign pull roles at the registry: only these two, only to service principals.
@'
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR
 (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
  @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'})) AND
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR
 (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
  @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))
'@ | Set-Content condition.txt
$ClusterId = az aks show --name $Cluster --resource-group $Group --subscription $Subscription `
  --query id --output tsv
$RegistryId = az acr show --name $Registry --subscription $Subscription --query id --output tsv
function assign {
  az role assignment create --assignee-object-id $ObjectId --assignee-principal-type ServicePrincipal `
    --subscription $Subscription @args
}
assign --role Reader --scope $ClusterId
assign --role 'Role Based Access Control Administrator' --scope $RegistryId `
  --condition-version 2.0 --condition '@condition.txt'

# For verify: pull, it can start probe pods in the cluster, and import the pause image that they pull.
@"
{"Name": "AKS Probe", "Description": "Lets attach-acr prove that nodes pull",
 "Actions": ["Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
 "Microsoft.ContainerService/managedClusters/runCommand/action",
 "Microsoft.ContainerService/managedClusters/commandResults/read"],
 "DataActions": ["Microsoft.ContainerService/managedClusters/nodes/read",
 "Microsoft.ContainerService/managedClusters/events/read", "Microsoft.ContainerService/managedClusters/pods/read",
 "Microsoft.ContainerService/managedClusters/pods/write", "Microsoft.ContainerService/managedClusters/pods/delete"],
 "AssignableScopes": ["/subscriptions/$Subscription"]}
"@ | Set-Content probe-role.json
az role definition create --subscription $Subscription --role-definition '@probe-role.json'
assign --role 'AKS Probe' --scope $ClusterId
assign --role 'Container Registry Data Importer and Data Reader' --scope $RegistryId
Remove-Item -Path 'credential.json', 'condition.txt', 'probe-role.json'

gh variable set AZURE_CLIENT_ID --repo $Repository --body $ClientId
gh variable set AZURE_TENANT_ID --repo $Repository --body (az account show --query tenantId --output tsv)
gh variable set AZURE_SUBSCRIPTION_ID --repo $Repository --body $Subscription
}
