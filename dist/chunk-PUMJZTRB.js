import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);import { fileURLToPath as __f } from 'node:url'; const __filename = __f(import.meta.url); const __dirname = __filename.replace(/\/[^/]*$/, '');
import {
  createRoleAssignmentCommand
} from "./chunk-SQRGYAYG.js";
import {
  ActionError,
  error,
  lastSegment,
  notice,
  printFix,
  summary,
  warning
} from "./chunk-H2XG4JLI.js";

// src/report/text.ts
function excerpt(lines, most) {
  return lines.length > most ? [...lines.slice(0, most), `and ${lines.length - most} more, which the report lists`] : lines;
}
var mostNamed = 20;
function fence(language, lines) {
  return ["```" + language, ...lines, "```"].join("\n");
}
function documentationLink(code) {
  const page = `docs/troubleshooting.md#${code.toLowerCase()}`;
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env;
  return repository ? `${server ?? "https://github.com"}/${repository}/blob/${ref || "main"}/${page}` : page;
}
function formatSeconds(seconds) {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatElapsed(seconds * 1e3);
}
function formatElapsed(ms) {
  const seconds = Math.floor(ms / 1e3);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
function shortGuid(guid) {
  return `\u2026${guid.slice(-4)}`;
}
function plural(count, singular, pluralForm = `${singular}s`) {
  return `${count} ${count === 1 ? singular : pluralForm}`;
}
function formatSize(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
function formatResourceScope(scope) {
  if (scope === "/") return "the tenant";
  if (/^\/providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i.test(scope))
    return `management group ${lastSegment(scope)}`;
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return `subscription \u2026${scope.slice(-4)}`;
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(scope)) return `resource group ${lastSegment(scope)}`;
  return lastSegment(scope);
}

// src/services/runner/step-summary.ts
async function addToSummary(markdown) {
  if (!process.env.GITHUB_STEP_SUMMARY) return;
  await summary.addRaw(markdown, true).write();
}

// src/report/annotations.ts
function groupFailures(errors) {
  return group(
    errors,
    ({ code, subject = "" }) => `${code} ${subject}`,
    ({ code }) => code
  );
}
function printFailures({ first: error2, others }, log) {
  log.line(`\u2717 ${error2.code}  ${error2.message}${azureSays(error2)}`);
  log.line("");
  for (const line of printFix(error2.fix).split("\n")) log.line(`  ${line}`);
  log.line(`  Why and alternatives: ${documentationLink(error2.code)}`);
  log.line("");
  for (const { code, message } of others) log.line(`\u2717 ${code}  ${message}`);
  if (others.length > 0) log.line("");
  if (error2.code === "UNEXPECTED") log.debug(error2.cause instanceof Error ? error2.cause.stack ?? "" : "");
}
function azureSays({ azure }) {
  if (!azure) return "";
  const code = azure.code ?? (azure.status === void 0 ? "no answer" : `HTTP ${azure.status}`);
  return `  [Azure: ${code}${azure.correlationId ? `, correlation ${azure.correlationId}` : ""}]`;
}
function annotateFailures({ first: { code, subject, message }, others }) {
  const more = others.length > 0 ? ` And ${others.length} more like it, which the log lists.` : "";
  error(`${message}${more}`, { title: `attach-acr: ${code}${subject ? ` on ${subject}` : ""}` });
}
function groupFindings(findings) {
  return group(findings, ({ code }) => code);
}
function annotateFindings({ first, others }) {
  const { code, severity, subject, message, fix } = first;
  const annotate = severity === "warning" ? warning : notice;
  const more = others.length > 0 ? `
And ${others.length} more like it, which the report lists.` : "";
  annotate(`${message}
${printFix(fix)}${more}`, { title: `attach-acr: ${code} on ${lastSegment(subject)}` });
}
var mostAnnotations = 10;
function group(things, ...keys) {
  if (things.length <= mostAnnotations) return things.map((first) => ({ first, others: [] }));
  let groups = /* @__PURE__ */ new Map();
  for (const key of keys) {
    groups = /* @__PURE__ */ new Map();
    for (const thing of things) {
      const known = groups.get(key(thing));
      if (known) known.others.push(thing);
      else groups.set(key(thing), { first: thing, others: [] });
    }
    if (groups.size <= mostAnnotations) break;
  }
  return [...groups.values()];
}

// src/report/drift.ts
function annotateDrift({ items }, isFailure) {
  const annotate = isFailure ? error : warning;
  const shown = items.length > mostAnnotations ? items.slice(0, mostAnnotations - 1) : items;
  for (const { target, registry, what } of shown) {
    annotate(`Not as wanted on ${registry}: ${what}`, { title: `attach-acr: DRIFT on ${lastSegment(target)}` });
  }
  if (shown.length < items.length) {
    annotate(`${items.length - shown.length} more are not as wanted; summary and report list them.`, {
      title: "attach-acr: DRIFT"
    });
  }
}
function driftFailure(drift) {
  const lines = drift.items.map(({ target, registry, what }) => `${lastSegment(target)} on ${registry}: ${what}`);
  const fix = [
    ...excerpt(lines, mostNamed).map((line) => `  ${line}`),
    "The same steps with mode: attach make what is missing; what is gone must be created again, or taken out of the inputs."
  ];
  return new ActionError("DRIFT", `${countDrift(drift)} not as wanted.`, { fix: fix.join("\n") });
}
function countDrift({ items, unknown, fine }) {
  const targets = (list) => new Set(list.flatMap(({ kind, target }) => kind === "pair" ? target.toLowerCase() : []));
  const drifted = targets(items);
  const all = targets([...items, ...unknown, ...fine]);
  const isClusters = items.every(({ kind, target }) => kind === "image" || !/userAssignedIdentities/i.test(target));
  const images = items.filter(({ kind }) => kind === "image").length;
  return [
    ...drifted.size > 0 ? [`${drifted.size} of ${plural(all.size, isClusters ? "cluster" : "target")}`] : [],
    ...images > 0 ? [plural(images, "image")] : []
  ].join(" and ");
}
function readDrift({ pairs, images, manifests = [], plan, error: error2 }, leg = "") {
  const blind = error2 ? [`${error2.code}: ${error2.message}`] : [];
  const drift = { items: [], unknown: [], fine: [], blind, commands: plan.flatMap(toCommand) };
  for (const pair of pairs) {
    const { target, registry, status, loginServer, grantedBy, lacks = [], asked } = pair;
    const item = {
      key: keyOf(leg, asked?.target ?? target, asked?.registry ?? registry),
      kind: "pair",
      target,
      registry: loginServer || lastSegment(registry),
      code: pair.error?.code ?? "missing",
      what: pair.error ? `${pair.error.code}: ${pair.error.message}` : lacks.join("; "),
      isHarmless: !pair.error && grantedBy !== null
    };
    const place = status === "missing" ? drift.items : status === "failed" ? drift.unknown : drift.fine;
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
      code: image.error?.code ?? "missing",
      what: image.error ? `${image.error.code}: ${image.error.message}` : isUnknown ? "its digest could not be read" : "",
      isHarmless: false
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
      code: why?.code ?? "missing",
      what: why ? `${why.code}: ${why.message}` : "",
      isHarmless: false
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
  const { operation, principalId, principalType, role, registry, group: group2, memberId, condition } = planned;
  if (operation === "add-group-member" && group2 && memberId)
    return [`az ad group member add --group ${group2} --member-id ${memberId}`];
  if (operation !== "create-role-assignment" || !principalId || !principalType || !role || !registry) return [];
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

export {
  excerpt,
  mostNamed,
  fence,
  documentationLink,
  formatSeconds,
  formatElapsed,
  shortGuid,
  plural,
  formatSize,
  formatResourceScope,
  addToSummary,
  groupFailures,
  printFailures,
  azureSays,
  annotateFailures,
  groupFindings,
  annotateFindings,
  annotateDrift,
  driftFailure,
  countDrift,
  readDrift,
  mergeDrifts
};
