import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  describeWay
} from "./chunk-J566ET6U.js";
import {
  aksCommand,
  createRoleAssignmentCommand,
  delegationCondition,
  delegationConditionFor,
  findClustersOfIdentityCommand,
  listCommand,
  listDenyAssignmentsCommand,
  listLocksCommand,
  listOrphanedAssignmentsCommand,
  listSubscriptionsCommand,
  registerProviderCommand,
  showPolicyAssignmentCommand,
  showServicePrincipalCommand,
  showTenantOfSubscriptionCommand
} from "./chunk-VCT3ERGD.js";
import {
  ActionError,
  fix,
  isAbort
} from "./chunk-H7F75JHY.js";

// node_modules/yocto-queue/index.js
var Node = class {
  value;
  next;
  constructor(value) {
    this.value = value;
  }
};
var Queue = class {
  #head;
  #tail;
  #size;
  constructor() {
    this.clear();
  }
  enqueue(value) {
    const node = new Node(value);
    if (this.#head) {
      this.#tail.next = node;
      this.#tail = node;
    } else {
      this.#head = node;
      this.#tail = node;
    }
    this.#size++;
  }
  dequeue() {
    const current = this.#head;
    if (!current) {
      return;
    }
    this.#head = this.#head.next;
    this.#size--;
    if (!this.#head) {
      this.#tail = void 0;
    }
    return current.value;
  }
  peek() {
    if (!this.#head) {
      return;
    }
    return this.#head.value;
  }
  clear() {
    this.#head = void 0;
    this.#tail = void 0;
    this.#size = 0;
  }
  get size() {
    return this.#size;
  }
  *[Symbol.iterator]() {
    let current = this.#head;
    while (current) {
      yield current.value;
      current = current.next;
    }
  }
  *drain() {
    while (this.#head) {
      yield this.dequeue();
    }
  }
};

// node_modules/p-limit/index.js
function pLimit(concurrency) {
  let rejectOnClear = false;
  if (typeof concurrency === "object") {
    ({ concurrency, rejectOnClear = false } = concurrency);
  }
  validateConcurrency(concurrency);
  if (typeof rejectOnClear !== "boolean") {
    throw new TypeError("Expected `rejectOnClear` to be a boolean");
  }
  const queue = new Queue();
  let activeCount = 0;
  const resumeNext = () => {
    if (activeCount < concurrency && queue.size > 0) {
      activeCount++;
      queue.dequeue().run();
    }
  };
  const next = () => {
    activeCount--;
    resumeNext();
  };
  const run = async (function_, resolve, arguments_) => {
    const result = (async () => function_(...arguments_))();
    resolve(result);
    try {
      await result;
    } catch {
    }
    next();
  };
  const enqueue = (function_, resolve, reject, arguments_) => {
    const queueItem = { reject };
    new Promise((internalResolve) => {
      queueItem.run = internalResolve;
      queue.enqueue(queueItem);
    }).then(run.bind(void 0, function_, resolve, arguments_));
    if (activeCount < concurrency) {
      resumeNext();
    }
  };
  const generator = (function_, ...arguments_) => new Promise((resolve, reject) => {
    enqueue(function_, resolve, reject, arguments_);
  });
  Object.defineProperties(generator, {
    activeCount: {
      get: () => activeCount
    },
    pendingCount: {
      get: () => queue.size
    },
    clearQueue: {
      value() {
        if (!rejectOnClear) {
          queue.clear();
          return;
        }
        const abortError = AbortSignal.abort().reason;
        while (queue.size > 0) {
          queue.dequeue().reject(abortError);
        }
      }
    },
    concurrency: {
      get: () => concurrency,
      set(newConcurrency) {
        validateConcurrency(newConcurrency);
        concurrency = newConcurrency;
        queueMicrotask(() => {
          while (activeCount < concurrency && queue.size > 0) {
            resumeNext();
          }
        });
      }
    },
    map: {
      async value(iterable, function_) {
        const promises = [];
        try {
          Array.from(iterable, (value, index) => {
            const promise = generator(function_, value, index);
            promises.push(promise);
            return promise;
          });
        } catch (error) {
          for (const promise of promises) {
            promise.catch(() => {
            });
          }
          throw error;
        }
        return Promise.all(promises);
      }
    }
  });
  return generator;
}
function validateConcurrency(concurrency) {
  if (!((Number.isInteger(concurrency) || concurrency === Number.POSITIVE_INFINITY) && concurrency > 0)) {
    throw new TypeError("Expected `concurrency` to be a number from 1 and up");
  }
}

// src/model/foreign-text.ts
var longest = 4096;
function cut(text) {
  return text.length > longest ? `${text.slice(0, longest)}\u2026` : text;
}
function oneLine(text) {
  return cut(text).split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean).join(" ");
}

// src/services/arm/answer.ts
function readAzureAnswer(thrown) {
  if (!(thrown instanceof Error) || thrown.name !== "RestError")
    return {
      message: oneLine(`the answer could not be read (${thrown instanceof Error ? thrown.message : String(thrown)})`)
    };
  const error = thrown;
  const status = error.statusCode ?? error.response?.status;
  const body = readErrorBody(error.response?.bodyAsText);
  const code = body?.code ?? (typeof error.code === "string" && error.code !== "PARSE_ERROR" ? error.code : void 0);
  const plain = error.code === "PARSE_ERROR" ? error.response?.bodyAsText ?? "" : error.message;
  const correlationId = error.response?.headers?.get("x-ms-correlation-request-id");
  const message = body?.message ?? (code === void 0 ? plain.slice(0, 300).split("\n")[0] : error.message);
  return {
    ...status !== void 0 && { status },
    ...code !== void 0 && { code },
    message: oneLine(message ?? "") || `an answer without explanation (HTTP ${status ?? "unknown"})`,
    ...correlationId !== void 0 && { correlationId },
    ...isForeign(error, body?.code) && { isForeign: true }
  };
}
var azureHeaders = ["x-ms-request-id", "x-ms-correlation-request-id", "request-id"];
function isForeign({ response }, code) {
  if (!response || code !== void 0) return false;
  return !azureHeaders.some((header) => response.headers?.get(header) !== void 0);
}
function readErrorBody(text) {
  if (!text) return void 0;
  try {
    const body = JSON.parse(text);
    const [first] = Array.isArray(body?.errors) ? body.errors : [];
    const { code, message } = first ?? body?.error ?? body ?? {};
    return { ...typeof code === "string" && { code }, ...typeof message === "string" && { message } };
  } catch {
    return void 0;
  }
}
function isCode({ code }, ...codes) {
  return codes.some((each) => each.toLowerCase() === code?.toLowerCase());
}

// src/model/rule.ts
function findExplanation(rules, answer, attempt) {
  const rule = rules.find(({ when }) => when(answer, attempt));
  if (!rule) return void 0;
  const { code, recovers = false, sentence, fix: fix2 } = rule;
  return {
    code: typeof code === "function" ? code(attempt) : code,
    recovers,
    sentence: sentence?.(answer, attempt),
    fix: fix2(answer, attempt)
  };
}

// src/services/arm/authorization.ts
var refusedAction = /perform action '([^']+)'/;
var refusedScope = /(?:over|on) scope '([^']+)'/;
var linkedAction = /perform action(?:\(s\))? '([^']+)' on the linked scope\(s\) '([^']+)'/;
function completeCaller(caller, { message }) {
  const [, client = "", objectId = ""] = /The client '([^']+)' with object id '([0-9a-f-]{36})'/i.exec(message) ?? [];
  return { ...caller, objectId: caller.objectId || objectId, name: caller.name || client };
}
function readRefusal({ message }, attempt) {
  const [, linked, linkedScope] = linkedAction.exec(message) ?? [];
  const named = linkedScope ?? refusedScope.exec(message)?.[1] ?? "";
  return {
    action: linked ?? refusedAction.exec(message)?.[1] ?? attempt.action,
    // Azure names the assignment that would have been; roles are given at the scope before it.
    scope: (scopePattern.test(named) ? named : attempt.scope).replace(
      /\/providers\/Microsoft\.Authorization\/.*$/i,
      ""
    )
  };
}
var scopePattern = /^\/[\p{L}\p{N}\-._()/ ]*$/u;
function describeRefusal(answer, attempt) {
  const { action, scope } = readRefusal(answer, attempt);
  const who = `${attempt.caller.name} (object ID ${attempt.caller.objectId}) may not do ${action} on ${scope}`;
  if (isCode(answer, "DenyAssignmentAuthorizationFailed")) return `${who}, because a deny assignment forbids it`;
  if (!isConditionRefusal(answer)) return who;
  const { role, roleId, principalType } = attempt.assignment ?? {};
  const which = role ? `: role ${role} (${roleId ?? ""}), principal type ${principalType ?? ""}` : "";
  return `${who}: the condition of its own role assignment does not allow this one${which}`;
}
function isConditionRefusal({ message }) {
  return /ABAC condition/i.test(message);
}
var smallestRoles = [
  {
    action: /^Microsoft\.Authorization\/roleAssignments\/(write|delete)$/i,
    role: "Role Based Access Control Administrator",
    condition: ({ assignment }) => assignment ? delegationConditionFor(assignment) : delegationCondition,
    // At the resource itself, so that nothing else comes into reach.
    at: (attempt) => attempt.scope
  },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/importImage\/action$/i,
    role: "Container Registry Data Importer and Data Reader",
    at: (attempt) => attempt.scope
  },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/write$/i,
    role: "Container Registry Contributor and Data Access Configuration Administrator",
    // The registry does not exist yet.
    at: (attempt) => attempt.scope.replace(/\/providers\/.*$/, "")
  },
  {
    action: /^Microsoft\.ContainerService\/managedClusters\/listClusterUserCredential\/action$/i,
    role: "Azure Kubernetes Service Cluster User Role",
    at: (attempt) => attempt.scope
  },
  {
    action: /^Microsoft\.ContainerService\/managedClusters\/(runCommand\/action|commandResults\/read)$/i,
    role: "AKS Probe",
    note: "No small built-in role can. Create the role AKS Probe of docs/permissions.md, and give it to the identity:",
    at: (attempt) => attempt.scope
  },
  // At the registry that an image comes from, which is not the one that was asked.
  { action: /^Microsoft\.ContainerRegistry\/registries\/pull\/read$/i, role: "AcrPull" },
  {
    action: /^Microsoft\.ContainerRegistry\/registries\/repositories\/content\/read$/i,
    role: "Container Registry Repository Reader"
  },
  { action: /^read$/i, role: "Container Registry Data Importer and Data Reader" }
];
function fixAuthorization(answer, attempt) {
  const { action, scope } = readRefusal(answer, attempt);
  const known = smallestRoles.find((entry) => entry.action.test(action));
  const role = known?.role ?? "Reader";
  const condition = known?.condition?.(attempt);
  const { objectId, name, type } = attempt.caller;
  const grant = { objectId, name, type, role, scope: known?.at?.(attempt) ?? scope, ...condition && { condition } };
  const commands = objectId || name ? [createRoleAssignmentCommand(grant)] : [];
  const why = isConditionRefusal(answer) ? "Its role assignment has a condition that must allow the role (RoleDefinitionId) and who gets it (PrincipalType). One that does:" : condition ? "Give it the smallest role that can, with a condition that allows no other roles and principals than needed:" : known?.note ?? `${role} is the smallest built-in role that can:`;
  const misspelled = known ? "" : " Or the name is wrong: without a role there, what does not exist looks the same.";
  return fix(`A role that was just given can take some minutes to work.${misspelled} ${why}`, ...commands);
}

// src/services/arm/policy.ts
function readPolicy(message) {
  const [, name = ""] = /"policyAssignment":\s*\{\s*"name":\s*"([^"]*)"/.exec(message) ?? [];
  const [, assignmentId = ""] = /"id":\s*"(\/[\w./()-]*\/providers\/Microsoft\.Authorization\/policyAssignments\/[\w.-]+)"/i.exec(message) ?? [];
  return { name, assignmentId };
}

// src/services/arm/errors.ts
var says = (...codes) => (answer) => isCode(answer, ...codes);
var armRules = [
  {
    when: (answer, { notFound }) => notFound !== void 0 && answer.status === 404 && !isOfSubscription(answer),
    code: ({ notFound }) => notFound ?? "AZURE_REFUSED",
    sentence: (_, { scope }) => `there is no ${scope}`,
    fix: (_, { notFound, scope }) => fix(
      "Check the spelling, the resource group and the subscription. What there is:",
      listCommand(listed[notFound ?? "AZURE_REFUSED"] ?? "resource", subscriptionOf(scope))
    )
  },
  {
    // The principal is newer than the replica of the directory that was asked (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
    when: says("PrincipalNotFound"),
    code: "PRINCIPAL_NOT_FOUND",
    recovers: true,
    fix: (_, { assignment }) => fix(
      "The identity was deleted, or it belongs to another tenant: a managed identity cannot be given access across tenants, so import the images into a registry of the cluster's own tenant instead. Whether this tenant has it, and which clusters name it:",
      ...assignment ? [showServicePrincipalCommand(assignment.principalId), findClustersOfIdentityCommand(assignment.principalId)] : []
    )
  },
  {
    // Another run made it a moment ago: it exists, but the list does not show it yet.
    when: says("RoleAssignmentExists"),
    code: "PROPAGATION_TIMEOUT",
    recovers: true,
    fix: () => fix("The assignment exists, and nothing is lost. Run the step again in some minutes.")
  },
  {
    when: says("UnmatchedPrincipalType", "InvalidPrincipalId"),
    code: "PRINCIPAL_NOT_FOUND",
    fix: (_, { assignment }) => fix(
      "The pull identity must be a service principal or managed identity, given by its object ID. What this one is:",
      ...assignment ? [showServicePrincipalCommand(assignment.principalId)] : []
    )
  },
  {
    when: says("RoleAssignmentLimitExceeded"),
    code: "ASSIGNMENT_LIMIT",
    fix: (_, { scope }) => fix(
      "A subscription holds 4,000 role assignments. Delete those whose principal is gone:",
      listOrphanedAssignmentsCommand(subscriptionOf(scope))
    )
  },
  {
    when: says("RequestDisallowedByPolicy"),
    code: "POLICY_DENIED",
    fix: ({ message }) => {
      const { name, assignmentId } = readPolicy(message);
      return fix(
        `Azure Policy forbids it, and no role overrides a policy. Ask the owner of ${name ? `the policy ${name}` : "the policy that Azure names"} to change it, or to exempt this resource from it.${assignmentId ? " What it says:" : ""}`,
        ...assignmentId ? [showPolicyAssignmentCommand(assignmentId)] : []
      );
    }
  },
  {
    when: says("MissingSubscriptionRegistration"),
    code: "AZURE_REFUSED",
    fix: ({ message }, { scope }) => {
      const [, named] = /namespace '([A-Za-z.]+)'/.exec(message) ?? [];
      return fix(
        "The subscription has never used this resource provider. Once, by someone who may:",
        registerProviderCommand(named ?? "Microsoft.ContainerRegistry", subscriptionOf(scope))
      );
    }
  },
  {
    when: says("ScopeLocked"),
    code: "SCOPE_LOCKED",
    fix: (_, { scope }) => fix("Find the lock, and remove it for as long as the change takes:", listLocksCommand(scope))
  },
  {
    when: says("AlreadyInUse"),
    code: "AZURE_REFUSED",
    fix: (_, { scope }) => fix(
      "Names of registries are unique in the whole cloud. If one of these is meant, give its resource ID; else take another name:",
      listCommand("acr", subscriptionOf(scope))
    )
  },
  {
    when: (answer) => isOfSubscription(answer) || isCode(answer, "InvalidSubscriptionId"),
    code: "SUBSCRIPTION_NOT_FOUND",
    fix: (_, { caller }) => fix(
      `The ID is wrong, of another tenant, or ${caller.name || "the signed-in identity"} has no role in that subscription. The subscriptions that you can see yourself:`,
      listSubscriptionsCommand()
    )
  },
  {
    // hashicorp/terraform-provider-azurerm issue 15489
    when: ({ status, message }) => status === 400 && /static credential is not allowed/i.test(message),
    code: "CLUSTER_UNREACHABLE",
    fix: (_, { scope }) => fix(
      "The cluster gives no credentials of its own, and takes none of Microsoft Entra. Set probe-with: run-command, or let it take these, which changes how everyone signs in to it:",
      aksCommand("update", scope, "--enable-aad")
    )
  },
  {
    when: says("InvalidAuthenticationTokenTenant"),
    code: "SIGN_IN_FAILED",
    fix: (_, { scope }) => fix(
      "The subscription belongs to another tenant than tenant-id. Give the subscription's own:",
      showTenantOfSubscriptionCommand(subscriptionOf(scope))
    )
  },
  {
    when: says("DenyAssignmentAuthorizationFailed"),
    code: "AUTHORIZATION_FAILED",
    sentence: describeRefusal,
    fix: ({ message }, { scope }) => fix(
      `${message}
A deny assignment forbids it, and no role overrides that. They come from deployment stacks, managed applications and the node resource group lockdown of AKS; change it there. What there is:`,
      listDenyAssignmentsCommand(scope)
    )
  },
  {
    // Before anything else that a status may mean: Azure was not asked at all.
    when: (answer) => answer.status === 407 || answer.status === 403 && answer.isForeign === true,
    code: "AZURE_UNAVAILABLE",
    fix: ({ status }, { scope }) => fix(
      `The answer (HTTP ${status ?? ""}) is not Azure's: something between the runner and Azure does not let the request through. Check ${describeWay()}. It was about ${scope}`
    )
  },
  {
    when: ({ status }) => status === 403,
    code: "AUTHORIZATION_FAILED",
    sentence: describeRefusal,
    fix: fixAuthorization
  },
  {
    when: ({ status }) => status === 401,
    code: "SIGN_IN_FAILED",
    fix: () => fix(
      "Azure Resource Manager does not accept the token. Check that environment, tenant-id and subscription-id belong together."
    )
  },
  {
    when: ({ status }) => status === 429,
    code: "THROTTLED",
    fix: () => fix(
      "Azure asked to slow down for longer than the retries last. Lower the input concurrency, or run the step again in some minutes."
    )
  },
  {
    when: ({ status }) => status === void 0 || status === 408 || status >= 500,
    code: "AZURE_UNAVAILABLE",
    fix: (_, { scope }) => fix(
      `Check that the runner reaches Azure (${describeWay()}) and https://azure.status.microsoft, then run the step again. It was about ${scope}`
    )
  },
  {
    when: () => true,
    code: "AZURE_REFUSED",
    fix: ({ code, status }) => fix(
      `Azure gives the reason itself (${code ?? `HTTP ${status ?? ""}`}). Correct what it names, then run the step again.`
    )
  }
];
function explain(thrown, attempt, rules) {
  const azure = readAzureAnswer(thrown);
  const known = { ...attempt, caller: completeCaller(attempt.caller, azure) };
  const explained = findExplanation(rules, azure, known);
  const reason = explained?.sentence ?? azure.message;
  return new ActionError(explained?.code ?? "AZURE_REFUSED", `${attempt.failure}: ${reason}`, {
    subject: attempt.subject,
    reason,
    azure,
    cause: thrown,
    ...explained && { fix: explained.fix, recovers: explained.recovers }
  });
}
var listed = {
  // Of a registry that is to be created, its resource group is what may be missing.
  INVALID_INPUT: "group",
  CLUSTER_NOT_FOUND: "aks",
  REGISTRY_NOT_FOUND: "acr",
  IDENTITY_NOT_FOUND: "identity"
};
function isOfSubscription(answer) {
  return isCode(answer, "SubscriptionNotFound");
}
function subscriptionOf(scope) {
  return /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1] ?? "";
}

// src/services/arm/actions.ts
var armActions = {
  readCluster: {
    action: "Microsoft.ContainerService/managedClusters/read",
    at: "each cluster",
    why: "to find the kubelet identity",
    neededFor: "`cluster`"
  },
  readIdentity: {
    action: "Microsoft.ManagedIdentity/userAssignedIdentities/read",
    at: "each identity",
    why: "to find its object ID",
    neededFor: "`kubelet-identity`"
  },
  readRegistry: {
    action: "Microsoft.ContainerRegistry/registries/read",
    at: "each registry",
    why: "login server and role assignment mode",
    neededFor: "always"
  },
  readRoleAssignment: {
    action: "Microsoft.Authorization/roleAssignments/read",
    at: "each registry",
    why: "what is assigned there and above",
    neededFor: "always"
  },
  readRoleDefinition: {
    action: "Microsoft.Authorization/roleDefinitions/read",
    at: "each registry",
    why: "what a role allows that the action does not know by itself",
    neededFor: "`role` with such a role; else it is good to have"
  },
  writeRoleAssignment: {
    action: "Microsoft.Authorization/roleAssignments/write",
    at: "each registry",
    why: "to assign the pull role, or to widen the condition of one",
    neededFor: "`attach`, where it is missing"
  },
  deleteRoleAssignment: {
    action: "Microsoft.Authorization/roleAssignments/delete",
    at: "each registry",
    why: "to delete the pull role",
    neededFor: "`detach`, where there is one"
  },
  writeRegistry: {
    action: "Microsoft.ContainerRegistry/registries/write",
    at: "resource group of a registry",
    why: "to create it",
    neededFor: "`create-registry`, where it is missing"
  },
  importImage: {
    action: "Microsoft.ContainerRegistry/registries/importImage/action",
    at: "each registry",
    why: "to import into it",
    neededFor: "`images` in `attach`, where one is missing"
  },
  readResourceGroup: {
    action: "Microsoft.Resources/subscriptions/resourceGroups/read",
    at: "resource group of a registry",
    why: "the region",
    neededFor: "`create-registry` without `location`"
  },
  readKubeconfig: {
    action: "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
    at: "each cluster",
    why: "the kubeconfig",
    neededFor: "`verify` set to `pull`, with kubectl"
  },
  runCommand: {
    action: "Microsoft.ContainerService/managedClusters/runCommand/action",
    at: "each cluster",
    why: "to run a command inside it",
    neededFor: "`verify` set to `pull`, with Run Command"
  },
  readCommandResult: {
    action: "Microsoft.ContainerService/managedClusters/commandResults/read",
    at: "each cluster",
    why: "its result",
    neededFor: "`verify` set to `pull`, with Run Command"
  }
};

// src/services/arm/ask.ts
async function ask({ caller }, asked, work) {
  try {
    return await work();
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ActionError) throw thrown;
    throw explain(thrown, { ...asked, caller }, armRules);
  }
}

export {
  isCode,
  armRules,
  explain,
  armActions,
  ask,
  pLimit
};
