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

variable "verify" {
  description = "With what verify: pull needs in the clusters"
  type        = bool
  default     = true
}

variable "images" {
  description = "With the right to import images"
  type        = bool
  default     = true
}

locals {
  attaches = var.mode == "attach"
  # A custom role can be assigned in these subscriptions.
  subscriptions = distinct(concat(
    ["/subscriptions/${var.subscription_id}"],
    [for id in setunion(var.clusters, var.registries) : join("/", slice(split("/", id), 0, 3))],
  ))
}

data "azurerm_resource_group" "identity" {
  name = var.group
}

resource "azurerm_user_assigned_identity" "github" {
  name                = local.attaches ? "gh-attach-acr" : "gh-attach-acr-check"
  resource_group_name = data.azurerm_resource_group.identity.name
  location            = data.azurerm_resource_group.identity.location
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
  condition = trimspace(<<-END
    {{condition}}
    END
  )
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
