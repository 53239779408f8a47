import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  ActionError,
  parseResourceId
} from "./chunk-H7F75JHY.js";

// src/model/image.ts
var component = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
var path = String.raw`${component}(?:/${component})*`;
var tag = String.raw`[\w][\w.-]{0,127}`;
var digest = String.raw`[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}`;
var label = String.raw`(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])`;
var hostPattern = new RegExp(String.raw`^${label}(?:\.${label})*(?::[0-9]+)?$`);
var remainderPattern = new RegExp(String.raw`^(${path})(?::(${tag}))?(?:@(${digest}))?$`);
var targetPattern = new RegExp(String.raw`^(${path})(?::(${tag}))?$`);
var resourcePattern = /^(\/subscriptions\/[^:]+):(.+)$/i;
var longestName = 255;
function parseImageRequest(line) {
  const [text = "", target, ...more] = line.split("=>").map((part) => part.trim());
  if (more.length > 0 || target === "") return void 0;
  const source = parseImageSource(text);
  if (!source) return void 0;
  if (target === void 0) return { text, source, repository: source.repository, tag: source.tag };
  const [, repository, targetTag] = targetPattern.exec(target) ?? [];
  if (!repository || repository.length > longestName) return void 0;
  return { text, source, repository, tag: targetTag ?? source.tag };
}
function parseImageSource(text) {
  const [, id, inRegistry] = resourcePattern.exec(text) ?? [];
  if (id && inRegistry) {
    const registryId = parseResourceId(id);
    const isRegistry = registryId?.type.toLowerCase() === "microsoft.containerregistry/registries";
    const rest2 = isRegistry ? parseRemainder(inRegistry) : void 0;
    return registryId && rest2 && { host: "", registryId, ...rest2 };
  }
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  if (/[.:]/.test(first) || first === "localhost" || /[A-Z]/.test(first)) {
    const rest2 = hostPattern.test(first) ? parseRemainder(text.slice(slash + 1)) : void 0;
    return rest2 && normalizeDockerHub(first.toLowerCase(), rest2);
  }
  const rest = parseRemainder(text);
  return rest && normalizeDockerHub("docker.io", rest);
}
function isRepositoryReference(text) {
  const first = text.split("/", 1)[0] ?? "";
  const hasHost = text.includes("/") && /[.:]/.test(first);
  return !hasHost && parseRemainder(text) !== void 0;
}
function parseRemainder(text) {
  const [, repository, givenTag = "", givenDigest = ""] = remainderPattern.exec(text) ?? [];
  if (!repository || repository.length > longestName) return void 0;
  return { repository, tag: givenTag || (givenDigest ? "" : "latest"), digest: givenDigest };
}
function normalizeDockerHub(host, rest) {
  if (!["docker.io", "index.docker.io", "registry-1.docker.io"].includes(host)) return { host, ...rest };
  const repository = rest.repository.includes("/") ? rest.repository : `library/${rest.repository}`;
  return { host: "docker.io", ...rest, repository };
}
function formatImageSource({
  host,
  registryId,
  repository,
  tag: sourceTag,
  digest: sourceDigest
}) {
  const registry = registryId ? registryId.name : host;
  return `${registry}/${repository}${sourceTag && `:${sourceTag}`}${sourceDigest && `@${sourceDigest}`}`;
}
var fixes = {
  conflict: "Give another tag, or set force-import: true to overwrite it.",
  missing: "Check host, repository and tag; images of Docker Hub without an owner are in library/."
};
function settle({ image, plan }) {
  const { request, registry, present, notes, error } = image;
  const content = typeof present === "object" ? present : { digest: "" };
  const base = { image, changed: false, notes };
  if (plan.kind === "conflict") {
    const message = `${nameOf(request)} on ${registry.name} is another image: ${plan.reason}.`;
    const conflict = new ActionError("IMAGE_CONFLICT", message, { subject: registry.name, fix: fixes.conflict });
    return { ...base, status: "failed", digest: content.digest, error: conflict };
  }
  if (error) return { ...base, status: "failed", digest: "", error };
  return { ...base, status: "present", ...content };
}
function isUnread({ status, digest: digest2 }) {
  return status === "present" && digest2 === "";
}
function nameOf({ repository, tag: tag2, source }) {
  return tag2 ? `${repository}:${tag2}` : `${repository}@${source.digest}`;
}
function pinned({ image: { request, registry }, digest: digest2 }) {
  const server = registry.loginServer || registry.name;
  return digest2 ? `${server}/${request.repository}@${digest2}` : `${server}/${nameOf(request)}`;
}
function describeImage({ request, registry }) {
  const from = formatImageSource(request.source);
  return shortDigest(`${from} \u2192 ${nameOf(request)} on ${registry.name}`);
}
function shortDigest(text) {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+/g, "$1\u2026");
}
var pauseImage = {
  text: "mcr.microsoft.com/oss/kubernetes/pause:3.9",
  source: { host: "mcr.microsoft.com", repository: "oss/kubernetes/pause", tag: "3.9", digest: "" },
  repository: "attach-acr/pause",
  tag: "3.9",
  isProbe: true
};

export {
  parseImageRequest,
  parseImageSource,
  isRepositoryReference,
  formatImageSource,
  fixes,
  settle,
  isUnread,
  nameOf,
  pinned,
  describeImage,
  shortDigest,
  pauseImage
};
