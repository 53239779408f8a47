# Edit the first lines, then paste the whole block into bash, signed in with az and gh. It looks first, and lists everything
# that is wrong; then it writes only what is missing. Paste it again to add a cluster or a registry, or after it has stopped.
(
REPOSITORY=contoso/shop                          # the repository whose workflows run the step
# Everyone who can push to the branch in SUBJECT can use the identity, so protect it. With an environment, so can every job
# that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
SUBJECT="repo:$REPOSITORY:ref:refs/heads/main"   # or "repo:$REPOSITORY:environment:production"
CLUSTERS="aks-prod-1"                            # names or resource IDs, with blanks or line breaks between them
REGISTRIES="contosoacr"                          # the same
SUBSCRIPTION=$(az account show --query id --output tsv)
VERIFY=yes              # no: without the roles that only verify: pull needs
DEPLOY=no               # yes: also a second identity, which can deploy to NAMESPACE
NAMESPACE=default
MODE=attach             # check: an identity that only reads; with it, "*" in CLUSTERS means the whole subscription
CUSTOM_ROLES=yes        # no: only built-in roles, which allow more
NAME=gh-attach-acr      # of the application; those that check or deploy are called NAME-check and NAME-deploy
CLIENT_ID=""            # of an application to use instead
IDENTITY_GROUP=""       # a resource group: managed identities in it, instead of applications

set -euo pipefail -f
shopt -s nocasematch # Azure ignores the case of IDs, names and actions.
export AZURE_CORE_OUTPUT=tsv AZURE_CORE_ONLY_SHOW_ERRORS=true
trap 'if [ $? != 0 ]; then echo "Stopped. Paste it again after the correction: what exists already stays." >&2; fi' EXIT
say() { printf '%-8s %s\n' "$1" "$2"; }

# Roles of OBJECT_ID at CLUSTER_IDS and REGISTRY_IDS, which are rows: ID|RBAC for clusters, and IDs for registries.
at() { # SCOPE: sets HELD to the roles that it has at exactly this scope.
  local rows scope role
  rows=$(az rest --url "$1/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01" \
    --uri-parameters "\$filter=principalId eq '$OBJECT_ID'" \
    --query "value[].properties.join(' ', [scope, roleDefinitionId])")
  SCOPE=$1 HELD=''
  while read -r scope role; do if [[ $scope == "$1" ]]; then HELD="$HELD $role"; fi; done <<<"$rows"
}
assign() { # NAME ID [--condition ...]: the role, unless it has it already.
  local name=$1 id=$2; shift 2
  if [[ -n $id && $HELD == *"$id"* ]]; then say exists "$name at ${SCOPE##*/}"; return; fi
  az role assignment create --assignee-object-id "$OBJECT_ID" --assignee-principal-type ServicePrincipal --role "$id" \
    --scope "$SCOPE" --subscription "$SUBSCRIPTION" --output none "$@"
  say created "$name at ${SCOPE##*/}"
}
probing() { cat <<END
{"Name": "AKS Probe", "Description": "Lets attach-acr prove that nodes pull",
 "Actions": ["Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
 "Microsoft.ContainerService/managedClusters/runCommand/action",
 "Microsoft.ContainerService/managedClusters/commandResults/read"],
 "DataActions": ["Microsoft.ContainerService/managedClusters/nodes/read",
 "Microsoft.ContainerService/managedClusters/events/read", "Microsoft.ContainerService/managedClusters/pods/read",
 "Microsoft.ContainerService/managedClusters/pods/write", "Microsoft.ContainerService/managedClusters/pods/delete"],
 "AssignableScopes": [$SCOPES]}
END
}
reading() { cat <<END
{"Name": "attach-acr Reader", "Description": "Lets attach-acr read clusters, registries and role assignments",
 "Actions": ["Microsoft.ContainerService/managedClusters/read",
 "Microsoft.ManagedIdentity/userAssignedIdentities/read", "Microsoft.ContainerRegistry/registries/read",
 "Microsoft.Authorization/roleAssignments/read", "Microsoft.Authorization/roleDefinitions/read"],
 "AssignableScopes": [$SCOPES]}
END
}
role_at() { # SCOPE: the ID of the custom role ROLE_NAME and the scopes where it can be assigned, if this is one of them.
  az role definition list --name "$ROLE_NAME" --scope "$1" --subscription "$SUBSCRIPTION" \
    --query "[].join(' ', [name, join(' ', assignableScopes)])"
}
find_role() { # ROW ...: sets ROLE to the ID of that role, ROLE_SCOPES, and NEW_SCOPES to the subscriptions that it lacks.
  local row id found
  ROLE='' ROLE_SCOPES='' NEW_SCOPES=''
  for row in "$@"; do
    found=$(role_at "${row%|*}")
    if [ -n "$found" ]; then
      read -r ROLE ROLE_SCOPES <<<"$found"
    else
      NEW_SCOPES="$NEW_SCOPES $(cut -d / -f 1-3 <<<"${row%|*}")"
    fi
  done
  NEW_SCOPES=$(tr ' ' '\n' <<<"$NEW_SCOPES" | sort -fu | paste -s -d ' ' -)
  if [[ -z $NEW_SCOPES || -n $ROLE ]]; then return; fi
  # A tenant has a name only once, so the role may be in another subscription.
  for id in $(az account list --query "[].id"); do
    if [[ " $NEW_SCOPES " == *" /subscriptions/$id "* ]]; then continue; fi
    found=$(role_at "/subscriptions/$id" 2>/dev/null) || continue
    if [ -n "$found" ]; then read -r ROLE ROLE_SCOPES <<<"$found"; return; fi
  done
}
define() { # probing or reading: creates the role ROLE_NAME, or lets it be assigned in NEW_SCOPES, too.
  local verb=create SCOPES
  if [ -z "$NEW_SCOPES" ]; then say exists "role $ROLE_NAME"; return; fi
  if [ -n "$ROLE" ]; then verb=update; fi
  SCOPES=$(printf ', "%s"' $ROLE_SCOPES $NEW_SCOPES); SCOPES=${SCOPES#, }
  ROLE=$(az role definition $verb --subscription "$SUBSCRIPTION" --role-definition "$($1)" --query name)
  say ${verb}d "role $ROLE_NAME"
}
# The only roles that the identity can assign, and only to service principals: those that let nodes pull.
CONDITION=$(cat <<'END'
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR
 (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
  @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'})) AND
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR
 (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
  @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))
END
)
let_attach() {
  for id in $CLUSTER_IDS; do at "${id%|*}"; assign "Reader" acdd72a7-3385-48ef-bd42-f606fba81ae7; done
  for id in $REGISTRY_IDS; do
    at "$id"
    assign "Role Based Access Control Administrator" f58310d9-a9f6-439a-9e8d-f62e7b41a168 \
      --condition "$CONDITION" --condition-version 2.0
    if [[ $VERIFY == yes ]]; then assign "Container Registry Data Importer and Data Reader" 577a9874-89fd-4f24-9dbd-b5034d0ad23a; fi
  done
}
let_probe() {
  if [ -n "$ROLE_NAME" ]; then define probing; fi
  for id in $CLUSTER_IDS; do
    at "${id%|*}"
    if [ -n "$ROLE_NAME" ]; then assign "$ROLE_NAME" "$ROLE"; continue; fi
    assign "Azure Kubernetes Service Cluster User Role" 4abbcc35-e782-43d8-92c5-2d3f1bd2253f
    if [[ $id == *'|azure' ]]; then assign "Azure Kubernetes Service RBAC Cluster Admin" b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b; fi
  done
}
let_check() {
  if [ -n "$ROLE_NAME" ]; then define reading; fi
  for id in $CLUSTER_IDS $REGISTRY_IDS; do
    at "${id%|*}"
    assign "${ROLE_NAME:-Reader}" "${ROLE:-acdd72a7-3385-48ef-bd42-f606fba81ae7}"
  done
}
let_deploy() {
  for id in $CLUSTER_IDS; do
    at "${id%|*}"; assign "Azure Kubernetes Service Cluster User Role" 4abbcc35-e782-43d8-92c5-2d3f1bd2253f
    at "${id%|*}/namespaces/$NAMESPACE"; assign "Azure Kubernetes Service RBAC Writer" a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb
  done
}

# Identities, without a password.
if [ -n "$IDENTITY_GROUP" ]; then # The same steps for a managed identity and for an application, by NAME and CLIENT.
  kind="managed identity" group=(--resource-group "$IDENTITY_GROUP" --subscription "$SUBSCRIPTION")
  hint="Ask for the role Managed Identity Contributor at the resource group $IDENTITY_GROUP."
  find_client() { az identity list "${group[@]}" --query "[?name=='$1'].clientId"; }
  list_subjects() { az identity federated-credential list "${group[@]}" --identity-name "$1" --query "[].subject"; }
  create() { az identity create "${group[@]}" --name "$1" --query clientId; }
  principal() { az identity show "${group[@]}" --name "$1" --query principalId; }
  trust() { az identity federated-credential create "${group[@]}" --identity-name "$1" --name "$CREDENTIAL" \
    --issuer https://token.actions.githubusercontent.com --subject "$SUBJECT" --audiences api://AzureADTokenExchange; }
else
  kind=application
  hint="Ask for the Entra role Application Developer, set CLIENT_ID to an application of yours, or set IDENTITY_GROUP."
  find_client() { az ad app list --display-name "$1" --query "[?displayName=='$1'].appId"; }
  list_subjects() { az ad app federated-credential list --id "$2" --query "[].[subject || 'a-pattern'][]"; }
  create() { az ad app create --display-name "$1" --query appId; }
  principal() { az ad sp list --filter "appId eq '$2'" --query "[].id"; }
  trust() { az ad app federated-credential create --id "$2" --parameters "{\"name\": \"$CREDENTIAL\",
    \"subject\": \"$SUBJECT\", \"issuer\": \"https://token.actions.githubusercontent.com\",
    \"audiences\": [\"api://AzureADTokenExchange\"]}"; }
fi
make() { # NAME CLIENT SUBJECTS: sets CLIENT, and OBJECT_ID to the principal that gets the roles.
  CLIENT=$2
  if [ -n "$CLIENT" ]; then say exists "$kind $1"; else
    CLIENT=$(create "$1") || { echo "$hint" >&2; exit 1; }
    say created "$kind $1"
  fi
  OBJECT_ID=$(principal "$1" "$CLIENT")
  if [ -n "$OBJECT_ID" ]; then say exists "principal $1"; else
    OBJECT_ID=$(az ad sp create --id "$CLIENT" --query id)
    say created "principal $1"
  fi
  if grep -qFx -e "$SUBJECT" <<<"$3"; then say exists "federated credential $SUBJECT"; return; fi
  trust "$1" "$CLIENT" >/dev/null
  say created "federated credential $SUBJECT"
}

# What is there, what is wrong.
problems=''
problem() { problems="$problems"$'\n'"- $1"; }
take() { # KIND NAME LIST ...: adds the row of NAME to FOUND. LIST is a command that prints a row per resource.
  local kind=$1 name=$2 subscription=$SUBSCRIPTION rows row found=''; shift 2
  if [[ $name == /subscriptions/* ]]; then subscription=$(cut -d / -f 3 <<<"$name"); fi
  rows=$(az "$@" --subscription "$subscription") || { problem "The $kind $name could not be read."; return; }
  for row in $rows; do
    if [[ ${row%|*} == "$name" || ${row%|*} == */"$name" ]]; then found="$found $row"; fi
  done
  case $found in
    '') problem "You can see no $kind called $name, only: $(sed 's/|.*//; s|.*/||' <<<"$rows" | paste -s -d ' ' -)" ;;
    ' '*' '*) problem "Several are called $name. Use a resource ID:$(sed 's/|[a-z]*//g' <<<"$found")" ;;
    *) FOUND="$FOUND$found" ;;
  esac
}
in_list() { local each; for each in $2; do if [[ $1 == $each ]]; then return; fi; done; return 1; } # of patterns
need() { # ACTION SCOPE HINT: one of your roles must allow it. Conditions on your roles and deny assignments do not show.
  local roles allowed except may=no
  roles=$(az rest --url "$2/providers/Microsoft.Authorization/permissions?api-version=2022-04-01" \
    --query "value[].join('|', [join(' ', actions), join(' ', notActions)])") || roles=''
  while IFS='|' read -r allowed except; do
    if in_list "$1" "$allowed" && ! in_list "$1" "$except"; then may=yes; fi
  done <<<"$roles"
  if [[ $may == no ]]; then problem "You lack $1 at $2. $3"; fi
}
look_up() { # NAME CLIENT_ID: sets CLIENT to the identity, or to nothing, and SUBJECTS to those that can sign in as it.
  local subject own; own=$(cut -d : -f 1,2 <<<"$SUBJECT")
  CLIENT=$2 SUBJECTS=''
  if [ -z "$CLIENT" ]; then CLIENT=$(find_client "$1"); fi
  if [[ $CLIENT == *$'\n'* ]]; then
    problem "Several applications are called $1. Set CLIENT_ID, or change NAME."
    return
  fi
  if [ -n "$CLIENT" ]; then SUBJECTS=$(list_subjects "$1" "$CLIENT"); fi
  for subject in $SUBJECTS; do
    if [[ $subject != "$own":* && $CLIENT != "$2" ]]; then
      problem "$1 exists, and $subject can sign in as it. Change NAME, or set CLIENT_ID=$CLIENT to use it all the same."
    fi
  done
}
check_variable() { # NAME VALUE: another value belongs to something else.
  local value; value=$(awk -v name="$1" '$1 == name { print $2 }' <<<"$variables")
  if [[ -n $value && $value != "$2" ]]; then
    problem "$REPOSITORY has the variable $1 already, as $value. Use that one here, too, or delete it if nothing uses it:
  gh variable delete $1 --repo $REPOSITORY"
  fi
}
set_variable() { # NAME VALUE
  if grep -qi "^$1[[:blank:]]" <<<"$variables"; then say exists "variable $1"; return; fi
  gh variable set "$1" --repo "$REPOSITORY" --body "$2" >/dev/null
  say created "variable $1"
}

# Look: nothing is written before everything that is wrong is known.
account=$(az account show --subscription "$SUBSCRIPTION" --query "join(' ', [id, tenantId, user.name])")
read -r SUBSCRIPTION TENANT me <<<"$account"
echo "Looking as $me, in subscription $SUBSCRIPTION."
in_list "$MODE" "attach check" || problem "MODE is attach or check, not $MODE."
for each in "$VERIFY" "$DEPLOY" "$CUSTOM_ROLES"; do
  in_list "$each" "yes no" || problem "VERIFY, DEPLOY and CUSTOM_ROLES are yes or no, not $each."
done
if [[ $DEPLOY == yes && $CLUSTERS == *'*'* ]]; then problem "DEPLOY=yes needs the names or IDs of the clusters."; fi
FOUND=''
for name in $CLUSTERS; do
  if [[ $MODE == check && $name == '*' ]]; then FOUND="$FOUND /subscriptions/$SUBSCRIPTION"; continue; fi
  take cluster "$name" aks list --query \
    "[].join('|', [id, aadProfile.enableAzureRbac && 'azure' || aadProfile && 'kubernetes' || 'local'])"
done
CLUSTER_IDS=$FOUND FOUND=''
for name in $REGISTRIES; do take registry "$name" acr list --query "[].id"; done
REGISTRY_IDS=$FOUND
for id in $CLUSTER_IDS $REGISTRY_IDS; do
  need Microsoft.Authorization/roleAssignments/write "${id%|*}" "Owner and User Access Administrator have it."
done

case $CUSTOM_ROLES/$MODE/$VERIFY in
  yes/check/*) ROLE_NAME="attach-acr Reader" targets="$CLUSTER_IDS $REGISTRY_IDS" ;;
  yes/*/yes) ROLE_NAME="AKS Probe" targets=$CLUSTER_IDS ;;
  *) ROLE_NAME='' targets='' ;;
esac
find_role $targets
for scope in ${NEW_SCOPES:+$ROLE_SCOPES $NEW_SCOPES}; do
  need Microsoft.Authorization/roleDefinitions/write "$scope" \
    "It is for the role $ROLE_NAME. Ask someone who has it to paste this, or set CUSTOM_ROLES=no, or VERIFY=no."
done
# GitHub knows how the subject begins: in repositories created since July 2026, with the IDs of owner and repository.
prefix=$(gh api "repos/$REPOSITORY/actions/oidc/customization/sub" \
  --jq '.sub_claim_prefix // empty' 2>/dev/null) || prefix=''
if [[ -n $prefix && $SUBJECT == "repo:$REPOSITORY:"* ]]; then SUBJECT=$prefix:${SUBJECT#*:*:}; fi
variables=$(gh variable list --repo "$REPOSITORY") ||
  problem "The variables of $REPOSITORY could not be read. Check the name, and gh auth status."
case $MODE in check) name="$NAME-check" variable=AZURE_CHECK_CLIENT_ID ;; *) name=$NAME variable=AZURE_CLIENT_ID ;; esac
look_up "$name" "$CLIENT_ID"
client=$CLIENT subjects=$SUBJECTS
check_variable $variable "$client"
check_variable AZURE_TENANT_ID "$TENANT"
check_variable AZURE_SUBSCRIPTION_ID "$SUBSCRIPTION"
if [[ $DEPLOY == yes ]]; then
  look_up "$NAME-deploy" ''
  check_variable AZURE_DEPLOY_CLIENT_ID "$CLIENT"
  deploy_client=$CLIENT deploy_subjects=$SUBJECTS
fi
if [ -n "$problems" ]; then echo "Nothing was written:$problems" >&2; exit 1; fi

# Write. Whether you can create applications shows only now, but it comes first.
CREDENTIAL=$(sed 's/[^A-Za-z0-9][^A-Za-z0-9]*/-/g' <<<"github-$SUBJECT" | cut -c 1-120)
make "$name" "$client" "$subjects"
prober=$OBJECT_ID
if [[ $MODE == check ]]; then let_check; else let_attach; fi
if [[ $MODE/$VERIFY == attach/yes ]]; then let_probe; fi
set_variable $variable "$CLIENT"
set_variable AZURE_TENANT_ID "$TENANT"
set_variable AZURE_SUBSCRIPTION_ID "$SUBSCRIPTION"
if [[ $DEPLOY == yes ]]; then
  make "$NAME-deploy" "$deploy_client" "$deploy_subjects"
  let_deploy
  set_variable AZURE_DEPLOY_CLIENT_ID "$CLIENT"
fi
echo "Done. Now run the workflow of $REPOSITORY. New roles take up to ten minutes to work: if it is refused, re-run it then."
for id in $CLUSTER_IDS; do
  if [[ $id != *'|kubernetes' ]]; then continue; fi # Azure roles do not count inside a cluster with Kubernetes RBAC.
  cluster=${id##*/}
  if [[ $MODE/$VERIFY == attach/yes ]]; then
    echo "${cluster%|*}: for verify: pull, bind the ClusterRole of docs/permissions.md to the user $prober."
  fi
  if [[ $DEPLOY == yes ]]; then
    echo "${cluster%|*}: kubectl create rolebinding $NAME-deploy --namespace $NAMESPACE" \
      "--clusterrole edit --user $OBJECT_ID"
  fi
done
)
