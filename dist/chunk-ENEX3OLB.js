import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  adviceOf,
  annotate,
  azureSays,
  codeSpan,
  escapeMarkdown,
  fence,
  groupFailures,
  groupFindings,
  linkCode,
  plainText,
  plural
} from "./chunk-UI4KK3LH.js";
import {
  describeLack,
  describeOperation,
  isCreation,
  makeTempFolder,
  redact
} from "./chunk-KDURVCRP.js";
import {
  describeImage,
  isUnread,
  nameOf,
  pinned,
  settle
} from "./chunk-J4MZHKPM.js";
import {
  createRoleAssignmentCommand,
  groupMemberCommand
} from "./chunk-VCT3ERGD.js";
import {
  ActionError,
  cancelled,
  fix,
  lastSegment,
  setOutput,
  warning
} from "./chunk-H7F75JHY.js";

// src/model/run.ts
function startRun(startedAt, mode) {
  const nothing2 = { stages: [], requests: 0, outcomes: [], findings: [], unknown: [], notes: [], manifests: [] };
  return { startedAt, finishedAt: startedAt, mode, ...nothing2, verifications: /* @__PURE__ */ new Map() };
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
function learn(run, { outcomes, verifications, findings, unknown, notes }) {
  return {
    ...run,
    outcomes: [...run.outcomes, ...outcomes ?? []],
    verifications: new Map([...run.verifications, ...verifications ?? []]),
    findings: [...run.findings, ...findings ?? []],
    unknown: [...run.unknown, ...unknown ?? []],
    notes: [...run.notes, ...notes ?? []]
  };
}
function selectOpen(pairs, outcomes) {
  const done = new Set(outcomes.map(({ operation }) => operation));
  const planned = new Set(pairs.flatMap((pair) => pair.operations));
  return [...planned].filter((each) => !isCreation(each) && !done.has(each));
}
function selectSuspicious(pairs, { mode, verifications }) {
  const wasRepaired = (pair) => pair.operations.length > 0 && (verifications.get(pair)?.verified ?? "none") !== "none";
  return pairs.filter((pair) => mode !== "attach" || wasRepaired(pair));
}

// src/report/conclude.ts
function conclude(run) {
  const pairs = concludePairs(run);
  const missing = pairs.filter(({ status }) => status === "missing");
  const images = concludeImages(run);
  const isCheck = run.inputs?.mode === "check";
  const gone = isCheck ? run.manifests.filter(({ status }) => status === "missing") : [];
  const lacking = [...images.filter(({ status }) => status === "missing"), ...gone];
  const failures = [...pairs, ...images].flatMap(
    ({ status, error }) => (status === "failed" || status === "unknown") && error ? error : []
  );
  failures.push(...run.manifests.flatMap((each) => each.error && !gone.includes(each) ? each.error : []));
  const errors = distinctErrors([run.error, ...failures, ...run.outcomes.map(({ error }) => error)]);
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
    findings: distinctOf(
      [...run.plan?.findings ?? [], ...run.findings],
      ({ code, subject, message }) => [code, subject, message].join(" ")
    ),
    unknown: concludeUnknown(run, pairs, images),
    notes: [.../* @__PURE__ */ new Set([...run.notes, ...images.flatMap((image) => image.notes)])]
  };
}
function concludeUnknown({ observed, plan, unknown }, pairs, images) {
  const all = [
    ...pairs.flatMap(({ status, error, target, registry, asked }) => {
      const subject = registry ? target?.id ?? asked.target : asked.registry;
      return status === "unknown" && error ? { subject, message: error.message } : [];
    }),
    ...[...observed?.unreadRoles.values() ?? []].map(({ subject = "", message }) => ({ subject, message })),
    ...plan?.unknown ?? [],
    ...images.filter(isUnread).map((result) => ({
      subject: pinned(result),
      message: [`What ${pinned(result)} is could not be read`, ...result.notes].join("; ")
    })),
    ...unknown
  ];
  return distinctOf(all, ({ message }) => message);
}
function concludePairs(run) {
  const { targets = [], registries = [], unread = [] } = run.observed ?? {};
  const outcomes = new Map(run.outcomes.map((outcome) => [outcome.operation, outcome]));
  const rows = new Map(targets.flatMap((each, index) => "found" in each ? [[each.found, index]] : []));
  const columns = new Map(
    registries.flatMap((each, index) => "found" in each ? [[each.found.registry, index]] : [])
  );
  const rankOf = ({ target, registry }) => (rows.get(target) ?? 0) * registries.length + (columns.get(registry) ?? 0);
  const askedOf = ({ target, registry }) => ({
    target: targets[rows.get(target) ?? -1]?.asked ?? target.name,
    registry: registries[columns.get(registry) ?? -1]?.asked ?? registry.name
  });
  const planned = (run.plan?.pairs ?? []).map((pair) => ({
    rank: rankOf(pair),
    pair: concludePair(pair, askedOf(pair), outcomes, run)
  }));
  const unplanned = unread.map(({ error, ...found }) => ({
    rank: rankOf(found),
    pair: concludeLost({ ...found, asked: askedOf(found) }, error, run)
  }));
  const lost = targets.flatMap(
    (target, row) => registries.flatMap((registry, column) => {
      const error = "error" in target ? target.error : "error" in registry ? registry.error : void 0;
      if (!error) return [];
      const found = {
        ..."found" in target && { target: target.found },
        ..."found" in registry && { registry: registry.found.registry },
        asked: { target: target.asked, registry: registry.asked }
      };
      return [{ rank: row * registries.length + column, pair: concludeLost(found, error, run) }];
    })
  );
  return [...planned, ...unplanned, ...lost].sort((a, b) => a.rank - b.rank).map(({ pair }) => pair);
}
function concludeLost(known, error, { mode, outcomes }) {
  const changed = outcomes.some((outcome) => outcome.changed && outcome.error === error);
  return { ...nothing, ...known, role: "", changed, status: statusOf(error, mode), error };
}
var nothing = {
  grantedBy: null,
  scope: "",
  roleAssignmentId: "",
  verified: "none",
  pulls: [],
  lacks: []
};
function statusOf({ code }, mode) {
  if (mode !== "check" || definite.includes(code)) return "failed";
  return isGone(code) ? "missing" : "unknown";
}
var definite = ["INVALID_INPUT", "AMBIGUOUS_NAME", "REGISTRY_UNREACHABLE", "CLUSTER_STOPPED"];
function concludePair(pair, asked, outcomes, run) {
  const { target, registry, role } = pair;
  const { mode } = run;
  const creations = pair.operations.filter(isCreation);
  const verification = run.verifications.get(pair);
  const common = {
    target,
    registry,
    asked,
    grantedBy: pair.access?.grantedBy ?? null,
    role: pair.access?.role ?? role.name,
    scope: pair.access?.assignment.scope ?? "",
    roleAssignmentId: pair.access?.assignment.id ?? "",
    changed: creations.some((operation) => outcomes.get(operation)?.changed),
    verified: "none",
    pulls: verification?.pulls ?? [],
    lacks: pair.operations.map(describeLack)
  };
  if (pair.error) return { ...common, status: statusOf(pair.error, mode), error: pair.error };
  if (pair.doubt && mode !== "attach") return { ...common, lacks: [], status: "unknown", error: pair.doubt };
  if (pair.operations.length === creations.length && (creations.length === 0 || registry.exists)) {
    const pullError = verification?.error ?? (isUnproven(pair, run) ? run.error ?? cancelled() : void 0);
    if (pullError) {
      const isDrift = mode === "check" && ["PULL_DENIED", "IMAGE_NOT_FOUND"].includes(pullError.code);
      return {
        ...common,
        status: isDrift ? "missing" : statusOf(pullError, mode),
        verified: "assignment",
        error: pullError
      };
    }
    const verified = verification?.verified ?? (run.inputs?.verify === "none" ? "none" : "assignment");
    return { ...common, status: mode === "detach" ? "detached" : "attached", verified };
  }
  if (mode === "check") return { ...common, status: "missing" };
  return concludeWritten(pair, common, outcomes, run);
}
function isUnproven(pair, { inputs, verifications, error }) {
  const isCluster = pair.target.kind === "cluster";
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
  const present = errors.filter((error) => error !== void 0);
  return distinctOf(present, ({ code, message }) => `${code} ${message}`);
}
function distinctOf(items, keyOf2) {
  return [...new Map([...items].reverse().map((item) => [keyOf2(item), item])).values()].reverse();
}
function isGone(code) {
  return ["CLUSTER_NOT_FOUND", "REGISTRY_NOT_FOUND", "IDENTITY_NOT_FOUND", "NO_KUBELET_IDENTITY"].includes(code);
}
var levels = ["none", "assignment", "pull"];
function weakest(pairs) {
  return levels.find((level) => pairs.length === 0 || pairs.some(({ verified }) => verified === level)) ?? "none";
}

// src/report/outputs.ts
import { writeFileSync } from "node:fs";
import { join } from "node:path";

// src/services/runner/outputs.ts
var isWarned = false;
function setOutput2(name, value) {
  try {
    setOutput(name, redact(value));
  } catch (error) {
    if (isWarned) return;
    isWarned = true;
    const reason = error instanceof Error ? error.message : String(error);
    warning(`The outputs of this step could not be written, so later steps see none: ${reason}`, {
      title: "attach-acr"
    });
  }
}

// src/report/fit.ts
var mostOutputBytes = 95e4;
var mostImagesBytes = 3e5;
var mostOthers = 100;
function toReportOutput(report) {
  return fitReport(report, mostOutputBytes - Buffer.byteLength(toImagesOutput(report.images)));
}
function toImagesOutput(images) {
  return JSON.stringify(take(images, mostImagesBytes));
}
function fitReport(report, mostBytes) {
  const whole = JSON.stringify(report);
  if (Buffer.byteLength(whole) <= mostBytes) return whole;
  const pairs = report.pairs.map((pair) => ({
    ...pair,
    error: pair.error && { ...pair.error, fix: { text: "", commands: [] } }
  }));
  const worstFirst = [...pairs].sort((a, b) => ranks.indexOf(a.status) - ranks.indexOf(b.status));
  const others = {
    unknown: report.unknown,
    findings: report.findings,
    images: [...report.images].sort((a, b) => Number(isGood(a)) - Number(isGood(b))),
    manifests: report.manifests,
    plan: report.plan,
    notes: report.notes,
    jobs: report.jobs ?? []
  };
  const brief = { ...report, ...noEntries, jobs: report.jobs && [] };
  let left = mostBytes - Buffer.byteLength(JSON.stringify(brief)) - roomForCounts;
  const keep = (list, room) => {
    const kept2 = take(list, room);
    left -= Buffer.byteLength(JSON.stringify(kept2));
    return kept2;
  };
  const kept = Object.fromEntries(
    Object.entries(others).map(([name, list]) => [name, keep(list.slice(0, mostOthers), left / 4)])
  );
  const fittingPairs = new Set(keep(worstFirst, left));
  const fitting = {
    ...brief,
    ...kept,
    jobs: report.jobs && kept.jobs,
    pairs: pairs.filter((pair) => fittingPairs.has(pair))
  };
  const lost = (name) => (report[name] ?? []).length - (fitting[name] ?? []).length;
  const lists = [...Object.keys(others), "pairs"];
  const counts = Object.fromEntries(lists.map((name) => [name, lost(name)]));
  return JSON.stringify({ ...fitting, omitted: { ...counts, fixes: true } });
}
var roomForCounts = 300;
var noEntries = { pairs: [], images: [], manifests: [], plan: [], findings: [], unknown: [], notes: [] };
var ranks = ["failed", "missing", "unknown", "attached", "detached"];
function isGood({ status, digest }) {
  return status === "imported" || status === "present" && digest !== null;
}
function take(list, mostBytes) {
  let left = mostBytes - 2;
  const end = list.findIndex((entry) => (left -= Buffer.byteLength(JSON.stringify(entry)) + 1) < 0);
  return end < 0 ? [...list] : list.slice(0, end);
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
    unknown: result.unknown,
    notes: result.notes,
    error: result.error ? toErrorJson(result.error) : null,
    requests: result.requests,
    durationSeconds: round((result.finishedAt - result.startedAt) / 1e3),
    jobs: null,
    omitted: null
  };
}
function toOperationJson(operation) {
  return {
    operation: operation.operation,
    target: "target" in operation ? operation.target.id : null,
    registry: "registry" in operation ? operation.registry.id : null,
    ...grantOf(operation),
    group: "groupId" in operation ? operation.groupId : null,
    memberId: "groupId" in operation ? operation.target.identity.objectId : null,
    description: describeOperation(operation),
    reason: operation.reason
  };
}
function grantOf(operation) {
  if ("principalType" in operation) {
    const { principalId: principalId2, principalType, role: role2, condition = null } = operation;
    return { principalId: principalId2, principalType, role: role2.name, condition };
  }
  const role = operation.operation === "delete-role-assignment" ? operation.role : null;
  const principalId = operation.operation === "delete-role-assignment" ? operation.assignment.principalId : null;
  return { principalId, principalType: null, role, condition: null };
}
function toImageJson(result) {
  const { image, status, digest, sizeInBytes, seconds, error } = result;
  return {
    source: image.request.text,
    name: nameOf(image.request),
    image: pinned(result),
    digest: digest || null,
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
    durationSeconds: round((finishedAt - startedAt) / 1e3)
  };
}
function toPairJson(pair) {
  const { target, registry, asked } = pair;
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
    lacks: pair.lacks,
    asked,
    error: pair.error ? toErrorJson(pair.error) : null
  };
}
function toErrorJson({ code, message, fix: fix2, azure }) {
  const said = azure && {
    status: azure.status ?? null,
    code: azure.code ?? null,
    message: azure.message,
    correlationId: azure.correlationId ?? null,
    isForeign: azure.isForeign ?? false
  };
  return { code, message, fix: fix2, azure: said ?? null };
}
function round(seconds) {
  return Math.round(seconds * 10) / 10;
}

// src/report/outputs.ts
function setInitialOutputs(run) {
  const result = conclude(run);
  setAll({ ...toOutputs(result, toReportJson(result)), "error-code": "CANCELLED", "report-file": "" });
}
function setOutputs(result, report) {
  setAll({ ...toOutputs(result, report), "report-file": writeReportFile(report) });
}
function setMergedOutputs(report, errorCode) {
  const { attached, drift, verified, images } = report;
  setAll({
    attached: String(attached),
    drift: String(drift),
    verified,
    images: toImagesOutput(images),
    "error-code": errorCode,
    report: toReportOutput(report),
    "report-file": writeReportFile(report)
  });
}
function toOutputs(result, report) {
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
    images: toImagesOutput(images.map(toImageJson)),
    "propagation-seconds": waits.length > 0 ? Math.max(...waits).toFixed(1) : "",
    "error-code": result.errors[0]?.code ?? "",
    report: toReportOutput(report)
  };
}
function setAll(outputs) {
  for (const [name, value] of Object.entries(outputs)) setOutput2(name, value);
}
var mostFileBytes = 1e8;
function writeReportFile(report) {
  try {
    const file = join(makeTempFolder(), "report.json");
    writeFileSync(file, redact(`${fitReport(report, mostFileBytes)}
`));
    return file;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    annotate("warning", `The report file could not be written: ${why}`, "attach-acr");
    return "";
  }
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
    lint: "eslint . && prettier --check --log-level warn . && tsx scripts/rooms.ts && knip",
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
    ajv: "8.20.0",
    fflate: "0.8.3",
    jose: "6.2.18",
    "p-limit": "7.3.3",
    uuid: "14.0.3",
    yaml: "2.9.1"
  },
  devDependencies: {
    "@eslint/js": "10.0.1",
    "@grpc/grpc-js": "1.14.7",
    "@grpc/proto-loader": "0.8.1",
    "@hono/node-server": "2.1.9",
    "@jridgewell/remapping": "2.3.5",
    "@peculiar/x509": "2.2.0",
    "@types/node": "20.19.43",
    "@vercel/ncc": "0.45.0",
    "ajv-formats": "3.0.1",
    esbuild: "0.28.2",
    eslint: "10.15.0",
    "fast-check": "4.10.2",
    hono: "4.13.19",
    "https-proxy-agent": "7.0.6",
    knip: "6.44.2",
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

// src/report/drift.ts
function readDrift({ pairs, images, manifests, plan, error }, leg = "") {
  const blind = error ? [`${error.code}: ${error.message}`] : [];
  const drift = { items: [], unknown: [], fine: [], blind, commands: plan.flatMap(toCommand) };
  for (const pair of pairs) {
    const { target, registry, status, loginServer, grantedBy, lacks, asked } = pair;
    const item = {
      key: keyOf(leg, asked.target, asked.registry),
      kind: "pair",
      target,
      registry: loginServer || lastSegment(registry),
      registryId: registry.startsWith("/") ? registry : "",
      code: pair.error?.code ?? "missing",
      what: pair.error ? pair.error.message : lacks.join("; "),
      isHarmless: !pair.error && grantedBy !== null,
      // Commands out of the report of another job are not repeated.
      fix: pair.error && (leg ? fix(pair.error.fix.text) : pair.error.fix)
    };
    const place = status === "missing" ? drift.items : ["failed", "unknown"].includes(status) ? drift.unknown : drift.fine;
    place.push(item);
  }
  for (const image of images) {
    const { name, registry, status, digest } = image;
    const isUnknown = status === "failed" || status === "present" && !digest;
    const item = {
      key: `${name} ${registry}`.toLowerCase(),
      kind: "image",
      target: name,
      registry: image.image.split("/")[0] ?? "",
      registryId: registry,
      code: image.error?.code ?? "missing",
      what: image.error ? image.error.message : isUnknown ? "its digest could not be read" : "",
      isHarmless: false,
      fix: null
    };
    const place = status === "missing" ? drift.items : isUnknown ? drift.unknown : drift.fine;
    place.push(item);
  }
  for (const { image, file, document, field, status, error: why } of manifests) {
    const item = {
      key: `${file} ${document} ${field} ${image}`.toLowerCase(),
      kind: "image",
      target: image,
      registry: image.split("/")[0] ?? "",
      registryId: "",
      code: why?.code ?? "missing",
      what: why ? why.message : "",
      isHarmless: false,
      fix: null
    };
    const place = status === "missing" ? drift.items : why ? drift.unknown : drift.fine;
    place.push(item);
  }
  return sortDrift(drift);
}
function mergeDrifts(drifts) {
  return sortDrift({
    items: distinct(drifts.flatMap(({ items }) => items)),
    unknown: distinct(drifts.flatMap(({ unknown }) => unknown)),
    fine: distinct(drifts.flatMap(({ fine }) => fine)),
    blind: drifts.flatMap(({ blind }) => blind),
    commands: [...new Set(drifts.flatMap(({ commands }) => commands))]
  });
}
function toCommand(planned) {
  const { operation, principalId, principalType, role, registry, group, memberId, condition } = planned;
  if (operation === "add-group-member" && group && memberId) return [groupMemberCommand("add", group, memberId)];
  if (operation !== "create-role-assignment" || !principalId || !principalType || !role || !registry) return [];
  if (plainText(role) !== role || condition && plainText(condition) !== condition) return [];
  const grant = { objectId: principalId, type: principalType, role, scope: registry };
  return [createRoleAssignmentCommand({ ...grant, ...condition && { condition } })];
}
function keyOf(leg, target, registry) {
  return [...target.startsWith("/") ? [] : [leg], target, registry].join(" ").toLowerCase();
}
function distinct(items) {
  return [...new Map(items.map((item) => [item.key, item])).values()];
}
function sortDrift(drift) {
  const rank = ({ kind, code, isHarmless }) => isHarmless ? 3 : kind === "image" ? 2 : code === "missing" ? 1 : 0;
  const sort = (items) => [...items].sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1));
  return { ...drift, items: sort(drift.items), unknown: sort(drift.unknown) };
}

// src/report/markdown.ts
var mostRows = 50;
var mostFolded = 1e3;
function table(header, rows, more, ready = []) {
  const used = header.flatMap((_, column) => rows.some((row) => row[column]) ? column : []);
  const line = (cells) => `| ${used.map((column) => cells[column] ?? "").join(" | ")} |`;
  const top = [line(header), `| ${used.map(() => "-").join(" | ")} |`];
  const lines = rows.map((row) => line(row.map((cell, column) => ready.includes(column) ? cell : escapeMarkdown(cell))));
  const shown = [...top, ...lines.slice(0, mostRows)].join("\n");
  if (lines.length <= mostRows) return shown;
  const rest = firstOf(lines.slice(mostRows), mostFolded);
  return `${shown}

${folded(plural(lines.length - mostRows, more), [...top, ...rest.lines].join("\n") + rest.omitted)}`;
}
function firstOf(lines, most) {
  const omitted = lines.length > most ? `

and ${lines.length - most} more, which the report file lists` : "";
  return { lines: lines.slice(0, most), omitted };
}
function folded(title, body) {
  return `<details><summary>${title}</summary>

${body}

</details>`;
}

// src/report/sections.ts
var mostOthers2 = 20;
function tellFailures(errors) {
  return groupFailures(errors).map((failures) => {
    const { first, others } = failures;
    const said = azureSays(first).trim();
    const head = `**\u2717 ${linkCode(first.code)}** ${escapeMarkdown(first.message)}${said && ` ${codeSpan(said)}`}`;
    return join2([head, ...tellAdvice(adviceOf(failures)), foldOthers(others)]);
  });
}
function tellFindings(findings) {
  return groupFindings(findings).map((group) => {
    const { first, others } = group;
    const { code, severity, message } = first;
    const count = others.length > 0 ? ` (${others.length + 1})` : "";
    const head = `**${severity === "warning" ? "\u26A0" : "\u2139"} ${linkCode(code)}**${count} ${escapeMarkdown(message)}`;
    return join2([head, ...tellAdvice(adviceOf(group)), foldOthers(others)]);
  });
}
function tellAdvice({ text, commands }) {
  const prose = text.split("\n").map(escapeMarkdown).join("  \n");
  return [prose, commands.length > 0 ? fence("sh", commands) : ""];
}
function foldOthers(others) {
  if (others.length === 0) return "";
  const lines = others.map(({ message }) => `- ${escapeMarkdown(message)}`);
  const { lines: some, omitted } = firstOf(lines, mostOthers2);
  return folded(`${others.length} more like it`, some.join("\n") + omitted);
}
function join2(parts) {
  return parts.filter(Boolean).join("\n\n");
}

export {
  startRun,
  learn,
  selectOpen,
  selectSuspicious,
  conclude,
  weakest,
  toReportJson,
  setInitialOutputs,
  setOutputs,
  setMergedOutputs,
  version,
  readDrift,
  mergeDrifts,
  mostFolded,
  table,
  firstOf,
  folded,
  tellFailures,
  tellFindings
};
