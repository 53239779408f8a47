import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  formatResourceId,
  normalizeId
} from "./chunk-H7F75JHY.js";

// src/report/drift-issue/marker.ts
import { createHash } from "node:crypto";
var mostHashes = 1500;
function identityMarker({ workflow, name, job, scope, wish }) {
  const parts = { workflow, name, job, scope, wish };
  const fields = Object.entries(parts).map(([field, value]) => `${field}=${encode(value)}`);
  return `<!-- attach-acr drift ${fields.join(" ")} -->`;
}
function readIdentity(body) {
  const [first = ""] = body.split(/\r?\n/, 1);
  const [, workflow, name, job, scope, wish] = /^<!-- attach-acr drift workflow=(\S*) name=(\S*) job=(\S*) scope=(\S*) wish=(\S*) -->$/.exec(first) ?? [];
  if (workflow === void 0 || name === void 0 || job === void 0 || scope === void 0 || wish === void 0)
    return void 0;
  return {
    workflow: decode(workflow),
    name: decode(name),
    job: decode(job),
    scope: decode(scope),
    wish: decode(wish)
  };
}
function isSameStep(a, b) {
  return a.workflow === b.workflow && a.job === b.job && a.scope === b.scope && a.wish === b.wish;
}
function isFormerStep(a, b) {
  const isSameWorkflow = a.workflow === b.workflow || a.name !== "" && a.name === b.name;
  return isSameWorkflow && a.job === b.job && a.wish === b.wish;
}
function wishOf({ role, group, repositories, images }) {
  const wanted = [
    JSON.stringify(role),
    group,
    [...repositories].sort().join("\n"),
    images.map(({ text, repository, tag }) => `${text} => ${repository}:${tag}`).sort().join("\n")
  ];
  return hash(wanted.join("\n\xD7\n").toLowerCase(), 16);
}
function scopeOf({ clusters, kubeletIdentities, registries, subscriptionId }) {
  const names = [
    ...clusters.map(
      (cluster) => cluster.kind === "id" ? formatResourceId(cluster.id) : `${subscriptionId}/${cluster.resourceGroup}/${cluster.text}`
    ),
    ...kubeletIdentities.map(({ id }) => formatResourceId(id))
  ];
  const servers = registries.map((registry) => registry.kind === "id" ? formatResourceId(registry.id) : registry.text);
  return hash([names, servers].map((list) => list.map(normalizeId).sort().join("\n")).join("\n\xD7\n"), 16);
}
var belowLine = "<!-- attach-acr: what is written below this line is kept -->";
function memoryMarker({ state, count, hashes }) {
  return `<!-- attach-acr state=${state} count=${count} keys=${hashes ? [...hashes].sort().join(",") : "-"} -->`;
}
function readBelow(body) {
  const at = body.indexOf(belowLine);
  return at < 0 ? "" : body.slice(at + belowLine.length);
}
function readMemory(body) {
  const [own = ""] = body.split(belowLine, 1);
  const found = [...own.matchAll(/^<!-- attach-acr state=([0-9a-f]+) count=(\d+) keys=([0-9a-f,]*|-) -->\r?$/gm)].at(-1);
  const [, state = "", count = "0", keys = "-"] = found ?? [];
  const hashes = keys === "-" ? void 0 : new Set(keys.split(",").filter(Boolean));
  return { state, count: Number(count), hashes };
}
function remember({ items, unknown, blind, commands }, carried) {
  const own = new Set(items.map(hashOf));
  const hashes = /* @__PURE__ */ new Set([...own, ...carried]);
  const lines = [
    // Of an error of Azure its code alone: its text may quote what changes from night to night.
    ...items.map(({ key, kind, code, what }) => `drift ${key} ${kind === "image" || code === "missing" ? what : code}`),
    ...unknown.map(({ key, code }) => `unknown ${key} ${code}`),
    ...blind.map((text) => `blind ${text.split(":")[0] ?? ""}`),
    // The same words may mean another identity.
    ...commands.map((command) => `command ${command}`),
    ...carried.map((carry) => `carried ${carry}`)
  ];
  return {
    state: hash(lines.sort().join("\n"), 16),
    // Not the number of hashes: of ten thousand short ones, two may be the same.
    count: items.length + hashes.size - own.size,
    hashes: hashes.size > mostHashes ? void 0 : hashes
  };
}
function hashOf({ key }) {
  return hash(key, 8);
}
function hash(text, length) {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
function encode(text) {
  return encodeURIComponent(text).replaceAll("--", "%2D%2D");
}
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// src/model/memoize.ts
function memoize(make) {
  const known = /* @__PURE__ */ new Map();
  return (key) => once(known, key, () => make(key));
}
function once(known, key, make) {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

export {
  memoize,
  once,
  identityMarker,
  readIdentity,
  isSameStep,
  isFormerStep,
  wishOf,
  scopeOf,
  belowLine,
  memoryMarker,
  readBelow,
  readMemory,
  remember,
  hashOf
};
