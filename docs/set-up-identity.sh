# Edit these. This identity replaces the application in the README's script.
REPOSITORY=contoso/shop
SUBJECT="repo:$REPOSITORY:ref:refs/heads/main"
SUBSCRIPTION=$(az account show --query id --output tsv)
GROUP=rg-shop

az identity create --name gh-attach-acr --resource-group "$GROUP" --subscription "$SUBSCRIPTION"
show() {
  az identity show --name gh-attach-acr --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --output tsv "$@"
}
CLIENT_ID=$(show --query clientId)
OBJECT_ID=$(show --query principalId)
az identity federated-credential create --identity-name gh-attach-acr --resource-group "$GROUP" \
  --subscription "$SUBSCRIPTION" --name github --issuer https://token.actions.githubusercontent.com \
  --subject "$SUBJECT" --audiences api://AzureADTokenExchange
