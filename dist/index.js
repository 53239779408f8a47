import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  createInputReader,
  inputText,
  isGuid,
  quote
} from "./chunk-6Q7PW7FJ.js";
import {
  announceStart,
  createLogger,
  report,
  requestIdToken
} from "./chunk-YURIQNEO.js";
import {
  conclude,
  setInitialOutputs,
  startRun
} from "./chunk-ENEX3OLB.js";
import {
  failStep
} from "./chunk-UI4KK3LH.js";
import {
  prefetch,
  systemClock
} from "./chunk-HIEMEYKP.js";
import {
  mask
} from "./chunk-KDURVCRP.js";
import {
  isRepositoryReference,
  nameOf,
  parseImageRequest,
  pauseImage
} from "./chunk-J4MZHKPM.js";
import "./chunk-VCT3ERGD.js";
import {
  formatResourceId,
  normalizeId,
  parseResourceId,
  toActionError
} from "./chunk-H7F75JHY.js";
import "./chunk-SCLXKCVA.js";

// src/services/runner/cancellation.ts
import { setMaxListeners } from "node:events";
var controller = new AbortController();
setMaxListeners(0, controller.signal);
var signals = ["SIGINT", "SIGTERM", "SIGBREAK"];
for (const name of signals) {
  process.on(name, () => {
    controller.abort();
  });
}
var cancellation = controller.signal;

// src/model/cloud.ts
var cloudNames = ["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"];
var clouds = {
  AzureCloud: {
    name: "AzureCloud",
    resourceManager: "https://management.azure.com",
    authorityHost: "https://login.microsoftonline.com",
    graph: "https://graph.microsoft.com",
    registrySuffix: ".azurecr.io",
    tokenAudience: "api://AzureADTokenExchange"
  },
  AzureUSGovernment: {
    name: "AzureUSGovernment",
    resourceManager: "https://management.usgovcloudapi.net",
    authorityHost: "https://login.microsoftonline.us",
    graph: "https://graph.microsoft.us",
    registrySuffix: ".azurecr.us",
    tokenAudience: "api://AzureADTokenExchangeUSGov"
  },
  AzureChinaCloud: {
    name: "AzureChinaCloud",
    resourceManager: "https://management.chinacloudapi.cn",
    authorityHost: "https://login.chinacloudapi.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    registrySuffix: ".azurecr.cn",
    tokenAudience: "api://AzureADTokenExchangeChina"
  }
};
function cloudOf(name) {
  return clouds[name];
}

// src/model/wanted.ts
var modes = ["attach", "detach", "check", "merge"];

// src/inputs/images.ts
function readImageInputs(reader, cloud) {
  const lines = readLines(reader, cloud);
  const sourceCredentials = readSourceCredentials(reader, lines, cloud);
  return {
    images: selectDistinct(reader, lines),
    forceImport: reader.boolean("force-import", false),
    ...sourceCredentials && { sourceCredentials }
  };
}
function readLines(reader, cloud) {
  return reader.lines("images").flatMap(({ number, text }) => {
    const request = parseImageRequest(text);
    if (request && !(text.includes("=>") && namesRegistry(request, cloud))) return [{ number, text, request }];
    const accepted = request ? "a repository without the host before it: images go to every registry that is given" : "SOURCE or SOURCE => REPOSITORY[:TAG], such as nginx:1.27, ghcr.io/team/app@sha256:\u2026 => app:v1, or the resource ID of a registry followed by :repository:tag";
    reader.reject("images", `${quote(text)} in line ${number}`, accepted);
    return [];
  });
}
function namesRegistry({ repository }, cloud) {
  const [host = ""] = repository.split("/");
  return host.endsWith(cloud.registrySuffix);
}
function selectDistinct(reader, lines) {
  const byTarget = /* @__PURE__ */ new Map();
  for (const line of lines) {
    const target = nameOf(line.request);
    const first = byTarget.get(target) ?? line;
    byTarget.set(target, first);
    if (keyOf(first.request.source) !== keyOf(line.request.source)) {
      const found = `${quote(line.text)} in line ${line.number}`;
      reader.reject("images", found, `one source for ${target}; line ${first.number} has ${quote(first.text)}`);
    }
  }
  return [...byTarget.values()].map(({ request }) => request);
}
function keyOf({ host, registryId, repository, tag, digest }) {
  return `${registryId ? normalizeId(formatResourceId(registryId)) : host}/${repository}:${tag}@${digest}`;
}
var openHosts = ["mcr.microsoft.com", "registry.k8s.io"];
function readSourceCredentials(reader, lines, cloud) {
  const username = reader.text("source-username");
  const password = reader.text("source-password");
  if (username && !password)
    reader.reject("source-password", "nothing", "the password or token that goes with source-username");
  const firstLines = /* @__PURE__ */ new Map();
  for (const { number, request } of lines) {
    const { host: host2 } = request.source;
    if (host2 && !openHosts.includes(host2) && !firstLines.has(host2)) firstLines.set(host2, number);
  }
  const hosts = [...firstLines.keys()];
  const outside = hosts.filter((host2) => !host2.endsWith(cloud.registrySuffix));
  const [host, ...others] = outside.length > 0 ? outside : hosts;
  if (!password || host === void 0) return void 0;
  if (others.length > 0) {
    const found = [host, ...others].map((each) => `${each} (line ${firstLines.get(each) ?? ""} of images)`).join(", ");
    reader.reject(
      "source-password",
      `images of several registries: ${found}`,
      "images of one registry, the only one that is to get the password; put the others into a step of their own"
    );
  }
  return { host, username, password };
}

// src/inputs/merge.ts
function readMergeInputs(reader) {
  const reports = reader.text("reports");
  if (!reports) {
    const accepted = "the folder that actions/download-artifact has put the reports in, for mode: merge";
    reader.reject("reports", "nothing", accepted);
  }
  const inputs = { mode: "merge", reports, fleet: readFleet(reader), ...readKeeping(reader, "merge") };
  reader.finish();
  return inputs;
}
function readKeeping(reader, mode) {
  const driftIssue = reader.boolean("drift-issue", false);
  const githubToken = reader.text("github-token");
  if (driftIssue && !githubToken && (mode === "check" || mode === "merge")) {
    const accepted = "a token for drift-issue, such as ${{ github.token }}, which is the default";
    reader.reject("github-token", "nothing", accepted);
  }
  return { failOnDrift: reader.boolean("fail-on-drift", true), driftIssue, githubToken };
}
function readFleet(reader) {
  const text = reader.text("fleet");
  if (!text) return [];
  const fleet = parseJson(text);
  if (Array.isArray(fleet)) return fleet;
  const accepted = "a JSON list, the one that the matrix was made of";
  reader.reject(
    "fleet",
    `${fleet === void 0 ? "text that is no JSON" : "JSON that is no list"}, ${quote(text)}`,
    accepted
  );
  return [];
}
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}

// src/inputs/probe.ts
var namespaceName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
async function readProbeInputs(reader, mode) {
  return {
    verify: reader.choice("verify", ["assignment", "none", "pull"]),
    probeImages: readProbeImages(reader),
    manifests: mode === "detach" ? [] : await readManifestFiles(reader),
    probeWith: reader.choice("probe-with", ["auto", "kubectl", "run-command"]),
    probeNodes: reader.choice("probe-nodes", ["one-per-pool", "all"]),
    probeNamespace: reader.matching("probe-namespace", namespaceName, "the name of a namespace") || "default"
  };
}
async function readManifestFiles(reader) {
  const globs = reader.list("manifests");
  if (globs.length === 0) return [];
  const { readManifests } = await import("./manifests-HONXLCWV.js");
  return readManifests(reader, globs);
}
function readProbeImages(reader) {
  return reader.list("probe-image").filter((text) => {
    if (isRepositoryReference(text)) return true;
    reader.reject(
      "probe-image",
      quote(text),
      "repository[:tag|@digest] in the registry, such as team/app:v1, without the host, one a line"
    );
    return false;
  });
}
function checkProof(reader, inputs) {
  if (inputs.verify !== "pull" || inputs.mode === "detach") return;
  if (reader.list("cluster").length === 0 && reader.list("kubelet-identity").length > 0)
    reader.reject("verify", "pull", "none or assignment; a kubelet-identity has no nodes yet that could pull");
  if (inputs.repositories.length > 0 && hasNothingToPull(inputs) && reader.list("manifests").length === 0) {
    reader.reject(
      "probe-image",
      "nothing",
      "an image in one of the repositories that the grant is limited to, for verify: pull; or images or manifests"
    );
  }
}
function settleProof(reader, inputs) {
  const { mode, verify, images } = inputs;
  if (mode !== "detach") {
    const settled = { ...inputs, ignored: [] };
    return verify === "pull" && hasNothingToPull(inputs) ? { ...settled, images: [pauseImage] } : settled;
  }
  const ignored = [
    ...images.length > 0 ? ["images is ignored when mode is detach."] : [],
    ...reader.list("manifests").length > 0 ? ["manifests is ignored when mode is detach."] : [],
    // After a role is gone a node still pulls, with the token that it holds: no pod can prove the contrary.
    ...verify === "pull" ? ["verify: pull is taken as assignment when mode is detach: no pod can prove that nodes no longer pull."] : []
  ];
  return { ...inputs, verify: verify === "pull" ? "assignment" : verify, ignored };
}
function hasNothingToPull({ probeImages, images, manifests }) {
  return probeImages.length + images.length + manifests.length === 0;
}

// src/inputs/inputs.ts
var clusterName = /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/i;
var resourceGroupName = /^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$/u;
var registryName = /^[a-z0-9]{5,50}$/i;
var loginServer = /^([a-z0-9]{5,50}(?:-[a-z0-9]+)?)(?:\.[a-z0-9]+\.geo)?(\.azurecr\.(?:io|us|cn))$/i;
var repositoryPattern = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(\/\*)?$/;
function maskSecretInputs() {
  for (const name of ["source-password", "github-token"]) {
    const secret = inputText(name);
    if (secret) mask(secret);
  }
}
function readMode() {
  return createInputReader().choice("mode", modes);
}
async function readInputs() {
  const reader = createInputReader();
  const mode = reader.choice("mode", modes);
  if (mode === "merge") return readMergeInputs(reader);
  const cloud = cloudOf(reader.choice("environment", cloudNames, { anyCase: true }));
  const createRegistry = readCreateRegistry(reader);
  const inputs = {
    mode,
    auth: readAuth(reader, cloud),
    cloud,
    subscriptionId: reader.guid("subscription-id", "AZURE_SUBSCRIPTION_ID"),
    clusters: readClusters(reader),
    kubeletIdentities: reader.list("kubelet-identity").flatMap((text) => readResourceId(reader, "kubelet-identity", text)),
    registries: readRegistries(reader, cloud),
    role: readRole(reader),
    repositories: readRepositories(reader),
    group: reader.guid("group"),
    ...createRegistry && { createRegistry },
    ...readImageInputs(reader, cloud),
    ...await readProbeInputs(reader, mode),
    timeoutMs: reader.duration("timeout", "15m"),
    onTimeout: reader.choice("on-timeout", ["fail", "assign-directly"]),
    concurrency: reader.integer("concurrency", 8, 1, 64),
    ...readKeeping(reader, mode)
  };
  checkTogether(reader, inputs);
  checkProof(reader, inputs);
  reader.finish();
  const settled = settleProof(reader, inputs);
  const unused = [
    ...mode !== "check" && inputs.driftIssue ? ["drift-issue"] : [],
    ...["reports", "fleet"].filter((input) => reader.text(input))
  ];
  settled.ignored.push(...unused.map((input) => `${input} is ignored when mode is ${mode}.`));
  return settled;
}
function checkTogether(reader, inputs) {
  const { clusters, subscriptionId, onTimeout, group } = inputs;
  if (reader.list("cluster").length + reader.list("kubelet-identity").length === 0) {
    reader.reject(
      "cluster",
      "nothing",
      "names or resource IDs of AKS clusters, one a line, or * for all; or else kubelet-identity"
    );
  }
  const byName = clusters.find(({ kind }) => kind !== "id");
  if (byName && !subscriptionId) {
    reader.reject(
      "subscription-id",
      "nothing",
      `a subscription ID, here or in AZURE_SUBSCRIPTION_ID, to look up ${quote(byName.text)} in; or resource IDs only`
    );
  }
  if (onTimeout === "assign-directly" && !group) {
    reader.reject("on-timeout", quote(onTimeout), "fail; assign-directly goes with group only");
  }
}
function readAuth(reader, cloud) {
  const type = reader.choice("auth-type", ["oidc", "azure-cli", "managed-identity"]);
  const clientId = reader.guid("client-id", "AZURE_CLIENT_ID");
  const tenantId = reader.guid("tenant-id", "AZURE_TENANT_ID");
  if (type === "azure-cli") return { type, tenantId };
  if (type === "managed-identity") return { type, clientId };
  if (!clientId) {
    reader.reject(
      "client-id",
      "nothing",
      "the client ID of an app registration or user-assigned identity with a federated credential, here or in AZURE_CLIENT_ID"
    );
  }
  if (!tenantId) {
    reader.reject("tenant-id", "nothing", "the ID of the Microsoft Entra tenant, here or in AZURE_TENANT_ID");
  }
  return { type, clientId, tenantId, audience: reader.text("audience") || cloud.tokenAudience };
}
function readClusters(reader) {
  const resourceGroup = reader.matching(
    "resource-group",
    resourceGroupName,
    "the name of a resource group: up to 90 letters, digits and _-.()"
  );
  const entries = reader.list("cluster");
  if (entries.includes("*") && entries.length > 1) {
    reader.reject("cluster", `* and ${entries.length - 1} more`, "* alone, or clusters one by one");
  }
  return entries.flatMap((text) => {
    if (text === "*") return [{ kind: "all", text, resourceGroup }];
    if (text.startsWith("/")) return readResourceId(reader, "cluster", text);
    if (clusterName.test(text)) return [{ kind: "name", text, resourceGroup }];
    const accepted = "the name of an AKS cluster (letters, digits, _ and -) or its resource ID, one a line";
    reader.reject("cluster", quote(text), accepted);
    return [];
  });
}
function readRegistries(reader, cloud) {
  const suffix = cloud.registrySuffix;
  const accepted = `registry names (5 to 50 letters and digits), login servers (x${suffix}), regional endpoints (x.REGION.geo${suffix}) or resource IDs, one a line`;
  const entries = reader.list("registry").map((entry) => entry.replace(/^https:\/\/([^/]+)\/*$/i, "$1"));
  if (entries.length === 0) reader.reject("registry", "nothing", accepted);
  return entries.flatMap((text) => {
    if (text.startsWith("/")) return readResourceId(reader, "registry", text);
    if (registryName.test(text)) return [{ kind: "name", text }];
    const [, label, ofCloud] = loginServer.exec(text.toLowerCase()) ?? [];
    if (label && ofCloud === suffix) return [{ kind: "login-server", text: `${label}${suffix}` }];
    reader.reject("registry", quote(text), label ? `${accepted}; ${text} is not of ${cloud.name}` : accepted);
    return [];
  });
}
var resourceTypes = {
  cluster: "Microsoft.ContainerService/managedClusters",
  registry: "Microsoft.ContainerRegistry/registries",
  "kubelet-identity": "Microsoft.ManagedIdentity/userAssignedIdentities"
};
function readResourceId(reader, input, text) {
  const type = resourceTypes[input];
  const id = parseResourceId(text);
  if (id?.type.toLowerCase() === type.toLowerCase()) return [{ kind: "id", text, id: { ...id, type } }];
  reader.reject(input, quote(text), `/subscriptions/<id>/resourceGroups/<group>/providers/${type}/<name>`);
  return [];
}
function readRole(reader) {
  const role = reader.text("role");
  if (!role || role === "auto") return { kind: "auto" };
  return isGuid(role) ? { kind: "id", id: role.toLowerCase() } : { kind: "name", name: role };
}
function readRepositories(reader) {
  const entries = reader.list("repositories");
  for (const entry of entries) {
    if (!repositoryPattern.test(entry)) {
      reader.reject(
        "repositories",
        quote(entry),
        "a repository (team/app) or a prefix (team/*), in lower case, one a line"
      );
    }
  }
  return entries;
}
function readCreateRegistry(reader) {
  const sku = reader.choice("create-registry", ["", "Basic", "Standard", "Premium"]);
  const location = reader.text("location");
  return sku ? { sku, location } : void 0;
}

// src/index.ts
try {
  const errors = await step({ log: createLogger(), clock: systemClock, signal: cancellation });
  if (errors.length > 0) process.exitCode = 1;
} catch (thrown) {
  failStep(thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown));
}
if (cancellation.aborted) process.exit();
async function step(surroundings) {
  const { clock, log, signal } = surroundings;
  const run = startRun(clock.now(), readMode());
  maskSecretInputs();
  let requests = 0;
  const countRequest = () => {
    requests += 1;
  };
  try {
    setInitialOutputs(run);
    const inputs = await readInputs();
    if (inputs.mode === "merge")
      return await (await import("./merge-3IXVUVQZ.js")).mergeReports(inputs, surroundings);
    announceStart(inputs, log);
    const { auth } = inputs;
    const signInWith = auth.type === "oidc" ? {
      ...auth,
      takeIdToken: prefetch(() => requestIdToken(auth.audience, { clock, signal, onRequest: countRequest }))
    } : auth;
    const { main } = await import("./main-VNNQSER2.js");
    const requestsSoFar = () => requests;
    return await main({ ...run, inputs }, inputs, {
      ...surroundings,
      signInWith,
      countRequest,
      requestsSoFar
    });
  } catch (thrown) {
    const result = conclude({ ...run, requests, finishedAt: clock.now(), error: toActionError(thrown) });
    return (await report(result, log)).errors;
  }
}
