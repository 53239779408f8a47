import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  setSecret
} from "./chunk-JIP7H5S5.js";

// src/model/plan.ts
function describeOperation(operation) {
  switch (operation.operation) {
    case "create-registry":
      return `registry ${operation.registry.name} (${operation.sku})`;
    case "create-role-assignment":
    case "update-role-assignment": {
      const { role, registry, target, principalType, principalId, condition } = operation;
      const holder = principalType === "Group" ? `group ${principalId}` : target.name;
      return `${role.name} on ${registry.name} for ${holder}${condition ? ", limited to repositories" : ""}`;
    }
    case "delete-role-assignment":
      return `${operation.role} on ${operation.registry.name} for ${operation.target.name}`;
    case "add-group-member":
    case "remove-group-member":
      return `membership of ${operation.target.name} in group ${operation.groupId}`;
  }
}
function describeFailure(operation) {
  const text = describeOperation(operation);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} could not be ${describeEffect(operation)}`;
}
function describeEffect({ operation }) {
  return effects[operation];
}
var effects = {
  "create-registry": "created",
  "create-role-assignment": "created",
  "update-role-assignment": "updated",
  "delete-role-assignment": "deleted",
  "add-group-member": "added",
  "remove-group-member": "removed"
};
function isCreation(operation) {
  return operation.operation === "create-registry";
}
function isDirect(operation) {
  return "principalType" in operation && operation.principalType === "ServicePrincipal";
}

// src/services/runner/secrets.ts
var secrets = /* @__PURE__ */ new Set();
function mask(secret) {
  setSecret(secret);
  secrets.add(secret);
}
function redact(text) {
  let redacted = text;
  for (const secret of secrets) {
    for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) redacted = redacted.replaceAll(form, "***");
  }
  return redacted;
}

export {
  mask,
  redact,
  describeOperation,
  describeFailure,
  describeEffect,
  isCreation,
  isDirect
};
