# Edit these, then paste the whole block into bash, signed in with az and gh. It stops at the first command that fails.
(
set -euo pipefail
REPOSITORY=contoso/shop                              # the repository whose workflows run the step
# Everyone who can push to the branch in SUBJECT can use the identity, so protect it. With an environment, so can every job
# that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
SUBJECT="repo:$REPOSITORY:ref:refs/heads/main"       # or "repo:$REPOSITORY:environment:production"
SUBSCRIPTION=$(az account show --query id --output tsv)
CLUSTER=aks-prod-1
GROUP=rg-shop                                        # the resource group of the cluster, and of the new identity
REGISTRY=contosoacr

az identity create --name gh-attach-acr --resource-group "$GROUP" --subscription "$SUBSCRIPTION"
show() {
  az identity show --name gh-attach-acr --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --output tsv "$@"
}
CLIENT_ID=$(show --query clientId)
OBJECT_ID=$(show --query principalId)
az identity federated-credential create --identity-name gh-attach-acr --resource-group "$GROUP" \
  --subscription "$SUBSCRIPTION" --name github --issuer https://token.actions.githubusercontent.com \
  --subject "$SUBJECT" --audiences api://AzureADTokenExchange

{{grants}}
