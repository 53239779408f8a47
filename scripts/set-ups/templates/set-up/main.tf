# The same identities as docs/set-up.sh, as managed identities. Nobody has applied this yet: read what terraform plan shows.
# Set the variables in terraform.tfvars, then: terraform init && terraform plan
terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm", version = "~> 5.0" }
  }
}

provider "azurerm" {
  features {}
  subscription_id = var.subscription_id
}

variable "subscription_id" {
  type = string
}

# Everyone who can push to the branch in the subject can use the identity, so protect it. With an environment, so can every
# job that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
variable "subject" {
  description = "Subject of the ID tokens that may sign in: repo:contoso/shop:ref:refs/heads/main or repo:contoso/shop:environment:production"
  type        = string
}

variable "issuer" {
  description = "Issuer of the ID tokens: another one for GitHub Enterprise Server"
  type        = string
  default     = "https://token.actions.githubusercontent.com"
}

variable "group" {
  description = "Resource group that the identity is created in"
  type        = string
}

variable "clusters" {
  description = "Resource IDs of the clusters"
  type        = set(string)
}

variable "registries" {
  description = "Resource IDs of the registries"
  type        = set(string)
}

variable "mode" {
  description = "attach, or check for an identity that only reads"
  type        = string
  default     = "attach"
}

variable "abac_registries" {
  description = "Those of the registries whose role assignment mode is RBAC Registry + ABAC Repository Permissions"
  type        = set(string)
  default     = []
}

# By default, the identity can assign the pull roles to the pull identities of the clusters, and delete none.
variable "identities" {
  description = "Resource IDs of user-assigned identities that it can also assign them to, of clusters to come"
  type        = set(string)
  default     = []
}

variable "principals" {
  description = "Object IDs of other pull identities: of clusters in other subscriptions, or with a service principal"
  type        = set(string)
  default     = []
}

variable "pullers" {
  description = "Object ID of an Entra group that it can also assign them to. It must also own the group: az ad group owner add"
  type        = string
  default     = ""
}

variable "any_cluster" {
  description = "It can assign them to any service principal or managed identity"
  type        = bool
  default     = false
}

variable "detach" {
  description = "It can also delete what it can assign"
  type        = bool
  default     = false
}

variable "images" {
  description = "It can also import images, and so overwrite tags"
  type        = bool
  default     = false
}

variable "verify" {
  description = "With what verify: pull needs in the clusters"
  type        = bool
  default     = true
}

variable "probe_namespace" {
  description = "Namespace of the probe pods"
  type        = string
  default     = "default"
}

variable "run_command" {
  description = "It can also use AKS Run Command, as private clusters need it, and so administer the clusters"
  type        = bool
  default     = false
}

locals {
  attaches = var.mode == "attach"
  # A custom role can be assigned in these subscriptions.
  subscriptions = distinct(concat(
    ["/subscriptions/${var.subscription_id}"],
    [for id in setunion(var.clusters, var.registries) : join("/", slice(split("/", id), 0, 3))],
  ))
  principals = sort(distinct(concat(
    [for each in data.azurerm_kubernetes_cluster.named : each.kubelet_identity[0].object_id],
    [for each in data.azurerm_user_assigned_identity.named : each.principal_id],
    tolist(var.principals),
    var.pullers == "" ? [] : [var.pullers],
  )))
  # The condition: write is about the requested assignment, delete about the existing one.
  sources = {
    write  = "@Request[Microsoft.Authorization/roleAssignments"
    delete = "@Resource[Microsoft.Authorization/roleAssignments"
  }
  whom = { for action, of in local.sources : action => concat(
    var.any_cluster ? ["${of}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}"] : [],
    length(local.principals) > 0 ? ["${of}:PrincipalId] ForAnyOfAnyValues:GuidEquals {${join(", ", local.principals)}}"] : [],
  ) }
  limits = { for action, of in local.sources : action => join("", [
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR ",
    "(${of}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{id acrPull}}, {{id repositoryReader}}} AND ",
    length(local.whom[action]) > 1 ? "(${join(" OR ", local.whom[action])})" : join("", local.whom[action]),
    "))",
  ]) }
  never     = "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}))"
  condition = "${local.limits.write} AND ${var.detach ? local.limits.delete : local.never}"
}

data "azurerm_kubernetes_cluster" "named" {
  for_each            = local.attaches ? toset([for id in var.clusters : id if split("/", id)[2] == var.subscription_id]) : toset([])
  name                = split("/", each.value)[8]
  resource_group_name = split("/", each.value)[4]
}

data "azurerm_user_assigned_identity" "named" {
  for_each            = local.attaches ? var.identities : toset([])
  name                = split("/", each.value)[8]
  resource_group_name = split("/", each.value)[4]
}

data "azurerm_resource_group" "identity" {
  name = var.group
}

resource "azurerm_user_assigned_identity" "github" {
  name                = local.attaches ? "gh-attach-acr" : "gh-attach-acr-check"
  resource_group_name = data.azurerm_resource_group.identity.name
  location            = data.azurerm_resource_group.identity.location

  lifecycle {
    precondition {
      condition     = !local.attaches || var.any_cluster || length(local.principals) > 0
      error_message = "Name clusters of this subscription, identities, principals or pullers: the condition must have somebody to assign roles to."
    }
  }
}

resource "azurerm_federated_identity_credential" "github" {
  name                      = "github"
  user_assigned_identity_id = azurerm_user_assigned_identity.github.id
  issuer                    = var.issuer
  subject                   = var.subject
  audience                  = ["api://AzureADTokenExchange"]
}

# set-up attach
resource "azurerm_role_assignment" "read_cluster" {
  for_each             = local.attaches ? var.clusters : toset([])
  scope                = each.value
  role_definition_name = "{{name reader}}"
  principal_id         = azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "assign_pull_roles" {
  for_each             = local.attaches ? var.registries : toset([])
  scope                = each.value
  role_definition_name = "{{name accessAdministrator}}"
  principal_id         = azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
  condition_version    = "2.0"
  condition            = local.condition
}

resource "azurerm_role_assignment" "read_images" {
  for_each             = local.attaches ? setsubtract(var.registries, var.abac_registries) : toset([])
  scope                = each.value
  role_definition_name = "{{name acrPull}}"
  principal_id         = azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "read_repositories" {
  for_each             = local.attaches ? setintersection(var.registries, var.abac_registries) : toset([])
  scope                = each.value
  role_definition_name = "{{name repositoryReader}}"
  principal_id         = azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
}

# set-up identities
resource "azurerm_role_assignment" "read_identity" {
  for_each             = local.attaches ? var.identities : toset([])
  scope                = each.value
  role_definition_name = "{{name reader}}"
  principal_id         = azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
}

# set-up verify
resource "azurerm_role_definition" "probing" {
  count             = local.attaches && var.verify ? 1 : 0
  name              = "{{name probing}}"
  description       = "{{description probing}}"
  scope             = "/subscriptions/${var.subscription_id}"
  assignable_scopes = local.subscriptions

  permissions {
    actions = [
      {{actions probing}}
    ]
    data_actions = [
      {{dataActions probing}}
    ]
  }
}

resource "azurerm_role_assignment" "probe" {
  for_each           = local.attaches && var.verify ? var.clusters : toset([])
  scope              = each.value
  role_definition_id = azurerm_role_definition.probing[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.github.principal_id
  principal_type     = "ServicePrincipal"
}

resource "azurerm_role_definition" "probing_pods" {
  count             = local.attaches && var.verify ? 1 : 0
  name              = "{{name probingPods}}"
  description       = "{{description probingPods}}"
  scope             = "/subscriptions/${var.subscription_id}"
  assignable_scopes = local.subscriptions

  permissions {
    data_actions = [
      {{dataActions probingPods}}
    ]
  }
}

resource "azurerm_role_assignment" "probe_pods" {
  for_each           = local.attaches && var.verify ? var.clusters : toset([])
  scope              = "${each.value}/namespaces/${var.probe_namespace}"
  role_definition_id = azurerm_role_definition.probing_pods[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.github.principal_id
  principal_type     = "ServicePrincipal"
}

# set-up run-command
resource "azurerm_role_definition" "running_commands" {
  count             = local.attaches && var.run_command ? 1 : 0
  name              = "{{name runningCommands}}"
  description       = "{{description runningCommands}}"
  scope             = "/subscriptions/${var.subscription_id}"
  assignable_scopes = local.subscriptions

  permissions {
    actions = [
      {{actions runningCommands}}
    ]
  }
}

resource "azurerm_role_assignment" "run_commands" {
  for_each           = local.attaches && var.run_command ? var.clusters : toset([])
  scope              = each.value
  role_definition_id = azurerm_role_definition.running_commands[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.github.principal_id
  principal_type     = "ServicePrincipal"
}

# set-up images
resource "azurerm_role_assignment" "import" {
  for_each             = local.attaches && var.images ? var.registries : toset([])
  scope                = each.value
  role_definition_name = "{{name importer}}"
  principal_id         = azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
}

# set-up check
resource "azurerm_role_definition" "reading" {
  count             = local.attaches ? 0 : 1
  name              = "{{name reading}}"
  description       = "{{description reading}}"
  scope             = "/subscriptions/${var.subscription_id}"
  assignable_scopes = local.subscriptions

  permissions {
    actions = [
      {{actions reading}}
    ]
  }
}

resource "azurerm_role_assignment" "check_cluster" {
  for_each           = local.attaches ? toset([]) : var.clusters
  scope              = each.value
  role_definition_id = azurerm_role_definition.reading[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.github.principal_id
  principal_type     = "ServicePrincipal"
}

resource "azurerm_role_assignment" "check_registry" {
  for_each           = local.attaches ? toset([]) : var.registries
  scope              = each.value
  role_definition_id = azurerm_role_definition.reading[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.github.principal_id
  principal_type     = "ServicePrincipal"
}

output "client_id" {
  description = "The variable AZURE_CLIENT_ID of the repository, or AZURE_CHECK_CLIENT_ID with mode check"
  value       = azurerm_user_assigned_identity.github.client_id
}
