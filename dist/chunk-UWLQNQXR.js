import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  formatResourceId,
  normalizeId
} from "./chunk-H2XG4JLI.js";

// src/report/drift-issue/marker.ts
import { createHash } from "node:crypto";
var mostHashes = 1500;
function identityMarker({ workflow, job, scope }) {
  return `<!-- attach-acr drift workflow=${encode(workflow)} job=${encode(job)} scope=${encode(scope)} -->`;
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
function memoryMarker({ state, count, hashes }) {
  return `<!-- attach-acr state=${state} count=${count} keys=${hashes ? [...hashes].sort().join(",") : "-"} -->`;
}
function readMemory(body) {
  const [, state = "", count = "0", keys = "-"] = /<!-- attach-acr state=(\S+) count=(\d+) keys=(\S*) -->/.exec(body) ?? [];
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

export {
  identityMarker,
  scopeOf,
  memoryMarker,
  readMemory,
  remember,
  hashOf
};
