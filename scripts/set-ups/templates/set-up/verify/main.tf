# What verify: pull needs in addition to attach: probe pods in the cluster, and the import of the pause image that they pull.
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

variable "group" {
  description = "Resource group of the identity"
  type        = string
  default     = "rg-shop"
}

variable "identity" {
  description = "The identity of attach, or of check"
  type        = string
  default     = "gh-attach-acr"
}

# To add a cluster or a registry to the identity, add its ID, and apply again.
variable "clusters" {
  description = "Resource IDs of the clusters"
  type        = set(string)
}

variable "registries" {
  description = "Resource IDs of the registries"
  type        = set(string)
}

data "azurerm_user_assigned_identity" "github" {
  name                = var.identity
  resource_group_name = var.group
}

resource "azurerm_role_definition" "probing" {
  name              = "{{name probing}}"
  description       = "{{description probing}}"
  scope             = "/subscriptions/${var.subscription_id}"
  assignable_scopes = distinct(concat(
    ["/subscriptions/${var.subscription_id}"],
    [for id in var.clusters : join("/", slice(split("/", id), 0, 3))],
  ))

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
  for_each           = var.clusters
  scope              = each.value
  role_definition_id = azurerm_role_definition.probing.role_definition_resource_id
  principal_id       = data.azurerm_user_assigned_identity.github.principal_id
  principal_type     = "ServicePrincipal"
}

resource "azurerm_role_assignment" "import" {
  for_each             = var.registries
  scope                = each.value
  role_definition_name = "{{name importer}}"
  principal_id         = data.azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
}
