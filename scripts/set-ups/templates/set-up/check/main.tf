# A read-only identity for mode: check.
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

variable "subject" {
  description = "Subject of the ID tokens that may sign in"
  type        = string
  default     = "repo:contoso/shop:ref:refs/heads/main"
}

variable "group" {
  description = "Resource group that the identity is created in"
  type        = string
  default     = "rg-shop"
}

data "azurerm_resource_group" "identity" {
  name = var.group
}

resource "azurerm_user_assigned_identity" "github" {
  name                = "gh-attach-acr-check"
  resource_group_name = data.azurerm_resource_group.identity.name
  location            = data.azurerm_resource_group.identity.location
}

resource "azurerm_federated_identity_credential" "github" {
  name                      = "github"
  user_assigned_identity_id = azurerm_user_assigned_identity.github.id
  issuer                    = "https://token.actions.githubusercontent.com"
  subject                   = var.subject
  audience                  = ["api://AzureADTokenExchange"]
}

resource "azurerm_role_definition" "reading" {
  name              = "{{name reading}}"
  description       = "{{description reading}}"
  scope             = "/subscriptions/${var.subscription_id}"
  assignable_scopes = ["/subscriptions/${var.subscription_id}"]

  permissions {
    actions = [
      {{actions reading}}
    ]
  }
}

resource "azurerm_role_assignment" "read" {
  scope              = "/subscriptions/${var.subscription_id}"
  role_definition_id = azurerm_role_definition.reading.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.github.principal_id
  principal_type     = "ServicePrincipal"
}

output "client_id" {
  description = "The variable AZURE_CHECK_CLIENT_ID of the repository"
  value       = azurerm_user_assigned_identity.github.client_id
}
