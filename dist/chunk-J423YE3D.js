import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  describeWay
} from "./chunk-J566ET6U.js";
import {
  aksCommand,
  createRoleAssignmentCommand,
  delegationCondition,
  delegationConditionFor
} from "./chunk-SQRGYAYG.js";
import {
  ActionError,
  cancelled,
  isAbort
} from "./chunk-H2XG4JLI.js";

// src/services/arm/answer.ts
function readAzureAnswer(thrown) {
  if (!(thrown instanceof Error) || thrown.name !== "RestError") return void 0;
  const error = thrown;
  const status = error.statusCode ?? error.response?.status;
  const body = readErrorBody(error.response?.bodyAsText);
  const code = body?.code ?? (typeof error.code === "string" && error.code !== "PARSE_ERROR" ? error.code : void 0);
  const plain = error.code === "PARSE_ERROR" ? error.response?.bodyAsText ?? "" : error.message;
  const correlationId = error.response?.headers?.get("x-ms-correlation-request-id");
  return {
    ...status !== void 0 && { status },
    ...code !== void 0 && { code },
    // On one line, for a line that begins with `::` would be a command to the runner. Newer SDK packages keep no text of the body, but with a
    // code the message is Azure's own. Without a JSON body the SDK puts the raw body there: its first line is enough of a proxy's HTML page.
    message: (body?.message ?? (code === void 0 ? plain.split("\n")[0]?.slice(0, 300) : error.message))?.replace(/\s*[\r\n]+\s*/g, " ").trim() || `an answer without explanation (HTTP ${status ?? "unknown"})`,
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
    const { code, message } = body?.error ?? body ?? {};
    return { ...typeof code === "string" && { code }, ...typeof message === "string" && { message } };
  } catch {
    return void 0;
  }
}
function isCode({ code }, ...codes) {
  return codes.some((each) => each.toLowerCase() === code?.toLowerCase());
}

// src/services/arm/authorization.ts
var refusedAction = /perform action '([^']+)'/;
var refusedScope = /(?:over|on) scope '([^']+)'/;
var linkedAction = /perform action(?:\(s\))? '([^']+)' on the linked scope\(s\) '([^']+)'/;
function completeCaller(caller, { message }) {
  const [, client = "", objectId = ""] = /The client '([^']+)' with object id '([^']+)'/i.exec(message) ?? [];
  return { ...caller, objectId: caller.objectId || objectId, name: caller.name || client };
}
function readRefusal(attempt, { message }) {
  const [, linked, linkedScope] = linkedAction.exec(message) ?? [];
  return {
    action: linked ?? refusedAction.exec(message)?.[1] ?? attempt.action,
    // Azure names the assignment that would have been; roles are given at the scope before it.
    scope: (linkedScope ?? refusedScope.exec(message)?.[1] ?? attempt.scope).replace(
      /\/providers\/Microsoft\.Authorization\/.*$/i,
      ""
    )
  };
}
function refusal(attempt, answer) {
  const { action, scope } = readRefusal(attempt, answer);
  const who = `${attempt.caller.name} (object ID ${attempt.caller.objectId}) may not do ${action} on ${scope}`;
  if (isCode(answer, "DenyAssignmentAuthorizationFailed")) return `${who}, for a deny assignment forbids it`;
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
function fixAuthorization(attempt, answer) {
  const { action, scope } = readRefusal(attempt, answer);
  const known = smallestRoles.find((entry) => entry.action.test(action));
  const role = known?.role ?? "Reader";
  const condition = known?.condition?.(attempt);
  const command = createRoleAssignmentCommand({
    ...attempt.caller,
    role,
    scope: known?.at?.(attempt) ?? scope,
    ...condition && { condition }
  });
  const why = isConditionRefusal(answer) ? "Its role assignment has a condition that must allow the role (RoleDefinitionId) and who gets it (PrincipalType). One that does:" : condition ? "Give it the smallest role that can, with a condition that allows no other roles and principals than needed:" : known?.note ?? `${role} is the smallest built-in role that can:`;
  const misspelled = known ? "" : "\nOr the name is wrong: without a role there, what does not exist looks the same.";
  return `${why}
${command.replace(/^/gm, "  ")}
A role that was just given can take some minutes to work.${misspelled}`;
}

// src/services/arm/errors.ts
var says = (...codes) => (answer) => isCode(answer, ...codes);
var rules = [
  {
    // The principal is newer than the replica of the directory that was asked (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
    when: says("PrincipalNotFound"),
    code: "PRINCIPAL_NOT_FOUND",
    heals: true,
    fix: () => "The identity was deleted, or it belongs to another tenant: a managed identity cannot be given access across tenants, so import the images into a registry of the cluster's own tenant instead. See which identity the cluster uses:\n  az aks show --resource-group <group> --name <cluster> --query identityProfile.kubeletidentity"
  },
  {
    // Another run made it a moment ago: it is there, but the list does not show it yet.
    when: says("RoleAssignmentExists"),
    code: "PROPAGATION_TIMEOUT",
    heals: true,
    fix: () => "The assignment is there, and nothing is lost. Run the step again in some minutes."
  },
  {
    when: says("UnmatchedPrincipalType", "InvalidPrincipalId"),
    code: "PRINCIPAL_NOT_FOUND",
    fix: () => "The pull identity must be a service principal or managed identity, given by its object ID."
  },
  {
    when: says("RoleAssignmentLimitExceeded"),
    code: "ASSIGNMENT_LIMIT",
    fix: () => `A subscription holds 4,000 role assignments. Delete those whose principal is gone:
  az role assignment list --all --query "[?principalName==''].id" --output tsv`
  },
  {
    when: says("MissingSubscriptionRegistration"),
    code: "INVALID_INPUT",
    fix: ({ scope }) => `The subscription has never had a registry. Once, by someone who may:
  az provider register --namespace Microsoft.ContainerRegistry --subscription ${scope.split("/")[2] ?? "<id>"} --wait`
  },
  {
    when: says("ScopeLocked"),
    code: "SCOPE_LOCKED",
    fix: ({ scope }) => `Find the lock, and remove it for as long as the change takes:
  az lock list --resource ${scope} --output table`
  },
  {
    when: says("AlreadyInUse"),
    code: "INVALID_INPUT",
    fix: () => "Names of registries are unique in the whole cloud. If the registry is yours, give its own resource ID, else take another name:\n  az acr show --name <name> --query id --output tsv"
  },
  {
    when: says("SubscriptionNotFound", "InvalidSubscriptionId"),
    code: "SUBSCRIPTION_NOT_FOUND",
    fix: ({ caller }) => `The ID is wrong, of another tenant, or the signed-in identity has no role in that subscription. See what it can reach:
  az role assignment list --all --assignee ${caller.objectId} --output table`
  },
  {
    // hashicorp/terraform-provider-azurerm issue 15489
    when: ({ status, message }) => status === 400 && /static credential is not allowed/i.test(message),
    code: "CLUSTER_UNREACHABLE",
    fix: ({ scope }) => `The cluster gives no credentials of its own, and takes none of Microsoft Entra. Set probe-with: run-command, or let it take these:
  ${aksCommand("update", scope, "--enable-aad")}`
  },
  {
    when: says("InvalidAuthenticationTokenTenant"),
    code: "SIGN_IN_FAILED",
    fix: () => "The subscription belongs to another tenant than tenant-id. Give the subscription's own:\n  az account show --subscription <id> --query tenantId"
  },
  {
    when: says("DenyAssignmentAuthorizationFailed"),
    code: "AUTHORIZATION_FAILED",
    fix: ({ scope }, answer) => `${answer.message}
A deny assignment forbids it, and no role overrides that. They come from deployment stacks, managed applications and the node resource group lockdown of AKS; change it there. What there is:
  az rest --method get --url "${scope}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01"`
  },
  {
    // Before anything else that a status may mean: Azure was not asked at all.
    when: (answer) => answer.status === 407 || answer.status === 403 && answer.isForeign === true,
    code: "AZURE_UNAVAILABLE",
    fix: ({ scope }, { status }) => `The answer (HTTP ${status ?? ""}) is not Azure's: something between the runner and Azure does not let the request through. Check ${describeWay()}. It was about ${scope}`
  },
  { when: (answer) => answer.status === 403, code: "AUTHORIZATION_FAILED", fix: fixAuthorization },
  {
    when: (answer) => answer.status === 401,
    code: "SIGN_IN_FAILED",
    fix: () => "Azure Resource Manager does not accept the token. Check that environment, tenant-id and subscription-id belong together."
  },
  {
    when: (answer) => answer.status === 429,
    code: "THROTTLED",
    fix: () => "Azure asked to slow down for longer than the retries last. Lower the input concurrency, or run the step again in some minutes."
  },
  {
    when: (answer) => answer.status === void 0 || answer.status === 408 || answer.status >= 500,
    code: "AZURE_UNAVAILABLE",
    fix: ({ scope }) => `Check that the runner reaches Azure (${describeWay()}) and https://azure.status.microsoft, then run the step again. It was about ${scope}`
  }
];
function heals(thrown) {
  const answer = readAzureAnswer(thrown);
  return answer !== void 0 && ruleFor(answer)?.heals === true;
}
function azureCode(thrown) {
  return readAzureAnswer(thrown)?.code;
}
function isNotFound(thrown) {
  const answer = readAzureAnswer(thrown);
  return answer?.status === 404 && !says("SubscriptionNotFound")(answer);
}
function azureMessage(thrown) {
  return readAzureAnswer(thrown)?.message ?? "";
}
function isUnauthorized(thrown) {
  return readAzureAnswer(thrown)?.status === 401;
}
function isUncertain(thrown) {
  const answer = readAzureAnswer(thrown);
  return answer !== void 0 && (answer.status === void 0 || answer.status === 408 || answer.status >= 500);
}
function isForbidden(thrown) {
  return readAzureAnswer(thrown)?.status === 403;
}
function explain(thrown, attempt) {
  if (thrown instanceof ActionError) return thrown;
  if (isAbort(thrown)) return cancelled(thrown);
  const azure = readAzureAnswer(thrown);
  if (azure) attempt = { ...attempt, caller: completeCaller(attempt.caller, azure) };
  const details = { subject: attempt.subject, cause: thrown, ...azure && { azure } };
  if (!azure) {
    return new ActionError(
      "UNEXPECTED",
      `${attempt.failure}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      {
        ...details,
        fix: "This is a bug in attach-acr. Please report it, with this log, as an issue of the action's repository."
      }
    );
  }
  if (attempt.notFound && isNotFound(thrown)) {
    return new ActionError(attempt.notFound, `${attempt.failure}: there is no ${attempt.scope}`, {
      ...details,
      fix: fixNotFound(attempt.notFound, attempt.scope)
    });
  }
  const rule = ruleFor(azure);
  if (!rule) {
    return new ActionError("UNEXPECTED", `${attempt.failure}: ${azure.message}`, {
      ...details,
      fix: `Azure refused the request for a reason that attach-acr does not know (${azure.code ?? `HTTP ${azure.status}`}). If it is not explained above, please report it, with this log.`
    });
  }
  const reason = rule.code === "AUTHORIZATION_FAILED" ? refusal(attempt, azure) : azure.message;
  return new ActionError(rule.code, `${attempt.failure}: ${reason}`, { ...details, fix: rule.fix(attempt, azure) });
}
function ruleFor(answer) {
  return rules.find((rule) => rule.when(answer));
}
var listCommands = {
  // Of a registry that is to be created, its resource group is what may be missing.
  INVALID_INPUT: "az group list",
  CLUSTER_NOT_FOUND: "az aks list",
  REGISTRY_NOT_FOUND: "az acr list",
  IDENTITY_NOT_FOUND: "az identity list"
};
function fixNotFound(code, scope) {
  const [, subscription = "<id>"] = /^\/subscriptions\/([^/]+)/i.exec(scope) ?? [];
  const list = `${listCommands[code] ?? "az resource list"} --subscription ${subscription} --query "[].id" --output tsv`;
  return `Check the spelling, the resource group and the subscription. What there is:
  ${list}`;
}

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

export {
  heals,
  azureCode,
  isNotFound,
  azureMessage,
  isUnauthorized,
  isUncertain,
  isForbidden,
  explain,
  pLimit
};
