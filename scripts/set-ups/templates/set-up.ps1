# Edit the first lines, then paste the whole block into PowerShell 7.4 or newer, signed in with az and gh. It looks first, and
# lists everything that is wrong; then it writes only what is missing. Paste it again to add a cluster or a registry, or after
# it has stopped.
& {
$Repository = 'contoso/shop'                            # the repository whose workflows run the step
# Everyone who can push to the branch in $Subject can use the identity, so protect it. With an environment, so can every job
# that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
$Subject = "repo:${Repository}:ref:refs/heads/main"     # or "repo:${Repository}:environment:production"
$Clusters = @('aks-prod-1')                             # names or resource IDs
$Registries = @('contosoacr')                           # the same
$Subscription = az account show --query id --output tsv
$Verify = $true           # $false: without the roles that only verify: pull needs
$Deploy = $false          # $true: also a second identity, which can deploy to $Namespace
$Namespace = 'default'
$Mode = 'attach'          # 'check': an identity that only reads; with it, '*' in $Clusters means the whole subscription
$CustomRoles = $true      # $false: only built-in roles, which allow more
$Name = 'gh-attach-acr'   # of the application; those that check or deploy are called NAME-check and NAME-deploy
$ClientId = ''            # of an application to use instead
$IdentityGroup = ''       # a resource group: managed identities in it, instead of applications

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
function Say($Verb, $What) { Write-Host ('{0,-8} {1}' -f $Verb, $What) }
function Invoke-Az { az @args --only-show-errors --output json | ConvertFrom-Json }
# Text with quotes goes to az in a file, because its quoting differs between versions of PowerShell.
$file = New-TemporaryFile
function Save($Text) { Set-Content -Path $file -Value $Text; "@$file" }

# Roles of the principal $ObjectId.
function Assign($ObjectId, $Scope, $RoleName, $Role, $Condition) {
  $last = $Scope.Split('/')[-1]
  $held = @(Invoke-Az role assignment list --assignee $ObjectId --scope $Scope --subscription $Subscription)
  if ($held.roleDefinitionId -like "*$Role") { Say exists "$RoleName at $last"; return }
  $more = if ($Condition) { '--condition', (Save $Condition), '--condition-version', '2.0' } else { @() }
  $null = Invoke-Az role assignment create --assignee-object-id $ObjectId --assignee-principal-type ServicePrincipal `
    --role $Role --scope $Scope --subscription $Subscription @more
  Say created "$RoleName at $last"
}
function Get-Definition($RoleName, $Scopes) {
  if ($RoleName -eq '{{name probing}}') { @"
{{definition probing}}
"@ } else { @"
{{definition reading}}
"@ }
}
function Find-Role($RoleName, $Ids) { # Its ID and assignable scopes, and where it can not be assigned yet.
  $role = $null; $missing = @()
  foreach ($id in $Ids) {
    $found = Invoke-Az role definition list --name $RoleName --scope $id --subscription $Subscription
    if ($found) { $role = $found } else { $missing += $id.Split('/')[0..2] -join '/' }
  }
  if ($missing -and -not $role) { # A tenant has a name only once, so it may be another subscription that has it.
    foreach ($each in Invoke-Az account list | Where-Object { "/subscriptions/$($_.id)" -notin $missing }) {
      $role = try { Invoke-Az role definition list --name $RoleName --scope "/subscriptions/$($each.id)" --subscription $each.id } catch { $null }
      if ($role) { break }
    }
  }
  [pscustomobject]@{ Name = $RoleName; Id = $role.name; Scopes = @($role.assignableScopes | Where-Object { $_ }); New = @($missing | Sort-Object -Unique) }
}
function Define($Role) { # Creates the role, or lets it be assigned in its new scopes, too. Returns its ID.
  if ($Role.New.Count -eq 0) { Say exists "role $($Role.Name)"; return $Role.Id }
  $verb = if ($Role.Id) { 'update' } else { 'create' }
  $scopes = @($Role.Scopes + $Role.New | ForEach-Object { "`"$_`"" }) -join ', '
  $defined = Invoke-Az role definition $verb --role-definition (Save (Get-Definition $Role.Name $scopes)) --subscription $Subscription
  Say "${verb}d" "role $($Role.Name)"
  $defined.name
}
# The only roles that the identity can assign, and only to service principals: those that let nodes pull.
$Condition = @'
{{condition}}
'@

# Identities, without a password.
$group = '--resource-group', $IdentityGroup, '--subscription', $Subscription
$issuer = 'https://token.actions.githubusercontent.com'
function Find-Identity($Name, $Given) {
  $id = $Given
  if ($IdentityGroup) {
    $id = @(Invoke-Az identity list @group | Where-Object name -EQ $Name).clientId
    if ($id) { $subjects = @(Invoke-Az identity federated-credential list @group --identity-name $Name).subject }
  } else {
    if (-not $id) { $id = @(Invoke-Az ad app list --display-name $Name | Where-Object displayName -EQ $Name).appId }
    if (@($id).Count -gt 1) { $problems.Add("Several applications are called $Name. Set `$ClientId, or change `$Name."); return }
    if ($id) { $subjects = @(Invoke-Az ad app federated-credential list --id $id).subject }
  }
  $own = ($Subject.Split(':')[0..1] -join ':') + ':'
  foreach ($each in $subjects) {
    if ($id -ne $Given -and -not "$each".StartsWith($own)) { # A flexible credential has no subject.
      $problems.Add("$Name exists, and $(if ($each) { $each } else { 'a pattern' }) can sign in as it. Change `$Name, or set `$ClientId to $id to use it all the same.")
    }
  }
  [pscustomobject]@{ Name = $Name; ClientId = $id; ObjectId = $null; Subjects = @($subjects) }
}
function Complete($Identity) { # Creates what is missing of it.
  $kind = if ($IdentityGroup) { 'managed identity' } else { 'application' }
  if ($Identity.ClientId) { Say exists "$kind $($Identity.Name)" } else {
    $created = if ($IdentityGroup) { Invoke-Az identity create @group --name $Identity.Name } else { Invoke-Az ad app create --display-name $Identity.Name }
    $Identity.ClientId = if ($IdentityGroup) { $created.clientId } else { $created.appId }
    Say created "$kind $($Identity.Name)"
  }
  if ($IdentityGroup) {
    $Identity.ObjectId = (Invoke-Az identity show @group --name $Identity.Name).principalId
  } else {
    $Identity.ObjectId = @(Invoke-Az ad sp list --filter "appId eq '$($Identity.ClientId)'").id
    if ($Identity.ObjectId) { Say exists "principal $($Identity.Name)" } else {
      $Identity.ObjectId = (Invoke-Az ad sp create --id $Identity.ClientId).id
      Say created "principal $($Identity.Name)"
    }
  }
  if ($Identity.Subjects -ccontains $Subject) { Say exists "federated credential $Subject"; return }
  $credential = "github-$Subject" -replace '[^A-Za-z0-9]+', '-'
  $credential = $credential.Substring(0, [Math]::Min(120, $credential.Length))
  if ($IdentityGroup) {
    $null = Invoke-Az identity federated-credential create @group --identity-name $Identity.Name --name $credential `
      --issuer $issuer --subject $Subject --audiences api://AzureADTokenExchange
  } else {
    $parameters = @{ name = $credential; subject = $Subject; issuer = $issuer; audiences = @('api://AzureADTokenExchange') }
    $null = Invoke-Az ad app federated-credential create --id $Identity.ClientId --parameters (Save ($parameters | ConvertTo-Json))
  }
  Say created "federated credential $Subject"
}

# What is there, what is wrong.
$problems = [System.Collections.Generic.List[string]]::new()
function Find-Resource($Kind, $Wanted) { # The resource of that name or ID.
  $in = if ($Wanted -like '/subscriptions/*') { $Wanted.Split('/')[2] } else { $Subscription }
  $all = @(if ($Kind -eq 'cluster') { Invoke-Az aks list --subscription $in } else { Invoke-Az acr list --subscription $in })
  $found = @($all | Where-Object { $_.id -eq $Wanted -or $_.name -eq $Wanted })
  if ($found.Count -eq 1) { return $found[0] }
  $problems.Add($(if ($found) { "Several are called $Wanted. Use a resource ID: $($found.id)" }
    else { "You can see no $Kind called $Wanted, only: $($all.name)" }))
}
function Need($Action, $Scope, $Hint) { # One of your roles must allow it. Conditions of your roles and deny assignments do not show here.
  $roles = try { @((Invoke-Az rest --url "$Scope/providers/Microsoft.Authorization/permissions?api-version=2022-04-01").value) } catch { @() }
  $allowing = $roles | Where-Object { @($_.actions | Where-Object { $Action -like $_ }) -and -not @($_.notActions | Where-Object { $Action -like $_ }) }
  if (-not $allowing) { $problems.Add("You lack $Action at $Scope. $Hint") }
}
function Test-Variable($Variable, $Value) { # Another value belongs to something else.
  if ($variables[$Variable] -and $variables[$Variable] -ne $Value) {
    $problems.Add("$Repository has the variable $Variable already, as $($variables[$Variable]). Use that one here, too, or delete it if nothing uses it:`n  gh variable delete $Variable --repo $Repository")
  }
}
function Set-RepositoryVariable($Variable, $Value) {
  if ($variables[$Variable]) { Say exists "variable $Variable"; return }
  $null = gh variable set $Variable --repo $Repository --body $Value
  Say created "variable $Variable"
}

try {
# Look: nothing is written before everything that is wrong is known.
$account = Invoke-Az account show --subscription $Subscription
$Subscription = $account.id
Write-Host "Looking as $($account.user.name), in subscription $Subscription."
if ($Mode -notin 'attach', 'check') { $problems.Add("`$Mode is attach or check, not $Mode.") }
if ($Deploy -and $Clusters -contains '*') { $problems.Add('$Deploy needs the names or IDs of the clusters.') }
$isCheck = $Mode -eq 'check'
$atClusters = @(foreach ($each in $Clusters) {
  if ($isCheck -and $each -eq '*') { [pscustomobject]@{ id = "/subscriptions/$Subscription" } } else { Find-Resource cluster $each }
})
$atRegistries = @(foreach ($each in $Registries) { Find-Resource registry $each })
foreach ($id in @($atClusters + $atRegistries).id) {
  Need Microsoft.Authorization/roleAssignments/write $id 'Owner and User Access Administrator have it.'
}
$role = $null
if ($CustomRoles -and $isCheck) { $role = Find-Role '{{name reading}}' @($atClusters + $atRegistries).id }
elseif ($CustomRoles -and $Verify) { $role = Find-Role '{{name probing}}' $atClusters.id }
$scopes = if ($role.New) { $role.Scopes + $role.New } else { @() }
foreach ($scope in $scopes) {
  Need Microsoft.Authorization/roleDefinitions/write $scope `
    "It is for the role $($role.Name). Ask someone who has it to paste this, or set `$CustomRoles or `$Verify to `$false."
}
# GitHub knows how the subject begins: in repositories created since July 2026, with the IDs of owner and repository.
$prefix = try { gh api "repos/$Repository/actions/oidc/customization/sub" --jq '.sub_claim_prefix // empty' 2>$null } catch { $null }
if ($prefix -and $Subject.StartsWith("repo:${Repository}:")) { $Subject = "${prefix}:" + $Subject.Split(':', 3)[2] }
$variables = @{}
try { gh variable list --repo $Repository | ForEach-Object { $cells = $_ -split "`t"; $variables[$cells[0]] = $cells[1] } }
catch { $problems.Add("The variables of $Repository could not be read. Check the name, and gh auth status.") }
$identity = Find-Identity $(if ($isCheck) { "$Name-check" } else { $Name }) $ClientId
$variable = if ($isCheck) { 'AZURE_CHECK_CLIENT_ID' } else { 'AZURE_CLIENT_ID' }
Test-Variable $variable $identity.ClientId
Test-Variable AZURE_TENANT_ID $account.tenantId
Test-Variable AZURE_SUBSCRIPTION_ID $Subscription
if ($Deploy) {
  $deployer = Find-Identity "$Name-deploy" ''
  Test-Variable AZURE_DEPLOY_CLIENT_ID $deployer.ClientId
}
if ($problems.Count -gt 0) { throw "Nothing was written:`n- $($problems -join "`n- ")" }

# Write. Whether you can create applications shows only now, but it comes first.
Complete $identity
if ($isCheck) {
  if ($role) { $roleId = Define $role }
  foreach ($id in @($atClusters + $atRegistries).id) {
    if ($role) { Assign $identity.ObjectId $id $role.Name $roleId } else { Assign $identity.ObjectId $id '{{name reader}}' '{{id reader}}' }
  }
} else {
  foreach ($id in $atClusters.id) { Assign $identity.ObjectId $id '{{name reader}}' '{{id reader}}' }
  foreach ($id in $atRegistries.id) {
    Assign $identity.ObjectId $id '{{name accessAdministrator}}' '{{id accessAdministrator}}' $Condition
    if ($Verify) { Assign $identity.ObjectId $id '{{name importer}}' '{{id importer}}' }
  }
  if ($role) { $roleId = Define $role }
  foreach ($cluster in @($atClusters | Where-Object { $Verify })) {
    if ($role) { Assign $identity.ObjectId $cluster.id $role.Name $roleId; continue }
    Assign $identity.ObjectId $cluster.id '{{name user}}' '{{id user}}'
    if ($cluster.aadProfile.enableAzureRbac) { Assign $identity.ObjectId $cluster.id '{{name clusterAdministrator}}' '{{id clusterAdministrator}}' }
  }
}
Set-RepositoryVariable $variable $identity.ClientId
Set-RepositoryVariable AZURE_TENANT_ID $account.tenantId
Set-RepositoryVariable AZURE_SUBSCRIPTION_ID $Subscription
if ($Deploy) {
  Complete $deployer
  foreach ($id in $atClusters.id) {
    Assign $deployer.ObjectId $id '{{name user}}' '{{id user}}'
    Assign $deployer.ObjectId "$id/namespaces/$Namespace" '{{name writer}}' '{{id writer}}'
  }
  Set-RepositoryVariable AZURE_DEPLOY_CLIENT_ID $deployer.ClientId
}
Write-Host "Done. Now run the workflow of $Repository. New roles take up to ten minutes to work: if it is refused, re-run it then."
# Azure roles do not count inside a cluster with Kubernetes RBAC.
foreach ($cluster in @($atClusters | Where-Object { $_.aadProfile -and -not $_.aadProfile.enableAzureRbac })) {
  if ($Verify -and -not $isCheck) {
    Write-Host "$($cluster.name): for verify: pull, bind the ClusterRole of docs/permissions.md to the user $($identity.ObjectId)."
  }
  if ($Deploy) {
    Write-Host "$($cluster.name): kubectl create rolebinding $Name-deploy --clusterrole edit --user $($deployer.ObjectId) --namespace $Namespace"
  }
}
} catch {
  Write-Host 'Stopped. Paste it again after the correction: what exists already stays.'
  throw
} finally { Remove-Item -Path $file }
}
