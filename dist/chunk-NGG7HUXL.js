import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  addToSummary,
  annotateDrift,
  annotateFailures,
  annotateFindings,
  azureSays,
  documentationLink,
  excerpt,
  fence,
  formatResourceScope,
  formatSeconds,
  formatSize,
  groupFailures,
  groupFindings,
  mostNamed,
  plural,
  printFailures,
  readDrift,
  shortGuid
} from "./chunk-PUMJZTRB.js";
import {
  redact
} from "./chunk-LFQK5HDL.js";
import {
  describeImage,
  isUnread,
  nameOf,
  pinned,
  settle,
  shortDigest
} from "./chunk-EROI4AL4.js";
import {
  ActionError,
  cancelled,
  lastSegment,
  printFix,
  sameId,
  setOutput,
  warning
} from "./chunk-H2XG4JLI.js";

// node_modules/@typespec/ts-http-runtime/dist/esm/util/random.js
function getRandomIntegerInclusive(min, max) {
  min = Math.ceil(min);
  max = Math.floor(max);
  const offset = Math.floor(Math.random() * (max - min + 1));
  return offset + min;
}

// node_modules/@typespec/ts-http-runtime/dist/esm/util/delay.js
function calculateRetryDelay(retryAttempt, config) {
  const exponentialDelay = config.retryDelayInMs * Math.pow(2, retryAttempt);
  const clampedDelay = Math.min(config.maxRetryDelayInMs, exponentialDelay);
  const retryAfterInMs = clampedDelay / 2 + getRandomIntegerInclusive(0, clampedDelay / 2);
  return { retryAfterInMs };
}

// node_modules/@typespec/ts-http-runtime/dist/esm/util/object.js
function isObject(input) {
  return typeof input === "object" && input !== null && !Array.isArray(input) && !(input instanceof RegExp) && !(input instanceof Date);
}

// node_modules/@typespec/ts-http-runtime/dist/esm/util/error.js
function isError(e) {
  if (isObject(e)) {
    const hasName = typeof e.name === "string";
    const hasMessage = typeof e.message === "string";
    return hasName && hasMessage;
  }
  return false;
}

// node_modules/@typespec/ts-http-runtime/dist/esm/util/uuidUtils.js
function randomUUID() {
  return crypto.randomUUID();
}

// node_modules/@typespec/ts-http-runtime/dist/esm/env.js
import process2 from "node:process";
function getEnvironmentVariable(name) {
  return process2.env[name];
}
function emitNodeWarning(warning2) {
  process2.emitWarning(warning2);
}
var isDeno = typeof process2.versions.deno === "string" && process2.versions.deno.length > 0;
var isBun = typeof process2.versions.bun === "string" && process2.versions.bun.length > 0;
var isNodeLike = true;

// node_modules/@typespec/ts-http-runtime/dist/esm/util/bytesEncoding.js
function uint8ArrayToString(bytes, format) {
  return Buffer.from(bytes).toString(format);
}
function stringToUint8Array(value, format) {
  return Buffer.from(value, format);
}

// node_modules/@typespec/ts-http-runtime/dist/esm/util/sanitizer.js
var RedactedString = "REDACTED";
var defaultAllowedHeaderNames = [
  "x-ms-client-request-id",
  "x-ms-return-client-request-id",
  "x-ms-useragent",
  "x-ms-correlation-request-id",
  "x-ms-request-id",
  "client-request-id",
  "ms-cv",
  "return-client-request-id",
  "traceparent",
  "Access-Control-Allow-Credentials",
  "Access-Control-Allow-Headers",
  "Access-Control-Allow-Methods",
  "Access-Control-Allow-Origin",
  "Access-Control-Expose-Headers",
  "Access-Control-Max-Age",
  "Access-Control-Request-Headers",
  "Access-Control-Request-Method",
  "Origin",
  "Accept",
  "Accept-Encoding",
  "Cache-Control",
  "Connection",
  "Content-Length",
  "Content-Type",
  "Date",
  "ETag",
  "Expires",
  "If-Match",
  "If-Modified-Since",
  "If-None-Match",
  "If-Unmodified-Since",
  "Last-Modified",
  "Pragma",
  "Request-Id",
  "Retry-After",
  "Server",
  "Transfer-Encoding",
  "User-Agent",
  "WWW-Authenticate"
];
var defaultAllowedQueryParameters = ["api-version"];
var Sanitizer = class {
  allowedHeaderNames;
  allowedQueryParameters;
  constructor({ additionalAllowedHeaderNames: allowedHeaderNames = [], additionalAllowedQueryParameters: allowedQueryParameters = [] } = {}) {
    allowedHeaderNames = defaultAllowedHeaderNames.concat(allowedHeaderNames);
    allowedQueryParameters = defaultAllowedQueryParameters.concat(allowedQueryParameters);
    this.allowedHeaderNames = new Set(allowedHeaderNames.map((n) => n.toLowerCase()));
    this.allowedQueryParameters = new Set(allowedQueryParameters.map((p) => p.toLowerCase()));
  }
  /**
   * Sanitizes an object for logging.
   * @param obj - The object to sanitize
   * @returns - The sanitized object as a string
   */
  sanitize(obj) {
    const seen = /* @__PURE__ */ new Set();
    return JSON.stringify(obj, (key, value) => {
      if (value instanceof Error) {
        return {
          ...value,
          name: value.name,
          message: value.message
        };
      }
      if (key === "headers" && isObject(value)) {
        return this.sanitizeHeaders(value);
      } else if (key === "url" && typeof value === "string") {
        return this.sanitizeUrl(value);
      } else if (key === "query" && isObject(value)) {
        return this.sanitizeQuery(value);
      } else if (key === "body") {
        return void 0;
      } else if (key === "response") {
        return void 0;
      } else if (key === "operationSpec") {
        return void 0;
      } else if (Array.isArray(value) || isObject(value)) {
        if (seen.has(value)) {
          return "[Circular]";
        }
        seen.add(value);
      }
      return value;
    }, 2);
  }
  /**
   * Sanitizes a URL for logging.
   * @param value - The URL to sanitize
   * @returns - The sanitized URL as a string
   */
  sanitizeUrl(value) {
    if (typeof value !== "string" || value === null || value === "") {
      return value;
    }
    const url = new URL(value);
    if (!url.search) {
      return value;
    }
    for (const [key] of url.searchParams) {
      if (!this.allowedQueryParameters.has(key.toLowerCase())) {
        url.searchParams.set(key, RedactedString);
      }
    }
    return url.toString();
  }
  sanitizeHeaders(obj) {
    const sanitized = {};
    for (const key of Object.keys(obj)) {
      if (this.allowedHeaderNames.has(key.toLowerCase())) {
        sanitized[key] = obj[key];
      } else {
        sanitized[key] = RedactedString;
      }
    }
    return sanitized;
  }
  sanitizeQuery(value) {
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const sanitized = {};
    for (const k of Object.keys(value)) {
      if (this.allowedQueryParameters.has(k.toLowerCase())) {
        sanitized[k] = value[k];
      } else {
        sanitized[k] = RedactedString;
      }
    }
    return sanitized;
  }
};

// node_modules/@azure/abort-controller/dist/esm/AbortError.js
var AbortError = class extends Error {
  constructor(message) {
    super(message);
    this.name = "AbortError";
  }
};

// node_modules/@azure/core-util/dist/esm/createAbortablePromise.js
function createAbortablePromise(buildPromise, options) {
  const { cleanupBeforeAbort, abortSignal, abortErrorMsg } = options ?? {};
  return new Promise((resolve, reject) => {
    function rejectOnAbort() {
      reject(new AbortError(abortErrorMsg ?? "The operation was aborted."));
    }
    function removeListeners() {
      abortSignal?.removeEventListener("abort", onAbort);
    }
    function onAbort() {
      cleanupBeforeAbort?.();
      removeListeners();
      rejectOnAbort();
    }
    if (abortSignal?.aborted) {
      return rejectOnAbort();
    }
    try {
      buildPromise((x) => {
        removeListeners();
        resolve(x);
      }, (x) => {
        removeListeners();
        reject(x);
      });
    } catch (err) {
      reject(err);
    }
    abortSignal?.addEventListener("abort", onAbort);
  });
}

// node_modules/@azure/core-util/dist/esm/delay.js
var StandardAbortMessage = "The delay was aborted.";
function delay(timeInMs, options) {
  let token;
  const { abortSignal, abortErrorMsg } = options ?? {};
  return createAbortablePromise((resolve) => {
    token = setTimeout(resolve, timeInMs);
  }, {
    cleanupBeforeAbort: () => clearTimeout(token),
    abortSignal,
    abortErrorMsg: abortErrorMsg ?? StandardAbortMessage
  });
}

// node_modules/@azure/core-util/dist/esm/error.js
function getErrorMessage(e) {
  if (isError(e)) {
    return e.message;
  } else {
    let stringified;
    try {
      if (typeof e === "object" && e) {
        stringified = JSON.stringify(e);
      } else {
        stringified = String(e);
      }
    } catch (err) {
      stringified = "[unable to stringify input]";
    }
    return `Unknown error ${stringified}`;
  }
}

// node_modules/@azure/core-util/dist/esm/typeGuards.js
function isDefined(thing) {
  return typeof thing !== "undefined" && thing !== null;
}
function isObjectWithProperties(thing, properties) {
  if (!isDefined(thing) || typeof thing !== "object") {
    return false;
  }
  for (const property of properties) {
    if (!objectHasProperty(thing, property)) {
      return false;
    }
  }
  return true;
}
function objectHasProperty(thing, property) {
  return isDefined(thing) && typeof thing === "object" && property in thing;
}

// node_modules/@azure/core-util/dist/esm/index.js
function calculateRetryDelay2(retryAttempt, config) {
  return calculateRetryDelay(retryAttempt, config);
}
function isError2(e) {
  return isError(e);
}
var isNode = isNodeLike;
var isNodeLike2 = isNodeLike;
function uint8ArrayToString2(bytes, format) {
  return uint8ArrayToString(bytes, format);
}
function stringToUint8Array2(value, format) {
  return stringToUint8Array(value, format);
}

// node_modules/@azure/core-auth/dist/esm/keyCredential.js
function isKeyCredential(credential) {
  return isObjectWithProperties(credential, ["key"]) && typeof credential.key === "string";
}

// node_modules/@azure/core-auth/dist/esm/tokenCredential.js
function isTokenCredential(credential) {
  const castCredential = credential;
  return castCredential && typeof castCredential.getToken === "function" && (castCredential.signRequest === void 0 || castCredential.getToken.length > 0);
}

// src/model/run.ts
function startRun(startedAt, mode) {
  const nothing = { stages: [], requests: 0, outcomes: [], findings: [], notes: [], manifests: [] };
  return { startedAt, finishedAt: startedAt, mode, ...nothing, verifications: /* @__PURE__ */ new Map() };
}
function concludeImages({
  plan,
  images,
  inputs,
  error
}) {
  if (images) return images;
  return (plan?.images ?? []).map((planned) => {
    const { image, plan: imagePlan } = planned;
    if (imagePlan.kind === "present" || imagePlan.kind === "failed") return settle(planned);
    const base = { image, changed: false, digest: "", notes: image.notes };
    if (inputs?.mode === "check" && image.present === "unknown") return { ...base, status: "present" };
    if (inputs?.mode !== "check") return { ...base, status: "failed", error: error ?? cancelled() };
    const code = imagePlan.kind === "conflict" ? "IMAGE_CONFLICT" : "IMAGE_NOT_FOUND";
    return {
      ...base,
      status: "missing",
      error: new ActionError(code, `${describeImage(image)}: ${imagePlan.reason}`, {})
    };
  });
}

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

// src/report/conclude.ts
function conclude(run) {
  const outcomes = new Map(run.outcomes.map((outcome) => [outcome.operation, outcome]));
  const pairs = (run.plan?.pairs ?? []).map((pair) => concludePair(pair, outcomes, run));
  const missing = pairs.filter(({ status }) => status === "missing");
  const images = concludeImages(run);
  const isCheck = run.inputs?.mode === "check";
  const gone = isCheck ? run.manifests.filter(({ status }) => status === "missing") : [];
  const lacking = [...images.filter(({ status }) => status === "missing"), ...gone];
  const failures = [...pairs, ...images].flatMap(({ status, error }) => status === "failed" && error ? error : []);
  failures.push(...run.manifests.flatMap((each) => each.error && !gone.includes(each) ? each.error : []));
  const drifted = missing.length + lacking.length > 0 && run.inputs?.failOnDrift ? driftError(missing, pairs, lacking) : void 0;
  const errors = distinctErrors([run.error, ...failures, ...run.outcomes.map(({ error }) => error), drifted]);
  const attached = pairs.length > 0 && pairs.every(({ status }) => status === "attached");
  return {
    ...run,
    pairs,
    errors,
    attached,
    drift: missing.length + lacking.length > 0,
    images,
    changed: run.outcomes.some(({ changed }) => changed) || images.some((image) => image.changed),
    verified: weakest(pairs),
    findings: [...run.plan?.findings ?? [], ...run.findings],
    notes: [
      .../* @__PURE__ */ new Set([
        ...run.observed?.notes ?? [],
        ...run.plan?.notes ?? [],
        ...run.notes,
        ...images.flatMap((image) => image.notes)
      ])
    ]
  };
}
function concludePair(pair, outcomes, run) {
  const target = "found" in pair.target ? pair.target.found : void 0;
  const role = "found" in pair.registry ? pair.registry.found : void 0;
  const registry = role?.registry;
  const creations = pair.operations.filter(isCreation);
  const changed = creations.some((operation) => outcomes.get(operation)?.changed);
  const common = {
    ...target && { target },
    ...registry && { registry },
    asked: { target: pair.target.asked, registry: pair.registry.asked },
    grantedBy: pair.access?.grantedBy ?? null,
    role: pair.access?.role ?? role?.role.name ?? "",
    scope: pair.access?.assignment.scope ?? "",
    roleAssignmentId: pair.access?.assignment.id ?? "",
    changed,
    verified: "none",
    pulls: run.verifications.get(pair)?.pulls ?? [],
    lacks: pair.operations.map((operation) => `missing: ${describeOperation(operation)} (${operation.reason})`)
  };
  const failed = [pair.target, pair.registry].find((lookup) => "error" in lookup);
  const error = (failed && "error" in failed ? failed.error : void 0) ?? pair.error;
  if (error) return { ...common, status: run.inputs?.mode === "check" && isGone(error) ? "missing" : "failed", error };
  if (pair.operations.length === creations.length && (creations.length === 0 || registry?.exists)) {
    const verification = run.verifications.get(pair);
    const pullError = verification?.error ?? (isUnproven(pair, run) ? run.error ?? cancelled() : void 0);
    if (pullError) {
      const isDrift = run.inputs?.mode === "check" && ["PULL_DENIED", "IMAGE_NOT_FOUND"].includes(pullError.code);
      return { ...common, status: isDrift ? "missing" : "failed", verified: "assignment", error: pullError };
    }
    const verified = verification?.verified ?? (run.inputs?.verify === "none" ? "none" : "assignment");
    return { ...common, status: run.inputs?.mode === "detach" ? "detached" : "attached", verified };
  }
  if (run.inputs?.mode === "check") return { ...common, status: "missing" };
  return concludeWritten(pair, common, outcomes, run);
}
function isUnproven(pair, { inputs, verifications, error }) {
  const isCluster = "found" in pair.target && pair.target.found.kind === "cluster";
  return inputs?.verify === "pull" && isCluster && !verifications.has(pair) && error !== void 0;
}
function concludeWritten(pair, common, outcomes, { inputs, verifications, error: runError }) {
  const ended = pair.operations.map((operation) => outcomes.get(operation));
  const changed = ended.some((outcome) => outcome?.changed);
  const missing = ended.some((outcome) => outcome === void 0) ? runError ?? cancelled() : void 0;
  const error = ended.find((outcome) => outcome?.error)?.error ?? missing;
  if (error) return { ...common, changed, status: "failed", error };
  const written = { ...common, ...inputs?.mode === "detach" ? nothingHeld : findGrant(pair, ended), changed };
  const status = inputs?.mode === "detach" ? "detached" : "attached";
  if (inputs?.verify === "none") return { ...written, status };
  const verification = verifications.get(pair);
  const verifyError = verification ? verification.error : runError ?? cancelled();
  if (verifyError) return { ...written, status: "failed", error: verifyError };
  const { propagationSeconds } = verification ?? {};
  return {
    ...written,
    status,
    verified: verification?.verified ?? "none",
    ...changed && propagationSeconds !== void 0 && { propagationSeconds }
  };
}
var nothingHeld = { grantedBy: null, scope: "", roleAssignmentId: "" };
function findGrant(pair, outcomes) {
  const written = outcomes.findLast((outcome) => outcome && "principalType" in outcome.operation);
  if (written && "principalType" in written.operation) {
    const { scope, role, principalType } = written.operation;
    const grantedBy = principalType === "Group" ? "group" : "direct";
    return { grantedBy, role: role.name, scope, roleAssignmentId: written.roleAssignmentId ?? "" };
  }
  const [ofGroup] = pair.groupAssignments;
  return ofGroup ? { grantedBy: "group", scope: ofGroup.scope, roleAssignmentId: ofGroup.id } : {};
}
function distinctErrors(errors) {
  const byText = /* @__PURE__ */ new Map();
  for (const error of errors) {
    const key = error && `${error.code} ${error.message}`;
    if (error && key && !byText.has(key)) byText.set(key, error);
  }
  return [...byText.values()];
}
function isGone({ code }) {
  return ["CLUSTER_NOT_FOUND", "REGISTRY_NOT_FOUND", "IDENTITY_NOT_FOUND", "NO_KUBELET_IDENTITY"].includes(code);
}
function driftError(missing, pairs, images) {
  const differences = missing.flatMap(({ error, lacks }) => error ? `${error.code}: ${error.message}` : lacks);
  const imageDifferences = images.map(({ error }) => `image: ${error?.message ?? ""}`);
  const lines = [.../* @__PURE__ */ new Set([...differences, ...imageDifferences])];
  const message = lines.length === 1 ? `Not as wanted: ${lines[0] ?? ""}` : [
    ...missing.length > 0 ? [`${missing.length} of ${pairs.length} pairs of target and registry`] : [],
    ...images.length > 0 ? [`${images.length} images`] : []
  ].join(" and ") + " are not as wanted.";
  const fix = [
    ...excerpt(lines, mostNamed).map((line) => `  ${line}`),
    ...missing.some(({ lacks }) => lacks.length > 0) ? ["The same step with mode: attach makes what is missing."] : [],
    ...missing.some(({ error }) => error && isGone(error)) ? ["What is gone can't be attached: correct the inputs, or create it again."] : [],
    ...missing.flatMap(({ error }) => error && !isGone(error) ? printFix(error.fix) : []).slice(0, 1)
  ];
  return new ActionError("DRIFT", message, { fix: fix.join("\n") });
}
var levels = ["none", "assignment", "pull"];
function weakest(pairs) {
  return levels.find((level) => pairs.length === 0 || pairs.some(({ verified }) => verified === level)) ?? "none";
}

// src/report/report-json.ts
function toReportJson(result) {
  return {
    schemaVersion: 1,
    mode: result.mode,
    attached: result.attached,
    changed: result.changed,
    drift: result.drift,
    verified: result.verified,
    pairs: result.pairs.map(toPairJson),
    // What the action imports for itself is worth telling only where it is known.
    images: result.images.filter(({ image, digest, error }) => !image.request.isProbe || digest || error).map(toImageJson),
    manifests: result.manifests.map(toManifestJson),
    plan: (result.plan?.operations ?? []).map(toOperationJson),
    findings: result.findings,
    notes: result.notes,
    error: result.error ? toErrorJson(result.error) : null,
    requests: result.requests,
    durationSeconds: round((result.finishedAt - result.startedAt) / 1e3)
  };
}
function toOperationJson(operation) {
  return {
    operation: operation.operation,
    target: "target" in operation ? operation.target.id : null,
    registry: "registry" in operation ? operation.registry.id : null,
    principalId: "principalId" in operation ? operation.principalId : null,
    group: "groupId" in operation ? operation.groupId : null,
    ..."groupId" in operation && { memberId: operation.target.identity.objectId },
    ..."principalType" in operation && {
      principalType: operation.principalType,
      role: operation.role.name,
      condition: operation.condition ?? null
    },
    description: describeOperation(operation),
    reason: operation.reason
  };
}
function toImageJson(result) {
  const { image, status, digest, sizeInBytes, seconds, error } = result;
  return {
    source: image.request.text,
    name: nameOf(image.request),
    image: pinned(result),
    digest,
    status,
    registry: image.registry.id,
    sizeInBytes: sizeInBytes ?? null,
    durationSeconds: seconds === void 0 ? null : round(seconds),
    error: error ? toErrorJson(error) : null
  };
}
function toManifestJson({ image, registry, status, error }) {
  const { text, file, document, resource, field } = image;
  return {
    image: text,
    registry: registry.id,
    status,
    file,
    document,
    resource,
    field,
    error: error ? toErrorJson(error) : null
  };
}
function toPullJson({ node, pool, arch, image, verdict, message, attempts, startedAt, finishedAt }) {
  return {
    node,
    pool,
    arch,
    image: image.reference,
    verdict,
    message: message || null,
    attempts,
    seconds: round((finishedAt - startedAt) / 1e3)
  };
}
function toPairJson(pair) {
  const { target, registry, asked } = pair;
  const isAskedById = (!target || sameId(asked.target, target.id)) && (!registry || sameId(asked.registry, registry.id));
  return {
    target: target?.id ?? pair.asked.target,
    targetKind: target?.kind ?? "cluster",
    principalId: target?.identity.objectId ?? null,
    registry: registry?.id ?? pair.asked.registry,
    loginServer: registry?.loginServer ?? null,
    status: pair.status,
    grantedBy: pair.grantedBy,
    role: pair.role || null,
    scope: pair.scope || null,
    roleAssignmentId: pair.roleAssignmentId || null,
    changed: pair.changed,
    verified: pair.verified,
    propagationSeconds: pair.propagationSeconds === void 0 ? null : round(pair.propagationSeconds),
    pulls: pair.pulls.map(toPullJson),
    ...pair.lacks.length > 0 && { lacks: pair.lacks },
    ...!isAskedById && { asked },
    error: pair.error ? toErrorJson(pair.error) : null
  };
}
function toErrorJson({ code, message, fix, azure }) {
  return { code, message, fix, azure: azure ?? null };
}
function round(seconds) {
  return Math.round(seconds * 10) / 10;
}

// src/report/outputs.ts
import { tmpdir } from "node:os";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
function setInitialOutputs(run) {
  const result = conclude(run);
  setAll({ ...toOutputs(result, toReportJson(result)), "error-code": "CANCELLED", "report-file": "" });
}
function setOutputs(result) {
  const report2 = toReportJson(result);
  setAll({ ...toOutputs(result, report2), "report-file": writeReportFile(report2) });
}
function setMergedOutputs(report2, errorCode) {
  const { attached, drift, verified, images } = report2;
  setAll({
    attached: String(attached),
    drift: String(drift),
    verified,
    images: JSON.stringify(images),
    "error-code": errorCode,
    report: toReportOutput(report2),
    "report-file": writeReportFile(report2)
  });
}
function toOutputs(result, report2) {
  const target = result.observed?.targets[0];
  const images = result.images.filter(({ image }) => !image.request.isProbe);
  const [first] = images;
  const identity = target && "found" in target ? target.found.identity : void 0;
  const loginServers = (result.observed?.registries ?? []).flatMap((lookup) => {
    return "found" in lookup && lookup.found.registry.loginServer || [];
  });
  const waits = result.pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? []);
  return {
    attached: String(result.attached),
    changed: String(result.changed),
    drift: String(result.drift),
    verified: result.verified,
    "registry-login-server": loginServers[0] ?? "",
    "registry-login-servers": JSON.stringify(loginServers),
    "pull-identity-object-id": identity?.objectId ?? "",
    "pull-identity-client-id": identity?.clientId ?? "",
    "role-assignment-id": result.pairs[0]?.roleAssignmentId ?? "",
    image: first ? pinned(first) : "",
    images: JSON.stringify(images.map(toImageJson)),
    "propagation-seconds": waits.length > 0 ? Math.max(...waits).toFixed(1) : "",
    "error-code": result.errors[0]?.code ?? "",
    report: toReportOutput(report2)
  };
}
function setAll(outputs) {
  for (const [name, value] of Object.entries(outputs)) setOutput(name, redact(value));
}
function writeReportFile(report2) {
  try {
    const folder = process.env.RUNNER_TEMP || tmpdir();
    mkdirSync(folder, { recursive: true });
    const file = join(mkdtempSync(join(folder, "attach-acr-")), "report.json");
    writeFileSync(file, redact(`${JSON.stringify(report2, null, 2)}
`));
    return file;
  } catch (error) {
    warning(`The report file could not be written: ${error instanceof Error ? error.message : String(error)}`, {
      title: "attach-acr"
    });
    return "";
  }
}
var mostCharacters = 9e5;
var mostOthers = 100;
var ranks = ["failed", "missing", "attached", "detached"];
function toReportOutput(report2) {
  const whole = JSON.stringify(report2);
  if (whole.length <= mostCharacters) return whole;
  const { plan, findings } = report2;
  const pairs = report2.pairs.map((pair) => ({
    ...pair,
    error: pair.error && { ...pair.error, fix: { text: "", commands: [] } }
  }));
  const write = (kept2) => JSON.stringify({
    ...report2,
    pairs: kept2,
    plan: plan.slice(0, mostOthers),
    findings: findings.slice(0, mostOthers),
    omitted: {
      pairs: pairs.length - kept2.length,
      plan: Math.max(0, plan.length - mostOthers),
      findings: Math.max(0, findings.length - mostOthers),
      fixes: true
    }
  });
  const brief = write(pairs);
  if (brief.length <= mostCharacters) return brief;
  const worstFirst = [...pairs].sort((a, b) => ranks.indexOf(a.status) - ranks.indexOf(b.status));
  let left = mostCharacters - write([]).length;
  const kept = worstFirst.filter((pair) => (left -= JSON.stringify(pair).length + 1) >= 0);
  return write(kept);
}

// src/report/narration.ts
function describeInputs({ mode, clusters, kubeletIdentities, registries }) {
  const targets = [
    clusters.some(({ kind }) => kind === "all") ? "all clusters" : clusters.length > 0 && plural(clusters.length, "cluster"),
    kubeletIdentities.length > 0 && plural(kubeletIdentities.length, "kubelet identity", "kubelet identities")
  ];
  return `${mode} \xB7 ${targets.filter(Boolean).join(" and ")} \xD7 ${plural(registries.length, "registry", "registries")}`;
}
function describeSession({ caller, tenantId, by }) {
  return [`signed in to tenant ${shortGuid(tenantId)} as ${caller.name}, ${by}`];
}
function describeObserved({ targets, registries, pairs }) {
  const held = pairs.reduce((count, { assignments }) => count + assignments.length, 0);
  return [
    ...excerpt(
      targets.map((target) => describeLookup(target, "target", describeTarget)),
      mostLines
    ),
    ...excerpt(
      registries.map((registry) => describeLookup(registry, "registry", describeRegistry)),
      mostLines
    ),
    `access    ${held === 0 ? "none" : `${plural(held, "role assignment")} at or above the registries`}`
  ];
}
function describeLookup(lookup, kind, describe) {
  if ("found" in lookup) return describe(lookup.found);
  return `${kind.padEnd(10)}${lastSegment(lookup.asked)}  ${lookup.error.code}`;
}
function describeTarget({ kind, name, location, state, identity }) {
  if (kind === "kubelet-identity") return `identity  ${name}  ${location} (${shortGuid(identity.objectId)})`;
  const pulls = `pulls as ${identity.name} (${shortGuid(identity.objectId)})`;
  return `cluster   ${name}  ${[location, state, pulls].filter(Boolean).join(" \xB7 ")}`;
}
function describeRegistry({ registry }) {
  const { name, loginServer, sku, roleAssignmentMode, exists } = registry;
  if (!exists) return `registry  ${name}  does not exist`;
  return `registry  ${name}  ${loginServer} \xB7 ${sku} \xB7 role assignments: ${roleAssignmentMode}`;
}
var mostLines = 50;
var signs = { create: "+", add: "+", update: "~", delete: "-", remove: "-" };
function describePlan({ pairs, operations, images }, mode) {
  const kept = mode === "detach" ? [] : pairs.filter((pair) => pair.access && pair.operations.length === 0);
  const lines = [
    ...kept.map(describeKept),
    ...operations.map((operation) => {
      const verb = operation.operation.split("-")[0];
      return `${signs[verb]} ${describeOperation(operation)}  (${operation.reason})`;
    })
  ];
  for (const { image, plan } of images) {
    if (plan.kind === "present") lines.push(`= image ${describeImage(image)}`);
    const mark = mode === "check" && image.present === "unknown" ? "?" : "+";
    if (plan.kind === "import") lines.push(shortDigest(`${mark} image ${describeImage(image)}  (${plan.reason})`));
    if (plan.kind === "conflict") lines.push(shortDigest(`! image ${describeImage(image)}  (${plan.reason})`));
    if (plan.kind === "failed") lines.push(`! image ${describeImage(image)}  (${image.error?.code ?? ""})`);
  }
  return lines.length > 0 ? excerpt(lines, mostLines) : ["nothing to write"];
}
function describeKept({ target, registry, access: access2 }) {
  const from = "found" in target ? target.found.name : target.asked;
  const to = "found" in registry ? registry.found.registry.name : registry.asked;
  return `= ${access2?.role ?? ""} on ${to} for ${from}  (${access2 ? describeAccess(access2) : ""})`;
}
function describeAccess({ grantedBy, assignment: { scope, principalId } }) {
  if (grantedBy === "direct") return "at the registry itself";
  if (grantedBy === "group") return `through the group ${shortGuid(principalId)}`;
  return `inherited from ${formatResourceScope(scope)}`;
}
function describeOutcome({ operation, roleAssignmentId, changed, error }) {
  const id = roleAssignmentId ? ` (\u2026/${lastSegment(roleAssignmentId)})` : "";
  if (error) return `failed    ${describeOperation(operation)}: ${error.code}`;
  return `${(changed ? describeEffect(operation) : "was so").padEnd(10)}${describeOperation(operation)}${id}`;
}
function describeImageResult({ image, status, digest, sizeInBytes, error }) {
  const what = shortDigest(`${nameOf(image.request)} on ${image.registry.name}`);
  if (error) return `${status.padEnd(10)}${what}: ${error.code}`;
  const size = sizeInBytes === void 0 ? "" : `  ${formatSize(sizeInBytes)}`;
  return `${status.padEnd(10)}${what}${digest && `  ${shortDigest(digest)}`}${size}`;
}
function describeEnd(result) {
  const { pairs, changed, inputs, findings } = result;
  const residual = findings.some(({ code }) => code === "RESIDUAL_ACCESS");
  const { mark, counts } = describeDoubts(result);
  const noted = counts.map((count) => ` \xB7 ${count}`).join("");
  if (result.drift) return `\u27F3 drift: ${describeDrift(result)}`;
  const [first] = pairs;
  const targets = new Set(pairs.map(({ target }) => target?.id)).size;
  const registries = new Set(pairs.map(({ registry }) => registry?.id)).size;
  const from = targets === 1 && first?.target ? first.target.name : `${targets} targets`;
  const to = registries === 1 && first?.registry ? first.registry.loginServer || first.registry.name : `${registries} registries`;
  if (inputs?.mode === "detach") {
    const what = `${from} detached from ${to}${changed ? "" : " \xB7 nothing to do"}`;
    return `${mark} ${what}${residual ? ", but it keeps access" : ""}${noted}`;
  }
  const has = targets === 1 ? "has" : "have";
  const proof = changed || result.verified === "pull" ? describeProof(result) : "";
  return `${mark} ${from} ${has} pull access to ${to}${proof}${changed ? "" : " \xB7 nothing to do"}${noted}`;
}
function describeDoubts({ images, findings }) {
  const unread = images.filter(isUnread).length;
  const counts = [
    ...unread > 0 ? [`${plural(unread, "image")} not readable`] : [],
    ...findings.length > 0 ? [plural(findings.length, "finding")] : []
  ];
  const mark = unread > 0 || findings.some(({ severity }) => severity === "warning") ? "\u26A0" : "\u2713";
  return { mark, counts };
}
function describeDrift({ pairs, images, manifests }) {
  const count = (all) => all.filter(({ status }) => status === "missing").length;
  const [lackingPairs, lackingImages] = [count(pairs), count(images)];
  const parts = [
    lackingPairs > 0 && `${lackingPairs} of ${plural(pairs.length, "pair")}`,
    lackingImages > 0 && `${lackingImages} of ${plural(images.length, "image")}`,
    count(manifests) > 0 && `${count(manifests)} of ${plural(manifests.length, "image")} of the manifests`
  ];
  return `${parts.filter(Boolean).join(" and ")} not as wanted`;
}
function describeProof({ verified, pairs }) {
  const nodes = new Set(pairs.flatMap(({ target, pulls }) => pulls.map(({ node }) => `${target?.id ?? ""} ${node}`))).size;
  if (verified === "pull") {
    const waited = pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? []);
    const after = waited.length > 0 ? `, ${formatSeconds(Math.max(...waited))} after the grant` : "";
    return ` \xB7 proven on ${plural(nodes, "node")}${after}`;
  }
  if (verified === "none") return " once the grant has taken effect, which was not waited for";
  const waits = pairs.flatMap(({ propagationSeconds }) => propagationSeconds ?? []);
  return ` \xB7 Azure reports the grant, ${formatSeconds(Math.max(0, ...waits))} after it was made; nodes can take some minutes more`;
}

// package.json
var package_default = {
  name: "attach-acr",
  version: "1.0.0",
  description: "GitHub Action: let AKS clusters pull from Azure Container Registry, prove it, and watch for drift",
  private: true,
  license: "MIT",
  type: "module",
  engines: {
    node: ">=20"
  },
  scripts: {
    build: "tsx scripts/build.ts",
    demo: "tsx scripts/demo.ts",
    simulator: "tsx simulator/cli.ts",
    bench: "tsx scripts/bench.ts",
    docs: "tsx scripts/readme-tables.ts",
    lint: "eslint . && prettier --check --log-level warn .",
    typecheck: "tsc",
    "test:runtimes": "npm ci --prefix __tests__/runtimes --no-audit --no-fund --loglevel=error",
    pretest: "npm run --silent test:runtimes",
    test: "vitest run",
    "test:conformance": "vitest run --config __tests__/conformance/vitest.config.ts",
    format: "prettier --write --log-level warn ."
  },
  dependencies: {
    "@actions/core": "3.0.1",
    "@actions/exec": "3.0.0",
    "@actions/github": "9.1.1",
    "@actions/glob": "0.7.0",
    "@actions/io": "3.0.2",
    "@azure-rest/core-client": "2.5.1",
    "@azure/arm-authorization": "9.0.0",
    "@azure/arm-containerregistry": "12.0.0",
    "@azure/arm-containerservice": "25.3.0",
    "@azure/container-registry": "1.1.2",
    "@azure/core-auth": "1.10.1",
    "@azure/core-rest-pipeline": "1.24.0",
    "@azure/identity": "4.13.1",
    fflate: "0.8.3",
    jose: "6.2.18",
    "p-limit": "7.3.3",
    uuid: "14.0.3",
    yaml: "2.9.1"
  },
  devDependencies: {
    "@eslint/js": "10.0.1",
    "@hono/node-server": "2.1.9",
    "@peculiar/x509": "2.2.0",
    "@types/node": "20.19.43",
    "@vercel/ncc": "0.45.0",
    ajv: "8.20.0",
    "ajv-formats": "3.0.1",
    eslint: "10.15.0",
    "fast-check": "4.10.2",
    hono: "4.13.19",
    prettier: "3.10.1",
    "reflect-metadata": "0.2.2",
    tsx: "4.23.15",
    typescript: "6.0.3",
    "typescript-eslint": "8.73.0",
    vitest: "4.1.12"
  },
  overrides: {
    "@azure/core-rest-pipeline": "1.24.0",
    "@octokit/request": "10.0.14"
  }
};

// src/report/version.ts
var version = package_default.version;

// src/report/diagrams.ts
var mostPairs = 25;
function drawAccess(pairs) {
  const drawn = pairs.filter(({ target, registry, status }) => target && registry && status !== "detached");
  if (drawn.length === 0 || drawn.length > mostPairs) return "";
  const nodes = /* @__PURE__ */ new Map();
  const edges = [];
  const node = (key, label, [open, close]) => {
    const id = nodes.get(key)?.split(/[^\w]/)[0] ?? `n${nodes.size}`;
    if (!nodes.has(key)) nodes.set(key, `${id}${open}"${escape(label)}"${close}`);
    return id;
  };
  for (const { target, registry, status, grantedBy, role, scope, pulls } of drawn) {
    if (!target || !registry) continue;
    const cluster = node(target.id, target.name, ["[", "]"]);
    const known = nodes.has(target.identity.objectId);
    const identity = node(target.identity.objectId, `${target.identity.name} ${shortGuid(target.identity.objectId)}`, [
      "([",
      "])"
    ]);
    if (!known) edges.push({ line: `${cluster} --> ${identity}`, missing: false });
    const server = node(registry.id, registry.loginServer || registry.name, ["[(", ")]"]);
    const missing = status !== "attached";
    const label = escape(
      missing ? `${role}${pulls.length > 0 ? ", not pulled" : " missing"}` : `${role}${grantedBy === "direct" ? "" : `, ${grantedBy ?? ""} at ${formatResourceScope(scope)}`}`
    );
    edges.push({
      line: missing ? `${identity} -. "${label}" .-> ${server}` : `${identity} -- "${label}" --> ${server}`,
      missing
    });
  }
  const red = edges.flatMap(
    ({ missing }, index) => missing ? `  linkStyle ${index} stroke:#d1242f,color:#d1242f` : []
  );
  return fence("mermaid", [
    "flowchart LR",
    ...[...nodes.values()].map((line) => `  ${line}`),
    ...edges.map(({ line }) => `  ${line}`),
    ...red
  ]);
}
function drawTime({ stages, pairs, startedAt }) {
  const waited = pairs.some(
    ({ propagationSeconds = 0, pulls: pulls2 }) => propagationSeconds >= 1 || pulls2.some(({ attempts }) => attempts > 1)
  );
  if (!waited) return "";
  const bar = (name, from, to) => `  ${name} :${from - startedAt}, ${Math.max(to - startedAt, from - startedAt + 1)}`;
  const bars = stages.map(({ name, startedAt: from, finishedAt: to }) => bar(name, from, to));
  const pulls = pairs.flatMap((pair) => pair.pulls).filter(({ attempts }) => attempts > 1);
  const nodes = pulls.slice(0, mostPairs).map(({ node, verdict, startedAt: from, finishedAt: to }) => bar(`${node} ${verdict}`, from, to));
  const sections = nodes.length > 0 ? ["  section Nodes", ...nodes] : [];
  return fence("mermaid", ["gantt", "  dateFormat x", "  axisFormat %M:%S", ...bars, ...sections]);
}
function escape(label) {
  return label.replaceAll('"', "#quot;");
}

// src/report/summary.ts
var mostRows = 50;
var mostFolded = 1e3;
var mostOthers2 = 20;
var mostBytes = 1e6;
function toMarkdown(result) {
  const { pairs, images, findings, errors } = result;
  const parts = [
    `### ${headline(result)}`,
    pairs.length > 0 ? pairTable(pairs) : "",
    pullTable(pairs),
    images.length > 0 ? imageTable(images) : "",
    ...groupFailures(errors).map(failureSection),
    ...groupFindings(findings).map(findingSection),
    drawAccess(pairs),
    drawTime(result),
    details(result)
  ];
  return fit(parts.filter((part) => part));
}
function fit(parts) {
  let left = mostBytes;
  const fitting = parts.filter((part) => {
    const size = Buffer.byteLength(part) + 2;
    if (size > left) return false;
    left -= size;
    return true;
  });
  const more = fitting.length < parts.length ? ["More than a summary holds: the report file has the rest."] : [];
  return [...fitting, ...more].join("\n\n");
}
function headline(result) {
  const { pairs, errors, changed, verified, drift, inputs } = result;
  const { mark, counts } = describeDoubts(result);
  const notes = counts.map((count) => `, ${count}`).join("");
  if (errors.some(({ code }) => code !== "DRIFT")) {
    const failed = pairs.filter(({ status }) => status === "failed").length;
    const [first] = errors;
    return `\u2717 ${pairs.length > 1 && failed > 0 ? `${failed} of ${pairs.length} pairs of target and registry failed` : escapeText(first?.message.split(/[:.] /)[0] ?? "failed")}`;
  }
  if (drift) return `\u27F3 drift: ${describeDrift(result)}${notes}`;
  const done = inputs?.mode === "detach" ? "detached" : "attached";
  const level = verified === "none" ? "not verified" : inputs?.mode === "detach" ? "Azure reports it" : "Azure reports the grant";
  const known = changed ? level : "nothing to do";
  return `${mark} ${done}${verified === "pull" ? " and proven" : `, ${known}`}${notes}`;
}
function pairTable(pairs) {
  const header = ["| | target | registry | access | role | verified | took |", "| - | - | - | - | - | - | - |"];
  const worstFirst = [...pairs].sort((a, b) => Number(isGood(a)) - Number(isGood(b)));
  const rows = worstFirst.map((pair) => {
    const took = pair.propagationSeconds === void 0 ? "" : formatSeconds(pair.propagationSeconds);
    const cells = [
      isGood(pair) ? "\u2713" : "\u2717",
      pair.target?.name ?? pair.asked.target,
      pair.registry?.loginServer ?? pair.asked.registry,
      access(pair),
      pair.role,
      pair.verified,
      took
    ];
    return `| ${cells.map(escapeCell).join(" | ")} |`;
  });
  return foldRows(header, rows, "more pair");
}
function foldRows(header, rows, more) {
  const shown = [...header, ...rows.slice(0, mostRows)].join("\n");
  if (rows.length <= mostRows) return shown;
  const rest = firstOf(rows.slice(mostRows), mostFolded);
  return `${shown}

${folded(plural(rows.length - mostRows, more), [...header, ...rest.lines].join("\n") + rest.omitted)}`;
}
function firstOf(lines, most) {
  const omitted = lines.length > most ? `

and ${lines.length - most} more, which the report file lists` : "";
  return { lines: lines.slice(0, most), omitted };
}
function pullTable(pairs) {
  const header = ["| | node | pool | image | verdict | attempts | took |", "| - | - | - | - | - | - | - |"];
  const several = new Set(pairs.map(({ target }) => target?.id)).size > 1;
  const rows = pairs.flatMap(({ target, pulls }) => pulls.map((pull) => ({ target, pull }))).sort((a, b) => Number(a.pull.verdict === "pulled") - Number(b.pull.verdict === "pulled")).map(({ target, pull }) => {
    const cells = [
      pull.verdict === "pulled" ? "\u2713" : "\u2717",
      several ? `${target?.name ?? ""}: ${pull.node}` : pull.node,
      `${pull.pool} (${pull.arch})`,
      shortDigest(pull.image.reference),
      pull.verdict,
      String(pull.attempts),
      formatSeconds((pull.finishedAt - pull.startedAt) / 1e3)
    ];
    return `| ${cells.map(escapeCell).join(" | ")} |`;
  });
  if (rows.length === 0) return "";
  return foldRows(header, rows, "more pull");
}
function imageTable(images) {
  const header = ["| | source | image | status | size | took |", "| - | - | - | - | - | - |"];
  const rows = images.map((result) => {
    const { image, status, sizeInBytes, seconds, error } = result;
    const good = status === "imported" || status === "present";
    const isRead = !isUnread(result);
    const cells = [
      good ? isRead ? "\u2713" : "\u26A0" : "\u2717",
      shortDigest(image.request.text),
      shortDigest(`${nameOf(image.request)} on ${image.registry.name}`),
      error ? `${status}: ${error.code}` : isRead ? status : "not readable",
      sizeInBytes === void 0 ? "" : formatSize(sizeInBytes),
      seconds === void 0 ? "" : formatSeconds(seconds)
    ];
    return `| ${cells.map(escapeCell).join(" | ")} |`;
  });
  const worstFirst = [...rows].sort((a, b) => Number(a.startsWith("| \u2713")) - Number(b.startsWith("| \u2713")));
  const references = images.filter(({ status }) => status === "imported" || status === "present").map(pinned);
  return [
    foldRows(header, worstFirst, "more image"),
    references.length > 0 ? fence("", firstOf(references, mostFolded).lines) : ""
  ].filter(Boolean).join("\n\n");
}
function isGood({ status }) {
  return status === "attached" || status === "detached";
}
function access({ error, status, grantedBy, scope, changed }) {
  if (error) return error.code;
  if (status === "detached") return changed ? "taken away now" : "none of its own";
  if (grantedBy === "direct") return changed ? "direct, created now" : "direct";
  return grantedBy ? `${grantedBy}, ${formatResourceScope(scope)}` : "none";
}
function failureSection({ first: error, others }) {
  const { code, message, fix } = error;
  return [
    `**\u2717 [${code}](${documentationLink(code)})** ${escapeText(message)}${escapeText(azureSays(error))}`,
    ...fixBlock(fix),
    foldOthers(others)
  ].filter((part) => part).join("\n\n");
}
function findingSection({ first: { code, message, fix }, others }) {
  return [`**\u26A0 ${code}** ${escapeText(message)}`, ...fixBlock(fix), foldOthers(others)].filter((part) => part).join("\n\n");
}
function fixBlock({ text, commands }) {
  const prose = text.split("\n").map((line) => escapeText(line)).join("  \n");
  return [prose, commands.length > 0 ? fence("sh", commands) : ""];
}
function foldOthers(others) {
  if (others.length === 0) return "";
  const { lines, omitted } = firstOf(
    others.map(({ message }) => `- ${escapeText(message)}`),
    mostOthers2
  );
  return folded(`${others.length} more like it`, lines.join("\n") + omitted);
}
function details({ plan, notes, requests, startedAt, finishedAt, stages, session }) {
  const planned = (plan?.operations ?? []).map(
    (operation) => `- planned: ${escapeText(`${describeOperation(operation)}: ${operation.reason}`)}`
  );
  const noted = notes.map((note) => `- ${escapeText(note)}`);
  const lines = [
    ...[planned, noted].flatMap((all) => {
      const { lines: some, omitted } = firstOf(all, mostFolded);
      return omitted ? [...some, `- ${omitted.trim()}`] : some;
    }),
    ...session ? [`- signed in as ${escapeText(`${session.caller.name}, ${session.by}`)}`] : [],
    `- ${plural(requests, "request")}, ${formatSeconds((finishedAt - startedAt) / 1e3)}${stages.length > 0 ? ` (${stages.map((stage) => `${stage.name.toLowerCase()} ${formatSeconds((stage.finishedAt - stage.startedAt) / 1e3)}`).join(", ")})` : ""}`,
    `- attach-acr ${version} on Node ${process.versions.node}`
  ];
  return folded("Details", lines.join("\n"));
}
function folded(title, body) {
  return `<details><summary>${title}</summary>

${body}

</details>`;
}
function escapeCell(text) {
  return escapeText(text).replaceAll("|", "\\|");
}
function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replace(/([*_`[\]])/g, "\\$1").replace(/\s*\n\s*/g, " ");
}

// src/report/report.ts
async function report(result, log) {
  setOutputs(result);
  for (const note of result.notes) log.line(`note: ${note}`);
  groupFindings(result.findings).forEach(annotateFindings);
  for (const failures of groupFailures(result.errors)) {
    printFailures(failures, log);
    if (failures.first.code !== "DRIFT") annotateFailures(failures);
  }
  if (result.mode === "check") annotateDrift(readDrift(toReportJson(result)), result.inputs?.failOnDrift ?? true);
  if (result.errors.length === 0) log.line(describeEnd(result));
  await addToSummary(toMarkdown(result));
}

export {
  calculateRetryDelay,
  isError,
  randomUUID,
  getEnvironmentVariable,
  emitNodeWarning,
  isNodeLike,
  uint8ArrayToString,
  stringToUint8Array,
  Sanitizer,
  AbortError,
  delay,
  getErrorMessage,
  calculateRetryDelay2,
  isError2,
  isNode,
  isNodeLike2,
  uint8ArrayToString2,
  stringToUint8Array2,
  isKeyCredential,
  isTokenCredential,
  startRun,
  concludeImages,
  describeOperation,
  describeFailure,
  describeEffect,
  isCreation,
  conclude,
  weakest,
  toReportJson,
  setInitialOutputs,
  setMergedOutputs,
  describeInputs,
  describeSession,
  describeObserved,
  describePlan,
  describeOutcome,
  describeImageResult,
  version,
  report
};
