# An identity that attaches and detaches: it reads the cluster, and assigns pull roles at the registry, only to service principals.
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
  description = "Subject of the ID tokens that may sign in"
  type        = string
  default     = "repo:contoso/shop:ref:refs/heads/main" # or "repo:contoso/shop:environment:production"
}

variable "group" {
  description = "Resource group that the identity is created in"
  type        = string
  default     = "rg-shop"
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

data "azurerm_resource_group" "identity" {
  name = var.group
}

resource "azurerm_user_assigned_identity" "github" {
  name                = "gh-attach-acr"
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

resource "azurerm_role_assignment" "read_cluster" {
  for_each             = var.clusters
  scope                = each.value
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "assign_pull_roles" {
  for_each             = var.registries
  scope                = each.value
  role_definition_name = "Role Based Access Control Administrator"
  principal_id         = azurerm_user_assigned_identity.github.principal_id
  principal_type       = "ServicePrincipal"
  condition_version    = "2.0"
  condition = trimspace(<<-END
    ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR
     (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
      @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'})) AND
    ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR
     (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
      @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))
    END
  )
}

output "client_id" {
  description = "The variable AZURE_CLIENT_ID of the repository"
  value       = azurerm_user_assigned_identity.github.client_id
}
