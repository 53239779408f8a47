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

$ClientId = az ad app create --display-name gh-attach-acr-check --query appId --output tsv
$ObjectId = az ad sp create --id $ClientId --query id --output tsv
@{ name = 'github'; subject = $Subject; issuer = 'https://token.actions.githubusercontent.com'
  audiences = @('api://AzureADTokenExchange') } |
  ConvertTo-Json | Set-Content credential.json
az ad app federated-credential create --id $ClientId --parameters '@credential.json'

# The identity can read clusters, registries and role assignments, and nothing else.
@"
{{definition reading}}
"@ | Set-Content check-role.json
az role definition create --subscription $Subscription --role-definition '@check-role.json'
az role assignment create --assignee-object-id $ObjectId --assignee-principal-type ServicePrincipal `
  --role '{{name reading}}' --scope "/subscriptions/$Subscription" --subscription $Subscription
Remove-Item -Path 'credential.json', 'check-role.json'

gh variable set AZURE_CHECK_CLIENT_ID --repo $Repository --body $ClientId
gh variable set AZURE_TENANT_ID --repo $Repository --body (az account show --query tenantId --output tsv)
gh variable set AZURE_SUBSCRIPTION_ID --repo $Repository --body $Subscription
}
