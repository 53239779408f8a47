# For the scripts beside it: identities that have only the roles that a script gives them, and sign in with the ID token of the job.
id_token() {
  printf 'header = "Authorization: bearer %s"' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
    curl --silent --show-error --fail --config - "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" | jq --join-output .value
}
claim() { id_token | jq --raw-input --raw-output --arg name "$1" 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson[$name]'; }
make_identity() { # name; sets tenant, client and principal
  read -r tenant client principal < <(az identity create --name "$1" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" \
    --query '[tenantId, clientId, principalId]' --output tsv | paste --serial)
  az identity federated-credential create --name job --identity-name "$1" --resource-group "$GROUP" --subscription "$SUBSCRIPTION" \
    --issuer "$(claim iss)" --subject "$(claim sub)" --audiences api://AzureADTokenExchange --output none
}
token_of() { # client, scope; asks until Microsoft Entra knows the credential, for up to 10 minutes
  local token
  for _ in {1..30}; do
    token=$(id_token | curl --silent --data-urlencode client_assertion@- --data "client_id=$1" --data grant_type=client_credentials \
      --data client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer --data-urlencode "scope=$2/.default" \
      "https://login.microsoftonline.com/$tenant/oauth2/v2.0/token" | jq --join-output '.access_token // ""')
    [ -z "$token" ] || break
    sleep 20
  done
  printf '%s' "$token"
}
post() { curl --silent --output answer.json --write-out '%{http_code}' "$@"; }
try_pull() { # token, registry, then the references of manifests; sets told to what each of the requests of a pull is answered
  local token=$1 host="$2.azurecr.io" reference
  shift 2
  told="exchange $(printf '%s' "$token" | post --data-urlencode access_token@- --data grant_type=access_token --data "service=$host" --data "tenant=$tenant" "https://$host/oauth2/exchange")"
  jq --exit-status .refresh_token answer.json >refresh.json || return
  for reference; do
    told+=", token $(jq --join-output . refresh.json | post --data-urlencode refresh_token@- --data grant_type=refresh_token --data "service=$host" --data "scope=repository:${reference%%[:@]*}:pull" "https://$host/oauth2/token")"
    jq --exit-status .access_token answer.json >access.json || return
    told+=", manifest $(jq --raw-output '"header = \"Authorization: Bearer \(.)\""' access.json | post --config - --header 'Accept: application/vnd.oci.image.index.v1+json' "https://$host/v2/${reference%%[:@]*}/manifests/${reference#*[:@]}")"
  done
}
