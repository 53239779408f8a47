#!/usr/bin/env bash
# Sets up the Azure identity that attach-acr signs in with, and takes it back with --remove. It looks first, shows a plan, and
# writes only after you have said yes. Run it again to add a cluster or a registry, or after it has stopped.
# It needs az and gh, both signed in, and bash 3.2 or newer. Nothing runs before the last line: half a download does nothing.
# To review it, read from top to bottom: help, options, look, plan and write, next step, remove, main.
# shellcheck disable=SC2086,SC2046 # lists of names, IDs and rows are split at blanks on purpose: none has a blank in it
# shellcheck disable=SC2053 # what is compared with [[ == ]] to a variable may be a pattern, such as an action with a *
# shellcheck disable=SC2016 # in single quotes, $filter and ${{ vars.X }} are meant to stay as they are
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
By default, the identity reads these clusters, registries and images, assigns the pull roles to the pull identities of these
clusters, and starts probe pods in one namespace. It deletes and imports nothing. Options that add to that:
  --identities A,B    it also assigns the pull roles to these user-assigned identities, of clusters to come
  --group G           it also assigns them to this Entra group, and owns the group, so it can add any member
  --any-cluster       it assigns them to any service principal or managed identity
  --detach            it also deletes what it can assign, for mode: detach
  --images            it also imports images, and so overwrites tags; with --check, it reads images
  --run-command       it also runs commands in the clusters with AKS Run Command; added for private clusters
  --deploy NAMESPACE  also a second identity, which can only deploy to this namespace
Options that take something away:
  --check             an identity that only reads, for mode: check
  --no-verify         without what verify: pull needs in the clusters
  --narrow            at these registries, nothing stays of what earlier runs of this script let it assign or delete
Other options:
  --probe-namespace N namespace of the probe pods (default: default)
  --built-in-roles    no custom roles; the built-in ones allow more
  --name NAME         another name for the identity (default: gh-attach-acr)
  --client-id ID      use this application of yours
  --identity-group G  managed identities in this resource group instead of applications
  --action A          the action in the workflow that it prints: OWNER/attach-acr@REF
  --remove            take back what this script made for the repository, whatever the other options name
  --yes               don't ask (without a terminal, nothing is written unless you add it)

--remove knows what this script made: identities by a tag with the repository's name, credentials and role assignments by
their description "attach-acr for OWNER/NAME" (those of a managed identity by their name attach-acr-...), custom roles by
their name and description, variables by the tag of the identity. Everything else stays: an application given with
--client-id, an identity that somebody else can sign in as or that has other roles, a custom role that others use, images.
END
}

# ---- Options ----
HOST=${GH_HOST:-github.com} REPOSITORY='' BRANCH='' ENVIRONMENT='' WORKFLOW='' CLUSTERS='' REGISTRIES='' MODE=attach
IDENTITIES='' GROUP='' ANY=no DELETES=no IMAGES=no RUN_COMMAND=no VERIFY=yes NARROW=no PROBE_NAMESPACE=default NAMESPACE=''
CUSTOM_ROLES=yes NAME=gh-attach-acr CLIENT_ID='' IDENTITY_GROUP='' REMOVE=no YES=no
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
    --identities) IDENTITIES="$IDENTITIES $(plain "$2")" ;;
    --group) once "$1" "$GROUP"; GROUP=$2 ;;
    --probe-namespace) PROBE_NAMESPACE=$2 ;;
    --action) ACTION=$2 ;;
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
      --no-images) stop "There is no --no-images any more: without --images, the identity can't import." ;;
      --images) IMAGES=yes ;;
      --any-cluster) ANY=yes ;;
      --detach) DELETES=yes ;;
      --run-command) RUN_COMMAND=yes ;;
      --narrow) NARROW=yes ;;
      --check) MODE=check ;;
      --built-in-roles) CUSTOM_ROLES=no ;;
      --remove) REMOVE=yes ;;
      --yes) YES=yes ;;
      --help|-h) usage; exit ;;
      --repo|--branch|--environment|--workflow|--clusters|--registries|--identities|--group|--probe-namespace|--deploy|--name|--client-id|--identity-group|--action)
        if [ $# = 0 ] || [[ -z $1 || $1 == --* ]]; then stop "$option needs a value. See --help."; fi
        take_value "$option" "$1"; list=$option; shift ;;
      -*) stop "There is no option $option. See --help." ;;
      *) case $list in --clusters|--registries|--identities) take_value "$list" "$option" ;; *) stop "$option belongs to no option. See --help." ;; esac ;;
    esac
  done
  check_options
}
check_options() {
  if [ -z "$REPOSITORY" ]; then usage >&2; exit 2; fi
  if [ -n "$BRANCH" ] && [ -n "$ENVIRONMENT" ]; then stop "Use --branch or --environment: a job with an environment does not send its branch."; fi
  if [ -n "$CLIENT_ID" ] && [ -n "$IDENTITY_GROUP" ]; then stop "Use --client-id or --identity-group."; fi
  if [[ "$BRANCH$ENVIRONMENT$WORKFLOW$NAME$GROUP$CLIENT_ID$IDENTITY_GROUP" == *[\'\"\\\`\$[:cntrl:]]* ]]; then stop "Names with quotes, \\ or \$ are not supported."; fi
  if [[ "$BRANCH$WORKFLOW$NAME$CLIENT_ID$IDENTITY_GROUP" == *' '* ]]; then stop "Only the name of an environment or a group can have blanks."; fi
  if [[ "$CLUSTERS$REGISTRIES$IDENTITIES" == *[\'\"\\\`\$\|]* ]]; then stop "--clusters, --registries and --identities are names or resource IDs, not:$CLUSTERS$REGISTRIES$IDENTITIES"; fi
  if ! [[ $PROBE_NAMESPACE/${NAMESPACE:-n} =~ ^[a-z0-9-]+/[a-z0-9-]+$ ]]; then stop "--probe-namespace and --deploy are the name of a namespace, not $PROBE_NAMESPACE $NAMESPACE."; fi
  if ! [[ $ACTION =~ ^[A-Za-z0-9._/-]+(@[A-Za-z0-9._/-]+)?$ ]]; then stop "--action is OWNER/attach-acr@REF, not $ACTION."; fi
  if [ -n "$WORKFLOW" ] && ! [[ $WORKFLOW =~ \.ya?ml$ ]]; then stop "--workflow is a file in .github/workflows, not $WORKFLOW."; fi
  if [[ $WORKFLOW == *[*?]* ]]; then stop "--workflow is one file: in a credential, * and ? would let other files in, too."; fi
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
  if [ $MODE = check ] && [[ "$ANY$DELETES$RUN_COMMAND$NARROW$GROUP" != nononono ]]; then stop "--check only reads: it goes with none of --any-cluster, --detach, --run-command, --narrow and --group."; fi
  if [ $CUSTOM_ROLES/$RUN_COMMAND = no/yes ]; then stop "No built-in role has only Run Command: leave out --built-in-roles or --run-command."; fi
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
ASKED=0 CLUSTER_ROWS='' REGISTRY_ROWS='' IDENTITY_ROWS='' RUN_ROWS='' CUSTOM='' GROUP_ID=''
answer() { if [ -e "$LOOK/$1" ]; then cat "$LOOK/$1"; fi; }
failed() { [ -e "$LOOK/$1.failed" ]; }
refused() { failed "$1" && grep -q 'HTTP 403' "$LOOK/$1.failed"; }
why() { # KEY: the line of its error that says why: az marks it; in gh's, advice or usage follows it.
  awk 'NF && !first { first = $0 } /^ERROR/ && !error { error = $0 } END { print error ? error : first }' "$LOOK/$1.failed"
}
PROBLEMS=''
problem() { PROBLEMS="$PROBLEMS"$'\n'"- $1"; }
check_problems() { if [ -n "$PROBLEMS" ]; then echo "Nothing was written:$PROBLEMS" >&2; exit 1; fi; }
subscription_of() { local id=${1%%|*}; id=${id#/*/}; echo "${id%%/*}"; } # of an ID, or of a row that begins with one
field() { local fields; IFS='|' read -r -a fields <<<"$1"; echo "${fields[$2 - 1]}"; } # ROW NUMBER
name_of() { local id=${1%%|*}; echo "${id##*/}"; } # of an ID, or of a row that begins with one
subscription_name() { answer subscriptions | awk -F '\t' -v id="$(subscription_of "$1")" 'tolower($1) == tolower(id) { name = $2 } END { print name ? name : id }'; }
place() { # SCOPE: what a person calls it
  case $1 in
    /subscriptions/*/namespaces/*) echo "$(place "${1%/namespaces/*}"), in the namespace ${1##*/}" ;;
    /subscriptions/*/*) if [[ $(subscription_of "$1") == "$SUBSCRIPTION" ]]; then name_of "$1"; else echo "$(name_of "$1") in $(subscription_name "$1")"; fi ;;
    *) echo "the subscription $(subscription_name "$1")" ;;
  esac
}
in_list() { local each; for each in $2; do if [[ $1 == $each ]]; then return; fi; done; return 1; } # of patterns
key() { cksum <<<"$1" | cut -d ' ' -f 1; } # a short name for any text
encode() { # TEXT: percent-encoded
  local LC_ALL=C text=$1 index char number out=''
  for ((index = 0; index < ${#text}; index++)); do
    char=${text:index:1}
    if ! [[ $char =~ [A-Za-z0-9._/-] ]]; then printf -v number %d "'$char"; printf -v char '%%%02X' $((number & 255)); fi
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
leave() { # EXIT-CODE
  rm -rf "$LOOK"
  if [ $1 != 0 ] && writes; then echo "Stopped. Run it again: it continues from here." >&2; fi
}
begin() { # what needs no other answer
  local subscription name cloud each
  export GH_HOST=$HOST AZURE_CORE_OUTPUT=tsv AZURE_CORE_ONLY_SHOW_ERRORS=true
  LOOK=$(mktemp -d)
  trap 'leave $?' EXIT
  echo "Looking at $REPOSITORY on $HOST, and at Azure"
  ask repository gh api "repos/$REPOSITORY" --jq '[.full_name, .default_branch, .permissions.push == true, .id] | @tsv'
  ask subject gh api "repos/$REPOSITORY/actions/oidc/customization/sub" --jq '[.use_default != false, .sub_claim_prefix // "-"] | @tsv'
  ask variables gh variable list --repo "$REPOSITORY"
  ask secrets gh secret list --repo "$REPOSITORY"
  ask organization gh api "repos/$REPOSITORY/actions/organization-secrets" --jq '.secrets[].name'
  if [ -n "$ENVIRONMENT" ]; then ask environment gh secret list --repo "$REPOSITORY" --env "$ENVIRONMENT"; fi
  ask account az account show --query "[[id, name, tenantId, user.name, environmentName]]"
  look_for_identities
  ask subscriptions az account list --query "[?state=='Enabled'].[id, name]"
  if [ $REMOVE = no ]; then look_for_resources; fi
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
  elif failed variables && ! refused variables; then problem "The variables of $REPOSITORY could not be read ($(why variables))."; fi
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
  ask file gh api "repos/$REPOSITORY/contents/$FILE?ref=$(encode "$BRANCH")" --jq '.content | gsub("\\n"; "") | @base64d'
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

# Rows of clusters: ID|how it authorizes|private or public|object ID of the identity that its nodes pull with|client ID, if they
# pull with a service principal. Rows of registries: ID|mode. Rows of identities: ID|object ID. Without a value: -
look_for_resources() { # in the subscriptions of the IDs, and in the current one
  local each kind="aadProfile.enableAzureRbac && 'azure' || aadProfile && 'kubernetes' || 'local'"
  local private="apiServerAccessProfile.enablePrivateCluster && 'private' || 'public'"
  local pulls="identityProfile.kubeletidentity.objectId || '-', servicePrincipalProfile.clientId || '-'"
  for each in $(subscriptions_in $CLUSTERS); do
    ask "cluster-$each" az aks list ${each#current} --query "[].join('|', [id, $kind, $private, $pulls])"
  done
  for each in $(subscriptions_in $REGISTRIES); do
    ask "registry-$each" az acr list ${each#current} --query "[].join('|', [id, roleAssignmentMode || '-'])"
  done
  for each in $(subscriptions_in $IDENTITIES); do
    ask "identity-$each" az identity list ${each#current} --query "[].join('|', [id, principalId])"
  done
  if [ -n "$GROUP" ]; then
    ask group az ad group show --group "$GROUP" --query "[[id, displayName]]"
    ask owners az ad group owner list --group "$GROUP" --query "[].[id]"
  fi
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
    if [[ ${row%%|*} == "$2" || ${row%%|*} == */"$2" ]]; then found="$found $row"; fi
  done
  case $found in
    '') problem "You can see no $1 called ${2##*/}, only: $(sed 's/|.*//; s|.*/||' <<<"$rows" | paste -s -d ' ' -)" ;;
    ' '*' '*) problem "Several are called $2. Use a resource ID: $(tr ' ' '\n' <<<"${found# }" | cut -d '|' -f 1 | paste -s -d ' ' -)" ;;
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
  REGISTRY_ROWS=$FOUND FOUND=''
  for name in $IDENTITIES; do take identity "$name"; done
  IDENTITY_ROWS=$FOUND
  SCOPES=$(for row in $CLUSTER_ROWS $REGISTRY_ROWS $IDENTITY_ROWS; do echo "${row%%|*}"; done)
  RUN_ROWS=''
  for row in $CLUSTER_ROWS; do
    if [ $RUN_COMMAND = yes ] || [ $CUSTOM_ROLES/$VERIFY/$(field "$row" 3) = yes/yes/private ]; then RUN_ROWS="$RUN_ROWS $row"; fi
    if [ $MODE/$(field "$row" 4) = attach/- ]; then ask "puller-$(key "$row")" az ad sp show --id "$(field "$row" 5)" --query id; fi
  done
}
# PULLERS: the object IDs that the identity will assign the pull roles to. NAMES_OF_PULLERS: rows of object ID and name, also of other clusters.
find_pullers() {
  local row id name named=''
  PULLERS=''
  NAMES_OF_PULLERS=$(find "$LOOK" -name 'cluster-*' ! -name '*.error' ! -name '*.failed' -exec cat {} + | awk -F '|' '{ sub(".*/", "", $1); print $4 "\t" $1 }')$'\n'
  if failed group; then problem "The group $GROUP could not be read ($(why group))."; fi
  IFS=$'\t' read -r GROUP_ID GROUP_NAME <<<"$(answer group)"
  if [ $MODE = check ]; then return; fi
  for row in $CLUSTER_ROWS $IDENTITY_ROWS; do
    name=$(name_of "$row")
    if [[ $row == */userAssignedIdentities/* ]]; then id=$(field "$row" 2); else id=$(field "$row" 4); fi
    if [ "$id" = - ]; then id=$(answer "puller-$(key "$row")"); fi
    if [ -z "$id" ]; then problem "$name has no identity that its nodes pull with, or it can't be read. If it is being created, wait until it is there."; continue; fi
    named="$named$id"$'\t'"$name"$'\n'
    if [ $ANY = no ]; then PULLERS="$PULLERS $id"; fi
  done
  if [ -n "$GROUP_ID" ]; then PULLERS="$PULLERS $GROUP_ID" named="${named}$GROUP_ID"$'\t'"the group $GROUP_NAME"$'\n'; fi
  NAMES_OF_PULLERS=$named$NAMES_OF_PULLERS
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
  problem "You lack $1 at $(if [[ $2 == */providers/* ]]; then echo "$2"; else place "$2"; fi).$(activatable "$1" "$2") $3"
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
      echo " You can activate $role at $(place "$scope"): https://portal.azure.com/#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/azurerbac"
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
      "value[].[properties.principalId, properties.scope, properties.roleDefinitionId, id, to_string([properties.description, properties.condition])]" "principalId eq '$OBJECT_ID'"
  done
}
look_closer() { # SCOPE ...: what could not be asked at their subscriptions
  local scope name subscription role
  for scope in "$@"; do
    subscription=/subscriptions/$(subscription_of "$scope")
    if ! allows Microsoft.Authorization/roleAssignments/write "$subscription" || ! allows $IMPORT "$subscription"; then look_at_rights "$scope"; fi
    for role in $CUSTOM; do if failed "role-$role-$(key "$subscription")"; then ask_role $role "$scope"; fi; done
    for name in $NAMES; do
      find_identity "$name"
      if failed "held-$CLIENT-$(key "$subscription")"; then look_at_roles "$name" "$scope"; fi
    done
  done
}

# Custom roles, by keys. A tenant has a name only once, so a role may be in another subscription, from which it is then extended.
role() { # KEY: what it is called and allows, and the rows of the resources at which it is assigned.
  DATA_ACTIONS=''
  case $1 in
    probing) ROLE_NAME="{{name probing}}" DESCRIPTION="{{description probing}}" ROLE_ROWS=$CLUSTER_ROWS
      ACTIONS="
        {{actions probing}}
      " DATA_ACTIONS="
        {{dataActions probing}}
      " ;;
    probingPods) ROLE_NAME="{{name probingPods}}" DESCRIPTION="{{description probingPods}}" ROLE_ROWS=$CLUSTER_ROWS
      ACTIONS='' DATA_ACTIONS="
        {{dataActions probingPods}}
      " ;;
    runningCommands) ROLE_NAME="{{name runningCommands}}" DESCRIPTION="{{description runningCommands}}" ROLE_ROWS=$RUN_ROWS
      ACTIONS="
        {{actions runningCommands}}
      " ;;
    reading) ROLE_NAME="{{name reading}}" DESCRIPTION="{{description reading}}" ROLE_ROWS="$CLUSTER_ROWS $REGISTRY_ROWS $IDENTITY_ROWS"
      ACTIONS="
        {{actions reading}}
      " ;;
  esac
}
choose_custom_roles() { # sets CUSTOM to the keys.
  CUSTOM=''
  if [ $CUSTOM_ROLES = no ]; then return; fi
  if [ $MODE = check ]; then CUSTOM=reading; return; fi
  if [[ $VERIFY == yes && -n $CLUSTER_ROWS ]]; then CUSTOM='probing probingPods'; fi
  if [ -n "$RUN_ROWS" ]; then CUSTOM="$CUSTOM runningCommands"; fi
}
sorted() { tr -s '[:space:]' '\n' <<<"$*" | sort -fu | paste -s -d ' ' - | sed 's/^ //'; } # words, in one line
ask_role() { # KEY SCOPE: the ID of the role, the scopes where it can be assigned, and what it allows
  role $1
  ask "role-$1-$(key "$2")" az role definition list --name "$ROLE_NAME" --scope "$2" --subscription "$(subscription_of "$2")" \
    --query "[].join('|', [name, join(' ', assignableScopes), join(' ', permissions[].[actions, dataActions][][]), to_string(length(permissions[].[notActions, notDataActions][][]))])"
}
find_role() { # KEY: writes down its ID, its scopes, and the subscriptions that it lacks.
  local row scope found others id='' scopes='' lacking='' allowed='' except=0
  role $1
  for row in $ROLE_ROWS; do
    scope=/subscriptions/$(subscription_of "$row")
    if failed "role-$1-$(key "$scope")"; then scope=${row%%|*}; fi
    if failed "role-$1-$(key "$scope")"; then problem "Custom roles could not be read at $scope."; fi
    found=$(answer "role-$1-$(key "$scope")")
    if [ -n "$found" ]; then IFS='|' read -r id scopes allowed except <<<"$found"; continue; fi
    lacking="$lacking /subscriptions/$(subscription_of "$row")"
  done
  lacking=$(sorted $lacking)
  if [[ -n $lacking && -z $id ]]; then
    others=$(answer subscriptions | awk -F '\t' '{ print "/subscriptions/" $1 }')
    for scope in $others; do if ! in_list "$scope" "$lacking"; then ask_role $1 "$scope"; fi; done
    wait
    for scope in $others; do
      found=$(answer "role-$1-$(key "$scope")")
      if [ -n "$found" ]; then IFS='|' read -r id scopes allowed except <<<"$found"; fi
    done
  fi
  if [[ -n $id && ("$(sorted $allowed)" != "$(sorted $ACTIONS $DATA_ACTIONS)" || $except != 0) ]]; then
    problem "There is a role $ROLE_NAME already, and it allows something else: $(sorted $allowed). Rename it, or use --built-in-roles."
  fi
  echo "$id|$scopes|$lacking" >"$LOOK/found-$1"
}
load_role() { role $1; IFS='|' read -r ROLE ROLE_SCOPES NEW_SCOPES <"$LOOK/found-$1"; } # KEY

# What the identity can assign at a registry: the pull roles, to the object IDs in IDS, with ANYONE=yes to any service principal,
# and with REMOVES=yes it can delete these assignments, too.
condition() {
  part write @Request
  if [ $REMOVES = yes ]; then printf ' AND '; part delete @Resource; else printf " AND (!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}))"; fi
}
part() { # ACTION SOURCE
  local of="$2[Microsoft.Authorization/roleAssignments" any only
  any="$of:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}"
  only="$of:PrincipalId] ForAnyOfAnyValues:GuidEquals {${IDS// /, }}"
  case $ANYONE/$IDS in yes/) only=$any ;; yes/*) only="($any OR $only)" ;; esac
  printf "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/%s'})) OR (%s AND %s))" "$1" \
    "$of:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{id acrPull}}, {{id repositoryReader}}}" "$only"
}
# Sets them to what its assignment at a registry allows, ASSIGNMENT to the ID of that, OURS to whether this script made it, and
# KNOWN to whether it wrote the condition; it is known by writing the same again.
read_delegation() { # REGISTRY
  local principal at role id text written
  ASSIGNMENT='' IDS='' ANYONE=no REMOVES=no OURS=no KNOWN=yes
  while IFS=$'\t' read -r principal at role id text; do
    if [[ -z $OBJECT_ID || $principal != "$OBJECT_ID" || $at != "$1" || $role != */{{id accessAdministrator}} ]]; then continue; fi
    ASSIGNMENT=$id PLANNED="$PLANNED $id"
    if [[ $text == "[\"$MARK\","* ]]; then OURS=yes; fi
    text=$(sed 's/^\[[^,]*,"//; s/"\]$//; s/\\[nrt]/ /g' <<<"$text" | tr -s ' ')
    IDS=$(sed -n 's/.*@Request[^]]*:PrincipalId\] ForAnyOfAnyValues:GuidEquals {\([^}]*\)}.*/\1/p' <<<"$text" | tr -d ,)
    if [[ $text == *:PrincipalType]* ]]; then ANYONE=yes; fi
    if [[ $text == *@Resource* ]]; then REMOVES=yes; fi
    written=$(condition)
    if [ "$written" != "$text" ]; then KNOWN=no; fi
  done <<<"$HELD"
}
# The same of what it will be allowed: what this run says and, without --narrow, what it is allowed already.
plan_delegation() { # REGISTRY
  read_delegation "$1"
  if [[ $NARROW == yes && $OURS == yes ]]; then IDS='' ANYONE=no REMOVES=no; fi
  IDS=$(sorted $IDS $PULLERS)
  if [ $ANY = yes ]; then ANYONE=yes; fi
  if [ $DELETES = yes ]; then REMOVES=yes; fi
}
check_delegations() {
  local row text
  if [ $MODE = check ]; then return; fi
  for row in $REGISTRY_ROWS; do
    plan_delegation "${row%%|*}"
    if [ -z "$IDS" ] && [ $ANYONE = no ]; then problem "Name the clusters that pull from $(name_of "$row"), too: the identity can only assign the pull roles to their identities. Or use --identities, --group or --any-cluster."; fi
    text=$(condition)
    if [ ${#text} -gt 8000 ]; then problem "$(name_of "$row"): the condition that names all identities has ${#text} characters, and Azure accepts 8 KB. Use --group or --any-cluster, or a second identity with --name."; fi
  done
}

# ---- Plan and write: the same functions do both, first with WRITES=no ----
WRITES=no CHANGES=no ALLOWED='' PLANNED=''
exists() { if ! writes; then printf '  = %s\n' "$1"; fi; }
creates() { if writes; then echo "created  $1"; else printf '  + %s\n' "$1"; CHANGES=yes; fi; }
changes() { if writes; then echo "changed  $1"; else printf '  ~ %s\n' "$1"; CHANGES=yes; fi; }
warns() { if ! writes; then printf '  ! %s\n' "$1"; fi; }
writes() { [ $WRITES = yes ]; }

assign() { # NAME ID SCOPE: the role, unless the identity has it there.
  local principal at role id others what; what="$1 at $(place "$3")"
  while IFS=$'\t' read -r principal at role id others; do
    if [[ -n $2 && $principal == "$OBJECT_ID" && $at == "$3" && $role == */$2 ]]; then exists "$what"; PLANNED="$PLANNED $id"; return; fi
  done <<<"$HELD"
  if writes; then assignment_create "$2" "$3"; fi
  creates "$what"
}
assignment_create() { # ID SCOPE [--condition ...]
  local role=$1 scope=$2; shift 2
  az role assignment create --assignee-object-id "$OBJECT_ID" --assignee-principal-type ServicePrincipal --role "$role" \
    --scope "$scope" --subscription "$(subscription_of "$scope")" --description "$MARK" --output none "$@"
}
define() { # KEY: creates the custom role, or lets it be assigned in the subscriptions that it lacks, too.
  local verb=create body scope where=''
  load_role $1
  if [ -z "$NEW_SCOPES" ]; then exists "role $ROLE_NAME"; return; fi
  if [ -n "$ROLE" ]; then
    verb=update
    for scope in $NEW_SCOPES; do where="$where, $(subscription_name "$scope")"; done
  fi
  body="{\"Name\": \"$ROLE_NAME\", \"Description\": \"$DESCRIPTION\", \"Actions\": [$(quoted $ACTIONS)],"
  body="$body \"DataActions\": [$(quoted $DATA_ACTIONS)], \"AssignableScopes\": [$(quoted $ROLE_SCOPES $NEW_SCOPES)]}"
  if writes; then
    ROLE=$(az role definition $verb --subscription "$SUBSCRIPTION" --role-definition "$body" --query name)
    echo "$ROLE|$ROLE_SCOPES $NEW_SCOPES|" >"$LOOK/found-$1"
  fi
  creates "role $ROLE_NAME${where/#,/ in}"
}
quoted() { local each out=''; for each in "$@"; do out="$out, \"$each\""; done; echo "${out#, }"; } # the words as strings of JSON
assign_custom() { # KEY: the custom role, at its resources
  local row
  define $1
  for row in $ROLE_ROWS; do
    case $1 in probingPods) assign "$ROLE_NAME" "$ROLE" "${row%%|*}/namespaces/$PROBE_NAMESPACE" ;; *) assign "$ROLE_NAME" "$ROLE" "${row%%|*}" ;; esac
  done
}

# {{name accessAdministrator}} at a registry, with the condition of what it can assign. One that is there is changed if this script made it.
limits() { # what the condition says, with at most five names
  local whom
  whom=$(awk -F '\t' -v ids=" $IDS " -v any=$ANYONE -v group="$GROUP_ID" '
    BEGIN { ids = tolower(ids); left = split(ids, all, " "); if (any == "yes") out = ", service principals" }
    $1 && index(ids, " " tolower($1) " ") && !seen[tolower($1)]++ {
      left--
      if (any == "yes" && tolower($1) != tolower(group)) next
      if (++named <= 5) out = out ", " $2; else left++
    }
    END { print substr(out, 3) (left ? (out ? " and " : "") left " other" (left > 1 ? "s" : "") : "") }' <<<"$NAMES_OF_PULLERS")
  echo "only {{name acrPull}} and {{name repositoryReader}}, only to $whom$(if [ $REMOVES = yes ]; then echo "; can delete them, too"; fi)"
}
delegate() { # REGISTRY
  local what before allowed after
  what="{{name accessAdministrator}} at $(place "$1")"
  read_delegation "$1"
  before=$(condition) allowed=$(limits)
  if [ $KNOWN = no ]; then
    exists "$what"
    warns "$(name_of "$1"): this script did not write what that role can assign, and changes nothing of it. Compare it with docs/permissions.md, or delete it and run this again."
    return
  fi
  plan_delegation "$1"
  after=$(condition)
  if [ -z "$ASSIGNMENT" ]; then
    if writes; then assignment_create {{id accessAdministrator}} "$1" --condition "$after" --condition-version 2.0; fi
    creates "$what ($(limits))"
  elif [ "$after" = "$before" ]; then exists "$what ($(limits))"
  elif [ $OURS = no ]; then
    exists "$what ($allowed)"
    warns "$(name_of "$1"): somebody else assigned that role, so it stays as it is. Delete it, and run this again."
    return
  else
    if writes; then
      az rest --method put --url "$ASSIGNMENT?api-version=2022-04-01" --output none --body "{\"properties\": {\"principalId\": \"$OBJECT_ID\", \
        \"principalType\": \"ServicePrincipal\", \"roleDefinitionId\": \"/subscriptions/$(subscription_of "$1")/providers/Microsoft.Authorization/roleDefinitions/{{id accessAdministrator}}\", \
        \"description\": \"$MARK\", \"condition\": \"$after\", \"conditionVersion\": \"2.0\"}}"
    fi
    changes "$what ($(limits)); so far: $allowed"
  fi
  if [[ $ANYONE != "$ANY" || $REMOVES != "$DELETES" ]]; then warns "$(name_of "$1"): an earlier run allowed more, which stays. To take that back, add --narrow."; fi
}
let_attach() {
  local row
  for row in $CLUSTER_ROWS $IDENTITY_ROWS; do assign "{{name reader}}" {{id reader}} "${row%%|*}"; done
  for row in $REGISTRY_ROWS; do
    delegate "${row%%|*}"
    if [ $IMAGES = yes ]; then assign "{{name importer}}" {{id importer}} "${row%%|*}"; else let_read_images "$row"; fi
  done
  if [ -n "$GROUP_ID" ]; then let_change_group; fi
}
let_read_images() { # ROW of a registry: AcrPull is ignored where its mode is ABAC.
  case $1 in
    *'|AbacRepositoryPermissions') assign "{{name repositoryReader}}" {{id repositoryReader}} "${1%%|*}" ;;
    *) assign "{{name acrPull}}" {{id acrPull}} "${1%%|*}" ;;
  esac
}
let_change_group() {
  local what="owner of the group $GROUP_NAME, which can add any member"
  if [ -n "$OBJECT_ID" ] && in_list "$OBJECT_ID" "$(answer owners)"; then exists "$what"; return; fi
  if writes && ! az ad group owner add --group "$GROUP_ID" --owner-object-id "$OBJECT_ID"; then
    echo "Ask an owner of the group $GROUP_NAME to run: az ad group owner add --group $GROUP_ID --owner-object-id $OBJECT_ID" >&2
    return
  fi
  creates "$what"
}
let_probe() {
  local row key
  for key in $CUSTOM; do assign_custom $key; done
  if [ $CUSTOM_ROLES/$VERIFY != no/yes ]; then return; fi
  for row in $CLUSTER_ROWS; do
    assign "{{name user}}" {{id user}} "${row%%|*}"
    if [ "$(field "$row" 2)" = azure ]; then assign "{{name clusterAdministrator}}" {{id clusterAdministrator}} "${row%%|*}"; fi
  done
}
let_check() {
  local row
  if [ -n "$CUSTOM" ]; then assign_custom reading; else
    for row in $CLUSTER_ROWS $REGISTRY_ROWS $IDENTITY_ROWS; do assign "{{name reader}}" {{id reader}} "${row%%|*}"; done
  fi
  if [ $IMAGES = yes ]; then for row in $REGISTRY_ROWS; do let_read_images "$row"; done; fi
}
let_deploy() {
  local row
  for row in $CLUSTER_ROWS; do
    assign "{{name user}}" {{id user}} "${row%%|*}"
    assign "{{name writer}}" {{id writer}} "${row%%|*}/namespaces/$NAMESPACE"
  done
}
warn_of_other_roles() { # that the identity has at these resources, above or in them
  local principal at role id others scope
  while IFS=$'\t' read -r principal at role id others; do
    if [[ -z $PROBER || $principal != "$PROBER" ]] || in_list "$id" "$PLANNED"; then continue; fi
    for scope in $SCOPES; do
      if [[ $scope/ != "$at"/* && $at != "$scope"/* ]]; then continue; fi
      warns "$NAME also has $(rest "$role" 2022-04-01 properties.roleName || echo "${role##*/}") at $(place "$at"), which stays"
      break
    done
  done <<<"$(sort -u <<<"$HELD")"
}
warn_of_clusters() { # where the identity can do more than its roles say
  local row name
  for row in $CLUSTER_ROWS; do
    name=$(name_of "$row")
    if [[ $RUN_ROWS == *"$row"* ]]; then warns "$name: Run Command lets this identity administer the cluster."
    elif [ $VERIFY/$(field "$row" 2) = yes/local ]; then
      warns "$name has local accounts only, so its kubeconfig lets this identity administer the cluster. To avoid that, enable Entra ID there (az aks update --enable-aad --enable-azure-rbac), or add --no-verify."
    fi
    if [ $CUSTOM_ROLES/$VERIFY/$(field "$row" 3) = no/yes/private ]; then warns "$name is private, and no built-in role has only Run Command: the runner must be in its network."; fi
  done
}

# The image that verify: pull uses if the workflow names no other. You import it, so that the identity need not be able to.
PAUSE_SOURCE={{pauseSource}} PAUSE={{pauseImage}} IMPORT=Microsoft.ContainerRegistry/registries/importImage/action
pauses() { [ $MODE/$VERIFY/$IMAGES = attach/yes/no ]; }
look_at_pause() {
  local row
  if ! pauses; then return; fi
  for row in $REGISTRY_ROWS; do
    ask "pause-$(key "$row")" az acr repository show --name "$(name_of "$row")" --image $PAUSE --subscription "$(subscription_of "$row")" --query name
  done
}
import_pause() {
  local row what command error
  for row in $REGISTRY_ROWS; do
    what="image $PAUSE at $(place "${row%%|*}")"
    command="az acr import --name $(name_of "$row") --subscription $(subscription_of "$row") --source $PAUSE_SOURCE --image $PAUSE"
    if [ -n "$(answer "pause-$(key "$row")")" ]; then exists "$what"; continue; fi
    if ! allows $IMPORT "/subscriptions/$(subscription_of "$row")" && ! allows $IMPORT "${row%%|*}"; then
      warns "verify: pull needs the $what, unless the workflow names other images, and you can't import it. Ask somebody who can: $command"
    elif ! writes; then creates "$what"
    elif error=$($command 2>&1) || [[ $error == *'already exists'* ]]; then creates "$what"
    else echo "The $what could not be imported: $error"$'\n'"Without it, verify: pull needs other images in the workflow. To try again: $command" >&2; fi
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

# Variables of the repository. Another value belongs to something else, and is not overwritten. Secrets have names only.
variable() { if ! failed variables; then awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$LOOK/variables"; fi; }
is_secret() { # NAME: of the repository, its organization or the environment, and not also a variable
  [ -z "$(variable "$1")" ] && { answer secrets; answer organization; answer environment; } | awk -F '\t' -v name="$1" '$1 == name { found = 1 } END { exit !found }'
}
uses_secret() { [ -n "$CLIENT_ID" ] && is_secret "$1"; } # NAME: with an application of yours, the workflow takes the ID from where it is.
check_variable() { # NAME VALUE
  local value; value=$(variable "$1")
  if [[ -n $value && $value != "$2" ]]; then
    problem "$REPOSITORY has the variable $1 already, as $value. Use that one here, too (--client-id, --identity-group, az account set), or delete it if nothing uses it:
  gh variable delete $1 --repo $REPOSITORY"
  fi
}
BY_HAND=''
set_variable() { # NAME VALUE
  local value error; value=$(variable "$1")
  if uses_secret "$1"; then exists "secret $1, which must be $2: nobody can read it"; return; fi
  if refused variables; then
    if ! writes; then warns "variable $1: GitHub does not let you set it, so its value is printed at the end"; fi
    BY_HAND="$BY_HAND$1=$2"$'\n'
    return
  fi
  if [[ -n $value && $value != "$2" ]]; then exists "variable $1, which stays $value: the step gets subscription-id: $2"; return; fi # of a fleet
  if [ -n "$value" ]; then exists "variable $1"; return; fi
  if writes && ! error=$(gh variable set "$1" --repo "$REPOSITORY" --body "$2" 2>&1); then
    if [[ $error != *'HTTP 403'* ]]; then echo "$error" >&2; exit 1; fi
    BY_HAND="$BY_HAND$1=$2"$'\n'
    return
  fi
  creates "variable $1"
}
warn_of_secrets() {
  if [ -z "$CLIENT_ID" ] && is_secret $VARIABLE; then
    warns "$REPOSITORY has a secret $VARIABLE, whose value nobody can read. The workflow will use the variable of that name. To give the roles to the identity in the secret, add --client-id with its ID."
  fi
}
new_variables() { local each; for each in "$@"; do if [ -z "$(variable "$each")" ]; then printf '%s ' "$each"; fi; done; }

write() {
  BY_HAND=''
  make "$NAME" $(new_variables $VARIABLE AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID)
  PROBER=$OBJECT_ID
  if [ $MODE = check ]; then let_check; else let_attach; let_probe; fi
  set_variable $VARIABLE "$CLIENT"
  set_variable AZURE_TENANT_ID "$TENANT"
  set_variable AZURE_SUBSCRIPTION_ID "$SUBSCRIPTION"
  if pauses; then import_pause; fi
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
in_lines() { local row; for row in "$@"; do if [[ $row == *'|all' ]]; then echo "            *"; else echo "            ${row%%|*}"; fi; done; } # ROW ...
expression() { if uses_secret "$1"; then echo "\${{ secrets.$1 }}"; else echo "\${{ vars.$1 }}"; fi; } # NAME of a variable
workflow() {
  local place='' lookup permission='' outputs='' id='' own
  if [ -n "$ENVIRONMENT" ]; then place="    environment: '$ENVIRONMENT'"$'\n'; fi
  own=$(variable AZURE_SUBSCRIPTION_ID)
  if [[ -z $own || $own == "$SUBSCRIPTION" ]] && ! { uses_secret AZURE_SUBSCRIPTION_ID && [[ $CLUSTER_ROWS == *'|all' ]]; }; then lookup=$(expression AZURE_SUBSCRIPTION_ID); else lookup=$SUBSCRIPTION; fi
  if [ $MODE = check ]; then permission=$'\n      issues: write # for the drift issue'; fi
  if [ -n "$NAMESPACE" ]; then outputs=$'    outputs:\n      ready: ${{ steps.acr.outputs.ready }}\n' id=$'id: acr\n        '; fi
  printf 'name: %s\n\non:\n' "$([ $MODE = attach ] && echo Attach || echo Check)"
  if [ $MODE = attach ]; then printf '  push:\n    branches: ["%s"]\n' "$BRANCH"; else printf "  schedule:\n    - cron: '17 3 * * *'\n"; fi
  cat <<END
  workflow_dispatch:

permissions: {}

jobs:
  $MODE:
    runs-on: ubuntu-latest
    timeout-minutes: 40
$place$outputs    permissions:
      id-token: write # lets the step request a GitHub ID token; no password is needed$permission
    steps:
      - ${id}uses: $ACTION
        with:
          client-id: $(expression $VARIABLE)
          tenant-id: $(expression AZURE_TENANT_ID)
          subscription-id: $lookup
          cluster: |
$(in_lines $CLUSTER_ROWS)
          registry: |
$(in_lines $REGISTRY_ROWS)
END
  if [ -n "$IDENTITY_ROWS" ]; then printf '          kubelet-identity: |\n%s\n' "$(in_lines $IDENTITY_ROWS)"; fi
  if [ -n "$GROUP_ID" ]; then echo "          group: $GROUP_ID # $GROUP_NAME"; fi
  if [ $MODE = check ]; then printf '          mode: check\n          drift-issue: true\n'
  elif [ $VERIFY = yes ]; then
    echo "          verify: pull # a node of each pool really pulls"
    if [ "$PROBE_NAMESPACE" != default ]; then echo "          probe-namespace: $PROBE_NAMESPACE"; fi
    if [ $RUN_COMMAND = yes ]; then echo "          probe-with: run-command"; fi
  fi
  if [ -n "$NAMESPACE" ]; then deploy_job "$place" "$lookup"; fi
}
deploy_job() { # PLACE LOOKUP: as in examples/attach.yml
  local row
  cat <<END

  deploy:
    needs: $MODE
    if: needs.$MODE.outputs.ready == 'true'
    runs-on: ubuntu-latest
    timeout-minutes: 20
$1    permissions:
      id-token: write
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: azure/login@f5d393ae46f8fde4be8b75f32e3fc50e654ad0ca # v3.0.1
        with:
          client-id: \${{ vars.AZURE_DEPLOY_CLIENT_ID }} # the second identity, which can only deploy
          tenant-id: $(expression AZURE_TENANT_ID)
          subscription-id: $2
      - name: Deploy the folder k8s
        run: |
          sudo az aks install-cli --install-location /usr/local/bin/kubectl --kubelogin-install-location /usr/local/bin/kubelogin
END
  for row in $CLUSTER_ROWS; do
    echo "          az aks get-credentials --resource-group $(cut -d / -f 5 <<<"$row") --name $(name_of "$row") --subscription $(subscription_of "$row")"
  done
  echo "          kubelogin convert-kubeconfig --login azurecli"
  for row in $CLUSTER_ROWS; do echo "          kubectl apply --context $(name_of "$row") --namespace $NAMESPACE --filename k8s"; done
}
name_publisher() { # who publishes the action; the pattern, because a copy of this script may have its name there.
  local answer=''
  if [[ $ACTION != OWN?R/* ]]; then return; fi
  if [ -t 0 ] && [ $YES = no ]; then read -r -p "Which account publishes the attach-acr that your workflows use? " answer || true; fi
  if [[ $answer =~ ^[A-Za-z0-9-]+$ ]]; then ACTION=$answer/${ACTION#*/}; else echo "Replace ${ACTION%%/*} in the workflow with the account that publishes the action, or add --action."; fi
}
lacks() { # LABEL ROW ...: the lines that the workflow file lacks
  local label=$1 row lines='' text; text=$(answer file); shift
  for row in "$@"; do if ! grep -qwiF -e "$(name_of "$row")" <<<"$text"; then lines="$lines"$'\n'"$(in_lines "$row")"; fi; done
  if [ -n "$lines" ]; then printf '  add to %s:%s\n' "$label" "$lines"; fi
}
next_step() {
  local text link missing
  if [ -z "$CLUSTER_ROWS$IDENTITY_ROWS" ] || [ -z "$REGISTRY_ROWS" ]; then echo "Now name them in the workflow of $REPOSITORY."; return; fi
  if ! failed file; then
    missing=$(lacks cluster $CLUSTER_ROWS; lacks registry $REGISTRY_ROWS; lacks kubelet-identity $IDENTITY_ROWS)
    if ! grep -qF attach-acr <<<"$(answer file)"; then missing="  a step like this one:"$'\n'"$(workflow | sed -n '/- .*uses:/,/^$/p')"; fi
    if [ -z "$missing" ]; then echo "$FILE is there already, and names all of them."; else printf '%s is there already. In its step:\n%s\n' "$FILE" "$missing"; fi
    return
  fi
  name_publisher
  text=$(workflow)
  link="https://$HOST/$REPOSITORY/new/$(encode "$BRANCH")?filename=$FILE&value=$(encode "$text")"
  if [ ${#link} -gt 6000 ]; then
    printf 'Now commit this to %s as %s:\n\n%s\n\n' "$BRANCH" "$FILE" "$text"
  else
    printf 'Now add the workflow %s; this link opens GitHub with it filled in:\n%s\n' "$FILE" "$link"
  fi
}
in_clusters() { # Azure roles do not count inside a cluster with Kubernetes RBAC.
  local row name
  for row in $CLUSTER_ROWS; do
    if [ "$(field "$row" 2)" != kubernetes ]; then continue; fi
    name=$(name_of "$row")
    if [ $MODE/$VERIFY = attach/yes ]; then
      printf 'In %s, Azure roles do not count. As its administrator, with kubectl set to this cluster, run:\n%s\n' "$name" "$(bindings)"
    fi
    if [ -n "$NAMESPACE" ]; then
      echo "$name: kubectl create rolebinding $NAME-deploy --namespace $NAMESPACE --clusterrole edit --user $OBJECT_ID"
    fi
  done
}
bindings() { cat <<END # what {{name probing}} and {{name probingPods}} are for a cluster with Azure RBAC
kubectl auth reconcile --filename - <<'RULES'
---
{apiVersion: v1, kind: List, items: [
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: attach-acr-nodes}, rules: [
{apiGroups: [""], resources: [nodes], verbs: [get, list]}]},
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: attach-acr-nodes-$PROBER},
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: attach-acr-nodes},
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: $PROBER}]},
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: attach-acr-probe, namespace: $PROBE_NAMESPACE}, rules: [
{apiGroups: [""], resources: [pods], verbs: [get, list, create, delete, deletecollection]},
{apiGroups: [""], resources: [events], verbs: [get, list]}]},
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: attach-acr-probe-$PROBER, namespace: $PROBE_NAMESPACE},
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: attach-acr-probe},
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: $PROBER}]}]}
RULES
END
}

# ---- Remove: only what this script made, see --help ----
known_subscriptions() { answer subscriptions | cut -f 1; }
look_at_what_was_made() { # all role assignments in every subscription, because others may use the custom roles; and these roles
  local id key ours=''
  for key in probing probingPods runningCommands reading; do
    role $key
    ours="$ours || (roleName=='$ROLE_NAME' && description=='$DESCRIPTION')"
  done
  for id in $(known_subscriptions); do
    ask "assignments-$id" az role assignment list --all --subscription "$id" --fill-principal-name false \
      --query "[].[principalId, description || '-', id, roleDefinitionId, roleDefinitionName, scope, to_string([condition])]"
    ask "roles-$id" az role definition list --custom-role-only --subscription "$id" --query "[?${ours# || }].[name, roleName, join(' ', assignableScopes)]"
  done
}
read_what_was_made() {
  local id
  ASSIGNMENTS='' ROLES=''
  for id in $(known_subscriptions); do
    if failed "assignments-$id" || failed "roles-$id"; then problem "The roles in $(place "/subscriptions/$id") could not be read."; fi
    ASSIGNMENTS="$ASSIGNMENTS$(answer "assignments-$id")"$'\n' ROLES="$ROLES$(answer "roles-$id")"$'\n'
  done
}
gone() { if writes; then echo "removed  $1"; else printf '  - %s\n' "$1"; CHANGES=yes; fi; }
stays() { if ! writes; then printf '  = %s stays: %s\n' "$1" "$2"; fi; }
remove_assignments() { # of the identity that was found; sets OTHERS to the number of its other roles.
  local principal description id definition role scope condition ours='' names=''
  OTHERS=0 DELEGATED=''
  while IFS=$'\t' read -r principal description id definition role scope condition; do
    if [ -z "$OBJECT_ID" ] || [ "$principal" != "$OBJECT_ID" ]; then continue; fi
    if [ "$description" != "$MARK" ]; then OTHERS=$((OTHERS + 1)); continue; fi
    ours="$ours $id" names="$names$role at $(place "$scope")"$'\n' DELEGATED="$DELEGATED $condition"
  done <<<"$(sort -u <<<"$ASSIGNMENTS")"
  if writes && [ -n "$ours" ]; then az role assignment delete --ids $ours --output none; fi
  while read -r role; do if [ -n "$role" ]; then gone "$role"; fi; done <<<"$names"
  REMOVED="$REMOVED$ours "
}
remove_ownerships() { # NAME: of the groups that it can assign roles to
  local id name
  while IFS=$'\t' read -r id name; do
    if [[ -z $id || $DELEGATED != *"$id"* ]]; then continue; fi
    if writes; then az ad group owner remove --group "$id" --owner-object-id "$OBJECT_ID"; fi
    gone "owner of the group $name"
  done <<<"$(answer "owned-$1")"
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
  local name role scopes scope principal description id definition others rest
  while IFS=$'\t' read -r name role scopes; do
    if [ -z "$name" ]; then continue; fi
    others=''
    for scope in $scopes; do
      if ! in_list "$(subscription_of "$scope")" "$(known_subscriptions)"; then others="it can also be assigned in $scope, which you can't see"; fi
    done
    while IFS=$'\t' read -r principal description id definition rest; do
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
    remove_ownerships "$name"
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
  for name in $NAMES; do
    look_at_credentials "$name"
    if [ -n "$OBJECT_ID" ]; then
      ask "owned-$name" az rest --url "$GRAPH/v1.0/servicePrincipals/$OBJECT_ID/ownedObjects" --query "value[?\"@odata.type\"=='#microsoft.graph.group'].[id, displayName]"
    fi
  done
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
  echo "Done. The pull roles that workflows assigned to clusters stay, and so do images. To remove the roles, too, set up with --detach, and run mode: detach, before you use --remove."
}

# ---- Main ----
set_up() {
  local scope name role subscriptions lacking
  VARIABLE=AZURE_CLIENT_ID
  if [ $MODE = check ]; then VARIABLE=AZURE_CHECK_CLIENT_ID; if [ -z "$CLIENT_ID" ]; then NAME=$NAME-check; fi; fi
  NAMES="$NAME${NAMESPACE:+ $NAME-deploy}"
  CREDENTIAL=attach-acr-$(key "$SUBJECT")${WORKFLOW:+-$(key "$WORKFLOW")}
  EXPRESSION="claims['sub'] eq '$SUBJECT' and claims['repository_id'] eq '$REPOSITORY_ID' and claims['job_workflow_ref'] matches '$REPOSITORY/$WORKFLOW@refs/heads/$BRANCH'"
  resolve_resources
  echo "Looking at your rights, and at what $NAME has"
  subscriptions=$(for scope in $SCOPES; do echo "/subscriptions/$(subscription_of "$scope")"; done | sort -fu)
  look_at_place
  choose_custom_roles
  look_at_rights $subscriptions
  for role in $CUSTOM; do for scope in $subscriptions; do ask_role $role "$scope"; done; done
  look_at_pause
  for name in $NAMES; do look_at_credentials "$name"; look_at_roles "$name" $subscriptions; done
  wait
  look_closer $SCOPES
  wait
  check_place
  find_pullers
  for role in $CUSTOM; do
    find_role $role
    load_role $role
    for scope in ${NEW_SCOPES:+$ROLE_SCOPES}; do if ! [ -e "$LOOK/rights-$(key "$scope")" ]; then look_at_rights "$scope"; fi; done
  done
  wait
  for scope in $SCOPES; do
    need Microsoft.Authorization/roleAssignments/write "$scope" "Owner and User Access Administrator have it."
  done
  lacking=$(for role in $CUSTOM; do load_role $role; if [ -n "$NEW_SCOPES" ]; then printf '%s\n' $ROLE_SCOPES $NEW_SCOPES; fi; done | sort -fu)
  for scope in $lacking; do
    need Microsoft.Authorization/roleDefinitions/write "$scope" "It is for custom roles. Ask someone who has it to run this, or use --built-in-roles."
  done
  HELD=$(find "$LOOK" -name 'held-*' ! -name '*.*' -exec cat {} +)
  for name in $NAMES; do check_credentials "$name"; done
  if [ -n "$NAMESPACE" ]; then check_variable AZURE_DEPLOY_CLIENT_ID "$CLIENT"; fi
  find_identity "$NAME"
  check_variable $VARIABLE "$CLIENT"
  check_variable AZURE_TENANT_ID "$TENANT"
  check_delegations
  check_problems

  echo "Plan for $REPOSITORY: $SUBJECT can sign in${WORKFLOW:+ from $WORKFLOW}$ALLOWED"
  if [ -n "$WARNING" ]; then warns "$WARNING"; fi
  warn_of_secrets
  if [ $MODE = attach ]; then warn_of_clusters; fi
  write
  warn_of_other_roles
  if [ $CHANGES = no ]; then echo "Nothing to do."; else
    confirm "Create what has a +, and change what has a ~?"
    WRITES=yes
    write
    echo "Done. New roles take up to ten minutes to work; the step waits for them."
  fi
  if [ -n "$BY_HAND" ]; then
    printf 'GitHub refused to set variables (HTTP 403). Ask an administrator of %s to set them, in Settings > Secrets and variables > Actions > Variables:\n%s' "$REPOSITORY" "$BY_HAND"
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
