# Edit these. This identity replaces the application in the README's script.
REPOSITORY=contoso/shop
SUBJECT="repo:$REPOSITORY:ref:refs/heads/main"
SUBSCRIPTION=$(az account show --query id --output tsv)
GROUP=rg-shop

az identity create --name gh-attach-acr --resource-group "$GROUP" --subscription "$SUBSCRIPTION"
CLIENT_ID=$(az identity show --name gh-attach-acr --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --query clientId --output tsv)
OBJECT_ID=$(az identity show --name gh-attach-acr --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --query principalId --output tsv)
az identity federated-credential create --identity-name gh-attach-acr --resource-group "$GROUP" --subscription "$SUBSCRIPTION" --name github \
  --issuer https://token.actions.githubusercontent.com --subject "$SUBJECT" --audiences api://AzureADTokenExchange
