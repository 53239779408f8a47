# Edit these, then paste the whole block into bash, signed in with az and gh. It stops at the first command that fails.
(
set -euo pipefail
REPOSITORY=contoso/shop                              # the repository whose workflows run the step
# Everyone who can push to the branch in SUBJECT can use the identity, so protect it. With an environment, so can every job
# that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
SUBJECT="repo:$REPOSITORY:ref:refs/heads/main"       # or "repo:$REPOSITORY:environment:production"
SUBSCRIPTION=$(az account show --query id --output tsv)

CLIENT_ID=$(az ad app create --display-name gh-attach-acr-check --query appId --output tsv)
OBJECT_ID=$(az ad sp create --id "$CLIENT_ID" --query id --output tsv)
az ad app federated-credential create --id "$CLIENT_ID" --parameters "{\"name\": \"github\", \"subject\": \"$SUBJECT\",
  \"issuer\": \"https://token.actions.githubusercontent.com\", \"audiences\": [\"api://AzureADTokenExchange\"]}"

# The identity can read clusters, registries and role assignments, and nothing else.
CHECK_ROLE=$(cat <<END
{{definition reading}}
END
)
az role definition create --subscription "$SUBSCRIPTION" --role-definition "$CHECK_ROLE"
az role assignment create --assignee-object-id "$OBJECT_ID" --assignee-principal-type ServicePrincipal \
  --role "{{name reading}}" --scope "/subscriptions/$SUBSCRIPTION" --subscription "$SUBSCRIPTION"

gh variable set AZURE_CHECK_CLIENT_ID --repo "$REPOSITORY" --body "$CLIENT_ID"
gh variable set AZURE_TENANT_ID --repo "$REPOSITORY" --body "$(az account show --query tenantId --output tsv)"
gh variable set AZURE_SUBSCRIPTION_ID --repo "$REPOSITORY" --body "$SUBSCRIPTION"
)
