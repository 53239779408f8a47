#!/usr/bin/env bash
# Sets up the Azure identity that attach-acr signs in with, and takes it back with --remove. It looks first, shows a plan, and
# writes only after you have said yes. Run it again to add a cluster or a registry, or after it has stopped.
# It needs az and gh, both signed in, and bash 3.2 or newer. Nothing runs before the last line: half a download does nothing.
# To review it, read from top to bottom: help, options, look, plan and write, next step, remove, main.
set -euo pipefail -f # -f: the * of --clusters is not a file name
# On Windows, az ends its lines with CR LF, and bash rewrites arguments that begin with a slash (Git Bash, MSYS2).
export MSYS_NO_PATHCONV=1 MSYS2_ARG_CONV_EXCL='*'
az() { command az "$@" | tr -d '\r'; }
shopt -s nocasematch # Azure ignores the case of IDs, names and actions.

# ---- Help ----
usage() { cat <<'END'
bash set-up.sh --repo OWNER/NAME [--branch B | --environment E] --clusters A,B --registries X,Y
  --repo R            the repository whose workflow runs the step: OWNER/NAME or its URL
  --branch B          lets runs on this branch sign in (default: the repository's default branch)
  --environment E     lets jobs with this environment sign in
  --workflow FILE     lets in only this workflow file, such as .github/workflows/attach.yml (a preview of Microsoft Entra, for applications)
  --clusters A,B      names, resource IDs or URLs, separated by commas or blanks; with --check, * is the whole subscription
  --registries X,Y    the same, or login servers
  --no-verify         without the role that verify: pull needs in the clusters
  --no-images         without the right to import images
  --check             an identity that only reads, for mode: check
  --deploy NAMESPACE  also a second identity, which can only deploy to this namespace
  --built-in-roles    no custom roles; the built-in ones allow more
  --name NAME         another name for the identity (default: gh-attach-acr)
  --client-id ID      use this application of yours
  --identity-group G  managed identities in this resource group instead of applications
  --remove            take back what this script made for the repository, whatever the other options name
  --yes               don't ask (without a terminal, nothing is written unless you add it)

--remove knows what this script made: identities by a tag with the repository's name, credentials and role assignments by
their description "attach-acr for OWNER/NAME" (those of a managed identity by their name attach-acr-...), custom roles by
their name and description, variables by the tag of the identity. Everything else stays: an application given with
--client-id, an identity that somebody else can sign in as or that has other roles, a custom role that others use.
END
}

# ---- Options ----
HOST=${GH_HOST:-github.com} REPOSITORY='' BRANCH='' ENVIRONMENT='' WORKFLOW='' CLUSTERS='' REGISTRIES='' MODE=attach
VERIFY=yes IMAGES=yes NAMESPACE='' CUSTOM_ROLES=yes NAME=gh-attach-acr CLIENT_ID='' IDENTITY_GROUP='' REMOVE=no YES=no
ACTION=OWNER/attach-acr@v1.0.0 GRAPH=https://graph.microsoft.com AUDIENCE=api://AzureADTokenExchange

stop() { printf '%s\n' "$*" >&2; exit 2; }
once() { if [ -n "$2" ]; then stop "$1 was given twice. For another one, run the script again: it adds to what is there."; fi; }

plain() { # TEXT: the names and resource IDs in it, one per line.
  local each
  for each in ${1//[,;]/ }; do
    if [[ $each =~ (^|/)subscriptions/(.*) ]]; then # also the address of a page in the portal
      each=/subscriptions/${BASH_REMATCH[2]}
      cut -d / -f 1-9 <<<"${each%%[?#]*}"
      continue
    fi
    each=${each#*://}
    if [[ $each == *.azurecr.* ]]; then each=${each%%-*}; fi # some login servers have a suffix: contosoacr-a1b2c3
    echo "${each%%[./:]*}"
  done
}
read_repository() { # TEXT: sets REPOSITORY, and HOST if it is a URL or HOST/OWNER/NAME.
  local text=${1#*://} first second third others
  text=${text#*@} # git@github.com:contoso/shop.git
  IFS=/ read -r first second third others <<<"${text/://}"
  if [ -n "$third" ] && [[ $first == *.* ]]; then HOST=${first#www.} first=$second second=$third; elif [ -n "$third" ]; then second=''; fi
  second=${second%%[?#]*}
  REPOSITORY=$first/${second%.git}
  if ! [[ $REPOSITORY =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]]; then stop "--repo is OWNER/NAME or its URL, not $1."; fi
}
take_value() { # OPTION VALUE
  case $1 in
    --repo) once "$1" "$REPOSITORY"; read_repository "$2" ;;
    --branch) once "$1" "$BRANCH"; BRANCH=${2#refs/heads/} ;;
    --environment) once "$1" "$ENVIRONMENT"; ENVIRONMENT=$2 ;;
    --workflow) once "$1" "$WORKFLOW"; WORKFLOW=.github/workflows/${2##*/} ;;
    --clusters) CLUSTERS="$CLUSTERS $(plain "$2")" ;;
    --registries) REGISTRIES="$REGISTRIES $(plain "$2")" ;;
    --deploy) once "$1" "$NAMESPACE"; NAMESPACE=$2 ;;
    --name) NAME=$2 ;;
    --client-id) once "$1" "$CLIENT_ID"; CLIENT_ID=$2 ;;
    --identity-group) once "$1" "$IDENTITY_GROUP"; IDENTITY_GROUP=${2##*/} ;;
  esac
}
read_options() {
  local option list=''
  while [ $# -gt 0 ]; do
    option=$1; shift
    if [[ $option == --*=* ]]; then set -- "${option#*=}" "$@"; option=${option%%=*}; fi
    case $option in
      --no-verify) VERIFY=no ;;
      --no-images) IMAGES=no ;;
      --check) MODE=check ;;
      --built-in-roles) CUSTOM_ROLES=no ;;
      --remove) REMOVE=yes ;;
      --yes) YES=yes ;;
      --help|-h) usage; exit ;;
      --repo|--branch|--environment|--workflow|--clusters|--registries|--deploy|--name|--client-id|--identity-group)
        if [ $# = 0 ] || [[ -z $1 || $1 == --* ]]; then stop "$option needs a value. See --help."; fi
        take_value "$option" "$1"; list=$option; shift ;;
      -*) stop "There is no option $option. See --help." ;;
      *) case $list in --clusters|--registries) take_value "$list" "$option" ;; *) stop "$option belongs to no option. See --help." ;; esac ;;
    esac
  done
  check_options
}
check_options() {
  if [ -z "$REPOSITORY" ]; then usage >&2; exit 2; fi
  if [ -n "$BRANCH" ] && [ -n "$ENVIRONMENT" ]; then stop "Use --branch or --environment: a job with an environment does not send its branch."; fi
  if [ -n "$CLIENT_ID" ] && [ -n "$IDENTITY_GROUP" ]; then stop "Use --client-id or --identity-group."; fi
  if [[ "$BRANCH$ENVIRONMENT$WORKFLOW$NAME$NAMESPACE" == *[\'\"\\\`\$]* ]]; then stop "Names with quotes, \\ or \$ are not supported."; fi
  if [ -n "$WORKFLOW" ] && ! [[ $WORKFLOW =~ \.ya?ml$ ]]; then stop "--workflow is a file in .github/workflows, not $WORKFLOW."; fi
  case $HOST in # who signs the ID tokens of workflows
    github.com) ISSUER=https://token.actions.githubusercontent.com ;;
    *.ghe.com) ISSUER=https://token.actions.$HOST ;;
    *) ISSUER=https://$HOST/_services/token ;;
  esac
  if [ -n "$WORKFLOW" ] && [ "$HOST" != github.com ]; then stop "--workflow needs github.com: Entra knows no other issuer for it."; fi
  if [ $REMOVE = yes ]; then return; fi
  if [ -n "$WORKFLOW" ] && [ -n "$IDENTITY_GROUP" ]; then # Entra's page of 14 August 2026; a later copy of it differs.
    stop "--workflow needs an application: by Entra's documentation of August 2026, it is not available for managed identities. Leave out one of --workflow and --identity-group."
  fi
  if [ -z "$CLUSTERS$REGISTRIES" ]; then stop "Name clusters or registries: --clusters aks-prod-1 --registries contosoacr"; fi
  if [[ $CLUSTERS == *'*'* && ($MODE == attach || -n $NAMESPACE) ]]; then stop "--clusters '*' only works with --check."; fi
}

# ---- Look: nothing is written before everything that is wrong is known ----
ask() { # KEY COMMAND ...: runs it in the background, at most eight at a time; "answer KEY" prints what it printed.
  local file=$LOOK/$1; shift
  { "$@" >"$file" 2>"$file.error" </dev/null || mv "$file.error" "$file.failed"; } &
  ASKED=$((ASKED + 1))
  if [ $((ASKED % 8)) = 0 ]; then wait; fi
}
ASKED=0
answer() { if [ -e "$LOOK/$1" ]; then cat "$LOOK/$1"; fi; }
failed() { [ -e "$LOOK/$1.failed" ]; }
why() { # KEY: the line of its error that says why: az marks it; in gh's, advice or usage follows it.
  awk 'NF && !first { first = $0 } /^ERROR/ && !error { error = $0 } END { print error ? error : first }' "$LOOK/$1.failed"
}
PROBLEMS=''
problem() { PROBLEMS="$PROBLEMS"$'\n'"- $1"; }
check_problems() { if [ -n "$PROBLEMS" ]; then echo "Nothing was written:$PROBLEMS" >&2; exit 1; fi; }
subscription_of() { cut -d / -f 3 <<<"${1%|*}"; } # of an ID, or of a row that begins with one
in_list() { local each; for each in $2; do if [[ $1 == $each ]]; then return; fi; done; return 1; } # of patterns
key() { cksum <<<"$1" | cut -d ' ' -f 1; } # a short name for any text
encode() { # TEXT: percent-encoded
  local LC_ALL=C text=$1 index char code out=''
  for ((index = 0; index < ${#text}; index++)); do
    char=${text:index:1}
    if ! [[ $char =~ [A-Za-z0-9._/-] ]]; then printf -v code %d "'$char"; printf -v char '%%%02X' $((code & 255)); fi
    out=$out$char
  done
  echo "$out"
}
rest() { # PATH VERSION QUERY [FILTER]: a GET of Azure Resource Manager
  az rest --url "$1?api-version=$2" --query "$3" ${4:+--uri-parameters "\$filter=$4"}
}
check_programs() {
  if ! type -P az >/dev/null; then problem "az is not installed: https://learn.microsoft.com/cli/azure/install-azure-cli"; fi
  if ! type -P gh >/dev/null; then problem "gh is not installed: https://cli.github.com"; fi
  check_problems
}
begin() { # what needs no other answer
  local subscription name cloud each
  export GH_HOST=$HOST AZURE_CORE_OUTPUT=tsv AZURE_CORE_ONLY_SHOW_ERRORS=true
  LOOK=$(mktemp -d)
  trap 'code=$?; rm -rf "$LOOK"; if [ $code != 0 ] && writes; then echo "Stopped. Run it again: it continues from here." >&2; fi' EXIT
  echo "Looking at $REPOSITORY on $HOST, and at Azure"
  ask repository gh api "repos/$REPOSITORY" --jq '[.full_name, .default_branch, .permissions.push == true, .id] | @tsv'
  ask subject gh api "repos/$REPOSITORY/actions/oidc/customization/sub" --jq '[.use_default != false, .sub_claim_prefix // "-"] | @tsv'
  ask variables gh variable list --repo "$REPOSITORY"
  ask account az account show --query "[[id, name, tenantId, user.name, environmentName]]"
  look_for_identities
  if [ $REMOVE = no ]; then look_for_resources; else ask subscriptions az account list --query "[?state=='Enabled'].id"; fi
  wait
  IFS=$'\t' read -r SUBSCRIPTION subscription TENANT name cloud <<<"$(answer account)"
  if failed account; then problem "az is not signed in ($(why account)). Run: az login"; else echo "You are $name, in the subscription $subscription"; fi
  if [ "${cloud:-AzureCloud}" != AzureCloud ]; then problem "This script only knows the public cloud, not $cloud: see docs/permissions.md."; fi
  check_repository
  for each in identities principals; do
    if failed $each && ! failed account; then problem "The identities could not be listed ($(why $each))."; break; fi
  done
  if [ -n "$CLIENT_ID" ]; then NAME=$(answer identities | awk -F '\t' -v id="$CLIENT_ID" '$2 == id { print $1 }'); fi
  if [ -z "$NAME" ] && ! failed account; then problem "There is no application $CLIENT_ID. If it is a managed identity, use --identity-group."; fi
  check_problems
}

# The repository, and who will be able to sign in: SUBJECT is built from what GitHub says, never typed.
check_repository() {
  local default_branch='' writes='' is_default prefix
  if failed repository && grep -qE 'gh auth login|HTTP 401' "$LOOK/repository.failed"; then
    problem "gh is not signed in to $HOST ($(why repository)). Run: gh auth login --hostname $HOST"
    return
  elif failed repository; then
    problem "gh can see no repository $REPOSITORY on $HOST ($(why repository)). Check the name, and with gh auth status who you are."
    return
  fi
  IFS=$'\t' read -r REPOSITORY default_branch writes REPOSITORY_ID <<<"$(answer repository)"
  MARK="attach-acr for $REPOSITORY"
  if [ "$writes" != true ]; then problem "You can't write to $REPOSITORY, so its workflows are not yours to let in. Ask someone who can."
  elif failed variables; then problem "The variables of $REPOSITORY could not be read ($(why variables))."; fi
  if failed subject && [ "$HOST" = github.com ]; then problem "How the ID tokens of $REPOSITORY begin could not be read ($(why subject))."; fi
  IFS=$'\t' read -r is_default prefix <<<"$(answer subject)"
  if [ "$is_default" = false ]; then problem "$REPOSITORY has its own template for subjects, which this script can't follow: see docs/permissions.md."; fi
  PREFIX=repo:$REPOSITORY # In repositories created since July 2026, GitHub adds the IDs of owner and repository.
  if [ "${prefix:--}" != - ]; then PREFIX=$prefix; fi
  SUBJECT=$PREFIX:ref:refs/heads/${BRANCH:=$default_branch}
  if [ -n "$ENVIRONMENT" ]; then SUBJECT=$PREFIX:environment:${ENVIRONMENT//:/%3A}; fi
}
look_at_place() { # the branch or the environment, and the workflow
  FILE=${WORKFLOW:-.github/workflows/$MODE.yml}
  ask file gh api "repos/$REPOSITORY/contents/$FILE?ref=$(encode "$BRANCH")" --jq .path
  if [ -n "$ENVIRONMENT" ]; then
    ask place gh api "repos/$REPOSITORY/environments/$(encode "$ENVIRONMENT")" \
      --jq '[(.protection_rules | length > 0), .deployment_branch_policy != null] | any'
  else
    ask place gh api "repos/$REPOSITORY/branches/$(encode "$BRANCH")" --jq .protected
  fi
}
check_place() {
  WARNING=''
  if failed place && ! grep -q 404 "$LOOK/place.failed"; then problem "${ENVIRONMENT:-$BRANCH} could not be read ($(why place))."
  elif failed place && [ -z "$ENVIRONMENT" ]; then problem "$REPOSITORY has no branch $BRANCH."
  elif failed place; then WARNING="There is no environment $ENVIRONMENT: the first job that names it creates it, without protection."
  elif [ "$(answer place)" = true ]; then return
  elif [ -n "$ENVIRONMENT" ]; then WARNING="The environment $ENVIRONMENT has no protection: every job that names it can sign in, from any branch."
  else WARNING="The branch $BRANCH is not protected: everyone who can push to $REPOSITORY can sign in."; fi
}

# Clusters and registries: rows of ID|how a cluster authorizes, or the mode of a registry.
look_for_resources() { # in the subscriptions of the IDs, and in the current one
  local each kind="aadProfile.enableAzureRbac && 'azure' || aadProfile && 'kubernetes' || 'local'"
  for each in $(subscriptions_in $CLUSTERS); do
    ask "cluster-$each" az aks list ${each#current} --query "[].join('|', [id, $kind])"
  done
  for each in $(subscriptions_in $REGISTRIES); do
    ask "registry-$each" az acr list ${each#current} --query "[].join('|', [id, roleAssignmentMode || '-'])"
  done
}
subscriptions_in() { # NAME ...
  local each
  for each in "$@"; do case $each in /*) echo "--subscription=$(subscription_of "$each")" ;; '*') ;; *) echo current ;; esac; done | sort -fu
}
take() { # KIND NAME: adds the row of the resource to FOUND.
  local key=$1-current row rows found=''
  if [[ $2 == /* ]]; then key=$1---subscription=$(subscription_of "$2"); fi
  if failed "$key"; then problem "The $1 $2 could not be looked up ($(why "$key"))."; return; fi
  rows=$(answer "$key")
  for row in $rows; do
    if [[ ${row%|*} == "$2" || ${row%|*} == */"$2" ]]; then found="$found $row"; fi
  done
  case $found in
    '') problem "You can see no $1 called ${2##*/}, only: $(sed 's/|.*//; s|.*/||' <<<"$rows" | paste -s -d ' ' -)" ;;
    ' '*' '*) problem "Several are called $2. Use a resource ID:$(sed 's/|[A-Za-z-]*//g' <<<"$found")" ;;
    *) if ! [[ "$FOUND " == *"$found "* ]]; then FOUND="$FOUND$found"; fi ;;
  esac
}
resolve_resources() {
  local name row
  FOUND=''
  for name in $CLUSTERS; do
    if [ "$name" = '*' ]; then FOUND="$FOUND /subscriptions/$SUBSCRIPTION|all"; else take cluster "$name"; fi
  done
  CLUSTER_ROWS=$FOUND FOUND=''
  for name in $REGISTRIES; do take registry "$name"; done
  REGISTRY_ROWS=$FOUND
  SCOPES=$(for row in $CLUSTER_ROWS $REGISTRY_ROWS; do echo "${row%|*}"; done)
}

# Identities: rows of name, client ID, tags of this script, number of secrets, credentials. Without a value: -
# Credentials are separated by ^, and have an ID, a name, a description and a subject, separated by ~.
managed() { [ -n "$IDENTITY_GROUP" ]; }
look_for_identities() {
  local credentials="join('^', federatedIdentityCredentials[].join('~', [id, name, description || '-', subject || '-'])) || '-'"
  local filter="startswith(displayName,'$NAME')"
  if managed; then
    ask identities az identity list --resource-group "$IDENTITY_GROUP" --query "[].[name, clientId, tags.\"attach-acr\" || '-', '0', '-']"
    ask principals az identity list --resource-group "$IDENTITY_GROUP" --query "[].[clientId, principalId]"
    return
  fi
  if [ -n "$CLIENT_ID" ]; then filter="$filter or appId eq '$CLIENT_ID'"; fi
  ask identities az rest --url "$GRAPH/v1.0/applications" --uri-parameters "\$filter=$filter" '$expand=federatedIdentityCredentials' \
    --query "value[].[displayName, appId, join(' ', tags) || '-', to_string(length([passwordCredentials, keyCredentials][])), $credentials]"
  ask principals az rest --url "$GRAPH/v1.0/servicePrincipals" --uri-parameters "\$filter=$filter" --query "value[].[appId, id]"
}
find_identity() { # NAME: sets CLIENT, OBJECT_ID, TAGS, SECRETS and CREDENTIALS; empty if there is none.
  local name client tags secrets credentials count=0
  CLIENT='' TAGS='' SECRETS=0 CREDENTIALS=''
  while IFS=$'\t' read -r name client tags secrets credentials; do
    if [ "$name" != "$1" ] || { [ -n "$CLIENT_ID" ] && [ "$1" = "$NAME" ] && [ "$client" != "$CLIENT_ID" ]; }; then continue; fi
    CLIENT=$client TAGS=${tags#attach-acr } SECRETS=$secrets CREDENTIALS=$(tr '^' '\n' <<<"${credentials#-}") count=$((count + 1))
  done <"$LOOK/identities"
  if [ $count -gt 1 ]; then problem "Several applications are called $1. Use --client-id or --name."; fi
  if managed && [ -n "$CLIENT" ]; then CREDENTIALS=$(answer "credentials-$1"); fi
  OBJECT_ID=$(awk -F '\t' -v id="$CLIENT" '$1 == id { print $2 }' "$LOOK/principals")
}
look_at_credentials() { # NAME
  find_identity "$1"
  if ! managed || [ -z "$CLIENT" ]; then return; fi
  ask "credentials-$1" az identity federated-credential list --resource-group "$IDENTITY_GROUP" --identity-name "$1" \
    --query "[].join('~', [name, name, '-', subject || '-'])"
}
is_ours() { # NAME DESCRIPTION of a credential of the identity that was found
  if managed; then [[ " $TAGS " == *" $REPOSITORY "* && $1 == attach-acr-* ]]; else [ "$2" = "$MARK" ]; fi
}
check_credentials() { # NAME: whoever else can sign in as it is told, or refused.
  local id name description subject
  find_identity "$1"
  if failed "credentials-$1"; then problem "Who can sign in as $1 could not be read ($(why "credentials-$1"))."; fi
  while IFS='~' read -r id name description subject; do
    if [[ -z $id || $subject == "$SUBJECT" || $name == "$CREDENTIAL" ]]; then continue; fi
    if [[ $subject == "$PREFIX":* || $subject == "repo:$REPOSITORY":* || -n $CLIENT_ID ]] || is_ours "$name" "$description"; then
      ALLOWED="$ALLOWED"$'\n'"  also allowed: ${subject/#-/the pattern of $name} ($1)"
    else
      problem "$1 exists, and ${subject/#-/the pattern of $name} can sign in as it. Choose another name with --name, or use it all the same: --client-id $CLIENT"
    fi
  done <<<"$CREDENTIALS"
}

# What you are allowed to do, and what the identity has: asked once per subscription, and only if that is refused or not
# enough, at each resource.
look_at_rights() { # SCOPE ...
  local scope rights="value[].[join(' ', actions) || '-', join(' ', notActions) || '-']"
  for scope in "$@"; do
    ask "rights-$(key "$scope")" rest "$scope/providers/Microsoft.Authorization/permissions" 2022-04-01 "$rights"
  done
}
allows() { # ACTION SCOPE: one of your roles must allow it. Conditions on your roles and deny assignments do not show.
  local allowed except
  while IFS=$'\t' read -r allowed except; do
    if in_list "$1" "$allowed" && ! in_list "$1" "$except"; then return; fi
  done <<<"$(answer "rights-$(key "$2")")"
  return 1
}
need() { # ACTION SCOPE HINT
  if allows "$1" "/subscriptions/$(subscription_of "$2")" || allows "$1" "$2"; then return; fi
  problem "You lack $1 at $2.$(activatable "$1" "$2") $3"
}
activatable() { # ACTION SCOPE: which of your eligible roles (Privileged Identity Management) would allow it.
  local scope role subscription file
  subscription=/subscriptions/$(subscription_of "$2")
  file=$LOOK/eligible-$(subscription_of "$2")
  if ! [ -e "$file" ]; then
    rest "$subscription/providers/Microsoft.Authorization/roleEligibilityScheduleInstances" 2020-10-01 \
      "value[].properties.[scope, expandedProperties.roleDefinition.displayName]" "asTarget()" >"$file" 2>/dev/null || true
  fi
  while IFS=$'\t' read -r scope role; do
    if [[ $2/ != "$scope"/* ]]; then continue; fi
    if [[ $role == Owner || $role == "User Access Administrator" || ($role == "Role Based"* && $1 == */roleAssignments/*) ]]; then
      echo " You can activate $role at ${scope##*/}: https://portal.azure.com/#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/azurerbac"
      return
    fi
  done <"$file"
}
look_at_roles() { # NAME SCOPE ...: what the identity has there
  local scope
  find_identity "$1"; shift
  if [ -z "$OBJECT_ID" ]; then return; fi
  for scope in "$@"; do
    ask "held-$CLIENT-$(key "$scope")" rest "$scope/providers/Microsoft.Authorization/roleAssignments" 2022-04-01 \
      "value[].properties.[principalId, scope, roleDefinitionId]" "principalId eq '$OBJECT_ID'"
  done
}
look_closer() { # SCOPE ...: what could not be asked at their subscriptions
  local scope name subscription
  for scope in "$@"; do
    subscription=/subscriptions/$(subscription_of "$scope")
    if ! allows Microsoft.Authorization/roleAssignments/write "$subscription"; then look_at_rights "$scope"; fi
    if failed "role-$(key "$subscription")"; then ask_role "$scope"; fi
    for name in $NAMES; do
      find_identity "$name"
      if failed "held-$CLIENT-$(key "$subscription")"; then look_at_roles "$name" "$scope"; fi
    done
  done
}

# Custom roles. A tenant has a name only once, so the role may be in another subscription, from which it is then extended.
choose_custom_role() {
  case $CUSTOM_ROLES/$MODE/$VERIFY in
    yes/check/*) ROLE_NAME="{{name reading}}" ROLE_ROWS="$CLUSTER_ROWS $REGISTRY_ROWS" ;;
    yes/*/yes) ROLE_NAME="{{name probing}}" ROLE_ROWS=$CLUSTER_ROWS ;;
    *) ROLE_NAME='' ROLE_ROWS='' ;;
  esac
}
ask_role() { # SCOPE: the ID of the role, and the scopes where it can be assigned
  if [ -z "$ROLE_NAME" ]; then return; fi
  ask "role-$(key "$1")" az role definition list --name "$ROLE_NAME" --scope "$1" --subscription "$(subscription_of "$1")" \
    --query "[].[name, join(' ', assignableScopes)]"
}
find_role() { # sets ROLE to its ID, ROLE_SCOPES, and NEW_SCOPES to the subscriptions that it lacks.
  local row scope found others
  ROLE='' ROLE_SCOPES='' NEW_SCOPES=''
  for row in $ROLE_ROWS; do
    scope=/subscriptions/$(subscription_of "$row")
    if failed "role-$(key "$scope")"; then scope=${row%|*}; fi
    if failed "role-$(key "$scope")"; then problem "Custom roles could not be read at $scope."; fi
    found=$(answer "role-$(key "$scope")")
    if [ -n "$found" ]; then IFS=$'\t' read -r ROLE ROLE_SCOPES <<<"$found"; continue; fi
    NEW_SCOPES="$NEW_SCOPES /subscriptions/$(subscription_of "$row")"
  done
  NEW_SCOPES=$(tr ' ' '\n' <<<"$NEW_SCOPES" | sort -fu | paste -s -d ' ' -)
  if [ -z "${NEW_SCOPES// /}" ] || [ -n "$ROLE" ]; then return; fi
  others=$(az account list --query "[].join('', ['/subscriptions/', id])")
  for scope in $others; do if ! in_list "$scope" "$NEW_SCOPES"; then ask_role "$scope"; fi; done
  wait
  for scope in $others; do
    found=$(answer "role-$(key "$scope")")
    if [ -n "$found" ]; then IFS=$'\t' read -r ROLE ROLE_SCOPES <<<"$found"; fi
  done
}

# ---- Plan and write: the same functions do both, first with WRITES=no ----
WRITES=no CHANGES=no ALLOWED=''
exists() { if ! writes; then printf '  = %s\n' "$1"; fi; }
creates() { if writes; then echo "created  $1"; else printf '  + %s\n' "$1"; CHANGES=yes; fi; }
writes() { [ $WRITES = yes ]; }

assign() { # NAME ID SCOPE [--condition ...]: the role, unless the identity has it there.
  local name=$1 id=$2 scope=$3 principal at role; shift 3
  while IFS=$'\t' read -r principal at role; do
    if [[ -n $id && $principal == "$OBJECT_ID" && $at == "$scope" && $role == */$id ]]; then exists "$name at ${scope##*/}"; return; fi
  done <<<"$HELD"
  if writes; then
    az role assignment create --assignee-object-id "$OBJECT_ID" --assignee-principal-type ServicePrincipal --role "$id" \
      --scope "$scope" --subscription "$(subscription_of "$scope")" --description "$MARK" --output none "$@"
  fi
  creates "$name at ${scope##*/}"
}
probing() { cat <<END
{{definition probing}}
END
}
reading() { cat <<END
{{definition reading}}
END
}
define() { # probing or reading: creates the role ROLE_NAME, or lets it be assigned in NEW_SCOPES, too.
  local verb=create SCOPES
  if [ -z "$NEW_SCOPES" ]; then exists "role $ROLE_NAME"; return; fi
  if [ -n "$ROLE" ]; then verb=update; fi
  SCOPES=$(printf ', "%s"' $ROLE_SCOPES $NEW_SCOPES); SCOPES=${SCOPES#, }
  if writes; then ROLE=$(az role definition $verb --subscription "$SUBSCRIPTION" --role-definition "$($1)" --query name); fi
  if [ $verb = create ]; then creates "role $ROLE_NAME"; else creates "role $ROLE_NAME in another subscription"; fi
}
# The only roles that the identity can assign, and only to service principals: those that let nodes pull.
condition() { cat <<'END'
{{condition}}
END
}
let_attach() {
  local row
  for row in $CLUSTER_ROWS; do assign "{{name reader}}" {{id reader}} "${row%|*}"; done
  for row in $REGISTRY_ROWS; do
    assign "{{name accessAdministrator}}" {{id accessAdministrator}} "${row%|*}" --condition "$(condition)" --condition-version 2.0
    if [ $IMAGES = yes ]; then
      assign "{{name importer}}" {{id importer}} "${row%|*}"
    elif [[ $VERIFY == yes && $row == *'|AbacRepositoryPermissions' ]]; then # Elsewhere, the role above can read the images.
      assign "{{name repositoryReader}}" {{id repositoryReader}} "${row%|*}"
    fi
  done
}
let_probe() {
  local row
  if [ -n "$ROLE_NAME" ]; then define probing; fi
  for row in $CLUSTER_ROWS; do
    if [ -n "$ROLE_NAME" ]; then assign "$ROLE_NAME" "$ROLE" "${row%|*}"; continue; fi
    assign "{{name user}}" {{id user}} "${row%|*}"
    if [[ $row == *'|azure' ]]; then assign "{{name clusterAdministrator}}" {{id clusterAdministrator}} "${row%|*}"; fi
  done
}
let_check() {
  local row
  if [ -n "$ROLE_NAME" ]; then define reading; fi
  for row in $CLUSTER_ROWS $REGISTRY_ROWS; do assign "${ROLE_NAME:-{{name reader}}}" "${ROLE:-{{id reader}}}" "${row%|*}"; done
}
let_deploy() {
  local row
  for row in $CLUSTER_ROWS; do
    assign "{{name user}}" {{id user}} "${row%|*}"
    assign "{{name writer}}" {{id writer}} "${row%|*}/namespaces/$NAMESPACE"
  done
}

# The identity, without a password. Only ID tokens of SUBJECT, or of WORKFLOW there, can sign in as it.
make() { # NAME VARIABLE ...: the identity, with the new variables in its tag
  local name=$1 kind=application; shift
  if managed; then kind="managed identity"; fi
  find_identity "$name"
  if [ -n "$CLIENT" ]; then exists "$kind $name"; else
    if writes; then create_identity "$name" "$REPOSITORY $*"; fi
    creates "$kind $name"
  fi
  if [ -z "$OBJECT_ID" ] && ! managed; then
    if writes; then OBJECT_ID=$(az ad sp create --id "$CLIENT" --query id); fi
    creates "service principal of $name"
  fi
  trust "$name"
}
create_identity() { # NAME TAGS
  if managed; then
    IFS=$'\t' read -r CLIENT OBJECT_ID <<<"$(az identity create --resource-group "$IDENTITY_GROUP" --name "$1" --tags "attach-acr=${2% }" \
      --query "[[clientId, principalId]]")"
    return
  fi
  CLIENT=$(az rest --method post --url "$GRAPH/v1.0/applications" --query appId \
    --body "{\"displayName\": \"$1\", \"tags\": [\"attach-acr\"$(printf ', "%s"' $2)]}") || {
    echo "Ask for the Entra role Application Developer, or use --client-id or --identity-group." >&2; exit 1; }
}
trust() { # NAME: its federated credential
  local what=$SUBJECT
  local body="\"name\": \"$CREDENTIAL\", \"description\": \"$MARK\", \"issuer\": \"$ISSUER\", \"audiences\": [\"$AUDIENCE\"]"
  if [ -n "$WORKFLOW" ]; then what="$SUBJECT, only from $WORKFLOW (a preview)"; fi
  if is_trusted; then exists "federated credential: $what"; return; fi
  if writes && managed; then
    az identity federated-credential create --resource-group "$IDENTITY_GROUP" --identity-name "$1" --name "$CREDENTIAL" \
      --issuer "$ISSUER" --audiences "$AUDIENCE" --subject "$SUBJECT" --output none
  elif writes && [ -n "$WORKFLOW" ]; then
    az rest --method post --url "$GRAPH/beta/applications(appId='$CLIENT')/federatedIdentityCredentials" --output none \
      --body "{$body, \"claimsMatchingExpression\": {\"value\": \"$EXPRESSION\", \"languageVersion\": 1}}"
  elif writes; then
    az ad app federated-credential create --id "$CLIENT" --parameters "{$body, \"subject\": \"$SUBJECT\"}" --output none
  fi
  creates "federated credential: $what"
}
is_trusted() { # whether the credential is there, perhaps with another name, or one for a single workflow, which is not widened
  local id name description subject
  while IFS='~' read -r id name description subject; do
    if [ "$name" = "$CREDENTIAL" ]; then return; fi
    if [ -z "$WORKFLOW" ] && [[ $subject == "$SUBJECT" || $name == "$CREDENTIAL"-* ]]; then return; fi
  done <<<"$CREDENTIALS"
  return 1
}

# Variables of the repository. Another value belongs to something else, and is not overwritten.
variable() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$LOOK/variables"; }
check_variable() { # NAME VALUE
  local value; value=$(variable "$1")
  if [[ -n $value && $value != "$2" ]]; then
    problem "$REPOSITORY has the variable $1 already, as $value. Use that one here, too (--client-id, --identity-group, az account set), or delete it if nothing uses it:
  gh variable delete $1 --repo $REPOSITORY"
  fi
}
set_variable() { # NAME VALUE
  local value; value=$(variable "$1")
  if [[ -n $value && $value != "$2" ]]; then exists "variable $1, which stays $value: the step gets subscription-id: $2"; return; fi # of a fleet
  if [ -n "$value" ]; then exists "variable $1"; return; fi
  if writes; then gh variable set "$1" --repo "$REPOSITORY" --body "$2" >/dev/null; fi
  creates "variable $1"
}
new_variables() { local each; for each in "$@"; do if [ -z "$(variable "$each")" ]; then printf '%s ' "$each"; fi; done; }

write() {
  make "$NAME" $(new_variables $VARIABLE AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID)
  PROBER=$OBJECT_ID
  if [ $MODE = check ]; then let_check; else let_attach; fi
  if [ $MODE/$VERIFY = attach/yes ]; then let_probe; fi
  set_variable $VARIABLE "$CLIENT"
  set_variable AZURE_TENANT_ID "$TENANT"
  set_variable AZURE_SUBSCRIPTION_ID "$SUBSCRIPTION"
  if [ -z "$NAMESPACE" ]; then return; fi
  make "$NAME-deploy" $(new_variables AZURE_DEPLOY_CLIENT_ID)
  let_deploy
  set_variable AZURE_DEPLOY_CLIENT_ID "$CLIENT"
}
confirm() { # QUESTION
  local answer
  if [ $YES = yes ]; then return; fi
  if ! [ -t 0 ]; then echo "Nothing was written, because there is no terminal to ask. To go on, add --yes."; exit; fi
  read -r -p "$1 [y/N] " answer
  case $answer in y|yes) ;; *) echo "Nothing was written."; exit ;; esac
}

# ---- Next step ----
workflow() {
  local row clusters registries place=''
  if [ -n "$ENVIRONMENT" ]; then place="    environment: '$ENVIRONMENT'"$'\n'; fi
  clusters=$(for row in $CLUSTER_ROWS; do if [[ $row == *'|all' ]]; then echo "            *"; else echo "            ${row%|*}"; fi; done)
  registries=$(for row in $REGISTRY_ROWS; do echo "            ${row%|*}"; done)
  local lookup; lookup=$(variable AZURE_SUBSCRIPTION_ID)
  if [[ -z $lookup || $lookup == "$SUBSCRIPTION" ]]; then lookup="\${{ vars.AZURE_SUBSCRIPTION_ID }}"; else lookup=$SUBSCRIPTION; fi
  printf 'name: %s\n\non:\n' "$([ $MODE = attach ] && echo Attach || echo Check)"
  if [ $MODE = attach ]; then printf '  push:\n    branches: ["%s"]\n' "$BRANCH"; else printf "  schedule:\n    - cron: '17 3 * * *'\n"; fi
  cat <<END
  workflow_dispatch:

permissions: {}

jobs:
  $MODE:
    runs-on: ubuntu-latest
    timeout-minutes: 40
$place    permissions:
      id-token: write # lets the step request a GitHub ID token; no password is needed
    steps:
      - uses: $ACTION
        with:
          client-id: \${{ vars.$VARIABLE }}
          tenant-id: \${{ vars.AZURE_TENANT_ID }}
          subscription-id: $lookup
          cluster: |
$clusters
          registry: |
$registries
END
  if [ $MODE = check ]; then echo "          mode: check"; elif [ $VERIFY/$IMAGES = yes/yes ]; then echo "          verify: pull # a node of each pool really pulls"; fi
}
next_step() {
  local text link row
  if [ -z "$CLUSTER_ROWS" ] || [ -z "$REGISTRY_ROWS" ]; then echo "Now name them in the workflow of $REPOSITORY."; return; fi
  text=$(workflow)
  link="https://$HOST/$REPOSITORY/new/$(encode "$BRANCH")?filename=$FILE&value=$(encode "$text")"
  if ! failed file; then
    printf '%s is there already. Its job needs id-token: write, and a step like this one:\n\n%s\n\n' "$FILE" "$(sed -n '/- uses:/,$p' <<<"$text")"
  elif [ ${#link} -gt 6000 ]; then
    printf 'Now commit this to %s as %s:\n\n%s\n\n' "$BRANCH" "$FILE" "$text"
  else
    printf 'Now add the workflow %s; this link opens GitHub with it filled in:\n%s\n' "$FILE" "$link"
  fi
}
in_clusters() { # Azure roles do not count inside a cluster with Kubernetes RBAC.
  local row
  for row in $CLUSTER_ROWS; do
    if [[ $row != *'|kubernetes' ]]; then continue; fi
    row=${row##*/} row=${row%|*}
    if [ $MODE/$VERIFY = attach/yes ]; then
      echo "$row: for verify: pull, bind the ClusterRole of docs/permissions.md to the user $PROBER."
    fi
    if [ -n "$NAMESPACE" ]; then
      echo "$row: kubectl create rolebinding $NAME-deploy --namespace $NAMESPACE --clusterrole edit --user $OBJECT_ID"
    fi
  done
}

# ---- Remove: only what this script made, see --help ----
look_at_what_was_made() { # all role assignments in every subscription, because others may use the custom roles; and these roles
  local id
  for id in $(answer subscriptions); do
    ask "assignments-$id" az role assignment list --all --subscription "$id" --fill-principal-name false \
      --query "[].[principalId, description || '-', id, roleDefinitionId, roleDefinitionName, scope]"
    ask "roles-$id" az role definition list --custom-role-only --subscription "$id" \
      --query "[?description=='{{description probing}}' || description=='{{description reading}}'].[name, roleName, join(' ', assignableScopes)]"
  done
}
read_what_was_made() {
  local id
  ASSIGNMENTS='' ROLES=''
  for id in $(answer subscriptions); do
    if failed "assignments-$id" || failed "roles-$id"; then problem "The roles in the subscription $id could not be read."; fi
    ASSIGNMENTS="$ASSIGNMENTS$(answer "assignments-$id")"$'\n' ROLES="$ROLES$(answer "roles-$id")"$'\n'
  done
}
gone() { if writes; then echo "removed  $1"; else printf '  - %s\n' "$1"; CHANGES=yes; fi; }
stays() { if ! writes; then printf '  = %s stays: %s\n' "$1" "$2"; fi; }
remove_assignments() { # of the identity that was found; sets OTHERS to the number of its other roles.
  local principal description id definition role scope ours='' names=''
  OTHERS=0
  while IFS=$'\t' read -r principal description id definition role scope; do
    if [ -z "$OBJECT_ID" ] || [ "$principal" != "$OBJECT_ID" ]; then continue; fi
    if [ "$description" != "$MARK" ]; then OTHERS=$((OTHERS + 1)); continue; fi
    ours="$ours $id" names="$names$role at ${scope##*/}"$'\n'
  done <<<"$(sort -u <<<"$ASSIGNMENTS")"
  if writes && [ -n "$ours" ]; then az role assignment delete --ids $ours --output none; fi
  while read -r role; do if [ -n "$role" ]; then gone "$role"; fi; done <<<"$names"
  REMOVED="$REMOVED$ours "
}
remove_credentials() { # NAME: sets KEPT to why the identity stays; without a reason, its credentials go with it.
  local id name description subject ours='' others=''
  while IFS='~' read -r id name description subject; do
    if [ -z "$id" ]; then continue; fi
    if ! is_ours "$name" "$description"; then others=yes; continue; fi
    ours="$ours $id"
    if ! writes; then gone "federated credential: ${subject/#-/$name}"; fi
  done <<<"$CREDENTIALS"
  KEPT=''
  if [ -n "$CLIENT_ID" ] && [ "$1" = "$NAME" ]; then KEPT="it is yours"
  elif [[ " $TAGS " != *" $REPOSITORY "* ]]; then KEPT="this script did not make it for $REPOSITORY"
  elif [ -n "$others" ]; then KEPT="others can sign in as it"
  elif [ "$SECRETS" != 0 ]; then KEPT="it has a secret or certificate"
  elif [ $OTHERS != 0 ]; then KEPT="it has other roles"; fi
  if ! writes || [ -z "$KEPT" ]; then return; fi
  for id in $ours; do
    if managed; then az identity federated-credential delete --resource-group "$IDENTITY_GROUP" --identity-name "$1" --name "$id" --yes
    else az ad app federated-credential delete --id "$CLIENT" --federated-credential-id "$id"; fi
    gone "federated credential $id"
  done
}
remove_variables() { # those in the tag of the identity that goes
  local each
  for each in $TAGS; do
    if [[ $each != AZURE_* || -z $(variable "$each") ]]; then continue; fi
    if writes; then gh variable delete "$each" --repo "$REPOSITORY"; fi
    gone "variable $each"
  done
}
remove_custom_roles() { # those that nobody else is assigned, wherever they can be
  local name role scopes scope principal description id definition others
  while IFS=$'\t' read -r name role scopes; do
    if [ -z "$name" ]; then continue; fi
    others=''
    for scope in $scopes; do
      if ! in_list "$(subscription_of "$scope")" "$(answer subscriptions)"; then others="it can also be assigned in $scope, which you can't see"; fi
    done
    while IFS=$'\t' read -r principal description id definition role scope; do
      if [[ $definition == */$name && $REMOVED != *" $id "* ]]; then others="others are assigned it"; fi
    done <<<"$ASSIGNMENTS"
    role=$(awk -F '\t' -v name="$name" '$1 == name { print $2; exit }' <<<"$ROLES")
    if [ -n "$others" ]; then stays "role $role" "$others"; continue; fi
    if writes; then az role definition delete --name "$name" --custom-role-only true --subscription "$(subscription_of "${scopes%% *}")"; fi
    gone "role $role"
  done <<<"$(sort -u <<<"$ROLES")"
}
take_back() { # the identities last, so that a second run still knows what was made
  local name doomed='' kind=application
  if managed; then kind="managed identity"; fi
  REMOVED=' '
  for name in $NAMES; do
    find_identity "$name"
    if [ -z "$CLIENT" ]; then continue; fi
    remove_assignments
    remove_credentials "$name"
    if [ -n "$KEPT" ]; then stays "$kind $name" "$KEPT"; else remove_variables; doomed="$doomed $name"; fi
  done
  remove_custom_roles
  for name in $doomed; do
    find_identity "$name"
    if writes && managed; then az identity delete --resource-group "$IDENTITY_GROUP" --name "$name"
    elif writes; then az ad app delete --id "$CLIENT"; fi
    gone "$kind $name"
  done
}
remove() {
  local name
  NAMES="$NAME $NAME-check $NAME-deploy"
  echo "Looking at what was made for $REPOSITORY"
  for name in $NAMES; do look_at_credentials "$name"; done
  look_at_what_was_made
  wait
  read_what_was_made
  check_problems
  echo "Plan for $REPOSITORY: take back what this script made"
  take_back
  if [ $CHANGES = no ]; then echo "Nothing to remove."; return; fi
  confirm "Remove what has a -?"
  WRITES=yes
  take_back
  echo "Done. The pull roles that workflows assigned to clusters stay: mode: detach removes them while the identity is there."
}

# ---- Main ----
set_up() {
  local scope name subscriptions
  VARIABLE=AZURE_CLIENT_ID
  if [ $MODE = check ]; then VARIABLE=AZURE_CHECK_CLIENT_ID; if [ -z "$CLIENT_ID" ]; then NAME=$NAME-check; fi; fi
  NAMES="$NAME${NAMESPACE:+ $NAME-deploy}"
  CREDENTIAL=attach-acr-$(key "$SUBJECT")${WORKFLOW:+-$(key "$WORKFLOW")}
  EXPRESSION="claims['sub'] eq '$SUBJECT' and claims['repository_id'] eq '$REPOSITORY_ID' and claims['job_workflow_ref'] matches '$REPOSITORY/$WORKFLOW@refs/heads/$BRANCH'"
  resolve_resources
  echo "Looking at your rights, and at what $NAME has"
  subscriptions=$(for scope in $SCOPES; do echo "/subscriptions/$(subscription_of "$scope")"; done | sort -fu)
  look_at_place
  choose_custom_role
  look_at_rights $subscriptions
  for scope in $subscriptions; do ask_role "$scope"; done
  for name in $NAMES; do look_at_credentials "$name"; look_at_roles "$name" $subscriptions; done
  wait
  look_closer $SCOPES
  wait
  check_place
  find_role
  for scope in ${NEW_SCOPES:+$ROLE_SCOPES}; do if ! [ -e "$LOOK/rights-$(key "$scope")" ]; then look_at_rights "$scope"; fi; done
  wait
  for scope in $SCOPES; do
    need Microsoft.Authorization/roleAssignments/write "$scope" "Owner and User Access Administrator have it."
  done
  for scope in ${NEW_SCOPES:+$ROLE_SCOPES $NEW_SCOPES}; do
    need Microsoft.Authorization/roleDefinitions/write "$scope" "It is for the role $ROLE_NAME. Ask someone who has it to run this, or use --built-in-roles."
  done
  HELD=$(find "$LOOK" -name 'held-*' ! -name '*.*' -exec cat {} +)
  for name in $NAMES; do check_credentials "$name"; done
  if [ -n "$NAMESPACE" ]; then check_variable AZURE_DEPLOY_CLIENT_ID "$CLIENT"; fi
  find_identity "$NAME"
  check_variable $VARIABLE "$CLIENT"
  check_variable AZURE_TENANT_ID "$TENANT"
  check_problems

  echo "Plan for $REPOSITORY: $SUBJECT can sign in${WORKFLOW:+ from $WORKFLOW}$ALLOWED"
  if [ -n "$WARNING" ]; then echo "  ! $WARNING"; fi
  write
  if [ $CHANGES = no ]; then echo "Nothing to do."; else
    confirm "Create what has a +?"
    WRITES=yes
    write
    echo "Done. New roles take up to ten minutes to work; the step waits for them."
  fi
  in_clusters
  next_step
}
main() {
  read_options "$@"
  check_programs
  begin
  if [ $REMOVE = yes ]; then remove; else set_up; fi
}
main "$@"
