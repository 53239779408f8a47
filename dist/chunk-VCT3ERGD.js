import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  parseResourceId
} from "./chunk-H7F75JHY.js";

// src/model/lists.ts
function groupBy(items, keyOf) {
  const groups = /* @__PURE__ */ new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
function chunk(items, size) {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size)
  );
}

// src/model/roles.ts
function role(id, name, permission) {
  return {
    id,
    name,
    permissions: [{ actions: [], notActions: [], dataActions: [], notDataActions: [], ...permission }]
  };
}
var registries = "Microsoft.ContainerRegistry/registries";
var builtInRoles = {
  acrPull: role("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull", { actions: [`${registries}/pull/read`] }),
  acrPush: role("8311e382-0749-4cb8-b61a-304f252e45ec", "AcrPush", {
    actions: [`${registries}/pull/read`, `${registries}/push/write`]
  }),
  acrDelete: role("c2f4ef07-c644-48eb-af81-4b1b4947fb11", "AcrDelete", { actions: [`${registries}/artifacts/delete`] }),
  repositoryReader: role("b93aa761-3e63-49ed-ac28-beffa264f7ac", "Container Registry Repository Reader", {
    dataActions: [`${registries}/repositories/metadata/read`, `${registries}/repositories/content/read`]
  }),
  repositoryWriter: role("2a1e307c-b015-4ebd-883e-5b7698a07328", "Container Registry Repository Writer", {
    dataActions: [
      `${registries}/repositories/metadata/read`,
      `${registries}/repositories/content/read`,
      `${registries}/repositories/metadata/write`,
      `${registries}/repositories/content/write`
    ]
  }),
  reader: role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", { actions: ["*/read"] }),
  contributor: role("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", {
    actions: ["*"],
    notActions: [
      "Microsoft.Authorization/*/Delete",
      "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action"
    ]
  }),
  userAccessAdministrator: role("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator", {
    actions: ["*/read", "Microsoft.Authorization/*"]
  }),
  accessAdministrator: role("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator", {
    actions: [
      "*/read",
      "Microsoft.Authorization/roleAssignments/write",
      "Microsoft.Authorization/roleAssignments/delete"
    ]
  }),
  owner: role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", { actions: ["*"] })
};
var needed = {
  RBAC: { allowed: "actions", excepted: "notActions", name: "microsoft.containerregistry/registries/pull/read" },
  ABAC: {
    allowed: "dataActions",
    excepted: "notDataActions",
    name: "microsoft.containerregistry/registries/repositories/content/read"
  }
};
function canPull(role2, mode) {
  const { allowed, excepted, name } = needed[mode];
  return role2.permissions.some(
    (permission) => matchesAny(permission[allowed], name) && !matchesAny(permission[excepted], name)
  );
}
var pullOnly = [
  "microsoft.containerregistry/registries/read",
  "microsoft.containerregistry/registries/pull/read",
  "microsoft.containerregistry/registries/repositories/content/read",
  "microsoft.containerregistry/registries/repositories/metadata/read"
];
function mayMoreThanPull(role2) {
  return role2.permissions.some(
    ({ actions, dataActions }) => [...actions, ...dataActions].some((action) => !pullOnly.includes(action.toLowerCase()))
  );
}
function matchesAny(patterns, action) {
  return patterns.some((pattern) => {
    const literals = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${literals.join(".*")}$`, "i").test(action);
  });
}

// src/model/az-commands.ts
function shellQuote(word) {
  return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
var pullRoleIds = [builtInRoles.acrPull.id, builtInRoles.repositoryReader.id];
var delegationCondition = createDelegationCondition(pullRoleIds, ["ServicePrincipal"]);
function delegationConditionFor({ roleId, principalType }) {
  return createDelegationCondition(
    [.../* @__PURE__ */ new Set([...pullRoleIds, roleId])],
    [.../* @__PURE__ */ new Set(["ServicePrincipal", principalType])]
  );
}
function createDelegationCondition(roleIds, principalTypes) {
  const types = principalTypes.map((type) => `'${type}'`).join(", ");
  return [
    { action: "write", source: "@Request" },
    { action: "delete", source: "@Resource" }
  ].map(({ action, source }) => {
    const attribute = `${source}[Microsoft.Authorization/roleAssignments`;
    return `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR (${attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roleIds.join(", ")}} AND ${attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {${types}}))`;
  }).join(" AND ");
}
function aksCommand(verb, clusterId, more = "") {
  const id = parseResourceId(clusterId);
  if (!id) return "az aks list --output table";
  const { subscriptionId, resourceGroup, name } = id;
  return `az aks ${verb} --subscription ${subscriptionId} --resource-group ${shellQuote(resourceGroup)} --name ${name}${more && ` ${more}`}`;
}
function nodePoolCommand(verb, clusterId, pool = "") {
  const id = parseResourceId(clusterId);
  if (!id) return "az aks list --output table";
  const { subscriptionId, resourceGroup, name } = id;
  return `az aks nodepool ${verb} --subscription ${subscriptionId} --resource-group ${shellQuote(resourceGroup)} --cluster-name ${name}${pool && ` --name ${pool}`}`;
}
function createRoleAssignmentCommand(grant) {
  const lines = [
    grant.objectId ? `az role assignment create --assignee-object-id ${grant.objectId} --assignee-principal-type ${grant.type}` : `az role assignment create --assignee ${quoted(grant.name ?? "")}`,
    `--role ${quoted(grant.role)} --scope ${quoted(grant.scope)}`
  ];
  if (grant.condition) lines.push(`--condition-version 2.0 --condition ${quoted(grant.condition)}`);
  return lines.join(" \\\n  ");
}
function listCommand(noun, subscriptionId) {
  return `az ${noun} list${inSubscription(subscriptionId)} --query "[].id" --output tsv`;
}
function listSubscriptionsCommand() {
  return 'az account list --all --query "[].{name:name, id:id, tenant:tenantId}" --output table';
}
function showTenantOfSubscriptionCommand(subscriptionId) {
  return `az account show${inSubscription(subscriptionId)} --query tenantId --output tsv`;
}
function showServicePrincipalCommand(id) {
  return `az ad sp show --id ${shellQuote(id)}`;
}
function findClustersOfIdentityCommand(objectId) {
  return `az aks list --query "[?identityProfile.kubeletidentity.objectId=='${objectId}'].id" --output tsv`;
}
function showGroupCommand(groupId) {
  return `az ad group show --group ${shellQuote(groupId)}`;
}
function listGroupsCommand() {
  return 'az ad group list --query "[].{name:displayName, id:id}" --output table';
}
function listMembersCommand(groupId) {
  return `az ad group member list --group ${shellQuote(groupId)} --query "[].{name:displayName, id:id}" --output table`;
}
function listRoleAssignmentChangesCommand(resourceId) {
  const { subscriptionId = "", resourceGroup = "" } = parseResourceId(resourceId) ?? {};
  const query = "[?contains(operationName.value, 'roleAssignments')].{time:eventTimestamp, who:caller, what:operationName.value, on:resourceId}";
  return `az monitor activity-log list${inSubscription(subscriptionId)} --resource-group ${shellQuote(resourceGroup)} --offset 7d --query "${query}" --output table`;
}
function groupMemberCommand(verb, groupId, objectId) {
  return `az ad group member ${verb} --group ${shellQuote(groupId)} --member-id ${shellQuote(objectId)}`;
}
function listLocksCommand(scope) {
  return `az lock list --resource ${shellQuote(scope)} --output table`;
}
function registerProviderCommand(namespace, subscriptionId) {
  return `az provider register --namespace ${shellQuote(namespace)}${inSubscription(subscriptionId)} --wait`;
}
function listDenyAssignmentsCommand(scope) {
  return `az rest --method get --url ${shellQuote(`${scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01`)}`;
}
function showPolicyAssignmentCommand(id) {
  const [, scope = "", name = ""] = /^(.*)\/providers\/Microsoft\.Authorization\/policyAssignments\/([^/]+)$/i.exec(id) ?? [];
  return `az policy assignment show --name ${shellQuote(name)} --scope ${shellQuote(scope)}`;
}
function listOrphanedAssignmentsCommand(subscriptionId) {
  return `az role assignment list --all${inSubscription(subscriptionId)} --query "[?principalName==''].id" --output tsv`;
}
function deleteRoleAssignmentCommand(id) {
  return `az role assignment delete --ids ${shellQuote(id)}${inSubscription(subscriptionOf(id))}`;
}
function listRolesCommand(subscriptionId) {
  return `az role definition list${inSubscription(subscriptionId)} --query "[].roleName" --output tsv`;
}
function acrCommand(verb, registryId, more = "") {
  const { subscriptionId, name } = parseResourceId(registryId) ?? {};
  if (!subscriptionId || !name) return listCommand("acr", "");
  return `az acr ${verb} --name ${name}${more && ` ${more}`}${inSubscription(subscriptionId)}`;
}
function listTagsCommand(registryId, repository) {
  return acrCommand("repository show-tags", registryId, `--repository ${shellQuote(repository)} --output table`);
}
function showImageCommand(registryId, image) {
  return acrCommand("repository show", registryId, `--image ${shellQuote(image)}`);
}
function listManifestsCommand(registryId, repository) {
  const { subscriptionId, name } = parseResourceId(registryId) ?? {};
  if (!subscriptionId || !name) return listCommand("acr", "");
  return `az acr manifest list-metadata --registry ${name} --name ${shellQuote(repository)} --orderby time_desc${inSubscription(subscriptionId)}`;
}
function inSubscription(id) {
  return id && ` --subscription ${shellQuote(id)}`;
}
function subscriptionOf(scope) {
  return /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1] ?? "";
}
function createFederatedCredentialCommands(token) {
  const { clientId, issuer, subject, audience } = token;
  const name = `github-${subject.replace(/[^A-Za-z0-9]+/g, "-")}`.slice(0, 120).replace(/-+$/, "");
  const parameters = JSON.stringify({ name, issuer, subject, audiences: [audience] });
  const find = (property) => `"$(az identity list --query "[?clientId=='${clientId}'].${property}" --output tsv)"`;
  return {
    app: `az ad app federated-credential create --id ${clientId} --parameters ${quoted(parameters)}`,
    identity: `az identity federated-credential create --identity-name ${find("name")} \\
  --resource-group ${find("resourceGroup")} --name ${quoted(name)} \\
  --issuer ${quoted(issuer)} --subject ${quoted(subject)} --audiences ${quoted(audience)}`
  };
}
function quoted(text) {
  if (/^[\w./:@=,+-]+$/.test(text)) return text;
  return /["$`\\!]/.test(text) ? shellQuote(text) : `"${text}"`;
}

export {
  groupBy,
  chunk,
  builtInRoles,
  canPull,
  mayMoreThanPull,
  delegationCondition,
  delegationConditionFor,
  aksCommand,
  nodePoolCommand,
  createRoleAssignmentCommand,
  listCommand,
  listSubscriptionsCommand,
  showTenantOfSubscriptionCommand,
  showServicePrincipalCommand,
  findClustersOfIdentityCommand,
  showGroupCommand,
  listGroupsCommand,
  listMembersCommand,
  listRoleAssignmentChangesCommand,
  groupMemberCommand,
  listLocksCommand,
  registerProviderCommand,
  listDenyAssignmentsCommand,
  showPolicyAssignmentCommand,
  listOrphanedAssignmentsCommand,
  deleteRoleAssignmentCommand,
  listRolesCommand,
  acrCommand,
  listTagsCommand,
  showImageCommand,
  listManifestsCommand,
  createFederatedCredentialCommands
};
