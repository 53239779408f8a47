import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  setSecret
} from "./chunk-H7F75JHY.js";

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
function describeLack(operation) {
  switch (operation.operation) {
    case "create-registry":
      return `the registry ${operation.registry.name} does not exist`;
    case "create-role-assignment":
    case "update-role-assignment": {
      const { role, principalType, principalId, reason } = operation;
      const holder = principalType === "Group" ? ` for group ${principalId}` : "";
      if (operation.operation === "create-role-assignment") return `${role.name} is missing${holder}`;
      return `${role.name}${holder} does not reach far enough (${reason})`;
    }
    case "add-group-member":
      return `the pull identity is not a member of group ${operation.groupId}`;
    case "delete-role-assignment":
    case "remove-group-member":
      return `${describeOperation(operation)} is still there`;
  }
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

// src/services/runner/temp-folder.ts
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
function makeTempFolder() {
  const prefix = "attach-acr-";
  const wanted = process.env.RUNNER_TEMP;
  if (wanted) {
    try {
      mkdirSync(wanted, { recursive: true });
      return mkdtempSync(join(wanted, prefix));
    } catch {
    }
  }
  return mkdtempSync(join(tmpdir(), prefix));
}

export {
  mask,
  redact,
  describeOperation,
  describeLack,
  describeEffect,
  isCreation,
  isDirect,
  makeTempFolder
};
